import Store
import Synchronization
import Threads

/// What one holder of limits uses: an organisation, an account, a model or an end user.
final class Meter: Sendable {
    let state = Guarded(Allowance())
}

/// What a line of keys uses (a key and those that replaced it), and the exchanges that run on it.
final class KeyMeter: Sendable {
    struct State: Sendable {
        /// The version of the snapshot that this meter has followed; a door of an older one is stale.
        var version: UInt64 = 0
        var allowance = Allowance()
        private var exchanges: [RunningExchange?] = []
        private var free: [Int] = []

        /// The exchanges that run now.
        var running: [RunningExchange] { exchanges.compactMap { $0 } }

        mutating func add(_ exchange: RunningExchange) {
            if let slot = free.popLast() {
                exchange.slot.store(Int32(slot), ordering: .relaxed)
                exchanges[slot] = exchange
            } else {
                exchange.slot.store(Int32(exchanges.count), ordering: .relaxed)
                exchanges.append(exchange)
            }
        }

        mutating func remove(_ exchange: RunningExchange) {
            let slot = Int(exchange.slot.load(ordering: .relaxed))
            guard exchanges.indices.contains(slot), exchanges[slot] === exchange else { return }
            exchanges[slot] = nil
            free.append(slot)
            allowance.running -= 1
        }
    }

    let state = Guarded(State())
}

/// The meters of an organisation's end users, made when one first asks and forgotten when idle.
///
/// Clients choose the names, so their number has a bound: whoever comes when it is reached shares one meter with the others
/// that came too late, and may be limited early, but never late.
final class EndUserMeters: Sendable {
    /// End users of one organisation with a meter of their own.
    static let most = 100_000

    private struct State: Sendable {
        var meters: [String: Meter] = [:]
        let shared = Meter()
    }

    private let state = Guarded(State())

    /// - Parameter isNamed: Whether it has limits of its own; then it never shares a meter.
    func meter(of pseudonym: String, isNamed: Bool = false) -> Meter {
        state.withLock { state in
            if let known = state.meters[pseudonym] { return known }
            guard isNamed || state.meters.count < Self.most else { return state.shared }
            let made = Meter()
            state.meters[pseudonym] = made
            return made
        }
    }

    /// Forgets who has used nothing for a minute.
    func trim(now: Int64) {
        let known = state.withLock { $0.meters }
        for (pseudonym, meter) in known {
            // In one step with leaving the table: whoever holds the meter still finds it retired, and asks again.
            state.withLock { state in
                if meter.state.withLock({ $0.retire(now: now) }) { state.meters[pseudonym] = nil }
            }
        }
    }

    var count: Int { state.withLock { $0.meters.count } }
}

/// What the end users of one organisation may use.
struct EndUserLimits: Sendable {
    let meters: EndUserMeters
    /// Each of them for themselves; nil where there is no such limit.
    let each: Limits?
    /// Those who have limits of their own, by pseudonym.
    let own: [String: Limits]

    /// What an exchange of this end user must pass; nil for nothing.
    func holding(of pseudonym: String) -> Holding? {
        let named = own.isEmpty ? nil : own[pseudonym]
        guard let limits = named ?? each else { return nil }
        return Holding(
            meter: meters.meter(of: pseudonym, isNamed: named != nil), limits: limits, holder: .endUser)
    }
}

/// One holder of limits that an exchange must pass, beside its line of keys.
struct Holding: Sendable {
    let meter: Meter
    let limits: Limits
    let holder: LimitRefusal.Holder
}

/// A charge for tokens, to be corrected when it is known what was used.
struct Charged: Sendable {
    let meter: Meter
    let limits: Limits
    /// The bucket that the estimate went to.
    let bucket: Int64
}

/// When a key was last used; written without a lock, read by the service that flushes it.
final class KeyUse: Sendable {
    /// Milliseconds since 1970; 0 is never.
    let last = Atomic<Int64>(0)
}
