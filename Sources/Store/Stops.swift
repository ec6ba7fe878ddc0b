import GRDB

/// Something that an operator has stopped, until it is resumed.
public struct Stop: Sendable, Equatable {
    /// What may be stopped.
    public enum Subject: Sendable, Hashable {
        /// Every request.
        case all
        /// A model, by its own name.
        case model(String)
        /// A category of the constitution, by its identifier.
        case category(String)

        /// `all`, `model` or `category`.
        public var kind: String {
            switch self {
            case .all: "all"
            case .model: "model"
            case .category: "category"
            }
        }

        /// The model's name or the category's identifier; empty for everything.
        public var name: String {
            switch self {
            case .all: ""
            case .model(let name), .category(let name): name
            }
        }

        /// The subject of a kind and a name; nil if there is no such kind, or the name is missing or too long.
        public init?(kind: String, name: String) {
            switch kind {
            case "all" where name.isEmpty: self = .all
            case "model" where (1...200).contains(name.unicodeScalars.count): self = .model(name)
            case "category" where (1...200).contains(name.unicodeScalars.count): self = .category(name)
            default: return nil
            }
        }
    }

    /// What is stopped.
    public let subject: Subject
    /// What clients are told, 1 to 300 characters.
    public let reason: String
    /// When it was stopped, milliseconds since 1970.
    public let since: Int64

    /// Takes the parts as they are.
    public init(subject: Subject, reason: String, since: Int64) {
        self.subject = subject
        self.reason = reason
        self.since = since
    }
}

extension Store {
    /// Everything that is stopped, oldest first.
    public func stops() async throws(StoreError) -> [Stop] {
        try await run { [database] in
            try database.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM stops ORDER BY since, kind, name").compactMap { row in
                    Stop.Subject(kind: row["kind"], name: row["name"]).map {
                        Stop(subject: $0, reason: row["reason"], since: row["since"])
                    }
                }
            }
        }
    }

    /// Stops something, or changes why; written with its event, or not at all.
    public func stop(_ stop: Stop, event: ChangeEvent) async throws(StoreError) {
        try await run { [database] in
            try database.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO stops (kind, name, reason, since) VALUES (?, ?, ?, ?)",
                    arguments: [stop.subject.kind, stop.subject.name, stop.reason, stop.since])
                try event.write(to: database)
            }
        }
    }

    /// Resumes something.
    ///
    /// - Returns: Whether it was stopped; the event is written only then.
    public func resume(_ subject: Stop.Subject, event: ChangeEvent) async throws(StoreError) -> Bool {
        try await run { [database] in
            try database.write { database in
                try database.execute(
                    sql: "DELETE FROM stops WHERE kind = ? AND name = ?", arguments: [subject.kind, subject.name])
                guard database.changesCount > 0 else { return false }
                try event.write(to: database)
                return true
            }
        }
    }
}

extension Schema {
    /// What is stopped, by kind and name.
    static let stops = """
        CREATE TABLE stops (
            kind TEXT NOT NULL CHECK (kind IN ('all', 'model', 'category')),
            name TEXT NOT NULL CHECK ((kind = 'all') = (name = '')),
            reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 300),
            since INTEGER NOT NULL CHECK (since >= 0),
            PRIMARY KEY (kind, name)
        ) STRICT;
        """
}
