import Metering
import Store

/// A price as JSON; rates are decimal units for a million tokens.
public struct PriceView: Codable, Sendable {
    /// Its number, by which the ledger names it.
    public var version: Int64
    /// The model's name.
    public var model: String
    /// From when on, RFC 3339.
    public var starts: String
    /// Whether it applies now.
    public var inForce: Bool
    /// The rates.
    public var input, cached, output, reasoning: String

    init(_ price: PriceRecord, inForce: Bool) {
        version = price.version
        model = price.model
        starts = View.moment(price.starts)
        self.inForce = inForce
        input = Amount.text(price.input)
        cached = Amount.text(price.cached)
        output = Amount.text(price.output)
        reasoning = Amount.text(price.reasoning)
    }

    enum CodingKeys: String, CodingKey {
        case version, model, starts, input, cached, output, reasoning
        case inForce = "in_force"
    }
}

/// A budget as JSON, with how it stands; amounts are decimal units.
public struct BudgetView: Codable, Sendable {
    /// How one subject stands.
    public struct Balance: Codable, Sendable {
        /// Whose.
        public var subject: String
        /// Settled in the present period.
        public var spent: String
        /// Reserved by exchanges that run.
        public var reserved: String
        /// What is left.
        public var left: String
        /// The same in whole micro-units.
        public var spentMicros, reservedMicros: Int64

        init(_ standing: SpendingMeter.Standing) {
            subject = standing.subject
            spent = Amount.text(standing.spent)
            reserved = Amount.text(standing.reserved)
            left = Amount.text(standing.left)
            spentMicros = standing.spent
            reservedMicros = standing.reserved
        }

        enum CodingKeys: String, CodingKey {
            case subject, spent, reserved, left
            case spentMicros = "spent_micros"
            case reservedMicros = "reserved_micros"
        }
    }

    /// Its identifier.
    public var id: String
    /// `organisation`, `account`, `key`, `model`, `end_user` or `each_end_user`.
    public var dimension: String
    /// Whose spending.
    public var subject: String
    /// `day`, `month` or `total`.
    public var per: String
    /// How much.
    public var limit: String
    /// Percentages at which notice is given.
    public var alarms: [Int]
    /// Whether requests are refused once it is used up.
    public var stops: Bool
    /// When it was made, RFC 3339.
    public var created: String
    /// How it stands, of end users those who spent most; absent where nothing is metered.
    public var balances: [Balance]?

    init(_ budget: BudgetRecord, balances: [SpendingMeter.Standing]?) {
        id = budget.id.text
        dimension = budget.dimension
        subject = budget.subject
        per = budget.period
        limit = Amount.text(budget.amount)
        alarms = budget.alarms
        stops = budget.stops
        created = View.moment(budget.created)
        self.balances = balances.map { $0.map { Balance($0) } }
    }
}

/// What was used, as JSON.
public struct UsageView: Codable, Sendable {
    /// A day (`2026-12-01`), a month (`2026-12`), an identifier or a model's name.
    public var what: String
    /// Its name, where it has one.
    public var name: String?
    /// Exchanges admitted, requests refused by the rules, exchanges that ended, and those whose end a crash took.
    public var admitted, refused, completed, unfinished: Int64
    /// Tokens charged for.
    public var input, cached, output, reasoning: Int64
    /// Decimal units charged.
    public var cost: String
    /// The same in whole micro-units.
    public var costMicros: Int64

    init(_ record: UsageRecord, what: String, name: String?) {
        self.what = what
        self.name = name
        (admitted, refused, completed, unfinished) = (
            record.admitted, record.refused, record.completed, record.unfinished
        )
        (input, cached, output, reasoning) = (record.input, record.cached, record.output, record.reasoning)
        cost = Amount.text(record.cost)
        costMicros = record.cost
    }

    enum CodingKeys: String, CodingKey {
        case what, name, admitted, refused, completed, unfinished, input, cached, output, reasoning, cost
        case costMicros = "cost_micros"
    }
}

/// An end user as JSON.
public struct EndUserView: Codable, Sendable {
    /// The pseudonym by which records know them.
    public var endUser: String
    /// `active` or `suspended`.
    public var standing: String

    enum CodingKeys: String, CodingKey {
        case standing
        case endUser = "end_user"
    }
}
