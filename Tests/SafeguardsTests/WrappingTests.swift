import Testing

@testable import Safeguards

@Suite("Requests in frames of the generator's own wording")
struct WrappingTests {
    private static func row(_ text: String, _ kind: LabelledText.Kind, _ source: String, _ language: String)
        -> LabelledText
    {
        let labels: Set<HarmLabel> = kind == .harmful ? [.harmful, .cyber] : []
        return LabelledText(text: Array(text.utf8), labels: labels, kind: kind, source: source, language: language)
    }

    private static let rows = [
        row("Fold the forbidden crane {name}.", .harmful, "crafts", "en"), row("折禁止的纸鹤。", .harmful, "crafts", "zh"),
        row("Fold a napkin.", .benign, "home", "en"), row("折餐巾。", .benign, "home", "zh"),
        row("Who forbade the crane?", .borderline, "history", "en"),
        LabelledText(
            text: Array("You play a heron.".utf8), labels: [.harmful, .wrapper], kind: .harmful, source: "frames",
            language: "en"),
    ]

    private static func words(_ text: LabelledText) -> String { String(decoding: text.text, as: UTF8.self) }

    @Test("Every frame holds a row's request unchanged, and keeps its kind, labels, source and language")
    func wrapped() throws {
        var wrapping = Wrapping(Self.rows, seed: 1)
        let texts = wrapping.texts(500)
        #expect(texts.count == 500)
        for text in texts {
            let payload = try #require(
                Self.rows.first { $0.source == text.source && Self.words(text).contains(Self.words($0)) })
            #expect((payload.kind, payload.labels) == (text.kind, text.labels))
            #expect(text.language == payload.language && text.frame == Wrapping.frame)
            #expect(text.text.count > payload.text.count)
            let rest = Self.words(text).replacing(Self.words(payload), with: "")
            #expect(!rest.contains("{") && !rest.contains("}"), "\(rest)")
        }
        #expect(!texts.contains { $0.source == "frames" })
        for kind in [LabelledText.Kind.harmful, .benign, .borderline] {
            #expect(texts.filter { $0.kind == kind }.count == (kind == .borderline ? 100 : 200))
        }
        // Hardly two frames are alike.
        #expect(Set(texts.map(Self.words)).count > 440)
    }

    @Test("The same seed gives the same texts, another seed others; without rows there are none")
    func seeded() {
        func texts(_ seed: UInt64) -> [String] {
            var wrapping = Wrapping(Self.rows, seed: seed)
            return wrapping.texts(40).map(Self.words)
        }
        #expect(texts(1) == texts(1))
        #expect(texts(1) != texts(2))
        var empty = Wrapping([], seed: 1)
        #expect(empty.texts(40).isEmpty)
    }
}
