/// What a provider knows of a customer.
public struct OrganisationRecord: Sendable, Equatable {
    /// When it signed up, in milliseconds since 1970.
    public var created: Int64
    /// The word for its plan.
    public var plan: String
    /// Whether its identity was checked.
    public var isVerified: Bool
    /// What a signed contract allows, in one word; empty without one.
    public var contract: String

    /// A record.
    public init(created: Int64, plan: String = "", isVerified: Bool = false, contract: String = "") {
        self.created = created
        self.plan = plan
        self.isVerified = isVerified
        self.contract = contract
    }

    /// Whether the contract is about grading, research or the like, as far as its word says.
    public var mayGrade: Bool {
        guard !contract.isEmpty else { return false }
        let word = contract.lowercased()
        return ["eval", "research", "bench", "safety", "red", "annotat", "label", "grad", "judg", "评", "研究", "标注"]
            .contains { word.contains($0) }
    }

    /// Reads a CSV with the columns org_id, created_ms, plan, verified and contract; others are skipped.
    ///
    /// - Throws: `ReadingError.column` or `.field` with the line's number.
    public static func read(csv: String, path: String) throws(ReadingError) -> [String: OrganisationRecord] {
        var rows = csv.split(omittingEmptySubsequences: true) { $0 == "\n" || $0 == "\r\n" }[...]
        guard let head = rows.popFirst() else { throw .content("there is not even a header", path: path) }
        let names = cells(head)
        func column(_ name: String) throws(ReadingError) -> Int {
            guard let index = names.firstIndex(of: name) else { throw .column(name, path: path) }
            return index
        }
        let (id, created) = (try column("org_id"), try column("created_ms"))
        let (plan, verified) = (names.firstIndex(of: "plan"), names.firstIndex(of: "verified"))
        let contract = names.firstIndex(of: "contract")
        var records: [String: OrganisationRecord] = [:]
        records.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            let values = cells(row)
            func value(_ column: Int?) -> String {
                guard let column, column < values.count else { return "" }
                return values[column]
            }
            guard let time = Int64(value(created)), (0..<(1 << 50)).contains(time) else {
                throw .field("created_ms", line: index + 2)
            }
            records[value(id)] = OrganisationRecord(
                created: time, plan: value(plan),
                isVerified: ["true", "1", "yes"].contains(value(verified).lowercased()),
                contract: value(contract))
        }
        return records
    }

    private static func cells(_ row: some StringProtocol) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isQuoted = false
        var previousWasQuote = false
        for character in row {
            if character == "\"" {
                if isQuoted == false, previousWasQuote { cell.append("\"") }
                isQuoted.toggle()
                previousWasQuote = !isQuoted
                continue
            }
            previousWasQuote = false
            if character == ",", !isQuoted {
                cells.append(cell)
                cell = ""
            } else {
                cell.append(character)
            }
        }
        return cells + [cell]
    }
}
