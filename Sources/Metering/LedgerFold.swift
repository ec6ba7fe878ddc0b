/// What the ledger's records add up to: balances and usage, and the exchanges that are still open.
///
/// A pure value. The same records give the same fold, in one go or in pieces with a checkpoint between them. An exchange
/// counts on the day that its admission names, so the order in which exchanges end changes nothing.
public struct LedgerFold: Sendable {
    /// The reservation of an admission, as it was recorded.
    public struct Charge: Sendable, Hashable {
        /// The price's number; 0 is none.
        public var price: UInt64
        /// In micro-units.
        public var reserved: Int64
        /// The day that the exchange counts in.
        public var day: UTCDay

        /// Puts a charge together.
        public init(price: UInt64, reserved: Int64, day: UTCDay) {
            self.price = price
            self.reserved = max(0, reserved)
            self.day = day
        }
    }

    /// An admitted exchange without its completion.
    public struct Open: Sendable, Equatable {
        let party: Party
        let endUser: String
        /// Who pays.
        public var payer: Payer {
            var payer = party.payer
            payer.endUser = endUser
            return payer
        }
        /// What is reserved.
        public internal(set) var charge: Charge
        var hold: BalanceBook.Hold
    }

    /// Those who pay together, but for the end user; the same ones are the same object.
    final class Party: Sendable, Equatable {
        let number: Int
        let payer: Payer

        init(_ number: Int, _ payer: Payer) {
            (self.number, self.payer) = (number, payer)
        }

        static func == (one: Party, other: Party) -> Bool { one === other || one.payer == other.payer }
    }

    /// What one party used on a day.
    private struct Use: Sendable {
        let party: Party
        let day: UTCDay
        var cell: Cell
    }

    /// What was used on one day by one payer; end users are not kept apart here.
    public struct Cell: Sendable, Hashable {
        /// Which.
        public struct Key: Sendable, Hashable {
            /// The day.
            public var day: UTCDay
            /// Ids, and the model's name.
            public var organisation, account, key, model: String

            /// Puts a key together.
            public init(day: UTCDay, organisation: String, account: String, key: String, model: String) {
                self.day = day
                self.organisation = organisation
                self.account = account
                self.key = key
                self.model = model
            }

            var subjects: [(Dimension, String)] {
                [(.organisation, organisation), (.account, account), (.key, key), (.model, model)]
            }
        }

        /// Exchanges admitted.
        public var admitted: Int64 = 0
        /// Requests refused by the rules.
        public var refused: Int64 = 0
        /// Exchanges that ended.
        public var completed: Int64 = 0
        /// Exchanges whose end was never recorded because the server died; charged as reserved.
        public var unfinished: Int64 = 0
        /// Tokens charged for.
        public var input, cached, output, reasoning: Int64
        /// Micro-units charged, those of unfinished exchanges included.
        public var cost: Int64 = 0

        /// Nothing used.
        public init() { (input, cached, output, reasoning) = (0, 0, 0, 0) }

        /// Adds what another cell counts.
        public mutating func add(_ other: Cell) {
            admitted += other.admitted
            refused += other.refused
            completed += other.completed
            unfinished += other.unfinished
            input = input.addingClamped(other.input)
            cached = cached.addingClamped(other.cached)
            output = output.addingClamped(other.output)
            reasoning = reasoning.addingClamped(other.reasoning)
            cost = cost.addingClamped(other.cost)
        }
    }

    /// The number of the next record to take.
    public internal(set) var next: UInt64 = 1
    /// Exchanges without their completion, by the number of their admission.
    public internal(set) var open: [UInt64: Open] = [:]
    private var parties: [Payer: Party] = [:]
    /// The purses of those who were admitted, with nothing in hand, by the number of their party.
    private var purses: [BalanceBook.Hold?] = []
    /// What was used since the last `takeChanges`, in no order; a party may be in it more than once for a day.
    private var uses: [Use] = []
    /// The newest of them by the number of their party; -1 is none.
    private var newestUse: [Int] = []
    /// What was given back because it could not be saved.
    private var unsaved: [Cell.Key: Cell] = [:]
    /// The ids of what spent since the last `takeChanges`, so far as no key of `usage` names them.
    private var changed: Set<BalanceBook.Subject> = []
    var book = BalanceBook()

