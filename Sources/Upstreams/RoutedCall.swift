public import NIOCore
import NIOHTTP1

/// Who sends a request: makes it for each server that it goes to, and takes what comes back.
///
/// It is held until the call is over or let go of; all of it happens on the call's loop.
public protocol CallMaker: AnyObject {
    /// The connections of this loop to an address.
    func pool(for address: UpstreamAddress) -> UpstreamPool
    /// Makes the request for one attempt; nil if there is nothing left to send.
    func request(for attempt: RoutedCall.Attempt) -> UpstreamRequest?
    /// Takes what comes back.
    func receive(_ event: UpstreamEvent)
}

/// One request on its way to the servers of its model, and of the models it may fall back to; lives on one event loop.
///
/// It chooses a server, waits for a place there if it must, sends, and sends again elsewhere as long as whoever holds it
/// says that nothing has been given to the client (`commit`). What it takes from a server it gives back, however it ends.
public final class RoutedCall {
    /// What one attempt needs.
    public struct Attempt {
        /// Which of the plans.
        public let plan: Int
        /// The server.
        public let upstream: Upstream
        /// Which of the plan's servers it is.
        public let candidate: Int
    }

    private enum State {
        case resting
        case waiting(ModelGate, ticket: UInt64, Scheduled<Void>)
        case calling(UpstreamCall?, Grant, RoutePlan)
    }

    private let plans: [RoutePlan]
    private let owner: String
    private let affinity: Affinity?
    private let loop: any EventLoop
    private let mustEnd: NIODeadline
    /// Whoever is told what comes; nil once the call is over for them.
    private var maker: (any CallMaker)?
    private var course: RouteCourse
    private var state = State.resting
    /// Whether the client has been given something: then nothing is sent again.
    private var isCommitted = false
    private var hasBegun = false
    private var reading = true
    /// Whether whoever holds it accounts for what comes.
    public var isWatched = false
    /// The last place that was held, for what is found out about it later.
    private var last: (grant: Grant, plan: RoutePlan)?
    private var outcome = CallOutcome.unknown

    /// Prepares a call; `send` begins it.
    ///
    /// - Parameters:
    ///   - plans: The model's own plan, then those it may fall back to; one at least.
    ///   - owner: Whose turn it takes while it waits, such as the organisation.
    ///   - affinity: The conversation; nil if any server is as good as another.
    ///   - maker: Makes the request and takes the answer; held until `cancel`, `leave` or a failure to send.
    public init(
        plans: [RoutePlan], owner: String, affinity: Affinity?, loop: any EventLoop, maker: any CallMaker
    ) {
        self.plans = plans
        self.owner = owner
        self.affinity = affinity
        self.loop = loop
        self.maker = maker
        mustEnd = .now() + (plans.first?.timeouts.total ?? .hours(1))
        course = RouteCourse(models: plans.count, attemptsPerModel: plans.first?.attempts ?? 1)
    }

    deinit { release(.unknown) }

    /// Which plan and server were tried last; nil before the first attempt.
    public private(set) var current: Attempt?

    /// The model whose servers were tried last.
    public var model: String? { current.map { plans[$0.plan].model } }

    /// The call that was sent last, also after its end.
    private var latest: UpstreamCall?

    /// Bytes of the link that came for the last attempt; 0 where the link is not counted.
    public var linkBytes: Int64 { latest?.linkBytes ?? 0 }

    /// How many attempts were made.
    public var attempts: Int { course.attempts }

    /// Sends the request; a failure to do so comes as an event.
    public func send() {
        loop.preconditionInEventLoop()
        if let failure = next() { failSoon(failure) }
    }

    /// The client is being given the answer: from here on nothing is sent again.
    public func commit() { isCommitted = true }

    /// Tries another server after what came back was no answer, if it is early enough and there is one.
    ///
    /// - Returns: True if the request is on its way again: what came before must be forgotten. Otherwise what still comes of
    ///   the last attempt is delivered.
    public func retry(after verdict: AttemptVerdict) -> Bool {
        let (before, begun) = (state, hasBegun)
        if case .resting = before, verdict.outcome == .failed, outcome != .failed, let last {
            // Its place was given back as that of an answer.
            last.plan.gate.blame(last.grant, last.plan.rules)
        }
        outcome = verdict.outcome
        guard mayBeSent, verdict.mayTryElsewhere, NIODeadline.now() < mustEnd else { return false }
        state = .resting
        guard next() == nil else {
            state = before
            return false
        }
        guard case .calling(let call, let grant, let plan) = before else { return true }
        plan.gate.finished(grant, verdict.outcome, hasBegun: begun, plan.rules)
        // An error's short body may still come; then its connection can be kept.
        call?.leave()
        return true
    }

    /// Ends the call: nothing more is delivered, and a server in mid-answer is stopped.
    public func cancel() {
        maker = nil
        let call = running
        release(outcome == .unknown && hasBegun ? .answered : outcome)
        call?.cancel()
    }

    /// Takes nothing more of an answer whose end is at hand.
    public func leave() {
        maker = nil
        let call = running
        release(.answered)
        call?.leave()
    }

    /// Stops or resumes reading from the server.
    public func setReading(_ wanted: Bool) {
        reading = wanted
        running?.setReading(wanted)
    }
}

extension RoutedCall {
    private var mayBeSent: Bool { maker != nil && !isCommitted }

    private var isCalling: Bool { if case .calling = state { true } else { false } }

    private var running: UpstreamCall? { if case .calling(let call, _, _) = state { call } else { nil } }

