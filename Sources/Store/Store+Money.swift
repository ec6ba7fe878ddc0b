import Foundation
import GRDB

// Limits, end users, prices, budgets and the fold of the ledger as rows. The columns are named in Schema.

extension LimitHolder {
    static func all(in database: Database) throws -> [LimitHolder: Limits] {
        var limits: [LimitHolder: Limits] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM limits") {
            let subject: String = row["subject"]
            switch row["holder"] as String {
            case "account": limits[.account(AccountID(subject))] = Limits(row)
            case "model": limits[.model(subject)] = Limits(row)
            default: limits[.endUsers(OrganisationID(subject))] = Limits(row)
            }
        }
        for row in try Row.fetchAll(database, sql: "SELECT * FROM end_user_limits") {
            limits[.endUser(OrganisationID(row["organisation"]), pseudonym: row["pseudonym"])] = Limits(row)
        }
        return limits
    }

    /// The table, and the columns that name the holder in it.
    fileprivate var place: (table: String, columns: [String], values: [String]) {
        switch self {
        case .account(let id): ("limits", ["holder", "subject"], ["account", id.text])
        case .model(let name): ("limits", ["holder", "subject"], ["model", name])
        case .endUsers(let id): ("limits", ["holder", "subject"], ["end_users", id.text])
        case .endUser(let id, let pseudonym):
            ("end_user_limits", ["organisation", "pseudonym"], [id.text, pseudonym])
        }
    }

    fileprivate func write(_ limits: Limits, to database: Database) throws {
        let (table, columns, values) = place
        guard limits != Limits() else {
            let condition = columns.map { "\($0) = ?" }.joined(separator: " AND ")
            return try database.execute(
                sql: "DELETE FROM \(table) WHERE \(condition)", arguments: StatementArguments(values))
        }
        var arguments = StatementArguments(values)
        arguments += [limits.requestsPerMinute, limits.tokensPerMinute, limits.concurrency]
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO \(table)
                (\(columns.joined(separator: ", ")), requests_per_minute, tokens_per_minute, concurrency)
                VALUES (?, ?, ?, ?, ?)
                """, arguments: arguments)
    }
}

extension Standing {
    static func endUsers(in database: Database) throws -> [OrganisationID: [String: Standing]] {
        var standings: [OrganisationID: [String: Standing]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM end_users") {
            standings[OrganisationID(row["organisation"]), default: [:]][row["pseudonym"]] = Standing(row)
        }
        return standings
    }
}

extension PriceRecord {
    static func all(in database: Database) throws -> [PriceRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM prices ORDER BY version").map { row in
            PriceRecord(
                version: row["version"], model: row["model"], starts: row["starts"], input: row["input"],
                cached: row["cached"], output: row["output"], reasoning: row["reasoning"], created: row["created"])
        }
    }
}

extension BudgetRecord {
    static func inForce(in database: Database) throws -> [BudgetRecord] {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM budgets WHERE removed IS NULL ORDER BY created, id")
        return try rows.map { row in
            let alarms: String = row["alarms"]
            return BudgetRecord(
                id: BudgetID(row["id"]), dimension: row["dimension"], subject: row["subject"], period: row["period"],
                amount: row["amount"], alarms: try JSONDecoder().decode([Int].self, from: Data(alarms.utf8)),
                stops: row["stops"], created: row["created"])
        }
    }
}

extension Schema {
    static func pseudonymKey(in database: Database) throws -> [UInt8] {
        let value = try Data.fetchOne(database, sql: "SELECT value FROM secrets WHERE name = 'pseudonyms'")
        return [UInt8](value ?? Data())
    }
}

extension Change {
    /// Writes those changes that `write` leaves to it.
    func writeMoney(to database: Database) throws {
        switch self {
        case .setLimits(let holder, let limits): try holder.write(limits, to: database)
        case .setEndUser(let organisation, let pseudonym, let standing):
            let columns = standing.columns
            guard let reason = columns.reason else {
                return try database.execute(
                    sql: "DELETE FROM end_users WHERE organisation = ? AND pseudonym = ?",
                    arguments: [organisation.text, pseudonym])
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO end_users (organisation, pseudonym, standing, reason) VALUES (?, ?, ?, ?)",
                arguments: [organisation.text, pseudonym, columns.name, reason])
        case .addPrice(let price): try add(price, to: database)
        case .setBudget(let budget): try set(budget, in: database)
        case .removeBudget(let id, let time):
            try database.execute(
                sql: "UPDATE budgets SET removed = ? WHERE id = ? AND removed IS NULL", arguments: [time, id.text])
            try expectOne(database, id.text)
        default: break
        }
    }

    private func add(_ price: PriceRecord, to database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO prices (version, model, starts, input, cached, output, reasoning, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                price.version, price.model, price.starts, price.input, price.cached, price.output, price.reasoning,
                price.created,
            ])
    }

    private func set(_ budget: BudgetRecord, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE budgets SET removed = ?
                WHERE dimension = ? AND subject = ? AND period = ? AND removed IS NULL
                """,
            arguments: [budget.created, budget.dimension, budget.subject, budget.period])
        try database.execute(
            sql: """
                INSERT INTO budgets (id, dimension, subject, period, amount, alarms, stops, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                budget.id.text, budget.dimension, budget.subject, budget.period, budget.amount,
                String(decoding: try JSONEncoder().encode(budget.alarms), as: UTF8.self), budget.stops, budget.created,
            ])
    }
}
