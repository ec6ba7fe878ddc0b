import Text

@testable import Safeguards

/// Harmless stand-ins: a small model with random weights, and a category with two phrases.
enum StandIn {
    /// A model whose weights are drawn from a seed; it finds nothing dangerous, only what the dice say.
    static func model(seed: UInt64 = 7, threshold: Float = 1e6, words: [String] = []) throws -> LinearModel {
        try LinearModel(file: file(seed: seed, threshold: threshold, words: words), hash: [1, 2, 3])
    }

    static func file(
        seed: UInt64 = 7, threshold: Float = 1e6, words: [String] = [], table: ThresholdTable? = nil
    ) -> [UInt8] {
        var header = ModelHeader()
        header.rows = 4096
        header.windows = [16, 64]
        header.note = "a stand-in"
        let table = table ?? ThresholdTable(budgets: [0.05], scores: [threshold])
        header.requestThresholds = .init(repeating: table, count: 8)
        header.answerThresholds = header.requestThresholds
        header.scales = .init(repeating: 0.01, count: 8)
        var counter = WordCounter()
        for word in words { counter.read(Array(word.utf8)) }
        header.lexicon = Lexicon.bits(for: counter.counts.keys, size: 1024)
        var generator = SeededGenerator(seed: seed)
        return header.encoded() + (0..<4096 * 8).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    static let phrases = ["crimson origami ritual", "红色折纸仪式"]

    static let words = [
        "crimson", "origami", "ritual", "the", "how", "to", "fold", "paper", "crane", "please", "tell", "me", "about",
        "colour", "river", "garden", "simple", "question", "answer", "window",
    ]

    static func policy(threshold: Float = 1e6, phrases: [String] = phrases) throws -> JudgementPolicy {
        let line = JudgementPolicy.Line(
            category: "other_harm", principle: "stand-in", requestBudget: 0.05, answerBudget: 0.05, phrases: phrases)
        return try JudgementPolicy(model: model(threshold: threshold, words: words), categories: [line], hash: [4])
    }
}

/// Random texts of many scripts and disguises.
struct TextDice {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let alphabets: [[Unicode.Scalar]] = [
        Array("abcdefghijklmnopqrstuvwxyz".unicodeScalars), Array("ABCxyz0123456789@$!".unicodeScalars),
        Array("абвгдежзиклмнопрстуфхцчшщ".unicodeScalars), Array("αβγδεζηθικλμνξοπρστυφχψω".unicodeScalars),
        Array("炸弹折纸花园河流问题回答的是在".unicodeScalars), Array("ひらがなカタカナ".unicodeScalars),
        Array("สวัสดีชาวโลก".unicodeScalars), Array("नमस्तेदुनिया".unicodeScalars), Array("مرحبابالعالم".unicodeScalars),
        Array("한국어세계".unicodeScalars), Array("éüßøñçāơ\u{301}\u{308}".unicodeScalars),
        Array("\u{200B}\u{200D}\u{202E}\u{FEFF}\u{E0041}\u{E0062}".unicodeScalars), Array("ａｂｃＡ①ﬁ㎏𝐚𝕓".unicodeScalars),
    ]

    mutating func word() -> String {
        let alphabet = Self.alphabets.randomElement(using: &generator) ?? []
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            if let scalar = alphabet.randomElement(using: &generator) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    /// A text of plain words, random ones and disguised ones, with separators of every kind.
    mutating func text(words: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<words {
            let plain = StandIn.words.randomElement(using: &generator) ?? "word"
            switch Int.random(in: 0..<16, using: &generator) {
            case 0: bytes += Array(word().utf8)
            case 1: bytes += Disguise.allCases.randomElement(using: &generator)?.apply("the \(plain) \(plain)") ?? []
            case 2:
                bytes += (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            case 3:
                bytes += Array("%\(["41", "e7", "2", "zz", "25%34%31"].randomElement(using: &generator) ?? "")".utf8)
            case 4:
                bytes += Array(
                    ["\\u4e2d", "\\n", "\\x41", "\\u00", "\\", "%"].randomElement(using: &generator)?.utf8 ?? "".utf8)
            case 5: bytes += Array(String(repeating: plain, count: Int.random(in: 1...30, using: &generator)).utf8)
            case 6: bytes += Array(StandIn.phrases.randomElement(using: &generator)?.utf8 ?? "".utf8)
            case 7...10: bytes += Array(word().utf8)
            default: bytes += Array(plain.utf8)
            }
            bytes += Array(
                [" ", " ", " ", "  ", "\n", ", ", ".", "", "-", "=", "/"].randomElement(using: &generator)?.utf8
                    ?? "".utf8)
        }
        return bytes
    }
}
