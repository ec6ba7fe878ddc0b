/// One question of a batch: which item, under which version, to where.
public struct ClassificationCase: Sendable {
    /// The line it stands on.
    public let line: Int
    /// The item's maker.
    public let vendor: String
    /// The item's name.
    public let name: String
    /// As written.
    public let version: String
    /// As written.
    public let destination: String
    /// The version; nil if it is not known.
    public let rules: RuleVersion?
    /// Where the goods go.
    public let consignment: Consignment
    /// What was taken for granted while reading it.
    public let assumptions: [String]
    /// What was wrong with its cells.
    public let problems: [String]

    /// Reads the cases of a table with the columns `vendor`, `name`, `rule_version`, `destination`; and, where they are
    /// there, `headquarters`, `ultimate_parent` and `as_of`.
    public static func read(_ table: CellTable) throws(CellTable.Problem) -> [Self] {
        let vendor = try table.required("vendor")
        let name = try table.required("name")
        let version = try table.required("rule_version")
        let destination = try table.required("destination")
        let headquarters = table.column("headquarters")
        let parent = table.column("ultimate_parent")
        let day = table.column("as_of")
        return table.rows.map { row in
            var problems: [String] = []
            var assumptions: [String] = []
            func place(_ column: Int) -> Place? {
                let text = row.cells[column]
                guard !text.isEmpty else { return nil }
                guard let place = Place(text) else {
                    problems.append(
                        "line \(row.line), \(table.columns[column]): '\(text.prefix(20))' is no ISO 3166 code (CN, UA-43)"
                    )
                    return nil
                }
                return place
            }
            let rules = RuleVersion(rawValue: row.cells[version])
            if rules == nil {
                let known = RuleVersion.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append(
                    "line \(row.line), rule_version: '\(row.cells[version].prefix(40))' is not one of \(known)")
            }
            var consignment = Consignment(to: place(destination))
            if let headquarters { consignment.headquarters = place(headquarters) }
            if let parent { consignment.parent = place(parent) }
            if headquarters == nil || parent == nil {
                assumptions.append(
                    "The buyer is taken to have its headquarters and ultimate parent in the destination where no column "
                        + "says otherwise.")
            }
            if let day, !row.cells[day].isEmpty {
                consignment.day = CalendarDay(row.cells[day])
                if consignment.day == nil {
                    problems.append("line \(row.line), as_of: '\(row.cells[day].prefix(20))' is no day (2026-01-31)")
                }
            }
            return Self(
                line: row.line, vendor: row.cells[vendor], name: row.cells[name], version: row.cells[version],
                destination: row.cells[destination], rules: rules, consignment: consignment, assumptions: assumptions,
                problems: problems)
        }
    }
}