    /// Nothing folded.
    public init() {}

    /// Says which end users are kept apart: those that a budget asks for.
    public mutating func replace(_ budgets: [Budget]) { book.replace(budgets) }

    // MARK: Records

    /// An admission.
    ///
    /// - Parameter charge: `nil` in records from before there were prices.
    public mutating func admitted(_ sequence: UInt64, payer: Payer, charge: Charge?, day: UTCDay) {
        admitted(sequence, party: party(payer), endUser: payer.endUser, charge: charge, day: day)
    }

    mutating func admitted(_ sequence: UInt64, party: Party, endUser: String, charge: Charge?, day: UTCDay) {
        let charge = charge ?? Charge(price: 0, reserved: 0, day: day)
        let purses = purses[party.number] ?? book.purses(of: party.payer)
        self.purses[party.number] = purses
        let hold = book.adopt(
            charge.reserved, in: purses, endUser: endUser, of: party.payer.organisation, on: charge.day)
        open[sequence] = Open(party: party, endUser: endUser, charge: charge, hold: hold)
        note(party, endUser, charge.day) { $0.admitted += 1 }
    }

    /// A request that the rules refused.
    public mutating func refused(payer: Payer, day: UTCDay) {
        refused(party: party(payer), endUser: payer.endUser, day: day)
    }

    mutating func refused(party: Party, endUser: String, day: UTCDay) {
        note(party, endUser, day) { $0.refused += 1 }
    }

    /// The party that a payer belongs to.
    mutating func party(_ payer: Payer) -> Party {
        var payer = payer
        payer.endUser = ""
        if let party = parties[payer] { return party }
        let party = Party(parties.count, payer)
        purses.append(nil)
        parties[payer] = party
        newestUse.append(-1)
        return party
    }

    /// A reservation that has grown; one that would shrink changes nothing.
    public mutating func grew(_ sequence: UInt64, to reserved: Int64) {
        guard var exchange = open[sequence], reserved > exchange.charge.reserved else { return }
        book.adopt(&exchange.hold, grownTo: reserved)
        exchange.charge.reserved = reserved
        open[sequence] = exchange
    }

    /// A completion.
    ///
    /// - Parameter settled: What was charged, in micro-units.
    public mutating func completed(_ sequence: UInt64, settled: Int64, counts: TokenCounts) {
        guard let exchange = open.removeValue(forKey: sequence) else { return }
        book.adopt(settled: settled, of: exchange.hold)
        note(exchange.party, exchange.endUser, exchange.charge.day) { cell in
            cell.completed += 1
            cell.input = cell.input.addingClamped(counts.input)
            cell.cached = cell.cached.addingClamped(counts.cached)
            cell.output = cell.output.addingClamped(counts.output)
            cell.reasoning = cell.reasoning.addingClamped(counts.reasoning)
            cell.cost = cell.cost.addingClamped(max(0, settled))
        }
    }

    /// Charges the exchanges that will never be completed what they had reserved: their process is gone.
    ///
    /// - Parameter end: The first number that the present process may write.
    public mutating func closeUnfinished(before end: UInt64) {
        for (sequence, exchange) in open where sequence < end {
            open[sequence] = nil
            book.adopt(settled: exchange.charge.reserved, of: exchange.hold)
            note(exchange.party, exchange.endUser, exchange.charge.day) { cell in
                cell.unfinished += 1
                cell.cost = cell.cost.addingClamped(exchange.charge.reserved)
            }
        }
    }

    private mutating func note(_ party: Party, _ endUser: String, _ day: UTCDay, _ change: (inout Cell) -> Void) {
        let newest = newestUse[party.number]
        if newest >= 0, uses[newest].day == day {
            change(&uses[newest].cell)
        } else {
            newestUse[party.number] = uses.count
            var use = Use(party: party, day: day, cell: Cell())
            change(&use.cell)
            uses.append(use)
        }
        // End users are not kept apart in what was used.
        if !endUser.isEmpty { changed.insert(BalanceBook.Subject(dimension: .endUser, id: endUser)) }
    }

    /// What was used since the last `takeChanges`.
    private var usage: [Cell.Key: Cell] {
        var usage = unsaved
        for use in uses {
            let payer = use.party.payer
            let key = Cell.Key(
                day: use.day, organisation: payer.organisation, account: payer.account, key: payer.key,
                model: payer.model)
            usage[key, default: Cell()].add(use.cell)
        }
        return usage
    }

