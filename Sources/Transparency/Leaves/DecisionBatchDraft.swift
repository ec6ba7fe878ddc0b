/// A batch that is being put together, item by item; of each only its hash and its row are kept.
public struct DecisionBatchDraft: Sendable {
    private(set) var slot: UInt32 = 0
    private(set) var first: UInt64 = 0
    private(set) var releases: [ReleaseHashes] = []
    private(set) var rules: [AppliedRule] = []
    private(set) var rows: [DecisionBatch.Row] = []
    private var hashes: [TreeHash] = []
    /// Whether an item came that no batch can hold with those before it.
    private var isBroken = false
    /// Whether an item named no releases, which counts as a set of them where there is room to be found.
    private var hasNoReleases = false

    /// An empty one.
    public init() {}

    /// Whether there is nothing in it.
    public var isEmpty: Bool { hashes.isEmpty }

    /// Whether it is full, or holds no other rules or releases than it has.
    public func hasRoom(for item: borrowing DecisionItem) -> Bool {
        guard hashes.count < DecisionBatch.limit else { return false }
        if releases.count + (hasNoReleases ? 1 : 0) >= DecisionBatch.tableLimit {
            let isNew = item.releases == ReleaseHashes() ? !hasNoReleases : !releases.contains(item.releases)
            if isNew { return false }
        }
        guard rules.count >= DecisionBatch.tableLimit, let rule = item.rule else { return true }
        return rules.contains(rule)
    }

    /// Takes the next item.
    public mutating func add(_ item: borrowing DecisionItem) {
        if hashes.isEmpty { (slot, first) = (item.slot, item.sequence) }
        guard item.sequence == first &+ UInt64(hashes.count), item.slot == slot else { return isBroken = true }
        hashes.append(item.hash)
        var row = DecisionBatch.Row(
            event: item.event, releases: nil, rule: nil, hasUnjudgedParts: item.hasUnjudgedParts, back: 0)
        if item.releases == ReleaseHashes() {
            hasNoReleases = true
        } else {
            row.releases = place(of: item.releases)
        }
        if let rule = item.rule {
            row.rule = rules.firstIndex(of: rule) ?? rules.count
            if row.rule == rules.count { rules.append(rule) }
        }
        if releases.count > DecisionBatch.tableLimit || rules.count > DecisionBatch.tableLimit { isBroken = true }
        if item.event.isEnd {
            if item.admission < item.sequence, let back = UInt32(exactly: item.sequence - item.admission) {
                row.back = back
            } else {
                isBroken = true
            }
        }
        rows.append(row)
    }

    private mutating func place(of item: ReleaseHashes) -> Int {
        if let place = releases.firstIndex(of: item) { return place }
        releases.append(item)
        return releases.count - 1
    }

    /// Ends the batch and begins the next; `nil` when it is empty, or its items are not in order.
    public mutating func close() -> DecisionBatch? {
        defer {
            // The memory serves the next one; rows and tables are the batch's.
            hashes.removeAll(keepingCapacity: true)
            (releases, rules, rows) = ([], [], [])
            (isBroken, hasNoReleases) = (false, false)
            rows.reserveCapacity(DecisionBatch.limit)
        }
        guard !hashes.isEmpty, !isBroken else { return nil }
        return DecisionBatch(self, root: MerkleTree(hashes).root())
    }
}
