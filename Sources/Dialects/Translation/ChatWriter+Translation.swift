internal import NIOCore

/// Chat completions made from another dialect's answer.
extension AnswerWriter {
    mutating func chatStep(_ step: AnswerStep, choice: Int, into out: inout ByteBuffer) {
        guard !chat.ended, chat.choices[choice]?.finished != true else { return }
        let place = chat.items[choice, default: AnswerItems()].add(step)
        let items = chat.items[choice] ?? AnswerItems()
        switch step {
        case .text(let kind, let text):
            guard text.readableBytes > 0 else { return }
            let field: StaticString =
                kind == .content ? "\"content\":" : kind == .refusal ? "\"refusal\":" : options.reasoningKey.field
            out.writeImmutableBuffer(
                chunk(choice: choice, finish: nil) { writer in
                    writer.raw(field)
                    writer.string(text)
                })
        case .call:
            guard let place, place.isNew else { return }
            let (item, number) = (items.items[place.index], items.callNumber(at: place.index))
            let id = chatCallID(item, choice: choice, number: number)
            out.writeImmutableBuffer(
                chunk(choice: choice, finish: nil) { writer in
                    writer.raw("\"tool_calls\":[{\"index\":")
                    writer.integer(number)
                    writer.raw(",\"id\":")
                    writer.string(id)
                    writer.raw(",\"type\":\"function\",\"function\":{\"name\":")
                    writer.string(item.name)
                    writer.raw(",\"arguments\":\"\"}}]")
                })
        case .arguments(_, let text):
            guard let place else { return }
            chatArguments(text, choice: choice, number: items.callNumber(at: place.index), into: &out)
        case .signature:
            guard let place else { return }
            chatDetails(items.items[place.index], choice: choice, number: place.index, into: &out)
        case .sealed:
            guard let place else { return }
            chatDetails(items.items[place.index], choice: choice, number: place.index, into: &out)
        case .logprobs, .blockEnd: return
        }
    }

    private mutating func chatArguments(_ text: ByteBuffer, choice: Int, number: Int, into out: inout ByteBuffer) {
        out.writeImmutableBuffer(
            chunk(choice: choice, finish: nil) { writer in
                writer.raw("\"tool_calls\":[{\"index\":")
                writer.integer(number)
                writer.raw(",\"function\":{\"arguments\":")
                writer.string(text)
                writer.raw("}}]")
            })
    }

    /// Reasoning with its seal, so that the client can send it back.
    private mutating func chatDetails(
        _ item: AnswerItems.Item, choice: Int, number: Int, into out: inout ByteBuffer
    ) {
        out.writeImmutableBuffer(
            chunk(choice: choice, finish: nil) { writer in
                writer.raw("\"reasoning_details\":[")
                writer.reasoningDetail(item, number: number)
                writer.raw("]")
            })
    }

    private func chatCallID(_ item: AnswerItems.Item, choice: Int, number: Int) -> ByteBuffer {
        item.id ?? ByteBuffer(string: "call_\(decision)_\(choice)_\(number)")
    }

    mutating func chatFinish(_ reason: AnswerFinish, choice: Int, into out: inout ByteBuffer) {
        guard !chat.ended, chat.choices[choice]?.finished != true else { return }
        let items = chat.items[choice] ?? AnswerItems()
        for (index, item) in items.items.enumerated() where item.text.readableBytes == 0 {
            guard case .call = item.kind else { continue }
            chatArguments(item.arguments, choice: choice, number: items.callNumber(at: index), into: &out)
        }
        let word = reason == .stop && items.hasCalls ? AnswerFinish.toolCalls.chatWord : reason.chatWord
        // An answer of nothing has its role in its last chunk, and a comma behind it.
        let isEmpty = chat.choices[choice]?.hasRole != true
        out.writeImmutableBuffer(
            chunk(choice: choice, finish: word) { writer in if isEmpty { writer.raw("\"content\":\"\"") } })
        chat.choices.change(choice) { $0.finished = true }
    }
}

extension AnswerItems {
    /// The number of a call among the calls.
    func callNumber(at index: Int) -> Int {
        items[..<index].reduce(0) { count, item in
            if case .call = item.kind { count + 1 } else { count }
        }
    }
}

extension JSONWriter {
    /// One entry of `reasoning_details`.
    fileprivate mutating func reasoningDetail(_ item: AnswerItems.Item, number: Int) {
        if item.kind == .sealed {
            raw("{\"type\":\"reasoning.encrypted\",\"data\":")
            string(item.text)
        } else {
            raw("{\"type\":\"reasoning.text\",\"text\":")
            string(item.text)
            raw(",\"signature\":")
            if let signature = item.signature { string(signature) } else { raw("null") }
        }
        raw(",\"index\":")
        integer(number)
        raw("}")
    }

    /// A whole chat completion.
    mutating func chat(_ answer: AnswerBody, _ refusing: [Int: Refusal]) {
        raw("{\"id\":")
        string("chatcmpl-\(answer.decision)")
        raw(",\"object\":\"chat.completion\",\"created\":")
        integer(answer.time)
        raw(",\"model\":")
        string(answer.options.modelName)
        raw(",\"choices\":[")
        for (number, choice) in answer.choices.enumerated() {
            if number > 0 { raw(",") }
            if let refusal = refusing[choice.index] {
                refusedChoice(choice.index, refusal)
            } else {
                self.choice(choice, answer)
            }
        }
        raw("],\"usage\":")
        (answer.usage ?? TokenUsage()).write(openAI: &self)
        raw("}")
    }

    private mutating func choice(_ choice: AnswerBody.Choice, _ answer: AnswerBody) {
        let items = choice.items(answer.options)
        raw("{\"index\":")
        integer(choice.index)
        raw(",\"message\":{\"role\":\"assistant\",\"content\":")
        if let text = items.joined(.content) { string(text) } else { raw("null") }
        if let text = items.joined(.refusal) {
            raw(",\"refusal\":")
            string(text)
        } else {
            raw(",\"refusal\":null")
        }
        if let text = items.joined(.reasoning), text.readableBytes > 0 {
            raw(",")
            raw(answer.options.reasoningKey.field)
            string(text)
        }
        let sealed = items.items.enumerated().filter { $0.element.kind == .sealed || $0.element.signature != nil }
        if !sealed.isEmpty {
            raw(",\"reasoning_details\":[")
            for (place, (index, item)) in sealed.enumerated() {
                if place > 0 { raw(",") }
                reasoningDetail(item, number: index)
            }
            raw("]")
        }
        calls(items, choice.index, answer)
        raw("},\"logprobs\":null,\"finish_reason\":")
        raw(choice.reason(items, stops: answer.options.stops).chatWord)
        raw("}")
    }

    private mutating func calls(_ items: AnswerItems, _ choice: Int, _ answer: AnswerBody) {
        guard items.hasCalls else { return }
        raw(",\"tool_calls\":[")
        var number = 0
        for item in items.items {
            guard case .call = item.kind else { continue }
            if number > 0 { raw(",") }
            raw("{\"id\":")
            if let id = item.id { string(id) } else { string("call_\(answer.decision)_\(choice)_\(number)") }
            raw(",\"type\":\"function\",\"function\":{\"name\":")
            string(item.name)
            raw(",\"arguments\":")
            string(item.arguments)
            raw("}}")
            number += 1
        }
        raw("]")
    }
}
