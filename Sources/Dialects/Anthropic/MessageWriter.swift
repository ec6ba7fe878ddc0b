internal import NIOCore

/// What a client has seen of a streamed message.
struct MessageWriter: StreamState {
    struct Block: Sendable {
        var index: Int
        var type: String
    }

    var started = false
    var open: Block?
    var nextBlock = 0
    /// Whether the stop reason was sent, and whether the stream ended.
    var finished = false
    var ended = false
    /// What the message has come to, where it is translated; what waits until the open call is complete.
    var items = AnswerItems()
    var waiting = AnswerItems()
    var hasCalls = false
    /// The call whose block is open.
    var live: Int?
    /// Why it ended, until the usage is known.
    var reason: AnswerFinish?

    mutating func released(_ event: AnswerEvent) {
        switch event.kind {
        case .opening: started = true
        case .blockStart(let index, let type):
            open = Block(index: index, type: type)
            nextBlock = index + 1
        case .blockStop: open = nil
        case .finish: finished = true
        case .end: ended = true
        case .output, .usage, .ping: break
        }
    }
}

extension AnswerWriter {
    /// `message_start`, unless the client has it.
    mutating func start(_ out: inout ByteBuffer) {
        guard !message.started else { return }
        message.started = true
        var writer = JSONWriter()
        writer.raw("{\"type\":\"message_start\",\"message\":{\"id\":")
        writer.string("msg_\(decision)")
        writer.raw(",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        writer.string(options.modelName)
        writer.raw(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,")
        writer.raw("\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}")
        out.writeImmutableBuffer(SSEEvent.write(name: "message_start", data: writer.buffer))
    }

    mutating func stopBlock(_ out: inout ByteBuffer) {
        guard let block = message.open else { return }
        message.open = nil
        var writer = JSONWriter()
        writer.raw("{\"type\":\"content_block_stop\",\"index\":")
        writer.integer(block.index)
        writer.raw("}")
        out.writeImmutableBuffer(SSEEvent.write(name: "content_block_stop", data: writer.buffer))
    }

    private mutating func startBlock(_ type: StaticString, _ out: inout ByteBuffer) {
        let index = message.nextBlock
        message.open = MessageWriter.Block(index: index, type: type.description)
        message.nextBlock = index + 1
        var writer = JSONWriter()
        writer.raw("{\"type\":\"content_block_start\",\"index\":")
        writer.integer(index)
        writer.raw(",\"content_block\":{\"type\":\"")
        writer.raw(type)
        writer.raw(type.description == "thinking" ? "\",\"thinking\":\"\",\"signature\":\"\"}}" : "\",\"text\":\"\"}}")
        out.writeImmutableBuffer(SSEEvent.write(name: "content_block_start", data: writer.buffer))
    }

    func delta(_ type: StaticString, _ field: StaticString, _ text: ByteBuffer, _ out: inout ByteBuffer) {
        var writer = JSONWriter()
        writer.raw("{\"type\":\"content_block_delta\",\"index\":")
        writer.integer(message.open?.index ?? 0)
        writer.raw(",\"delta\":{\"type\":\"")
        writer.raw(type)
        writer.raw("\",\"")
        writer.raw(field)
        writer.raw("\":")
        writer.string(text)
        writer.raw("}}")
        out.writeImmutableBuffer(SSEEvent.write(name: "content_block_delta", data: writer.buffer))
    }

    mutating func messagePartial(channel: AnswerChannel, text: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        guard !message.finished, !message.ended else { return out }
        switch channel.kind {
        case .content:
            openBlock("text", &out)
            delta("text_delta", "text", text, &out)
        case .reasoning:
            openBlock("thinking", &out)
            delta("thinking_delta", "thinking", text, &out)
        case .toolArguments:
            guard message.open?.index == channel.index else { break }
            delta("input_json_delta", "partial_json", text, &out)
        case .refusal, .toolName, .logprobs, .unknown, .annotation: break
        }
        return out
    }

    mutating func openBlock(_ type: StaticString, _ out: inout ByteBuffer) {
        start(&out)
        guard message.open?.type != type.description else { return }
        stopBlock(&out)
        startBlock(type, &out)
    }

    mutating func messageRefusal(_ refusal: Refusal, usage: TokenUsage?) -> ByteBuffer {
        var out = ByteBuffer()
        guard !message.ended else { return out }
        start(&out)
        flushMessage(&out)
        stopBlock(&out)
        if !message.finished {
            if message.nextBlock == 0 {
                startBlock("text", &out)
                delta("text_delta", "text", ByteBuffer(string: refusal.explanation), &out)
                stopBlock(&out)
            }
            var writer = JSONWriter()
            writer.raw("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\",\"stop_sequence\":null,")
            writer.stopDetails(refusal)
            writer.raw("},\"usage\":")
            (usage ?? TokenUsage()).write(anthropic: &writer)
            writer.raw("}")
            out.writeImmutableBuffer(SSEEvent.write(name: "message_delta", data: writer.buffer))
        }
        message.finished = true
        message.ended = true
        out.writeImmutableBuffer(
            SSEEvent.write(name: "message_stop", data: ByteBuffer(string: "{\"type\":\"message_stop\"}")))
        return out
    }

    /// Ends the message as one that has reached its largest number of tokens; `messageEnd` follows.
    mutating func messageLength(usage: TokenUsage?) -> ByteBuffer {
        var out = ByteBuffer()
        guard !message.ended, !message.finished else { return out }
        start(&out)
        flushMessage(&out)
        stopBlock(&out)
        var writer = JSONWriter()
        writer.raw(
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\",\"stop_sequence\":null},\"usage\":")
        (usage ?? TokenUsage()).write(anthropic: &writer)
        writer.raw("}")
        out.writeImmutableBuffer(SSEEvent.write(name: "message_delta", data: writer.buffer))
        message.finished = true
        return out
    }

    /// `message_stop`, where the message has its reason to stop and the end is missing.
    mutating func messageEnd(usage: TokenUsage?) -> ByteBuffer {
        var out = ByteBuffer()
        messageReason(usage: usage, into: &out)
        guard message.finished, !message.ended else { return out }
        message.ended = true
        out.writeImmutableBuffer(
            SSEEvent.write(name: "message_stop", data: ByteBuffer(string: "{\"type\":\"message_stop\"}")))
        return out
    }

    mutating func messageFailure(_ error: APIError, requestID: String?) -> ByteBuffer {
        guard !message.ended else { return ByteBuffer() }
        var out = ByteBuffer()
        flushMessage(&out)
        message.ended = true
        out.writeImmutableBuffer(SSEEvent.write(name: "error", data: error.body(.anthropic, requestID: requestID)))
        return out
    }

    /// A refusal in place of a whole message.
    func wholeMessage(_ refusal: Refusal, usage: TokenUsage?) -> ByteBuffer {
        var usageWriter = JSONWriter()
        (usage ?? TokenUsage()).write(anthropic: &usageWriter)
        var id = JSONWriter()
        id.string("msg_\(decision)")
        var writer = JSONWriter()
        writer.refusedMessage(refusal, id: id.buffer, model: options.modelName, usage: usageWriter.buffer)
        return writer.buffer
    }
}

extension JSONWriter {
    /// `"stop_details":{…}`.
    mutating func stopDetails(_ refusal: Refusal) {
        raw("\"stop_details\":{\"type\":\"refusal\",\"category\":")
        string(orNull: refusal.stopCategory)
        raw(",\"explanation\":")
        string(refusal.explanation)
        raw("}")
    }

    /// A whole message that says why there is no answer.
    mutating func refusedMessage(_ refusal: Refusal, id: ByteBuffer, model: String, usage: ByteBuffer) {
        raw("{\"id\":")
        raw(id)
        raw(",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        string(model)
        raw(",\"content\":[{\"type\":\"text\",\"text\":")
        string(refusal.explanation)
        raw("}],\"stop_reason\":\"refusal\",\"stop_sequence\":null,")
        stopDetails(refusal)
        raw(",\"usage\":")
        raw(usage)
        raw("}")
    }
}
