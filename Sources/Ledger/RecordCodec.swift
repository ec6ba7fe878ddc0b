import Crypto

/// The form of a record in a segment file; docs/LEDGER_FORMAT.md describes it field by field.
enum RecordFormat {
    /// Older ones are still read: version 1 ends before end user, charge and settled amount, version 2 before permission.
    static let version: UInt8 = 3
    static let oldestVersion: UInt8 = 1
    /// Length, kind, version, slots, zero, sequence.
    static let headerSize = 16
    /// Chain value and checksum.
    static let trailerSize = Hash256.size + 4
    /// Salt and its checksum.
    static let slotSize = Salt.size + 4
    static let minimumSize = headerSize + trailerSize
    static let maximumSize = 128 * 1024
    static let maximumText = 1024
    static let maximumUnjudged = 64
    static let maximumDetails = 64

    enum Kind: UInt8 {
        case admission = 1
        case completion = 2
        case interruption = 3
        case growth = 4
        case act = 5
    }
}

/// Which hash of a decision's circumstances a list entry holds.
enum HashKind: UInt8, CaseIterable {
    case constitution = 1
    case classifier = 2
    case scalingPolicy = 3
    case model = 4
}

/// Encoding: each function appends to the buffer; a `throws` leaves it to the caller to truncate.
extension ByteWriter {
    /// Appends one whole record and gives its chain value.
    ///
    /// - Throws: `LedgerError.badField` when a text has a length that the format doesn't allow.
    mutating func append(
        _ record: LedgerRecord, sequence: UInt64, after previous: Hash256
    ) throws(LedgerError) -> Hash256 {
        let start: Int
        switch record {
        case .admission(let admission): return try append(admission, sequence: sequence, after: previous)
        case .completion(let completion): return try append(completion, sequence: sequence, after: previous)
        case .interruption(let interruption):
            start = begin(.interruption, sequence, nil)
            try body(interruption)
        case .growth(let growth):
            start = begin(.growth, sequence, nil)
            body(growth)
        case .act(let act):
            start = begin(.act, sequence, nil)
            try body(act)
        }
        return try end(start, nil, after: previous)
    }

    /// Appends an admission's record: without the way over `LedgerRecord`, which would copy all of its texts.
    mutating func append(
        _ admission: Admission, sequence: UInt64, after previous: Hash256
    ) throws(LedgerError) -> Hash256 {
        let start = begin(.admission, sequence, admission.requestCommitment)
        try body(admission)
        return try end(start, admission.requestCommitment, after: previous)
    }

    /// Appends a completion's record, likewise.
    mutating func append(
        _ completion: Completion, sequence: UInt64, after previous: Hash256
    ) throws(LedgerError) -> Hash256 {
        let start = begin(.completion, sequence, completion.answerCommitment)
        try body(completion)
        return try end(start, completion.answerCommitment, after: previous)
    }

    /// Appends a record's head, whose length follows in `end`, and gives the place where it begins.
    private mutating func begin(
        _ kind: RecordFormat.Kind, _ sequence: UInt64, _ commitment: SealedCommitment?
    ) -> Int {
        let start = count
        append(integer: UInt32(0))
        append(kind.rawValue)
        append(RecordFormat.version)
        append(commitment == nil ? 0 : 1)
        append(0)
        append(integer: sequence)
        return start
    }

