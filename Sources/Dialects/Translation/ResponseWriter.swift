internal import NIOCore

/// What a client has seen of a streamed response.
struct ResponseWriter: StreamState {
    var sequence = 0
    var started = false
    var ended = false
    var items = AnswerItems()
    /// Items whose ends were written.
    var closed: Set<Int> = []
    /// The call that is being written.
    var live: Int?
    /// What came beside it: items are one after another, since clients add what comes to the last one that began.
    var waiting = AnswerItems()
    var reason: AnswerFinish?
}

/// OpenAI's responses, written.
///
/// Every text, reasoning and call is an item of its own, and is closed when the next one begins. The first call is written
/// as it comes; what comes beside it waits until the call, or the answer, has ended.
extension AnswerWriter {
    /// An event: its type, its number, and what `fields` writes.
    private mutating func event(
        _ type: StaticString, _ out: inout ByteBuffer, _ fields: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter()
        writer.raw("{\"type\":\"")
        writer.raw(type)
        writer.raw("\",\"sequence_number\":")
        writer.integer(response.sequence)
        response.sequence += 1
        fields(&writer)
        writer.raw("}")
        out.writeImmutableBuffer(SSEEvent.write(name: type, data: writer.buffer))
    }

    private var responseFrame: ResponseFrame {
        ResponseFrame(decision: decision, time: time, model: options.modelName)
    }

    private mutating func startResponse(_ out: inout ByteBuffer) {
        guard !response.started else { return }
        response.started = true
        let frame = responseFrame
        for type: StaticString in ["response.created", "response.in_progress"] {
            event(type, &out) { writer in
                writer.raw(",\"response\":")
                writer.response(frame, AnswerItems(), status: "\"in_progress\"", usage: nil)
            }
        }
    }

    mutating func responseStep(_ step: AnswerStep, into out: inout ByteBuffer) {
        guard !response.ended, response.reason == nil else { return }
        startResponse(&out)
        if let live = response.live {
            switch step {
            case .arguments(live, _), .call(live, _, _): break
            case .blockEnd(live):
                response.live = nil
                response.items.add(step)
                return
            default:
                response.waiting.add(step)
                return
            }
        }
        guard let place = response.items.add(step) else { return }
        let index = place.index
        if place.isNew {
            closeItems(isWhole: true, &out)
            openItem(index, &out)
        }
        switch step {
        case .text(let kind, let text): delta(kind.delta, index, text, hasPart: true, &out)
        case .arguments(_, let text): delta("response.function_call_arguments.delta", index, text, hasPart: false, &out)
        case .signature, .sealed: closeItem(index, isWhole: true, &out)
        case .call(let number, _, _): response.live = number
        case .logprobs, .blockEnd: return
        }
    }

    /// Writes what waited for a call to end, all of it judged.
    private mutating func flushResponse(isWhole: Bool, _ out: inout ByteBuffer) {
        response.live = nil
        let waiting = response.waiting
        response.waiting = AnswerItems()
        for item in waiting.items {
            let index = response.items.append(item).index
            closeItems(isWhole: isWhole, &out)
            openItem(index, &out)
            switch item.kind {
            case .content: delta(AnswerChannel.Kind.content.delta, index, item.text, hasPart: true, &out)
            case .reasoning: delta(AnswerChannel.Kind.reasoning.delta, index, item.text, hasPart: true, &out)
            case .refusal: delta(AnswerChannel.Kind.refusal.delta, index, item.text, hasPart: true, &out)
            case .call: delta("response.function_call_arguments.delta", index, item.text, hasPart: false, &out)
            case .sealed: break
            }
        }
    }

    private mutating func delta(
        _ type: StaticString, _ index: Int, _ text: ByteBuffer, hasPart: Bool, _ out: inout ByteBuffer
    ) {
        guard text.readableBytes > 0 else { return }
        let (id, isText) = (
            responseFrame.id(index, response.items.items[index]), response.items.items[index].kind == .content
        )
        event(type, &out) { writer in
            writer.place(id, index, hasPart: hasPart)
            writer.raw(",\"delta\":")
            writer.string(text)
            if isText { writer.raw(",\"logprobs\":[]") }
        }
    }

    private mutating func openItem(_ index: Int, _ out: inout ByteBuffer) {
        let (frame, item) = (responseFrame, response.items.items[index])
        event("response.output_item.added", &out) { writer in
            writer.raw(",\"output_index\":")
            writer.integer(index)
            writer.raw(",\"item\":")
            var empty = AnswerItems.Item(kind: item.kind)
            (empty.id, empty.name) = (item.id, item.name)
            writer.item(empty, index, frame, status: "\"in_progress\"", isBegun: false)
        }
        guard item.hasPart else { return }
        event("response.content_part.added", &out) { writer in
            writer.place(frame.id(index, item), index, hasPart: true)
            writer.raw(",\"part\":")
            writer.part(item.kind, ByteBuffer())
        }
    }

    private mutating func closeItems(isWhole: Bool, _ out: inout ByteBuffer) {
        // The last item is the one that just began.
        for index in response.items.items.indices.dropLast() { closeItem(index, isWhole: isWhole, &out) }
    }

