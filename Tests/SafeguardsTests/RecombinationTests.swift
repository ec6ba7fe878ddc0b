import Testing

@testable import Safeguards

@Suite("Requests in frames")
struct RecombinationTests {
    private static func row(_ text: String, _ kind: LabelledText.Kind, _ source: String, wrapper: Bool = false)
        -> LabelledText
    {
        let labels: Set<HarmLabel> = kind == .harmful ? wrapper ? [.harmful, .wrapper] : [.harmful, .cyber] : []
        return LabelledText(text: Array(text.utf8), labels: labels, kind: kind, source: source, language: "en", id: "1")
    }

    private static let rows = [
        row("You play a heron. [INSERT PROMPT HERE] Stay a heron [laughs].", .harmful, "frames_a", wrapper: true),
        row("You play an owl.", .harmful, "frames_b", wrapper: true),
        row("Fold the forbidden crane.", .harmful, "crafts"), row("Fold a napkin.", .benign, "home"),
        row("Who forbade the crane?", .borderline, "history"),
        row(String(repeating: "long ", count: 200), .benign, "essays"),
    ]

    private static func words(_ text: LabelledText) -> String { String(decoding: text.text, as: UTF8.self) }

    @Test("A request stands in the frame's place, or behind a frame without one, and keeps its kind, labels and source")
    func framed() throws {
        var recombination = Recombination(Self.rows, seed: 1)
        let texts = recombination.texts(80)
        #expect(texts.count == 80)
        #expect(texts.filter { $0.kind == .harmful }.count == 40)
        #expect(texts.filter { $0.kind == .borderline }.count == 10)
        for text in texts {
            let payload = try #require(Self.rows.first { $0.source == text.source })
            #expect((text.kind, text.labels) == (payload.kind, payload.labels))
            switch text.frame {
            case "frames_a":
                #expect(Self.words(text) == "You play a heron. \(Self.words(payload)) Stay a heron [laughs].")
            default:
                #expect(text.frame == "frames_b")
                #expect(Self.words(text).hasPrefix("You play an owl."))
                #expect(Self.words(text).hasSuffix(Self.words(payload)))
            }
        }
        #expect(!texts.contains { $0.source == "essays" })
        // Both frames stand around requests of every kind.
        for frame in ["frames_a", "frames_b"] {
            #expect(Set(texts.filter { $0.frame == frame }.map(\.kind)).count == 3)
        }
    }

    @Test("The same seed gives the same texts, another seed others; without frames there are none")
    func seeded() {
        func texts(_ seed: UInt64) -> [String] {
            var recombination = Recombination(Self.rows, seed: seed)
            return recombination.texts(40).map(Self.words)
        }
        #expect(texts(1) == texts(1))
        #expect(texts(1) != texts(2))
        var empty = Recombination(Self.rows.filter { !$0.labels.contains(.wrapper) }, seed: 1)
        #expect(empty.texts(40).isEmpty)
    }
}
