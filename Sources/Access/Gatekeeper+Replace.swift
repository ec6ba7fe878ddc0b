import Crypto
public import Store
import Synchronization
import Threads

extension Gatekeeper {
    /// Puts a snapshot in force: new requests follow it at once, and running exchanges that it no longer permits are told.
    ///
    /// Limits and what is used of them carry over. The calls are made on this thread, outside every lock, before it returns.
    public func replace(_ snapshot: AccessSnapshot) {
        cut { book in
            let touched = Self.touchedFamilies(from: book.snapshot, to: snapshot)
            book.snapshot = snapshot
            for (id, key) in snapshot.keys { book.families[key.family, default: []].insert(id) }
            return touched
        }
    }

    /// Follows changes that the store has taken, at a cost that depends on what they touch.
    func apply(_ changes: [Change]) {
        update { _ in changes }
    }

    /// Refuses a key from now on and ends what runs on it; memory only, the store is `AccessService`'s.
    public func revoke(key id: KeyID, at wall: Int64) {
        update { snapshot in
            guard var key = snapshot.keys[id], key.revoked == nil else { return [] }
            key.revoked = wall
            return [.setKey(key)]
        }
    }

    /// Changes how an organisation stands, and ends what runs if it may no longer; memory only.
    public func set(_ standing: Standing, organisation id: OrganisationID) {
        update { snapshot in
            guard var organisation = snapshot.organisations[id] else { return [] }
            organisation.standing = standing
            return [.setOrganisation(organisation)]
        }
    }

    /// Changes how a model stands for everyone, and ends what runs if it may no longer; memory only.
    public func set(_ standing: Standing, model: String) {
        update { _ in [.setModel(model, standing)] }
    }

    private func update(_ decide: (borrowing AccessSnapshot) -> [Change]) {
        cut { book in
            let changes = decide(book.snapshot)
            var touched: Set<KeyID> = []
            for change in changes {
                book.snapshot.apply(change)
                touched.formUnion(Self.families(touchedBy: change, in: &book))
            }
            return touched
        }
    }

    private static func families(touchedBy change: Change, in book: inout Book) -> [KeyID] {
        switch change {
        case .addOrganisation, .addAccount: return []
        case .addKey(let key), .setKey(let key):
            book.families[key.family, default: []].insert(key.id)
            return [key.family]
        case .setOrganisation(let organisation):
            return book.doors.values.filter { $0.key.organisation == organisation.id }.map(\.key.family)
        case .setModel:
            return Array(book.families.keys)
        case .setEndUser(let organisation, _, _), .setLimits(.endUsers(let organisation), _),
            .setLimits(.endUser(let organisation, _), _):
            return book.doors.values.filter { $0.key.organisation == organisation }.map(\.key.family)
        case .setLimits(.account(let account), _):
            return book.doors.values.filter { $0.key.account == account }.map(\.key.family)
        case .setRestriction(let record, _):
            switch record.kind {
            case .organisation:
                return book.doors.values.filter { $0.key.organisation.text == record.subject }.map(\.key.family)
            case .account: return book.doors.values.filter { $0.key.account.text == record.subject }.map(\.key.family)
            case .country: return Array(book.families.keys)
            // What stops these comes as a change of its own.
            case .key, .model, .endUser: return []
            }
        case .setPermission(let record, _):
            return book.doors.values.filter { $0.key.organisation.text == record.organisation }.map(\.key.family)
        // The table tells a model's limits, and no door changes; money is not the gate's.
        case .setLimits(.model, _), .addPrice, .setBudget, .removeBudget, .file: return []
        }
    }

    /// Changes the book, lets the table follow, and ends what may no longer run.
    func cut(_ change: (inout Book) -> Set<KeyID>) {
        let cuts = book.withLock { book in
            let touched = change(&book)
            let isSame =
                book.models == book.snapshot.models && book.modelLimits == book.snapshot.modelLimits
                && book.pseudonymKey == book.snapshot.pseudonymKey
                && book.destinations == book.snapshot.destinations
            return touched.isEmpty && isSame ? [] : follow(&book, touched)
        }
        for (exchange, reason) in cuts { exchange.revoke(reason) }
    }

    /// Rebuilds the doors of the families, publishes the table, and finds the exchanges to end.
    private func follow(_ book: inout Book, _ touched: Set<KeyID>) -> [(RunningExchange, RevocationReason)] {
        book.version += 1
        book.models = book.snapshot.models
        book.modelLimits = book.snapshot.modelLimits
        book.pseudonymKey = book.snapshot.pseudonymKey
        book.destinations = book.snapshot.destinations
        var byHash = table.withLock { $0.doors }
        for family in touched {
            for id in book.families[family] ?? [] {
                let old = book.doors.removeValue(forKey: id)
                if let old, let hash = KeyHash(old.key.hash) { byHash[hash] = nil }
                guard let key = book.snapshot.keys[id] else {
                    book.families[family]?.remove(id)
                    continue
                }
                guard let hash = KeyHash(key.hash), let door = Self.door(for: key, after: old, in: &book) else {
                    continue
                }
                book.doors[id] = door
                byHash[hash] = door
            }
        }
        let old = table.withLock { $0.pseudonymKey }
        let published = Table(
            doors: byHash, models: book.models, modelLimits: Self.holdings(&book),
            pseudonymKey: book.pseudonymKey.isEmpty ? old : SymmetricKey(data: book.pseudonymKey),
            destinations: book.destinations)
        table.withLock { $0 = published }
        return touched.flatMap { Self.mark($0, in: book, published) }
    }

