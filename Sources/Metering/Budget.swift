/// What spending is added up by.
public enum Dimension: UInt8, Sendable, Hashable, CaseIterable {
    case organisation = 0
    case account = 1
    /// A line of keys: one key, and those that replaced it.
    case key = 2
    case model = 3
    /// The person or service behind the client, under the pseudonym that records carry.
    case endUser = 4

    /// The word that commands, the admin API and the store use.
    public var name: String {
        switch self {
        case .organisation: "organisation"
        case .account: "account"
        case .key: "key"
        case .model: "model"
        case .endUser: "end_user"
        }
    }

    /// The dimension of a word.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// Who an exchange is charged to, in all dimensions.
public struct Payer: Sendable, Hashable {
    /// The organisation's id.
    public var organisation: String
    /// The account's id.
    public var account: String
    /// The id of the key's line: of the first key in its rotations.
    public var key: String
    /// The model as the client named it.
    public var model: String
    /// The end user's pseudonym; empty if the client named none.
    public var endUser: String

    /// Puts a payer together.
    public init(organisation: String, account: String, key: String, model: String, endUser: String = "") {
        self.organisation = organisation
        self.account = account
        self.key = key
        self.model = model
        self.endUser = endUser
    }

    /// The id in one dimension; empty where there is none.
    public subscript(_ dimension: Dimension) -> String {
        switch dimension {
        case .organisation: organisation
        case .account: account
        case .key: key
        case .model: model
        case .endUser: endUser
        }
    }
}

/// How much may be spent, by whom, and in which time.
public struct Budget: Sendable, Hashable {
    /// What a budget holds for.
    public enum Scope: Sendable, Hashable {
        /// All that an organisation, an account, a line of keys, a model or one end user spends.
        case one(Dimension, String)
        /// Each end user of an organisation for themselves.
        case eachEndUser(organisation: String)
    }

    /// In which time; days and months are those of UTC, and an exchange counts when it was admitted.
    public enum Period: String, Sendable, Hashable, CaseIterable {
        case day, month, total
    }

    /// Its id, `bud_…`.
    public let id: String
    /// For whom.
    public let scope: Scope
    /// In which time.
    public let period: Period
    /// How much, in micro-units.
    public let limit: Int64
    /// Shares of the limit, in percent, at which to give notice; ascending, each 1 to 100.
    public let alarms: [UInt8]
    /// Whether requests are refused once it is used up; otherwise it only gives notice.
    public let stops: Bool

    /// Puts a budget together; the limit is put into 0...10¹⁵, alarms are sorted.
    public init(
        id: String, scope: Scope, period: Period, limit: Int64, alarms: [UInt8] = [80, 100], stops: Bool = true
    ) {
        self.id = id
        self.scope = scope
        self.period = period
        self.limit = min(max(0, limit), Amount.largest)
        self.alarms = Set(alarms.filter { (1...100).contains($0) }).sorted()
        self.stops = stops
    }
}

/// Why nothing more may be spent.
public struct BudgetRefusal: Error, Sendable, Hashable {
    /// The kinds of reasons.
    public enum Reason: Sendable, Hashable {
        /// What was spent leaves too little: waiting does not help before the period ends.
        case spent
        /// It would fit if the exchanges that run now cost nothing: a later try may succeed.
        case reserved
        /// A budget holds for it, and the model has no price, so nobody could say what it spends.
        case noPrice
        /// More end users of one organisation than are kept apart.
        case tooManyEndUsers
    }

    /// Why.
    public let reason: Reason
    /// The budget that stands in the way.
    public let budget: Budget
    /// What it still has, in micro-units, before reservations.
    public let left: Int64
    /// What was asked for, in micro-units.
    public let asked: Int64
    /// When the period ends, milliseconds since 1970; `nil` for a total.
    public let ends: Int64?
}

/// A share of a budget that has just been passed.
public struct BudgetAlarm: Sendable, Hashable {
    /// The budget.
    public let budget: Budget
    /// Whose spending it was: the scope's id, or the end user's.
    public let subject: String
    /// The share that was passed, in percent.
    public let percent: UInt8
    /// What is spent, in micro-units.
    public let spent: Int64
    /// The day on which the exchange was admitted that passed it.
    public let day: UTCDay
}
