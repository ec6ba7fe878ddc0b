import Crypto
public import Places
public import Store
import Synchronization
import Threads

/// What became of a request at the gate.
public enum AdmissionResult: Sendable {
    case admitted(Lease)
    case refused(AccessRefusal)
}

/// Decides who may open an exchange, from memory alone, and ends those whose right is gone.
///
/// A request reads one snapshot and takes two short locks (its key's and its organisation's). A new snapshot is published
/// first; then every key it touches is marked, under that key's lock, as having followed it. An admission that read an
/// older snapshot finds the mark and reads again, so nothing slips in between a revocation and the search for what to cut.
public final class Gatekeeper: Sendable {
    final class Table: Sendable {
        let doors: [KeyHash: Door]
        let models: [String: Standing]
        /// What all exchanges of a model share, where that is limited.
        let modelLimits: [String: Holding]
        let pseudonymKey: SymmetricKey
        /// Places that nothing is served to.
        let destinations: [String: RestrictionNotice]

        init(
            doors: [KeyHash: Door], models: [String: Standing] = [:], modelLimits: [String: Holding] = [:],
            pseudonymKey: SymmetricKey = SymmetricKey(size: .bits256), destinations: [String: RestrictionNotice] = [:]
        ) {
            self.doors = doors
            self.models = models
            self.modelLimits = modelLimits
            self.pseudonymKey = pseudonymKey
            self.destinations = destinations
        }

        /// Why nothing is served to where a request comes from; nil if something is.
        func notice(of origin: Origin) -> RestrictionNotice? {
            guard !destinations.isEmpty, !origin.country.isEmpty else { return nil }
            if let notice = destinations[origin.country] { return notice }
            return origin.region.isEmpty ? nil : destinations[origin.region]
        }
    }

    /// What only `replace` touches.
    struct Book: Sendable {
        var snapshot = AccessSnapshot()
        var version: UInt64 = 0
        /// The models' standings in the published table.
        var models: [String: Standing] = [:]
        var doors: [KeyID: Door] = [:]
        /// The keys of each line of rotations.
        var families: [KeyID: Set<KeyID>] = [:]
        var keyMeters: [KeyID: KeyMeter] = [:]
        var organisationMeters: [OrganisationID: Meter] = [:]
        var accountMeters: [AccountID: Meter] = [:]
        var modelMeters: [String: Meter] = [:]
        var curbMeters: [String: Meter] = [:]
        var endUserMeters: [OrganisationID: EndUserMeters] = [:]
        /// The limits of models in the published table.
        var modelLimits: [String: Limits] = [:]
        var pseudonymKey: [UInt8] = []
        /// The places in the published table.
        var destinations: [String: RestrictionNotice] = [:]
        var permissionMeters: [String: PermissionMeter] = [:]
        var originTallies: [OrganisationID: OriginTally] = [:]
    }

    let table = Guarded(Table(doors: [:]))
    let book = Mutex(Book())
    private let failures: FailureLimit
    private let wallOffset: Atomic<Int64>

    /// A gate through which nobody passes until `replace` names someone.
    ///
    /// - Parameters:
    ///   - failuresPerMinute: Wrong keys from one address in a minute before it is told to wait.
    ///   - now: Monotonic nanoseconds, of the clock that `admit` is given.
    ///   - wall: Milliseconds since 1970 at that moment.
    public init(failuresPerMinute: Int = 20, now: Int64 = SystemTime.monotonic, wall: Int64 = SystemTime.wall) {
        failures = FailureLimit(perMinute: failuresPerMinute)
        wallOffset = Atomic(wall - now / 1_000_000)
    }

    /// Tells the gate what time it is, so that expiry follows the wall clock and limits the monotonic one.
    public func align(now: Int64 = SystemTime.monotonic, wall: Int64 = SystemTime.wall) {
        wallOffset.store(wall - now / 1_000_000, ordering: .relaxed)
    }

