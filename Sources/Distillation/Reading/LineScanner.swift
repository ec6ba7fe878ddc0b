import Glibc

/// Walks over one line of JSON.
struct LineScanner {
    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return at == bytes.count
        }
    }

    @inline(__always)
    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0D { at &+= 1 }
    }

    @inline(__always)
    mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at &+= 1
        return true
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(ExchangeParser.Refusal) {
        guard skip(byte) else { throw .syntax(byte: at) }
    }

    mutating func skipNull() -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == 0x6E, at &+ 4 <= bytes.count else { return false }
        guard bytes[at &+ 1] == 0x75, bytes[at &+ 2] == 0x6C, bytes[at &+ 3] == 0x6C else { return false }
        at &+= 4
        return true
    }

    /// The raw bytes between two quotes, and whether there are escapes among them.
    @inline(__always)
    mutating func text() throws(ExchangeParser.Refusal) -> (UnsafeRawBufferPointer, hasEscapes: Bool) {
        try expect(0x22)
        let start = at
        var hasEscapes = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x22 {
                defer { at &+= 1 }
                return (UnsafeRawBufferPointer(rebasing: bytes[start..<at]), hasEscapes)
            }
            if byte == 0x5C {
                hasEscapes = true
                at &+= 1
            }
            at &+= 1
        }
        throw .syntax(byte: min(at, bytes.count))
    }

    /// A whole number; a fraction or exponent is cut off, null is 0.
    mutating func whole(_ field: String) throws(ExchangeParser.Refusal) -> Int64 {
        if skipNull() { return 0 }
        return try thousandths(field, scale: 1) ?? 0
    }

    /// A number times `scale`, cut to a whole number; nil for null.
    mutating func thousandths(_ field: String, scale: Int64 = 1000) throws(ExchangeParser.Refusal) -> Int64? {
        if skipNull() { return nil }
        let isNegative = at < bytes.count && bytes[at] == 0x2D
        if isNegative { at &+= 1 }
        var value: Int64 = 0
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, product < 1 << 59 else { throw .field(field) }
            value = product &+ Int64(bytes[at] &- 0x30)
            at &+= 1
        }
        guard at > start else { throw .field(field) }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: scale)
        guard !overflow else { throw .field(field) }
        value = scaled
        if at < bytes.count, bytes[at] == 0x2E {
            at &+= 1
            var unit = scale
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
                unit /= 10
                value &+= unit &* Int64(bytes[at] &- 0x30)
                at &+= 1
            }
        }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 { try skipScalar() }
        return isNegative ? 0 &- value : value
    }

    mutating func truth(_ field: String) throws(ExchangeParser.Refusal) -> Bool {
        if skipNull() { return false }
        guard at < bytes.count, bytes[at] == 0x74 || bytes[at] == 0x66 else { throw .field(field) }
        let isTrue = bytes[at] == 0x74
        let length = isTrue ? 4 : 5
        guard at &+ length <= bytes.count else { throw .field(field) }
        at &+= length
        return isTrue
    }

    /// Skips a value of any kind; nesting is only counted, so depth costs nothing.
    mutating func skipValue() throws(ExchangeParser.Refusal) {
        skipSpace()
        guard at < bytes.count else { throw .syntax(byte: at) }
        guard bytes[at] == 0x7B || bytes[at] == 0x5B else {
            if bytes[at] == 0x22 { _ = try text() } else { try skipScalar() }
            return
        }
        var depth = 0
        repeat {
            guard at < bytes.count else { throw .syntax(byte: at) }
            switch bytes[at] {
            case 0x22:
                _ = try text()
                continue
            case 0x7B, 0x5B: depth &+= 1
            case 0x7D, 0x5D: depth &-= 1
            default: break
            }
            at &+= 1
        } while depth > 0
    }

    private mutating func skipScalar() throws(ExchangeParser.Refusal) {
        let start = at
        while at < bytes.count, bytes[at] != 0x2C, bytes[at] != 0x7D, bytes[at] != 0x5D { at &+= 1 }
        guard at > start else { throw .syntax(byte: at) }
    }
}
