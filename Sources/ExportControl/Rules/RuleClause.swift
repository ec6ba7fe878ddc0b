/// The rule versions of this book, by the names their batch files use.
public enum RuleVersion: String, Sendable, CaseIterable {
    /// 87 FR 62186, in force 2022-10-07 to 2023-11-16.
    case october2022 = "2022"
    /// 88 FR 73458, in force from 2023-11-17, with 89 FR 23876 and 89 FR 96790.
    case october2023 = "2023"
    /// FR Doc 2025-00636, the diffusion framework: published and never enforced.
    case diffusion2025 = "diffusion-2025"
    /// The text of 2023 as it stands with the letters of 2025 and the rule of January 2026.
    case current

    /// The version in force on a day; nil before the first.
    public static func inForce(on day: CalendarDay) -> Self? {
        if day < CalendarDay(2022, 10, 7) { return nil }
        if day < CalendarDay(2023, 11, 17) { return .october2022 }
        return day < CalendarDay(2025, 4, 9) ? .october2023 : .current
    }
}

/// A kind of item; each has parameters and clauses of its own.
public enum ItemKind: String, Sendable, CaseIterable {
    /// A processor: GPU, NPU, TPU- or Trainium-class part, console chip.
    case processor
    /// A stack of high-bandwidth memory that is not packaged with a processor.
    case memoryStack = "hbm_stack"
    /// A server, board or computer that holds such processors.
    case computer
    /// Weights of a model.
    case modelWeights = "model_weights"
    /// Machines for making chips, their parts and their servicing.
    case manufacturingEquipment = "manufacturing_equipment"
    /// Anything else.
    case other
}

/// A number of an item that clauses compare.
public enum Parameter: String, Sendable, CaseIterable {
    /// 2 × MacTOPS × bit length, the largest over the operation kinds.
    case totalProcessingPerformance = "tpp"
    /// TPP by applicable die area, per mm².
    case performanceDensity = "performance_density"
    /// All of the package's memory bandwidth, GB/s.
    case memoryBandwidth = "memory_bw_gbs"
    /// Transfer rate to other ICs but memory, both directions together, GB/s.
    case interconnect = "interconnect_gbs"
    /// The two rates above, together.
    case memoryAndInterconnect = "memory_bw_gbs+interconnect_gbs"
    /// A memory stack's bandwidth by its package area, GB/s per mm².
    case memoryDensity = "memory_bandwidth_density"
}

/// One comparison with a number of the rule text.
public struct ThresholdTest: Sendable, Hashable {
    /// How the number is compared.
    public enum Relation: String, Sendable {
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    /// What is compared.
    public let parameter: Parameter
    /// How.
    public let relation: Relation
    /// With what.
    public let bound: Quantity

    init(_ parameter: Parameter, _ relation: Relation, _ bound: Quantity) {
        self.parameter = parameter
        self.relation = relation
        self.bound = bound
    }

    /// `tpp>=4800`.
    public var text: String { parameter.rawValue + relation.rawValue + bound.text }
}

/// What a clause asks about the market an item is designed or marketed for.
public enum MarketCondition: String, Sendable { case any, dataCentre, notDataCentre }

/// A clause that classifies: the first whose tests all hold gives the classification.
public struct ItemClause: Sendable {
    /// The paragraph: `3A090.a.2`.
    public let id: String
    /// The classification it gives: `3A090.a`.
    public let classification: String
    /// The kind it is about.
    public let kind: ItemKind
    /// The market it is about.
    public let market: MarketCondition
    /// All must hold.
    public let tests: [ThresholdTest]
    /// First day in force.
    public let since: CalendarDay
    /// Where it is written.
    public let source: RuleSource
    /// What it says, in a sentence.
    public let summary: String
}

/// Whose place a licence clause asks about.
public enum BuyerCondition: Sendable, Hashable {
    case anyone
    /// The destination lies in the area.
    case destination(PlaceArea)
    /// The destination, the headquarters or the ultimate parent's headquarters lies in the area.
    case anyOf(PlaceArea)
    /// The headquarters or the ultimate parent's lies in the area.
    case buyer(PlaceArea)
    /// Destination, headquarters and ultimate parent all lie in the area.
    case allOf(PlaceArea)
}

/// A clause that gives the licence position: the first that holds decides.
public struct LicenceClause: Sendable {
    /// The paragraph or letter: `15 CFR 742.6(b)(10)`.
    public let id: String
    /// The classifications it is about; empty for all.
    public let classifications: Set<String>
    /// The places it is about; all must hold.
    public let buyer: [BuyerCondition]
    /// Whether the designer must be headquartered in Macau or D:5 for it.
    public let designerInArmsEmbargo: Bool
    /// Sets of tests: one of them must hold wholly; none for no test.
    public let anyOf: [[ThresholdTest]]
    /// Whether naming the part in a letter is enough, whatever its numbers.
    public let isLetter: Bool
    /// The position: `NLR`, `exception:NAC`, `licence:…`.
    public let position: String
    /// Where it is written.
    public let source: RuleSource
    /// What the position hangs on beyond these facts.
    public let conditions: [String]
}

/// One dated text of the rules.
public struct RuleEdition: Sendable {
    /// Its name.
    public let version: RuleVersion
    /// From this day.
    public let since: CalendarDay
    /// Up to and with this day; nil while in force.
    public let until: CalendarDay?
    /// What happened to it.
    public let status: String
    /// Clauses that classify, in order.
    public let items: [ItemClause]
    /// Clauses that give the licence position, in order.
    public let licences: [LicenceClause]
    /// Where it is written.
    public let sources: [RuleSource]
}
