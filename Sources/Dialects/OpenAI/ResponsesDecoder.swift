internal import NIOCore

/// How far a response has come.
struct ResponsesState: StreamState {
    /// An item of the output, and its text so far by its place within: what is said again at its end must be the same.
    struct Item: Sendable {
        var type: String
        var texts: [Int: ByteBuffer] = [:]
        var isDone = false
    }

    var started = false
    var items: [Int: Item] = [:]
    var finish: String?
    var memory = OutputMemory()
    var sealed = 0

    func requireFinished() throws(UpstreamFault) {
        guard started else { throw UpstreamFault(.unfinished, "the stream ended before the response began") }
        guard finish != nil else {
            throw UpstreamFault(.unfinished, "the stream ended before the response was complete")
        }
    }
}

/// Reads the events of OpenAI's responses.
///
/// Texts are told piece by piece and once more at their ends; they are judged when they come first, and what comes again
/// must be the same.
extension AnswerDecoder {
    private enum ResponseEvent: Sendable {
        case opening, itemAdded, itemDone, partAdded, partDone, textDelta, textDone, refusalDelta, refusalDone
        case reasoningDelta, reasoningDone, summaryDelta, summaryDone, argumentsDelta, argumentsDone
        case completed, incomplete, failed, error
    }

    private static let responseEvents = FieldTable<ResponseEvent>([
        ("response.created", .opening), ("response.in_progress", .opening), ("response.queued", .opening),
        ("response.output_item.added", .itemAdded), ("response.output_item.done", .itemDone),
        ("response.content_part.added", .partAdded), ("response.content_part.done", .partDone),
        ("response.reasoning_summary_part.added", .partAdded), ("response.reasoning_summary_part.done", .partDone),
        ("response.output_text.delta", .textDelta), ("response.output_text.done", .textDone),
        ("response.refusal.delta", .refusalDelta), ("response.refusal.done", .refusalDone),
        ("response.reasoning_text.delta", .reasoningDelta), ("response.reasoning_text.done", .reasoningDone),
        ("response.reasoning_summary_text.delta", .summaryDelta),
        ("response.reasoning_summary_text.done", .summaryDone),
        ("response.function_call_arguments.delta", .argumentsDelta),
        ("response.function_call_arguments.done", .argumentsDone),
        ("response.completed", .completed), ("response.incomplete", .incomplete), ("response.failed", .failed),
        ("response.cancelled", .failed), ("error", .error),
    ])

    mutating func decodeResponses(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        // Some servers close as chats do.
        if event.data == ByteBuffer(string: "[DONE]") { return }
        try scan(event.data)
        let result = JSONView.read(event.data, tape.tokens) { view -> Result<AnswerEvent?, UpstreamFault> in
            do throws(UpstreamFault) { return .success(try response(view)) } catch { return .failure(error) }
        }
        if let answer = try result.get() { events.append(answer) }
        guard responses.finish != nil else { return }
        sawEnd = true
        events.append(AnswerEvent(raw: ByteBuffer(), kind: .end))
    }

    private var at: EventPlace { EventPlace(number: count) }