    /// Appends what follows a record's body, and gives the chain value.
    private mutating func end(
        _ start: Int, _ commitment: SealedCommitment?, after previous: Hash256
    ) throws(LedgerError) -> Hash256 {
        let slots = commitment == nil ? 0 : RecordFormat.slotSize
        let length = count - start + RecordFormat.trailerSize + slots
        guard length <= RecordFormat.maximumSize else { throw .badField("record") }
        patch(UInt32(length), at: start)
        let chain = chainValue(UnsafeRawBufferPointer(rebasing: bytes[start...]), after: previous)
        append(chain)
        append(integer: CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start...])))
        if let commitment { slot(commitment.salt) }
        return chain
    }

    private mutating func slot(_ salt: Salt?) {
        let words = salt?.words ?? (0, 0)
        withUnsafeBytes(of: words) { append($0) }
        append(integer: salt == nil ? UInt32(0) : withUnsafeBytes(of: words) { CRC32C.checksum($0) })
    }

    private mutating func text(_ text: String, _ field: StaticString) throws(LedgerError) {
        let at = count
        append(integer: UInt16(0))
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isWritten == nil { for byte in text.utf8 { append(byte) } }
        let length = count - at - 2
        guard length <= RecordFormat.maximumText else { throw .badField("\(field)") }
        patch(UInt16(length), at: at)
    }

    private mutating func score(_ score: Float?) {
        guard let score else { return append(integer: UInt32.max) }
        // What is no number counts as the worst.
        append(integer: (score > 0 ? min(score, 1) : score <= 0 ? 0 : 1).bitPattern)
    }

    private mutating func body(_ admission: Admission) throws(LedgerError) {
        append(integer: admission.decisionID.high.byteSwapped)
        append(integer: admission.decisionID.low.byteSwapped)
        append(integer: admission.time)
        append(admission.dialect.rawValue)
        append(admission.isStream ? 1 : 0)
        score(admission.score)
        try text(admission.organisation, "organisation")
        try text(admission.account, "account")
        try text(admission.key, "key")
        try text(admission.model, "model")
        switch admission.decision {
        case .admitted:
            append(1)
        case .refused(let category, let principle, let stage, let turn):
            append(2)
            try text(category, "category")
            try text(principle, "principle")
            append(stage.rawValue)
            append(integer: turn.map { UInt32(clamping: $0) & UInt32(Int32.max) } ?? UInt32.max)
        case .denied(let code):
            append(3)
            try text(code, "code")
        }
        hashes(admission)
        guard admission.unjudged.count <= RecordFormat.maximumUnjudged else { throw .badField("unjudged") }
        append(UInt8(admission.unjudged.count))
        for kind in admission.unjudged { try text(kind, "unjudged") }
        self.commitment(admission.requestCommitment)
        try text(admission.endUser, "endUser")
        append(admission.charge == nil ? 0 : 1)
        if let charge = admission.charge {
            append(integer: charge.price)
            append(integer: charge.reserved)
            append(integer: charge.day)
        }
        try text(admission.permission, "permission")
        try notes(admission.notes)
    }

    /// The last field, which is not there where nothing is to be said.
    private mutating func notes(_ notes: [String]) throws(LedgerError) {
        guard !notes.isEmpty else { return }
        guard notes.count <= RecordFormat.maximumUnjudged else { throw .badField("notes") }
        append(UInt8(notes.count))
        for note in notes { try text(note, "notes") }
    }

    private mutating func hashes(_ admission: Admission) {
        let at = count
        append(0)
        var number: UInt8 = 0
        number += hash(.constitution, admission.constitutionHash)
        number += hash(.classifier, admission.classifierHash)
        number += hash(.scalingPolicy, admission.scalingPolicyHash)
        number += hash(.model, admission.modelDigest)
        patch(number, at: at)
    }

    private mutating func hash(_ kind: HashKind, _ hash: Hash256?) -> UInt8 {
        guard let hash else { return 0 }
        append(kind.rawValue)
        append(hash)
        return 1
    }

    private mutating func commitment(_ commitment: SealedCommitment?) {
        append(commitment == nil ? 0 : 1)
        if let commitment { append(commitment.hash) }
    }

    private mutating func body(_ completion: Completion) throws(LedgerError) {
        append(integer: completion.sequence)
        append(integer: completion.time)
        append(integer: completion.duration)
        switch completion.outcome {
        case .complete:
            append(1)
        case .refusedMidStream(let category, let principle, let stage):
            append(2)
            try text(category, "category")
            try text(principle, "principle")
            append(stage.rawValue)
        case .cut(let reason):
            append(3)
            try text(reason, "reason")
        case .failed(let reason):
            append(4)
            try text(reason, "reason")
        case .clientLeft:
            append(5)
        }
        append(completion.usage == nil ? 0 : 1)
        if let usage = completion.usage {
            append(integer: usage.input)
            append(integer: usage.output)
            append(integer: usage.cached)
            append(integer: usage.reasoning)
        }
        append(integer: completion.choices)
        append(integer: completion.choicesCut)
        score(completion.score)
        commitment(completion.answerCommitment)
        append(completion.settled == nil ? 0 : 1)
        if let settled = completion.settled { append(integer: settled) }
        try text(completion.permission, "permission")
        try notes(completion.notes)
    }

    private mutating func body(_ act: Act) throws(LedgerError) {
        append(integer: act.event)
        append(integer: act.time)
        try text(act.actor, "actor")
        try text(act.action, "action")
        try text(act.subject, "subject")
        guard act.details.count <= RecordFormat.maximumDetails else { throw .badField("details") }
        append(UInt8(act.details.count))
        for detail in act.details {
            try text(detail.name, "details")
            try text(detail.value, "details")
        }
    }

    private mutating func body(_ growth: Growth) {
        append(integer: growth.sequence)
        append(integer: growth.time)
        append(integer: growth.reserved)
    }

    private mutating func body(_ interruption: Interruption) throws(LedgerError) {
        append(integer: interruption.since)
        append(integer: interruption.until)
        try text(interruption.reason, "reason")
    }
}

/// The value that ties a record to all before it: SHA-256(the previous value ‖ the record up to its own).
func chainValue(_ record: UnsafeRawBufferPointer, after previous: Hash256) -> Hash256 {
    var hash = SHA256()
    previous.withBytes { hash.update(bufferPointer: $0) }
    hash.update(bufferPointer: record)
    return Hash256(digest: hash.finalize())
}
