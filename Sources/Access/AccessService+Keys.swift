public import Store

/// What a new key shall be.
public struct NewKey: Sendable {
    /// The organisation's identifier or name.
    public var organisation: String
    /// The account's identifier or name.
    public var account: String
    /// What the key is for.
    public var name: String
    /// The models it may use, `nil` for all.
    public var models: [String]?
    /// The routes it may use, `nil` for all.
    public var routes: [String]?
    /// What it may use.
    public var limits: Limits
    /// Seconds from now until it expires, 1 to ten years; `nil` is never.
    public var lifetime: Int64?

    /// Takes the parts; they are checked when the key is made.
    public init(
        organisation: String, account: String = "default", name: String = "key", models: [String]? = nil,
        routes: [String]? = nil, limits: Limits = Limits(), lifetime: Int64? = nil
    ) {
        self.organisation = organisation
        self.account = account
        self.name = name
        self.models = models
        self.routes = routes
        self.limits = limits
        self.lifetime = lifetime
    }
}

/// A key that was just made, with the secret that nobody can ask for again.
public struct IssuedKey: Sendable {
    /// The key.
    public let key: KeyRecord
    /// Its secret.
    public let secret: KeySecret
}

extension AccessService {
    private static let longestLifetime: Int64 = 10 * 366 * 86400
    private static let longestOverlap: Int64 = 90 * 86400

    /// The keys of one organisation or of all, oldest first.
    public nonisolated func keys(of organisation: OrganisationID? = nil) -> [KeyRecord] {
        gatekeeper.snapshot.keys.values.filter { organisation == nil || $0.organisation == organisation }
            .sorted { ($0.created, $0.id.text) < ($1.created, $1.id.text) }
    }

    /// Finds a key by its identifier.
    public nonisolated func key(_ reference: String) throws(AccessError) -> KeyRecord {
        try gatekeeper.snapshot.key(reference)
    }

    /// Makes a key; its secret is in the result and nowhere else.
    public func createKey(
        _ wish: NewKey, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> IssuedKey {
        try Naming.check(wish.name, field: "name")
        try Naming.check(scope: wish.models, field: "models")
        try Naming.check(routes: wish.routes)
        try wish.limits.check()
        try Self.check(wish.lifetime, field: "expires_in", 1...Self.longestLifetime)
        let secret = KeySecret.random()
        return try await change { snapshot throws(AccessError) in
            let organisation = try snapshot.organisation(wish.organisation)
            let account = try snapshot.account(wish.account, of: organisation.id)
            let key = KeyRecord(
                id: .random(), organisation: organisation.id, account: account.id, hash: secret.hash, hint: secret.hint,
                name: wish.name, models: wish.models, routes: wish.routes, limits: wish.limits, created: wall,
                expires: wish.lifetime.map { wall + $0 * 1000 })
            return Decision(
                changes: [.addKey(key)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "key.create", subject: key.id.text,
                    detail: ["organisation": organisation.id.text].merging(key.facts) { $1 }),
                result: IssuedKey(key: key, secret: secret))
        }
    }

    /// Makes a key that takes another's place; both work for a while, under one set of limits.
    ///
    /// - Parameters:
    ///   - overlap: Seconds that the old key goes on, 0 to 90 days; 0 revokes it at once.
    ///   - lifetime: Seconds until the new key expires; without it, as long as the old one's whole life, if that had an end.
    public func rotateKey(
        _ reference: String, overlap: Int64, lifetime: Int64? = nil, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> IssuedKey {
        try Self.check(overlap, field: "overlap", 0...Self.longestOverlap)
        try Self.check(lifetime, field: "expires_in", 1...Self.longestLifetime)
        let secret = KeySecret.random()
        return try await change { snapshot throws(AccessError) in
            var old = try snapshot.key(reference)
            guard old.revoked == nil else {
                throw .conflict(field: "key", message: "is revoked; create a new key instead")
            }
            if let successor = old.replacedBy {
                throw .conflict(field: "key", message: "was replaced by \(successor.text) already; rotate that one")
            }
            if let expires = old.expires, expires <= wall {
                throw .conflict(field: "key", message: "has expired; create a new key instead")
            }
            let inherited = old.expires.map { $0 - old.created }
            let key = KeyRecord(
                id: .random(), organisation: old.organisation, account: old.account, hash: secret.hash,
                hint: secret.hint, name: old.name, models: old.models, routes: old.routes, limits: old.limits,
                created: wall, expires: (lifetime.map { $0 * 1000 } ?? inherited).map { wall + $0 }, family: old.family)
            old.replacedBy = key.id
            if overlap == 0 { old.revoked = wall }
            let end = wall + overlap * 1000
            old.expires = min(old.expires ?? end, end)
            return Decision(
                changes: [.addKey(key), .setKey(old)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "key.rotate", subject: old.id.text,
                    detail: ["successor": key.id.text, "overlap_seconds": "\(overlap)"]),
                result: IssuedKey(key: key, secret: secret))
        }
    }

    /// Refuses a key for ever and cuts what runs on it; revoking it twice changes nothing.
    public func revokeKey(
        _ reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> KeyRecord {
        let known = try key(reference)
        guard known.revoked == nil else { return known }
        return try await change { snapshot throws(AccessError) in
            var key = try snapshot.key(reference)
            key.revoked = key.revoked ?? wall
            return Decision(
                changes: [.setKey(key)],
                event: ChangeEvent(time: wall, actor: actor, action: "key.revoke", subject: key.id.text), result: key)
        }
    }

    private static func check(_ seconds: Int64?, field: String, _ range: ClosedRange<Int64>) throws(AccessError) {
        guard let seconds else { return }
        guard range.contains(seconds) else {
            throw .invalid(field: field, message: "must be \(range.lowerBound) to \(range.upperBound) seconds")
        }
    }
}

extension AccessSnapshot {
    func key(_ reference: String) throws(AccessError) -> KeyRecord {
        guard let key = keys[KeyID(reference)] else {
            // What was given may be a secret: it is not repeated.
            throw .notFound(
                field: "key", message: "there is none of that identifier (key_…); a secret does not name a key")
        }
        return key
    }
}

extension KeyRecord {
    /// The key as facts of an event.
    var facts: [String: String] {
        var facts = limits.facts
        facts["name"] = name
        facts["models"] = models?.joined(separator: " ")
        facts["routes"] = routes?.joined(separator: " ")
        facts["expires"] = expires.map { "\($0)" }
        return facts
    }
}
