/// A word in a `WordStore`, small enough to be compared by the thousand.
struct Lexeme {
    var start: UInt32
    var count: UInt8
    var soundCount: UInt8
    var kind: WordClass
    var isNumber: Bool
    var isHan: Bool
    var isAbjad: Bool
    /// Which letters the sound has: a bit for each of a–z, five for the digits, Han folded into 32.
    var mask: UInt32
    /// Of the usual spelling.
    var hash: UInt32
}

/// Words of many names, each kept once: letters and sound, one after the other.
struct WordStore {
    private(set) var codes: [UInt16] = []
    private(set) var lexemes: [Lexeme] = []

    /// Adds a word, without asking whether it is there.
    @discardableResult
    mutating func append(_ word: NameWord) -> Int {
        let letters = word.letters.prefix(96)
        let sound = word.sound.prefix(96)
        var mask: UInt32 = 0
        for code in sound { mask |= 1 << UInt32(code >= 0x61 && code <= 0x7A ? code - 0x61 : code & 31) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for code in word.canonical ?? word.letters { hash = (hash ^ UInt64(code)) &* 0x100_0000_01B3 }
        lexemes.append(
            Lexeme(
                start: UInt32(codes.count), count: UInt8(letters.count), soundCount: UInt8(sound.count),
                kind: word.kind,
                isNumber: word.isNumber, isHan: (letters.first ?? 0) >= 0x80, isAbjad: word.isAbjad, mask: mask,
                hash: UInt32(truncatingIfNeeded: hash ^ hash >> 32)))
        codes.append(contentsOf: letters)
        codes.append(contentsOf: sound)
        return lexemes.count - 1
    }

    mutating func removeAll() {
        codes.removeAll(keepingCapacity: true)
        lexemes.removeAll(keepingCapacity: true)
    }

    /// The letters of a word, as text.
    func text(_ lexeme: Lexeme) -> String {
        String(decoding: codes[Int(lexeme.start)..<Int(lexeme.start) + Int(lexeme.count)], as: UTF16.self)
    }
}

/// The words of one side of a comparison, with their weights.
struct NameSide {
    let words: UnsafeBufferPointer<Lexeme>
    let weights: UnsafeBufferPointer<Float>
    let codes: UnsafePointer<UInt16>

    @inline(__always)
    func letters(_ word: Int) -> UnsafeBufferPointer<UInt16> {
        UnsafeBufferPointer(start: codes + Int(words[word].start), count: Int(words[word].count))
    }

    @inline(__always)
    func sound(_ word: Int) -> UnsafeBufferPointer<UInt16> {
        UnsafeBufferPointer(
            start: codes + Int(words[word].start) + Int(words[word].count), count: Int(words[word].soundCount))
    }
}
