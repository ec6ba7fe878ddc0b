/// Texts that say nothing: repeated signs and words, noise, numbers, logs, code and encoded bytes.
///
/// A classifier that has not seen such meets them with whatever their letters happened to weigh.
struct Contentless {
    private var generator: SeededGenerator
    private var turn = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed ^ 0x636F_6E74_656E_7400) }

    /// The next text, ordinary by definition.
    mutating func next() -> LabelledText {
        turn += 1
        // No language of its own: an intercept would learn in place of the weights.
        let text: String =
            switch turn % 10 {
            case 0: String(repeating: sign(), count: length(8...1200))
            case 1: repeated(by: "")
            case 2: repeated(by: " ")
            case 3: noise()
            case 4: numbers()
            case 5: log()
            case 6: encoded()
            case 7: code()
            case 8: longText()
            default:
                [sign(), sign(), word()].map { String(repeating: $0, count: length(1...90)) }.joined(separator: " ")
            }
        return LabelledText(
            text: Array(text.utf8), labels: [], kind: .benign, source: Synthesis.source, language: "en")
    }

    private static let signs = Array(
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_=*#!?,;/+"
            + "的是我不了人大好哈啊一二三あいうえおアイ가나다ㅋㅎабвгдеёжзиклмнопрстуфхцчшщыьэюяαβγδεابتثกขคअआक")
    private static let words = [
        "test", "hello", "ok", "lorem", "ipsum", "dolor", "sit", "amet", "the", "and", "you", "buffalo", "ha", "la",
        "foo", "bar",
        "value", "item", "river", "garden", "window", "paper", "blue", "seven", "table", "morning", "music", "letter",
        "yes",
        "no", "data", "null", "true", "name", "list", "page", "line", "word", "time", "day", "green", "house", "tree",
        "water",
        "你好", "测试", "谢谢", "今天", "哈哈", "hola", "bonjour", "danke", "привет", "안녕", "テスト", "مرحبا", "ทดสอบ", "नमस्ते",
    ]

    private mutating func length(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func sign() -> String { String(Self.signs.randomElement(using: &generator) ?? "x") }

    private mutating func word() -> String { Self.words.randomElement(using: &generator) ?? "word" }

    /// A few signs, or a word, over and over.
    private mutating func repeated(by gap: String) -> String {
        let unit = Bool.random(using: &generator) ? word() : (0..<length(2...5)).map { _ in sign() }.joined()
        return Array(repeating: unit, count: length(3...200)).joined(separator: gap)
    }

    /// Words of random letters.
    private mutating func noise() -> String {
        (0..<length(3...80)).map { _ in
            (0..<length(1...12)).map { _ in String(Self.signs[Int.random(in: 0..<26, using: &generator)]) }.joined()
        }.joined(separator: " ")
    }

    private mutating func numbers() -> String {
        let gap = [" ", ", ", "\n", "\t"].randomElement(using: &generator) ?? " "
        return (0..<length(3...150)).map { _ in
            Bool.random(using: &generator)
                ? "\(length(0...99_999))" : "\(length(0...999)).\(length(0...99))"
        }.joined(separator: gap)
    }

    private mutating func log() -> String {
        let levels = ["INFO", "WARN", "DEBUG", "ERROR"]
        let events = [
            "request served", "connection closed", "cache refreshed", "retrying", "user signed in", "job finished",
            "file saved",
            "timeout after", "child process killed", "worker terminated", "attack surface scan clean",
            "disk check passed",
        ]
        return (0..<length(2...20)).map { _ in
            "2026-0\(length(1...9))-\(length(10...28))T\(length(10...23)):\(length(10...59)):\(length(10...59))Z "
                + "\(levels.randomElement(using: &generator) ?? "INFO") [worker-\(length(1...32))] "
                + "\(events.randomElement(using: &generator) ?? "done") id=\(hex(length(4...12))) ms=\(length(0...5000))"
        }.joined(separator: "\n")
    }

    private mutating func hex(_ bytes: Int) -> String {
        (0..<bytes).map { _ in
            let byte = Int.random(in: 0..<256, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Bytes or an ordinary sentence in hexadecimal or base64.
    private mutating func encoded() -> String {
        let sentence = (0..<length(4...40)).map { _ in word() }.joined(separator: " ")
        switch length(0...4) {
        case 0: return hex(length(8...300))
        case 1:
            return (0..<length(2...16)).map { line in
                let offset = String(line * 16, radix: 16)
                let row = (0..<16).map { _ in hex(1) }.joined(separator: " ")
                return String(repeating: "0", count: max(0, 8 - offset.count)) + offset + "  " + row
            }.joined(separator: "\n")
        case 2: return String(decoding: Disguise.base64.apply(hex(length(8...200))), as: UTF8.self)
        default:
            let disguise = [Disguise.base64, .hex, .base32, .percent, .rot13].randomElement(using: &generator) ?? .hex
            return String(decoding: disguise.apply(sentence), as: UTF8.self)
        }
    }

    private mutating func code() -> String {
        (0..<length(2...25)).map { _ in
            let (a, b) = (Self.words[length(5...30)], Self.words[length(5...30)])
            switch length(0...7) {
            case 0: return "let \(a) = \(b)(\(length(0...99)))"
            case 1: return "for \(a) in range(\(length(1...99))):\n    \(b) += \(a)"
            case 2: return "if (\(a) == \(b)) { return \(length(0...9)); }"
            case 3: return "{\"\(a)\": \"\(b)\", \"id\": \(length(1...9999))}"
            case 4: return "SELECT \(a), \(b) FROM \(a)s WHERE id = \(length(1...999));"
            case 5: return "<div class=\"\(a)\">\(b)</div>"
            case 6: return "| \(a) | \(b) | \(length(1...999)) |"
            default: return "\(a).\(b)(\(a)[\(length(0...9))])  // \(b)"
            }
        }.joined(separator: "\n")
    }

    /// Everyday requests of one language, one behind the other.
    private mutating func longText() -> String {
        guard let book = Phrasebook.all.randomElement(using: &generator) else { return "" }
        return (0..<length(4...40)).map { _ in
            book.expand(
                Phrasebook.fill(
                    book["ask"].randomElement(using: &generator) ?? "{}",
                    book["ordinary"].randomElement(using: &generator) ?? ""), &generator)
        }.joined(separator: "\n")
    }
}
