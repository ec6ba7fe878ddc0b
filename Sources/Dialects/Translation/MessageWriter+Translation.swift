internal import NIOCore

/// Messages made from another dialect's answer.
///
/// Only one block is open at a time. The first call is written as it comes; what comes beside it waits until it can be
/// known to be complete, at the end of its block or of the answer.
extension AnswerWriter {
    mutating func messageStep(_ step: AnswerStep, into out: inout ByteBuffer) {
        guard !message.finished, !message.ended, message.reason == nil else { return }
        if let live = message.live {
            switch step {
            case .arguments(live, let text):
                message.items.add(step)
                return delta("input_json_delta", "partial_json", text, &out)
            case .call(live, _, _): return
            case .blockEnd(live):
                message.live = nil
                return stopBlock(&out)
            default:
                message.waiting.add(step)
                return
            }
        }
        guard let place = message.items.add(step) else {
            if case .blockEnd = step { stopBlock(&out) }
            return
        }
        write(message.items.items[place.index], place, step, into: &out)
    }

    private mutating func write(
        _ item: AnswerItems.Item, _ place: (index: Int, isNew: Bool), _ step: AnswerStep, into out: inout ByteBuffer
    ) {
        switch step {
        case .text(let kind, let text):
            guard text.readableBytes > 0 else { return }
            if place.isNew { stopBlock(&out) }
            let isReasoning = kind == .reasoning
            openBlock(isReasoning ? "thinking" : "text", &out)
            delta(isReasoning ? "thinking_delta" : "text_delta", isReasoning ? "thinking" : "text", text, &out)
        case .call(let number, _, _):
            stopBlock(&out)
            startCall(item, &out)
            message.live = number
        case .signature(let text):
            openBlock("thinking", &out)
            delta("signature_delta", "signature", text, &out)
        case .sealed(let text):
            stopBlock(&out)
            startSealed(text, &out)
            stopBlock(&out)
        case .arguments, .logprobs, .blockEnd: return
        }
    }

    /// Ends what is open and writes what has waited, all of it judged.
    mutating func flushMessage(_ out: inout ByteBuffer) {
        guard options.isTranslated, !message.finished, !message.ended else { return }
        if message.live != nil {
            message.live = nil
            stopBlock(&out)
        }
        let waiting = message.waiting
        message.waiting = AnswerItems()
        for item in waiting.items {
            stopBlock(&out)
            switch item.kind {
            case .content, .refusal:
                openBlock("text", &out)
                delta("text_delta", "text", item.text, &out)
            case .reasoning:
                openBlock("thinking", &out)
                if item.text.readableBytes > 0 { delta("thinking_delta", "thinking", item.text, &out) }
                if let signature = item.signature { delta("signature_delta", "signature", signature, &out) }
            case .sealed: startSealed(item.text, &out)
            case .call:
                startCall(item, &out)
                if item.text.readableBytes > 0 { delta("input_json_delta", "partial_json", item.text, &out) }
            }
            stopBlock(&out)
        }
        message.hasCalls = message.hasCalls || waiting.hasCalls
    }

    mutating func messageFinish(_ reason: AnswerFinish, into out: inout ByteBuffer) {
        guard !message.finished, !message.ended, message.reason == nil else { return }
        start(&out)
        flushMessage(&out)
        stopBlock(&out)
        let calls = message.hasCalls || message.items.hasCalls
        message.reason = reason == .stop && calls ? .toolCalls : reason
    }

    /// The reason to stop, with the usage that came after it.
    mutating func messageReason(usage: TokenUsage?, into out: inout ByteBuffer) {
        guard let reason = message.reason, !message.finished, !message.ended else { return }
        message.finished = true
        var writer = JSONWriter()
        writer.raw("{\"type\":\"message_delta\",\"delta\":{")
        writer.stop(reason)
        writer.raw("},\"usage\":")
        (usage ?? TokenUsage()).write(anthropic: &writer)
        writer.raw("}")
        out.writeImmutableBuffer(SSEEvent.write(name: "message_delta", data: writer.buffer))
    }

