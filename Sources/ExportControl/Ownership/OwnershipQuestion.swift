/// A question on one party: what its owners, their seats and their compute mean for it on a day.
public struct OwnershipQuestion: Sendable {
    /// The party.
    public var party: String
    /// The day; decides which rules are in force and which shares hold.
    public var day: CalendarDay
    /// Who holds what.
    public var records: [OwnershipRecord]
    /// Parties and the lists they are on.
    public var listed: [(party: String, list: String)]
    /// Where parties are headquartered.
    public var headquarters: [String: Place]
    /// How much compute parties hold, in TPP.
    public var holdings: [(party: String, performance: Bounds)]

    /// A question by its parts.
    public init(
        party: String, day: CalendarDay, records: [OwnershipRecord], listed: [(party: String, list: String)] = [],
        headquarters: [String: Place] = [:], holdings: [(party: String, performance: Bounds)] = []
    ) {
        self.party = party
        self.day = day
        self.records = records
        self.listed = listed
        self.headquarters = headquarters
        self.holdings = holdings
    }
}

/// Yes, no, or why neither.
public enum Finding3: Sendable, Hashable {
    case yes
    case no
    case undetermined(missing: String)

    init(_ isTrue: Bool) { self = isTrue ? .yes : .no }
}

/// What owners mean for a party, with the path to each answer.
public struct OwnershipAnswer: Sendable {
    /// Whether it is restricted: listed, or reached by a rule that is in force.
    public var restricted: Finding3
    /// The shares in it held by listed parties and by those their listing reaches, added up; nil if a share is missing.
    public var listedShare: Share?
    /// The party at the top of its group; itself where nobody controls it; nil if that is not certain.
    public var ultimateParent: String?
    /// Whether there is something to clear up before dealing with it, short of a restriction.
    public var redFlag: Bool
    /// Whether the headquarters rule treats it as a party of Macau or Country Group D:5.
    public var headquartersRule: Finding3
    /// The compute of the whole group under its ultimate parent; bounds where something is missing.
    public var aggregate: Bounds
    /// Whether the group holds more than License Exception LPP allows one consignee in a year.
    public var isOverLowPerformance: Finding3
    /// The list of the most restrictive owner that reaches it; nil if none does.
    public var mostRestrictive: String?
    /// How each answer follows, a line for a step.
    public var path: [String]
    /// What is contradictory or missing.
    public var remarks: [String]
}

extension OwnershipQuestion {
    /// Answers it.
    public func answer() -> OwnershipAnswer {
        var graph = OwnershipGraph(records, listed: listed, on: day)
        let node = graph.intern(party)
        var analysis = OwnershipAnalysis(question: self, graph: graph, node: node)
        return analysis.answer()
    }
}
