/// Who has limits beside keys and organisations.
public enum LimitHolder: Sendable, Hashable {
    /// All keys of an account together.
    case account(AccountID)
    /// All that a model is asked for.
    case model(String)
    /// Each end user of an organisation for themselves.
    case endUsers(OrganisationID)
    /// One end user of an organisation, in the place of what holds for each of them.
    case endUser(OrganisationID, pseudonym: String)
}

/// What a model costs from a moment on; prices are only ever added, and a later one of the same moment corrects an earlier.
public struct PriceRecord: Sendable, Equatable {
    /// Its number, from 1, by which the ledger names it.
    public let version: Int64
    /// The model's name as clients use it.
    public let model: String
    /// From when on, milliseconds since 1970.
    public let starts: Int64
    /// Micro-units for a million prompt tokens, 0 to 10¹².
    public let input: Int64
    /// Micro-units for a million prompt tokens that were read from a cache.
    public let cached: Int64
    /// Micro-units for a million completion tokens.
    public let output: Int64
    /// Micro-units for a million completion tokens spent on reasoning.
    public let reasoning: Int64
    /// When it was entered, milliseconds since 1970.
    public let created: Int64

    /// Takes the parts as they are.
    public init(
        version: Int64, model: String, starts: Int64, input: Int64, cached: Int64, output: Int64, reasoning: Int64,
        created: Int64
    ) {
        self.version = version
        self.model = model
        self.starts = starts
        self.input = input
        self.cached = cached
        self.output = output
        self.reasoning = reasoning
        self.created = created
    }
}

/// How much may be spent, by whom, in which time.
public struct BudgetRecord: Sendable, Equatable {
    /// Its identifier.
    public let id: BudgetID
    /// `organisation`, `account`, `key`, `model`, `end_user` or `each_end_user` (then the subject is an organisation).
    public let dimension: String
    /// Whose spending: an identifier, a model's name, or an end user's pseudonym.
    public let subject: String
    /// `day`, `month` or `total`.
    public let period: String
    /// Micro-units, 0 to 10¹⁵.
    public let amount: Int64
    /// Percentages at which to give notice.
    public let alarms: [Int]
    /// Whether requests are refused once it is used up.
    public let stops: Bool
    /// When it was made, milliseconds since 1970.
    public let created: Int64

    /// Takes the parts as they are.
    public init(
        id: BudgetID, dimension: String, subject: String, period: String, amount: Int64, alarms: [Int], stops: Bool,
        created: Int64
    ) {
        self.id = id
        self.dimension = dimension
        self.subject = subject
        self.period = period
        self.amount = amount
        self.alarms = alarms
        self.stops = stops
        self.created = created
    }
}

/// The checkpoint of what the ledger adds up to, and changes since the one before it.
public struct FoldCheckpoint: Sendable, Equatable {
    /// What one subject has spent.
    public struct Balance: Sendable, Equatable {
        /// The dimension's word.
        public var dimension: String
        /// Its identifier.
        public var subject: String
        /// For an end user: whose; otherwise empty.
        public var organisation: String
        /// Micro-units in all.
        public var total: Int64
        /// Micro-units by day and by month, as pairs of label and amount, the last used first.
        public var days, months: [[Int64]]

        /// Takes the parts as they are.
        public init(
            dimension: String, subject: String, organisation: String, total: Int64, days: [[Int64]], months: [[Int64]]
        ) {
            self.dimension = dimension
            self.subject = subject
            self.organisation = organisation
            self.total = total
            self.days = days
            self.months = months
        }
    }

    /// An exchange whose completion had not been read.
    public struct Open: Sendable, Equatable {
        /// The number of its admission.
        public var sequence: UInt64
        /// Who pays.
        public var organisation, account, key, model, endUser: String
        /// The price's number, 0 for none.
        public var price: UInt64
        /// Micro-units.
        public var reserved: Int64
        /// Days since 1970.
        public var day: Int32

        /// Takes the parts as they are.
        public init(
            sequence: UInt64, organisation: String, account: String, key: String, model: String, endUser: String,
            price: UInt64, reserved: Int64, day: Int32
        ) {
            self.sequence = sequence
            self.organisation = organisation
            self.account = account
            self.key = key
            self.model = model
            self.endUser = endUser
            self.price = price
            self.reserved = reserved
            self.day = day
        }
    }

    /// The number of the first record that is not in it.
    public var next: UInt64
    /// The chain value of the record before that, 32 bytes; empty at the beginning.
    public var chain: [UInt8]
    /// Balances: all when read, those that changed when written.
    public var balances: [Balance]
    /// Every exchange that was open.
    public var open: [Open]
    /// What was used since the checkpoint before, when it is written; empty when it is read.
    public var usage: [UsageRecord]

    /// Takes the parts as they are.
    public init(next: UInt64, chain: [UInt8], balances: [Balance], open: [Open], usage: [UsageRecord]) {
        self.next = next
        self.chain = chain
        self.balances = balances
        self.open = open
        self.usage = usage
    }
}

/// What was used on one day by one key of one account with one model, or a sum of such.
public struct UsageRecord: Sendable, Equatable {
    /// Days since 1970; `nil` in sums over days.
    public var day: Int32?
    /// Identifiers, and the model's name; `nil` in sums over them.
    public var organisation, account, key, model: String?
    /// Exchanges admitted, requests refused by the rules, exchanges that ended, and those that never will.
    public var admitted, refused, completed, unfinished: Int64
    /// Tokens.
    public var input, cached, output, reasoning: Int64
    /// Micro-units.
    public var cost: Int64

    /// Nothing used.
    public init(
        day: Int32? = nil, organisation: String? = nil, account: String? = nil, key: String? = nil,
        model: String? = nil
    ) {
        self.day = day
        self.organisation = organisation
        self.account = account
        self.key = key
        self.model = model
        (admitted, refused, completed, unfinished) = (0, 0, 0, 0)
        (input, cached, output, reasoning, cost) = (0, 0, 0, 0, 0)
    }
}

/// Which usage is asked for, and how it is added up.
public struct UsageQuestion: Sendable, Equatable {
    /// A column that sums can be kept apart by.
    public enum Column: String, Sendable, CaseIterable {
        case day, month, organisation, account, key, model
    }

    /// The first and the last day, days since 1970.
    public var days: ClosedRange<Int32>
    /// Only those of this organisation, account, key or model.
    public var organisation, account, key, model: String?
    /// What sums are kept apart by.
    public var by: Column

    /// Takes the parts as they are.
    public init(
        days: ClosedRange<Int32>, organisation: String? = nil, account: String? = nil, key: String? = nil,
        model: String? = nil, by: Column = .day
    ) {
        self.days = days
        self.organisation = organisation
        self.account = account
        self.key = key
        self.model = model
        self.by = by
    }
}
