import Testing

@testable import Safeguards

@Suite("Measuring a classifier")
struct EvaluationTests {
    /// A harmless set: 1,000 ordinary texts with scores 0…0.999, 100 "harmful" stand-ins of two sources above and below.
    private static let set: EvaluationSet = {
        func judged(_ kind: LabelledText.Kind, _ raw: Float, _ source: String, _ words: String, _ index: Int)
            -> JudgedText
        {
            let text = LabelledText(
                text: Array(words.utf8), labels: kind == .harmful ? [.harmful, .otherHarm] : [], kind: kind,
                source: source,
                language: index % 2 == 0 ? "en" : "zh", id: "\(source)-\(index)")
            return JudgedText(
                text: text, raw: raw, score: min(1, max(0, raw)), refusedAs: raw > 0.99 ? "other_harm" : nil, fold: 0)
        }
        var texts: [JudgedText] = []
        for index in 0..<1000 {
            texts.append(judged(.benign, Float(index) / 1000, "calm", "<b>paper & crane</b> \(index)", index))
        }
        for index in 0..<50 {
            texts.append(judged(.harmful, index < 40 ? 2 : 0.1, "crimson", "crimson origami \(index)", index))
            texts.append(judged(.harmful, index < 10 ? 2 : 0.1, "scarlet", "scarlet origami \(index)", index))
        }
        return EvaluationSet(texts)
    }()

    @Test("Recall at a share of false positives is what was counted, and its interval holds it")
    func recall() {
        let mean = Self.set.meanRecall(falsePositives: 0.01)
        #expect(abs(mean.mean - 0.5) < 1e-9)
        #expect(mean.interval.contains(0.5) && mean.interval.lowerBound > 0.35 && mean.interval.upperBound < 0.65)
        let sources = Self.set.recall(by: .source, falsePositives: 0.01)
        #expect(sources.map(\.place) == ["crimson", "scarlet"])
        #expect(sources.map(\.recall.hits) == [40, 10])
        #expect(Self.set.flagged(.benign, falsePositives: 0.01).hits == 10)
    }

    @Test("The load of a cascade adds up")
    func load() {
        for load in Self.set.load(escalating: 0.1) {
            #expect(abs(load.refused + load.escalated + load.cleared - 1) < 1e-9)
        }
        let ordinary = Self.set.load(escalating: 0.1)[0]
        #expect(abs(ordinary.refused - 0.009) < 1e-6 && abs(ordinary.escalated - 0.09) < 2e-3)
    }

    @Test("The page shows ordinary errors in full, escaped, and of harmful ones the id alone")
    func page() {
        let page = EvaluationReport(Self.set, subject: "A <test>", facts: [("model", "none")]).html()
        #expect(page.contains("&lt;b&gt;paper &amp; crane&lt;/b&gt; 999") && page.contains("A &lt;test&gt;"))
        #expect(page.contains("scarlet-10") && !page.contains("scarlet origami") && !page.contains("crimson origami"))
        #expect(!page.contains("<b>paper") && !page.contains("http") && !page.contains("<script"))
    }

    @Test("Controls and marks that turn text around are shown by number")
    func escaping() {
        #expect(ReportPage.escaped("a\u{202E}b\u{1}<'\">&") == "a[U+202E]b[U+1]&lt;&#39;&quot;&gt;&amp;")
    }

    @Test(
        "Numbers are written without a locale",
        arguments: [(0.0, 2, "0.00"), (0.005, 2, "0.01"), (-1.25, 1, "-1.3"), (12, 0, "12"), (.nan, 1, "–")])
    func numbers(_ value: Double, _ places: Int, _ expected: String) {
        #expect(ReportPage.fixed(value, places) == expected)
    }

    @Test(
        "Bounds are those of the tables",
        arguments: [
            (0, 10, 0.95, 0.258_866), (1, 10, 0.95, 0.394_163), (5, 10, 0.95, 0.777_559), (0, 1000, 0.95, 0.002_991),
            (3, 10_000, 0.95, 0.000_775_2), (10, 10, 0.95, 1.0),
        ])
    func bounds(_ hits: Int, _ all: Int, _ confidence: Double, _ expected: Double) {
        let bound = ClopperPearson.upper(hits, of: all, confidence: confidence)
        #expect(abs(bound - expected) < 2e-5 * max(1, expected / 0.01), "\(bound)")
        let mirrored = ClopperPearson.lower(all - hits, of: all, confidence: confidence)
        #expect(abs(mirrored - (1 - bound)) < 1e-9)
    }

    @Test("Bounds hold for many texts too, from below and from above")
    func manyTexts() {
        // Poisson limits for 38 events are 26.9 and 52.2.
        let interval = ClopperPearson.interval(38, of: 17_362, confidence: 0.95)
        #expect(abs(interval.lowerBound - 26.9 / 17_362) < 1e-5 && abs(interval.upperBound - 52.2 / 17_362) < 1e-5)
        let high = ClopperPearson.interval(999_000, of: 1_000_000, confidence: 0.95)
        #expect(high.contains(0.999) && high.upperBound - high.lowerBound < 0.000_2)
    }

    @Test("A bound rises with hits, falls with texts, and is never below the share")
    func order() {
        for all in [20, 500, 100_000] {
            var last = 0.0
            for hits in stride(from: 0, to: min(all, 40), by: 3) {
                let bound = ClopperPearson.upper(hits, of: all, confidence: 0.99)
                #expect(bound > last && bound >= Double(hits) / Double(all))
                #expect(bound > ClopperPearson.upper(hits, of: all * 2, confidence: 0.99))
                last = bound
            }
        }
        #expect(ClopperPearson.needed(for: 0.0005, confidence: 0.95) == 5990)
        #expect(ClopperPearson.most(within: 0.0005, of: 5000, confidence: 0.95) == nil)
        #expect(ClopperPearson.most(within: 0.0005, of: 6000, confidence: 0.95) == 0)
    }

    @Test("A model compared with itself shows no change")
    func comparison() {
        let result = ModelComparison(Self.set, Self.set)
        #expect(result.changes.allSatisfy { $0.newly == 0 && $0.nolonger == 0 })
        #expect(result.recalls.allSatisfy { $0.first == $0.second && $0.difference == 0...0 })
    }

    @Test("A key silences a fifth of the rows, the same for the same key")
    func key() {
        var recipe = TrainingRecipe()
        recipe.rows = 10_000
        #expect(Trainer.voices(recipe).isEmpty)
        recipe.key = 42
        let voices = Trainer.voices(recipe)
        #expect(voices == Trainer.voices(recipe))
        let silent = voices.filter { $0 == 0 }.count
        #expect(1800...2200 ~= silent)
        recipe.key = 43
        #expect(zip(voices, Trainer.voices(recipe)).filter { $0 != $1 }.count > 2000)
    }
}
