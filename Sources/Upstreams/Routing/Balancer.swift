/// How a model's requests are spread over its model servers.
public enum BalancingMethod: String, Sendable, CaseIterable {
    /// To the server with the fewest running calls for its weight.
    case leastLoaded = "least_loaded"
    /// In turn, each as often as its weight says.
    case weighted
}

/// What one request's configuration says of one model server.
public struct Candidate: Sendable, Equatable {
    /// Where the balancer keeps what it knows of this server.
    public let slot: Int
    /// A number that stays with the server, for affinity.
    public let identity: UInt64
    /// Its share, 1...1000.
    public let weight: Int
    /// Calls that may run there at once; 0 is any number.
    public let limit: Int

    /// Takes the parts as they are.
    public init(slot: Int, identity: UInt64, weight: Int = 1, limit: Int = 0) {
        self.slot = slot
        self.identity = identity
        self.weight = max(1, weight)
        self.limit = limit
    }
}

/// The rules by which one request is placed, from its configuration.
public struct BalancingRules: Sendable, Equatable {
    /// How requests without a preference are spread.
    public var method: BalancingMethod
    /// When a server is kept out.
    public var breaker: BreakerRules
    /// Requests that may wait for a place, for all servers of the model together.
    public var queueLimit: Int

    /// The documented numbers: least loaded, and at most 1,000 waiting.
    public init(
        method: BalancingMethod = .leastLoaded, breaker: BreakerRules = BreakerRules(), queueLimit: Int = 1_000
    ) {
        self.method = method
        self.breaker = breaker
        self.queueLimit = queueLimit
    }
}

/// What one request asks of a balancer.
struct Demand: Sendable {
    let candidates: [Candidate]
    let rules: BalancingRules
    let affinity: Affinity?
    /// The candidates that have failed this request already, one bit each.
    let tried: UInt64
    /// Whose turn it takes while it waits.
    let owner: String
}

/// A place at one model server; it must be given back with `Balancer.finished`, once.
public struct Grant: Sendable, Equatable {
    /// Which of the demand's candidates.
    public let candidate: Int
    let slot: Int
    let isProbe: Bool
}

/// What a balancer says to a demand.
enum Placement: Sendable, Equatable {
    case go(Grant)
    /// Every server that could take it is at its limit; the ticket is called later.
    case wait(ticket: UInt64)
    /// As many wait as may.
    case full
    /// No server is left that it has not tried.
    case none
}

/// How a call ended, as far as its server is concerned.
public enum CallOutcome: Sendable, Equatable {
    /// The server answered; `Balancer.began` has been told.
    case answered
    /// The server's fault.
    case failed
    /// The server asked to be left alone for so many nanoseconds.
    case busy(Int64)
    /// Nothing is known of the server, such as after a client left.
    case unknown
}

/// Which model server takes the next request of one model: a value that knows each server's running calls, breaker and health.
///
/// What a configuration says comes with each demand, so requests of an old and a new one can be placed side by side.
struct Balancer: Sendable {
    /// What is known of one server.
    struct Slot: Sendable {
        let identity: UInt64
        var inFlight = 0
        var breaker = CircuitBreaker()
        var health = HealthRecord()
        /// Until when it asked to be left alone.
        var busyUntil = Int64.min
        /// Its credit in the smooth weighted rotation.
        var credit = 0
        var calls: UInt64 = 0
        var failures: UInt64 = 0
    }

    /// Running calls below which a conversation stays with its server whatever the others do.
    static let calm = 8

    private(set) var slots: [Slot] = []
    private(set) var queue = FairQueue<Demand>()
    private var nextTicket: UInt64 = 0

    /// The place of a server, made if it is new; it stays the same for ever.
    mutating func slot(for identity: UInt64) -> Int {
        if let known = slots.firstIndex(where: { $0.identity == identity }) { return known }
        slots.append(Slot(identity: identity))
        return slots.count - 1
    }

    /// Places a demand, or lets it wait its turn; those who wait are never overtaken by those who come.
    mutating func place(_ demand: Demand, at now: Int64) -> Placement {
        if queue.count == 0, let grant = take(demand, at: now) { return .go(grant) }
        switch prospect(demand, at: now) {
        case .nothing: return .none
        case .room where queue.count == 0: return .none
        case .desperate:
            // No queue leads to a server that is out: it is tried at once, or not at all.
            return desperate(demand, at: now).map { .go($0) } ?? .none
        case .room, .full:
            guard queue.count < demand.rules.queueLimit else { return .full }
            nextTicket += 1
            queue.append(demand, ticket: nextTicket, owner: demand.owner)
            return .wait(ticket: nextTicket)
        }
    }

