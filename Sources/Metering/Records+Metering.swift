import Ledger
public import Store

// How the ledger's and the store's records become this room's values, and back.

extension Price {
    /// The price of a record.
    public init(_ record: PriceRecord) {
        self.init(
            version: UInt64(max(0, record.version)), model: record.model, starts: record.starts,
            rates: Rates(
                input: record.input, output: record.output, cached: record.cached, reasoning: record.reasoning))
    }
}

extension Budget {
    /// The budget of a record; `nil` for one that this version does not know.
    public init?(_ record: BudgetRecord) {
        guard let period = Period(rawValue: record.period) else { return nil }
        let scope: Scope
        if record.dimension == "each_end_user" {
            scope = .eachEndUser(organisation: record.subject)
        } else if let dimension = Dimension(name: record.dimension) {
            scope = .one(dimension, record.subject)
        } else {
            return nil
        }
        self.init(
            id: record.id.text, scope: scope, period: period, limit: record.amount,
            alarms: record.alarms.compactMap { UInt8(exactly: $0) }, stops: record.stops)
    }
}

extension LedgerFold {
    /// Nothing folded, with the budgets that say which end users are kept apart.
    init(budgets: [Budget]) {
        self.init()
        replace(budgets)
    }

    /// Takes the next record.
    ///
    /// - Parameter party: Who has a number of the reader's.
    mutating func take(_ entry: SpendingEntry, party: (Int, inout LedgerFold) -> Party) {
        next = entry.sequence &+ 1
        switch entry.event {
        case .admitted(let payer, let endUser, let charge, let time):
            let charge = charge.map { charge in
                Charge(
                    price: charge.price, reserved: Int64(clamping: charge.reserved),
                    day: UTCDay(number: Int32(clamping: charge.day)))
            }
            admitted(
                entry.sequence, party: party(payer, &self), endUser: endUser, charge: charge, day: UTCDay(at: time))
        case .refused(let payer, let endUser, let time):
            refused(party: party(payer, &self), endUser: endUser, day: UTCDay(at: time))
        case .completed(let sequence, let settled, let usage):
            completed(
                sequence, settled: Int64(clamping: settled ?? 0),
                counts: TokenCounts(
                    input: Int64(clamping: usage?.input ?? 0), cached: Int64(clamping: usage?.cached ?? 0),
                    output: Int64(clamping: usage?.output ?? 0), reasoning: Int64(clamping: usage?.reasoning ?? 0)))
        case .grew(let sequence, let reserved): grew(sequence, to: Int64(clamping: reserved))
        case .other: break
        }
    }

    init(_ checkpoint: FoldCheckpoint, _ budgets: [Budget]) {
        let balances = checkpoint.balances.compactMap { Balance($0) }
        let open = checkpoint.open.map { open in
            let payer = Payer(
                organisation: open.organisation, account: open.account, key: open.key, model: open.model,
                endUser: open.endUser)
            return (
                open.sequence,
                (payer, Charge(price: open.price, reserved: open.reserved, day: UTCDay(number: open.day)))
            )
        }
        self.init(
            next: checkpoint.next, balances: balances, open: Dictionary(open, uniquingKeysWith: { $1 }),
            budgets: budgets)
    }
}

extension LedgerFold.Balance {
    fileprivate init?(_ saved: FoldCheckpoint.Balance) {
        guard let dimension = Dimension(name: saved.dimension) else { return nil }
        func periods(_ pairs: [[Int64]]) -> [Period] {
            pairs.filter { $0.count == 2 }.map { Period(label: Int32(clamping: $0[0]), spent: max(0, $0[1])) }
        }
        self.init(
            dimension: dimension, id: saved.subject, organisation: saved.organisation, total: saved.total,
            days: periods(saved.days), months: periods(saved.months))
    }
}

extension FoldCheckpoint.Balance {
    init(_ balance: LedgerFold.Balance) {
        self.init(
            dimension: balance.dimension.name, subject: balance.id, organisation: balance.organisation,
            total: balance.total, days: balance.days.map { [Int64($0.label), $0.spent] },
            months: balance.months.map { [Int64($0.label), $0.spent] })
    }
}

extension FoldCheckpoint.Open {
    init(sequence: UInt64, _ open: LedgerFold.Open) {
        self.init(
            sequence: sequence, organisation: open.payer.organisation, account: open.payer.account, key: open.payer.key,
            model: open.payer.model, endUser: open.payer.endUser, price: open.charge.price,
            reserved: open.charge.reserved, day: open.charge.day.number)
    }
}

extension UsageRecord {
    init(_ key: LedgerFold.Cell.Key, _ cell: LedgerFold.Cell) {
        self.init(
            day: key.day.number, organisation: key.organisation, account: key.account, key: key.key, model: key.model)
        (admitted, refused, completed, unfinished) = (cell.admitted, cell.refused, cell.completed, cell.unfinished)
        (input, cached, output, reasoning) = (cell.input, cell.cached, cell.output, cell.reasoning)
        cost = cell.cost
    }

    /// Adds what another record counts.
    mutating func add(_ other: UsageRecord) {
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
