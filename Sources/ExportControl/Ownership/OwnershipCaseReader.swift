/// Reads and answers the ownership batch: one JSON object a line.
public struct OwnershipCase: Sendable {
    /// Why a line is no case.
    public struct Problem: Error, CustomStringConvertible {
        /// The field.
        public let field: String
        /// What is wrong with it, and the way out.
        public let message: String
        /// Both, in one line.
        public var description: String { "\(field): \(message)" }
    }

    /// The case's id, as written.
    public let id: ExactJSON
    /// The question.
    public let question: OwnershipQuestion
    /// The keys that `result` must hold; nil for all of them.
    public let keys: [String]?

    /// Reads `{id, edges: [{owner, owned, pct, from, until, control}], listed, query, date, hq, holdings, expected}`.
    public init(_ line: [UInt8]) throws(Problem) {
        let value: ExactJSON
        do throws(ExactJSON.Problem) {
            value = try ExactJSON(line)
        } catch {
            throw Problem(field: "line", message: "no JSON (\(error))")
        }
        guard case .object = value else { throw Problem(field: "line", message: "no JSON object") }
        id = value["id"] ?? .null
        guard let party = value["query"]?.text else {
            throw Problem(field: "query", message: "a party's name is needed")
        }
        guard let text = value["date"]?.text, let day = CalendarDay(text) else {
            throw Problem(field: "date", message: "a day is needed (2026-01-31): it decides which rules are in force")
        }
        var question = OwnershipQuestion(party: party, day: day, records: try Self.records(value["edges"]))
        question.listed = try Self.listed(value["listed"])
        for (name, seat) in try Self.members(value["hq"], "hq") {
            if case .null = seat { continue }
            guard let code = seat.text, let place = Place(code) else {
                throw Problem(field: "hq.\(name)", message: "an ISO 3166 code is needed (CN)")
            }
            question.headquarters[name] = place
        }
        for (name, amount) in try Self.members(value["holdings"], "holdings") {
            question.holdings.append((name, try Self.amount(amount, "holdings.\(name)")))
        }
        self.question = question
        if case .object(let expected)? = value["expected"] { keys = expected.map(\.key) } else { keys = nil }
    }

    private static func members(
        _ value: ExactJSON?, _ field: String
    ) throws(Problem) -> [(key: String, value: ExactJSON)] {
        switch value {
        case nil, .null?: return []
        case .object(let members)?: return members
        default: throw Problem(field: field, message: "an object is needed")
        }
    }

    private static func listed(_ value: ExactJSON?) throws(Problem) -> [(party: String, list: String)] {
        var listed: [(party: String, list: String)] = []
        for (party, lists) in try members(value, "listed") {
            switch lists {
            case .string(let list): listed.append((party, list))
            case .array(let all):
                for list in all {
                    guard let list = list.text else {
                        throw Problem(field: "listed.\(party)", message: "names of lists are needed")
                    }
                    listed.append((party, list))
                }
            default: throw Problem(field: "listed.\(party)", message: "the name of a list is needed")
            }
        }
        return listed
    }

    private static func amount(_ value: ExactJSON, _ field: String) throws(Problem) -> Bounds {
        switch value {
        case .null: return .unknown
        case .number(let digits), .string(let digits):
            if let bounds = try? Bounds(cell: digits) { return bounds }
            throw Problem(field: field, message: "TPP is needed, in digits")
        default: throw Problem(field: field, message: "TPP is needed, in digits")
        }
    }

    private static func records(_ value: ExactJSON?) throws(Problem) -> [OwnershipRecord] {
        guard case .array(let edges)? = value else { throw Problem(field: "edges", message: "an array is needed") }
        var records: [OwnershipRecord] = []
        for (index, edge) in edges.enumerated() { records.append(try record(edge, "edges[\(index)]")) }
        return records
    }

    /// One edge; an unknown `pct` is null, missing or "unknown".
    static func record(_ edge: ExactJSON, _ field: String) throws(Problem) -> OwnershipRecord {
        guard let owner = edge["owner"]?.text, let owned = edge["owned"]?.text else {
            throw Problem(field: field, message: "owner and owned are needed")
        }
        let share: ShareBounds
        switch edge["pct"] {
        case nil, .null?: share = .unknown
        case .string(let text)? where ["", "unknown", "?"].contains(text.lowercased()): share = .unknown
        case .number(let digits)?, .string(let digits)?:
            guard let bounds = ShareBounds(percent: digits) else {
                throw Problem(field: field + ".pct", message: "'\(digits.prefix(30))' is no percentage (37.6)")
            }
            guard bounds.lower <= .whole else {
                throw Problem(field: field + ".pct", message: "'\(digits.prefix(30))' is more than all of it: 0 to 100")
            }
            share = bounds
        default: throw Problem(field: field + ".pct", message: "a percentage is needed (37.6), or null")
        }
        var record = OwnershipRecord(owner: owner, owned: owned, share: share)
        for name in ["from", "until"] {
            guard let value = edge[name], value != .null else { continue }
            guard let text = value.text, let day = CalendarDay(text) else {
                throw Problem(field: "\(field).\(name)", message: "a day is needed (2026-01-31)")
            }
            if name == "from" { record.from = day } else { record.until = day }
        }
        if let from = record.from, let until = record.until, until < from {
            throw Problem(field: "\(field).until", message: "\(until) is before \(from), when it began")
        }
        switch edge["control"] {
        case .bool(let isControl)?: record.isControl = isControl
        case .string(let means)?: record.isControl = !means.isEmpty
        default: break
        }
        return record
    }

