import Testing

@testable import Text

/// Notes all words with their places, and where the reader stood.
private struct Noted: WordSink {
    var notes: [String] = []

    mutating func take(_ word: borrowing Word) {
        let codes = Array(UnsafeBufferPointer(start: word.codes, count: word.count))
        notes.append(
            "\(String(decoding: codes, as: UTF16.self)) \(word.start)–\(word.end)\(word.isIdeograph ? " 字" : "")"
                + (word.isOpaque ? " opaque" : ""))
    }

    mutating func beginView() { notes.append("view") }

    mutating func restart() { notes.append("restart") }
}

@Suite("Ideographs that are read together")
struct IdeographTests {
    private static let lexicon = WordList.lexicon("the cell one bar folds its paper cranes over green crimson origami")

    /// Whole characters, and pieces that stop the short way or begin within it.
    private static let pieces: [[UInt8]] =
        [
            "水", "闸", "的", "折纸", "花园里的一只鹤", "かな", "カナ", "한글", "，", "。", "　", " ", "  ", "\u{3400}", "\u{20000}", "㈠",
            "豈", "々",
            "a", "paper", "c r i", "n", "0r1g4m1", "Y3JpbXNvbiBvcmlnYW1p", "%E6%B0%B4", "\\u6c34", "\\", "%", "\u{301}",
            "\u{200B}", "=",
            "5rC0", "7", "!",
        ].map { Array($0.utf8) } + [
            [0xE6], [0xE6, 0xB0], [0xB4], [0xE3, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0xE4, 0x41], [0xEC, 0xC0],
        ]

    private static func notes(_ bytes: [UInt8], _ cuts: [Int]) -> [String] {
        var notes = Noted()
        var reader = WordReader(lexicon: lexicon)
        bytes.withUnsafeBufferPointer { all in
            for (from, to) in zip([0] + cuts, cuts + [all.count]) {
                reader.feed(UnsafeBufferPointer(rebasing: all[from..<to]), into: &notes)
                if Set(cuts).contains(to) || to == all.count { notes.notes.append("at \(to): \(reader.handedOn)") }
            }
        }
        reader.finish(into: &notes)
        return notes.notes
    }

    /// The same with a byte at a time, which never takes the short way.
    private static func slowNotes(_ bytes: [UInt8], _ cuts: [Int]) -> [String] {
        var notes = Noted()
        var reader = WordReader(lexicon: lexicon)
        bytes.withUnsafeBufferPointer { all in
            if cuts.first == 0 { notes.notes.append("at 0: \(reader.handedOn)") }
            for index in all.indices {
                reader.feed(UnsafeBufferPointer(rebasing: all[index...index]), into: &notes)
                if Set(cuts).contains(index + 1) || index + 1 == all.count {
                    notes.notes.append("at \(index + 1): \(reader.handedOn)")
                }
            }
        }
        reader.finish(into: &notes)
        return notes.notes
    }

    @Test("Words and places are those of a reader that reads byte by byte", arguments: 0..<60)
    func equal(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &* 91 &+ 3)
        for _ in 0..<60 {
            let text = (0..<Int.random(in: 1...30, using: &random)).flatMap { _ in
                Self.pieces.randomElement(using: &random) ?? []
            }
            var places = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Int.random(in: 1..<max(2, text.count), using: &random)
            }
            places = Set(places).filter { $0 < text.count }.sorted()
            #expect(Self.notes(text, places) == Self.slowNotes(text, places), "\(text) cut at \(places)")
        }
    }
}
