import Store
import Synchronization

/// What all keys of an organisation use together.
final class OrganisationMeter: Sendable {
    let state = Mutex(Allowance())
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
                exchange.slot.store(slot, ordering: .relaxed)
                exchanges[slot] = exchange
            } else {
                exchange.slot.store(exchanges.count, ordering: .relaxed)
                exchanges.append(exchange)
            }
        }

        mutating func remove(_ exchange: RunningExchange) {
            let slot = exchange.slot.load(ordering: .relaxed)
            guard exchanges.indices.contains(slot), exchanges[slot] === exchange else { return }
            exchanges[slot] = nil
            free.append(slot)
            allowance.running -= 1
        }
    }

    let state = Mutex(State())
}

/// When a key was last used; written without a lock, read by the service that flushes it.
final class KeyUse: Sendable {
    /// Milliseconds since 1970; 0 is never.
    let last = Atomic<Int64>(0)
}