    /// The answer as JSON: the result first, then the path and what is missing.
    public func json(_ answer: OwnershipAnswer) -> ExactJSON {
        let all = answer.members
        let result =
            keys.map { keys in keys.map { key in (key: key, value: all.first { $0.key == key }?.value ?? .null) } }
            ?? all
        func texts(_ texts: [String]) -> ExactJSON { .array(texts.map { .string($0) }) }
        return .object([
            ("id", id), ("result", .object(result)), ("path", texts(answer.path)), ("remarks", texts(answer.remarks)),
            ("missing", texts(answer.missing(among: keys))), ("notice", .string(Notice.text)),
        ])
    }
}

extension OwnershipAnswer {
    /// What could not be answered, and why; of some keys alone, where they are given.
    public func missing(among keys: [String]? = nil) -> [String] {
        var all: [String] = []
        for (name, finding) in [
            ("restricted", restricted), ("hq_rule", headquartersRule), ("over_lpp", isOverLowPerformance),
        ] {
            guard keys?.contains(name) != false else { continue }
            if case .undetermined(let missing) = finding { all.append("\(name) is undetermined: \(missing)") }
        }
        return all
    }

    /// Every result by its stable name.
    var members: [(key: String, value: ExactJSON)] {
        let undetermined = ExactJSON.string("undetermined")
        func json(_ finding: Finding3) -> ExactJSON {
            switch finding {
            case .yes: .bool(true)
            case .no: .bool(false)
            case .undetermined: undetermined
            }
        }
        return [
            ("restricted", json(restricted)), ("listed_pct", listedShare.map { .number($0.text) } ?? undetermined),
            ("ultimate_parent", ultimateParent.map { .string($0) } ?? .null), ("red_flag", .bool(redFlag)),
            ("hq_rule", json(headquartersRule)),
            ("aggregate_tpp", aggregate.exact.map { .number($0.text) } ?? undetermined),
            ("over_lpp", json(isOverLowPerformance)),
            ("most_restrictive", mostRestrictive.map { .string($0) } ?? .null),
        ]
    }
}

/// Reads ownership from tables: edges with `owner`, `owned`, `pct` and, if there, `from`, `until`, `control`; lists with
/// `party`, `list`.
public enum OwnershipTable {
    /// The edges of a table.
    public static func records(_ table: CellTable) throws(CellTable.Problem) -> [OwnershipRecord] {
        let owner = try table.required("owner")
        let owned = try table.required("owned")
        let share = try table.required("pct")
        let days = (table.column("from"), table.column("until"))
        let control = table.column("control")
        var records: [OwnershipRecord] = []
        records.reserveCapacity(table.rows.count)
        for row in table.rows {
            var record = OwnershipRecord(
                owner: row.cells[owner], owned: row.cells[owned], share: try bounds(row.cells[share], row.line))
            record.from = try day(days.0.map { row.cells[$0] }, "from", row.line)
            record.until = try day(days.1.map { row.cells[$0] }, "until", row.line)
            if let from = record.from, let until = record.until, until < from {
                throw .init(line: row.line, message: "until: \(until) is before \(from), when it began")
            }
            if let control { record.isControl = ["true", "yes", "1"].contains(row.cells[control].lowercased()) }
            records.append(record)
        }
        return records
    }

    /// The lists of a table.
    public static func listed(_ table: CellTable) throws(CellTable.Problem) -> [(party: String, list: String)] {
        let party = try table.required("party")
        let list = try table.required("list")
        return table.rows.map { ($0.cells[party], $0.cells[list]) }
    }

    private static func bounds(_ cell: String, _ line: Int) throws(CellTable.Problem) -> ShareBounds {
        guard !["", "unknown", "?"].contains(cell) else { return .unknown }
        guard let bounds = ShareBounds(percent: cell) else {
            throw .init(
                line: line, message: "pct: '\(cell.prefix(30))' is no percentage (37.6); leave it blank if unknown")
        }
        guard bounds.lower <= .whole else {
            throw .init(line: line, message: "pct: '\(cell.prefix(30))' is more than all of it: 0 to 100")
        }
        return bounds
    }

    private static func day(
        _ cell: String?, _ name: String, _ line: Int
    ) throws(CellTable.Problem) -> CalendarDay? {
        guard let cell, !cell.isEmpty else { return nil }
        guard let day = CalendarDay(cell) else {
            throw .init(line: line, message: "\(name): '\(cell.prefix(20))' is no day (2026-01-31)")
        }
        return day
    }
}
