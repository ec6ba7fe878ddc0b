import Testing

@testable import ExportControl

struct OwnershipCaseTests {
    @Test(
        "A line that is no case names the field",
        arguments: [
            ("{", "line"), ("[]", "line"), (#"{"query":"A"}"#, "date"), (#"{"date":"2026-01-01"}"#, "query"),
            (#"{"query":"A","date":"2026-02-30","edges":[]}"#, "date"),
            (#"{"query":"A","date":"2026-01-01"}"#, "edges"),
            (#"{"query":"A","date":"2026-01-01","edges":[{"owner":"X"}]}"#, "edges[0]"),
            (#"{"query":"A","date":"2026-01-01","edges":[{"owner":"X","owned":"A","pct":-5}]}"#, "edges[0].pct"),
            (#"{"query":"A","date":"2026-01-01","edges":[{"owner":"X","owned":"A","pct":150}]}"#, "edges[0].pct"),
            (
                #"{"query":"A","date":"2026-01-01","edges":[{"owner":"X","owned":"A","pct":5,"from":"2026-01-02","until":"2026-01-01"}]}"#,
                "edges[0].until"
            ),
            (#"{"query":"A","date":"2026-01-01","edges":[],"hq":{"A":"Atlantis"}}"#, "hq.A"),
            (#"{"query":"A","date":"2026-01-01","edges":[],"holdings":{"A":"lots"}}"#, "holdings.A"),
            (#"{"query":"A","date":"2026-01-01","edges":[],"listed":{"A":5}}"#, "listed.A"),
        ])
    func problems(_ line: String, _ field: String) {
        let problem = #expect(throws: OwnershipCase.Problem.self) { try OwnershipCase(Array(line.utf8)) }
        #expect(problem?.field == field)
    }

    @Test("The result has the keys that are asked for, and all without them")
    func keys() throws {
        let begin =
            #"{"id":7,"query":"A","date":"2025-10-15","edges":[{"owner":"L","owned":"A","pct":37.60}],"listed":{"L":"#
        let some = try OwnershipCase(Array((begin + #""Entity List"},"expected":{"listed_pct":0,"later":1}}"#).utf8))
        #expect(some.json(some.question.answer())["result"]?.json == #"{"listed_pct":37.6,"later":null}"#)
        let all = try OwnershipCase(Array((begin + #"["Entity List","OFAC SDN"]}}"#).utf8))
        let answer = all.json(all.question.answer())
        #expect(answer["id"] == .number("7"))
        #expect(answer["result"]?["ultimate_parent"] == .string("A"))
        #expect(answer["result"]?["hq_rule"] == .string("undetermined"))
        #expect(answer["notice"] != nil)
    }

    @Test(
        "Every given case is answered as expected",
        .enabled(if: ExportData.isThere, "the shared export data is not there"))
    func data() throws {
        let lines = ExportData.bytes("ownership_cases.jsonl").split(separator: 0x0A)
        for line in lines {
            let asked = try OwnershipCase(Array(line))
            let expected = try ExactJSON(Array(line))["expected"]
            #expect(asked.json(asked.question.answer())["result"]?.json == expected?.json, "\(asked.id.json)")
        }
        #expect(lines.count > 5)
    }
}
