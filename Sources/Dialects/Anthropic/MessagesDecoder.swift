internal import NIOCore

/// How far an Anthropic message has come.
struct MessagesState: StreamState {
    struct Block: Sendable, Equatable {
        var index: Int
        var type: String
    }

    var started = false
    var open: Block?
    var nextBlock = 0
    var stopReason: String?
    var memory = OutputMemory()
    /// Bytes of signatures and ciphertext so far.
    var sealed = 0

    /// Changes with what an event adds: the message, a block, its end, a field that nobody knows.
    var size: Int {
        (started ? 1 : 0) + 2 * nextBlock + (open == nil ? 1 : 0) + (stopReason == nil ? 0 : 1) + memory.size + sealed
    }

    /// - Throws: `UpstreamFault` unless the message has a stop reason.
    func requireFinished() throws(UpstreamFault) {
        guard started else { throw UpstreamFault(.unfinished, "the stream ended before the message began") }
        guard stopReason != nil else { throw UpstreamFault(.unfinished, "the stream ended before the stop reason") }
    }
}

extension AnswerDecoder {
    private enum MessageEvent: Sendable {
        case start, blockStart, blockDelta, blockStop, delta, stop, ping, error

        /// Whether such an event has a field, and reads all of it.
        func has(_ field: EventField?) -> Bool {
            switch field {
            case .type: true
            case .index: self == .blockStart || self == .blockDelta || self == .blockStop
            case .message: self == .start
            case .block: self == .blockStart
            case .delta: self == .blockDelta || self == .delta
            case .usage: self == .delta
            case nil: false
            }
        }
    }

    private enum EventField: Sendable { case type, index, message, block, delta, usage }

    private static let messageEvents = FieldTable<MessageEvent>([
        ("message_start", .start), ("content_block_start", .blockStart), ("content_block_delta", .blockDelta),
        ("content_block_stop", .blockStop), ("message_delta", .delta), ("message_stop", .stop), ("ping", .ping),
        ("error", .error),
    ])

    mutating func decodeMessages(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        try scan(event.data)
        let result = JSONView.read(event.data, tape.tokens) { view -> Result<AnswerEvent?, UpstreamFault> in
            do throws(UpstreamFault) { return .success(try message(view, event)) } catch { return .failure(error) }
        }
        if let answer = try result.get() { events.append(answer) }
    }

    private var place: EventPlace { EventPlace(number: count) }

    private func order(_ words: String) -> UpstreamFault { UpstreamFault(.order, "\(place): \(words)") }

    /// Reads one event; nil for one that clients do not know, which is dropped.
    private mutating func message(_ view: JSONView, _ event: SSEEvent) throws(UpstreamFault) -> AnswerEvent? {
        guard view.tokens.count > 0, view.kind(0) == .object, let type = view.member(0, "type"),
            view.kind(type) == .string
        else {
            if view.tokens.count > 0, let error = view.member(0, "error") { throw view.reported(error, place: place) }
            throw UpstreamFault(.malformed, "\(place): not an event with a type")
        }
        let name = view.text(type)
        if let said = event.name, said != name { throw order("its name is not its type") }
        guard let kind = Self.messageEvents.field(spelledBy: type, in: view) else { return nil }
        if kind == .error { throw view.reported(view.member(0, "error") ?? 0, place: place) }
        if kind == .ping {
            return AnswerEvent(raw: ByteBuffer(string: "event: ping\ndata: {\"type\":\"ping\"}\n\n"), kind: .ping)
        }
        guard messages.started || kind == .start else { throw order("an event before message_start") }
        guard messages.stopReason == nil || kind == .delta || kind == .stop else { throw order("output after the end") }
        var reader = OutputReader(
            view, passesNumbers: options.passesNumbers, dropsUnknown: true, memory: messages.memory)
        reader.takesNotes = options.isTranslated
        for key in view.keys(of: 0) where !kind.has(Self.eventFields.field(of: key, in: view)) {
            try reader.addUnknown(key: key, path: 23)
        }
        var blocks = BlockReader(reader, sealed: messages.sealed)
        var answer =
            switch kind {
            case .start: try messageStart(&blocks)
            case .blockStart: try blockStart(&blocks)
            case .blockDelta: try blockDelta(&blocks)
            case .blockStop: try blockStop(&blocks)
            case .delta: try messageDelta(&blocks)
            default: try messageStop()
            }
        messages.memory = blocks.reader.memory
        messages.sealed = blocks.sealed
        answer.pieces = blocks.reader.pieces
        answer.notes = blocks.reader.notes
        answer.raw = event.edited(blocks.reader.edits, name: name)
        if kind == .blockDelta, view.isBare(0, most: 2) {
            learn(answer, of: event, blocks.reader.edits, name: name)
        }
        return answer
    }

