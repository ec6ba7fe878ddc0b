import Dispatch
import GRDB

/// What the service keeps between two starts: organisations, accounts, keys and who changed them, in one SQLite file.
///
/// Every method runs on a queue of the store's own, so that no event loop and no thread of the cooperative pool ever
/// waits for a disk. A call that has begun is carried out even if its task is cancelled.
public final class Store: Sendable {
    /// The database file, or `:memory:`.
    public let path: String

    let database: DatabaseQueue
    private let queue = DispatchQueue(label: "sluice.store")

    private init(path: String, database: DatabaseQueue) {
        self.path = path
        self.database = database
    }

    /// Opens the file, makes it if it isn't there, and brings its tables up to date.
    ///
    /// - Parameter path: The database file; `:memory:` keeps everything in memory.
    /// - Throws: `StoreError`, which names the file and the way out.
    public static func open(path: String) async throws(StoreError) -> Store {
        try await run(on: DispatchQueue(label: "sluice.store.open"), path: path) {
            if path != ":memory:" { makeFile(path) }
            let database =
                path == ":memory:"
                ? try DatabaseQueue(configuration: configuration)
                : try DatabaseQueue(path: path, configuration: configuration)
            let migrator = Schema.migrator
            if try database.read(migrator.hasBeenSuperseded) {
                throw StoreError(
                    kind: .tooNew, path: path, reason: "it holds migrations that this version doesn't know")
            }
            try migrator.migrate(database)
            return Store(path: path, database: database)
        }
    }

    /// Everything that admission depends on, in one consistent view.
    public func records() async throws(StoreError) -> AccessRecords {
        try await run { [database] in
            try database.read { database in
                AccessRecords(
                    organisations: try Organisation.all(in: database), accounts: try Account.all(in: database),
                    keys: try KeyRecord.all(in: database), models: try Standing.models(in: database),
                    limits: try LimitHolder.all(in: database), endUsers: try Standing.endUsers(in: database),
                    prices: try PriceRecord.all(in: database), budgets: try BudgetRecord.inForce(in: database),
                    pseudonymKey: try Schema.pseudonymKey(in: database),
                    restrictions: try RestrictionRecord.inForce(in: database),
                    permissions: try PermissionRecord.active(in: database))
            }
        }
    }

    /// Carries out all the changes and writes the event, or does nothing at all.
    ///
    /// - Throws: `StoreError`; of the kind `constraint` if the schema forbids a change.
    public func commit(_ changes: [Change], event: ChangeEvent) async throws(StoreError) {
        try await run { [database] in
            try database.write { database in
                for change in changes {
                    try change.write(to: database)
                }
                try event.write(to: database)
            }
        }
    }

    /// Notes when keys were last used, milliseconds since 1970; never moves one back.
    public func touch(_ uses: [KeyID: Int64]) async throws(StoreError) {
        try await run { [database] in
            try database.write { database in
                for (key, time) in uses {
                    try database.execute(
                        sql: "UPDATE keys SET last_used = max(coalesce(last_used, 0), ?) WHERE id = ?",
                        arguments: [time, key.text])
                }
            }
        }
    }

    /// The last events, newest first.
    ///
    /// - Parameter limit: How many at most.
    public func events(limit: Int) async throws(StoreError) -> [ChangeEvent] {
        try await run { [database] in
            try database.read { try ChangeEvent.latest(limit, in: $0) }
        }
    }

    /// The subjects of all events of one action, such as `key.expire`.
    public func subjects(of action: String) async throws(StoreError) -> Set<String> {
        try await run { [database] in
            try database.read { database in
                Set(
                    try String.fetchAll(
                        database, sql: "SELECT DISTINCT subject FROM events WHERE action = ?", arguments: [action]))
            }
        }
    }

    /// Closes the file; every later call throws.
    public func close() async throws(StoreError) {
        try await run { [database] in try database.close() }
    }

    /// Runs plain SQL, for tests of the schema alone.
    func execute(_ sql: String) async throws(StoreError) {
        try await run { [database] in try database.write { try $0.execute(sql: sql) } }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(2)
        configuration.label = "sluice.store"
        configuration.prepareDatabase { database in
            // A revocation that was confirmed must survive a power cut.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // What is forgotten leaves the file as well.
            try database.execute(sql: "PRAGMA secure_delete = ON")
        }
        return configuration
    }

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws(StoreError) -> Value {
        try await Self.run(on: queue, path: path, work)
    }

    static func run<Value: Sendable>(
        on queue: DispatchQueue, path: String, _ work: @escaping @Sendable () throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            queue.async {
                do {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(StoreError(error, path: path)))
                }
            }
        }
        return try result.get()
    }
}
