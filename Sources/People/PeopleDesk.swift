public import Crypto
import Dispatch
import FoundationEssentials
public import Store

/// Who may sign in, and who has: the one writer of people and sessions.
///
/// Each change is one transaction with its event; memory follows once it is on disk. Changes are made one after the other.
public actor PeopleDesk {
    /// What holds for everybody.
    public struct Rules: Sendable {
        /// Milliseconds that a session lasts, used or not.
        public var sessionLasts: Int64
        /// Milliseconds after which an unused session ends.
        public var idleEnds: Int64
        /// Milliseconds that an enrolment code is good for.
        public var enrolmentLasts: Int64
        /// Whether people may sign in by password and authenticator.
        public var allowsLocal: Bool
        /// What hashing a password costs.
        public var cost: PasswordHash.Cost
        /// How the deployment is called in people's authenticator apps.
        public var deployment: String

        /// What holds where nothing is said: 8 hours, 1 hour unused, 24 hours for an enrolment.
        public init(
            sessionLasts: Int64 = 8 * 3_600_000, idleEnds: Int64 = 3_600_000, enrolmentLasts: Int64 = 24 * 3_600_000,
            allowsLocal: Bool = true, cost: PasswordHash.Cost = .standard, deployment: String = "Sluice"
        ) {
            self.sessionLasts = sessionLasts
            self.idleEnds = idleEnds
            self.enrolmentLasts = enrolmentLasts
            self.allowsLocal = allowsLocal
            self.cost = cost
            self.deployment = deployment
        }
    }

    let store: Store
    nonisolated let vault: Vault
    var rules: Rules
    var people: [String: Person] = [:]
    /// Sessions by the hash of their token.
    var sessions: [[UInt8]: Session] = [:]
    var limit = SignInLimit()
    /// Last uses that the store has not heard of.
    private var touched: Set<[UInt8]> = []
    /// What an unknown name's password is compared with, so that the answer takes as long.
    let nobody: PasswordHash
    /// Password hashes are computed here, one at a time: each takes much memory.
    private let hashing = DispatchQueue(label: "sluice.people.passwords")
    private var isChanging = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(store: Store, vault: Vault, rules: Rules) {
        (self.store, self.vault, self.rules) = (store, vault, rules)
        nobody = PasswordHash(ofNobodyAt: rules.cost)
    }

    /// Reads the people and sessions that the store holds.
    ///
    /// - Parameter key: What authenticators' secrets are sealed with, 256 bits.
    /// - Throws: `PeopleError.store` or `.damaged`.
    public static func open(store: Store, key: SymmetricKey, rules: Rules = Rules()) async throws(PeopleError)
        -> PeopleDesk
    {
        let desk = PeopleDesk(store: store, vault: Vault(key: key), rules: rules)
        try await desk.load()
        return desk
    }

    private func load() async throws(PeopleError) {
        let rows: (people: [PersonRow], sessions: [SessionRow])
        do throws(StoreError) { rows = try await store.people() } catch { throw .store(error) }
        for row in rows.people {
            let person = try Person(row)
            people[person.id] = person
        }
        for row in rows.sessions {
            let session = try Session(row)
            sessions[session.hash] = session
        }
    }

    /// Puts other rules in force, for what happens from now on.
    public func replace(_ rules: Rules) { self.rules = rules }

    // MARK: Looking

    /// Everybody, by name.
    public func everybody() -> [Person] { people.values.sorted { $0.name < $1.name } }

    /// A person by name or identifier.
    public func find(_ reference: String) throws(PeopleError) -> Person {
        let name = reference.lowercased()
        guard let found = people[reference] ?? people.values.first(where: { $0.name == name }) else {
            throw .notFound(String(reference.prefix(100)))
        }
        return found
    }

    /// Whether anybody can sign in by password.
    public var hasLocalPeople: Bool { people.values.contains { $0.identity == nil && !$0.isDisabled } }

    /// The sessions that are not over: of one person, or all.
    public func sessions(of person: String? = nil, at now: Int64) -> [Session] {
        sessions.values.filter { (person == nil || $0.person == person) && isLive($0, now) }
            .sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// Whose token this is, if it is a session's that is not over.
    public func check(_ token: Token, at now: Int64) -> (person: Person, session: Session)? {
        let hash = token.hash
        guard var session = sessions[hash], isLive(session, now), let person = people[session.person],
            !person.isDisabled
        else { return nil }
        if now - session.lastUsed > 1_000 {
            session.lastUsed = now
            sessions[hash] = session
            touched.insert(hash)
        }
        return (person, session)
    }

    private func isLive(_ session: Session, _ now: Int64) -> Bool {
        now < session.expires && now < session.lastUsed + rules.idleEnds
    }

    /// Forgets what is over, and writes down when sessions were last used.
    public func maintain(at now: Int64) async throws(PeopleError) {
        await enter()
        defer { leave() }
        var changes = [PeopleChange.removeSessions(before: now)]
        for session in sessions.values where !isLive(session, now) {
            changes.append(.removeSession(session.id))
            sessions[session.hash] = nil
        }
        let used = touched
        touched = []
        for hash in used {
            if let session = sessions[hash] { changes.append(.putSession(try session.row)) }
        }
        guard changes.count > 1 else { return }
        try await write(changes, nil)
    }

    // MARK: Writing

    /// Writes people and sessions with their event, and follows in memory.
    func commit(
        people changed: [Person] = [], sessions added: [Session] = [], ending: [Session] = [], _ event: ChangeEvent?
    )
        async throws(PeopleError)
    {
        var changes: [PeopleChange] = []
        for person in changed { changes.append(.putPerson(try person.row)) }
        for session in added { changes.append(.putSession(try session.row)) }
        for session in ending { changes.append(.removeSession(session.id)) }
        try await write(changes, event)
        for person in changed { people[person.id] = person }
        for session in added { sessions[session.hash] = session }
        for session in ending { sessions[session.hash] = nil }
    }

    private func write(_ changes: [PeopleChange], _ event: ChangeEvent?) async throws(PeopleError) {
        do throws(StoreError) { try await store.write(changes, event: event) } catch { throw .store(error) }
    }

    /// An event in the name of whoever asks in this task.
    func event(_ action: String, _ subject: String, at now: Int64, _ detail: [String: String] = [:]) -> ChangeEvent {
        ChangeEvent(
            time: now, actor: Caller.current?.name ?? "server", action: action, subject: subject, detail: detail)
    }

    /// Computes something slow about passwords, away from everything else.
    func slowly<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            hashing.async { continuation.resume(returning: work()) }
        }
    }

    // Between a look at what is there and what is written nobody else changes anything.
    func enter() async {
        guard isChanging else {
            isChanging = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        guard !waiting.isEmpty else {
            isChanging = false
            return
        }
        waiting.removeFirst().resume()
    }
}

/// What only this deployment can read: AES-256-GCM (NIST SP 800-38D), bound to what it belongs to.
struct Vault: Sendable {
    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    func seal(_ bytes: [UInt8], for owner: String) throws(PeopleError) -> [UInt8] {
        guard key.bitCount == 256,
            let sealed = try? AES.GCM.seal(bytes, using: key, authenticating: Array(owner.utf8)).combined
        else { throw .damaged("the key for people's secrets must have 32 bytes") }
        return Array(sealed)
    }

    func open(_ bytes: [UInt8], for owner: String) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: bytes),
            let opened = try? AES.GCM.open(box, using: key, authenticating: Array(owner.utf8))
        else { return nil }
        return Array(opened)
    }

    /// 32 bytes that belong to a text: the same each time, and unknown to whoever has not the key.
    func derive(_ purpose: String, _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("sluice/\(purpose)\n\(text)".utf8), using: key))
    }
}