    private mutating func startCall(_ item: AnswerItems.Item, _ out: inout ByteBuffer) {
        let id = item.id ?? ByteBuffer(string: "toolu_\(decision)_\(message.nextBlock)")
        begin("tool_use", &out) { writer in
            writer.raw(",\"id\":")
            writer.string(id)
            writer.raw(",\"name\":")
            writer.string(item.name)
            writer.raw(",\"input\":{}")
        }
    }

    private mutating func startSealed(_ data: ByteBuffer, _ out: inout ByteBuffer) {
        begin("redacted_thinking", &out) { writer in
            writer.raw(",\"data\":")
            writer.string(data)
        }
    }

    /// Starts a block of any type.
    private mutating func begin(_ type: StaticString, _ out: inout ByteBuffer, _ fields: (inout JSONWriter) -> Void) {
        start(&out)
        let index = message.nextBlock
        message.open = MessageWriter.Block(index: index, type: type.description)
        message.nextBlock = index + 1
        var writer = JSONWriter()
        writer.raw("{\"type\":\"content_block_start\",\"index\":")
        writer.integer(index)
        writer.raw(",\"content_block\":{\"type\":\"")
        writer.raw(type)
        writer.raw("\"")
        fields(&writer)
        writer.raw("}}")
        out.writeImmutableBuffer(SSEEvent.write(name: "content_block_start", data: writer.buffer))
    }
}

extension JSONWriter {
    /// `"stop_reason":…,"stop_sequence":…`, with the details of a refusal that is the server's own.
    fileprivate mutating func stop(_ reason: AnswerFinish) {
        raw("\"stop_reason\":")
        raw(reason.messageWord)
        raw(",\"stop_sequence\":")
        if case .stopSequence(let text) = reason { string(orNull: text) } else { raw("null") }
        if reason == .refusal {
            raw(",\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":null}")
        }
    }

    /// A whole message.
    mutating func message(_ answer: AnswerBody, _ refusing: [Int: Refusal]) {
        var id = JSONWriter()
        id.string("msg_\(answer.decision)")
        let choice = answer.choices.first
        // A server may number its only choice as it likes.
        if let refusal = choice.flatMap({ refusing[$0.index] }) {
            var usage = JSONWriter()
            (answer.usage ?? TokenUsage()).write(anthropic: &usage)
            return refusedMessage(refusal, id: id.buffer, model: answer.options.modelName, usage: usage.buffer)
        }
        let items = choice?.items(answer.options) ?? AnswerItems()
        raw("{\"id\":")
        raw(id.buffer)
        raw(",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        string(answer.options.modelName)
        raw(",\"content\":[")
        var number = 0
        for item in items.items where item.kind != .content || item.text.readableBytes > 0 {
            if number > 0 { raw(",") }
            block(item, number: number, decision: answer.decision)
            number += 1
        }
        raw("],")
        stop(choice?.reason(items, stops: answer.options.stops) ?? .stop)
        raw(",\"usage\":")
        (answer.usage ?? TokenUsage()).write(anthropic: &self)
        raw("}")
    }

    private mutating func block(_ item: AnswerItems.Item, number: Int, decision: String) {
        switch item.kind {
        case .content, .refusal:
            raw("{\"type\":\"text\",\"text\":")
            string(item.text)
        case .reasoning:
            raw("{\"type\":\"thinking\",\"thinking\":")
            string(item.text)
            raw(",\"signature\":")
            string(item.signature ?? ByteBuffer())
        case .sealed:
            raw("{\"type\":\"redacted_thinking\",\"data\":")
            string(item.text)
        case .call:
            raw("{\"type\":\"tool_use\",\"id\":")
            if let id = item.id { string(id) } else { string("toolu_\(decision)_\(number)") }
            raw(",\"name\":")
            string(item.name)
            raw(",\"input\":")
            raw(item.arguments)
        }
        raw("}")
    }
}
