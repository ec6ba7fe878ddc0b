internal import NIOCore

/// What a client has seen of a streamed chat completion.
struct ChatWriter: Sendable {
    struct Choice: Sendable {
        var hasRole = false
        var finished = false
        /// The tool calls whose first fragment, with id and name, was released.
        var calls: Set<Int> = []
    }

    var choices = Choices()
    /// What each choice has come to, where it is translated.
    var items: [Int: AnswerItems] = [:]
    /// The head that all chunks share, as the upstream wrote it: id, created, fingerprint.
    var head: [UInt8]?
    private var readHead = false
    var saidUsage = false
    var ended = false

    mutating func released(_ event: AnswerEvent, as dialect: Dialect) {
        switch event.kind {
        case .end: ended = true
        case .usage: saidUsage = true
        default: break
        }
        guard let number = event.choice else { return }
        if !readHead {
            readHead = true
            head = ChatHead.read(event.raw, dialect)
        }
        let place = choices.place(of: number)
        choices.all[place].choice.hasRole = true
        if case .finish = event.kind { choices.all[place].choice.finished = true }
        for piece in event.pieces where piece.channel.kind == .toolName {
            choices.all[place].choice.calls.insert(piece.channel.index)
        }
    }

    /// The choices by their numbers; nearly always there is one.
    struct Choices: Sendable {
        fileprivate var all: [(number: Int, choice: Choice)] = []

        /// Where a choice stands; a new one is added.
        fileprivate mutating func place(of number: Int) -> Int {
            if let known = all.firstIndex(where: { $0.number == number }) { return known }
            all.append((number, Choice()))
            return all.count - 1
        }

        subscript(number: Int) -> Choice? { all.first { $0.number == number }?.choice }

        /// Changes a choice, known or not.
        mutating func change(_ number: Int, _ body: (inout Choice) -> Void) { body(&all[place(of: number)].choice) }
    }
}

/// Finds the fields that all chunks of one stream share.
enum ChatHead {
    /// `"id":…,"created":…,` and so on from a released chunk, without the model.
    static func read(_ raw: ByteBuffer, _ dialect: Dialect) -> [UInt8]? {
        guard let event = SSEFields.event(raw) else { return nil }
        var tape = JSONTape()
        let scanned = event.data.withUnsafeReadableBytes { bytes -> Bool in
            do throws(JSONFault) {
                try tape.scan(bytes, acceptsLoneSurrogates: true)
                return true
            } catch { return false }
        }
        guard scanned else { return nil }
        return JSONView.read(event.data, tape.tokens) { view in
            guard let id = view.member(0, "id"), view.kind(id) == .string else { return nil }
            var writer = JSONWriter()
            writer.raw("{\"id\":")
            writer.raw(view.raw(id))
            writer.raw(dialect.chunkObject)
            if let created = view.member(0, "created"), view.integer(created) != nil {
                writer.raw(view.raw(created))
            } else {
                writer.raw("0")
            }
            if let print = view.member(0, "system_fingerprint"), view.kind(print) == .string {
                writer.raw(",\"system_fingerprint\":")
                writer.raw(view.raw(print))
            }
            return Array(writer.buffer.readableBytesView)
        }
    }
}

extension Dialect {
    /// What follows the id of a chunk, up to the time.
    fileprivate var chunkObject: StaticString {
        self == .openAI
            ? ",\"object\":\"chat.completion.chunk\",\"created\":" : ",\"object\":\"text_completion\",\"created\":"
    }
}

extension AnswerWriter {
    /// One chunk: the shared head, then what `choices` writes.
    func chunk(usage: TokenUsage? = nil, _ choices: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter(chat.head.map { ByteBuffer(bytes: $0) } ?? ownHead)
        writer.raw(",\"model\":")
        writer.string(options.modelName)
        writer.raw(",\"choices\":[")
        choices(&writer)
        writer.raw("]")
        if options.wantsUsage {
            writer.raw(",\"usage\":")
            if let usage { usage.write(openAI: &writer) } else { writer.raw("null") }
        }
        writer.raw("}")
        return SSEEvent.write(data: writer.buffer)
    }

    private var ownHead: ByteBuffer {
        var writer = JSONWriter()
        writer.raw("{\"id\":")
        writer.string(options.dialect == .openAI ? "chatcmpl-\(decision)" : "cmpl-\(decision)")
        writer.raw(options.dialect.chunkObject)
        writer.integer(time)
        return writer.buffer
    }