    private static let eventFields = FieldTable<EventField>([
        ("type", .type), ("index", .index), ("message", .message), ("content_block", .block), ("delta", .delta),
        ("usage", .usage),
    ])

    private mutating func messageStart(_ blocks: inout BlockReader) throws(UpstreamFault) -> AnswerEvent {
        let view = blocks.reader.view
        guard !messages.started else { throw order("a second message_start") }
        guard let message = view.member(0, "message"), view.kind(message) == .object else {
            throw UpstreamFault(.malformed, "\(place): message_start without a message")
        }
        messages.started = true
        for key in view.keys(of: message) {
            let value = key + 1
            if view.spells(key, "model") {
                options.rename(value, view, &blocks.reader.edits)
            } else {
                if view.spells(key, "usage"), view.kind(value) == .object {
                    usage = usage ?? TokenUsage()
                    usage?.update(anthropic: value, view)
                }
                try blocks.reader.addField(key, of: Self.messageFields, stops: options.stops, &words, path: 24)
            }
        }
        return AnswerEvent(
            raw: ByteBuffer(), choice: blocks.reader.pieces.isEmpty ? nil : 0, kind: .opening, usage: usage)
    }

    /// Fields of a message that say nothing of what the model put out, as long as they hold what they should.
    static let messageFields = FieldTable<EnvelopeField>([
        ("id", .word), ("type", .word), ("role", .word), ("model", .word), ("stop_reason", .reason),
        ("stop_sequence", .sequence), ("stop_details", .table), ("usage", .table),
    ])

    private mutating func blockStart(_ blocks: inout BlockReader) throws(UpstreamFault) -> AnswerEvent {
        let view = blocks.reader.view
        guard let block = view.member(0, "content_block"), view.kind(block) == .object,
            let type = view.member(block, "type"), view.kind(type) == .string, view.isIdentifier(type)
        else { throw UpstreamFault(.malformed, "\(place): content_block_start without a block") }
        guard messages.open == nil else { throw order("a block within a block") }
        let index = messages.nextBlock
        guard view.member(0, "index").flatMap({ view.integer($0) }) == index, index < AnswerChannel.maximumIndex else {
            throw order("the next block must have index \(index)")
        }
        let name = view.string(type)
        messages.open = MessagesState.Block(index: index, type: name)
        messages.nextBlock = index + 1
        try blocks.read(block: block, type: name, index: index)
        return AnswerEvent(raw: ByteBuffer(), choice: 0, kind: .blockStart(index: index, type: name))
    }

    private mutating func blockDelta(_ blocks: inout BlockReader) throws(UpstreamFault) -> AnswerEvent {
        let view = blocks.reader.view
        guard let delta = view.member(0, "delta"), view.kind(delta) == .object else {
            throw UpstreamFault(.malformed, "\(place): content_block_delta without a delta")
        }
        try blocks.read(delta: delta, block: try openBlock(view), place: place)
        return AnswerEvent(raw: ByteBuffer(), choice: 0, kind: .output)
    }

