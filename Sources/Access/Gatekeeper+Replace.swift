public import Store
import Synchronization

extension Gatekeeper {
    /// Puts a snapshot in force: new requests follow it at once, and running exchanges that it no longer permits are told.
    ///
    /// Limits and what is used of them carry over. The calls are made on this thread, outside every lock, before it returns.
    public func replace(_ snapshot: AccessSnapshot) {
        update { $0 = snapshot }
    }

    /// Follows changes that the store has taken.
    func apply(_ changes: [Change]) {
        update { snapshot in
            for change in changes { snapshot.apply(change) }
        }
    }

    /// Refuses a key from now on and ends what runs on it; memory only, the store is `AccessService`'s.
    public func revoke(key: KeyID, at wall: Int64) {
        update { snapshot in
            guard snapshot.keys[key]?.revoked == nil else { return }
            snapshot.keys[key]?.revoked = wall
        }
    }

    /// Changes how an organisation stands, and ends what runs if it may no longer; memory only.
    public func set(_ standing: Standing, organisation: OrganisationID) {
        update { $0.organisations[organisation]?.standing = standing }
    }

    /// Changes how a model stands for everyone, and ends what runs if it may no longer; memory only.
    public func set(_ standing: Standing, model: String) {
        update { $0.models[model] = standing == .active ? nil : standing }
    }

    private func update(_ change: (inout AccessSnapshot) -> Void) {
        let cuts = book.withLock { book in
            let previous = book.snapshot
            change(&book.snapshot)
            return follow(&book, from: previous)
        }
        for (exchange, reason) in cuts { exchange.revoke(reason) }
    }

    /// Rebuilds the doors that changed, publishes the table, and finds the exchanges to end.
    private func follow(_ book: inout Book, from previous: AccessSnapshot) -> [(RunningExchange, RevocationReason)] {
        let touched = Self.touchedFamilies(from: previous, to: book.snapshot)
        book.version += 1
        var doors: [KeyID: Door] = [:]
        var byHash: [KeyHash: Door] = [:]
        doors.reserveCapacity(book.snapshot.keys.count)
        byHash.reserveCapacity(book.snapshot.keys.count)
        for (id, key) in book.snapshot.keys {
            guard let door = Self.door(for: key, touched: touched, in: &book), let hash = KeyHash(key.hash) else {
                continue
            }
            doors[id] = door
            byHash[hash] = door
        }
        book.doors = doors
        let models = book.snapshot.models
        let published = Table(doors: byHash, models: models)
        table.withLock { $0 = published }

        var cuts: [(RunningExchange, RevocationReason)] = []
        for family in touched {
            guard let meter = book.keyMeters[family] else { continue }
            let version = book.version
            let running = meter.state.withLock { state in
                state.version = version
                return state.running
            }
            for exchange in running {
                let reason =
                    doors[exchange.key]?.revocation(model: exchange.model, route: exchange.route, models: models)
                if let reason {
                    cuts.append((exchange, reason))
                } else if doors[exchange.key] == nil {
                    cuts.append((exchange, .keyRevoked))
                }
            }
        }
        return cuts
    }

    private static func door(for key: KeyRecord, touched: Set<KeyID>, in book: inout Book) -> Door? {
        let old = book.doors[key.id]
        if let old, !touched.contains(key.family) { return old }
        guard let organisation = book.snapshot.organisations[key.organisation] else { return nil }
        let keyMeter = book.keyMeters[key.family] ?? KeyMeter()
        book.keyMeters[key.family] = keyMeter
        let organisationMeter = book.organisationMeters[organisation.id] ?? OrganisationMeter()
        book.organisationMeters[organisation.id] = organisationMeter
        return Door(
            key: key, organisation: organisation, version: book.version, keyMeter: keyMeter,
            organisationMeter: organisationMeter, use: old?.use ?? KeyUse())
    }

    private static func touchedFamilies(from old: AccessSnapshot, to new: AccessSnapshot) -> Set<KeyID> {
        var touched: Set<KeyID> = []
        let everyone = old.models != new.models
        var organisations: Set<OrganisationID> = []
        for (id, organisation) in new.organisations where old.organisations[id] != organisation {
            organisations.insert(id)
        }
        for id in old.organisations.keys where new.organisations[id] == nil { organisations.insert(id) }
        for (id, key) in new.keys where everyone || organisations.contains(key.organisation) || old.keys[id] != key {
            touched.insert(key.family)
        }
        for (id, key) in old.keys where new.keys[id] == nil { touched.insert(key.family) }
        return touched
    }
}