    private mutating func response(_ view: JSONView) throws(UpstreamFault) -> AnswerEvent? {
        guard view.tokens.count > 0, view.kind(0) == .object, let type = view.member(0, "type"),
            view.kind(type) == .string
        else {
            if view.tokens.count > 0, let error = view.member(0, "error") { throw view.reported(error, place: at) }
            throw UpstreamFault(.malformed, "\(at): not an event with a type")
        }
        let kind = Self.responseEvents.field(spelledBy: type, in: view)
        if kind == .error { throw view.reported(view.member(0, "error") ?? 0, place: at) }
        guard responses.finish == nil else { throw UpstreamFault(.order, "\(at): output after the end") }
        guard let kind else {
            // Signs of life, and what servers say beside the response.
            if !view.string(type).hasPrefix("response.") { return nil }
            // Tools of the provider's own have events by the dozen; what they say is in no other dialect.
            throw UpstreamFault(.malformed, "\(at): \(view.string(type).prefix(64)) cannot be passed on")
        }
        responses.started = true
        var reader = ResponsesReader(
            reader: OutputReader(view, passesNumbers: false, dropsUnknown: true, memory: responses.memory),
            sealed: responses.sealed)
        reader.reader.takesNotes = true
        var answer = AnswerEvent(raw: ByteBuffer(), choice: 0, kind: .output)
        switch kind {
        case .opening: return AnswerEvent(raw: ByteBuffer(), kind: .opening)
        case .itemAdded, .itemDone: answer.kind = try item(&reader, isDone: kind == .itemDone)
        case .partAdded, .partDone: try part(&reader)
        case .textDelta: try delta(&reader, .content)
        case .refusalDelta: try delta(&reader, .refusal)
        case .reasoningDelta, .summaryDelta: try delta(&reader, .reasoning)
        case .argumentsDelta: try delta(&reader, nil)
        case .textDone: try again(&reader, "text", .content)
        case .refusalDone: try again(&reader, "refusal", .refusal)
        case .reasoningDone, .summaryDone: try again(&reader, "text", .reasoning)
        case .argumentsDone: try again(&reader, "arguments", nil)
        case .completed, .incomplete: try end(&reader, &answer, isWhole: kind == .completed)
        case .failed, .error:
            let response = view.member(0, "response") ?? 0
            throw view.reported(view.member(response, "error") ?? response, place: at)
        }
        responses.memory = reader.reader.memory
        responses.sealed = reader.sealed
        answer.pieces = reader.reader.pieces
        answer.notes = reader.reader.notes
        return answer
    }

    private func place(_ view: JSONView) throws(UpstreamFault) -> Int {
        guard let index = view.member(0, "output_index").flatMap({ view.integer($0) }),
            (0..<AnswerChannel.maximumIndex).contains(index)
        else { throw UpstreamFault(.malformed, "\(at): an event without output_index") }
        return index
    }

    /// Which text of its item: parts of content and of a summary are kept apart.
    private func part(_ view: JSONView) -> Int {
        if let index = view.member(0, "summary_index").flatMap({ view.integer($0) }) { return 4096 &+ index }
        return view.member(0, "content_index").flatMap { view.integer($0) } ?? 0
    }

    private mutating func item(_ reader: inout ResponsesReader, isDone: Bool) throws(UpstreamFault) -> AnswerEvent.Kind
    {
        let view = reader.view
        let index = try place(view)
        guard let item = view.member(0, "item"), let type = view.member(item, "type"), view.isIdentifier(type) else {
            throw UpstreamFault(.malformed, "\(at): an item without a type")
        }
        if !isDone {
            guard responses.items[index] == nil, responses.items.count < 1024 else {
                throw UpstreamFault(.order, "\(at): item \(index) begins twice")
            }
            responses.items[index] = ResponsesState.Item(type: view.string(type))
        }
        guard var known = responses.items[index], !known.isDone else {
            throw UpstreamFault(.order, "\(at): item \(index) is not open")
        }
        try reader.read(item: item, index: index, isBeginning: !isDone, isEnd: isDone, &known)
        known.isDone = isDone
        responses.items[index] = known
        return isDone ? .blockStop(index: index) : .blockStart(index: index, type: known.type)
    }

    private func part(_ reader: inout ResponsesReader) throws(UpstreamFault) {
        // The part's text comes as deltas, and is compared at its own end.
        let view = reader.view
        guard responses.items[try place(view)] != nil, view.member(0, "part") != nil else {
            throw UpstreamFault(.order, "\(at): a part outside of an item")
        }
    }

    private mutating func delta(_ reader: inout ResponsesReader, _ channel: AnswerChannel?) throws(UpstreamFault) {
        let view = reader.view
        let index = try place(view)
        guard responses.items[index]?.isDone == false, let delta = view.member(0, "delta"), view.kind(delta) == .string
        else { throw UpstreamFault(.order, "\(at): a delta outside of its item") }
        let text = view.text(delta)
        let part = part(view)
        responses.items[index]?.texts[part, default: ByteBuffer()].writeImmutableBuffer(text)
        reader.reader.pieces.append(channel ?? AnswerChannel(.toolArguments, index), text)
    }

