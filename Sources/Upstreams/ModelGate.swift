import NIOCore
import Synchronization

/// One model's balancer, shared by all event loops; every lock is held for a choice, never for a call.
final class ModelGate: Sendable {
    /// Who waits for a place: where, and what is told.
    struct Waiter: Sendable {
        let loop: any EventLoop
        let call: @Sendable (Grant) -> Void
    }

    private struct State: Sendable {
        var balancer = Balancer()
        var waiters: [UInt64: Waiter] = [:]
        var addresses: [Int: String] = [:]

        /// Takes those whose turn it is out of the book.
        mutating func turns(at now: Int64) -> [(Waiter, Grant)] {
            guard balancer.queue.count > 0 else { return [] }
            return balancer.admitWaiting(at: now).compactMap { ticket, grant in
                waiters.removeValue(forKey: ticket).map { ($0, grant) }
            }
        }

        func report(_ model: String, _ slot: Int, at now: Int64) -> UpstreamReport {
            let known = balancer.slots.indices.contains(slot) ? balancer.slots[slot] : Balancer.Slot(identity: 0)
            return UpstreamReport(
                model: model, address: addresses[slot] ?? "", breaker: known.breaker.phase(at: now),
                isUp: known.health.isUp, inFlight: known.inFlight, waiting: balancer.queue.count, calls: known.calls,
                failures: known.failures)
        }
    }

    private let model: String
    private let state = Mutex(State())
    private let onChange: @Sendable (UpstreamReport) -> Void

    init(model: String, onChange: @escaping @Sendable (UpstreamReport) -> Void) {
        self.model = model
        self.onChange = onChange
    }

    static var now: Int64 { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }

    func candidates(for upstreams: [Upstream]) -> [Candidate] {
        state.withLock { state in
            upstreams.map { upstream in
                let identity = upstream.identity
                let slot = state.balancer.slot(for: identity)
                state.addresses[slot] = upstream.address.description
                return Candidate(slot: slot, identity: identity, weight: upstream.weight, limit: upstream.limit)
            }
        }
    }

    /// Places a demand; one that must wait is told on its loop when its turn comes, and holds its place then.
    func place(_ demand: Demand, _ waiter: () -> Waiter) -> Placement {
        let now = Self.now
        let (placement, turns) = state.withLock { state in
            let placement = state.balancer.place(demand, at: now)
            guard case .wait(let ticket) = placement else { return (placement, [(Waiter, Grant)]()) }
            state.waiters[ticket] = waiter()
            return (placement, state.turns(at: now))
        }
        tell(turns)
        return placement
    }

    /// Gives up waiting.
    ///
    /// - Returns: False if the turn has come already: the place is on its way and must be given back.
    func leave(ticket: UInt64, owner: String) -> Bool {
        state.withLock { state in
            state.waiters[ticket] = nil
            return state.balancer.leave(ticket: ticket, owner: owner)
        }
    }

    func began(_ grant: Grant, _ rules: BalancingRules) {
        change(grant.slot) { $0.began(grant, rules, at: $1) }
    }

    func finished(_ grant: Grant, _ outcome: CallOutcome, hasBegun: Bool, _ rules: BalancingRules) {
        change(grant.slot) { $0.finished(grant, outcome, hasBegun: hasBegun, rules, at: $1) }
    }

    func blame(_ grant: Grant, _ rules: BalancingRules) {
        change(grant.slot) { $0.blame(grant, rules, at: $1) }
    }

    func noteHealth(slot: Int, isGood: Bool, _ rules: HealthRules) {
        change(slot) { balancer, _ in _ = balancer.noteHealth(slot: slot, isGood: isGood, rules) }
    }

    func report(_ candidate: Candidate) -> UpstreamReport {
        state.withLock { $0.report(model, candidate.slot, at: Self.now) }
    }

    private func change(_ slot: Int, _ body: (inout Balancer, _ now: Int64) -> Void) {
        let now = Self.now
        let (turns, news) = state.withLock { state -> ([(Waiter, Grant)], UpstreamReport?) in
            let before = state.balancer.availability(of: slot)
            body(&state.balancer, now)
            let hasTurned = state.balancer.availability(of: slot) != before
            return (state.turns(at: now), hasTurned ? state.report(model, slot, at: now) : nil)
        }
        tell(turns)
        if let news { onChange(news) }
    }

    private func tell(_ turns: [(Waiter, Grant)]) {
        for (waiter, grant) in turns { waiter.loop.execute { waiter.call(grant) } }
    }
}
