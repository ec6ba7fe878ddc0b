import Testing

@testable import ExportControl

/// An item with exact numbers, for a data centre unless said otherwise.
func processor(
    tpp: Int? = nil, area: Int? = nil, memory: Int? = nil, link: Int? = nil,
    market: Item.Market? = .dataCentre, designer: Item.Designer = .elsewhere
) -> Item {
    var item = Item(vendor: "Maker", name: "Part")
    item.market = market
    item.designer = designer
    if let tpp { item.performance = Bounds(Quantity(tpp)) }
    if let area { item.area = Bounds(Quantity(area)) }
    if let memory { item.memoryBandwidth = Bounds(Quantity(memory)) }
    if let link { item.interconnect = Bounds(Quantity(link)) }
    return item
}

/// A place by its code; a wrong code in a test is a failure of that test.
func place(_ code: String) throws -> Place { try #require(Place(code)) }

struct GoodsThresholdTests {
    @Test(
        "The text of 2022 asks for compute and interconnect together",
        arguments: [
            (4800, 600, "3A090"), (4799, 600, "none"), (4800, 599, "none"), (4992, 600, "3A090"), (4992, 400, "none"),
        ])
    func textOf2022(_ tpp: Int, _ link: Int, _ expected: String) throws {
        let answer = Classifier(.october2022).classify(
            processor(tpp: tpp, link: link), to: Consignment(to: try place("CN")))
        #expect(answer.classification == .definite(expected))
        #expect(answer.licence == .definite(expected == "none" ? "NLR" : "licence:presumption_of_denial"))
    }

    @Test(
        "The text of 2023 asks for compute, or density and compute; every line belongs to the stricter side",
        arguments: [
            (4800, 10_000, "3A090.a"), (4799, 10_000, "none"),
            // 5.92 exactly: 2368 / 400; below it by one part in 2368.
            (2368, 400, "3A090.a"), (2367, 400, "3A090.b"), (1600, 270, "3A090.a"), (1599, 100, "none"),
            // 2400 and 1.6.
            (2400, 1500, "3A090.b"), (2399, 1499, "none"), (2400, 1501, "none"), (4799, 811, "3A090.b"),
            // 3.2 below 2400.
            (1600, 500, "3A090.b"), (1600, 501, "none"), (2399, 749, "3A090.b"), (2399, 750, "none"),
        ])
    func textOf2023(_ tpp: Int, _ area: Int, _ expected: String) throws {
        let answer = Classifier(.october2023).classify(
            processor(tpp: tpp, area: area, memory: 100, link: 10), to: Consignment(to: try place("CN")))
        #expect(answer.classification == .definite(expected))
        let licence = ["3A090.a": "licence:presumption_of_denial", "3A090.b": "exception:NAC"][expected] ?? "NLR"
        #expect(answer.licence == .definite(licence))
    }

    @Test(
        "What is not for data centres is free below 4800 and under an exception from there on",
        arguments: [(4799, 100, "none"), (4800, 100, "3A090.a-nondc"), (4800, 10_000, "3A090.a-nondc")])
    func notForDataCentres(_ tpp: Int, _ area: Int, _ expected: String) throws {
        let item = processor(tpp: tpp, area: area, memory: 100, link: 10, market: .notDataCentre)
        let answer = Classifier(.october2023).classify(item, to: Consignment(to: try place("AE")))
        #expect(answer.classification == .definite(expected))
        #expect(answer.licence == .definite(expected == "none" ? "NLR" : "exception:ACA"))
    }

    @Test(
        "The rule of 2026 judges case by case below both lines, and only for China and Macau",
        arguments: [
            (20_999, 6499, "CN", "licence:case_by_case"), (21_000, 6499, "CN", "licence:presumption_of_denial"),
            (20_999, 6500, "CN", "licence:presumption_of_denial"), (20_999, 6499, "MO", "licence:case_by_case"),
            (20_999, 6499, "HK", "licence:case_by_case"), (20_999, 6499, "RU", "licence:presumption_of_denial"),
            (20_999, 6499, "AE", "licence:presumption_of_approval"), (20_999, 6499, "MY", "NLR"),
            (20_999, 6499, "IL", "NLR"), (20_999, 6499, "US", "NLR"),
        ])
    func caseByCase(_ tpp: Int, _ memory: Int, _ to: String, _ expected: String) throws {
        let item = processor(tpp: tpp, area: 800, memory: memory, link: 900)
        let answer = Classifier(.current).classify(item, to: Consignment(to: try place(to)))
        #expect(answer.licence == .definite(expected))
    }

    @Test(
        "The letters of 2025 reach parts outside the list by memory, interconnect or both together",
        arguments: [
            (1400, 0, true), (1399, 0, false), (0, 1100, true), (0, 1099, false), (900, 800, true), (900, 799, false),
        ])
    func letters(_ memory: Int, _ link: Int, _ isInformed: Bool) throws {
        let item = processor(tpp: 1000, area: 800, memory: memory, link: link)
        let china = Classifier(.current).classify(item, to: Consignment(to: try place("CN")))
        #expect(china.classification == .definite("none"))
        #expect(china.licence == .definite(isInformed ? "licence:is_informed" : "NLR"))
        let elsewhere = Classifier(.current).classify(item, to: Consignment(to: try place("MY")))
        #expect(elsewhere.licence == .definite("NLR"))
    }

    @Test(
        "Headquarters and ultimate parent count as much as the destination",
        arguments: [
            ("MY", "CN", "CN", "licence:presumption_of_denial"), ("MY", "MY", "CN", "licence:presumption_of_denial"),
            ("MY", "CN", "MY", "licence:presumption_of_denial"), ("MY", "MY", "MY", "NLR"),
            ("JP", "MO", "JP", "licence:presumption_of_denial"), ("CN", "RU", "CN", "licence:presumption_of_denial"),
            ("CN", "US", "US", "licence:case_by_case"), ("US", "CN", "CN", "NLR"),
        ])
    func buyers(_ to: String, _ seat: String, _ parent: String, _ expected: String) throws {
        let consignment = Consignment(
            destination: try place(to), headquarters: try place(seat), parent: try place(parent), day: nil)
        let item = processor(tpp: 15_832, area: 814, memory: 3350, link: 900)
        #expect(Classifier(.current).classify(item, to: consignment).licence == .definite(expected))
    }

    @Test(
        "The framework of 2025 looks at three places at once",
        arguments: [
            ("JP", "JP", "JP", "exception:AIA"), ("JP", "US", "US", "exception:AIA"),
            ("JP", "SG", "JP", "licence:presumption_of_approval_until_country_cap"),
            ("PL", "PL", "PL", "licence:presumption_of_approval_until_country_cap"),
            ("JP", "JP", "CN", "licence:presumption_of_denial"), ("MO", "MO", "MO", "licence:presumption_of_denial"),
        ])
    func diffusion(_ to: String, _ seat: String, _ parent: String, _ expected: String) throws {
        let consignment = Consignment(
            destination: try place(to), headquarters: try place(seat), parent: try place(parent), day: nil)
        let item = processor(tpp: 15_832, area: 814, memory: 3350, link: 900)
        #expect(Classifier(.diffusion2025).classify(item, to: consignment).licence == .definite(expected))
    }

    @Test(
        "Parts designed in China fall under General Prohibition 10 everywhere, if they meet the list's numbers",
        arguments: [
            (4800, 800, "GP10:presumed_violation_to_use_worldwide"),
            (1600, 400, "GP10:presumed_violation_to_use_worldwide"),
            (1599, 100, "not_in_GP10_scope"),
        ])
    func designedInChina(_ tpp: Int, _ area: Int, _ expected: String) throws {
        let item = processor(tpp: tpp, area: area, memory: 4000, link: 900, designer: .inArmsEmbargo)
        for code in ["CN", "MY", "US", "DE"] {
            let answer = Classifier(.current).classify(item, to: Consignment(to: try place(code)))
            #expect(answer.licence == .definite(expected), "to \(code)")
        }
    }

    @Test(
        "A memory stack is controlled above 2 GB/s per mm², from December 2024 on",
        arguments: [(221, 110, "3A090.c"), (220, 110, "none")])
    func memoryStacks(_ memory: Int, _ area: Int, _ expected: String) throws {
        var item = processor(area: area, memory: memory)
        item.kind = .memoryStack
        let toChina = Consignment(to: try place("CN"))
        #expect(Classifier(.current).classify(item, to: toChina).classification == .definite(expected))
        #expect(Classifier(.october2022).classify(item, to: toChina).classification == .definite("none"))
        var early = toChina
        early.day = CalendarDay("2024-12-01")
        #expect(Classifier(.october2023).classify(item, to: early).classification == .definite("none"))
        early.day = CalendarDay("2024-12-02")
        #expect(Classifier(.october2023).classify(item, to: early).classification == .definite(expected))
        let undated = Classifier(.october2023).classify(item, to: toChina)
        #expect(undated.classification.missing == (expected == "none" ? [] : ["as_of"]))
    }

    @Test(
        "Kinds that the book does not hold are answered with where to look",
        arguments: [ItemKind.manufacturingEquipment, .modelWeights, .computer, .other])
    func outOfScope(_ kind: ItemKind) throws {
        var item = processor(tpp: 1, area: 1)
        item.kind = kind
        let answer = Classifier(.current).classify(item, to: Consignment(to: try place("CN")))
        #expect(answer.classification == .definite("not_covered"))
        #expect(!answer.clauses.isEmpty && !answer.clauses[0].isEmpty)
    }

    @Test(
        "Macau joined the area of 2022 later, so that an undated answer waits for the day",
        arguments: [("2022-12-01", "NLR"), ("2023-02-01", "licence:presumption_of_denial")])
    func macau(_ day: String, _ expected: String) throws {
        let item = processor(tpp: 4992, link: 600)
        var consignment = Consignment(to: try place("MO"))
        let undated = Classifier(.october2022).classify(item, to: consignment)
        #expect(undated.licence.missing == ["as_of"])
        consignment.day = CalendarDay(day)
        #expect(Classifier(.october2022).classify(item, to: consignment).licence == .definite(expected))
    }

    @Test(
        "Embargoed regions are subdivisions, and their country is not embargoed",
        arguments: [
            ("UA", "NLR"), ("UA-43", "not_covered:embargo"), ("UA-14", "not_covered:embargo"), ("UA-30", "NLR"),
        ])
    func regions(_ code: String, _ expected: String) throws {
        let item = processor(tpp: 100, area: 800, memory: 100, link: 10)
        for version in RuleVersion.allCases {
            let answer = Classifier(version).classify(item, to: Consignment(to: try place(code)))
            #expect(answer.licence == .definite(expected), "\(version.rawValue)")
        }
    }

    @Test("An embargoed country is never answered with 'no licence'", arguments: ["IR", "KP", "CU", "SY", "RU", "BY"])
    func embargoedCountries(_ code: String) throws {
        for version in RuleVersion.allCases {
            for tpp in [100, 3000, 20_000] {
                let item = processor(tpp: tpp, area: 800, memory: 100, link: 10)
                let answer = Classifier(version).classify(item, to: Consignment(to: try place(code)))
                #expect(answer.licence != .definite("NLR"), "\(version.rawValue), \(tpp)")
            }
        }
    }
}