    /// Begins the next attempt, or waits for it.
    ///
    /// - Returns: Why there is none, if so.
    private func next() -> UpstreamFailure? {
        var failure = UpstreamFailure.unreachable("every server of the model was tried")
        while true {
            let plan = plans[course.model]
            if course.mayTryHere {
                let demand = Demand(
                    candidates: plan.candidates, rules: plan.rules, affinity: affinity, tried: course.tried,
                    owner: owner)
                switch plan.gate.place(demand, { waiter(plan) }) {
                case .go(let grant):
                    attempt(grant, plan)
                    return nil
                case .wait(let ticket):
                    wait(ticket, plan)
                    return nil
                case .full: failure = .busy
                case .none: break
                }
            }
            guard course.fallBack() else { return failure }
        }
    }

    private func attempt(_ grant: Grant, _ plan: RoutePlan) {
        guard mayBeSent, let maker, grant.candidate < plan.upstreams.count else {
            return plan.gate.finished(grant, .unknown, hasBegun: false, plan.rules)
        }
        course.begin(candidate: grant.candidate)
        let attempt = Attempt(plan: course.model, upstream: plan.upstreams[grant.candidate], candidate: grant.candidate)
        current = attempt
        last = (grant, plan)
        (outcome, hasBegun) = (.unknown, false)
        state = .calling(nil, grant, plan)
        guard let request = maker.request(for: attempt) else { return release(.unknown) }
        let number = course.attempts
        // Held by the call's closure until it ends, which it always does.
        let call = maker.pool(for: attempt.upstream.address).send(
            request, timeouts: plan.timeouts, mustEnd: mustEnd
        ) { event in self.take(event, of: number) }
        // What the pool could not send it has said already.
        latest = call
        call.isWatched = isWatched
        guard case .calling(nil, grant, _) = state, course.attempts == number else { return }
        state = .calling(call, grant, plan)
        if !reading { call.setReading(false) }
    }

    private func take(_ event: UpstreamEvent, of attempt: Int) {
        // What an attempt that was given up still says is not heard.
        guard attempt == course.attempts, isCalling else { return }
        switch event {
        case .head(let head):
            guard head.status != .ok else { break }
            let pause = head.headers.first(name: "retry-after").flatMap { Double($0) }
            outcome = AttemptVerdict(status: Int(head.status.code), retryAfter: pause).outcome
        case .body:
            if !hasBegun, outcome == .unknown, case .calling(_, let grant, let plan) = state {
                hasBegun = true
                plan.gate.began(grant, plan.rules)
            }
        case .pause: break
        case .end: release(outcome == .unknown ? .answered : outcome)
        case .failed(let failure):
            outcome = failure.verdict.outcome
            release(outcome)
        }
        maker?.receive(event)
    }

    /// Gives back what is held: a place, or a place in the queue.
    private func release(_ outcome: CallOutcome) {
        switch state {
        case .resting: return
        case .waiting(let gate, let ticket, let timer):
            timer.cancel()
            // Where the turn has come already, `granted` gives the place back.
            _ = gate.leave(ticket: ticket, owner: owner)
        case .calling(_, let grant, let plan):
            plan.gate.finished(grant, outcome, hasBegun: hasBegun, plan.rules)
        }
        state = .resting
    }
}

// Waiting for a place.
extension RoutedCall {
    private func waiter(_ plan: RoutePlan) -> ModelGate.Waiter {
        let turn = Turn(call: self, plan: plan)
        let bound = NIOLoopBound(turn, eventLoop: loop)
        return ModelGate.Waiter(loop: loop) { grant in bound.value.came(grant) }
    }

    /// The link from a queue to a call that may be gone when its turn comes.
    private final class Turn {
        private weak var call: RoutedCall?
        private let plan: RoutePlan

        init(call: RoutedCall, plan: RoutePlan) {
            self.call = call
            self.plan = plan
        }

        func came(_ grant: Grant) {
            guard let call, call.granted(grant, plan) else {
                return plan.gate.finished(grant, .unknown, hasBegun: false, plan.rules)
            }
        }
    }

    private func wait(_ ticket: UInt64, _ plan: RoutePlan) {
        let until = min(mustEnd, .now() + plan.timeouts.queue)
        let timer = loop.assumeIsolated().scheduleTask(deadline: until) { [weak self] in
            guard let self, case .waiting(_, ticket, _) = self.state else { return }
            self.waitedTooLong()
        }
        state = .waiting(plan.gate, ticket: ticket, timer)
    }

    /// - Returns: Whether the place is taken.
    private func granted(_ grant: Grant, _ plan: RoutePlan) -> Bool {
        // A turn may come when the wait for it is over, and another one in another queue has begun.
        guard case .waiting(let gate, _, let timer) = state, gate === plan.gate, mayBeSent else { return false }
        timer.cancel()
        attempt(grant, plan)
        return true
    }

    private func waitedTooLong() {
        release(.unknown)
        if course.fallBack(), next() == nil { return }
        deliver(.timedOut(.queue))
    }

    private func failSoon(_ failure: UpstreamFailure) {
        loop.assumeIsolated().execute { self.deliver(failure) }
    }

    private func deliver(_ failure: UpstreamFailure) {
        let told = maker
        maker = nil
        told?.receive(.failed(failure))
    }
}

extension UpstreamFailure {
    /// What this failure says of its server.
    public var verdict: AttemptVerdict {
        switch self {
        case .unreachable, .closedEarly, .notHTTP: .serverFailed
        case .timedOut(.connect), .timedOut(.firstByte), .timedOut(.firstToken), .timedOut(.idle): .serverFailed
        // Ours, not the server's.
        case .busy: .oursAlone
        case .timedOut(.queue), .timedOut(.total): .final
        }
    }
}