    /// Decides on one request.
    ///
    /// - Parameters:
    ///   - key: What the client presented, without `Bearer`; `nil` if nothing.
    ///   - model: The model's name as the client wrote it.
    ///   - route: The route's name, as scopes of keys name it.
    ///   - endUser: The end user as the client names them, if it does.
    ///   - client: The client's address, for the limit on wrong keys.
    ///   - estimate: Tokens that the request may cost, charged now and corrected by `Lease.settle`.
    ///   - now: Monotonic nanoseconds.
    public func admit(
        key: String?, model: String, route: String, endUser: String? = nil, from client: String,
        origin: Origin = .unknown, tokens estimate: Int, now: Int64
    ) -> AdmissionResult {
        guard var key, !key.isEmpty else { return .refused(failed(.missingKey, client, now)) }
        return key.withUTF8 { admit(.bytes($0), model, route, endUser ?? "", client, origin, estimate, now) }
    }

    /// Decides on one request whose key has been looked at already.
    public func admit(
        _ presented: PresentedKey, model: String, route: String, endUser: String? = nil, from client: String,
        origin: Origin = .unknown, tokens estimate: Int, now: Int64
    ) -> AdmissionResult {
        admit(.hash(presented.hash), model, route, endUser ?? "", client, origin, estimate, now)
    }

    /// Decides on one request whose key is at hand as bytes.
    public func admit(
        key: some Collection<UInt8>, model: String, route: String, endUser: String? = nil, from client: String,
        origin: Origin = .unknown, tokens estimate: Int, now: Int64
    ) -> AdmissionResult {
        guard !key.isEmpty else { return .refused(failed(.missingKey, client, now)) }
        let result = key.withContiguousStorageIfAvailable {
            admit(.bytes($0), model, route, endUser ?? "", client, origin, estimate, now)
        }
        return result
            ?? Array(key).withUnsafeBufferPointer {
                admit(.bytes($0), model, route, endUser ?? "", client, origin, estimate, now)
            }
    }

    /// The snapshot in force.
    public var snapshot: AccessSnapshot { book.withLock { $0.snapshot } }

    /// When keys were used since the given times, milliseconds since 1970.
    public func uses(after known: [KeyID: Int64]) -> [KeyID: Int64] {
        let doors = book.withLock { $0.doors }
        var uses: [KeyID: Int64] = [:]
        for (id, door) in doors {
            let last = door.use.last.load(ordering: .relaxed)
            if last > known[id] ?? 0 { uses[id] = last }
        }
        return uses
    }

    /// Frees the windows of limits that nobody has touched for a minute.
    public func trim(now: Int64) {
        let (keys, others, endUsers) = book.withLock { book in
            let others =
                Array(book.organisationMeters.values) + Array(book.accountMeters.values)
                + Array(book.modelMeters.values)
            return (Array(book.keyMeters.values), others, Array(book.endUserMeters.values))
        }
        for meter in keys { meter.state.withLock { $0.allowance.trim(now: now) } }
        for meter in others { meter.state.withLock { $0.trim(now: now) } }
        for meters in endUsers { meters.trim(now: now) }
    }

    /// Exchanges that run now.
    public var running: Int {
        let meters = book.withLock { Array($0.keyMeters.values) }
        return meters.reduce(0) { sum, meter in sum + meter.state.withLock { $0.allowance.running } }
    }

    static func clamped(_ tokens: Int) -> Int { min(max(0, tokens), 1_000_000_000_000) }
}

extension Gatekeeper {
    /// Who presents a key that may do something today, for answers that cost nothing and hold no place.
    ///
    /// Wrong keys count as for `admit`; limits are neither checked nor charged, and the key doesn't count as used.
    ///
    /// - Parameter evenIfStopped: Also whoever is held, suspended or restricted: they may ask why, and appeal.
    public func identify(
        key: String?, from client: String, now: Int64, evenIfStopped: Bool = false
    ) -> Result<Visitor, AccessRefusal> {
        guard var key, !key.isEmpty else { return .failure(failed(.missingKey, client, now)) }
        return key.withUTF8 { bytes in
            let hash = Self.hash(bytes)
            return door(.bytes(bytes), hash, client, now).flatMap { door, table in
                if let refusal = door.standingRefusal(wall: wall(now)), !(evenIfStopped && refusal.leavesAppeal) {
                    return .failure(refusal)
                }
                return .success(Visitor(door: door, models: table.models, presented: PresentedKey(hash: hash)))
            }
        }
    }

