/// The second version's tables: more limits, end users, prices, budgets, and the checkpoint of what the ledger adds up to.
extension Schema {
    static let limits = """
        CREATE TABLE limits (
            holder TEXT NOT NULL CHECK (holder IN ('account', 'model', 'end_users')),
            subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
            \(limitChecks),
            PRIMARY KEY (holder, subject)
        ) STRICT;

        CREATE TABLE end_users (
            organisation TEXT NOT NULL REFERENCES organisations (id),
            pseudonym TEXT NOT NULL CHECK (pseudonym GLOB 'usr_?*'),
            standing TEXT NOT NULL CHECK (standing IN ('held', 'suspended')),
            reason TEXT NOT NULL,
            PRIMARY KEY (organisation, pseudonym)
        ) STRICT;

        CREATE TABLE secrets (
            name TEXT PRIMARY KEY NOT NULL,
            value BLOB NOT NULL CHECK (length(value) >= 16)
        ) STRICT;

        INSERT INTO secrets (name, value) VALUES ('pseudonyms', randomblob(32));
        """

    static let endUserLimits = """
        CREATE TABLE end_user_limits (
            organisation TEXT NOT NULL REFERENCES organisations (id),
            pseudonym TEXT NOT NULL CHECK (pseudonym GLOB 'usr_?*'),
            \(limitChecks),
            PRIMARY KEY (organisation, pseudonym)
        ) STRICT;
        """

    static let money = """
        CREATE TABLE prices (
            version INTEGER PRIMARY KEY AUTOINCREMENT,
            model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
            starts INTEGER NOT NULL CHECK (starts >= 0),
            input INTEGER NOT NULL CHECK (input BETWEEN 0 AND 1000000000000),
            cached INTEGER NOT NULL CHECK (cached BETWEEN 0 AND 1000000000000),
            output INTEGER NOT NULL CHECK (output BETWEEN 0 AND 1000000000000),
            reasoning INTEGER NOT NULL CHECK (reasoning BETWEEN 0 AND 1000000000000),
            created INTEGER NOT NULL CHECK (created >= 0)
        ) STRICT;

        CREATE TRIGGER prices_are_final BEFORE UPDATE ON prices
        BEGIN SELECT RAISE(ABORT, 'prices are only ever added'); END;

        CREATE TRIGGER prices_stay BEFORE DELETE ON prices
        BEGIN SELECT RAISE(ABORT, 'prices are only ever added'); END;

        CREATE TABLE budgets (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'bud_?*'),
            dimension TEXT NOT NULL
                CHECK (dimension IN ('organisation', 'account', 'key', 'model', 'end_user', 'each_end_user')),
            subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
            period TEXT NOT NULL CHECK (period IN ('day', 'month', 'total')),
            amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000000),
            alarms TEXT NOT NULL CHECK (json_valid(alarms) AND json_type(alarms) = 'array'),
            stops INTEGER NOT NULL CHECK (stops IN (0, 1)),
            created INTEGER NOT NULL CHECK (created >= 0),
            removed INTEGER CHECK (removed >= 0)
        ) STRICT;

        CREATE UNIQUE INDEX budgets_in_force ON budgets (dimension, subject, period) WHERE removed IS NULL;
        """

    static let fold = """
        CREATE TABLE fold (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            next INTEGER NOT NULL CHECK (next >= 1),
            chain BLOB NOT NULL CHECK (length(chain) IN (0, 32))
        ) STRICT;

        CREATE TABLE balances (
            dimension TEXT NOT NULL,
            subject TEXT NOT NULL,
            organisation TEXT NOT NULL,
            total INTEGER NOT NULL CHECK (total >= 0),
            days TEXT NOT NULL,
            months TEXT NOT NULL,
            PRIMARY KEY (dimension, subject)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE open_exchanges (
            sequence INTEGER PRIMARY KEY NOT NULL,
            organisation TEXT NOT NULL,
            account TEXT NOT NULL,
            key TEXT NOT NULL,
            model TEXT NOT NULL,
            end_user TEXT NOT NULL,
            price INTEGER NOT NULL,
            reserved INTEGER NOT NULL CHECK (reserved >= 0),
            day INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE usage (
            day INTEGER NOT NULL,
            organisation TEXT NOT NULL,
            account TEXT NOT NULL,
            key TEXT NOT NULL,
            model TEXT NOT NULL,
            admitted INTEGER NOT NULL DEFAULT 0,
            refused INTEGER NOT NULL DEFAULT 0,
            completed INTEGER NOT NULL DEFAULT 0,
            unfinished INTEGER NOT NULL DEFAULT 0,
            input INTEGER NOT NULL DEFAULT 0,
            cached INTEGER NOT NULL DEFAULT 0,
            output INTEGER NOT NULL DEFAULT 0,
            reasoning INTEGER NOT NULL DEFAULT 0,
            cost INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (day, organisation, account, key, model)
        ) STRICT, WITHOUT ROWID;
        """
}
