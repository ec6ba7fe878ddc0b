import GRDB

/// The tables, in versions: each migration runs once, and none is ever edited.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: organisations, accounts, keys, events") { database in
            try database.execute(sql: organisations)
            try database.execute(sql: keys)
            try database.execute(sql: events)
        }
        migrator.registerMigration("2: limits, end users, prices, budgets, usage") { database in
            try database.execute(sql: limits)
            try database.execute(sql: money)
            try database.execute(sql: fold)
        }
        migrator.registerMigration("3: stops") { database in
            try database.execute(sql: stops)
        }
        migrator.registerMigration("4: cases") { database in
            try database.execute(sql: cases)
        }
        migrator.registerMigration("access 1: dossiers, states of organisations") { database in
            try database.execute(sql: dossiers)
            try database.execute(sql: permissionUses)
        }
        migrator.registerMigration("people and their sessions") { database in
            try database.execute(sql: people)
        }
        migrator.registerMigration("5: kept texts") { database in
            try database.execute(sql: kept)
        }
        migrator.registerMigration("6: limits of single end users") { database in
            try database.execute(sql: endUserLimits)
        }
        return migrator
    }

    static let limitChecks = """
        requests_per_minute INTEGER CHECK (requests_per_minute BETWEEN 1 AND 1000000000),
        tokens_per_minute INTEGER CHECK (tokens_per_minute BETWEEN 1 AND 1000000000000),
        concurrency INTEGER CHECK (concurrency BETWEEN 1 AND 1000000000)
        """

    private static let organisations = """
        CREATE TABLE organisations (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'org_?*'),
            name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
            standing TEXT NOT NULL CHECK (standing IN ('active', 'held', 'suspended')),
            reason TEXT CHECK ((standing = 'active') = (reason IS NULL)),
            created INTEGER NOT NULL CHECK (created >= 0),
            \(limitChecks)
        ) STRICT;

        CREATE TABLE accounts (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'acc_?*'),
            organisation TEXT NOT NULL REFERENCES organisations (id),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            created INTEGER NOT NULL CHECK (created >= 0),
            UNIQUE (organisation, name),
            UNIQUE (id, organisation)
        ) STRICT;

        CREATE TABLE models (
            name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            standing TEXT NOT NULL CHECK (standing IN ('active', 'held', 'suspended')),
            reason TEXT CHECK ((standing = 'active') = (reason IS NULL))
        ) STRICT;
        """

    private static let keys = """
        CREATE TABLE keys (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'key_?*'),
            organisation TEXT NOT NULL REFERENCES organisations (id),
            account TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            hint TEXT NOT NULL CHECK (length(hint) BETWEEN 1 AND 20),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            models TEXT CHECK (models IS NULL OR json_valid(models) AND json_type(models) = 'array'),
            routes TEXT CHECK (routes IS NULL OR json_valid(routes) AND json_type(routes) = 'array'),
            created INTEGER NOT NULL CHECK (created >= 0),
            expires INTEGER CHECK (expires >= 0),
            revoked INTEGER CHECK (revoked >= 0),
            family TEXT NOT NULL REFERENCES keys (id),
            replaced_by TEXT REFERENCES keys (id) DEFERRABLE INITIALLY DEFERRED,
            last_used INTEGER CHECK (last_used >= 0),
            \(limitChecks),
            FOREIGN KEY (account, organisation) REFERENCES accounts (id, organisation)
        ) STRICT;

        CREATE INDEX keys_by_organisation ON keys (organisation);

        CREATE TRIGGER keys_keep_identity BEFORE UPDATE OF id, organisation, account, hash, family, created ON keys
        BEGIN SELECT RAISE(ABORT, 'a key never changes its hash or its owner'); END;

        CREATE TRIGGER keys_stay_revoked BEFORE UPDATE OF revoked ON keys
        WHEN OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked
        BEGIN SELECT RAISE(ABORT, 'a revoked key stays revoked'); END;

        CREATE TRIGGER keys_stay BEFORE DELETE ON keys
        BEGIN SELECT RAISE(ABORT, 'keys are revoked, never deleted'); END;
        """

    private static let events = """
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL CHECK (time >= 0),
            actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
            action TEXT NOT NULL CHECK (action GLOB '?*.?*'),
            subject TEXT NOT NULL,
            detail TEXT NOT NULL CHECK (json_valid(detail) AND json_type(detail) = 'object')
        ) STRICT;

        CREATE TRIGGER events_are_final BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;

        CREATE TRIGGER events_stay BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
        """
}
