/// When a circuit breaker opens, and how it closes again.
public struct BreakerRules: Sendable, Equatable {
    /// Failures without a success between them that open it.
    public var failuresInARow: Int
    /// Of the calls of the last `window`, the share that must have failed to open it, in 0...1.
    public var failureShare: Double
    /// Calls that the window must hold before their share counts.
    public var fewestCalls: Int
    /// How long a call counts, in nanoseconds.
    public var window: Int64
    /// How long it stays open the first time, in nanoseconds; each probe that fails doubles it.
    public var openFor: Int64
    /// The longest it stays open, in nanoseconds.
    public var openAtMost: Int64
    /// Probes that must succeed, one after the other, to close it.
    public var probesToClose: Int

    /// The documented numbers: 5 in a row, or half of at least 20 in 10 s; open for 5 s, doubling to 60 s; 2 probes close it.
    public init(
        failuresInARow: Int = 5, failureShare: Double = 0.5, fewestCalls: Int = 20, window: Int64 = 10_000_000_000,
        openFor: Int64 = 5_000_000_000, openAtMost: Int64 = 60_000_000_000, probesToClose: Int = 2
    ) {
        self.failuresInARow = failuresInARow
        self.failureShare = failureShare
        self.fewestCalls = fewestCalls
        self.window = window
        self.openFor = openFor
        self.openAtMost = openAtMost
        self.probesToClose = probesToClose
    }
}

/// Keeps calls away from a model server that fails, and finds out with few calls when it works again.
///
/// Closed, every call passes. Open, none does until the time is over. Then it is half-open: one call at a time passes, a
/// probe; probes that succeed close it, one that fails opens it for longer.
public struct CircuitBreaker: Sendable, Equatable {
    /// What it lets through.
    public enum Phase: String, Sendable, Equatable { case closed, open, halfOpen = "half-open" }

    /// What it says to one call.
    public enum Answer: Sendable, Equatable { case pass, probe, refused }

    private enum State: Sendable, Equatable {
        case closed
        case open(until: Int64)
        case halfOpen(isProbing: Bool, succeeded: Int)
    }

    private var state = State.closed
    private var inARow = 0
    private var openings = 0
    private var recent = RecentCalls()

    /// A closed breaker that has seen nothing.
    public init() {}

    /// Where it stands at `now`.
    public func phase(at now: Int64) -> Phase {
        switch state {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .halfOpen: .halfOpen
        }
    }

    /// Whether every call passes.
    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// When a probe may pass; nil unless it is open.
    public var reopens: Int64? { if case .open(let until) = state { until } else { nil } }

    /// What a call would be told, without making it.
    public func wouldAnswer(at now: Int64) -> Answer {
        switch state {
        case .closed: .pass
        case .open(let until): now < until ? .refused : .probe
        case .halfOpen(let isProbing, _): isProbing ? .refused : .probe
        }
    }

    /// Asks for one call; a probe must be reported with `wasProbe`, whatever comes of it.
    public mutating func ask(at now: Int64) -> Answer {
        let answer = wouldAnswer(at: now)
        guard answer == .probe else { return answer }
        if case .halfOpen(_, let succeeded) = state {
            state = .halfOpen(isProbing: true, succeeded: succeeded)
        } else {
            state = .halfOpen(isProbing: true, succeeded: 0)
        }
        return .probe
    }

    /// A call's server has begun to answer as it should.
    public mutating func succeeded(wasProbe: Bool, at now: Int64, _ rules: BreakerRules) {
        switch state {
        case .closed:
            inARow = 0
            recent.note(failed: false, at: now, window: rules.window)
        case .halfOpen(_, let succeeded) where wasProbe:
            guard succeeded + 1 < rules.probesToClose else {
                self = CircuitBreaker()
                return
            }
            state = .halfOpen(isProbing: false, succeeded: succeeded + 1)
        case .open, .halfOpen: break  // A call from before: the probes decide.
        }
    }

    /// A call failed by its server's fault.
    public mutating func failed(wasProbe: Bool, at now: Int64, _ rules: BreakerRules) {
        switch state {
        case .closed:
            inARow += 1
            recent.note(failed: true, at: now, window: rules.window)
            let (calls, failures) = recent.counts(at: now, window: rules.window)
            let isTooMany = calls >= rules.fewestCalls && Double(failures) >= rules.failureShare * Double(calls)
            if inARow >= rules.failuresInARow || isTooMany { open(at: now, rules) }
        case .halfOpen where wasProbe: open(at: now, rules)
        case .open, .halfOpen: break
        }
    }

    /// A probe ended without saying anything of its server, such as by its client's leaving.
    public mutating func probeWasInconclusive() {
        guard case .halfOpen(true, let succeeded) = state else { return }
        state = .halfOpen(isProbing: false, succeeded: succeeded)
    }

    private mutating func open(at now: Int64, _ rules: BreakerRules) {
        var length = max(1, rules.openFor)
        for _ in 0..<min(openings, 30) where length < rules.openAtMost { length &*= 2 }
        openings += 1
        inARow = 0
        recent = RecentCalls()
        let (until, isTooFar) = now.addingReportingOverflow(min(length, max(rules.openFor, rules.openAtMost)))
        state = .open(until: isTooFar ? .max : until)
    }
}

/// Calls and failures of the last while, in ten buckets.
struct RecentCalls: Sendable, Equatable {
    private static let count: Int64 = 10

    private struct Bucket: Sendable, Equatable {
        var number: Int64 = -1
        var calls = 0
        var failures = 0
    }

    /// Made with the first call.
    private var buckets: [Bucket] = []

    mutating func note(failed: Bool, at now: Int64, window: Int64) {
        if buckets.isEmpty {
            buckets = Array(repeating: Bucket(), count: Int(Self.count))
        }
        let number = max(0, now) / max(1, window / Self.count)
        let place = Int(number % Self.count)
        if buckets[place].number != number { buckets[place] = Bucket(number: number) }
        buckets[place].calls += 1
        if failed { buckets[place].failures += 1 }
    }

    func counts(at now: Int64, window: Int64) -> (calls: Int, failures: Int) {
        let number = max(0, now) / max(1, window / Self.count)
        return buckets.reduce(into: (0, 0)) { sum, bucket in
            guard bucket.number > number - Self.count, bucket.number <= number else { return }
            sum.0 += bucket.calls
            sum.1 += bucket.failures
        }
    }
}
