internal import NIOCore

/// How far the candidates of a Gemini answer have come.
struct GeminiState: StreamState {
    struct Candidate: Sendable {
        var calls = 0
        var finished = false
        var memory = OutputMemory()
    }

    var candidates: [Int: Candidate] = [:]
    var sealed = 0

    func requireFinished() throws(UpstreamFault) {
        guard !candidates.isEmpty else {
            throw UpstreamFault(.unfinished, "the stream ended before any candidate began")
        }
        if let open = candidates.filter({ !$0.value.finished }).keys.min() {
            throw UpstreamFault(.unfinished, "the stream ended before candidate \(open) had a finish reason")
        }
    }
}

extension AnswerDecoder {
    mutating func decodeGemini(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        try scan(event.data)
        let fault = JSONView.read(event.data, tape.tokens) { view -> UpstreamFault? in
            do throws(UpstreamFault) {
                try readGemini(view, into: &events)
                return nil
            } catch { return error }
        }
        if let fault { throw fault }
    }

    private mutating func readGemini(_ view: JSONView, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        var reader = GeminiReader(view: view, place: EventPlace(number: count), choices: options.choices)
        reader.state = gemini
        let found = try reader.read()
        gemini = reader.state
        if let told = reader.usage {
            var all = told
            // Some events count only a part.
            all.output = max(all.output, usage?.output ?? 0)
            usage = all
        }
        for var answer in found {
            answer.usage = reader.usage == nil ? nil : usage
            events.append(answer)
        }
        if found.isEmpty {
            let kind = usage == nil ? AnswerEvent.Kind.opening : .usage
            events.append(AnswerEvent(raw: ByteBuffer(), kind: kind, usage: usage))
        }
    }
}

/// Reads one answer of Gemini, which is a whole one or the next part of a stream.
struct GeminiReader {
    let view: JSONView
    let place: EventPlace
    let choices: Int
    var state = GeminiState()
    private(set) var usage: TokenUsage?

    init(view: JSONView, place: EventPlace, choices: Int) {
        (self.view, self.place, self.choices) = (view, place, choices)
    }

    private static let fields = FieldTable<Bool>([
        ("candidates", true), ("usageMetadata", true), ("modelVersion", true), ("responseId", true),
        ("promptFeedback", true), ("createTime", true), ("sdkHttpResponse", true),
        ("automaticFunctionCallingHistory", true),
    ])

