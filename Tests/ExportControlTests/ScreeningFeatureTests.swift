import Testing

@testable import ExportControl

struct ScreeningFeatureTests {
    @Test("The features are these, and none of them is a person's nationality, ethnicity or script")
    func features() {
        #expect(
            NameEvidence.names == [
                "shared", "leastCovered", "mostCovered", "letters", "exchanged", "worstPair", "thin", "initials",
                "numbers",
                "extra", "organisational", "distinctive", "spelling", "edits", "weakest", "onlyInitials",
                "letters*letters",
                "spelling*spelling", "weakest*organisational", "extra*organisational", "exchanged*organisational",
            ])
        let measured = Mirror(reflecting: NameEvidence()).children.compactMap(\.label)
        #expect(Set(measured) == Set(NameEvidence.names.filter { !$0.contains("*") }))
        #expect(
            Mirror(reflecting: Circumstance(ScreeningSubject(names: []), ScreeningFixtures.parties[0])).children
                .compactMap(\.label) == ["isSameCountry", "isSameKind", "identifier"])
        var values = NameEvidence()
        values.shared = 1
        #expect(values.values[0] == 1 && (NameEvidence.names.count..<32).allSatisfy { values.values[$0] == 0 })
    }

    @Test("A person's country changes nothing")
    func personsHaveNoCountry() {
        var screener = Screener(ScreeningFixtures.index)
        let scores = [[], ["AF"], ["NO"]].map { countries in
            screener.search(
                ScreeningSubject(names: ["Mohamad Yaqub Kharzai"], kind: .person, countries: countries), floor: 0
            ).map(\.score)
        }
        #expect(scores[0] == scores[1] && scores[1] == scores[2] && !scores[0].isEmpty)
    }

    @Test("A person's name weighs the same in another script")
    func scriptsWeighTheSame() throws {
        var screener = Screener(ScreeningFixtures.index)
        let latin = try #require(screener.search("Vektor Polimash", floor: 0).first)
        let cyrillic = try #require(screener.search("Вектор Полимаш", floor: 0).first)
        #expect(latin.party == cyrillic.party && abs(latin.score - cyrillic.score) < 0.001)
    }

    @Test(
        "Pairs of names are told apart and brought together",
        arguments: [
            ("Zorvex Trading Limited", "Zorvex Trading Ltd", true), ("Zorvex, Inc.", "Zorvex Incorporated", true),
            ("Anna Maria Lindt", "Lindt, Anna Maria", true), ("AnnaLindt", "Anna Lindt", true),
            ("Good Harvest Company", "Goodharvest Company", true), ("V. Petrenko", "Vasyl Petrenko", true),
            ("Иван Петров", "Ivan Petrov", true), ("Anna Lindt", "Anne Lindt", true),
            ("Zorvex Bakery Ltd", "Zorvex Shipping Ltd", false), ("Anna Lindt", "Otto Lindt", false),
            ("Anna Lindt", "Anna Becker", false), ("Maple Trading Ltd", "Willow Trading Ltd", false),
            ("山田商事", "山本商事", false),
        ])
    func pairs(_ one: String, _ two: String, _ expected: Bool) {
        var matcher = PairMatcher()
        let score = matcher.compare(one, two).score
        #expect((score >= PairMatcher.threshold) == expected, "\(score)")
        #expect(abs(score - matcher.compare(two, one).score) < 0.15)
    }
}
