import Testing

@testable import Constitution

@Suite("Differences")
struct DifferenceTests {
    typealias Effect = ConstitutionDifference.Effect

    struct Case: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let subject: String
        let field: String?
        let effect: Effect
        var testDescription: String { "\(old) → \(new)" }
    }

    static let cases = [
        Case(
            old: "absolute: true", new: "absolute: false", subject: "category origami", field: "absolute",
            effect: .widens),
        Case(
            old: "on_failure: open", new: "on_failure: closed", subject: "category kites", field: "on_failure",
            effect: .narrows),
        Case(
            old: "requests: 0.002", new: "requests: 0.004", subject: "category origami", field: "budgets.requests",
            effect: .narrows),
        Case(
            old: "answers: 0.0005", new: "answers: 0.0001", subject: "category origami", field: "budgets.answers",
            effect: .widens),
        Case(
            old: "      - {en: The history of origami., zh: 折纸的历史。}\n", new: "", subject: "category origami",
            field: "permits", effect: .narrows),
        Case(
            old: "      - {en: The history of origami., zh: 折纸的历史。}\n",
            new: "      - {en: The history of origami., zh: 折纸的历史。}\n      - {en: Boats., zh: 纸船。}\n",
            subject: "category origami", field: "permits", effect: .widens),
        Case(
            old: "      - {en: Folding the crimson crane., zh: 折叠深红色的鹤。}\n",
            new: "      - {en: Folding the crimson crane., zh: 折叠深红色的鹤。}\n      - {en: Boats., zh: 纸船。}\n",
            subject: "category origami", field: "forbids", effect: .narrows),
        Case(
            old: "Folding the crimson crane.", new: "Folding any crimson crane.", subject: "category origami",
            field: "forbids", effect: .rewords),
        Case(old: "公园里的风筝。", new: "公园中的风筝。", subject: "category kites", field: "permits", effect: .rewords),
        Case(
            old: ", 深红折纸]", new: "]", subject: "category origami", field: "phrases", effect: .widens),
        Case(
            old: ", 深红折纸]", new: ", 深红折纸, paper of doom]", subject: "category origami", field: "phrases",
            effect: .narrows),
        Case(old: "id: kites", new: "id: drones", subject: "category kites", field: nil, effect: .widens),
        Case(old: "id: kites", new: "id: drones", subject: "category drones", field: nil, effect: .narrows),
        Case(
            old: "Paper should rest.", new: "Paper may rest.", subject: "principle calm-paper", field: "text",
            effect: .rewords),
        Case(old: "version: 3", new: "version: 4", subject: "document", field: "version", effect: .neutral),
    ]

    @Test("Each change is named with its effect", arguments: cases)
    func change(_ example: Case) throws {
        let old = try Documents.load(Array(Documents.small.utf8)).constitution
        let new = try Documents.load(Documents.small(example.old, example.new)).constitution
        let difference = ConstitutionDifference(from: old, to: new)
        let found = difference.changes.filter { $0.subject == example.subject && $0.field == example.field }
        #expect(found.map(\.effect) == [example.effect], "\(difference)")
    }

    @Test("Turned round, what widened narrows", arguments: cases)
    func turnedRound(_ example: Case) throws {
        let old = try Documents.load(Array(Documents.small.utf8)).constitution
        let new = try Documents.load(Documents.small(example.old, example.new)).constitution
        let (there, back) = (ConstitutionDifference(from: old, to: new), ConstitutionDifference(from: new, to: old))
        #expect(there.widens == back.narrows && there.narrows == back.widens)
        #expect(there.changes.count == back.changes.count)
    }

    @Test("Entries that share a few words only are two changes, one each way")
    func unlikeEntries() throws {
        let old = try Documents.load(Array(Documents.small.utf8)).constitution
        let new = try Documents.load(
            Documents.small("{en: The history of origami., zh: 折纸的历史。}", "{en: The law of paper boats., zh: 纸船的法律。}")
        ).constitution
        let changes = ConstitutionDifference(from: old, to: new).changes.filter { $0.field == "permits" }
        #expect(changes.map(\.effect) == [.narrows, .widens])
    }

    @Test("A document does not differ from itself, nor from the same rules laid out otherwise")
    func same() throws {
        let one = try Documents.load(Array(Documents.small.utf8)).constitution
        let other = try Documents.load(Array(("# a comment\n" + Documents.small).utf8)).constitution
        let difference = ConstitutionDifference(from: one, to: other)
        #expect(difference.changes.isEmpty)
        #expect("\(difference)" == "Both documents say the same.")
    }

    @Test("A change without a higher version is pointed out")
    func sameVersion() throws {
        let old = try Documents.load(Array(Documents.small.utf8)).constitution
        let new = try Documents.load(Documents.small("absolute: true", "absolute: false")).constitution
        let difference = ConstitutionDifference(from: old, to: new)
        #expect(difference.changes.first?.explanation == "The version stays; raise it for a new release.")
        #expect(difference.summary == "The changes widen what is allowed.")
    }

    @Test(
        "Small shares are written without exponents",
        arguments: [(0.0005, "0.0005"), (5e-6, "0.000005"), (1.25e-5, "0.0000125"), (0.002, "0.002")])
    func decimals(value: Double, text: String) {
        #expect(decimal(value) == text)
    }
}
