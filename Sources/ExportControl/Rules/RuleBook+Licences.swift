// The licence position: for each edition, clauses in order; the first that holds decides.

extension RuleBook {
    private static func clause(
        _ id: String, _ classifications: Set<String>, _ buyer: [BuyerCondition], _ position: String,
        designer: Bool = false, letter: Bool = false, anyOf: [[ThresholdTest]] = [], source: RuleSource,
        conditions: [String] = []
    ) -> LicenceClause {
        LicenceClause(
            id: id, classifications: classifications, buyer: buyer, designerInArmsEmbargo: designer, anyOf: anyOf,
            isLetter: letter, position: position, source: source, conditions: conditions)
    }

    private static let dataCentre: Set<String> = ["3A090.a"]
    private static let lesser: Set<String> = ["3A090.a-nondc", "3A090.b"]
    private static let home = clause(
        "15 CFR 734.13", [], [.destination(.unitedStates)], "NLR", source: RuleSource("15 CFR 734.13, 772.1", .memory),
        conditions: ["Within the United States nothing is exported; release to foreign persons is another question."])
    private static let embargo = clause(
        "15 CFR Part 746", [], [.destination(.tradeEmbargo)], "not_covered:embargo",
        source: RuleSource("15 CFR Part 746"),
        conditions: ["The destination is under an embargo that covers far more than chips: read its section."])
    private static func free(_ source: RuleSource) -> LicenceClause {
        clause(
            "EAR99/other ECCN", [], [.anyone], "NLR", source: source,
            conditions: ["No licence under this paragraph; other ECCNs, end uses and lists still apply (Part 744)."])
    }

    private static let memoryDenied = clause(
        "15 CFR 742.6(b)(10), 3A090.c", ["3A090.c"], [.anyOf(.embargoedArms)], "licence:presumption_of_denial",
        source: RuleSource("89 FR 96790 (2024-12-05); review policy", .memory),
        conditions: ["License Exception HBM (15 CFR 740.25) may be open under 3.3 GB/s/mm² [from memory: verify]."])

    static let licences2022: [LicenceClause] = [
        home,
        clause(
            "15 CFR 742.6(a)(6) (2022)", ["3A090"], [.destination(.china2022)], "licence:presumption_of_denial",
            source: rule2022),
        embargo, free(rule2022),
    ]

    private static let arms2023 = clause(
        "15 CFR 742.6(a)(6)(iii), (b)(10)", dataCentre, [.anyOf(.embargoedArms)], "licence:presumption_of_denial",
        source: rule2023)
    private static let approval2023 = clause(
        "15 CFR 742.6(a)(6)(iii), (b)(10)", dataCentre, [.destination(.licenceArea)], "licence:presumption_of_approval",
        source: rule2023)
    private static let notified = clause(
        "15 CFR 740.8 (NAC)", lesser, [.anyOf(.embargoedArms)], "exception:NAC", source: rule2023,
        conditions: ["A notice to BIS comes before the export; it may be answered with a licence requirement."])
    private static let authorised = clause(
        "15 CFR 740.8 (ACA)", lesser, [.destination(.licenceArea)], "exception:ACA", source: rule2023)

    static let licences2023: [LicenceClause] = [
        home, arms2023, memoryDenied, embargo, approval2023, notified, authorised, free(rule2023),
    ]

    static let licencesDiffusion: [LicenceClause] = [
        home,
        clause(
            "15 CFR 742.6(b)(10) (2025)", dataCentre, [.anyOf(.embargoedArms)], "licence:presumption_of_denial",
            source: ruleDiffusion),
        memoryDenied, embargo,
        clause(
            "15 CFR 740.27 (AIA)", ["3A090.a", "3A090.a-nondc"], [.allOf(.trusted)], "exception:AIA",
            source: ruleDiffusion,
            conditions: ["For parts of an approved or authorised designer, with the consignee's certification."]),
        clause(
            "15 CFR 742.6(b)(10) (2025), country cap", dataCentre, [.anyone],
            "licence:presumption_of_approval_until_country_cap", source: ruleDiffusion,
            conditions: [
                "License Exception LPP (15 CFR 740.29) is open up to 26,900,000 TPP a consignee and calendar year."
            ]),
        notified,
        clause(
            "15 CFR 740.8 (ACA)", ["3A090.a-nondc"], [.anyone], "exception:ACA", source: ruleDiffusion),
        authorised, free(ruleDiffusion),
    ]

    static let licencesCurrent: [LicenceClause] = [
        clause(
            "General Prohibition 10, 15 CFR 736.2(b)(10)", ["3A090.a", "3A090.a-nondc", "3A090.b"], [.anyone],
            "GP10:presumed_violation_to_use_worldwide", designer: true, source: guidanceGP10,
            conditions: ["Testing that serves only to find out what the part is, is excepted."]),
        clause(
            "General Prohibition 10, 15 CFR 736.2(b)(10)", ["none"], [.anyone], "not_in_GP10_scope", designer: true,
            source: guidanceGP10),
        home,
        clause(
            "15 CFR 742.6(b)(10)", dataCentre, [.buyer(.otherArmsEmbargo)],
            "licence:presumption_of_denial", source: rule2023,
            conditions: ["The headquarters and ultimate-parent test stays in force (BIS guidance of 2026-05-31)."]),
        clause(
            "15 CFR 742.6(b)(10)(iii)", dataCentre, [.destination(.chinaMacau)], "licence:case_by_case",
            anyOf: caseByCaseTests, source: rule2026,
            conditions: [
                "The numeric test only: export from the United States of a part sold there commercially, supply "
                    + "certificate, at most half of US shipments to China and Macau together, consignee's controls "
                    + "against remote access, third-party test of each shipment. Re-export stays denied."
            ]),
        clause(
            "15 CFR 742.6(a)(6)(iii), (b)(10)", dataCentre, [.anyOf(.embargoedArms)], "licence:presumption_of_denial",
            source: rule2023),
        memoryDenied,
        clause(
            "is-informed letters of April 2025", ["none", "3A090.b", "3A090.a-nondc"], [.anyOf(.embargoedArms)],
            "licence:is_informed", letter: true, anyOf: letterTests, source: letters2025,
            conditions: [
                "The letters bind those who got them (NVIDIA, AMD, Intel are known); other makers ask BIS."
            ]),
        embargo, approval2023, notified, authorised, free(rule2023),
    ]
}
