internal import NIOCore

/// Turns the events of an upstream's stream into events that can be judged and released.
///
/// It keeps the upstream to the dialect: what is out of order, or ends without a finish reason, is a fault and never
/// an answer.
public struct AnswerDecoder: Sendable {
    var options: AnswerOptions
    var tape = JSONTape()
    /// How many events came, for messages.
    var count = 0
    private var ofUsage = Boxed<ToldSoFar>()
    /// What stays the same from event to event.
    var words = EnvelopeWords()
    var chat = ChatState()
    private var ofMessages = Boxed<MessagesState>()
    private var ofResponses = Boxed<ResponsesState>()
    private var ofGemini = Boxed<GeminiState>()
    /// Where the content of each choice stands between the marks of reasoning, if it has any.
    var inline: [Int: InlineReasoning] = [:]

    /// What the last event had in common with the next, if it did.
    private var mold: EventMold?
    /// How many molds in a row no event fitted.
    private var misfits: UInt8 = 0

    /// Whether the stream's end marker came (`[DONE]`, `message_stop`).
    public internal(set) var sawEnd = false

    /// What a stream that tells its usage piece by piece has told of it.
    private struct ToldSoFar: StreamState { var usage: TokenUsage? }

    var usage: TokenUsage? {
        _read { yield ofUsage.state.usage }
        _modify { yield &ofUsage.state.usage }
    }
    var messages: MessagesState {
        _read { yield ofMessages.state }
        _modify { yield &ofMessages.state }
    }
    var responses: ResponsesState {
        _read { yield ofResponses.state }
        _modify { yield &ofResponses.state }
    }
    var gemini: GeminiState {
        _read { yield ofGemini.state }
        _modify { yield &ofGemini.state }
    }

    /// Makes a decoder.
    ///
    /// - Parameter modelName: The name that the client asked for; chunks are renamed only if the upstream says another.
    public init(_ request: ModelRequest, modelName: String) {
        self.init(AnswerOptions(request, modelName: modelName))
    }

    /// Makes a decoder of an answer to the request that `options` were taken from.
    public init(_ options: AnswerOptions) { self.options = options }

    /// The same for a server that speaks another dialect than the client.
    public func speaking(_ upstream: Dialect, _ profile: UpstreamProfile = UpstreamProfile()) -> AnswerDecoder {
        var other = self
        other.options = options.speaking(upstream, profile)
        return other
    }

    /// Reads one event; adds none, one, or one for each choice in it.
    ///
    /// - Throws: `UpstreamFault` for garbage, for an error that the upstream reports, and for what is out of order.
    public mutating func decode(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        guard !sawEnd else { return }
        count += 1
        let before = events.count
        if mold != nil {
            mold = nil
            misfits += 1
        }
        let size = stateSize
        switch options.upstream {
        case .openAI, .completions: try decodeChat(event, into: &events)
        case .embeddings: throw UpstreamFault(.order, "\(EventPlace(number: count)): embeddings are not streamed")
        case .anthropic: try decodeMessages(event, into: &events)
        case .responses: try decodeResponses(event, into: &events)
        case .gemini: try decodeGemini(event, into: &events)
        }
        if stateSize != size { mold = nil }
        // A large event is rare, and its memory would be kept for as long as the stream runs; so would that of any where those that
        // follow are alike.
        if mold != nil || tape.tokens.capacity > Self.keptTokens { tape = JSONTape() }
        guard options.isTranslated else { return }
        if options.profile.inline != .none { splitInline(&events, from: before) }
        if options.profile.isGuarded {
            for place in events.indices[before...] { events[place].notes.removeAll { !$0.note.isOfRequest } }
        }
        for event in events[before...] {
            if case .finish(let word) = event.kind, AnswerFinish(word) == nil {
                throw UpstreamFault(.malformed, "\(EventPlace(number: count)): nobody knows the finish reason \(word)")
            }
        }
    }

    /// Takes the next event of a stream the short way, if it has come and is like the last one in all but its text.
    ///
    /// It gives what `decode` would have given.
    /// - Returns: False where it is not; then nothing was taken.
    public mutating func takeAlike(from stream: inout SSEDecoder, into events: inout [AnswerEvent]) -> Bool {
        guard let mold, !sawEnd, let (raw, text) = stream.next(in: mold.taken) else { return false }
        count += 1
        misfits = 0
        events.append(mold.answer(raw, text: text))
        return true
    }

    /// Keeps what an event has in common with those that may follow; where it changed what is known of the stream, it is
    /// forgotten again.
    mutating func learn(_ answer: AnswerEvent, of event: SSEEvent, _ edits: Splice, name: ByteBuffer?) {
        guard !options.isTranslated, misfits < Self.mostMisfits, answer.kind == .output, answer.usage == nil else {
            return
        }
        mold = EventMold(answer, of: event, edits, name: name)
    }

    /// Molds that may go unused in a row: some servers write no two events alike.
    private static let mostMisfits: UInt8 = 8

    /// Grows, or changes, whenever an event leaves behind what the reading of another could depend on.
    private var stateSize: Int {
        switch options.upstream {
        case .openAI, .completions: words.size + chat.size
        case .anthropic: words.size + messages.size
        case .responses, .gemini, .embeddings: 0
        }
    }

    /// Says that the stream ended.
    ///
    /// - Throws: `UpstreamFault` unless every choice had a finish reason. That only the end marker is missing is no
    ///   fault: see `sawEnd`.
    public mutating func finish() throws(UpstreamFault) {
        switch options.upstream {
        case .openAI, .completions, .embeddings: try chat.requireFinished()
        case .anthropic: try messages.requireFinished()
        case .responses: try responses.requireFinished()
        case .gemini: try gemini.requireFinished()
        }
    }

    private static let keptTokens = 128

    mutating func scan(_ data: ByteBuffer) throws(UpstreamFault) {
        var scanned = tape
        tape = JSONTape()
        defer { tape = scanned }
        let fault = data.withUnsafeReadableBytes { bytes -> JSONFault? in
            do throws(JSONFault) {
                try scanned.scan(bytes, acceptsLoneSurrogates: true)
                return nil
            } catch { return error }
        }
        if let fault { throw UpstreamFault(fault, in: EventPlace(number: count)) }
    }
}

extension SSEEvent {
    /// The event with the edits made in its data.
    func edited(_ edits: Splice, name: ByteBuffer?) -> ByteBuffer {
        if edits.isEmpty, name == self.name { return raw }
        return SSEFields.rewritten(name, edits.isEmpty ? data : edits.applied(to: data))
    }
}