    private mutating func closeItem(_ index: Int, isWhole: Bool, _ out: inout ByteBuffer) {
        guard response.closed.insert(index).inserted else { return }
        let (frame, item) = (responseFrame, response.items.items[index])
        let id = frame.id(index, item)
        if case .call = item.kind {
            event("response.function_call_arguments.done", &out) { writer in
                writer.place(id, index, hasPart: false)
                writer.raw(",\"name\":")
                writer.string(item.name)
                writer.raw(",\"arguments\":")
                writer.string(isWhole ? item.arguments : item.text)
            }
        } else if item.hasPart {
            let type: StaticString =
                item.kind == .content
                ? "response.output_text.done"
                : item.kind == .refusal ? "response.refusal.done" : "response.reasoning_text.done"
            event(type, &out) { writer in
                writer.place(id, index, hasPart: true)
                writer.raw(item.kind == .refusal ? ",\"refusal\":" : ",\"text\":")
                writer.string(item.text)
                if item.kind == .content { writer.raw(",\"logprobs\":[]") }
            }
            event("response.content_part.done", &out) { writer in
                writer.place(id, index, hasPart: true)
                writer.raw(",\"part\":")
                writer.part(item.kind, item.text)
            }
        }
        event("response.output_item.done", &out) { writer in
            writer.raw(",\"output_index\":")
            writer.integer(index)
            writer.raw(",\"item\":")
            writer.item(item, index, frame, status: isWhole ? "\"completed\"" : "\"incomplete\"", isBegun: true)
        }
    }

    private mutating func closeAll(isWhole: Bool, _ out: inout ByteBuffer) {
        flushResponse(isWhole: isWhole, &out)
        for index in response.items.items.indices { closeItem(index, isWhole: isWhole, &out) }
    }

    mutating func responseFinish(_ reason: AnswerFinish, into out: inout ByteBuffer) {
        guard !response.ended, response.reason == nil else { return }
        startResponse(&out)
        response.reason = reason
        closeAll(isWhole: reason.isWhole, &out)
    }

    mutating func responseEnd(usage: TokenUsage?) -> ByteBuffer {
        var out = ByteBuffer()
        guard !response.ended, let reason = response.reason else { return out }
        response.ended = true
        let (frame, items) = (responseFrame, response.items)
        event(reason.isWhole ? "response.completed" : "response.incomplete", &out) { writer in
            writer.raw(",\"response\":")
            writer.response(frame, items, reason: reason, usage: usage ?? TokenUsage())
        }
        return out
    }

    mutating func responseRefusal(_ refusal: Refusal) -> ByteBuffer {
        var out = ByteBuffer()
        guard !response.ended, response.reason == nil else { return out }
        startResponse(&out)
        closeAll(isWhole: false, &out)
        // A text of our own, in an item of its own.
        response.items.add(.blockEnd(0))
        responseStep(.text(.refusal, ByteBuffer(string: refusal.explanation)), into: &out)
        responseFinish(.refusal, into: &out)
        return out
    }

    mutating func responseLength() -> ByteBuffer {
        var out = ByteBuffer()
        responseFinish(.length, into: &out)
        return out
    }

    mutating func responseFailure(_ error: APIError) -> ByteBuffer {
        var out = ByteBuffer()
        guard !response.ended else { return out }
        startResponse(&out)
        response.ended = true
        let (frame, items) = (responseFrame, response.items)
        event("response.failed", &out) { writer in
            writer.raw(",\"response\":")
            writer.response(frame, items, status: "\"failed\"", usage: nil, error: error)
        }
        return out
    }

    /// A refusal in place of a whole response.
    func wholeResponse(_ refusal: Refusal) -> ByteBuffer {
        var items = AnswerItems()
        items.add(.text(.refusal, ByteBuffer(string: refusal.explanation)))
        var writer = JSONWriter()
        writer.response(responseFrame, items, reason: .refusal, usage: TokenUsage())
        return writer.buffer
    }
}

/// What all objects of one response share.
struct ResponseFrame: Sendable {
    var decision: String
    var time: Int
    var model: String

    func id(_ index: Int, _ item: AnswerItems.Item) -> String {
        switch item.kind {
        case .content, .refusal: "msg_\(decision)_\(index)"
        case .reasoning, .sealed: "rs_\(decision)_\(index)"
        case .call: "fc_\(decision)_\(index)"
        }
    }
}

extension AnswerChannel.Kind {
    /// The event that adds to a text of this kind.
    fileprivate var delta: StaticString {
        switch self {
        case .reasoning: "response.reasoning_text.delta"
        case .refusal: "response.refusal.delta"
        default: "response.output_text.delta"
        }
    }
}

extension AnswerFinish {
    /// Whether a response that ended so is complete.
    fileprivate var isWhole: Bool {
        switch self {
        case .stop, .stopSequence, .toolCalls: true
        case .length, .refusal, .pause, .contextFull: false
        }
    }
}

