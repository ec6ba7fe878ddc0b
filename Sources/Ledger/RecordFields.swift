/// A text of a record where it lies: valid as long as the memory that the record was read to.
struct RawText {
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)

    var string: String { bytes.isEmpty ? "" : String(decoding: bytes, as: UTF8.self) }

    /// Whether it is UTF-8.
    var isWellFormed: Bool {
        var (at, high) = (0, UInt64(0))
        while at &+ 8 <= bytes.count {
            high |= bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at &+= 8
        }
        while at < bytes.count {
            high |= UInt64(bytes[at])
            at &+= 1
        }
        // Nearly all are ASCII, which needs no other proof.
        return high & 0x8080_8080_8080_8080 == 0 || String(validating: bytes, as: UTF8.self) != nil
    }
}

/// Texts of a record that follow one another, each after its length; they have been checked.
struct RawTexts {
    var count = 0
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)

    var strings: [String] {
        var reader = ByteReader(bytes)
        return (0..<count).map { _ in RawText(bytes: reader.take(Int(reader.integer(UInt16.self)))).string }
    }
}

/// The hashes of a decision's circumstances where they lie; `nil` for those that were not recorded.
struct RawHashes {
    var constitution, classifier, scalingPolicy, model: UnsafeRawPointer?
}

/// The fields of an admission, its texts where they lie.
struct RawAdmission {
    enum Decision {
        case admitted
        case refused(category: RawText, principle: RawText, stage: Admission.Stage, turn: Int?)
        case denied(code: RawText)
    }

    var id = DecisionID(high: 0, low: 0)
    var time: Int64 = 0
    var dialect = Admission.Dialect.openAI
    var isStream = false
    var score: Float?
    var organisation = RawText(), account = RawText(), key = RawText(), model = RawText()
    /// These four together, each after its length.
    var names = UnsafeRawBufferPointer(start: nil, count: 0)
    var decision = Decision.admitted
    var hashes = RawHashes()
    var unjudged = RawTexts()
    var commitment: Hash256?
    var endUser = RawText()
    var charge: Admission.Charge?
    var permission = RawText()
    var notes = RawTexts()
}

/// The fields of a completion, its texts where they lie.
struct RawCompletion {
    enum Outcome {
        case complete
        case refusedMidStream(category: RawText, principle: RawText, stage: Admission.Stage)
        case cut(reason: RawText)
        case failed(reason: RawText)
        case clientLeft
    }

    var sequence: UInt64 = 0
    var time: Int64 = 0
    var duration: UInt32 = 0
    var outcome = Outcome.complete
    var usage: Completion.Usage?
    var choices: UInt16 = 0
    var choicesCut: UInt16 = 0
    var score: Float?
    var commitment: Hash256?
    var settled: UInt64?
    var permission = RawText()
    var notes = RawTexts()
}

/// What a record says, for those who read many and keep little of each; of rare kinds only the time.
enum RecordFields {
    case admission(RawAdmission)
    case completion(RawCompletion)
    case interruption(until: Int64)
    case growth(Growth)
    case act(time: Int64)

    /// When the record was made, in milliseconds since 1970.
    var moment: Int64 {
        switch self {
        case .admission(let admission): admission.time
        case .completion(let completion): completion.time
        case .interruption(let until): until
        case .growth(let growth): growth.time
        case .act(let time): time
        }
    }
}

extension Admission {
    /// The admission that these are the fields of.
    init(_ raw: RawAdmission, salt: Salt?) {
        self.init(
            decisionID: raw.id, time: raw.time, organisation: raw.organisation.string, account: raw.account.string,
            key: raw.key.string, model: raw.model.string, dialect: raw.dialect, isStream: raw.isStream,
            decision: Decision(raw.decision), requestCommitment: nil, score: raw.score)
        constitutionHash = Hash256(at: raw.hashes.constitution)
        classifierHash = Hash256(at: raw.hashes.classifier)
        scalingPolicyHash = Hash256(at: raw.hashes.scalingPolicy)
        modelDigest = Hash256(at: raw.hashes.model)
        unjudged = raw.unjudged.strings
        requestCommitment = raw.commitment.map { SealedCommitment(hash: $0, salt: salt) }
        endUser = raw.endUser.string
        charge = raw.charge
        permission = raw.permission.string
        notes = raw.notes.strings
    }
}

extension Admission.Decision {
    fileprivate init(_ raw: RawAdmission.Decision) {
        switch raw {
        case .admitted: self = .admitted
        case .refused(let category, let principle, let stage, let turn):
            self = .refused(category: category.string, principle: principle.string, stage: stage, turn: turn)
        case .denied(let code): self = .denied(code: code.string)
        }
    }
}

extension Completion {
    /// The completion that these are the fields of.
    init(_ raw: RawCompletion, salt: Salt?) {
        self.init(sequence: raw.sequence, time: raw.time, outcome: Outcome(raw.outcome), answerCommitment: nil)
        duration = raw.duration
        usage = raw.usage
        choices = raw.choices
        choicesCut = raw.choicesCut
        score = raw.score
        answerCommitment = raw.commitment.map { SealedCommitment(hash: $0, salt: salt) }
        settled = raw.settled
        permission = raw.permission.string
        notes = raw.notes.strings
    }
}

extension Completion.Outcome {
    fileprivate init(_ raw: RawCompletion.Outcome) {
        switch raw {
        case .complete: self = .complete
        case .refusedMidStream(let category, let principle, let stage):
            self = .refusedMidStream(category: category.string, principle: principle.string, stage: stage)
        case .cut(let reason): self = .cut(reason: reason.string)
        case .failed(let reason): self = .failed(reason: reason.string)
        case .clientLeft: self = .clientLeft
        }
    }
}
