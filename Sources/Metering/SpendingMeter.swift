import Threads

/// Who may spend how much, from memory alone: prices, budgets and balances behind one short lock.
///
/// An exchange reserves the most it may cost before it is recorded, grows its reservation while it streams past it, and
/// settles what it really cost. Spent and reserved together never pass a budget that stops.
public final class SpendingMeter: Sendable {
    /// Completion tokens that are reserved for each choice where the client names no limit, and added when they are used up.
    public static let defaultBlock: Int64 = 1024
    /// Alarms that wait to be collected at most; the oldest are dropped.
    static let mostAlarms = 1000

    struct State: Sendable {
        var book: BalanceBook
        var prices: PriceList
        var alarms: [BudgetAlarm] = []
    }

    let state: Guarded<State>
    private let block: Int64

    /// A meter whose balances begin where the ledger's fold stands.
    ///
    /// - Parameter block: Completion tokens reserved at a time, 1 to a million.
    public init(
        prices: PriceList = PriceList(), budgets: [Budget] = [], from fold: LedgerFold = LedgerFold(),
        block: Int64 = SpendingMeter.defaultBlock
    ) {
        var book = fold.closedBook
        book.replace(budgets)
        state = Guarded(State(book: book, prices: prices))
        self.block = min(max(1, block), 1_000_000)
    }

    /// What a request may cost at most, as its body tells.
    public struct Request: Sendable {
        /// Our own count of the prompt.
        public var input: Int64
        /// Prompt tokens that no counter of ours sees (images, audio, files), estimated.
        public var unreadInput: Int64
        /// The completion tokens asked for in each choice, if the client named a limit.
        public var maxTokens: Int64?
        /// How many choices are asked for, at least 1.
        public var choices: Int64

        /// Takes what the body says; numbers out of range are moved into it.
        public init(input: Int64, unreadInput: Int64 = 0, maxTokens: Int64? = nil, choices: Int64 = 1) {
            self.input = min(max(0, input), TokenCounts.most)
            self.unreadInput = min(max(0, unreadInput), TokenCounts.most)
            self.maxTokens = maxTokens.map { min(max(0, $0), TokenCounts.most) }
            self.choices = min(max(1, choices), 1024)
        }
    }

    /// Reserves what a request may cost.
    ///
    /// - Parameters:
    ///   - request: What it may use at most.
    ///   - payer: Who pays, in all dimensions.
    ///   - time: When it is admitted, milliseconds since 1970: its price, day and month are those of this moment.
    /// - Throws: `BudgetRefusal`, and then nothing was booked.
    public func reserve(_ request: Request, for payer: Payer, at time: Int64) throws(BudgetRefusal) -> Reservation {
        let each = request.maxTokens ?? block
        let output = min(each.multipliedClamped(by: request.choices), TokenCounts.most)
        let input = min(request.input.addingClamped(request.unreadInput), TokenCounts.most)
        let (price, result) = state.withLock { state in
            let price = state.prices.price(of: payer.model, at: time)
            let amount = price?.rates.worst.cost(of: TokenCounts(input: input, output: output))
            return (price, state.book.reserve(amount, for: payer, at: time))
        }
        return Reservation(
            meter: self, hold: try result.get(), price: price, request: request, output: output)
    }

    /// Completion tokens that are reserved at a time for all choices of a request.
    func block(for request: Request) -> Int64 { block.multipliedClamped(by: request.choices) }

    /// Puts other prices in force, for exchanges from now on.
    public func replace(_ prices: PriceList) {
        state.withLock { $0.prices = prices }
    }

    /// Puts other budgets in force, also for exchanges that run; what is spent and reserved stays.
    public func replace(_ budgets: [Budget]) {
        state.withLock { $0.book.replace(budgets) }
    }

    /// The prices in force.
    public var prices: PriceList { state.withLock { $0.prices } }

    /// Exchanges that hold a reservation now.
    public var open: Int { state.withLock { $0.book.open } }

    /// What they hold together, in micro-units.
    public var held: Int64 { state.withLock { $0.book.held } }

    /// Takes the shares of budgets that were passed since the last call, oldest first.
    public func takeAlarms() -> [BudgetAlarm] {
        state.withLock { state in
            defer { state.alarms = [] }
            return state.alarms
        }
    }

    /// How a budget stands at a moment; for one that holds for each end user, how theirs stand, the highest first.
    ///
    /// - Parameter most: End users to tell at most.
    public func standings(of budget: Budget, at time: Int64, most: Int = 20) -> [Standing] {
        let day = UTCDay(at: time)
        switch budget.scope {
        case .one(let dimension, let id):
            let slot = state.withLock { $0.book.purse(dimension, id)?.slot(budget.period, day) }
            return [Standing(id, budget, slot ?? Slot(label: 0))]
        case .eachEndUser(let organisation):
            let book = state.withLock { $0.book }
            let users = book.all.filter { $0.dimension == .endUser && $0.organisation == organisation }
            let all = users.map { Standing($0.id, budget, $0.slot(budget.period, day)) }
            return Array(
                all.sorted { ($0.spent + $0.reserved, $0.subject) > ($1.spent + $1.reserved, $1.subject) }.prefix(most))
        }
    }

    /// What is spent of a budget by one subject.
    public struct Standing: Sendable, Hashable {
        /// The id of what spends.
        public let subject: String
        /// Settled in the present period, in micro-units.
        public let spent: Int64
        /// Reserved by exchanges that run.
        public let reserved: Int64
        /// What is left, at least 0.
        public let left: Int64

        init(_ subject: String, _ budget: Budget, _ slot: Slot) {
            self.subject = subject
            spent = slot.spent
            reserved = slot.reserved
            left = max(0, budget.limit - slot.sum)
        }
    }

    /// What a subject has spent and reserved in all, in micro-units.
    public func total(_ dimension: Dimension, _ id: String) -> (spent: Int64, reserved: Int64) {
        let total = state.withLock { $0.book.purse(dimension, id)?.total }
        return (total?.spent ?? 0, total?.reserved ?? 0)
    }

    /// Forgets end users that no budget asks for any more.
    public func trim(now time: Int64) {
        state.withLock { $0.book.trim(today: UTCDay(at: time)) }
    }
}

extension Int64 {
    /// The product, or the largest number there is; both factors are 0 or more.
    func multipliedClamped(by other: Int64) -> Int64 {
        let (product, over) = multipliedReportingOverflow(by: other)
        return over ? .max : product
    }
}
