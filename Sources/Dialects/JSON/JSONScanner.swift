/// Reads single tokens; knows the grammar of strings and numbers, and nothing of nesting.
struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    let acceptsLoneSurrogates: Bool
    var offset = 0

    init(bytes: UnsafeRawBufferPointer, acceptsLoneSurrogates: Bool) {
        self.bytes = bytes
        self.acceptsLoneSurrogates = acceptsLoneSurrogates
    }

    var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func fault(_ kind: JSONFault.Kind) -> JSONFault { JSONFault(kind: kind, offset: offset) }

    @inline(__always)
    mutating func skipSpace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            offset += 1
        }
    }

    mutating func literal(_ word: StaticString) throws(JSONFault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard let byte = peek else { throw fault(.unexpectedEnd) }
            guard byte == word.utf8Start[index] else { throw fault(.unexpectedByte) }
            offset += 1
        }
    }

    mutating func number() throws(JSONFault) {
        if peek == UInt8(ascii: "-") { offset += 1 }
        if peek == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if let sign = peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        // What may follow a number is the tape's to say; a digit here is one after a leading zero.
        if let byte = peek, byte &- 0x30 < 10 { throw fault(.badNumber) }
    }

    private mutating func digits() throws(JSONFault) {
        let start = offset
        while let byte = peek, byte &- 0x30 < 10 { offset += 1 }
        guard offset > start else { throw fault(peek == nil ? .unexpectedEnd : .badNumber) }
    }

    /// Reads a string from its opening quote to past its closing one; says whether it holds a backslash.
    mutating func string() throws(JSONFault) -> Bool {
        offset += 1
        var isEscaped = false
        while true {
            skipPlain()
            guard offset < bytes.count else { throw fault(.unexpectedEnd) }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return isEscaped
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try escape()
            } else if byte < 0x20 {
                throw fault(.controlCharacter)
            } else {
                skipWide()
                guard offset < bytes.count, bytes[offset] >= 0x80 else { continue }
                guard let length = UTF8Sequence.length(bytes, at: offset) else { throw fault(.badUTF8) }
                offset += length
            }
        }
    }

    /// Skips what is neither quote, backslash, control character nor outside of ASCII: 32 bytes at a time, then eight.
    @inline(__always)
    private mutating func skipPlain() {
        while offset &+ 32 <= bytes.count, isPlain(at: offset) { offset &+= 32 }
        while offset &+ 8 <= bytes.count {
            let stop = stops(at: offset)
            guard stop == 0 else {
                offset &+= stop.trailingZeroBitCount >> 3
                return
            }
            offset &+= 8
        }
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else { return }
            offset &+= 1
        }
    }

    /// Whether a string goes on for 32 bytes.
    @inline(__always)
    private func isPlain(at offset: Int) -> Bool {
        // As signed numbers, control characters and what is outside of ASCII are one range.
        let (first, second) = (block(at: offset), block(at: offset &+ 16))
        let (quote, slash) = (SIMD16<UInt8>(repeating: 0x22), SIMD16<UInt8>(repeating: 0x5C))
        let low = SIMD16<Int8>(repeating: 0x20)
        let stops =
            (first .== quote) .| (first .== slash) .| (unsafeBitCast(first, to: SIMD16<Int8>.self) .< low)
            .| (second .== quote) .| (second .== slash) .| (unsafeBitCast(second, to: SIMD16<Int8>.self) .< low)
        let words = unsafeBitCast(stops, to: SIMD2<UInt64>.self)
        return words.x | words.y == 0
    }

    @inline(__always)
    private func block(at offset: Int) -> SIMD16<UInt8> {
        bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Skips characters of three bytes, eight at a time and then two: most of Chinese, Japanese and Korean.
    @inline(__always)
    private mutating func skipWide() {
        while offset &+ 24 <= bytes.count {
            let faults =
                WideRun.faults(word(at: offset), leads: 0x00FF_0000_FF00_00FF, tails: 0xFF00_FFFF_00FF_FF00)
                | WideRun.faults(word(at: offset &+ 8), leads: 0xFF00_00FF_0000_FF00, tails: 0x00FF_FF00_FFFF_00FF)
                | WideRun.faults(word(at: offset &+ 16), leads: 0x0000_FF00_00FF_0000, tails: 0xFFFF_00FF_FF00_FFFF)
            guard faults == 0 else { break }
            offset &+= 24
        }
        while offset &+ 8 <= bytes.count {
            let faults = WideRun.faults(word(at: offset), leads: 0x0000_0000_FF00_00FF, tails: 0x0000_FFFF_00FF_FF00)
            guard faults == 0 else { return }
            offset &+= 6
        }
    }

    @inline(__always)
    private func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Of eight bytes the highest bits of those at which a string may stop; of these only the lowest is sure.
    @inline(__always)
    private func stops(at offset: Int) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        var stop = (word &- ones &* 0x20) & ~word
        stop |= (quote &- ones) & ~quote
        stop |= (slash &- ones) & ~slash
        return (stop | word) & (ones &* 0x80)
    }

    private mutating func escape() throws(JSONFault) {
        guard offset + 1 < bytes.count else {
            offset = bytes.count
            throw fault(.unexpectedEnd)
        }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONText.hexUnit(bytes, at: offset + 2) else { throw fault(.badEscape) }
            if unit & 0xF800 != 0xD800 {
                offset += 6
            } else if unit < 0xDC00, let low = JSONText.escapedUnit(bytes, at: offset + 6), low & 0xFC00 == 0xDC00 {
                offset += 12
            } else if acceptsLoneSurrogates {
                offset += 6
            } else {
                throw fault(.loneSurrogate)
            }
        default:
            throw fault(.badEscape)
        }
    }

    func hash(_ range: Range<Int>, isEscaped: Bool) -> UInt32 {
        guard isEscaped else { return JSONText.hash(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        return JSONText.unescaped(UnsafeRawBufferPointer(rebasing: bytes[range])).withUnsafeBytes { JSONText.hash($0) }
    }
}

/// Characters of three bytes in a word, whose first bytes and others lie where two masks say.
enum WideRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Zero if all are well-formed; first bytes E0 and ED, after which not every second byte may stand, count as faults.
    @inline(__always)
    static func faults(_ word: UInt64, leads: UInt64, tails: UInt64) -> UInt64 {
        let shape = leads & (ones &* 0xF0) | tails & (ones &* 0xC0)
        let wanted = leads & (ones &* 0xE0) | tails & (ones &* 0x80)
        // A half byte and 127 reach the highest bit unless it is zero.
        let (half, bump) = (word & leads & (ones &* 0x0F), leads & (ones &* 0x7F))
        let inner = (half &+ bump) & ((half ^ (leads & (ones &* 0x0D))) &+ bump)
        return ((word & shape) ^ wanted) | (~inner & leads & (ones &* 0x80))
    }
}

/// Where a UTF-8 sequence ends (Unicode 3.9, table 3-7: no overlong form, no surrogate, nothing above U+10FFFF).
enum UTF8Sequence {
    /// The length of the well-formed sequence at an offset, or nil.
    @inline(__always)
    static func length(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        let lead = bytes[offset]
        func continues(_ distance: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
            guard offset + distance < bytes.count else { return false }
            let byte = bytes[offset + distance]
            return byte >= low && byte <= high
        }
        switch lead {
        case 0..<0x80: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : nil
        case 0xE0: return continues(1, 0xA0) && continues(2) ? 3 : nil
        case 0xED: return continues(1, 0x80, 0x9F) && continues(2) ? 3 : nil
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : nil
        case 0xF0: return continues(1, 0x90) && continues(2) && continues(3) ? 4 : nil
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : nil
        case 0xF4: return continues(1, 0x80, 0x8F) && continues(2) && continues(3) ? 4 : nil
        default: return nil
        }
    }
}
