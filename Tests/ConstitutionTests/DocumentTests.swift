import Testing

@testable import Constitution

@Suite("Documents")
struct DocumentTests {
    typealias Kind = DocumentProblem.Kind

    /// The kites become the edge of another category, with these lines.
    private static func edge(_ lines: String) -> [UInt8] {
        Documents.small(
            "    absolute: false\n    on_failure: open\n    budgets: {requests: 0.01, answers: 0.001}",
            lines.split(separator: ";").map { "    " + $0 }.joined(separator: "\n") + "\n    on_failure: open")
    }

    @Test("An edge names the category that it borders")
    func edges() throws {
        let good = Self.edge("absolute: false;borders: origami;budgets: {requests: 0.002, answers: 0.0005}")
        #expect(try Documents.load(good).constitution.category("kites")?.borders == "origami")
        #expect(try Documents.load(Array(Documents.small.utf8)).constitution.category("kites")?.borders == nil)
    }

    @Test(
        "An edge that cannot be one is refused by name",
        arguments: [
            ("absolute: false;borders: boats;budgets: {requests: 0.01, answers: 0.001}", "no such category"),
            ("absolute: false;borders: kites;budgets: {requests: 0.01, answers: 0.001}", "no category of its own"),
            ("absolute: false;borders: origami;budgets: {requests: 0.001, answers: 0.001}", "as large"),
            ("absolute: false;borders: origami;budgets: {requests: 0.01, answers: 0.0001}", "as large"),
        ])
    func wrongEdges(_ lines: String, _ why: String) {
        let problems = Documents.problems(Self.edge(lines))
        #expect(problems.count == 1 && problems[0].field == "categories[1].borders", "\(problems)")
        #expect(problems.first.map { "\($0)".contains(why) } == true, "\(problems)")
    }

    @Test("A valid document is read as it is written")
    func valid() throws {
        let constitution = try Documents.load(Array(Documents.small.utf8)).constitution
        #expect(constitution.name == "Paper rules")
        #expect(constitution.version == 3)
        #expect(constitution.date == "2026-02-28")
        #expect(constitution.preamble.text(.chinese) == "小心折叠。")
        #expect(constitution.principle("calm-paper")?.sources == ["The old book of paper"])
        let origami = try #require(constitution.category("origami"))
        #expect(origami.isAbsolute && origami.onFailure == .closed)
        #expect(origami.requestBudget == 0.002 && origami.answerBudget == 0.0005)
        #expect(origami.permits.count == 2 && origami.forbids[0].english == "Folding the crimson crane.")
        #expect(origami.phrases == ["crimson origami ritual", "深红折纸"])
        #expect(constitution.category("kites")?.phrases == [])
        #expect(constitution.category("boats") == nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let kind: Kind
        let field: String
        let line: Int
        let column: Int
        var testDescription: String { "\(kind)" }
    }

