public import NIOCore

/// Writes what the gateway says of its own in a stream: the rest of a piece, refusals, endings, errors.
///
/// It follows what was released and knows what the client has seen, so that whatever it writes fits in there.
public struct AnswerWriter: Sendable {
    var options: AnswerOptions
    let decision: String
    /// Seconds since 1970, for `created`.
    let time: Int
    var chat = ChatWriter()
    private var ofMessage = Boxed<MessageWriter>()
    private var ofResponse = Boxed<ResponseWriter>()
    /// Reasoning that was judged clear and waits to be summarised, by choice.
    var keptBack: [Int: ByteBuffer] = [:]

    var message: MessageWriter {
        _read { yield ofMessage.state }
        _modify { yield &ofMessage.state }
    }
    var response: ResponseWriter {
        _read { yield ofResponse.state }
        _modify { yield &ofResponse.state }
    }

    /// Makes a writer for one answer.
    ///
    /// - Parameters:
    ///   - modelName: The name that the client asked for.
    ///   - decision: The decision's id; where the upstream's own id is not known yet, the answer's id is made from it.
    ///   - time: Seconds since 1970.
    public init(_ request: ModelRequest, modelName: String, decision: String, time: Int = 0) {
        self.init(AnswerOptions(request, modelName: modelName), decision: decision, time: time)
    }

    /// Makes a writer of an answer to the request that `options` were taken from.
    public init(_ options: AnswerOptions, decision: String, time: Int = 0) {
        self.options = options
        self.decision = decision
        self.time = time
    }

    /// Takes note of an event that is sent to the client.
    public mutating func released(_ event: AnswerEvent) {
        guard event.isForClient else { return }
        switch options.dialect {
        case .openAI, .completions, .embeddings: chat.released(event, as: options.dialect)
        case .anthropic: message.released(event)
        case .responses, .gemini: break
        }
    }

    /// The same for a server that speaks another dialect than the client.
    public func answering(_ upstream: Dialect, _ profile: UpstreamProfile = UpstreamProfile()) -> AnswerWriter {
        var other = self
        other.options.upstream = upstream
        other.options.profile = profile
        return other
    }

    /// Gives the client an event that was judged clear: as it came, or in the client's own dialect.
    public mutating func release(_ event: AnswerEvent, into out: inout ByteBuffer) {
        guard options.isTranslated else {
            if event.isForClient { event.write(to: &out) }
            return released(event)
        }
        translate(event, into: &out)
    }

    /// Whether the answer is written in another dialect than it comes in.
    public var isTranslating: Bool { options.isTranslated }

    /// Whether the client is given the text of a channel in a stream.
    public func writes(_ channel: AnswerChannel) -> Bool {
        options.isTranslated ? options.gives(channel) : !(channel.kind == .unknown && channel.index > 0)
    }

    /// The judged rest of a piece that is held back, as an event of its own; opens what must be open for it.
    ///
    /// - Returns: Nothing for what cannot stand alone: names of tools, logprobs, unknown fields.
    public mutating func partial(choice: Int, channel: AnswerChannel, text: ByteBuffer) -> ByteBuffer {
        guard text.readableBytes > 0 else { return ByteBuffer() }
        if options.isTranslated { return translatedPart(choice: choice, channel: channel, text: text) }
        switch options.dialect {
        case .openAI: return chatPartial(choice: choice, channel: channel, text: text)
        case .completions: return completionPartial(choice: choice, channel: channel, text: text)
        case .anthropic: return messagePartial(channel: channel, text: text)
        case .responses, .gemini, .embeddings: return ByteBuffer()
        }
    }

    /// Ends a choice with a refusal; nothing if it has ended already.
    public mutating func refusal(choice: Int, _ refusal: Refusal, usage: TokenUsage?) -> ByteBuffer {
        switch options.dialect {
        case .openAI: chatRefusal(choice: choice, refusal)
        case .completions, .embeddings: completionRefusal(choice: choice, refusal)
        case .anthropic: messageRefusal(refusal, usage: usage)
        case .responses, .gemini: responseRefusal(refusal)
        }
    }

    /// Ends a choice as one that has reached its largest number of tokens; nothing if it has ended already.
    public mutating func length(choice: Int, usage: TokenUsage?) -> ByteBuffer {
        switch options.dialect {
        case .openAI: chatLength(choice: choice)
        case .completions, .embeddings: completionLength(choice: choice)
        case .anthropic: messageLength(usage: usage)
        case .responses, .gemini: responseLength()
        }
    }

    /// Ends the stream after its choices have ended: usage if the client asked for it, and the end marker; what was
    /// sent already is not sent again.
    public mutating func end(usage: TokenUsage?) -> ByteBuffer {
        switch options.dialect {
        case .openAI, .completions, .embeddings: chatEnd(usage)
        case .anthropic: messageEnd(usage: usage)
        case .responses, .gemini: responseEnd(usage: usage)
        }
    }

    /// Ends the stream with an error; nothing if it has ended already.
    public mutating func failure(_ error: APIError, requestID: String? = nil) -> ByteBuffer {
        switch options.dialect {
        case .openAI, .completions, .embeddings: chatFailure(error)
        case .anthropic: messageFailure(error, requestID: requestID)
        case .responses, .gemini: responseFailure(error)
        }
    }

    /// A refusal before the answer, as a whole HTTP reply: a normal answer that says why, streamed if the request
    /// asks for a stream.
    ///
    /// - Parameters:
    ///   - asError: Whether the deployment prefers an error with status 400.
    ///   - time: Seconds since 1970.
    public static func wholeRefusal(
        _ refusal: Refusal, request: ModelRequest, modelName: String, asError: Bool, requestID: String = "",
        time: Int = 0
    ) -> Reply {
        // There is no answer of vectors that says why.
        guard !asError, request.dialect != .embeddings else {
            return APIError(.policy, refusal.explanation).reply(
                request.dialect, requestID: requestID.isEmpty ? refusal.decision : requestID)
        }
        var writer = AnswerWriter(request, modelName: modelName, decision: refusal.decision, time: time)
        guard request.stream else {
            let body =
                switch request.dialect {
                case .openAI: writer.wholeChat(refusal)
                case .completions, .embeddings: writer.wholeCompletion(refusal)
                case .anthropic: writer.wholeMessage(refusal, usage: nil)
                case .responses, .gemini: writer.wholeResponse(refusal)
                }
            return Reply(status: 200, headers: [Reply.jsonType], body: body)
        }
        var body = ByteBuffer()
        let choices = request.dialect.isChatLike ? request.choices : 1
        for choice in 0..<choices {
            body.writeImmutableBuffer(writer.refusal(choice: choice, refusal, usage: TokenUsage()))
        }
        body.writeImmutableBuffer(writer.end(usage: TokenUsage()))
        return Reply(status: 200, headers: [Reply.streamType, ("cache-control", "no-cache")], body: body)
    }
}