extension AnswerItems.Item {
    /// Whether its text lies in a part.
    fileprivate var hasPart: Bool {
        switch kind {
        case .content, .refusal, .reasoning: true
        case .sealed, .call: false
        }
    }
}

extension JSONWriter {
    fileprivate mutating func place(_ id: String, _ index: Int, hasPart: Bool) {
        raw(",\"item_id\":")
        string(id)
        raw(",\"output_index\":")
        integer(index)
        if hasPart { raw(",\"content_index\":0") }
    }

    fileprivate mutating func part(_ kind: AnswerItems.Item.Kind, _ text: ByteBuffer) {
        switch kind {
        case .refusal:
            raw("{\"type\":\"refusal\",\"refusal\":")
            string(text)
        case .reasoning:
            raw("{\"type\":\"reasoning_text\",\"text\":")
            string(text)
        default:
            raw("{\"type\":\"output_text\",\"text\":")
            string(text)
            raw(",\"annotations\":[],\"logprobs\":[]")
        }
        raw("}")
    }

    fileprivate mutating func item(
        _ item: AnswerItems.Item, _ index: Int, _ frame: ResponseFrame, status: StaticString, isBegun: Bool
    ) {
        raw("{\"id\":")
        string(frame.id(index, item))
        switch item.kind {
        case .content, .refusal:
            raw(",\"type\":\"message\",\"role\":\"assistant\",\"content\":[")
            if isBegun { part(item.kind, item.text) }
            raw("]")
        case .reasoning, .sealed:
            raw(",\"type\":\"reasoning\",\"summary\":[]")
            if item.kind == .reasoning {
                raw(",\"content\":[")
                if isBegun { part(.reasoning, item.text) }
                raw("]")
            }
            if let seal = item.kind == .sealed ? item.text : item.signature, isBegun {
                raw(",\"encrypted_content\":")
                string(seal)
            }
        case .call:
            raw(",\"type\":\"function_call\",\"call_id\":")
            if let id = item.id { string(id) } else { string("call_\(frame.decision)_\(index)") }
            raw(",\"name\":")
            string(item.name)
            raw(",\"arguments\":")
            string(isBegun ? item.arguments : ByteBuffer())
        }
        raw(",\"status\":")
        raw(status)
        raw("}")
    }

    /// A response that ended for a reason.
    fileprivate mutating func response(
        _ frame: ResponseFrame, _ items: AnswerItems, reason: AnswerFinish, usage: TokenUsage
    ) {
        response(
            frame, items, status: reason.isWhole ? "\"completed\"" : "\"incomplete\"", usage: usage,
            incomplete: reason.isWhole
                ? nil : reason == .refusal ? "{\"reason\":\"content_filter\"}" : "{\"reason\":\"max_output_tokens\"}")
    }

    fileprivate mutating func response(
        _ frame: ResponseFrame, _ items: AnswerItems, status: StaticString, usage: TokenUsage?,
        incomplete: StaticString? = nil, error: APIError? = nil
    ) {
        raw("{\"id\":")
        string("resp_\(frame.decision)")
        raw(",\"object\":\"response\",\"created_at\":")
        integer(frame.time)
        raw(",\"status\":")
        raw(status)
        raw(",\"error\":")
        if let error {
            raw("{\"code\":")
            string(error.responseCode)
            raw(",\"message\":")
            string(error.words)
            raw("}")
        } else {
            raw("null")
        }
        raw(",\"incomplete_details\":")
        raw(incomplete ?? "null")
        raw(",\"instructions\":null,\"metadata\":{},\"model\":")
        string(frame.model)
        raw(",\"output\":[")
        for (index, item) in items.items.enumerated() {
            if index > 0 { raw(",") }
            self.item(
                item, index, frame, status: incomplete == nil && error == nil ? "\"completed\"" : "\"incomplete\"",
                isBegun: true)
        }
        raw("],\"parallel_tool_calls\":true,\"previous_response_id\":null,\"store\":false,\"temperature\":null,")
        raw("\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,\"usage\":")
        if let usage { usage.write(responses: &self) } else { raw("null") }
        raw("}")
    }

    /// A whole response.
    mutating func response(_ answer: AnswerBody, _ refusing: [Int: Refusal]) {
        let frame = ResponseFrame(decision: answer.decision, time: answer.time, model: answer.options.modelName)
        guard let choice = answer.choices.first, refusing[choice.index] == nil else {
            var items = AnswerItems()
            if let refusal = refusing.values.first {
                items.add(.text(.refusal, ByteBuffer(string: refusal.explanation)))
            }
            return response(frame, items, reason: .refusal, usage: answer.usage ?? TokenUsage())
        }
        let items = choice.items(answer.options)
        response(frame, items, reason: choice.reason(items, stops: []), usage: answer.usage ?? TokenUsage())
    }
}

extension APIError {
    /// The code of a response that failed.
    fileprivate var responseCode: String {
        switch kind {
        case .rateLimited, .concurrency: "rate_limit_exceeded"
        case .invalidRequest: "invalid_prompt"
        default: row.openAICode ?? "server_error"
        }
    }
}
