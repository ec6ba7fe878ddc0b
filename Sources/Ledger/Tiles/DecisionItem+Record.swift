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

extension DecisionItem {
    /// The same from a record's fields where they lie.
    init(_ sequence: UInt64, _ fields: RecordFields, slot: UInt32) {
        switch fields {
        case .admission(let admission): self.init(admission, sequence: sequence, slot: slot)
        case .completion(let completion): self.init(completion, sequence: sequence, slot: slot)
        case .interruption: self.init(sequence: sequence, event: .interruption, slot: slot)
        case .growth, .act: self.init(sequence: sequence, event: .act, slot: slot)
        }
    }

    private init(_ admission: RawAdmission, sequence: UInt64, slot: UInt32) {
        let event: DecisionEvent
        var rule: AppliedRule?
        switch admission.decision {
        case .admitted: event = .admitted
        case .refused(let category, let principle, let stage, _):
            event = .refused
            rule = AppliedRule(category: category.string, principle: principle.string, stage: stage.rawValue)
        case .denied(let code):
            event = .denied
            rule = AppliedRule(category: "", principle: code.string, stage: 0)
        }
        self.init(
            sequence: sequence, event: event, slot: slot, releases: ReleaseHashes(admission.hashes), rule: rule,
            hasUnjudgedParts: admission.unjudged.count > 0, commitment: admission.commitment.map { TreeHash($0) })
        name(admission.id.high, admission.id.low)
    }

    private init(_ completion: RawCompletion, sequence: UInt64, slot: UInt32) {
        let event: DecisionEvent
        var rule: AppliedRule?
        switch completion.outcome {
        case .complete: event = .complete
        case .refusedMidStream(let category, let principle, let stage):
            event = .refusedMidStream
            rule = AppliedRule(category: category.string, principle: principle.string, stage: stage.rawValue)
        case .cut: event = .cut
        case .failed: event = .failed
        case .clientLeft: event = .clientLeft
        }
        self.init(
            sequence: sequence, event: event, slot: slot, admission: completion.sequence, rule: rule,
            commitment: completion.commitment.map { TreeHash($0) })
    }
}

extension ReleaseHashes {
    fileprivate init(_ raw: RawHashes) {
        func hash(_ start: UnsafeRawPointer?) -> TreeHash { start.map { TreeHash(at: $0) } ?? .zero }
        self.init(
            constitution: hash(raw.constitution), classifier: hash(raw.classifier),
            scalingPolicy: hash(raw.scalingPolicy), model: hash(raw.model))
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

/// Collects records into batches: up to 256 of one period of ten minutes, and no more rules than a batch's tables hold.
struct BatchBuilder {
    private var draft = DecisionBatchDraft()
    /// The period of the newest leaf; times never go back from one leaf to the next.
    private(set) var slot: UInt32

    init(slot: UInt32) {
        self.slot = slot
    }

    /// Whether no record waits for its leaf.
    var isEmpty: Bool { draft.isEmpty }

    /// Takes the next record; gives the batch before it when that is complete.
    mutating func add(_ sequence: UInt64, _ fields: RecordFields) -> DecisionBatch? {
        let period = max(slot, TimeSlot.of(milliseconds: fields.moment))
        let item = DecisionItem(sequence, fields, slot: period)
        var full: DecisionBatch?
        if period != slot || !draft.hasRoom(for: item) { full = close() }
        slot = period
        draft.add(item)
        return full
    }

    /// Something else was published in a later period.
    mutating func advance(to later: UInt32) {
        if draft.isEmpty { slot = max(slot, later) }
    }

    /// Ends the batch; `nil` when it is empty.
    mutating func close() -> DecisionBatch? { draft.isEmpty ? nil : draft.close() }
}

extension DecisionID {
    /// Takes 16 bytes, most significant first; `nil` for another number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
    }
}