    static let cases = [
        Case(
            old: "date: 2026", new: "dat: 2026",
            kind: .unknownKey("dat", nearest: "date", known: topKeys), field: "", line: 4, column: 1),
        Case(
            old: "format: sluice-constitution/1\n", new: "", kind: .missingKey("format"), field: "", line: 1, column: 1),
        Case(
            old: "constitution/1", new: "constitution/9", kind: .unknownFormat("sluice-constitution/9"),
            field: "format",
            line: 1, column: 9),
        Case(old: "name: Paper rules", new: "name: ''", kind: .emptyText, field: "name", line: 2, column: 7),
        Case(old: "name: Paper rules", new: "name:", kind: .emptyText, field: "name", line: 2, column: 6),
        Case(old: "name: Paper rules", new: "name: null", kind: .emptyText, field: "name", line: 2, column: 7),
        Case(old: "name: Paper rules", new: "name: \"a\\nb\"", kind: .severalLines, field: "name", line: 2, column: 7),
        Case(
            old: "name: Paper rules", new: "name: \"a\\u202Eb\"", kind: .forbiddenCharacter(0x202E), field: "name",
            line: 2, column: 7),
        Case(old: "name: Paper rules", new: "name: !x rules", kind: .tag("!x"), field: "name", line: 2, column: 7),
        Case(
            old: "name: Paper rules", new: "name: [a]", kind: .wrongType(expected: "text", found: "a list"),
            field: "name", line: 2, column: 7),
        Case(
            old: "version: 3", new: "version: three", kind: .wrongType(expected: "a whole number", found: "text"),
            field: "version", line: 3, column: 10),
        Case(
            old: "version: 3", new: "version: 0", kind: .outOfRange("0", lowest: "1", highest: "1000000"),
            field: "version", line: 3, column: 10),
        Case(
            old: "version: 3", new: "version: 99999999999999999999",
            kind: .outOfRange("99999999999999999999", lowest: "1", highest: "1000000"), field: "version", line: 3,
            column: 10),
        Case(old: "2026-02-28", new: "2026-02-29", kind: .badDate("2026-02-29"), field: "date", line: 4, column: 7),
        Case(
            old: ", zh: 小心折叠。", new: "", kind: .missingLanguage(.chinese), field: "preamble", line: 5, column: 11),
        Case(
            old: ", zh: 小心折叠。", new: ", zh: 小心折叠。, de: Falten",
            kind: .unknownKey("de", nearest: "en", known: ["en", "zh"]),
            field: "preamble", line: 5, column: 44),
        Case(
            old: "[The old book of paper]", new: "[]", kind: .listSize(count: 0, limit: 200),
            field: "principles[0].sources", line: 10, column: 14),
        Case(
            old: "id: origami", new: "id: Origami", kind: .badID("Origami"), field: "categories[0].id", line: 12,
            column: 9),
        Case(
            old: "id: kites", new: "id: origami", kind: .duplicateID("origami", firstLine: 12),
            field: "categories[1].id", line: 24, column: 9),
        Case(
            old: "principle: calm-paper", new: "principle: calm-papr",
            kind: .unknownPrinciple("calm-papr", nearest: "calm-paper"), field: "categories[0].principle", line: 14,
            column: 16),
        Case(
            old: "absolute: true", new: "absolute: yes", kind: .wrongType(expected: "`true` or `false`", found: "text"),
            field: "categories[0].absolute", line: 15, column: 15),
        Case(
            old: "on_failure: closed", new: "on_failure: open", kind: .absoluteFailsOpen,
            field: "categories[0].on_failure", line: 16, column: 17),
        Case(
            old: "on_failure: closed", new: "on_failure: ajar", kind: .notOneOf("ajar", ["closed", "open"]),
            field: "categories[0].on_failure", line: 16, column: 17),
        Case(
            old: "requests: 0.002", new: "requests: 0.2", kind: .outOfRange("0.2", lowest: "0.000001", highest: "0.05"),
            field: "categories[0].budgets.requests", line: 17, column: 25),
        Case(
            old: "requests: 0.002", new: "requests: .nan",
            kind: .outOfRange(".nan", lowest: "0.000001", highest: "0.05"),
            field: "categories[0].budgets.requests", line: 17, column: 25),
        Case(
            old: "requests: 0.002", new: "requests: 0", kind: .outOfRange("0", lowest: "0.000001", highest: "0.05"),
            field: "categories[0].budgets.requests", line: 17, column: 25),
        Case(
            old: "requests: 0.002", new: "requests: 1e999",
            kind: .outOfRange("1e999", lowest: "0.000001", highest: "0.05"), field: "categories[0].budgets.requests",
            line: 17, column: 25),
        Case(
            old: "requests: 0.002", new: "requests: '0.002'", kind: .wrongType(expected: "a number", found: "text"),
            field: "categories[0].budgets.requests", line: 17, column: 25),
        Case(
            old: "crimson origami ritual", new: "crimson", kind: .phraseTooShort("crimson"),
            field: "categories[0].phrases[0]", line: 23, column: 15),
        Case(
            old: "深红折纸", new: "红折纸", kind: .phraseTooShort("红折纸"), field: "categories[0].phrases[1]", line: 23,
            column: 39),
        Case(
            old: "深红折纸", new: "crimson origami ritual", kind: .repeatedEntry("crimson origami ritual"),
            field: "categories[0].phrases[1]", line: 23, column: 39),
        Case(
            old: "version: 3\n", new: "version: 3\nversion: 4\n", kind: .duplicateKey("version"), field: "", line: 3,
            column: 1),
        Case(old: "Fold with care.", new: "*Fold", kind: .aliasOrAnchor, field: "", line: 5, column: 16),
        Case(old: "Fold with care.", new: "&a Fold", kind: .aliasOrAnchor, field: "", line: 5, column: 16),
        Case(old: "format:", new: "%YAML 1.1\n---\nformat:", kind: .directive, field: "", line: 1, column: 1),
        Case(
            old: "Fold with care.", new: "Fold\u{200B} with care.", kind: .forbiddenCharacter(0x200B), field: "",
            line: 5,
            column: 20),
        Case(old: "principles:", new: "---\nprinciples:", kind: .severalDocuments, field: "", line: 6, column: 1),
    ]