    /// One event for each candidate.
    mutating func read() throws(UpstreamFault) -> [AnswerEvent] {
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw UpstreamFault(.malformed, "\(place): not a JSON object")
        }
        if let error = view.member(0, "error"), view.isTruthy(error) { throw view.reported(error, place: place) }
        if let index = view.member(0, "usageMetadata"), view.kind(index) == .object {
            usage = TokenUsage(gemini: index, view)
        }
        guard let list = view.member(0, "candidates"), view.kind(list) == .array, !view.isEmpty(list) else {
            return try blocked()
        }
        var events: [AnswerEvent] = []
        var candidate = list + 1
        while candidate < view.next(list) {
            events.append(try read(candidate: candidate))
            candidate = view.next(candidate)
        }
        return events
    }

    /// A prompt that the provider refuses has no candidates.
    private mutating func blocked() throws(UpstreamFault) -> [AnswerEvent] {
        guard let feedback = view.member(0, "promptFeedback"), let reason = view.member(feedback, "blockReason"),
            view.kind(reason) == .string
        else {
            guard usage != nil else { throw UpstreamFault(.malformed, "\(place): an answer without candidates") }
            return []
        }
        var events: [AnswerEvent] = []
        for number in 0..<choices where state.candidates[number]?.finished != true {
            state.candidates[number, default: GeminiState.Candidate()].finished = true
            events.append(AnswerEvent(raw: ByteBuffer(), choice: number, kind: .finish(reason: "SAFETY")))
        }
        return events
    }

    private mutating func read(candidate: Int) throws(UpstreamFault) -> AnswerEvent {
        let number = view.member(candidate, "index").map { view.integer($0) ?? -1 } ?? 0
        guard (0..<choices).contains(number) else {
            throw UpstreamFault(.malformed, "\(place): there is no candidate \(number) among \(choices)")
        }
        var known = state.candidates[number] ?? GeminiState.Candidate()
        var reader = OutputReader(view, passesNumbers: false, dropsUnknown: true, memory: known.memory)
        reader.takesNotes = true
        if let content = view.member(candidate, "content"), let parts = view.member(content, "parts"),
            view.kind(parts) == .array
        {
            var part = parts + 1
            while part < view.next(parts) {
                try read(part: part, &reader, &known)
                part = view.next(part)
            }
        }
        guard !known.finished || reader.pieces.isEmpty else {
            throw UpstreamFault(.order, "\(place): output after the end of candidate \(number)")
        }
        var kind = AnswerEvent.Kind.output
        if let reason = view.member(candidate, "finishReason"), view.kind(reason) == .string, !known.finished,
            view.isIdentifier(reason)
        {
            kind = .finish(reason: view.string(reason))
            known.finished = true
        }
        known.memory = reader.memory
        state.candidates[number] = known
        var answer = AnswerEvent(raw: ByteBuffer(), choice: number, pieces: reader.pieces, kind: kind)
        answer.notes = reader.notes
        return answer
    }

    private mutating func read(
        part: Int, _ reader: inout OutputReader, _ known: inout GeminiState.Candidate
    ) throws(UpstreamFault) {
        let isThought = view.member(part, "thought").map { view.kind($0) == .yes } ?? false
        for key in view.keys(of: part) where view.kind(key + 1) != .null {
            let value = key + 1
            switch view.string(key) {
            case "text" where view.kind(value) == .string: reader.add(value, to: isThought ? .reasoning : .content)
            case "thought", "thoughtSignature": continue
            case "functionCall": try read(call: value, &reader, &known)
            default:
                // Code that the provider runs, images it makes: nothing that every dialect has words for.
                throw UpstreamFault(.malformed, "\(place): a part with \(view.shortName(key)) cannot be passed on")
            }
        }
        try seal(part, isThought: isThought, &reader)
    }

    /// The signature of a thought; those of other parts bind nothing that a client could send back.
    private mutating func seal(_ part: Int, isThought: Bool, _ reader: inout OutputReader) throws(UpstreamFault) {
        guard let seal = view.member(part, "thoughtSignature"), view.kind(seal) == .string, !view.isEmpty(seal) else {
            return
        }
        guard view.isSeal(seal) else { return try reader.addUnknown(value: seal, path: 41, isStrange: true) }
        state.sealed = state.sealed.addingSaturated(view.range(seal).count)
        guard state.sealed <= BlockReader.maximumSealed else {
            throw UpstreamFault(.tooLarge, "more than \(BlockReader.maximumSealed) bytes of signatures")
        }
        if isThought { reader.note(.signature(view.text(seal))) }
    }

    private mutating func read(
        call: Int, _ reader: inout OutputReader, _ known: inout GeminiState.Candidate
    ) throws(UpstreamFault) {
        guard let name = view.member(call, "name"), view.kind(name) == .string, !view.isEmpty(name),
            known.calls < AnswerChannel.maximumIndex
        else { throw UpstreamFault(.malformed, "\(place): a function call without a name") }
        let number = known.calls
        known.calls += 1
        if let id = view.member(call, "id"), view.kind(id) == .string, view.isIdentifier(id), !view.isEmpty(id) {
            try reader.noteCall(id, call: number)
        }
        reader.add(name, to: AnswerChannel(.toolName, number))
        if let arguments = view.member(call, "args"), view.kind(arguments) == .object, !view.isEmpty(arguments) {
            reader.addArguments(view.raw(arguments), call: number)
        }
    }
}

extension AnswerBody {
    /// Reads a whole answer of Gemini.
    func readGemini(_ view: JSONView) throws(UpstreamFault) {
        var reader = GeminiReader(view: view, place: .body, choices: options.choices)
        let events = try reader.read()
        try reader.state.requireFinished()
        usage = reader.usage
        for event in events {
            guard case .finish(let reason) = event.kind, let number = event.choice else { continue }
            choices.append(
                Choice(index: number, pieces: event.pieces, finish: reason, range: view.range(0), notes: event.notes))
        }
    }
}

extension TokenUsage {
    /// Reads Gemini's `usageMetadata`; its count of candidates leaves thoughts out.
    init(gemini object: Int, _ view: JSONView) {
        let thoughts = view.count(object, "thoughtsTokenCount")
        self.init(
            input: view.count(object, "promptTokenCount").addingSaturated(
                view.count(object, "toolUsePromptTokenCount")),
            output: view.count(object, "candidatesTokenCount").addingSaturated(thoughts),
            cached: view.count(object, "cachedContentTokenCount"), reasoning: thoughts)
    }
}
