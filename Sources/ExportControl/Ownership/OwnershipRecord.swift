/// One statement: who holds how much of whom, from when until when.
public struct OwnershipRecord: Sendable {
    /// Who holds.
    public var owner: String
    /// What is held.
    public var owned: String
    /// How much.
    public var share: ShareBounds
    /// The first day, if it is known.
    public var from: CalendarDay?
    /// The last day, if it is known.
    public var until: CalendarDay?
    /// Whether the owner controls without need of shares: votes, the board, a contract.
    public var isControl: Bool

    /// A statement.
    public init(
        owner: String, owned: String, share: ShareBounds, from: CalendarDay? = nil, until: CalendarDay? = nil,
        isControl: Bool = false
    ) {
        self.owner = owner
        self.owned = owned
        self.share = share
        self.from = from
        self.until = until
        self.isControl = isControl
    }

    /// Whether it holds on a day; undated ends are open.
    func holds(on day: CalendarDay?) -> Bool {
        guard let day else { return until == nil }
        return (from.map { $0 <= day } ?? true) && (until.map { day <= $0 } ?? true)
    }
}

/// A list of restricted parties, as the ownership rules see it.
public enum PartyListing: Sendable, Hashable {
    /// OFAC's list of blocked persons: both 50 % rules count it.
    case blocked
    /// BIS Entity List: the rule of 2025 counts it.
    case entityList
    /// BIS Military End User List: the rule of 2025 counts it.
    case militaryEndUser
    /// A denial order: the party itself, not what it owns.
    case denied
    /// A list that asks for care and bars nothing by itself: Unverified List, NS-CMIC and the like.
    case redFlag
    /// A list whose reach through ownership this room does not know.
    case other

    /// Reads a list's name as people write it.
    public init(_ name: some StringProtocol) {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let text = " " + words.joined(separator: " ") + " "
        func names(_ phrases: String...) -> Bool { phrases.contains { text.contains(" \($0) ") } }
        if names("cmic", "unverified", "uvl", "military intelligence", "mieu", "non sdn", "capta", "mbs") {
            self = .redFlag
        } else if names("ssi", "sectoral") {
            self = .other
        } else if names("sdn", "specially designated", "blocked", "blocking", "ofac") {
            self = .blocked
        } else if names("military end user", "meu") {
            self = .militaryEndUser
        } else if names("entity list", "bis entity", "el") {
            self = .entityList
        } else if names("denied", "dpl", "denial") {
            self = .denied
        } else {
            self = .other
        }
    }

    /// Whether the party itself is restricted by being on it.
    var restrictsItself: Bool { self != .redFlag }

    /// How restrictive it is; higher is more.
    var rank: Int {
        switch self {
        case .blocked: 5
        case .denied: 4
        case .entityList: 3
        case .militaryEndUser: 2
        case .other: 1
        case .redFlag: 0
        }
    }

    /// The rules that carry it to what the party owns.
    var reach: Reach {
        switch self {
        case .blocked: [.affiliates, .ofac]
        case .entityList, .militaryEndUser: [.affiliates]
        case .denied, .redFlag, .other: []
        }
    }
}

/// Which 50 % rules carry a restriction.
struct Reach: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    /// BIS, 2025: Entity List, Military End User List and blocked persons of 15 CFR 744.8.
    static let affiliates = Self(rawValue: 1)
    /// OFAC: blocked persons.
    static let ofac = Self(rawValue: 2)
}

/// The dates of the ownership rules.
public enum OwnershipRules {
    /// A span of days in which a rule applies.
    public struct Span: Sendable {
        /// The rule.
        public let rule: String
        /// First day.
        public let from: CalendarDay
        /// Last day; nil for none.
        public let until: CalendarDay?
        /// What it is, and how well the dates are known.
        public let remark: String
    }

    /// Every span this room knows.
    public static let spans: [Span] = [
        Span(
            rule: "OFAC 50 % rule", from: CalendarDay(2014, 8, 13), until: nil,
            remark: "in aggregate since OFAC's guidance of 2014-08-13 [date from memory: verify]; never suspended"),
        Span(
            rule: "BIS 50 % rule", from: CalendarDay(2025, 9, 29), until: CalendarDay(2025, 11, 9),
            remark: "in force"),
        Span(
            rule: "BIS 50 % rule", from: CalendarDay(2026, 11, 10), until: nil,
            remark: "suspended 2025-11-10 to 2026-11-09; back by its own terms unless the suspension was extended, of "
                + "which nothing is known here: check before relying on either"),
        Span(
            rule: "headquarters rule", from: CalendarDay(2023, 11, 17), until: nil,
            remark: "15 CFR 742.6; BIS guidance of 2026-05-31 says that it stays in force"),
    ]

    /// Whether a rule applies on a day.
    public static func isInForce(_ rule: String, on day: CalendarDay) -> Bool {
        spans.contains { $0.rule == rule && $0.from <= day && ($0.until.map { day <= $0 } ?? true) }
    }

    static func inForce(on day: CalendarDay) -> Reach {
        var reach: Reach = []
        if isInForce("BIS 50 % rule", on: day) { reach.insert(.affiliates) }
        if isInForce("OFAC 50 % rule", on: day) { reach.insert(.ofac) }
        return reach
    }
}
