/// Our own count of tokens: four bytes of text are one, and so is one Chinese, Japanese or Korean character.
///
/// It reads UTF-8 in pieces, cut anywhere, and gives the same count for any cutting. It is no model's tokeniser: it stands in
/// where an upstream sends no usage, and it is what an upstream's own count is held against.
public struct TokenCounter: Sendable, Equatable {
    /// Quarters of tokens so far.
    private var quarters: Int64 = 0
    /// Bytes of a character that is counted already and are still to come.
    private var skip: UInt8 = 0
    /// A first byte whose second decides what the character is; 0 is none.
    private var lead: UInt8 = 0

    /// Nothing counted.
    public init() {}

    /// Tokens so far, a started one included.
    public var tokens: Int64 { (quarters + (lead == 0 ? 0 : 1) + 3) / 4 }

    /// The count of a whole text.
    public static func count(_ text: some Collection<UInt8>) -> Int64 {
        var counter = TokenCounter()
        let done: Void? = text.withContiguousStorageIfAvailable { counter.add(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(text).withUnsafeBytes { counter.add($0) } }
        return counter.tokens
    }

    /// Counts the next piece of a text.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at < bytes.count {
            if skip == 0, lead == 0 {
                at = skipPlain(bytes, at)
                at = skipWide(bytes, at)
                guard at < bytes.count else { return }
            }
            take(bytes[at])
            at &+= 1
        }
    }

    /// Counts plain letters, as many at a time as there are; where they end.
    @inline(__always)
    private mutating func skipPlain(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let tops: UInt64 = 0x8080_8080_8080_8080
        func word(_ at: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
        var at = start
        while at &+ 32 <= bytes.count {
            guard (word(at) | word(at &+ 8) | word(at &+ 16) | word(at &+ 24)) & tops == 0 else { break }
            at &+= 32
        }
        while at &+ 8 <= bytes.count, word(at) & tops == 0 { at &+= 8 }
        quarters &+= Int64(at &- start)
        return at
    }

    /// Counts whole characters of three bytes; where they end.
    @inline(__always)
    private mutating func skipWide(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at &+ 24 <= bytes.count, areIdeographs(bytes, at) {
            quarters &+= 32
            at &+= 24
        }
        while at &+ 3 <= bytes.count, 0xE2...0xEF ~= bytes[at] {
            let second = bytes[at &+ 1]
            guard second & 0xC0 == 0x80, bytes[at &+ 2] & 0xC0 == 0x80 else { break }
            quarters &+= Self.isIdeographic(bytes[at], second) ? 4 : 3
            at &+= 3
        }
        return at
    }

    /// Whether eight characters follow, each of three bytes, of which the first is one of E3 to E9.
    @inline(__always)
    private func areIdeographs(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        func faults(_ offset: Int, _ leads: UInt64) -> UInt64 {
            let ones: UInt64 = 0x0101_0101_0101_0101
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at &+ offset, as: UInt64.self))
            let shape = leads & (ones &* 0xF0) | ~leads & (ones &* 0xC0)
            let wanted = leads & (ones &* 0xE0) | ~leads & (ones &* 0x80)
            // Half bytes from 3 on reach the highest bit with 125 more; those from 10 on with 118 more.
            let half = word & leads & (ones &* 0x0F)
            let inner = (half &+ (leads & (ones &* 0x7D))) & ~(half &+ (leads & (ones &* 0x76)))
            return ((word & shape) ^ wanted) | (~inner & leads & (ones &* 0x80))
        }
        return faults(0, 0x00FF_0000_FF00_00FF) | faults(8, 0xFF00_00FF_0000_FF00) | faults(16, 0x0000_FF00_00FF_0000)
            == 0
    }

    private mutating func take(_ byte: UInt8) {
        let isContinuation = byte & 0xC0 == 0x80
        if lead != 0 {
            let first = lead
            lead = 0
            if isContinuation {
                if Self.isIdeographic(first, byte) {
                    quarters &+= 4
                    skip = first >= 0xF0 ? 2 : 1
                } else {
                    quarters &+= 2
                }
                return
            }
            quarters &+= 1
        }
        if skip > 0 {
            if isContinuation {
                skip &-= 1
                return
            }
            skip = 0
        }
        if byte >= 0xE2 && byte <= 0xF0 {
            lead = byte
        } else {
            quarters &+= 1
        }
    }

    /// Whether a character that begins with these bytes is one of those that count alone.
    private static func isIdeographic(_ first: UInt8, _ second: UInt8) -> Bool {
        switch first {
        case 0xE2: second >= 0xBA  // U+2E80, radicals, to U+2FFF
        case 0xE3...0xE9: true  // U+3000 to U+9FFF: kana, ideographs
        case 0xEA: second >= 0xB0  // U+AC00: Hangul
        case 0xEB, 0xEC: true
        case 0xED: second <= 0x9E  // to U+D7BF
        case 0xEF: (0xA4...0xAB).contains(second) || second >= 0xBC  // compatibility and full-width forms
        case 0xF0: second >= 0xA0  // U+20000: rarer ideographs
        default: false
        }
    }
}
