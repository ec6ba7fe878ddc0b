public import Store
import Synchronization

/// One admitted exchange: it holds a place under the limits, and hears when it must end.
///
/// The place is given back by `end()`, or at the latest when the lease is released.
public final class Lease: Sendable {
    /// Whose key it was.
    public let organisation: OrganisationID
    /// The account of that key.
    public let account: AccountID
    /// The key.
    public let key: KeyID
    /// Where the limits stood after this request was admitted.
    public let limits: LimitStatus

    private let exchange: RunningExchange

    init(_ door: Door, limits: LimitStatus, exchange: RunningExchange) {
        self.organisation = door.key.organisation
        self.account = door.key.account
        self.key = door.key.id
        self.limits = limits
        self.exchange = exchange
    }

    deinit {
        exchange.end()
    }

    /// Asks to be told, once, when the exchange must end; the last one to ask is told.
    ///
    /// The call comes on the thread of whoever revokes, outside every lock, and at once if the exchange has been revoked
    /// already. It may still come while `end()` runs. `end()` drops the closure; one that captures the lease's owner
    /// strongly would otherwise keep it alive.
    public func onRevocation(_ call: @escaping @Sendable (RevocationReason) -> Void) {
        exchange.onRevocation(call)
    }

    /// Why the exchange must end, if it must.
    public var revocation: RevocationReason? { exchange.revocation }

    /// Replaces the estimate of tokens by what was really used; may be called again as more becomes known, and after `end()`.
    ///
    /// Without it the estimate stands. A failed exchange that used nothing settles 0.
    ///
    /// - Parameter now: Monotonic nanoseconds, of the clock that `admit` was given.
    public func settle(tokens: Int, now: Int64 = SystemTime.monotonic) {
        exchange.settle(tokens: tokens, now: now)
    }

    /// Gives the place back; the second call does nothing.
    public func end() {
        exchange.end()
    }
}

/// The part of a lease that meters hold on to, so that a released lease can still end itself.
final class RunningExchange: Sendable {
    private struct State: Sendable {
        var ended = false
        var revocation: RevocationReason?
        var call: (@Sendable (RevocationReason) -> Void)?
        /// Tokens charged in all.
        var charged: Int
        /// The part of the charge that is still in the bucket of the admission.
        var refundable: Int
    }

    let model: String
    let route: String
    /// Its place in the key meter's list; written and read under that meter's lock.
    let slot = Atomic<Int>(-1)

    /// The buckets that the estimate was charged to; written once, under the meters' locks.
    let keyBucket = Atomic<Int64>(0)
    let organisationBucket = Atomic<Int64>(0)

    private let door: Door
    private let state: Mutex<State>

    init(_ door: Door, model: String, route: String, estimate: Int) {
        self.door = door
        self.model = model
        self.route = route
        state = Mutex(State(charged: estimate, refundable: estimate))
    }

    var key: KeyID { door.key.id }

    var revocation: RevocationReason? { state.withLock { $0.revocation } }

    func onRevocation(_ call: @escaping @Sendable (RevocationReason) -> Void) {
        let already: RevocationReason? = state.withLock { state in
            guard !state.ended else { return nil }
            if state.revocation == nil { state.call = call }
            return state.revocation
        }
        if let already { call(already) }
    }

    func revoke(_ reason: RevocationReason) {
        let call = state.withLock { state -> (@Sendable (RevocationReason) -> Void)? in
            guard !state.ended, state.revocation == nil else { return nil }
            state.revocation = reason
            defer { state.call = nil }
            return state.call
        }
        call?(reason)
    }

    func settle(tokens: Int, now: Int64) {
        let actual = Gatekeeper.clamped(tokens)
        let difference = state.withLock { state -> Int in
            var difference = actual - state.charged
            if difference < 0 {
                difference = max(difference, -state.refundable)
                state.refundable += difference
            }
            state.charged += difference
            return difference
        }
        guard difference != 0 else { return }
        let mine = keyBucket.load(ordering: .relaxed)
        door.keyMeter.state.withLock {
            $0.allowance.correct(by: difference, under: door.key.limits, bucket: mine, now: now)
        }
        let ours = organisationBucket.load(ordering: .relaxed)
        door.organisationMeter.state.withLock {
            $0.correct(by: difference, under: door.organisation.limits, bucket: ours, now: now)
        }
    }

    func end() {
        // The closure is dropped outside the lock: releasing it may run anyone's deinit.
        let (first, call) = state.withLock { state -> (Bool, (@Sendable (RevocationReason) -> Void)?) in
            guard !state.ended else { return (false, nil) }
            state.ended = true
            defer { state.call = nil }
            return (true, state.call)
        }
        guard first else { return }
        _ = call
        door.keyMeter.state.withLock { $0.remove(self) }
        door.organisationMeter.state.withLock { $0.running -= 1 }
    }
}
