/// The text of JSON strings: unescaping, comparing, hashing.
@usableFromInline
enum JSONText {
    /// Four hexadecimal digits as a UTF-16 unit.
    static func hexUnit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for index in offset..<offset + 4 {
            guard let digit = hexDigit(bytes[index]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- 0x30)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- 0x57)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- 0x37)
        default: nil
        }
    }

    /// The unit of a `\uXXXX` at an offset.
    static func escapedUnit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        guard offset + 6 <= bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        return hexUnit(bytes, at: offset + 2)
    }

    /// Writes a scalar as UTF-8; what is none becomes U+FFFD.
    static func append(_ scalar: UInt32, _ put: (UInt8) -> Void) {
        let scalar = scalar > 0x10FFFF || scalar & 0xFFFF_F800 == 0xD800 ? 0xFFFD : scalar
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: scalar >> shift & 0x3F | 0x80) }
        if scalar < 0x80 {
            put(UInt8(truncatingIfNeeded: scalar))
        } else if scalar < 0x800 {
            put(UInt8(truncatingIfNeeded: scalar >> 6 | 0xC0))
            put(tail(0))
        } else if scalar < 0x10000 {
            put(UInt8(truncatingIfNeeded: scalar >> 12 | 0xE0))
            put(tail(6))
            put(tail(0))
        } else {
            put(UInt8(truncatingIfNeeded: scalar >> 18 | 0xF0))
            put(tail(12))
            put(tail(6))
            put(tail(0))
        }
    }

    /// Unescapes the inside of a string that was scanned, into memory with room for as many bytes as it has: it gives no more.
    ///
    /// - Returns: How many bytes were written.
    @usableFromInline
    static func unescape(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var (from, to) = (0, 0)
        while from < bytes.count {
            // What is not escaped goes over eight bytes at a time; what was written too much is written over.
            while from &+ 8 <= bytes.count, to &+ 8 <= target.count {
                let word = bytes.loadUnaligned(fromByteOffset: from, as: UInt64.self)
                target.storeBytes(of: word, toByteOffset: to, as: UInt64.self)
                let slash = UInt64(littleEndian: word) ^ (ones &* 0x5C)
                let found = (slash &- ones) & ~slash & (ones &* 0x80)
                let plain = found == 0 ? 8 : found.trailingZeroBitCount >> 3
                from &+= plain
                to &+= plain
                guard plain == 8 else { break }
            }
            guard from < bytes.count else { break }
            let first = bytes[from]
            guard first == UInt8(ascii: "\\"), from &+ 1 < bytes.count else {
                guard to < target.count else { return to }
                target[to] = first
                (from, to) = (from &+ 1, to &+ 1)
                continue
            }
            from &+= unescapeOne(bytes, at: from) { byte in
                guard to < target.count else { return }
                target[to] = byte
                to &+= 1
            }
        }
        return to
    }

    /// Unescapes what begins with a backslash that is not the last byte; says how many bytes it took.
    @inline(__always)
    private static func unescapeOne(_ bytes: UnsafeRawBufferPointer, at index: Int, _ put: (UInt8) -> Void) -> Int {
        switch bytes[index + 1] {
        case UInt8(ascii: "n"): put(0x0A)
        case UInt8(ascii: "t"): put(0x09)
        case UInt8(ascii: "r"): put(0x0D)
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "f"): put(0x0C)
        case UInt8(ascii: "u"): return unescapeUnit(bytes, at: index, put)
        case let other: put(other)
        }
        return 2
    }

    /// Unescapes one `\uXXXX`, or a pair of them; says how many bytes it took.
    private static func unescapeUnit(_ bytes: UnsafeRawBufferPointer, at index: Int, _ put: (UInt8) -> Void) -> Int {
        guard let unit = escapedUnit(bytes, at: index) else {
            append(0xFFFD, put)
            return 2
        }
        guard unit & 0xFC00 == 0xD800, let low = escapedUnit(bytes, at: index + 6), low & 0xFC00 == 0xDC00 else {
            append(unit, put)
            return 6
        }
        append(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, put)
        return 12
    }

    static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count) { target, count in
            count = unescape(bytes, into: UnsafeMutableRawBufferPointer(target))
        }
    }

    /// The inside of a string or key token, as it stands.
    @inline(__always)
    static func inside(_ bytes: UnsafeRawBufferPointer, _ token: JSONToken) -> UnsafeRawBufferPointer {
        // What is no string has no inside: a number is shorter than two quotation marks.
        guard token.kind == .string || token.kind == .key, token.end >= token.start &+ 2 else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[Int(token.start) + 1..<Int(token.end) - 1])
    }

    static func string(_ bytes: UnsafeRawBufferPointer, _ token: JSONToken) -> String {
        let inside = inside(bytes, token)
        return token.isEscaped
            ? String(decoding: unescaped(inside), as: UTF8.self) : String(decoding: inside, as: UTF8.self)
    }

    static func equal(_ bytes: UnsafeRawBufferPointer, _ a: JSONToken, _ b: JSONToken) -> Bool {
        compare(bytes, a, b) == 0
    }

    /// Orders two strings by their unescaped bytes: negative, zero or positive.
    static func compare(_ bytes: UnsafeRawBufferPointer, _ a: JSONToken, _ b: JSONToken) -> Int {
        let (left, right) = (inside(bytes, a), inside(bytes, b))
        guard a.isEscaped || b.isEscaped else { return compare(left, right) }
        return unescaped(left).withUnsafeBytes { left in unescaped(right).withUnsafeBytes { compare(left, $0) } }
    }

    static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        for index in 0..<min(a.count, b.count) where a[index] != b[index] { return Int(a[index]) - Int(b[index]) }
        return a.count - b.count
    }

    /// A quick hash for looking up field names; not a defence, so nothing relies on its being hard to collide.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        while index + 8 <= bytes.count {
            hash ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            hash = hash &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            index += 8
        }
        var tail: UInt64 = 0
        while index < bytes.count {
            tail = tail << 8 | UInt64(bytes[index])
            index += 1
        }
        hash = (hash ^ tail) &* 0xC4CE_B9FE_1A85_EC53
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
