/// Up to 256 decisions in one leaf: a root over their items, and of each what everybody may know.
public struct DecisionBatch: Sendable, Hashable {
    /// The most items of a batch.
    public static let limit = 256
    /// The most different rules, and sets of releases, of a batch.
    public static let tableLimit = 64
    private static let none: UInt8 = 255

    /// What everybody may know of one item; its place gives its sequence number.
    public struct Row: Sendable, Hashable {
        /// What happened.
        public var event: DecisionEvent
        /// Its releases, as a place in the batch's table; `nil` for none.
        public var releases: Int?
        /// Its rule, as a place in the batch's table; `nil` for none.
        public var rule: Int?
        /// Whether parts went to the model that no safeguard could read.
        public var hasUnjudgedParts: Bool
        /// For the end of an exchange: how many records before it its admission is; 0 otherwise.
        public var back: UInt32
    }

    /// The period in which the decisions were made.
    public var slot: UInt32
    /// The sequence number of the first item; the others follow without a gap.
    public var first: UInt64
    /// The RFC 6962 root over the items' canonical bytes.
    public var root: TreeHash
    /// The sets of releases that the rows name.
    public var releases: [ReleaseHashes]
    /// The rules that the rows name.
    public var rules: [AppliedRule]
    /// The items, in order.
    public var rows: [Row]

    /// Puts items with consecutive numbers into a batch; `nil` when there are too many, gaps, or too many different rules.
    public init?(_ items: [DecisionItem]) {
        guard items.count <= Self.limit else { return nil }
        var draft = DecisionBatchDraft()
        for item in items { draft.add(item) }
        guard let batch = draft.close() else { return nil }
        self = batch
    }

    init(_ draft: borrowing DecisionBatchDraft, root: TreeHash) {
        (slot, first, self.root) = (draft.slot, draft.first, root)
        (releases, rules, rows) = (draft.releases, draft.rules, draft.rows)
    }

    /// The sequence number after the last item's.
    public var next: UInt64 { first &+ UInt64(rows.count) }

    /// Whether an item at a place says what its row says.
    public func agrees(with item: DecisionItem, at place: Int) -> Bool {
        guard rows.indices.contains(place) else { return false }
        let row = rows[place]
        let admission = row.event.isEnd ? first &+ UInt64(place) &- UInt64(row.back) : 0
        return item.sequence == first &+ UInt64(place) && item.slot == slot && item.event == row.event
            && item.hasUnjudgedParts == row.hasUnjudgedParts && item.admission == admission
            && item.rule == row.rule.map { rules[$0] }
            && item.releases == row.releases.map { releases[$0] } ?? ReleaseHashes()
    }

    func write(to writer: inout LeafWriter) {
        writer.integer(first)
        writer.integer(UInt16(rows.count))
        writer.hash(root)
        writer.integer(UInt8(releases.count))
        for set in releases { set.forEach { writer.hash($0) } }
        writer.integer(UInt8(rules.count))
        for rule in rules { rule.write(to: &writer) }
        for row in rows {
            // Event, releases, rule, flag, and the distance in the last four bytes.
            let set = UInt64(row.releases.map(UInt8.init) ?? Self.none)
            let rule = UInt64(row.rule.map(UInt8.init) ?? Self.none)
            writer.integer(
                UInt64(row.event.rawValue) | set << 8 | rule << 16 | (row.hasUnjudgedParts ? 1 : 0) << 24
                    | UInt64(row.back) << 32)
        }
    }

    init(_ reader: inout LeafReader, slot: UInt32) {
        self.slot = slot
        first = reader.integer("first sequence")
        let count = Int(reader.integer("count", UInt16.self))
        if count == 0 || count > Self.limit || first > UInt64.max - 256 { reader.fail("count") }
        root = reader.hash("root of the items")
        (releases, rules, rows) = ([], [], [])
        for _ in 0..<min(Self.tableLimit + 1, Int(reader.integer("number of releases", UInt8.self))) {
            releases.append(ReleaseHashes(&reader))
        }
        for _ in 0..<min(Self.tableLimit + 1, Int(reader.integer("number of rules", UInt8.self))) {
            rules.append(AppliedRule(&reader))
        }
        if releases.count > Self.tableLimit || rules.count > Self.tableLimit { reader.fail("tables") }
        guard reader.problem == nil else { return }
        for place in 0..<count { rows.append(row(&reader, first &+ UInt64(place))) }
        checkTables(&reader)
    }

    private func row(_ reader: inout LeafReader, _ sequence: UInt64) -> Row {
        let eight = reader.integer("event", UInt64.self)
        func byte(_ place: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: eight >> (8 * place)) }
        let event = DecisionEvent(rawValue: byte(0))
        if event == nil { reader.fail("event") }
        let (set, rule) = (byte(1), byte(2))
        if set != Self.none, Int(set) >= releases.count { reader.fail("releases") }
        if rule != Self.none, Int(rule) >= rules.count { reader.fail("rule") }
        if byte(3) > 1 { reader.fail("unjudged flag") }
        let row = Row(
            event: event ?? .admitted, releases: set == Self.none ? nil : Int(set),
            rule: rule == Self.none ? nil : Int(rule), hasUnjudgedParts: byte(3) == 1,
            back: UInt32(truncatingIfNeeded: eight >> 32))
        if row.event.isEnd ? row.back == 0 || UInt64(row.back) >= sequence : row.back != 0 {
            reader.fail("distance to the admission")
        }
        if row.event.namesRule != (row.rule != nil) { reader.fail("rule") }
        return row
    }

    /// One form only: tables hold each value once, in the order of their first use.
    private func checkTables(_ reader: inout LeafReader) {
        func isInOrder(_ uses: [Int], _ count: Int) -> Bool {
            var seen = 0
            for use in uses where use >= seen {
                guard use == seen else { return false }
                seen += 1
            }
            return seen == count
        }
        guard isInOrder(rows.compactMap(\.releases), releases.count), isInOrder(rows.compactMap(\.rule), rules.count),
            Set(releases).count == releases.count, Set(rules).count == rules.count
        else { return reader.fail("tables") }
    }
}