    // MARK: Sums

    /// What a subject has spent in all, and what its open exchanges have reserved, in micro-units.
    public func total(_ dimension: Dimension, _ id: String) -> (spent: Int64, reserved: Int64) {
        let total = book.purse(dimension, id)?.total
        return (total?.spent ?? 0, total?.reserved ?? 0)
    }

    /// The balances with everything that is open charged as reserved.
    var closedBook: BalanceBook {
        var copy = self
        copy.closeUnfinished(before: .max)
        return copy.book
    }
}

// MARK: Checkpoints

extension LedgerFold {
    /// What one subject has spent, as it is saved.
    public struct Balance: Sendable, Hashable {
        /// What is added up by.
        public var dimension: Dimension
        /// Its id.
        public var id: String
        /// For an end user: whose.
        public var organisation: String
        /// Settled in all, in micro-units.
        public var total: Int64
        /// Settled by day and by month: labels and micro-units, the last used first.
        public var days, months: [Period]

        /// A label and a sum.
        public struct Period: Sendable, Hashable {
            /// Days or months since 1970.
            public var label: Int32
            /// Micro-units.
            public var spent: Int64

            /// Puts both together.
            public init(label: Int32, spent: Int64) {
                self.label = label
                self.spent = spent
            }
        }

        /// Puts a balance together.
        public init(
            dimension: Dimension, id: String, organisation: String = "", total: Int64, days: [Period], months: [Period]
        ) {
            self.dimension = dimension
            self.id = id
            self.organisation = organisation
            self.total = total
            self.days = days
            self.months = months
        }

        init(_ purse: Purse) {
            self.init(
                dimension: purse.dimension, id: purse.id, organisation: purse.organisation, total: purse.total.spent,
                days: purse.days.all.map { Period(label: $0.label, spent: $0.spent) },
                months: purse.months.all.map { Period(label: $0.label, spent: $0.spent) })
        }
    }

    /// Begins at a checkpoint.
    ///
    /// - Parameters:
    ///   - next: The number of the next record to take.
    ///   - balances: What was settled before it.
    ///   - open: Exchanges that were open, by the number of their admission.
    public init(next: UInt64, balances: [Balance], open: [UInt64: (payer: Payer, charge: Charge)], budgets: [Budget]) {
        self.next = next
        book.replace(budgets)
        for balance in balances {
            var purse = Purse(dimension: balance.dimension, id: balance.id, organisation: balance.organisation)
            purse.total.spent = balance.total
            purse.days = RecentSlots(balance.days.map { Slot(label: $0.label, spent: $0.spent) })
            purse.months = RecentSlots(balance.months.map { Slot(label: $0.label, spent: $0.spent) })
            book.restore(purse)
        }
        for (sequence, exchange) in open {
            let hold = book.restore(exchange.charge.reserved, for: exchange.payer, on: exchange.charge.day)
            self.open[sequence] = Open(
                party: party(exchange.payer), endUser: exchange.payer.endUser, charge: exchange.charge, hold: hold)
        }
    }

    /// Every balance.
    public var balances: [Balance] { book.all.map { Balance($0) } }

    /// Takes the balances that changed and what was used since the last call.
    public mutating func takeChanges() -> (balances: [Balance], usage: [Cell.Key: Cell]) {
        let usage = usage
        defer {
            changed = []
            (uses, unsaved) = ([], [:])
            for number in newestUse.indices { newestUse[number] = -1 }
        }
        var subjects = changed
        for key in usage.keys {
            for (dimension, id) in key.subjects where !id.isEmpty {
                subjects.insert(BalanceBook.Subject(dimension: dimension, id: id))
            }
        }
        return (subjects.compactMap { book.purse($0.dimension, $0.id) }.map { Balance($0) }, usage)
    }

    /// Takes changes back that could not be saved.
    mutating func giveBack(_ changes: (balances: [Balance], usage: [Cell.Key: Cell])) {
        for balance in changes.balances {
            changed.insert(BalanceBook.Subject(dimension: balance.dimension, id: balance.id))
        }
        for (key, cell) in changes.usage { unsaved[key, default: Cell()].add(cell) }
    }
}