    private func admit(
        _ key: Presented, _ model: String, _ route: String, _ endUser: String, _ client: String,
        _ origin: Origin, _ estimate: Int, _ now: Int64
    ) -> AdmissionResult {
        let wall = wall(now)
        let estimate = Self.clamped(estimate)
        let hash = key.hash
        while true {
            let door: Door
            let table: Table
            switch self.door(key, hash, client, now) {
            case .failure(let refusal): return .refused(refusal)
            case .success(let found): (door, table) = found
            }
            let user = pseudonym(of: endUser, in: door.key.organisation)
            if let refusal = door.refusal(
                model: model, route: route, endUser: user, origin: origin, wall: wall, in: table)
            {
                return .refused(refusal)
            }
            let openings =
                door.openings.isEmpty
                ? [] : door.openings.filter { $0.applies(model: model, endUser: user, wall: wall) }
            let exchange = RunningExchange(
                door, model: model, route: route, endUser: user, origin: origin, openings: openings, estimate: estimate)
            switch door.enter(exchange, model: table.modelLimits[model], estimate: estimate, now: now) {
            case .stale: continue
            case .refused(let refusal):
                return .refused(.limited(refusal))
            case .entered(let status):
                door.use.last.store(wall, ordering: .relaxed)
                door.origins.note(origin)
                return .admitted(Lease(limits: status, exchange: exchange))
            }
        }
    }

    /// The door that a key opens, in the table in force.
    private func door(
        _ key: Presented, _ hash: KeyHash, _ client: String, _ now: Int64
    ) -> Result<(Door, Table), AccessRefusal> {
        if case .bytes(let key) = key, !KeySecret.isLikeOurs(key) {
            // A secret chosen elsewhere may be guessable: whoever has failed too often gets no more guesses.
            if let wait = failures.wait(for: client, now: now) { return .failure(.tooManyFailures(retryAfter: wait)) }
            guard key.count <= KeySecret.longest else { return .failure(failed(.malformedKey, client, now)) }
        }
        let table = table.withLock { $0 }
        guard let door = table.doors[hash] else {
            return .failure(failed(key.isWellFormed ? .unknownKey : .malformedKey, client, now))
        }
        return .success((door, table))
    }

    private func wall(_ now: Int64) -> Int64 { now / 1_000_000 + wallOffset.load(ordering: .relaxed) }

    private func failed(_ refusal: AccessRefusal, _ client: String, _ now: Int64) -> AccessRefusal {
        failures.note(client, now: now).map { .tooManyFailures(retryAfter: $0) } ?? refusal
    }

    fileprivate static func hash(_ key: UnsafeBufferPointer<UInt8>) -> KeyHash {
        var function = SHA256()
        function.update(bufferPointer: UnsafeRawBufferPointer(key))
        return function.finalize().withUnsafeBytes { bytes in
            func word(_ place: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
            }
            return KeyHash((word(0), word(1), word(2), word(3)))
        }
    }
}

/// What a client presented, as far as admission must still know it.
public struct PresentedKey: Sendable {
    let hash: KeyHash

    /// Half of its hash, to tell what came with one key from what came with another.
    public var mark: (UInt64, UInt64) { hash.half }
}

/// A key in the client's bytes, or what was made of them before.
private enum Presented {
    case bytes(UnsafeBufferPointer<UInt8>)
    case hash(KeyHash)

    var hash: KeyHash {
        switch self {
        case .bytes(let key): Gatekeeper.hash(key)
        case .hash(let hash): hash
        }
    }

    var isWellFormed: Bool {
        switch self {
        case .bytes(let key): KeySecret.isWellFormed(key)
        case .hash: true
        }
    }
}

/// Who presented a key, and what it may use.
public struct Visitor: Sendable {
    let door: Door
    let models: [String: Standing]
    /// The key, for the admission that follows.
    public let presented: PresentedKey

    /// Whose key it is.
    public var organisation: OrganisationID { door.key.organisation }
    /// The account of that key.
    public var account: AccountID { door.key.account }
    /// The key.
    public var key: KeyID { door.key.id }

    /// Whether the key may use a model today, by its scope and by how the model stands.
    public func mayUse(model: String) -> Bool {
        door.permits(model: model) && (models[model] ?? .active) == .active
    }

    /// Whether the key may use a route.
    public func mayUse(route: String) -> Bool {
        door.permits(route: route)
    }
}
