/// A record as it lies in a file: its frame has been checked, its body has not been read.
struct RawRecord {
    let kind: UInt8
    let version: UInt8
    let hasSlot: Bool
    let sequence: UInt64
    /// The whole record.
    let bytes: [UInt8]

    /// What a frame can turn out to be.
    enum Problem: Error, Equatable {
        /// The bytes end before the record does.
        case incomplete
        case length(UInt32)
        case checksum
        case frame(String)
        case body(String)
        /// Written by a newer version.
        case tooNew(String)

        var text: String {
            switch self {
            case .incomplete: "the record is cut off"
            case .length(let length): "a record cannot be \(length) bytes long"
            case .checksum: "the record's checksum does not match its bytes"
            case .frame(let what): what
            case .tooNew(let what): "\(what) need a newer sluice"
            case .body(let what): "the record's \(what) is not well formed"
            }
        }
    }

    private var chainOffset: Int {
        bytes.count - RecordFormat.trailerSize - (hasSlot ? RecordFormat.slotSize : 0)
    }

    /// The problem as an error of the whole ledger.
    static func error(_ problem: Problem, file: String, offset: UInt64) -> LedgerError {
        if case .tooNew(let what) = problem { return .tooNew(file: file, what: what) }
        return .damaged(file: file, offset: offset, reason: problem.text)
    }

    /// Checks the frame of the record at the front of `buffer`.
    init(at buffer: UnsafeRawBufferPointer) throws(Problem) {
        var reader = ByteReader(buffer)
        let length = reader.integer(UInt32.self)
        guard !reader.isBroken else { throw .incomplete }
        guard length >= RecordFormat.minimumSize, length <= RecordFormat.maximumSize else { throw .length(length) }
        guard Int(length) <= buffer.count else { throw .incomplete }
        let record = UnsafeRawBufferPointer(rebasing: buffer[0..<Int(length)])
        kind = reader.integer()
        version = reader.integer()
        let slots = reader.integer(UInt8.self)
        let zero = reader.integer(UInt8.self)
        sequence = reader.integer()
        guard slots <= 1 else { throw .checksum }
        hasSlot = slots == 1
        let checksumOffset = record.count - 4 - (hasSlot ? RecordFormat.slotSize : 0)
        guard checksumOffset >= RecordFormat.minimumSize - 4 else { throw .length(length) }
        let checksum = UInt32(littleEndian: record.loadUnaligned(fromByteOffset: checksumOffset, as: UInt32.self))
        guard checksum == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: record[0..<checksumOffset])) else {
            throw .checksum
        }
        guard zero == 0 else { throw .frame("the record sets a byte that must be zero") }
        bytes = Array(record)
    }

    /// The chain value that the record carries.
    var chain: Hash256 { Hash256(bytes[chainOffset..<chainOffset + Hash256.size]) ?? Hash256() }

    /// The chain value that the record must carry.
    func expectedChain(after previous: Hash256) -> Hash256 {
        bytes.withUnsafeBytes { chainValue(UnsafeRawBufferPointer(rebasing: $0[0..<chainOffset]), after: previous) }
    }

    /// Reads the body.
    func decoded() throws(Problem) -> LedgerRecord {
        guard version >= RecordFormat.oldestVersion, version <= RecordFormat.version else {
            throw .tooNew("records of version \(version)")
        }
        guard let kind = RecordFormat.Kind(rawValue: kind) else {
            throw .tooNew("records of kind \(kind)")
        }
        let result: Result<LedgerRecord, Problem> = bytes.withUnsafeBytes { bytes in
            let body = bytes[RecordFormat.headerSize..<chainOffset]
            var reader = BodyReader(UnsafeRawBufferPointer(rebasing: body), version: version, salt: salt())
            let record: LedgerRecord
            switch kind {
            case .admission: record = .admission(reader.admission())
            case .completion: record = .completion(reader.completion())
            case .interruption: record = .interruption(reader.interruption())
            case .growth: record = .growth(reader.growth())
            case .act: record = .act(reader.act())
            }
            reader.finish(hasSlot: hasSlot)
            return reader.problem.map { .failure(.body($0)) } ?? .success(record)
        }
        return try result.get()
    }

    /// The salt; `nil` when it was thrown away or its bytes are damaged, which comes to the same.
    private func salt() -> Salt? {
        guard hasSlot else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let slot = UnsafeRawBufferPointer(rebasing: bytes.suffix(RecordFormat.slotSize))
            let stored = UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: Salt.size, as: UInt32.self))
            let words = (
                slot.loadUnaligned(as: UInt64.self), slot.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
            guard words.0 | words.1 | UInt64(stored) != 0 else { return nil }
            let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: slot[..<Salt.size]))
            return checksum == stored ? Salt(words: words) : nil
        }
    }
}

