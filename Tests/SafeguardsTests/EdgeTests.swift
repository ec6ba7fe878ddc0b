import Testing

@testable import Safeguards

@Suite("The edge of a category")
struct EdgeTests {
    private static let texts: [[UInt8]] = {
        var dice = TextDice(seed: 41)
        return (0..<600).map { dice.text(words: 4 + $0 % 60) }
    }()

    private static func line(_ id: String, _ budget: Double, borders: String? = nil) -> JudgementPolicy.Line {
        JudgementPolicy.Line(
            category: id, principle: "stand-in", requestBudget: budget, answerBudget: budget, phrases: [],
            borders: borders)
    }

    private static func judge(_ policy: JudgementPolicy, _ side: Side, _ text: [UInt8]) -> TextJudge {
        text.withUnsafeBufferPointer { TextJudge(policy, side, whole: $0) }
    }

    @Test(
        "It refuses what one lower line would, and opened it leaves exactly what the higher line refuses",
        arguments: [Side.request, .answer])
    func equivalence(_ side: Side) throws {
        // The lines lie where the scores of these texts are, a third of them below both and a third above.
        let blank = try JudgementPolicy(
            model: StandIn.model(words: StandIn.words), categories: [Self.line("other_harm", 0.05)], hash: [4])
        let peaks = Self.texts.map { Self.judge(blank, side, $0).rawPeak }.filter(\.isFinite).sorted()
        let table = ThresholdTable(
            budgets: [0.05, 0.001], scores: [peaks[peaks.count / 3], peaks[peaks.count * 2 / 3]])
        let model = try LinearModel(file: StandIn.file(words: StandIn.words, table: table), hash: [1])
        let low = try JudgementPolicy(model: model, categories: [Self.line("other_harm", 0.05)], hash: [4])
        let high = try JudgementPolicy(model: model, categories: [Self.line("other_harm", 0.001)], hash: [4])
        let edged = try JudgementPolicy(
            model: model, categories: [Self.line("other_harm", 0.001), Self.line("edge", 0.05, borders: "other_harm")],
            hash: [4])
        let opened = edged.opening(["edge"])
        var counts = (edge: 0, whole: 0, noted: 0)
        for text in Self.texts {
            let (one, both) = (Self.judge(low, side, text).finding, Self.judge(edged, side, text).finding)
            #expect(one?.position == both?.position)
            let judge = Self.judge(opened, side, text)
            let strict = Self.judge(high, side, text).finding
            #expect(judge.finding?.position == strict?.position)
            #expect(judge.finding.map { $0.category == "other_harm" } ?? true)
            if both?.category == "edge" {
                counts.edge += 1
                #expect(judge.opened == ["edge"])
            }
            if judge.finding != nil { counts.whole += 1 }
            if judge.finding == nil, judge.opened == ["edge"] { counts.noted += 1 }
        }
        #expect(counts.edge > 50 && counts.whole > 50 && counts.noted > 50, "\(counts)")
    }

    @Test("Opening the whole category is another thing than opening its edge")
    func opening() throws {
        let table = ThresholdTable(budgets: [0.05, 0.001], scores: [-1e6, -1e5])
        let model = try LinearModel(file: StandIn.file(words: StandIn.words, table: table), hash: [1])
        let edged = try JudgementPolicy(
            model: model, categories: [Self.line("edge", 0.05, borders: "other_harm"), Self.line("other_harm", 0.001)],
            hash: [4])
        let text = Array("fold the paper crane in the garden".utf8)
        #expect(Self.judge(edged, .request, text).finding?.category == "other_harm")
        #expect(Self.judge(edged.opening(["edge"]), .request, text).finding?.category == "other_harm")
        #expect(edged.bar(of: "edge", .request) <= edged.bar(of: "other_harm", .request))
    }
}