    /// Those who have waited and may go now, in their turn; each has its place already.
    mutating func admitWaiting(at now: Int64) -> [(ticket: UInt64, grant: Grant)] {
        var admitted: [(UInt64, Grant)] = []
        while queue.count > 0, let next = nextWaiting(at: now) { admitted.append(next) }
        return admitted
    }

    private mutating func nextWaiting(at now: Int64) -> (UInt64, Grant)? {
        var waiting = queue
        queue = FairQueue()
        defer { queue = waiting }
        let next = waiting.takeFirst { demand -> Grant? in
            if let grant = take(demand, at: now) { return grant }
            // Its servers went out while it waited.
            guard case .desperate = prospect(demand, at: now) else { return nil }
            return desperate(demand, at: now)
        }
        return next.map { ($0.ticket, $0.result) }
    }

    /// One that waited has gone.
    mutating func leave(ticket: UInt64, owner: String) -> Bool { queue.remove(ticket, owner: owner) }

    /// A server has begun to answer as it should.
    mutating func began(_ grant: Grant, _ rules: BalancingRules, at now: Int64) {
        guard slots.indices.contains(grant.slot) else { return }
        slots[grant.slot].busyUntil = .min
        slots[grant.slot].breaker.succeeded(wasProbe: grant.isProbe, at: now, rules.breaker)
    }

    /// A call is over: its place is free.
    ///
    /// - Parameter hasBegun: Whether `began` was called for it.
    mutating func finished(
        _ grant: Grant, _ outcome: CallOutcome, hasBegun: Bool, _ rules: BalancingRules, at now: Int64
    ) {
        guard slots.indices.contains(grant.slot) else { return }
        slots[grant.slot].inFlight -= 1
        // What began has said of a probe all that there was to say.
        let wasProbe = grant.isProbe && !hasBegun
        switch outcome {
        case .answered: break
        case .failed:
            slots[grant.slot].failures &+= 1
            slots[grant.slot].breaker.failed(wasProbe: wasProbe, at: now, rules.breaker)
        case .busy(let time):
            slots[grant.slot].busyUntil = now &+ min(max(0, time), 60_000_000_000)
            if wasProbe { slots[grant.slot].breaker.probeWasInconclusive() }
        case .unknown: if wasProbe { slots[grant.slot].breaker.probeWasInconclusive() }
        }
    }

    /// What a call brought was no answer after all, found out when its place had been given back.
    mutating func blame(_ grant: Grant, _ rules: BalancingRules, at now: Int64) {
        guard slots.indices.contains(grant.slot) else { return }
        slots[grant.slot].failures &+= 1
        slots[grant.slot].breaker.failed(wasProbe: false, at: now, rules.breaker)
    }

    /// Whether calls go to a server as a rule: what one would tell an operator when it changes.
    func availability(of slot: Int) -> Bool {
        guard slots.indices.contains(slot) else { return false }
        return slots[slot].health.isUp && slots[slot].breaker.isClosed
    }

    /// Takes one answer of a server's health route.
    ///
    /// - Returns: Whether it went out or came back by it.
    mutating func noteHealth(slot: Int, isGood: Bool, _ rules: HealthRules) -> Bool {
        guard slots.indices.contains(slot) else { return false }
        return slots[slot].health.note(isGood: isGood, rules)
    }
}

extension Balancer {
    private enum Prospect { case nothing, room, full, desperate }

    /// What there is for a demand beyond a place at once.
    private func prospect(_ demand: Demand, at now: Int64) -> Prospect {
        var best = Prospect.nothing
        for index in demand.candidates.indices where !demand.hasTried(index) {
            switch standing(demand.candidates[index], at: now) {
            case .usable: return .room
            case .full: best = .full
            case .out: if case .nothing = best { best = .desperate }
            }
        }
        return best
    }

    private enum Reach { case usable, full, out }

    private func standing(_ candidate: Candidate, at now: Int64) -> Reach {
        guard slots.indices.contains(candidate.slot) else { return .out }
        let slot = slots[candidate.slot]
        guard slot.health.isUp, slot.busyUntil <= now, slot.breaker.wouldAnswer(at: now) != .refused else {
            return .out
        }
        return candidate.limit > 0 && slot.inFlight >= candidate.limit ? .full : .usable
    }

