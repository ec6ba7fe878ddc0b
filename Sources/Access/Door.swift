import Store
import Synchronization

/// One key with all that admission asks of it, made once per snapshot.
final class Door: Sendable {
    let key: KeyRecord
    let organisation: Organisation
    let version: UInt64
    let keyMeter: KeyMeter
    let organisationMeter: OrganisationMeter
    let use: KeyUse

    private let models: Scope?
    private let routes: Scope?

    init(
        key: KeyRecord, organisation: Organisation, version: UInt64, keyMeter: KeyMeter,
        organisationMeter: OrganisationMeter, use: KeyUse
    ) {
        self.key = key
        self.organisation = organisation
        self.version = version
        self.keyMeter = keyMeter
        self.organisationMeter = organisationMeter
        self.use = use
        models = key.models.map { Scope($0) }
        routes = key.routes.map { Scope($0) }
    }

    /// Why this key may do nothing today: it is over, or its organisation is stopped.
    func standingRefusal(wall: Int64) -> AccessRefusal? {
        if key.revoked != nil { return .revoked }
        if let expires = key.expires, wall >= expires { return .expired }
        return switch organisation.standing {
        case .active: nil
        case .held(let reason): .organisationHeld(reason: reason)
        case .suspended(let reason): .organisationSuspended(reason: reason)
        }
    }

    /// Why this key may not open an exchange, limits aside.
    func refusal(model: String, route: String, wall: Int64, models standings: [String: Standing]) -> AccessRefusal? {
        if let refusal = standingRefusal(wall: wall) { return refusal }
        guard permits(route: route) else { return .routeNotPermitted }
        guard permits(model: model) else { return .modelNotPermitted }
        if !standings.isEmpty, let reason = standings[model]?.reason { return .modelWithdrawn(reason: reason) }
        return nil
    }

    func permits(model: String) -> Bool { models?.permits(model) ?? true }

    func permits(route: String) -> Bool { routes?.permits(route) ?? true }

    /// Why an exchange that runs on this key must end, if it must.
    ///
    /// A key that only expires lets it finish.
    func revocation(model: String, route: String, models standings: [String: Standing]) -> RevocationReason? {
        switch refusal(model: model, route: route, wall: Int64.min, models: standings) {
        case .revoked: .keyRevoked
        case .organisationHeld(let reason): .organisationHeld(reason: reason)
        case .organisationSuspended(let reason): .organisationSuspended(reason: reason)
        case .routeNotPermitted, .modelNotPermitted: .permissionWithdrawn
        case .modelWithdrawn(let reason): .modelWithdrawn(reason: reason)
        default: nil
        }
    }
}

extension Standing {
    /// Why not, or `nil` if it is active.
    var reason: String? {
        switch self {
        case .active: nil
        case .held(let reason), .suspended(let reason): reason
        }
    }
}

extension Door {
    enum Entry {
        /// A newer snapshot is in force.
        case stale
        case refused(LimitRefusal)
        case entered(LimitStatus)
    }

    /// Takes a place under both limits, or none.
    func enter(_ exchange: RunningExchange, estimate: Int, now: Int64) -> Entry {
        keyMeter.state.withLock { mine in
            guard mine.version <= version else { return .stale }
            if let refusal = mine.allowance.obstacle(to: estimate, under: key.limits, holder: .key, now: now) {
                return .refused(refusal)
            }
            let entry: Entry = organisationMeter.state.withLock { ours in
                let limits = organisation.limits
                if let refusal = ours.obstacle(to: estimate, under: limits, holder: .organisation, now: now) {
                    return .refused(refusal)
                }
                exchange.organisationBucket.store(ours.take(estimate, under: limits), ordering: .relaxed)
                return .entered(ours.status(under: limits, now: now))
            }
            switch entry {
            case .entered(let theirs):
                exchange.keyBucket.store(mine.allowance.take(estimate, under: key.limits), ordering: .relaxed)
                mine.add(exchange)
                return .entered(mine.allowance.status(under: key.limits, now: now).tightened(by: theirs))
            case .refused(var refusal):
                refusal.status = mine.allowance.status(under: key.limits, now: now).tightened(by: refusal.status)
                return .refused(refusal)
            case .stale:
                return .stale
            }
        }
    }
}
