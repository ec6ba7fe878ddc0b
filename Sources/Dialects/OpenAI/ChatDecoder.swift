internal import NIOCore

/// How far each choice of a chat completion has come.
struct ChatState: Sendable {
    struct Choice: Sendable {
        var started = false
        var finished = false
        var memory = OutputMemory()
    }

    var choices: [Choice] = []

    /// Grows with what an event adds: a choice, its end, a field that nobody knows.
    var size: Int {
        choices.reduce(0) { $0 + 1 + ($1.started ? 1 : 0) + ($1.finished ? 1 : 0) + $1.memory.size }
    }

    /// - Throws: `UpstreamFault` unless there is a choice and each has a finish reason.
    func requireFinished() throws(UpstreamFault) {
        guard choices.contains(where: { $0.started }) else {
            throw UpstreamFault(.unfinished, "the stream ended before any choice began")
        }
        if let index = choices.firstIndex(where: { $0.started && !$0.finished }) {
            throw UpstreamFault(.unfinished, "the stream ended before choice \(index) had a finish reason")
        }
    }
}

extension AnswerDecoder {
    mutating func decodeChat(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        if event.data == Self.done {
            try chat.requireFinished()
            sawEnd = true
            return events.append(AnswerEvent(raw: event.edited(Splice(), name: nil), kind: .end))
        }
        try scan(event.data)
        let fault = JSONView.read(event.data, tape.tokens) { view -> UpstreamFault? in
            do throws(UpstreamFault) {
                try chunk(view, event, into: &events)
                return nil
            } catch { return error }
        }
        if let fault { throw fault }
    }

    private static let done = ByteBuffer(string: "[DONE]")

    private mutating func chunk(
        _ view: JSONView, _ event: SSEEvent, into events: inout [AnswerEvent]
    ) throws(UpstreamFault) {
        let place = EventPlace(number: count)
        let envelope = try ChatEnvelope.read(view, place: place, words: &words)
        if let name = event.name, name == ByteBuffer(string: "error") { throw view.reported(0, place: place) }
        var told: TokenUsage?
        if let index = envelope.usage {
            told = TokenUsage(openAI: index, view)
        }
        var edits = envelope.edits
        if let model = envelope.model { options.rename(model, view, &edits) }
        guard let list = envelope.choices, view.kind(list) == .array, !view.isEmpty(list) else {
            guard envelope.choices != nil || told != nil else {
                throw UpstreamFault(.malformed, "\(place): a chunk without choices")
            }
            envelope.strip(view, into: &edits)
            let kind = told == nil ? AnswerEvent.Kind.opening : .usage
            let isForClient = told == nil || options.wantsUsage
            return events.append(
                AnswerEvent(
                    raw: event.edited(edits, name: nil), kind: kind, usage: told, isForClient: isForClient))
        }
        var choice = list + 1
        while choice < view.next(list) {
            let isFirst = choice == list + 1
            var own = edits
            var extras = envelope.extras
            if !isFirst || view.next(choice) < view.next(list) { own.keep(choice, of: list, view) }
            if !isFirst {
                envelope.strip(view, into: &own)
                extras = []
            }
            var answer = try read(choice: choice, view, extras: extras, &own, place: place)
            answer.raw = event.edited(own, name: nil)
            answer.usage = told
            if isFirst, view.next(choice) == view.next(list), view.isBare(choice, most: 2) {
                learn(answer, of: event, own, name: nil)
            }
            events.append(answer)
            choice = view.next(choice)
        }
    }

    /// Reads one choice of a chunk; adds the edits that it needs.
    private mutating func read(
        choice: Int, _ view: JSONView, extras: [Int], _ edits: inout Splice, place: EventPlace
    ) throws(UpstreamFault) -> AnswerEvent {
        guard view.kind(choice) == .object else { throw UpstreamFault(.malformed, "\(place): a choice is no object") }
        let number = view.member(choice, "index").map { view.integer($0) ?? -1 } ?? 0
        guard (0..<options.choices).contains(number) else {
            throw UpstreamFault(.malformed, "\(place): there is no choice \(number) among \(options.choices)")
        }
        while chat.choices.count <= number { chat.choices.append(ChatState.Choice()) }
        var state = chat.choices[number]
        var output = ChatOutput(
            OutputReader(view, passesNumbers: options.passesNumbers, dropsUnknown: true, memory: state.memory),
            isChunk: true, isCompletion: options.upstream == .completions)
        output.reader.takesNotes = options.isTranslated
        try output.read(choice: choice, place: place)
        for key in extras { try output.reader.addUnknown(key: key, path: 11) }
        guard !state.finished || output.reader.pieces.isEmpty else {
            throw UpstreamFault(.order, "\(place): output after the end of choice \(number)")
        }
        state.memory = output.reader.memory
        state.started = true
        edits.append(output.reader.edits)
        var kind = output.reader.pieces.isEmpty && output.hasRole ? AnswerEvent.Kind.opening : .output
        if let reason = output.finish, !state.finished {
            kind = .finish(reason: reason)
            state.finished = true
        }
        chat.choices[number] = state
        var answer = AnswerEvent(raw: ByteBuffer(), choice: number, pieces: output.reader.pieces, kind: kind)
        answer.notes = output.reader.notes
        return answer
    }
}

extension Splice {
    /// Cuts all but one of the elements of an array.
    mutating func keep(_ element: Int, of array: Int, _ view: JSONView) {
        let (whole, part) = (view.range(array), view.range(element))
        remove(whole.lowerBound + 1..<part.lowerBound)
        remove(part.upperBound..<whole.upperBound - 1)
    }

    mutating func append(_ other: Splice) {
        for edit in other.edits { replace(edit.range, with: edit.text) }
    }
}
