import Testing

@testable import Safeguards

@Suite("The classifier file")
struct ModelFileTests {
    @Test("A header survives writing and reading")
    func header() throws {
        let file = StandIn.file()
        let header = try ModelHeader(file)
        #expect(header.note == "a stand-in" && header.rows == 4096 && header.windows == [16, 64])
        #expect(Array(file.prefix(header.byteCount)) == header.encoded())
    }

    @Test("A model has no more rows than can be told from marks")
    func mostRows() throws {
        var header = try ModelHeader(StandIn.file())
        header.rows = WordTrail.mostRows
        #expect(try ModelHeader(header.encoded()).rows == WordTrail.mostRows)
        header.rows += 1
        #expect(throws: SafeguardError.badField("rows")) { try ModelHeader(header.encoded()) }
    }

    @Test("A file cut anywhere, or too long, is refused")
    func length() {
        let file = StandIn.file()
        for count in Array(stride(from: 0, to: file.count, by: 97)) + [file.count - 1] {
            #expect(throws: SafeguardError.self) { try LinearModel(file: Array(file.prefix(count)), hash: []) }
        }
        #expect(throws: SafeguardError.wrongLength(expected: file.count, found: file.count + 1)) {
            try LinearModel(file: file + [0], hash: [])
        }
    }

    @Test("A header with any bytes in it is read or refused, and never trusted", arguments: 0..<20)
    func corrupted(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let file = StandIn.file()
        for _ in 0..<100 {
            var bad = file
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bad[Int.random(in: 0..<600, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let model = try? LinearModel(file: bad, hash: []) else { continue }
            // What is accepted can be used.
            let line = JudgementPolicy.Line(
                category: "cyber", principle: "p", requestBudget: 0.01, answerBudget: 0.01, phrases: [])
            let policy = try? JudgementPolicy(model: model, categories: [line], hash: [])
            guard let policy else { continue }
            let text = Array("a plain text of words that goes on 折纸".utf8)
            let peak = text.withUnsafeBufferPointer { judgeWhole(policy, .request, $0).peak }
            #expect(peak >= 0 && peak <= 1 || peak.isNaN == false)
        }
    }

    @Test("Thresholds rise as budgets shrink, and a budget never gets a looser one")
    func thresholds() {
        let table = ThresholdTable(budgets: [0.01, 0.001], scores: [1, 3])
        #expect(table.threshold(0.02) == 1)
        #expect(table.threshold(0.01) == 1)
        #expect(table.threshold(0.005) == 3)
        #expect(table.threshold(0.000_1) == 3)
    }

    @Test("Scores are 0…1 and rise", arguments: [Float(-100), -8, -1, 0, 0.3, 7.99, 8, 100])
    func curve(_ raw: Float) {
        let curve = ScoreCurve(low: -8, high: 8, points: [0, 0.1, 0.5, 0.9, 1])
        #expect(0...1 ~= curve.value(raw) && curve.value(raw) <= curve.value(raw + 0.5))
    }
}
