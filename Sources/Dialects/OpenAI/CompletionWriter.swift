internal import NIOCore

// Legacy completions: chunks and bodies as chats have them, but each choice is a text and nothing else.
//
// How far each choice has come is kept with those of chats; a refusal is told beside an empty text.

extension AnswerWriter {
    /// A chunk with one choice.
    private mutating func completionChunk(
        choice: Int, text: ByteBuffer, finish: StaticString? = nil, refusal: Refusal? = nil
    ) -> ByteBuffer {
        chat.choices.change(choice) { $0.hasRole = true }
        if finish != nil { chat.choices.change(choice) { $0.finished = true } }
        return chunk { writer in
            writer.completion(choice, text: text, finish: finish, refusal: refusal)
        }
    }

    private func isOver(_ choice: Int) -> Bool { chat.ended || chat.choices[choice]?.finished == true }

    mutating func completionPartial(choice: Int, channel: AnswerChannel, text: ByteBuffer) -> ByteBuffer {
        guard !isOver(choice), channel.kind == .content else { return ByteBuffer() }
        return completionChunk(choice: choice, text: text)
    }

    mutating func completionRefusal(choice: Int, _ refusal: Refusal) -> ByteBuffer {
        guard !isOver(choice) else { return ByteBuffer() }
        return completionChunk(choice: choice, text: ByteBuffer(), finish: "\"content_filter\"", refusal: refusal)
    }

    /// Ends a choice as one that has reached its largest number of tokens.
    mutating func completionLength(choice: Int) -> ByteBuffer {
        guard !isOver(choice) else { return ByteBuffer() }
        return completionChunk(choice: choice, text: ByteBuffer(), finish: "\"length\"")
    }

    /// A step of another dialect's answer: its texts, those of the model's own refusal among them.
    mutating func completionStep(_ step: AnswerStep, choice: Int, into out: inout ByteBuffer) {
        guard !isOver(choice), case .text(_, let text) = step, text.readableBytes > 0 else { return }
        out.writeImmutableBuffer(completionChunk(choice: choice, text: text))
    }

    mutating func completionFinish(_ reason: AnswerFinish, choice: Int, into out: inout ByteBuffer) {
        guard !isOver(choice) else { return }
        out.writeImmutableBuffer(completionChunk(choice: choice, text: ByteBuffer(), finish: reason.completionWord))
    }

    /// A refusal in place of a whole completion.
    func wholeCompletion(_ refusal: Refusal) -> ByteBuffer {
        var writer = JSONWriter()
        writer.completionHead(decision: decision, time: time, model: options.modelName)
        for choice in 0..<options.choices {
            if choice > 0 { writer.raw(",") }
            writer.refusedCompletion(choice, refusal)
        }
        writer.raw("],\"usage\":")
        TokenUsage().write(openAI: &writer)
        writer.raw("}")
        return writer.buffer
    }
}

extension AnswerFinish {
    /// As legacy completions spell it; they know no tools.
    fileprivate var completionWord: StaticString { self == .toolCalls ? "\"stop\"" : chatWord }
}

extension JSONWriter {
    fileprivate mutating func completionHead(decision: String, time: Int, model: String) {
        raw("{\"id\":")
        string("cmpl-\(decision)")
        raw(",\"object\":\"text_completion\",\"created\":")
        integer(time)
        raw(",\"model\":")
        string(model)
        raw(",\"choices\":[")
    }

    fileprivate mutating func completion(_ index: Int, text: ByteBuffer, finish: StaticString?, refusal: Refusal?) {
        raw("{\"text\":")
        string(text)
        raw(",\"index\":")
        integer(index)
        raw(",\"logprobs\":null,\"finish_reason\":")
        raw(finish ?? "null")
        if let refusal {
            raw(",\"refusal\":")
            string(refusal.explanation)
        }
        raw("}")
    }

    /// A choice that says why there is no text.
    mutating func refusedCompletion(_ index: Int, _ refusal: Refusal) {
        completion(index, text: ByteBuffer(), finish: "\"content_filter\"", refusal: refusal)
    }

    /// A whole completion made from another dialect's answer.
    mutating func completion(_ answer: AnswerBody, _ refusing: [Int: Refusal]) {
        completionHead(decision: answer.decision, time: answer.time, model: answer.options.modelName)
        for (number, choice) in answer.choices.enumerated() {
            if number > 0 { raw(",") }
            if let refusal = refusing[choice.index] {
                refusedCompletion(choice.index, refusal)
                continue
            }
            let items = choice.items(answer.options)
            var text = items.joined(.content) ?? ByteBuffer()
            if let refusal = items.joined(.refusal) { text.writeImmutableBuffer(refusal) }
            completion(
                choice.index, text: text, finish: choice.reason(items, stops: answer.options.stops).completionWord,
                refusal: nil)
        }
        raw("],\"usage\":")
        (answer.usage ?? TokenUsage()).write(openAI: &self)
        raw("}")
    }
}