    private mutating func blockStop(_ blocks: inout BlockReader) throws(UpstreamFault) -> AnswerEvent {
        let block = try openBlock(blocks.reader.view)
        messages.open = nil
        return AnswerEvent(raw: ByteBuffer(), choice: 0, kind: .blockStop(index: block.index))
    }

    /// The open block, which must be the one that the event names.
    private func openBlock(_ view: JSONView) throws(UpstreamFault) -> MessagesState.Block {
        guard let block = messages.open else { throw order("no block is open") }
        guard view.member(0, "index").flatMap({ view.integer($0) }) == block.index else {
            throw order("block \(block.index) is open, not this one")
        }
        return block
    }

    private mutating func messageDelta(_ blocks: inout BlockReader) throws(UpstreamFault) -> AnswerEvent {
        let view = blocks.reader.view
        if let index = view.member(0, "usage"), view.kind(index) == .object {
            usage = usage ?? TokenUsage()
            usage?.update(anthropic: index, view)
        }
        for key in view.keys(of: 0) where view.spells(key, "usage") {
            try blocks.reader.addField(key, of: Self.messageFields, stops: [], &words, path: 26)
        }
        guard let delta = view.member(0, "delta"), view.kind(delta) == .object else {
            throw UpstreamFault(.malformed, "\(place): message_delta without a delta")
        }
        for key in view.keys(of: delta) {
            try blocks.reader.addField(key, of: Self.messageFields, stops: options.stops, &words, path: 25)
        }
        var answer = AnswerEvent(raw: ByteBuffer(), choice: 0, kind: .output, usage: usage)
        guard let reason = view.member(delta, "stop_reason"), view.kind(reason) == .string else { return answer }
        guard messages.open == nil else { throw order("a stop reason within a block") }
        guard view.isIdentifier(reason), !view.isEmpty(reason) else {
            throw UpstreamFault(.malformed, "\(place): stop_reason is no word")
        }
        guard messages.stopReason == nil else { throw order("a second stop reason") }
        let name = view.string(reason)
        messages.stopReason = name
        answer.kind = .finish(reason: name)
        return answer
    }

    private mutating func messageStop() throws(UpstreamFault) -> AnswerEvent {
        try messages.requireFinished()
        sawEnd = true
        return AnswerEvent(raw: ByteBuffer(), kind: .end)
    }
}

/// What a field of a message should hold.
enum EnvelopeField: Sendable {
    case word
    /// A table of numbers and words.
    case table
    /// Why it stopped.
    case reason
    /// One of the request's own stop sequences.
    case sequence
}

extension OutputReader {
    /// Takes a field of a message's envelope: what is not what it should be is output like any other.
    mutating func addField(
        _ key: Int, of fields: FieldTable<EnvelopeField>, stops: [String], _ words: inout EnvelopeWords, path: UInt32
    ) throws(UpstreamFault) {
        let value = key + 1
        let field = fields.field(of: key, in: view)
        switch field {
        case nil: return try addUnknown(key: key, path: path)
        case .reason where view.kind(value) == .string && AnswerFinish(view.string(value)) != nil: return
        case .sequence where view.kind(value) == .string && stops.contains(view.string(value)): return
        case .sequence where view.kind(value) == .null: return
        case .sequence: return try addUnknown(key: key, path: path)
        case .word, .reason, .table:
            switch words.read(key, view, isTable: field == .table) {
            case .plain: return
            case .another(let first): edits.replace(view.range(value), with: first)
            case .text: try addUnknown(key: key, path: path)
            }
        }
    }
}

extension FieldTable {
    /// Whether a key is in the table.
    func contains(_ key: Int, _ view: JSONView) -> Bool { field(of: key, in: view) != nil }
}

extension JSONView {
    /// The keys of an object.
    func keys(of object: Int) -> [Int] {
        guard kind(object) == .object else { return [] }
        var keys: [Int] = []
        var key = object + 1
        while key < next(object) {
            keys.append(key)
            key = next(key + 1)
        }
        return keys
    }
}
