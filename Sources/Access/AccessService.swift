public import Store

/// The one writer of organisations, accounts and keys.
///
/// Each change is one transaction with its event; once that is on disk, the gatekeeper follows before the call returns.
/// Changes are made one after the other. If the store fails, nothing has changed, in memory neither.
public actor AccessService {
    /// What follows every change.
    public nonisolated let gatekeeper: Gatekeeper
    /// Where every change is kept.
    public nonisolated let store: Store

    private var flushed: [KeyID: Int64] = [:]
    /// The keys of which it is on record that they expired.
    private var expired: Set<String>
    private var isChanging = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(store: Store, gatekeeper: Gatekeeper, lastUsed: [KeyID: Int64], expired: Set<String>) {
        self.store = store
        self.gatekeeper = gatekeeper
        flushed = lastUsed
        self.expired = expired
    }

    /// Reads the store and puts what it holds in force.
    public static func start(store: Store, gatekeeper: Gatekeeper) async throws(StoreError) -> AccessService {
        let records = try await store.records()
        gatekeeper.replace(AccessSnapshot(records))
        let lastUsed = records.keys.compactMap { key in key.lastUsed.map { (key.id, $0) } }
        return AccessService(
            store: store, gatekeeper: gatekeeper, lastUsed: Dictionary(lastUsed, uniquingKeysWith: { $1 }),
            expired: try await store.subjects(of: "key.expire"))
    }

    /// When a key was last used, milliseconds since 1970.
    public func lastUsed(_ key: KeyID) -> Int64? {
        gatekeeper.uses(after: [:])[key] ?? flushed[key]
    }

    /// When keys were last used, milliseconds since 1970; keys that never were are not in it.
    public func lastUses() -> [KeyID: Int64] {
        flushed.merging(gatekeeper.uses(after: flushed)) { $1 }
    }

    /// Sets the gate's clock, frees what is idle, and writes down when keys were last used.
    ///
    /// - Throws: `StoreError`; what could not be written is tried again the next time.
    public func maintain(now: Int64 = SystemTime.monotonic, wall: Int64 = SystemTime.wall) async throws(StoreError) {
        gatekeeper.align(now: now, wall: wall)
        gatekeeper.trim(now: now)
        let uses = gatekeeper.uses(after: flushed)
        guard !uses.isEmpty else { return }
        try await store.touch(uses)
        flushed.merge(uses) { $1 }
    }

    /// Puts on record which keys' time is over, each once; the gate has refused them since.
    ///
    /// - Returns: The keys that were put on record now, a hundred at most.
    public func noteExpiries(at wall: Int64 = SystemTime.wall) async throws(AccessError) -> [KeyRecord] {
        let over = gatekeeper.snapshot.keys.values.filter { key in
            key.revoked == nil && key.expires.map { $0 <= wall } ?? false && !expired.contains(key.id.text)
        }
        var noted: [KeyRecord] = []
        for key in over.sorted(by: { ($0.expires ?? 0, $0.id.text) < ($1.expires ?? 0, $1.id.text) }).prefix(100) {
            var facts = ["organisation": key.organisation.text, "expired": "\(key.expires ?? wall)"]
            facts["successor"] = key.replacedBy?.text
            let event = ChangeEvent(
                time: wall, actor: "time", action: "key.expire", subject: key.id.text, detail: facts)
            do throws(StoreError) {
                try await store.commit([], event: event)
            } catch {
                throw .store(error)
            }
            expired.insert(key.id.text)
            noted.append(key)
        }
        return noted
    }

    /// Checks against what is there, writes, and publishes; nobody else changes anything meanwhile.
    ///
    /// - Parameter decide: Gets the snapshot in force and returns the changes, the event and the result.
    func change<Result: Sendable>(
        _ decide: @Sendable (AccessSnapshot) throws(AccessError) -> Decision<Result>
    ) async throws(AccessError) -> Result {
        await enter()
        defer { leave() }
        let decision = try decide(gatekeeper.snapshot)
        guard let event = decision.event else { return decision.result }
        do {
            try await store.commit(decision.changes, event: event)
        } catch {
            throw .store(error)
        }
        gatekeeper.apply(decision.changes)
        return decision.result
    }

    /// What a change consists of; without an event nothing is changed.
    struct Decision<Result: Sendable>: Sendable {
        var changes: [Change]
        var event: ChangeEvent?
        var result: Result
    }

    private func enter() async {
        if isChanging {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isChanging = true
        }
    }

    private func leave() {
        if waiting.isEmpty {
            isChanging = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