    private mutating func take(_ demand: Demand, at now: Int64) -> Grant? {
        choose(demand, at: now).map { start($0, demand, asking: true, at: now) }
    }

    /// Where every server is out, the one that will be back first is tried all the same: a refusal would be certain failure.
    private mutating func desperate(_ demand: Demand, at now: Int64) -> Grant? {
        let left = demand.candidates.indices.filter { index in
            let candidate = demand.candidates[index]
            guard !demand.hasTried(index), slots.indices.contains(candidate.slot) else { return false }
            return candidate.limit == 0 || slots[candidate.slot].inFlight < candidate.limit
        }
        let soonest = left.min { back(demand.candidates[$0].slot) < back(demand.candidates[$1].slot) }
        return soonest.map { start($0, demand, asking: false, at: now) }
    }

    private func back(_ slot: Int) -> Int64 {
        let slot = slots[slot]
        return slot.health.isUp ? max(slot.breaker.reopens ?? .min, slot.busyUntil) : .max
    }

    private mutating func start(_ index: Int, _ demand: Demand, asking: Bool, at now: Int64) -> Grant {
        let slot = demand.candidates[index].slot
        slots[slot].inFlight += 1
        slots[slot].calls &+= 1
        let isProbe = asking && slots[slot].breaker.ask(at: now) == .probe
        return Grant(candidate: index, slot: slot, isProbe: isProbe)
    }

    private mutating func choose(_ demand: Demand, at now: Int64) -> Int? {
        // Most models have one server.
        if demand.candidates.count == 1 {
            return !demand.hasTried(0) && standing(demand.candidates[0], at: now) == .usable ? 0 : nil
        }
        let usable = demand.candidates.indices.filter {
            !demand.hasTried($0) && standing(demand.candidates[$0], at: now) == .usable
        }
        guard usable.count > 1 else { return usable.first }
        if let affinity = demand.affinity, let index = preferred(affinity, usable, demand.candidates) { return index }
        switch demand.rules.method {
        case .weighted: return rotate(usable, demand.candidates)
        case .leastLoaded: return rotate(leastLoaded(usable, demand.candidates), demand.candidates)
        }
    }

    /// The server that the conversation wants most, of those that do not carry much more than their share.
    private func preferred(_ affinity: Affinity, _ usable: [Int], _ candidates: [Candidate]) -> Int? {
        let weights = usable.reduce(0) { $0 + candidates[$1].weight }
        let running = usable.reduce(1) { $0 + slots[candidates[$1].slot].inFlight }
        var best: (index: Int, preference: Double)?
        for index in usable {
            let candidate = candidates[index]
            // 1.25 times its share of what runs, rounded up.
            let bound = max(Self.calm, (5 * running * candidate.weight + 4 * weights - 1) / (4 * weights))
            guard slots[candidate.slot].inFlight < bound else { continue }
            let preference = affinity.preference(for: candidate.identity, weight: Double(candidate.weight))
            if best.map({ preference > $0.preference }) ?? true { best = (index, preference) }
        }
        return best?.index
    }

    private func leastLoaded(_ usable: [Int], _ candidates: [Candidate]) -> [Int] {
        func isLess(_ a: Int, _ b: Int) -> Bool {
            (slots[candidates[a].slot].inFlight + 1) * candidates[b].weight
                < (slots[candidates[b].slot].inFlight + 1) * candidates[a].weight
        }
        guard let least = usable.min(by: isLess) else { return [] }
        return usable.filter { !isLess(least, $0) }
    }

    /// Smooth weighted rotation: each gains its weight, the richest is taken and pays what all have gained.
    private mutating func rotate(_ usable: [Int], _ candidates: [Candidate]) -> Int? {
        guard usable.count > 1 else { return usable.first }
        var total = 0
        var richest: Int?
        for index in usable {
            let candidate = candidates[index]
            slots[candidate.slot].credit += candidate.weight
            total += candidate.weight
            let isRicher = richest.map { slots[candidate.slot].credit > slots[candidates[$0].slot].credit } ?? true
            if isRicher { richest = index }
        }
        if let richest { slots[candidates[richest].slot].credit -= total }
        return richest
    }
}

extension Demand {
    /// Whether this candidate has failed the request already.
    func hasTried(_ index: Int) -> Bool { index >= 64 || tried & (1 << UInt64(index)) != 0 }
}
