/// A set of common words, kept as a blocked Bloom filter over word hashes: tells plain language from gibberish.
///
/// Deciphering needs it: a leet, rot13 or run-together word is accepted when its plain form is a word.
public final class Lexicon: @unchecked Sendable {
    // Safe to share: the words are written in init only.
    private let lines: UnsafeMutablePointer<UInt64>
    private let mask: UInt64

    /// A lexicon that knows no word: nothing is deciphered by guess.
    public static let empty = Lexicon(bits: [])

    /// Takes a stored filter; its size must be a power of two of at least 64 bytes, or it counts as empty.
    public init(bits: [UInt8]) {
        let usable = bits.count >= 64 && bits.count & (bits.count - 1) == 0
        let words = usable ? bits.count / 8 : 8
        lines = .allocate(capacity: words)
        lines.initialize(repeating: 0, count: words)
        mask = UInt64(words / 8 - 1)
        guard usable else { return }
        for index in 0..<bits.count { lines[index / 8] |= UInt64(bits[index]) << UInt64(8 * (index % 8)) }
    }

    deinit { lines.deallocate() }

    /// Whether the word with this hash is known; wrong for about one unknown word in a thousand.
    @inline(__always)
    public func contains(_ hash: UInt64) -> Bool {
        let line = lines + Int(hash & mask) * 8
        let (a, b) = Self.probe(hash)
        return line[Int(hash >> 60 & 7)] & a == a && line[Int(hash >> 57 & 7)] & b == b
    }

    /// How a word of ASCII letters in lower case stands with the lexicon.
    ///
    /// Eight codes past the word must be readable.
    public func standing(of codes: UnsafePointer<UInt16>, _ count: Int) -> Standing {
        let isKnown = contains(hashOfWord(codes, count))
        let isTurnedKnown = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count + 8) { turned in
            guard let start = turned.baseAddress else { return false }
            turned.initialize(repeating: 0)
            for index in 0..<count { turned[index] = WordReader.turned(codes[index]) }
            return contains(hashOfWord(start, count))
        }
        return isTurnedKnown ? .doubtful : isKnown ? .plain : .strange
    }

    /// The filter of `size` bytes (a power of two, at least 64) that knows these words.
    public static func bits(for hashes: some Sequence<UInt64>, size: Int) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: size)
        let mask = UInt64(size / 64 - 1)
        func set(_ word: Int, _ pattern: UInt64) {
            for byte in 0..<8 { bits[word * 8 + byte] |= UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte)) }
        }
        for hash in hashes {
            let line = Int(hash & mask) * 8
            let (a, b) = probe(hash)
            set(line + Int(hash >> 60 & 7), a)
            set(line + Int(hash >> 57 & 7), b)
        }
        return bits
    }

    /// Two patterns of two bits.
    @inline(__always)
    private static func probe(_ hash: UInt64) -> (UInt64, UInt64) {
        (1 << (hash >> 32 & 63) | 1 << (hash >> 38 & 63), 1 << (hash >> 44 & 63) | 1 << (hash >> 50 & 63))
    }
}

/// The hash of a word's folded codes: four at a time, by folded 128-bit products.
///
/// Three codes past the word must be readable; they don't count.
@inline(__always)
public func hashOfWord(_ codes: UnsafePointer<UInt16>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    let raw = UnsafeRawPointer(codes)
    var index = 0
    while index + 4 <= count {
        hash = folded(hash ^ raw.loadUnaligned(fromByteOffset: index * 2, as: UInt64.self), 0xD6E8_FEB8_6659_FD93)
        index += 4
    }
    // What is left, the first code in the highest bits under the count; eight codes past the word are readable.
    let left = raw.loadUnaligned(fromByteOffset: index * 2, as: UInt64.self).byteSwapped
    let lanes = left >> 8 & 0x00FF_00FF_00FF_00FF | (left & 0x00FF_00FF_00FF_00FF) << 8
    let bits = UInt64(truncatingIfNeeded: (count - index) * 16)
    let rest = UInt64(truncatingIfNeeded: count) &<< bits | (bits == 0 ? 0 : lanes &>> (64 &- bits))
    return folded(hash ^ rest, 0xA076_1D64_78BD_642F)
}

/// Both halves of the 128-bit product, folded into one.
@inline(__always)
func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}
