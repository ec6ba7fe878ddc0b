import Places
import Store
import Threads

/// One key with all that admission asks of it, made once per snapshot.
final class Door: Sendable {
    let key: KeyRecord
    let organisation: Organisation
    let version: UInt64
    let keyMeter: KeyMeter
    /// What of limits every exchange of this key passes: its account's, its organisation's, its group's.
    let holdings: [Holding]
    /// The organisation's end users, with what each of them may use.
    let endUsers: EndUserLimits?
    /// End users of the organisation who may not use anything.
    let blocked: [String: Standing]
    let use: KeyUse
    /// What the organisation, its account or its seats are under, if anything.
    let restriction: RestrictionNotice?
    /// What the account's exchanges follow until a person has looked, if anything.
    let curb: Curb.Terms?
    /// The permissions of the organisation.
    let openings: [Opening]
    /// Whether the organisation may ask for permissions.
    let isVetted: Bool
    let origins: OriginTally

    private let models: Scope?
    private let routes: Scope?

    init(
        key: KeyRecord, organisation: Organisation, version: UInt64, keyMeter: KeyMeter, holdings: [Holding],
        endUsers: EndUserLimits?, blocked: [String: Standing], use: KeyUse,
        restriction: RestrictionNotice?, curb: Curb.Terms? = nil, openings: [Opening], isVetted: Bool,
        origins: OriginTally
    ) {
        self.key = key
        self.organisation = organisation
        self.version = version
        self.keyMeter = keyMeter
        self.holdings = holdings
        self.endUsers = endUsers
        self.blocked = blocked
        self.use = use
        self.restriction = restriction
        self.curb = curb
        self.openings = openings
        self.isVetted = isVetted
        self.origins = origins
        models = key.models.map { Scope($0) }
        routes = key.routes.map { Scope($0) }
    }

    /// Why this key may do nothing today: it is over, or its organisation is stopped.
    func standingRefusal(wall: Int64) -> AccessRefusal? {
        if key.revoked != nil { return .revoked }
        if let expires = key.expires, wall >= expires { return .expired }
        if let restriction { return .restricted(restriction) }
        return switch organisation.standing {
        case .active: nil
        case .held(let reason): .organisationHeld(reason: reason)
        case .suspended(let reason): .organisationSuspended(reason: reason)
        }
    }

    /// Why this key may not open an exchange, limits aside.
    func refusal(
        model: String, route: String, endUser: String, origin: Origin, wall: Int64, in table: Gatekeeper.Table
    ) -> AccessRefusal? {
        if let refusal = standingRefusal(wall: wall) { return refusal }
        if let notice = table.notice(of: origin) { return .restricted(notice) }
        if !endUser.isEmpty, let reason = blocked[endUser]?.reason { return .endUserBlocked(reason: reason) }
        guard permits(route: route) else { return .routeNotPermitted }
        // What goes to no model names none.
        guard model.isEmpty || permits(model: model) else { return .modelNotPermitted }
        if !table.models.isEmpty, let reason = table.models[model]?.reason { return .modelWithdrawn(reason: reason) }
        return nil
    }

    func permits(model: String) -> Bool { models?.permits(model) ?? true }

    func permits(route: String) -> Bool { routes?.permits(route) ?? true }

    /// Why an exchange that runs on this key must end, if it must.
    ///
    /// A key that only expires lets it finish.
    func revocation(of exchange: RunningExchange, in table: Gatekeeper.Table) -> RevocationReason? {
        if exchange.usedPermissions.contains(where: { id in !openings.contains { $0.id == id } }) {
            return .permissionEnded
        }
        return
            switch refusal(
                model: exchange.model, route: exchange.route, endUser: exchange.endUser, origin: exchange.origin,
                wall: Int64.min, in: table)
        {
        case .revoked: .keyRevoked
        case .organisationHeld(let reason): .organisationHeld(reason: reason)
        case .organisationSuspended(let reason): .organisationSuspended(reason: reason)
        case .restricted(let notice): .restricted(notice)
        case .routeNotPermitted, .modelNotPermitted: .permissionWithdrawn
        case .modelWithdrawn(let reason): .modelWithdrawn(reason: reason)
        case .endUserBlocked(let reason): .endUserBlocked(reason: reason)
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

    /// Takes a place under every limit, or none.
    ///
    /// Locks are taken in one order: the key's, its account's, its organisation's, its groups' by name, the model's, the end
    /// user's.
    func enter(_ exchange: RunningExchange, model: Holding?, estimate: Int, now: Int64) -> Entry {
        var holdings = self.holdings
        if let model { holdings.append(model) }
        if let endUsers, !exchange.endUser.isEmpty {
            if let holding = endUsers.holding(of: exchange.endUser) { holdings.append(holding) }
        }
        return keyMeter.state.withLock { mine in
            guard mine.version <= version else { return .stale }
            if let refusal = mine.allowance.obstacle(to: estimate, under: key.limits, holder: .key, now: now) {
                return .refused(refusal)
            }
            var charged: [Charged] = []
            charged.reserveCapacity(holdings.count)
            switch Self.enter(holdings[...], &charged, estimate: estimate, now: now) {
            case .entered(let theirs):
                let bucket = mine.allowance.take(estimate, under: key.limits)
                exchange.entered(keyBucket: bucket, charged)
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

    /// Passes the first holder and, while its lock is held, all behind it; charges nobody unless all have room.
    private static func enter(
        _ holdings: ArraySlice<Holding>, _ charged: inout [Charged], estimate: Int, now: Int64
    ) -> Entry {
        guard let holding = holdings.first else { return .entered(.unlimited) }
        return holding.meter.state.withLock { state in
            guard !state.isRetired else { return .stale }
            let limits = holding.limits
            if let refusal = state.obstacle(to: estimate, under: limits, holder: holding.holder, now: now) {
                return .refused(refusal)
            }
            switch enter(holdings.dropFirst(), &charged, estimate: estimate, now: now) {
            case .entered(let theirs):
                let bucket = state.take(estimate, under: limits)
                charged.append(Charged(meter: holding.meter, limits: limits, bucket: bucket))
                return .entered(state.status(under: limits, now: now).tightened(by: theirs))
            case .refused(var refusal):
                refusal.status = state.status(under: limits, now: now).tightened(by: refusal.status)
                return .refused(refusal)
            case .stale:
                return .stale
            }
        }
    }
}
