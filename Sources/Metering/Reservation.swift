import Synchronization
import Threads

/// What one exchange may spend; it ends exactly once, at the latest when it is released.
public final class Reservation: Sendable {
    /// The price by which the exchange is charged; `nil` where its model has none.
    public let price: Price?
    /// The day it counts in.
    public let day: UTCDay
    /// What was reserved at admission, in micro-units.
    public let reserved: Int64

    private struct State: Sendable {
        var hold: BalanceBook.Hold
        /// Completion tokens that are paid for.
        var output: Int64
        var isOver = false
        var isRecorded = false
    }

    private let meter: SpendingMeter
    private let request: SpendingMeter.Request
    private let state: Guarded<State>
    /// Completion tokens that are paid for, to be read without the lock.
    private let covered: Atomic<Int64>

    init(
        meter: SpendingMeter, hold: BalanceBook.Hold, price: Price?, request: SpendingMeter.Request, output: Int64
    ) {
        self.meter = meter
        self.price = price
        self.request = request
        day = hold.day
        reserved = hold.amount
        state = Guarded(State(hold: hold, output: output))
        covered = Atomic(output)
    }

    deinit {
        // An exchange that was recorded and never completed stays charged, as the ledger's fold has it.
        let (isOver, isRecorded, amount) = state.withLock { ($0.isOver, $0.isRecorded, $0.hold.amount) }
        if !isOver { _ = end(cost: isRecorded ? amount : 0) }
    }

    /// Says that the ledger has the reservation.
    public func markRecorded() {
        state.withLock { $0.isRecorded = true }
    }

    /// Completion tokens, over all choices, that are paid for.
    public var output: Int64 { covered.load(ordering: .relaxed) }

    /// Reserves at least so many completion tokens, by whole blocks.
    ///
    /// - Returns: The new sum in micro-units.
    /// - Throws: `BudgetRefusal` if there is no room: the answer ends here.
    public func extend(output tokens: Int64) throws(BudgetRefusal) -> Int64 {
        guard let rates = price?.rates.worst else {
            covered.store(.max, ordering: .relaxed)
            return 0
        }
        let input = request.input.addingClamped(request.unreadInput)
        let block = meter.block(for: request)
        let (result, output) = state.withLock { state -> (Result<Int64, BudgetRefusal>, Int64) in
            guard !state.isOver, tokens > state.output else { return (.success(state.hold.amount), state.output) }
            let blocks = (tokens - state.output + block - 1) / block
            let output = min(state.output.addingClamped(blocks.multipliedClamped(by: block)), TokenCounts.most)
            let amount = rates.cost(of: TokenCounts(input: input, output: output))
            if let refusal = meter.state.withLock({ $0.book.extend(&state.hold, to: amount) }) {
                return (.failure(refusal), state.output)
            }
            state.output = output
            return (.success(state.hold.amount), output)
        }
        let sum = try result.get()
        covered.store(output, ordering: .relaxed)
        return sum
    }

    /// What an exchange was charged in the end.
    public struct Settlement: Sendable, Hashable {
        /// What was charged, in micro-units.
        public let charged: Int64
        /// What it would have cost; more than `charged` where a budget had no room left.
        public let cost: Int64
        /// The tokens it was charged for.
        public let counts: TokenCounts

        /// Nothing was used.
        public static let nothing = Settlement(charged: 0, cost: 0, counts: TokenCounts())
    }

    /// Ends the exchange and charges what it used; a second call changes nothing.
    ///
    /// - Parameters:
    ///   - reported: What the upstream counted; `nil` if it said nothing.
    ///   - output: Our own count of the model's output.
    ///   - isWhole: Whether the upstream's count covers the whole answer.
    public func settle(_ reported: TokenCounts?, output: Int64, isWhole: Bool = true) -> Settlement {
        let bounds = UsageBounds(
            input: request.input, unreadInput: request.unreadInput, output: output,
            reservedOutput: state.withLock { $0.output }, isWhole: isWhole)
        let counts = bounds.settle(reported)
        let cost = price?.rates.cost(of: counts) ?? 0
        return Settlement(charged: end(cost: cost), cost: cost, counts: counts)
    }

    /// Ends an exchange that used nothing: it was never sent, or the upstream refused it.
    public func release() {
        _ = end(cost: 0)
    }

    private func end(cost: Int64) -> Int64 {
        state.withLock { state in
            guard !state.isOver else { return 0 }
            state.isOver = true
            return meter.state.withLock { meter in
                let (charged, alarms) = meter.book.settle(state.hold, cost: cost)
                if !alarms.isEmpty { meter.alarms = (meter.alarms + alarms).suffix(SpendingMeter.mostAlarms) }
                return charged
            }
        }
    }
}
