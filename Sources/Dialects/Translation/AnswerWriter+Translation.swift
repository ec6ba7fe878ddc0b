public import NIOCore

/// Writing in the client's dialect what another one's server says.
extension AnswerWriter {
    /// Writes an event that was judged clear.
    mutating func translate(_ event: AnswerEvent, into out: inout ByteBuffer) {
        let choice = event.choice ?? 0
        let isSummary = event.pieces.first?.channel == .summary
        if options.profile.reasoning == .summarise, !isSummary { keepBack(event.pieces, choice: choice) }
        for step in AnswerStep.all(of: event.pieces, event.notes) where isSummary || options.gives(step) {
            write(step, choice: choice, into: &out)
        }
        switch event.kind {
        case .blockStop(let index): write(.blockEnd(index), choice: choice, into: &out)
        case .finish(let word):
            var reason = AnswerFinish(word) ?? .stop
            if reason == .stop, let sequence = event.notes.stopSequence(among: options.stops) {
                reason = .stopSequence(sequence)
            }
            finish(choice: choice, reason, into: &out)
        // The end is written by whoever knows the usage.
        case .end, .opening, .output, .blockStart, .usage, .ping: break
        }
    }

    /// Keeps judged reasoning for its summary.
    private mutating func keepBack(_ pieces: AnswerPieces, choice: Int) {
        for piece in pieces where piece.channel.kind == .reasoning {
            guard keptBack[choice, default: ByteBuffer()].readableBytes < Self.longestKept else { return }
            keptBack[choice, default: ByteBuffer()].writeImmutableBuffer(piece.text)
        }
    }

    /// Bytes of reasoning that are kept for a summary, about.
    private static let longestKept = 64 << 10

    /// The reasoning of a choice that was judged clear and kept back, once; nil if there is none.
    public mutating func takeReasoning(of choice: Int) -> ByteBuffer? { keptBack.removeValue(forKey: choice) }

    /// Whether reasoning is kept back for a summary.
    public var isSummarising: Bool { options.profile.reasoning == .summarise }

    /// The judged rest of a piece; nothing for what cannot stand alone.
    mutating func translatedPart(choice: Int, channel: AnswerChannel, text: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        guard options.gives(channel) else { return out }
        switch channel.kind {
        case .content, .reasoning, .refusal: write(.text(channel.kind, text), choice: choice, into: &out)
        case .toolArguments: write(.arguments(channel.index, text), choice: choice, into: &out)
        case .toolName, .logprobs, .unknown, .annotation: break
        }
        return out
    }

    private mutating func write(_ step: AnswerStep, choice: Int, into out: inout ByteBuffer) {
        switch options.dialect {
        case .openAI: chatStep(step, choice: choice, into: &out)
        case .completions, .embeddings: completionStep(step, choice: choice, into: &out)
        case .anthropic: messageStep(step, into: &out)
        case .responses, .gemini: responseStep(step, into: &out)
        }
    }

    private mutating func finish(choice: Int, _ reason: AnswerFinish, into out: inout ByteBuffer) {
        switch options.dialect {
        case .openAI: chatFinish(reason, choice: choice, into: &out)
        case .completions, .embeddings: completionFinish(reason, choice: choice, into: &out)
        case .anthropic: messageFinish(reason, into: &out)
        case .responses, .gemini: responseFinish(reason, into: &out)
        }
    }
}

extension AnswerBody {
    /// What another dialect could not say.
    ///
    /// - Throws: `UpstreamFault` for a finish reason that nobody knows, and for calls whose arguments are no object.
    func checkTranslation() throws(UpstreamFault) {
        for choice in choices {
            guard AnswerFinish(choice.finish) != nil else {
                throw UpstreamFault(.malformed, "nobody knows the finish reason \(choice.finish)")
            }
            guard options.dialect == .anthropic else { continue }
            for item in choice.items(options).items {
                guard case .call = item.kind, !item.arguments.isJSONObject else { continue }
                throw UpstreamFault(.malformed, "the arguments of a tool call are no JSON object")
            }
        }
    }

    /// The body in the client's dialect.
    func translated(refusing: [Int: Refusal]) -> ByteBuffer {
        var writer = JSONWriter()
        switch options.dialect {
        case .openAI: writer.chat(self, refusing)
        case .completions, .embeddings: writer.completion(self, refusing)
        case .anthropic: writer.message(self, refusing)
        case .responses, .gemini: writer.response(self, refusing)
        }
        return writer.buffer
    }
}

extension AnswerBody.Choice {
    /// The choice's steps, joined.
    func items(_ options: AnswerOptions) -> AnswerItems {
        var items = AnswerItems()
        for step in AnswerStep.all(of: pieces, notes) where options.gives(step) { items.add(step) }
        return items
    }

    /// Why it ended; a call that a server ends with another word is still one.
    func reason(_ items: AnswerItems, stops: [String]) -> AnswerFinish {
        let reason = AnswerFinish(finish) ?? .stop
        guard reason == .stop else { return reason }
        if items.hasCalls { return .toolCalls }
        return notes.stopSequence(among: stops).map { .stopSequence($0) } ?? .stop
    }
}

extension ByteBuffer {
    /// Whether the readable bytes are one JSON object.
    var isJSONObject: Bool {
        var tape = JSONTape()
        return withUnsafeReadableBytes { bytes in
            do throws(JSONFault) { try tape.scan(bytes, acceptsLoneSurrogates: true) } catch { return false }
            return tape.tokens.first?.kind == .object
        }
    }
}
