/// The rule book: every edition this room knows, as data.
public enum RuleBook {
    /// Every edition, by the day it began.
    public static let editions: [RuleEdition] = [october2022, october2023, diffusion2025, current]

    /// The edition of a version.
    public static func edition(_ version: RuleVersion) -> RuleEdition {
        switch version {
        case .october2022: october2022
        case .october2023: october2023
        case .diffusion2025: diffusion2025
        case .current: current
        }
    }

    static let rule2022 = RuleSource("87 FR 62186 (2022-10-13, effective 2022-10-07)")
    static let rule2023 = RuleSource("88 FR 73458 (2023-10-25, effective 2023-11-17); 89 FR 23876 (2024-04-04)")
    static let ruleMemory = RuleSource("89 FR 96790 (2024-12-05, effective 2024-12-02)")
    static let ruleDiffusion = RuleSource(
        "FR Doc 2025-00636 (2025-01-15; never enforced, rescission announced 2025-05-13)")
    static let rule2026 = RuleSource("91 FR 1684 (2026-01-15), 15 CFR 742.6(b)(10)(iii)")
    static let letters2025 = RuleSource(
        "is-informed letters of April 2025 to NVIDIA, AMD and Intel; the thresholds as the press reported them")
    static let guidanceGP10 = RuleSource("BIS guidance on General Prohibition 10 (2025-05-13)")

    private static let october2022 = RuleEdition(
        version: .october2022, since: CalendarDay(2022, 10, 7), until: CalendarDay(2023, 11, 16),
        status: "replaced on 2023-11-17", items: RuleBook.items2022, licences: RuleBook.licences2022,
        sources: [rule2022, RuleSource("Macau added in January 2023", .memory)])

    private static let october2023 = RuleEdition(
        version: .october2023, since: CalendarDay(2023, 11, 17), until: nil,
        status: "in force; its clauses stand in the current text too", items: RuleBook.items2023,
        licences: RuleBook.licences2023, sources: [rule2023, ruleMemory])

    private static let diffusion2025 = RuleEdition(
        version: .diffusion2025, since: CalendarDay(2025, 1, 13), until: CalendarDay(2025, 5, 13),
        status: "compliance date 2025-05-15 never reached; not enforced since 2025-05-13", items: RuleBook.items2023,
        licences: RuleBook.licencesDiffusion, sources: [ruleDiffusion, rule2023])

    private static let current = RuleEdition(
        version: .current, since: CalendarDay(2026, 1, 15), until: nil,
        status: "the text of 2023, the letters and guidance of 2025 and the rule of January 2026, as known in "
            + "August 2026",
        items: RuleBook.items2023, licences: RuleBook.licencesCurrent,
        sources: [rule2023, ruleMemory, letters2025, guidanceGP10, rule2026])
}

// MARK: - What classifies

extension RuleBook {
    private static func atLeast(_ parameter: Parameter, _ whole: Int) -> ThresholdTest {
        ThresholdTest(parameter, .atLeast, Quantity(whole))
    }

    private static func below(_ parameter: Parameter, _ whole: Int) -> ThresholdTest {
        ThresholdTest(parameter, .below, Quantity(whole))
    }

    private static func density(_ relation: ThresholdTest.Relation, _ hundredths: Int64) -> ThresholdTest {
        ThresholdTest(.performanceDensity, relation, Quantity(hundredths: hundredths))
    }

    private static func processor(
        _ id: String, _ classification: String, for market: MarketCondition = .any, _ tests: [ThresholdTest],
        since: CalendarDay = CalendarDay(2023, 11, 17), source: RuleSource = rule2023, _ summary: String
    ) -> ItemClause {
        ItemClause(
            id: id, classification: classification, kind: .processor, market: market, tests: tests, since: since,
            source: source, summary: summary)
    }

    static let items2022: [ItemClause] = [
        processor(
            "3A090 (2022)", "3A090", [atLeast(.totalProcessingPerformance, 4800), atLeast(.interconnect, 600)],
            since: CalendarDay(2022, 10, 7), source: rule2022,
            "Bit length times TOPS of 4800 or more, and transfer to other ICs of 600 GB/s or more.")
    ]

    static let items2023: [ItemClause] = [
        processor(
            "3A090.a.1, Note 2", "3A090.a-nondc", for: .notDataCentre, [atLeast(.totalProcessingPerformance, 4800)],
            "Not designed or marketed for data centres, TPP of 4800 or more: controlled, with an exception."),
        processor(
            "3A090 Note 2", "none", for: .notDataCentre, [],
            "Not designed or marketed for data centres, TPP below 4800: outside 3A090."),
        processor(
            "3A090.a.1", "3A090.a", [atLeast(.totalProcessingPerformance, 4800)], "TPP of 4800 or more."),
        processor(
            "3A090.a.2", "3A090.a", [atLeast(.totalProcessingPerformance, 1600), density(.atLeast, 592)],
            "TPP of 1600 or more and performance density of 5.92 or more."),
        processor(
            "3A090.b.1", "3A090.b",
            [
                atLeast(.totalProcessingPerformance, 2400), below(.totalProcessingPerformance, 4800),
                density(.atLeast, 160), density(.below, 592),
            ], "TPP from 2400 to below 4800 and performance density from 1.6 to below 5.92."),
        processor(
            "3A090.b.2", "3A090.b",
            [atLeast(.totalProcessingPerformance, 1600), density(.atLeast, 320), density(.below, 592)],
            "TPP of 1600 or more and performance density from 3.2 to below 5.92."),
        ItemClause(
            id: "3A090.c", classification: "3A090.c", kind: .memoryStack, market: .any,
            tests: [ThresholdTest(.memoryDensity, .above, Quantity(2))], since: CalendarDay(2024, 12, 2),
            source: ruleMemory,
            summary: "High-bandwidth memory with more than 2 GB/s of bandwidth per mm² of its package or stack."),
    ]
}

extension RuleBook {
    /// The thresholds of the letters of April 2025; one of them is enough.
    static let letterTests: [[ThresholdTest]] = [
        [atLeast(.memoryBandwidth, 1400)], [atLeast(.interconnect, 1100)], [atLeast(.memoryAndInterconnect, 1700)],
    ]

    /// What a data-centre part must stay under to be judged case by case.
    static let caseByCaseTests: [[ThresholdTest]] = [
        [below(.totalProcessingPerformance, 21_000), below(.memoryBandwidth, 6500)]
    ]
}