    /// Tells a family's meter that the table has changed, and finds those of its exchanges that may not go on.
    private static func mark(_ family: KeyID, in book: Book, _ table: Table) -> [(RunningExchange, RevocationReason)] {
        guard let meter = book.keyMeters[family] else { return [] }
        let running = meter.state.withLock { state in
            state.version = book.version
            return state.running
        }
        return running.compactMap { exchange in
            guard let door = book.doors[exchange.key] else { return (exchange, .keyRevoked) }
            let reason = door.revocation(of: exchange, in: table)
            return reason.map { (exchange, $0) }
        }
    }

    private static func door(for key: KeyRecord, after old: Door?, in book: inout Book) -> Door? {
        guard let organisation = book.snapshot.organisations[key.organisation] else { return nil }
        let keyMeter = book.keyMeters[key.family] ?? KeyMeter()
        book.keyMeters[key.family] = keyMeter
        let ours = book.organisationMeters[organisation.id] ?? Meter()
        book.organisationMeters[organisation.id] = ours
        var holdings = [Holding(meter: ours, limits: organisation.limits, holder: .organisation)]
        if let limits = book.snapshot.limits[.account(key.account)] {
            let meter = book.accountMeters[key.account] ?? Meter()
            book.accountMeters[key.account] = meter
            holdings.insert(Holding(meter: meter, limits: limits, holder: .account), at: 0)
        }
        var endUsers: EndUserLimits?
        let (each, own) = (
            book.snapshot.limits[.endUsers(organisation.id)], book.snapshot.endUserLimits[organisation.id] ?? [:]
        )
        if each != nil || !own.isEmpty {
            let meters = book.endUserMeters[organisation.id] ?? EndUserMeters()
            book.endUserMeters[organisation.id] = meters
            endUsers = EndUserLimits(meters: meters, each: each, own: own)
        }
        let curbs = Self.curbs(on: key.account, in: &book)
        holdings += curbs.holdings
        let facts = book.snapshot.facts[organisation.id]
        let destinations = book.destinations
        let seat = facts.flatMap { $0.seats.sorted().lazy.compactMap { destinations[$0] }.first }
        let origins = book.originTallies[organisation.id] ?? OriginTally()
        book.originTallies[organisation.id] = origins
        return Door(
            key: key, organisation: organisation, version: book.version, keyMeter: keyMeter, holdings: holdings,
            endUsers: endUsers, blocked: book.snapshot.endUsers[organisation.id] ?? [:], use: old?.use ?? KeyUse(),
            restriction: book.snapshot.restriction(organisation: organisation.id, account: key.account) ?? seat
                ?? curbs.notice,
            curb: curbs.terms,
            openings: openings(of: organisation.id, in: &book), isVetted: facts?.isVetted ?? false, origins: origins)
    }

    /// The permissions of an organisation, each with the meter it has had all along.
    private static func openings(of organisation: OrganisationID, in book: inout Book) -> [Opening] {
        let ours = book.snapshot.permissions.values.filter { $0.organisation == organisation.text }
        return ours.sorted { $0.id < $1.id }.map { record in
            let meter = book.permissionMeters[record.id] ?? PermissionMeter(used: 0)
            book.permissionMeters[record.id] = meter
            return Opening(record, meter)
        }
    }

    /// The limits of models, each with the meter it has had all along.
    private static func holdings(_ book: inout Book) -> [String: Holding] {
        var holdings: [String: Holding] = [:]
        for (model, limits) in book.modelLimits {
            let meter = book.modelMeters[model] ?? Meter()
            book.modelMeters[model] = meter
            holdings[model] = Holding(meter: meter, limits: limits, holder: .model)
        }
        return holdings
    }

    private static func touchedFamilies(from old: AccessSnapshot, to new: AccessSnapshot) -> Set<KeyID> {
        var touched: Set<KeyID> = []
        let everyone =
            old.models != new.models || old.restrictions != new.restrictions || old.permissions != new.permissions
            || old.facts != new.facts || old.embargo != new.embargo || old.curbs != new.curbs
        var organisations: Set<OrganisationID> = []
        var accounts: Set<AccountID> = []
        for holder in Set(old.limits.keys).union(new.limits.keys) where old.limits[holder] != new.limits[holder] {
            switch holder {
            case .account(let id): accounts.insert(id)
            case .endUsers(let id), .endUser(let id, _): organisations.insert(id)
            case .model: break
            }
        }
        for id in Set(old.endUserLimits.keys).union(new.endUserLimits.keys)
        where old.endUserLimits[id] != new.endUserLimits[id] {
            organisations.insert(id)
        }
        for id in Set(old.endUsers.keys).union(new.endUsers.keys) where old.endUsers[id] != new.endUsers[id] {
            organisations.insert(id)
        }
        for (id, organisation) in new.organisations where old.organisations[id] != organisation {
            organisations.insert(id)
        }
        for id in old.organisations.keys where new.organisations[id] == nil { organisations.insert(id) }
        for (id, key) in new.keys
        where everyone || organisations.contains(key.organisation) || accounts.contains(key.account)
            || old.keys[id] != key
        {
            touched.insert(key.family)
        }
        for (id, key) in old.keys where new.keys[id] == nil { touched.insert(key.family) }
        return touched
    }
}

extension AccessSnapshot {
    /// The limits of models, by name.
    fileprivate var modelLimits: [String: Limits] {
        var found: [String: Limits] = [:]
        for (holder, limits) in limits { if case .model(let name) = holder { found[name] = limits } }
        return found
    }
}