    /// A text that is told again as a whole; what of it was not told before is new.
    private mutating func again(
        _ reader: inout ResponsesReader, _ field: StaticString, _ channel: AnswerChannel?
    ) throws(UpstreamFault) {
        let view = reader.view
        let index = try place(view)
        guard var known = responses.items[index], !known.isDone else {
            throw UpstreamFault(.order, "\(at): a text outside of its item")
        }
        guard let text = view.member(0, field), view.kind(text) == .string else { return }
        try reader.again(text, part(view), &known, channel ?? AnswerChannel(.toolArguments, index))
        responses.items[index] = known
    }

    private mutating func end(
        _ reader: inout ResponsesReader, _ answer: inout AnswerEvent, isWhole: Bool
    ) throws(UpstreamFault) {
        let view = reader.view
        guard let response = view.member(0, "response"), view.kind(response) == .object else {
            throw UpstreamFault(.malformed, "\(at): an end without a response")
        }
        if let index = view.member(response, "usage"), view.kind(index) == .object {
            usage = TokenUsage(responses: index, view)
            answer.usage = usage
        }
        let reason = try reader.finish(response, isWhole: isWhole)
        responses.finish = reason
        answer.kind = .finish(reason: reason)
    }
}

/// Reads the items of a response's output, in a stream and whole.
struct ResponsesReader {
    var reader: OutputReader
    var sealed: Int

    var view: JSONView { reader.view }

    /// Reads an item; at its end only what was not told before is new.
    mutating func read(
        item: Int, index: Int, isBeginning: Bool, isEnd: Bool, _ known: inout ResponsesState.Item
    ) throws(UpstreamFault) {
        switch known.type {
        case "message", "reasoning":
            try texts(item, "content", &known, isEnd: isEnd, shift: 0)
            if known.type == "reasoning" {
                try texts(item, "summary", &known, isEnd: isEnd, shift: 4096)
                if isEnd { try seal(item, hasText: known.texts.values.contains { $0.readableBytes > 0 }) }
            }
        case "function_call":
            if isBeginning { try beginCall(item, index) }
            if isEnd, let arguments = view.member(item, "arguments"), view.kind(arguments) == .string {
                try again(arguments, 0, &known, AnswerChannel(.toolArguments, index))
            }
        default:
            throw UpstreamFault(.malformed, "an item of type \(known.type.prefix(64)) cannot be passed on")
        }
    }

    private mutating func beginCall(_ item: Int, _ index: Int) throws(UpstreamFault) {
        guard let name = view.member(item, "name"), view.kind(name) == .string, !view.isEmpty(name) else {
            throw UpstreamFault(.malformed, "a function call without a name")
        }
        if let id = view.member(item, "call_id"), view.kind(id) == .string, view.isIdentifier(id), !view.isEmpty(id) {
            try reader.noteCall(id, call: index)
        }
        reader.add(name, to: AnswerChannel(.toolName, index))
    }

    private mutating func texts(
        _ item: Int, _ field: StaticString, _ known: inout ResponsesState.Item, isEnd: Bool, shift: Int
    ) throws(UpstreamFault) {
        guard isEnd, let list = view.member(item, field), view.kind(list) == .array else { return }
        var part = list + 1
        var number = 0
        while part < view.next(list) {
            let isRefusal = view.member(part, "refusal") != nil
            if let text = view.member(part, isRefusal ? "refusal" : "text"), view.kind(text) == .string {
                let channel: AnswerChannel = known.type == "reasoning" ? .reasoning : isRefusal ? .refusal : .content
                try again(text, shift + number, &known, channel)
            }
            part = view.next(part)
            number += 1
        }
    }

    /// Takes of a text what was not told before; what was must be the same.
    mutating func again(
        _ text: Int, _ part: Int, _ known: inout ResponsesState.Item, _ channel: AnswerChannel
    ) throws(UpstreamFault) {
        let said = known.texts[part] ?? ByteBuffer()
        let all = view.text(text)
        guard all.readableBytesView.starts(with: said.readableBytesView) else {
            throw UpstreamFault(.order, "a text that is told again is another one")
        }
        let new = all.getSlice(at: all.readerIndex + said.readableBytes, length: all.readableBytes - said.readableBytes)
        guard let new, new.readableBytes > 0 else { return }
        known.texts[part] = all
        reader.pieces.append(channel, new)
    }

