/// Reads the fields of a body; the first that is not as it must be is kept in `problem`.
struct BodyReader {
    private var reader: ByteReader
    private let version: UInt8
    private var hasCommitment = false
    private(set) var problem: String?

    init(_ bytes: UnsafeRawBufferPointer, version: UInt8) {
        reader = ByteReader(bytes)
        self.version = version
    }

    private mutating func fail(_ what: StaticString) {
        if problem == nil { problem = "\(what)" }
        reader.fail()
    }

    mutating func finish(hasSlot: Bool) {
        if reader.isBroken, problem == nil { problem = "length" }
        if problem == nil, reader.remaining > 0 { problem = "end" }
        if problem == nil, hasSlot != hasCommitment { problem = "salt slot" }
    }

    private mutating func text(_ field: StaticString) -> RawText {
        let length = Int(reader.integer(UInt16.self))
        guard length <= RecordFormat.maximumText else {
            fail(field)
            return RawText()
        }
        let text = RawText(bytes: reader.take(length))
        if !text.isWellFormed { fail(field) }
        return text
    }

    /// Texts that follow one another, each checked.
    private mutating func texts(_ count: Int, _ field: StaticString) -> RawTexts {
        let rest = reader.rest
        for _ in 0..<count where problem == nil && !reader.isBroken { _ = text(field) }
        guard problem == nil, !reader.isBroken else { return RawTexts() }
        return RawTexts(count: count, bytes: rest)
    }

    private mutating func flag(_ field: StaticString) -> Bool {
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

    private mutating func commitment() -> Hash256? {
        guard flag("commitment") else { return nil }
        hasCommitment = true
        return Hash256(copying: reader.take(Hash256.size))
    }

    mutating func admission() -> RawAdmission {
        var admission = RawAdmission()
        let high = reader.integer(UInt64.self).byteSwapped
        admission.id = DecisionID(high: high, low: reader.integer(UInt64.self).byteSwapped)
        admission.time = reader.integer()
        if let dialect = Admission.Dialect(rawValue: reader.integer()) {
            admission.dialect = dialect
        } else {
            fail("dialect")
        }
        admission.isStream = flag("stream flag")
        admission.score = score()
        let names = reader.rest
        admission.organisation = text("organisation")
        admission.account = text("account")
        admission.key = text("key")
        admission.model = text("model")
        admission.names = UnsafeRawBufferPointer(rebasing: names.dropLast(reader.remaining))
        admission.decision = decision()
        admission.hashes = hashes()
        let unjudged = Int(reader.integer(UInt8.self))
        if unjudged > RecordFormat.maximumUnjudged { fail("list of unjudged parts") }
        admission.unjudged = texts(unjudged, "list of unjudged parts")
        admission.commitment = commitment()
        guard version >= 2 else { return admission }
        admission.endUser = text("end user")
        if flag("charge flag") {
            admission.charge = Admission.Charge(
                price: reader.integer(), reserved: reader.integer(), day: reader.integer())
        }
        if version >= 3 { admission.permission = text("permission") }
        admission.notes = notes()
        return admission
    }

    /// What stands at the end of a record, if anything does.
    private mutating func notes() -> RawTexts {
        guard problem == nil, !reader.isBroken, reader.remaining > 0 else { return RawTexts() }
        let count = Int(reader.integer(UInt8.self))
        if count == 0 || count > RecordFormat.maximumUnjudged { fail("notes") }
        return texts(count, "notes")
    }

    private mutating func decision() -> RawAdmission.Decision {
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

    private mutating func hashes() -> RawHashes {
        var hashes = RawHashes()
        let number = reader.integer(UInt8.self)
        var last: UInt8 = 0
        for _ in 0..<number where problem == nil && !reader.isBroken {
            let kind = reader.integer(UInt8.self)
            let hash = reader.take(Hash256.size).baseAddress
            guard kind > last else {
                fail("list of hashes")
                break
            }
            last = kind
            switch HashKind(rawValue: kind) {
            case .constitution: hashes.constitution = hash
            case .classifier: hashes.classifier = hash
            case .scalingPolicy: hashes.scalingPolicy = hash
            case .model: hashes.model = hash
            case nil: fail("list of hashes")
            }
        }
        return hashes
    }

    mutating func completion() -> RawCompletion {
        var completion = RawCompletion()
        completion.sequence = reader.integer()
        completion.time = reader.integer()
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
        completion.commitment = commitment()
        guard version >= 2 else { return completion }
        if flag("settled flag") { completion.settled = reader.integer() }
        if version >= 3 { completion.permission = text("permission") }
        completion.notes = notes()
        return completion
    }

    private mutating func outcome() -> RawCompletion.Outcome {
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
            event: reader.integer(), time: reader.integer(), actor: text("actor").string,
            action: text("action").string, subject: text("subject").string)
        let count = Int(reader.integer(UInt8.self))
        if count > RecordFormat.maximumDetails { fail("list of details") }
        for _ in 0..<count where problem == nil && !reader.isBroken {
            let detail = Act.Detail(name: text("detail").string, value: text("detail").string)
            if let last = act.details.last, last.name >= detail.name { fail("list of details") }
            act.details.append(detail)
        }
        return act
    }

    mutating func interruption() -> Interruption {
        Interruption(since: reader.integer(), until: reader.integer(), reason: text("reason").string)
    }
}
