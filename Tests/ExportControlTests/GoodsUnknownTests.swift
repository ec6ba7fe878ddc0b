import Testing

@testable import ExportControl

/// Numbers that are the same on every run.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

struct GoodsUnknownTests {
    /// Values on, below and above every line of the rules.
    private static let performances = [0, 1599, 1600, 2399, 2400, 4799, 4800, 5000, 20_999, 21_000, 40_000]
    private static let areas = [80, 270, 271, 400, 500, 501, 750, 811, 1500, 1501, 3000]
    private static let memories = [0, 600, 1399, 1400, 3000, 6499, 6500, 9000]
    private static let links = [0, 200, 599, 600, 900, 1099, 1100, 2000]
    private static let places = ["CN", "HK", "AE", "MY", "JP", "RU", "US", "PL"]

    private func anyItem(_ numbers: inout SeededNumbers) -> Item {
        processor(
            tpp: Self.performances.randomElement(using: &numbers), area: Self.areas.randomElement(using: &numbers),
            memory: Self.memories.randomElement(using: &numbers), link: Self.links.randomElement(using: &numbers),
            market: Bool.random(using: &numbers) ? .dataCentre : .notDataCentre,
            designer: Int.random(in: 0..<4, using: &numbers) == 0 ? .inArmsEmbargo : .elsewhere)
    }

    /// Forgets some of what is known; says whether anything was.
    private func blank(_ item: Item, _ numbers: inout SeededNumbers) -> Item {
        var blanked = item
        if Bool.random(using: &numbers) { blanked.performance = .unknown }
        if Bool.random(using: &numbers) { blanked.area = .unknown }
        if Bool.random(using: &numbers) { blanked.memoryBandwidth = .unknown }
        if Bool.random(using: &numbers) { blanked.interconnect = .unknown }
        if Int.random(in: 0..<4, using: &numbers) == 0 { blanked.market = nil }
        if Int.random(in: 0..<4, using: &numbers) == 0 { blanked.designer = .unknown }
        return blanked
    }

    @Test(
        "A definite answer about a part with blanks is the answer about the whole part",
        arguments: [1, 2, 3] as [UInt64])
    func neverGuesses(_ seed: UInt64) throws {
        var numbers = SeededNumbers(seed)
        var definite = 0
        for _ in 0..<600 {
            let item = anyItem(&numbers)
            let blanked = blank(item, &numbers)
            let whole = Consignment(
                destination: Place(Self.places.randomElement(using: &numbers) ?? "CN"),
                headquarters: Place(Self.places.randomElement(using: &numbers) ?? "CN"),
                parent: Place(Self.places.randomElement(using: &numbers) ?? "CN"), day: nil)
            var partial = whole
            if Int.random(in: 0..<4, using: &numbers) == 0 { partial.headquarters = nil }
            if Int.random(in: 0..<4, using: &numbers) == 0 { partial.parent = nil }
            for version in RuleVersion.allCases {
                let classifier = Classifier(version)
                let truth = classifier.classify(item, to: whole)
                let answer = classifier.classify(blanked, to: partial)
                for (said, isTrue) in [(answer.classification, truth.classification), (answer.licence, truth.licence)] {
                    switch said {
                    case .definite:
                        definite += 1
                        #expect(said == isTrue)
                    case .undetermined(let possible, let missing):
                        #expect(possible.contains(isTrue.text) && possible.count > 1 && !missing.isEmpty)
                    }
                }
            }
        }
        #expect(definite > 2000, "there must be answers to check")
    }

    @Test("What is named as missing is not known, and knowing all of it decides")
    func missingDecides() throws {
        var numbers = SeededNumbers(7)
        for _ in 0..<1500 {
            let item = anyItem(&numbers)
            let blanked = blank(item, &numbers)
            let consignment = Consignment(to: Place(Self.places.randomElement(using: &numbers) ?? "CN"))
            for version in RuleVersion.allCases {
                let answer = Classifier(version).classify(blanked, to: consignment)
                guard !answer.missing.isEmpty else { continue }
                var repaired = blanked
                for field in answer.missing {
                    switch field {
                    case "tpp":
                        #expect(blanked.performance == .unknown)
                        repaired.performance = item.performance
                    case "die_area_mm2":
                        #expect(blanked.area == .unknown)
                        repaired.area = item.area
                    case "memory_bw_gbs": repaired.memoryBandwidth = item.memoryBandwidth
                    case "interconnect_gbs": repaired.interconnect = item.interconnect
                    case "market": repaired.market = item.market
                    case "designer_hq": repaired.designer = item.designer
                    default: Issue.record("no field \(field)")
                    }
                }
                let again = Classifier(version).classify(repaired, to: consignment)
                #expect(again.missing.isEmpty, "\(answer.missing) were given, and \(again.missing) are missing still")
            }
        }
    }

    @Test("An unknown that cannot change the answer is not asked for")
    func unknownsThatDoNotMatter() throws {
        let toJapan = Consignment(to: try place("JP"))
        let answer = Classifier(.current).classify(processor(tpp: 15_832), to: toJapan)
        #expect(answer.classification == .definite("3A090.a") && answer.licence == .definite("NLR"))
        let some = Classifier(.october2023).classify(processor(tpp: 4400), to: Consignment(to: try place("CN")))
        #expect(some.missing == ["die_area_mm2"])
        #expect(some.reason == "undetermined, because die_area_mm2 is missing")
    }
}
