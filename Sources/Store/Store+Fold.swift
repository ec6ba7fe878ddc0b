import Foundation
import GRDB

extension Store {
    /// The last checkpoint of the ledger's fold; `nil` if there never was one.
    public func foldCheckpoint() async throws(StoreError) -> FoldCheckpoint? {
        try await run { [database] in
            try database.read { database in
                guard let row = try Row.fetchOne(database, sql: "SELECT * FROM fold") else { return nil }
                return FoldCheckpoint(
                    next: UInt64(clamping: row["next"] as Int64), chain: [UInt8](row["chain"] as Data),
                    balances: try FoldCheckpoint.Balance.all(in: database),
                    open: try FoldCheckpoint.Open.all(in: database), usage: [])
            }
        }
    }

    /// Writes a checkpoint and adds what was used since the one before, or does nothing at all.
    public func save(_ checkpoint: FoldCheckpoint) async throws(StoreError) {
        try await run { [database] in
            try database.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO fold (one, next, chain) VALUES (1, ?, ?)",
                    arguments: [Int64(clamping: checkpoint.next), Data(checkpoint.chain)])
                for balance in checkpoint.balances { try balance.write(to: database) }
                try database.execute(sql: "DELETE FROM open_exchanges")
                for open in checkpoint.open { try open.write(to: database) }
                for usage in checkpoint.usage { try usage.add(to: database) }
            }
        }
    }

    /// Forgets everything that was added up from the ledger, so that it can be added up anew.
    public func forgetFold() async throws(StoreError) {
        try await run { [database] in
            try database.write { database in
                for table in ["fold", "balances", "open_exchanges", "usage"] {
                    try database.execute(sql: "DELETE FROM \(table)")
                }
            }
        }
    }

    /// What was used, added up as asked, in the order of what it is kept apart by; the dearest first where that is no time.
    public func usage(_ question: UsageQuestion) async throws(StoreError) -> [UsageRecord] {
        try await run { [database] in
            try database.read { try UsageRecord.sums(question, in: $0) }
        }
    }
}

extension FoldCheckpoint.Balance {
    fileprivate static func all(in database: Database) throws -> [Self] {
        try Row.fetchAll(database, sql: "SELECT * FROM balances").map { row in
            Self(
                dimension: row["dimension"], subject: row["subject"], organisation: row["organisation"],
                total: row["total"], days: try pairs(row["days"]), months: try pairs(row["months"]))
        }
    }

    fileprivate func write(to database: Database) throws {
        let encoder = JSONEncoder()
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO balances (dimension, subject, organisation, total, days, months)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                dimension, subject, organisation, total, String(decoding: try encoder.encode(days), as: UTF8.self),
                String(decoding: try encoder.encode(months), as: UTF8.self),
            ])
    }

    private static func pairs(_ json: String) throws -> [[Int64]] {
        try JSONDecoder().decode([[Int64]].self, from: Data(json.utf8)).filter { $0.count == 2 }
    }
}

extension FoldCheckpoint.Open {
    fileprivate static func all(in database: Database) throws -> [Self] {
        try Row.fetchAll(database, sql: "SELECT * FROM open_exchanges").map { row in
            Self(
                sequence: UInt64(clamping: row["sequence"] as Int64), organisation: row["organisation"],
                account: row["account"], key: row["key"], model: row["model"], endUser: row["end_user"],
                price: UInt64(clamping: row["price"] as Int64), reserved: row["reserved"], day: row["day"])
        }
    }

    fileprivate func write(to database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO open_exchanges
                (sequence, organisation, account, key, model, end_user, price, reserved, day)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                Int64(clamping: sequence), organisation, account, key, model, endUser, Int64(clamping: price), reserved,
                day,
            ])
    }
}

extension UsageRecord {
    private static let counts = [
        "admitted", "refused", "completed", "unfinished", "input", "cached", "output", "reasoning", "cost",
    ]

    fileprivate func add(to database: Database) throws {
        let sums = Self.counts.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        try database.execute(
            sql: """
                INSERT INTO usage (day, organisation, account, key, model, \(Self.counts.joined(separator: ", ")))
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (day, organisation, account, key, model) DO UPDATE SET \(sums)
                """,
            arguments: [
                day ?? 0, organisation ?? "", account ?? "", key ?? "", model ?? "", admitted, refused, completed,
                unfinished, input, cached, output, reasoning, cost,
            ])
    }

    fileprivate static func sums(_ question: UsageQuestion, in database: Database) throws -> [UsageRecord] {
        var conditions = ["day BETWEEN ? AND ?"]
        var arguments: StatementArguments = [question.days.lowerBound, question.days.upperBound]
        let filters = [
            ("organisation", question.organisation), ("account", question.account), ("key", question.key),
            ("model", question.model),
        ]
        for (column, value) in filters {
            guard let value else { continue }
            conditions.append("\(column) = ?")
            arguments += [value]
        }
        let isTime = question.by == .day || question.by == .month
        // A month is told by its first day that was used; sums over months are the caller's.
        let column = question.by == .month ? "day" : question.by.rawValue
        let order = isTime ? "by_what" : "cost DESC, by_what"
        let sums = counts.map { "sum(\($0)) AS \($0)" }.joined(separator: ", ")
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT \(column) AS by_what, \(sums) FROM usage WHERE \(conditions.joined(separator: " AND "))
                GROUP BY \(column) ORDER BY \(order)
                """, arguments: arguments)
        return rows.map { row in
            var record = UsageRecord()
            if isTime { record.day = row["by_what"] }
            switch question.by {
            case .organisation: record.organisation = row["by_what"]
            case .account: record.account = row["by_what"]
            case .key: record.key = row["by_what"]
            case .model: record.model = row["by_what"]
            case .day, .month: break
            }
            (record.admitted, record.refused) = (row["admitted"], row["refused"])
            (record.completed, record.unfinished) = (row["completed"], row["unfinished"])
            (record.input, record.cached) = (row["input"], row["cached"])
            (record.output, record.reasoning) = (row["output"], row["reasoning"])
            record.cost = row["cost"]
            return record
        }
    }
}