    /// Ciphertext of reasoning: a signature where its text is in the open.
    private mutating func seal(_ item: Int, hasText: Bool) throws(UpstreamFault) {
        guard let seal = view.member(item, "encrypted_content"), view.kind(seal) == .string, !view.isEmpty(seal) else {
            return
        }
        guard view.isSeal(seal) else { return try reader.addUnknown(value: seal, path: 31, isStrange: true) }
        sealed = sealed.addingSaturated(view.range(seal).count)
        guard sealed <= BlockReader.maximumSealed else {
            throw UpstreamFault(.tooLarge, "more than \(BlockReader.maximumSealed) bytes of ciphertext")
        }
        reader.note(hasText ? .signature(view.text(seal)) : .sealed(view.text(seal)))
    }

    /// Why a response ended.
    func finish(_ response: Int, isWhole: Bool) throws(UpstreamFault) -> String {
        if isWhole { return "completed" }
        guard let details = view.member(response, "incomplete_details"), let reason = view.member(details, "reason"),
            view.isIdentifier(reason), view.kind(reason) == .string, !view.isEmpty(reason)
        else { throw UpstreamFault(.unfinished, "a response that is incomplete for no reason") }
        return view.string(reason)
    }
}

extension AnswerBody {
    /// Reads a whole response.
    func readResponse(_ view: JSONView) throws(UpstreamFault) {
        let place = EventPlace.body
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw UpstreamFault(.malformed, "\(place): not a JSON object")
        }
        if let error = view.member(0, "error"), view.isTruthy(error) { throw view.reported(error, place: place) }
        guard let output = view.member(0, "output"), view.kind(output) == .array,
            let status = view.member(0, "status"), view.spells(status, oneOf: "completed", "incomplete")
        else { throw UpstreamFault(.unfinished, "\(place) is no complete response") }
        if let index = view.member(0, "usage"), view.kind(index) == .object {
            usage = TokenUsage(responses: index, view)
        }
        var reader = ResponsesReader(
            reader: OutputReader(view, passesNumbers: false, dropsUnknown: false, memory: OutputMemory()), sealed: 0)
        reader.reader.takesNotes = true
        var item = output + 1
        var index = 0
        while item < view.next(output) {
            guard let type = view.member(item, "type"), view.isIdentifier(type), index < AnswerChannel.maximumIndex
            else {
                throw UpstreamFault(.malformed, "\(place) has an item that is none")
            }
            var known = ResponsesState.Item(type: view.string(type))
            try reader.read(item: item, index: index, isBeginning: true, isEnd: true, &known)
            item = view.next(item)
            index += 1
        }
        choices = [
            Choice(
                index: 0, pieces: reader.reader.pieces,
                finish: try reader.finish(0, isWhole: view.spells(status, oneOf: "completed")), range: view.range(0),
                notes: reader.reader.notes)
        ]
    }
}

extension TokenUsage {
    /// Reads the usage of a response.
    init(responses object: Int, _ view: JSONView) {
        self.init(input: view.count(object, "input_tokens"), output: view.count(object, "output_tokens"))
        if let details = view.member(object, "input_tokens_details") {
            cached = view.count(details, "cached_tokens")
            written = view.count(details, "cache_write_tokens")
        }
        if let details = view.member(object, "output_tokens_details") {
            reasoning = view.count(details, "reasoning_tokens")
        }
    }

    func write(responses writer: inout JSONWriter) {
        writer.raw("{\"input_tokens\":")
        writer.integer(input)
        writer.raw(",\"input_tokens_details\":{\"cached_tokens\":")
        writer.integer(cached)
        writer.raw(",\"cache_write_tokens\":")
        writer.integer(written)
        writer.raw("},\"output_tokens\":")
        writer.integer(output)
        writer.raw(",\"output_tokens_details\":{\"reasoning_tokens\":")
        writer.integer(reasoning)
        writer.raw("},\"total_tokens\":")
        writer.integer(input.addingSaturated(output))
        writer.raw("}")
    }
}
