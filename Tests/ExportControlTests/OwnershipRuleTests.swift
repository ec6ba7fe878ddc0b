import Testing

@testable import ExportControl

/// An edge as tests write it: a percentage in digits, or nil for an unknown share.
func edge(_ owner: String, _ owned: String, _ percent: String?, control: Bool = false) throws -> OwnershipRecord {
    let share = try percent.map { try #require(ShareBounds(percent: $0)) } ?? .unknown
    return OwnershipRecord(owner: owner, owned: owned, share: share, isControl: control)
}

struct OwnershipRuleTests {
    private let inForce = CalendarDay(2025, 10, 15)
    private let suspended = CalendarDay(2026, 3, 1)

    private func ask(
        _ party: String, _ edges: [(String, String, String?)], _ listed: [(String, String)],
        on day: CalendarDay = CalendarDay(2025, 10, 15)
    ) throws -> OwnershipAnswer {
        let records = try edges.map { try edge($0.0, $0.1, $0.2) }
        return OwnershipQuestion(party: party, day: day, records: records, listed: listed).answer()
    }

    @Test(
        "Half or more in sum restricts, and a hair below does not",
        arguments: [
            (["50"], Finding3.yes, "50"), (["49.999999999999999"], .no, "49.999999999999999"),
            (["25", "25"], .yes, "50"), (["25", "24.999999999999999"], .no, "49.999999999999999"),
            (["16.666666666666667", "16.666666666666667", "16.666666666666666"], .yes, "50"), (["100"], .yes, "100"),
        ])
    func half(_ shares: [String], _ expected: Finding3, _ sum: String) throws {
        let edges = shares.enumerated().map { ("L\($0)", "A", Optional($1)) }
        let answer = try ask("A", edges, edges.map { ($0.0, "BIS Entity List") })
        #expect(answer.restricted == expected)
        #expect(answer.listedShare?.text == sum)
        #expect(answer.redFlag == (expected == .no))
    }

    @Test("Each step of half or more counts as a whole; shares are not multiplied down the chain")
    func cascade() throws {
        let chain: [(String, String, String?)] = [("L", "A", "50"), ("A", "B", "50"), ("B", "C", "50")]
        #expect(try ask("C", chain, [("L", "OFAC SDN")]).restricted == .yes)
        let broken: [(String, String, String?)] = [("L", "A", "50"), ("A", "B", "49"), ("B", "C", "100")]
        let answer = try ask("C", broken, [("L", "OFAC SDN")])
        #expect(answer.restricted == .no && answer.redFlag)
        #expect(answer.listedShare == Share.none)
    }

    @Test("Direct and indirect shares add up, along every side of a diamond")
    func diamond() throws {
        let edges: [(String, String, String?)] = [
            ("L", "A", "55"), ("L", "B", "55"), ("A", "C", "20"), ("B", "C", "20"), ("L", "C", "10"),
        ]
        #expect(try ask("C", edges, [("L", "Entity List")]).restricted == .yes)
        let fewer = edges.dropLast() + [("L", "C", "9.99")]
        #expect(try ask("C", Array(fewer), [("L", "Entity List")]).restricted == .no)
    }

    @Test(
        "The BIS rule follows its dates; OFAC's is never switched off",
        arguments: [
            ("2025-09-28", false), ("2025-09-29", true), ("2025-11-09", true), ("2025-11-10", false),
            ("2026-11-09", false), ("2026-11-10", true), ("2027-01-01", true),
        ])
    func dates(_ text: String, _ isInForce: Bool) throws {
        let day = try #require(CalendarDay(text))
        let bis = try ask("A", [("L", "A", "80")], [("L", "BIS Entity List")], on: day)
        #expect(bis.restricted == Finding3(isInForce))
        #expect(bis.redFlag == !isInForce)
        #expect(try ask("A", [("L", "A", "80")], [("L", "OFAC SDN")], on: day).restricted == .yes)
    }

    @Test("The most restrictive owner wins")
    func mostRestrictive() throws {
        let edges: [(String, String, String?)] = [("M", "A", "50"), ("S", "H", "60"), ("H", "A", "50")]
        let answer = try ask("A", edges, [("M", "BIS Military End User List"), ("S", "OFAC SDN")])
        #expect(answer.mostRestrictive == "OFAC SDN")
    }

    @Test(
        "Lists that bar nothing by themselves raise a flag and do not cascade",
        arguments: ["BIS Unverified List", "NS-CMIC List", "Denied Persons List"])
    func flags(_ list: String) throws {
        let answer = try ask("A", [("L", "A", "100")], [("L", list)])
        #expect(answer.restricted == .no && answer.redFlag)
    }

    @Test(
        "Lists are known by the names people give them",
        arguments: [
            ("BIS Entity List", PartyListing.entityList), ("Entity List (Supp. 4 to Part 744)", .entityList),
            ("BIS Military End User List", .militaryEndUser), ("MEU", .militaryEndUser), ("OFAC SDN", .blocked),
            ("Specially Designated Nationals", .blocked), ("OFAC", .blocked), ("NS-CMIC List (OFAC)", .redFlag),
            ("OFAC SSI", .other), ("Unverified List", .redFlag), ("Denied Persons List", .denied), ("EU", .other),
        ])
    func listNames(_ name: String, _ expected: PartyListing) {
        #expect(PartyListing(name) == expected)
    }

    @Test("A list whose reach is not known leaves the answer open")
    func unknownList() throws {
        let answer = try ask("A", [("L", "A", "60")], [("L", "Ministry of Somewhere")])
        guard case .undetermined(let missing) = answer.restricted else { return #expect(Bool(false)) }
        #expect(missing.contains("Ministry of Somewhere"))
        #expect(try ask("A", [("L", "A", "40")], [("L", "Ministry of Somewhere")]).restricted == .no)
    }

    @Test("An unknown share is open only where it could reach half")
    func unknownShares() throws {
        let listed = [("L", "Entity List")]
        guard case .undetermined(let missing) = try ask("A", [("L", "A", nil)], listed).restricted else {
            return #expect(Bool(false))
        }
        #expect(missing == "the share of L in A")
        #expect(try ask("A", [("L", "A", nil), ("X", "A", "51")], listed).restricted == .no)
        #expect(try ask("A", [("L", "A", nil), ("X", "A", "50")], listed).restricted != .no)
        #expect(try ask("A", [("L", "A", nil), ("L2", "A", "50")], listed + [("L2", "MEU List")]).restricted == .yes)
    }

    @Test("Rings end, and nobody in one holds himself up")
    func rings() throws {
        let ring: [(String, String, String?)] = [("A", "B", "60"), ("B", "A", "60"), ("L", "A", "10")]
        let answer = try ask("A", ring, [("L", "Entity List")])
        #expect(answer.restricted == .no && answer.redFlag && answer.ultimateParent == nil)
        let entered: [(String, String, String?)] = [("A", "B", "60"), ("B", "A", "40"), ("L", "A", "50")]
        #expect(try ask("B", entered, [("L", "Entity List")]).restricted == .yes)
        #expect(try ask("B", entered, []).ultimateParent == "L")
        // 20 % from outside and 40 % from its own subsidiary: nobody outside controls A.
        let circular: [(String, String, String?)] = [("A", "B", "60"), ("B", "A", "40"), ("X", "A", "20")]
        #expect(try ask("B", circular, []).ultimateParent == "A")
        #expect(try ask("A", [("A", "A", "90"), ("P", "A", "60")], []).ultimateParent == "P")
    }

    @Test("The ultimate parent is whoever controls half or more with its group, and no other does")
    func parents() throws {
        #expect(try ask("A", [("P", "A", "49")], []).ultimateParent == "A")
        #expect(try ask("A", [("P", "A", "50")], []).ultimateParent == "P")
        #expect(try ask("A", [("P", "A", "50"), ("Q", "A", "50")], []).ultimateParent == nil)
        let viaTwo: [(String, String, String?)] = [
            ("P", "S", "100"), ("P", "T", "100"), ("S", "A", "30"), ("T", "A", "21"),
        ]
        #expect(try ask("A", viaTwo, []).ultimateParent == "P")
        #expect(try ask("A", [("P", "A", nil)], []).ultimateParent == nil)
        #expect(try ask("A", [("P", "A", "60"), ("Q", "A", nil)], []).ultimateParent == "P")
        #expect(try ask("A", [("P", "A", "40"), ("Q", "A", nil)], []).ultimateParent == nil)
    }

    @Test("More than 100 % is said, and what hangs on it stays open")
    func tooMuch() throws {
        let answer = try ask("A", [("P", "A", "60"), ("Q", "A", "60")], [])
        #expect(answer.ultimateParent == nil)
        #expect(answer.remarks.contains { $0.contains("120 %") })
    }

    @Test("Two statements on one pair leave what lies between them")
    func contradictions() throws {
        let answer = try ask("A", [("L", "A", "40"), ("L", "A", "60")], [("L", "Entity List")])
        guard case .undetermined = answer.restricted else { return #expect(Bool(false)) }
        #expect(answer.remarks.contains { $0.contains("stated twice") })
        #expect(try ask("A", [("L", "A", "55"), ("L", "A", "60")], [("L", "Entity List")]).restricted == .yes)
        #expect(try ask("A", [("L", "A", "55"), ("L", "A", "55")], [("L", "Entity List")]).remarks.isEmpty)
    }

    @Test("Control without shares is a flag, and makes a parent")
    func control() throws {
        let records = [try edge("L", "A", "0", control: true)]
        let answer = OwnershipQuestion(party: "A", day: inForce, records: records, listed: [("L", "Entity List")])
            .answer()
        #expect(answer.restricted == .no && answer.redFlag && answer.ultimateParent == "L")
    }

    @Test("Shares count from their first day to their last")
    func datedShares() throws {
        var record = try edge("L", "A", "60")
        record.from = CalendarDay("2025-10-01")
        record.until = CalendarDay("2025-10-20")
        for (text, expected) in [
            ("2025-09-30", Finding3.no), ("2025-10-01", .yes), ("2025-10-20", .yes), ("2025-10-21", .no),
        ] {
            let day = try #require(CalendarDay(text))
            let question = OwnershipQuestion(party: "A", day: day, records: [record], listed: [("L", "Entity List")])
            #expect(question.answer().restricted == expected, "\(text)")
        }
    }

    @Test("The headquarters rule looks at the party and its ultimate parent, not at minority owners")
    func headquarters() throws {
        func ask(_ seats: [String: String], on day: CalendarDay = CalendarDay(2026, 6, 15)) throws -> Finding3 {
            let records = [try edge("P", "S", "100"), try edge("S", "A", "70"), try edge("M", "A", "30")]
            var question = OwnershipQuestion(party: "A", day: day, records: records)
            for (name, code) in seats { question.headquarters[name] = try place(code) }
            return question.answer().headquartersRule
        }
        #expect(try ask(["A": "MY", "P": "CN", "M": "JP"]) == .yes)
        #expect(try ask(["A": "CN", "P": "JP"]) == .yes)
        #expect(try ask(["A": "MY", "P": "MO"]) == .yes)
        #expect(try ask(["A": "MY", "P": "JP", "M": "CN", "S": "CN"]) == .no)
        #expect(try ask(["A": "MY"]) == .undetermined(missing: "the headquarters of P"))
        #expect(try ask(["A": "CN", "P": "CN"], on: CalendarDay(2023, 11, 16)) == .no)
    }

    @Test(
        "A group's compute counts together, against the limit that it may reach and not pass",
        arguments: [(13_450_000, false), (13_450_001, true)])
    func compute(_ amount: Int, _ isOver: Bool) throws {
        let records = [try edge("P", "S", "100"), try edge("P", "T", "60"), try edge("Q", "U", "100")]
        var question = OwnershipQuestion(party: "T", day: inForce, records: records)
        question.holdings = ["S", "T", "U"].map { ($0, Bounds(Quantity($0 == "S" ? 13_450_000 : amount))) }
        let answer = question.answer()
        #expect(answer.aggregate.exact == Quantity(13_450_000 + amount))
        #expect(answer.isOverLowPerformance == Finding3(isOver))
    }

    @Test("Every answer prints its path")
    func paths() throws {
        let edges: [(String, String, String?)] = [("L", "A", "60"), ("A", "B", "45"), ("L", "B", "5")]
        let answer = try ask("B", edges, [("L", "Entity List")])
        #expect(answer.path.contains("L (Entity List) holds 60 % of A."))
        #expect(answer.path.contains("A (reached by the cascade) holds 45 % of B."))
    }

    @Test(
        "Percentages are read to the digit, and what is none is refused",
        arguments: [
            ("37.6", true), ("0", true), ("100.0", true), ("-1", false), ("", false), (".", false), ("5.", false),
            ("1e1", false), ("half", false), ("99999", false), ("9000", true),
        ])
    func percentages(_ text: String, _ isOne: Bool) {
        #expect((ShareBounds(percent: text) != nil) == isOne)
    }
}