    /// A chunk with one choice.
    mutating func chunk(
        choice: Int, finish: StaticString?, _ delta: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        let hasRole = chat.choices[choice]?.hasRole ?? false
        chat.choices.change(choice) { $0.hasRole = true }
        return chunk { writer in
            writer.raw("{\"index\":")
            writer.integer(choice)
            writer.raw(",\"delta\":{")
            if !hasRole { writer.raw("\"role\":\"assistant\",") }
            delta(&writer)
            writer.raw("},\"logprobs\":null,\"finish_reason\":")
            if let finish { writer.raw(finish) } else { writer.raw("null") }
            writer.raw("}")
        }
    }

    mutating func chatPartial(choice: Int, channel: AnswerChannel, text: ByteBuffer) -> ByteBuffer {
        guard !chat.ended, chat.choices[choice]?.finished != true else { return ByteBuffer() }
        let field: StaticString
        switch channel.kind {
        case .content: field = "\"content\":"
        case .refusal: field = "\"refusal\":"
        case .reasoning: field = channel == .reasoningField ? "\"reasoning\":" : "\"reasoning_content\":"
        case .toolArguments: return partialArguments(choice: choice, call: channel.index, text: text)
        case .toolName, .logprobs, .unknown, .annotation: return ByteBuffer()
        }
        return chunk(choice: choice, finish: nil) { writer in
            writer.raw(field)
            writer.string(text)
        }
    }

    private mutating func partialArguments(choice: Int, call: Int, text: ByteBuffer) -> ByteBuffer {
        guard chat.choices[choice]?.calls.contains(call) == true else { return ByteBuffer() }
        return chunk(choice: choice, finish: nil) { writer in
            if call == AnswerChannel.legacyCall {
                writer.raw("\"function_call\":{\"arguments\":")
                writer.string(text)
                writer.raw("}")
            } else {
                writer.raw("\"tool_calls\":[{\"index\":")
                writer.integer(call)
                writer.raw(",\"function\":{\"arguments\":")
                writer.string(text)
                writer.raw("}}]")
            }
        }
    }

    mutating func chatRefusal(choice: Int, _ refusal: Refusal) -> ByteBuffer {
        guard !chat.ended, chat.choices[choice]?.finished != true else { return ByteBuffer() }
        let out = chunk(choice: choice, finish: "\"content_filter\"") { writer in
            writer.raw("\"refusal\":")
            writer.string(refusal.explanation)
        }
        chat.choices.change(choice) { $0.finished = true }
        return out
    }

    /// Ends a choice as one that has reached its largest number of tokens.
    mutating func chatLength(choice: Int) -> ByteBuffer {
        guard !chat.ended, chat.choices[choice]?.finished != true else { return ByteBuffer() }
        let out = chunk(choice: choice, finish: "\"length\"") { $0.raw("\"content\":\"\"") }
        chat.choices.change(choice) { $0.finished = true }
        return out
    }

    mutating func chatEnd(_ usage: TokenUsage?) -> ByteBuffer {
        guard !chat.ended else { return ByteBuffer() }
        var out = ByteBuffer()
        if options.wantsUsage, !chat.saidUsage, let usage {
            chat.saidUsage = true
            out.writeImmutableBuffer(chunk(usage: usage) { _ in })
        }
        chat.ended = true
        out.writeStaticString("data: [DONE]\n\n")
        return out
    }

    mutating func chatFailure(_ error: APIError) -> ByteBuffer {
        guard !chat.ended else { return ByteBuffer() }
        chat.ended = true
        var out = SSEEvent.write(data: error.body(.openAI, requestID: nil))
        out.writeStaticString("data: [DONE]\n\n")
        return out
    }

    /// A refusal in place of a whole completion.
    func wholeChat(_ refusal: Refusal) -> ByteBuffer {
        var writer = JSONWriter()
        writer.raw("{\"id\":")
        writer.string("chatcmpl-\(decision)")
        writer.raw(",\"object\":\"chat.completion\",\"created\":")
        writer.integer(time)
        writer.raw(",\"model\":")
        writer.string(options.modelName)
        writer.raw(",\"choices\":[")
        for choice in 0..<options.choices {
            if choice > 0 { writer.raw(",") }
            writer.refusedChoice(choice, refusal)
        }
        writer.raw("],\"usage\":")
        TokenUsage().write(openAI: &writer)
        writer.raw("}")
        return writer.buffer
    }
}