    static let topKeys = ["format", "name", "version", "date", "preamble", "principles", "categories"]

    @Test("A problem names what is wrong, the field, and its line and column", arguments: cases)
    func problem(_ example: Case) throws {
        let problems = Documents.problems(Documents.small(example.old, example.new))
        let expected = DocumentProblem(
            kind: example.kind, field: example.field, line: example.line, column: example.column)
        #expect(problems.contains(expected), "\(problems)")
        #expect(problems.allSatisfy { $0.description.hasPrefix("line ") && !$0.kind.description.isEmpty })
    }

    @Test("All problems are listed in one run, in the document's order")
    func allProblems() {
        var text = Documents.small
        for (old, new) in [
            ("version: 3", "version: x"), ("id: origami", "id: O"), ("absolute: true", "absolute: 1"),
            ("requests: 0.01", "requests: -1"), ("phrases: [crimson origami ritual", "phrases: [crimson"),
        ] {
            text = String(decoding: Array(text.replacing(old, with: new).utf8), as: UTF8.self)
        }
        let fields = Documents.problems(Array(text.utf8)).map(\.field)
        #expect(
            fields == [
                "version", "categories[0].id", "categories[0].absolute", "categories[0].phrases[0]",
                "categories[1].budgets.requests",
            ])
    }

    @Test("A principle with a mistake elsewhere still counts as there")
    func oneMistakeOneProblem() {
        let problems = Documents.problems(
            Documents.small("title: {en: Calm paper, zh: 平静的纸}", "title: {en: Calm, zh: ''}"))
        #expect(problems.map(\.kind) == [.emptyText])
    }

    @Test("Hundreds of problems are cut to a readable list")
    func manyProblems() {
        let sources = (0..<180).map { "      - {x\($0): 1}\n" }.joined()
        let problems = Documents.problems(
            Documents.small("sources: [The old book of paper]\n", "sources:\n\(sources)"))
        #expect(problems.count == 101)
        #expect(problems.last?.kind == .more(80))
    }

    @Test(
        "Ordinary prose with signs in it is accepted", arguments: ["R&D and Q&A", "2 * 3 & more", "50%", "a*b", "wow!"])
    func prose(_ text: String) throws {
        #expect(Documents.problems(Documents.small("Fold with care.", text)).isEmpty)
    }

    @Test("Line ends of other systems change the hash, not the meaning")
    func carriageReturns() throws {
        let unix = try Documents.load(Array(Documents.small.utf8))
        let windows = try Documents.load(Array(Documents.small.replacing("\n", with: "\r\n").utf8))
        #expect(unix.constitution == windows.constitution)
        #expect(unix.hash != windows.hash)
    }
}
