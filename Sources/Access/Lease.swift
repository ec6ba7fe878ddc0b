import Places
public import Store
import Synchronization
import Threads

/// One admitted exchange: it holds a place under the limits, and hears when it must end.
///
/// The place is given back by `end()`, or at the latest when the lease is released.
public final class Lease: Sendable {
    /// Whose key it was.
    public var organisation: OrganisationID { exchange.door.key.organisation }
    /// The account of that key.
    public var account: AccountID { exchange.door.key.account }
    /// The key.
    public var key: KeyID { exchange.door.key.id }
    /// The first key of its line of rotations: what budgets of keys are kept by.
    public var family: KeyID { exchange.door.key.family }
    /// The end user's pseudonym; empty if the client named none.
    public var endUser: String { exchange.endUser }
    /// Where the limits stood after this request was admitted.
    public let limits: LimitStatus

    /// Whether the organisation may ask for permissions.
    public var isVetted: Bool { exchange.door.isVetted }
    /// What the account's exchanges follow until a person has looked; nil for nearly all.
    public var curb: Curb.Terms? { exchange.door.curb }

    let exchange: RunningExchange
    private let isOver = Atomic<Bool>(false)

    init(limits: LimitStatus, exchange: RunningExchange) {
        self.limits = limits
        self.exchange = exchange
    }

    deinit {
        if !isOver.load(ordering: .relaxed) { exchange.end() }
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
        isOver.store(true, ordering: .relaxed)
        exchange.end()
    }

    /// Both at once: what was really used takes the estimate's place, and the place under the limits is given back.
    public func end(tokens: Int, now: Int64 = SystemTime.monotonic) {
        isOver.store(true, ordering: .relaxed)
        exchange.end(tokens: tokens, now: now)
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
        /// The bucket of the key's line that the estimate went to.
        var keyBucket: Int64 = 0
        /// Where else it was charged.
        var meters: [Charged] = []
        /// The permissions that it has used.
        var permissions: [String] = []

        /// Charges what was really used, and gives what the meters have to be corrected by.
        mutating func settle(_ actual: Int) -> Int {
            var difference = actual - charged
            if difference < 0 {
                difference = max(difference, -refundable)
                refundable += difference
            }
            charged += difference
            return difference
        }
    }

    let model: String
    let route: String
    /// The end user's pseudonym, if there is one.
    let endUser: String
    /// Where the request came from.
    let origin: Origin
    /// Its place in the key meter's list; written and read under that meter's lock.
    let slot = Atomic<Int32>(-1)
    /// The permissions that apply to it.
    let openings: [Opening]

    fileprivate let door: Door
    private let state: Guarded<State>

    init(
        _ door: Door, model: String, route: String, endUser: String, origin: Origin, openings: [Opening], estimate: Int
    ) {
        self.door = door
        self.model = model
        self.route = route
        self.endUser = endUser
        self.origin = origin
        self.openings = openings
        state = Guarded(State(charged: estimate, refundable: estimate))
    }

    var key: KeyID { door.key.id }

    /// Takes note of permissions that it uses.
    func uses(_ permissions: [String]) { state.withLock { $0.permissions += permissions } }

    var usedPermissions: [String] { state.withLock { $0.permissions } }

    /// Takes note of where the estimate was charged; once, under the meters' locks.
    func entered(keyBucket: Int64, _ meters: [Charged]) {
        state.withLock { state in
            state.keyBucket = keyBucket
            state.meters = meters
        }
    }

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
        let (difference, bucket, meters) = state.withLock { state -> (Int, Int64, [Charged]) in
            (state.settle(actual), state.keyBucket, state.meters)
        }
        guard difference != 0 else { return }
        door.keyMeter.state.withLock {
            $0.allowance.correct(by: difference, under: door.key.limits, bucket: bucket, now: now)
        }
        for charged in meters {
            charged.meter.state.withLock {
                $0.correct(by: difference, under: charged.limits, bucket: charged.bucket, now: now)
            }
        }
    }

    func end() {
        // The closure is dropped outside the lock: releasing it may run anyone's deinit.
        let (meters, call) = state.withLock { state -> ([Charged]?, (@Sendable (RevocationReason) -> Void)?) in
            guard !state.ended else { return (nil, nil) }
            state.ended = true
            defer { state.call = nil }
            return (state.meters, state.call)
        }
        guard let meters else { return }
        _ = call
        door.keyMeter.state.withLock { $0.remove(self) }
        for charged in meters { charged.meter.state.withLock { $0.running -= 1 } }
    }

    /// `settle` and `end` at once: each lock is taken once for both.
    func end(tokens: Int, now: Int64) {
        let actual = Gatekeeper.clamped(tokens)
        // The closure is dropped outside the lock: releasing it may run anyone's deinit.
        let (difference, bucket, meters, call, hadEnded) = state.withLock { state in
            defer { (state.call, state.ended) = (nil, true) }
            return (state.settle(actual), state.keyBucket, state.meters, state.call, state.ended)
        }
        _ = call
        door.keyMeter.state.withLock {
            if difference != 0 {
                $0.allowance.correct(by: difference, under: door.key.limits, bucket: bucket, now: now)
            }
            if !hadEnded { $0.remove(self) }
        }
        for charged in meters {
            charged.meter.state.withLock {
                if difference != 0 {
                    $0.correct(by: difference, under: charged.limits, bucket: charged.bucket, now: now)
                }
                if !hadEnded { $0.running -= 1 }
            }
        }
    }
}
