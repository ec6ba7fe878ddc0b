import Synchronization

/// The accounts of all guarded servers of this process; shared by every event loop.
///
/// Its lock is taken for a few kilobytes of an answer, and held for a sum.
public final class EgressGuard: Sendable {
    /// A model's server.
    public struct Place: Sendable, Hashable {
        /// The model's own name.
        public let model: String
        /// Where its server listens.
        public let address: String

        /// Takes the parts.
        public init(model: String, address: String) { (self.model, self.address) = (model, address) }
    }

    /// Something that a person should hear of.
    public struct Notice: Sendable, Equatable {
        /// The server.
        public let place: Place
        /// What it comes to.
        public let sign: EgressAccount.Sign
        /// Its account at that moment.
        public let account: EgressAccount
    }

    private struct State: Sendable {
        var accounts: [Place: EgressAccount] = [:]
        /// Models that are out of service, and whether the operator's books say so too.
        var stopped: [String: Bool] = [:]
    }

    private let state = Mutex(State())
    private let stops = Atomic<Int>(0)
    private let listener = Mutex<(@Sendable (Notice) -> Void)?>(nil)

    /// A guard that has seen nothing.
    public init() {}

    /// Who is told from now on; on whatever thread noticed, outside every lock.
    public func tell(_ listener: @escaping @Sendable (Notice) -> Void) { self.listener.withLock { $0 = listener } }

    /// Takes a report.
    ///
    /// - Returns: Whether the model may go on.
    public func take(_ report: EgressReport, from place: Place, under rules: EgressRules, at now: Int64) -> Bool {
        let (signs, account, mayGoOn) = state.withLock { state in
            var account = state.accounts[place] ?? EgressAccount(rules)
            let signs = account.take(report, under: rules, at: now)
            state.accounts[place] = account
            if account.stopped != nil, state.stopped[place.model] == nil {
                state.stopped[place.model] = false
                stops.store(state.stopped.count, ordering: .relaxed)
            }
            return (signs, account, state.stopped[place.model] == nil)
        }
        guard !signs.isEmpty, let listener = listener.withLock({ $0 }) else { return mayGoOn }
        for sign in signs { listener(Notice(place: place, sign: sign, account: account)) }
        return mayGoOn
    }

    /// Whether this guard has put a model out of service.
    public func isStopped(_ model: String) -> Bool {
        guard stops.load(ordering: .relaxed) > 0 else { return false }
        return state.withLock { $0.stopped[model] != nil }
    }

    /// Takes note of what the operator's books say is stopped: what was there and is gone has been released by a person.
    public func follow(_ models: Set<String>) {
        state.withLock { state in
            for (model, isKnown) in state.stopped {
                if models.contains(model) {
                    state.stopped[model] = true
                } else if isKnown {
                    state.stopped[model] = nil
                    for place in state.accounts.keys where place.model == model { state.accounts[place]?.release() }
                }
            }
            stops.store(state.stopped.count, ordering: .relaxed)
        }
    }

    /// Every account, by model and address.
    public var accounts: [(place: Place, account: EgressAccount)] {
        state.withLock { $0.accounts }.map { ($0.key, $0.value) }
            .sorted { ($0.place.model, $0.place.address) < ($1.place.model, $1.place.address) }
    }
}
