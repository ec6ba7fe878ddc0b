import Testing

@testable import Text

/// Notes all words with their places; takes those it has met before on the short way, if `isQuick`.
private struct Notes: WordSink {
    var notes: [String] = []
    var met: [String: Standing] = [:]
    let lexicon: Lexicon
    let isQuick: Bool

    mutating func take(_ word: borrowing Word) {
        let codes = Array(UnsafeBufferPointer(start: word.codes, count: word.count))
        let text = String(decoding: codes, as: UTF16.self)
        notes.append(
            "\(text) \(word.start)–\(word.end)\(word.isOpaque ? " opaque" : "")\(word.isIdeograph ? " 字" : "")")
        if word.count <= PlainWord.limit, codes.allSatisfy({ (0x61...0x7A).contains($0) }) {
            met[text] = lexicon.standing(of: word.codes, word.count)
        }
    }

    mutating func takeKnown(_ word: PlainWord) -> Standing? {
        var letters: [UInt8] = []
        var rest = word.letters
        while rest.low | rest.high != 0 {
            letters.append(UInt8(truncatingIfNeeded: rest.low))
            rest = (rest.low >> 8 | rest.high << 56, rest.high >> 8)
        }
        #expect(letters.count == word.count)
        let text = String(decoding: letters, as: UTF8.self)
        guard isQuick, let standing = met[text], standing != .doubtful || word.count == 1 else { return nil }
        notes.append("\(text) \(word.start)–\(word.end)")
        return standing
    }

    mutating func beginView() { notes.append("view") }

    mutating func restart() { notes.append("restart") }
}

@Suite("The short way of plain words")
struct KnownWordTests {
    private static let words = """
        the cell one bar folds its paper cranes over green terra vex grab enzymes catalyse membrane competitive reactions a i o
        """
    private static let lexicon = WordList.lexicon(
        "the cell one bar folds its paper cranes over green terra reactions enzymes membrane crimson origami ritual")

    /// Pieces of text that lie beside plain words and bear on how these are read.
    private static let others = [
        "c r i m s o n", "0r1g4m1", "pevzfba bevtnzv evghny", "Y3JpbXNvbiBvcmlnYW1pIHJpdHVhbA==",
        "6372696d736f6e206f726967616d69",
        "折纸花园", "café", "don't", "x=1", "terra=green", "paperpaperpaper=", "%41%42", "\\u0061bc", "\\n", "U.S.A.", "!",
        "@home",
        "7", "\u{200B}", "\u{E0061}", "ａｂ", "\u{301}", "....", "  ", "\t", "incomprehensibilities",
        "crimsonorigamiritualpapercranes", "mеmbrane",
    ]

    private static func text(_ random: inout SeededGenerator) -> [UInt8] {
        let plain = words.split(separator: " ").map { String($0) }
        var text = ""
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            var word = Int.random(in: 0..<5, using: &random) == 0 ? others.randomElement(using: &random) ?? "" : ""
            if word.isEmpty { word = plain.randomElement(using: &random) ?? "" }
            if Int.random(in: 0..<6, using: &random) == 0 { word = word.uppercased() }
            text += word
            text +=
                [" ", " ", " ", " ", ", ", ".\n", "-", "", "=", "/", "+", "   "].randomElement(using: &random) ?? " "
        }
        return Array(text.utf8)
    }

    private static func notes(_ bytes: [UInt8], _ cuts: [Int], isQuick: Bool, met: [String: Standing] = [:]) -> Notes {
        var notes = Notes(met: met, lexicon: lexicon, isQuick: isQuick)
        var reader = WordReader(lexicon: lexicon)
        bytes.withUnsafeBufferPointer { all in
            for (from, to) in zip([0] + cuts, cuts + [all.count]) {
                reader.feed(UnsafeBufferPointer(rebasing: all[from..<to]), into: &notes)
                notes.notes.append("handed on \(reader.handedOn)")
            }
        }
        reader.finish(into: &notes)
        return notes
    }

    @Test(
        "Whatever stands beside them and however the text is cut, both ways hand on the same words", arguments: 0..<60)
    func equal(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &* 77 &+ 5)
        for _ in 0..<40 {
            let text = Self.text(&random)
            let cuts = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Int.random(in: 0...text.count, using: &random)
            }
            .sorted()
            let long = Self.notes(text, cuts, isQuick: false)
            let short = Self.notes(text, cuts, isQuick: true, met: long.met)
            #expect(
                short.notes == long.notes, "\(String(decoding: text, as: UTF8.self).debugDescription) cut at \(cuts)")
        }
    }

    @Test("Most words of a plain text take it")
    func taken() {
        let text = Array("The cell folds its paper. A membrane catalyse reactions over green terra ".utf8)
        let long = Self.notes(text, [], isQuick: false)
        var sink = Counting(inner: Notes(met: long.met, lexicon: Self.lexicon, isQuick: true))
        var reader = WordReader(lexicon: Self.lexicon)
        text.withUnsafeBufferPointer { reader.feed($0, into: &sink) }
        #expect(sink.short >= 9 && sink.long <= 3, "\(sink.short) of the short way, \(sink.long) of the long one")
    }
}

/// Counts the words of either way.
private struct Counting: WordSink {
    var inner: Notes
    var short = 0
    var long = 0

    mutating func take(_ word: borrowing Word) { long += 1 }

    mutating func takeKnown(_ word: PlainWord) -> Standing? {
        let standing = inner.takeKnown(word)
        if standing != nil { short += 1 }
        return standing
    }

    mutating func beginView() {}

    mutating func restart() {}
}

/// A generator of a fixed sequence (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
