import Transparency

extension DecisionItem {
    /// What a record of the ledger shows of itself in its receipt: no organisation, no account, no key, no score.
    init(_ entry: LedgerEntry, slot: UInt32) {
        switch entry.record {
        case .admission(let admission): self.init(admission, sequence: entry.sequence, slot: slot)
        case .completion(let completion):
            self.init(
                sequence: entry.sequence, event: completion.event, slot: slot, admission: completion.sequence,
                rule: completion.rule, commitment: completion.answerCommitment.map { TreeHash($0.hash) })
        case .interruption:
            self.init(sequence: entry.sequence, event: .interruption, slot: slot)
        case .growth, .act:
            self.init(sequence: entry.sequence, event: .act, slot: slot)
        }
    }

    private init(_ admission: Admission, sequence: UInt64, slot: UInt32) {
        let event: DecisionEvent
        var rule: AppliedRule?
        switch admission.decision {
        case .admitted: event = .admitted
        case .refused(let category, let principle, let stage, _):
            event = .refused
            rule = AppliedRule(category: category, principle: principle, stage: stage.rawValue)
        case .denied(let code):
            event = .denied
            rule = AppliedRule(category: "", principle: code, stage: 0)
        }
        self.init(
            sequence: sequence, event: event, slot: slot, decision: admission.decisionID.bytes,
            releases: ReleaseHashes(
                constitution: TreeHash(admission.constitutionHash),
                classifier: TreeHash(admission.classifierHash),
                scalingPolicy: TreeHash(admission.scalingPolicyHash),
                model: TreeHash(admission.modelDigest)),
            rule: rule, hasUnjudgedParts: !admission.unjudged.isEmpty,
            commitment: admission.requestCommitment.map { TreeHash($0.hash) })
    }
}

extension TreeHash {
    /// The same bytes in the words of the public log; zero where there are none.
    fileprivate init(_ hash: Hash256?) {
        self = hash.flatMap { $0.withBytes { TreeHash($0) } } ?? .zero
    }
}

extension Completion {
    fileprivate var event: DecisionEvent {
        switch outcome {
        case .complete: .complete
        case .refusedMidStream: .refusedMidStream
        case .cut: .cut
        case .failed: .failed
        case .clientLeft: .clientLeft
        }
    }

    fileprivate var rule: AppliedRule? {
        guard case .refusedMidStream(let category, let principle, let stage) = outcome else { return nil }
        return AppliedRule(category: category, principle: principle, stage: stage.rawValue)
    }
}

extension LedgerEntry {
    /// When the record was made, in milliseconds since 1970.
    var time: Int64 { record.moment }
}

/// Collects records into batches: up to 256 of one period of ten minutes, and no more rules than a batch's tables hold.
struct BatchBuilder {
    private(set) var items: [DecisionItem] = []
    private var releases: Set<ReleaseHashes> = []
    private var rules: Set<AppliedRule> = []
    /// The period of the newest leaf; times never go back from one leaf to the next.
    private(set) var slot: UInt32

    init(slot: UInt32) {
        self.slot = slot
    }

    /// Takes the next record; gives the batch before it when that is complete.
    mutating func add(_ entry: LedgerEntry) -> DecisionBatch? {
        let period = max(slot, TimeSlot.of(milliseconds: entry.time))
        let item = DecisionItem(entry, slot: period)
        var full: DecisionBatch?
        let limit = DecisionBatch.tableLimit
        if period != slot || items.count == DecisionBatch.limit
            || releases.count == limit && !releases.contains(item.releases)
            || rules.count == limit && item.rule.map(rules.contains) == false
        {
            full = close()
        }
        slot = period
        items.append(item)
        if items.count == 1 || item.releases != items[items.count - 2].releases { releases.insert(item.releases) }
        if let rule = item.rule { rules.insert(rule) }
        return full
    }

    /// Something else was published in a later period.
    mutating func advance(to later: UInt32) {
        if items.isEmpty { slot = max(slot, later) }
    }

    /// Ends the batch; `nil` when it is empty.
    mutating func close() -> DecisionBatch? {
        guard !items.isEmpty else { return nil }
        defer {
            items.removeAll(keepingCapacity: true)
            releases = []
            rules = []
        }
        return DecisionBatch(items)
    }
}

extension DecisionID {
    /// Takes 16 bytes, most significant first; `nil` for another number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
    }
}
