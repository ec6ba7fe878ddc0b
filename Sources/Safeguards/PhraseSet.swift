import Text

/// Literal phrases, found in a text of which only letters and digits are left.
///
/// Digits and symbols count as the letters they stand for in leet, so that no spelling hides a phrase.
final class PhraseSet: @unchecked Sendable {
    // Safe to share: the memory behind the pointers is written in `init` alone.

    /// One phrase in squashed codes, and the place of its category.
    struct Phrase: Sendable {
        let codes: [UInt16]
        let rule: Int
    }

    /// The longest phrase, in letters and digits.
    static let longest = 256

    private let phrases: [Phrase]
    /// Which phrases end with the four codes that have this key.
    private let endings: [UInt64: [Int]]
    /// A bit for each hashed key, so that most text costs one look: enough of them that few words are suspected for nothing.
    let bits: UnsafeMutablePointer<UInt64>
    /// The same of the last eight codes of phrases; of shorter ones, of the last four as if nothing stood before them.
    private let longBits: UnsafeMutablePointer<UInt64>
    private static let words = 512

    var isEmpty: Bool { phrases.isEmpty }
    /// How many codes the longest phrase has.
    let mostCodes: Int

    init(_ categories: [(id: String, phrases: [String])], lexicon: Lexicon) throws(SafeguardError) {
        var phrases: [Phrase] = []
        for (rule, category) in categories.enumerated() {
            for phrase in category.phrases {
                let codes = Self.squashed(phrase, lexicon)
                let least = codes.contains(where: { $0 >= 0x2E80 }) ? 4 : 8
                guard codes.count >= least, codes.count <= Self.longest else {
                    throw .phraseTooShort(category: category.id, phrase: phrase)
                }
                phrases.append(Phrase(codes: codes, rule: rule))
            }
        }
        var endings: [UInt64: [Int]] = [:]
        bits = .allocate(capacity: Self.words)
        bits.initialize(repeating: 0, count: Self.words)
        longBits = .allocate(capacity: Self.words)
        longBits.initialize(repeating: 0, count: Self.words)
        for (index, phrase) in phrases.enumerated() {
            let key = Self.key(phrase.codes.suffix(4))
            let before = phrase.codes.count < 8 ? 0 : Self.key(phrase.codes.dropLast(4).suffix(4))
            endings[key, default: []].append(index)
            bits[Self.slot(key) >> 6] |= 1 << UInt64(Self.slot(key) & 63)
            let slot = Self.slot(key, before)
            longBits[slot >> 6] |= 1 << UInt64(slot & 63)
        }
        (self.phrases, self.endings) = (phrases, endings)
        mostCodes = phrases.map(\.codes.count).max() ?? 0
    }

    deinit {
        bits.deallocate()
        longBits.deallocate()
    }

    /// Four codes in a row, the last in the highest bits.
    private static func key(_ codes: ArraySlice<UInt16>) -> UInt64 {
        codes.reversed().reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    }

    /// Whether a phrase may end with the four codes of this key, the last in the highest bits.
    @inline(__always)
    static func mayEnd(with key: UInt64, _ bits: UnsafePointer<UInt64>) -> Bool {
        let slot = slot(key)
        return bits[slot >> 6] >> UInt64(slot & 63) & 1 != 0
    }

    /// At which of the first three codes of a word a phrase may end, whatever stands before the word: a bit for each.
    ///
    /// - Parameter word: Its squashed codes.
    func mayEndEarly(in word: [UInt16]) -> UInt8 {
        var (bits, last) = (UInt8(0), UInt64(0))
        for (place, code) in word.prefix(3).enumerated() {
            last = last >> 16 | UInt64(code) << 48
            let others = UInt64(64 - 16 * (place + 1))
            if endings.keys.contains(where: { ($0 ^ last) >> others == 0 }) { bits |= 1 << UInt8(place) }
        }
        return bits
    }

    /// The rule of a phrase that ends exactly where the codes end, if any.
    func match(endingAt last: UnsafePointer<UInt16>, key: UInt64, readable: Int) -> Int? {
        let before = readable < 8 ? 0 : UnsafeRawPointer(last - 7).loadUnaligned(as: UInt64.self)
        guard holds(Self.slot(key, before)) || holds(Self.slot(key, 0)) else { return nil }
        for index in endings[key] ?? [] {
            let phrase = phrases[index]
            guard phrase.codes.count <= readable else { continue }
            let start = last - (phrase.codes.count - 1)
            if phrase.codes.indices.allSatisfy({ start[$0] == phrase.codes[$0] }) { return phrase.rule }
        }
        return nil
    }

    private func holds(_ slot: Int) -> Bool { longBits[slot >> 6] >> UInt64(slot & 63) & 1 != 0 }

    private static func slot(_ key: UInt64, _ before: UInt64) -> Int { slot(key ^ before &* 0xD6E8_FEB8_6659_FD93) }

    private static func slot(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> 49) }

    /// The code that stands for a code in squashed text.
    @inline(__always)
    static func squashed(_ code: UInt16) -> UInt16 {
        code < 0x80 ? SquashTable.shared.codes[Int(code)] : code
    }

    private static func squashed(_ phrase: String, _ lexicon: Lexicon) -> [UInt16] {
        var collector = Squasher()
        var reader = WordReader(lexicon: lexicon)
        let utf8 = Array(phrase.utf8)
        utf8.withUnsafeBufferPointer { reader.feed($0, into: &collector) }
        reader.finish(into: &collector)
        return collector.codes
    }

    private struct Squasher: WordSink {
        var codes: [UInt16] = []

        mutating func take(_ word: borrowing Word) {
            for index in (word.isIdeograph ? word.count - 1 : 0)..<word.count {
                codes.append(PhraseSet.squashed(word.codes[index]))
            }
        }

        mutating func beginView() {}

        mutating func restart() { codes = [] }
    }
}

/// What each ASCII code is in squashed text: digits and symbols are letters, and `l` is `i`.
final class SquashTable: @unchecked Sendable {
    // Safe to share: written in init only, lives as long as the process.
    static let shared = SquashTable()

    let codes: UnsafeMutablePointer<UInt16>

    private init() {
        codes = .allocate(capacity: 0x80)
        for code in 0..<0x80 { (codes + code).initialize(to: Self.squashed(UInt16(code))) }
    }

    private static func squashed(_ code: UInt16) -> UInt16 {
        switch code {
        case 0x30: 0x6F
        case 0x31, 0x21, 0x6C: 0x69
        case 0x32: 0x7A
        case 0x33: 0x65
        case 0x34, 0x40: 0x61
        case 0x35, 0x24: 0x73
        case 0x36, 0x39: 0x67
        case 0x37: 0x74
        case 0x38: 0x62
        default: code
        }
    }
}