/// Reads the fields of a body; the first that is not as it must be is kept in `problem`.
private struct BodyReader {
    private var reader: ByteReader
    private let version: UInt8
    private let salt: Salt?
    private var hasCommitment = false
    private(set) var problem: String?

    init(_ bytes: UnsafeRawBufferPointer, version: UInt8, salt: Salt?) {
        reader = ByteReader(bytes)
        self.version = version
        self.salt = salt
    }

    private mutating func fail(_ what: String) {
        if problem == nil { problem = what }
        reader.fail()
    }

    mutating func finish(hasSlot: Bool) {
        if reader.isBroken, problem == nil { problem = "length" }
        if problem == nil, reader.remaining > 0 { problem = "end" }
        if problem == nil, hasSlot != hasCommitment { problem = "salt slot" }
    }

    private mutating func text(_ field: String) -> String {
        let length = Int(reader.integer(UInt16.self))
        guard length <= RecordFormat.maximumText else {
            fail(field)
            return ""
        }
        let bytes = reader.take(length)
        // Nearly all are ASCII, which needs no other proof.
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            fail(field)
            return ""
        }
        return text
    }

    private mutating func flag(_ field: String) -> Bool {
        let byte = reader.integer(UInt8.self)
        if byte > 1 { fail(field) }
        return byte == 1
    }

    private mutating func score() -> Float? {
        let bits = reader.integer(UInt32.self)
        guard bits != UInt32.max else { return nil }
        let score = Float(bitPattern: bits)
        if !(score >= 0 && score <= 1) || bits == 0x8000_0000 { fail("score") }
        return score
    }

    private mutating func stage() -> Admission.Stage {
        guard let stage = Admission.Stage(rawValue: reader.integer()) else {
            fail("stage")
            return .linear
        }
        return stage
    }

    private mutating func commitment() -> SealedCommitment? {
        guard flag("commitment") else { return nil }
        hasCommitment = true
        return Hash256(reader.take(Hash256.size)).map { SealedCommitment(hash: $0, salt: salt) }
    }

    mutating func admission() -> Admission {
        let high = reader.integer(UInt64.self).byteSwapped
        let id = DecisionID(high: high, low: reader.integer(UInt64.self).byteSwapped)
        let time = reader.integer(Int64.self)
        let dialect = Admission.Dialect(rawValue: reader.integer())
        if dialect == nil { fail("dialect") }
        let isStream = flag("stream flag")
        let score = score()
        var admission = Admission(
            decisionID: id, time: time, organisation: text("organisation"), account: text("account"),
            key: text("key"), model: text("model"), dialect: dialect ?? .openAI, isStream: isStream,
            decision: decision(), requestCommitment: nil, score: score)
        fill(&admission)
        return admission
    }

    private mutating func fill(_ admission: inout Admission) {
        hashes(into: &admission)
        let unjudged = Int(reader.integer(UInt8.self))
        if unjudged > RecordFormat.maximumUnjudged { fail("list of unjudged parts") }
        for _ in 0..<unjudged where problem == nil && !reader.isBroken {
            admission.unjudged.append(text("list of unjudged parts"))
        }
        admission.requestCommitment = commitment()
        guard version >= 2 else { return }
        admission.endUser = text("end user")
        if flag("charge flag") {
            admission.charge = Admission.Charge(
                price: reader.integer(), reserved: reader.integer(), day: reader.integer())
        }
        if version >= 3 { admission.permission = text("permission") }
        admission.notes = notes()
    }

    /// What stands at the end of a record, if anything does.
    private mutating func notes() -> [String] {
        guard problem == nil, !reader.isBroken, reader.remaining > 0 else { return [] }
        let count = Int(reader.integer(UInt8.self))
        if count == 0 || count > RecordFormat.maximumUnjudged { fail("notes") }
        var notes: [String] = []
        for _ in 0..<count where problem == nil && !reader.isBroken { notes.append(text("notes")) }
        return notes
    }

    private mutating func decision() -> Admission.Decision {
        switch reader.integer(UInt8.self) {
        case 1: return .admitted
        case 2:
            let (category, principle, stage) = (text("category"), text("principle"), stage())
            let turn = reader.integer(UInt32.self)
            if turn != UInt32.max, turn > UInt32(Int32.max) { fail("turn") }
            return .refused(
                category: category, principle: principle, stage: stage, turn: turn == UInt32.max ? nil : Int(turn))
        case 3: return .denied(code: text("code"))
        default:
            fail("decision")
            return .admitted
        }
    }

    private mutating func hashes(into admission: inout Admission) {
        let number = reader.integer(UInt8.self)
        var last: UInt8 = 0
        for _ in 0..<number where problem == nil && !reader.isBroken {
            let kind = reader.integer(UInt8.self)
            let hash = Hash256(reader.take(Hash256.size))
            guard kind > last else { return fail("list of hashes") }
            last = kind
            switch HashKind(rawValue: kind) {
            case .constitution: admission.constitutionHash = hash
            case .classifier: admission.classifierHash = hash
            case .scalingPolicy: admission.scalingPolicyHash = hash
            case .model: admission.modelDigest = hash
            case nil: return fail("list of hashes")
            }
        }
    }

    mutating func completion() -> Completion {
        var completion = Completion(
            sequence: reader.integer(), time: reader.integer(), outcome: .complete, answerCommitment: nil)
        completion.duration = reader.integer()
        completion.outcome = outcome()
        if flag("usage flag") {
            var usage = Completion.Usage()
            usage.input = reader.integer()
            usage.output = reader.integer()
            usage.cached = reader.integer()
            usage.reasoning = reader.integer()
            completion.usage = usage
        }
        completion.choices = reader.integer()
        completion.choicesCut = reader.integer()
        completion.score = score()
        completion.answerCommitment = commitment()
        guard version >= 2 else { return completion }
        if flag("settled flag") { completion.settled = reader.integer() }
        if version >= 3 { completion.permission = text("permission") }
        completion.notes = notes()
        return completion
    }

    private mutating func outcome() -> Completion.Outcome {
        switch reader.integer(UInt8.self) {
        case 1: return .complete
        case 2: return .refusedMidStream(category: text("category"), principle: text("principle"), stage: stage())
        case 3: return .cut(reason: text("reason"))
        case 4: return .failed(reason: text("reason"))
        case 5: return .clientLeft
        default:
            fail("outcome")
            return .complete
        }
    }

    mutating func growth() -> Growth {
        Growth(sequence: reader.integer(), time: reader.integer(), reserved: reader.integer())
    }

    mutating func act() -> Act {
        var act = Act(
            event: reader.integer(), time: reader.integer(), actor: text("actor"), action: text("action"),
            subject: text("subject"))
        let count = Int(reader.integer(UInt8.self))
        if count > RecordFormat.maximumDetails { fail("list of details") }
        for _ in 0..<count where problem == nil && !reader.isBroken {
            let detail = Act.Detail(name: text("detail"), value: text("detail"))
            if let last = act.details.last, last.name >= detail.name { fail("list of details") }
            act.details.append(detail)
        }
        return act
    }

    mutating func interruption() -> Interruption {
        Interruption(since: reader.integer(), until: reader.integer(), reason: text("reason"))
    }
}
