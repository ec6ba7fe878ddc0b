internal import NIOCore

/// What an answer's reader remembers of one choice from event to event.
struct OutputMemory: Sendable {
    /// The paths of unknown fields seen so far, as hashes; the place in the list is the channel.
    var unknownPaths: [UInt32] = []
    /// The unknown names seen so far.
    var unknownNames: [UInt32] = []

    /// How much is remembered.
    var size: Int { unknownPaths.count + unknownNames.count }

    /// How many unknown fields one choice may have.
    static let maximumUnknown = 64
}

/// Collects the model output of one choice, and the edits that take out what cannot be judged.
struct OutputReader {
    let view: JSONView
    /// Whether lists of numbers (token ids) may pass, since the request was allowed to ask for them.
    let passesNumbers: Bool
    /// Whether texts of unknown fields are judged and then left out: in a stream, a part of one could not be given.
    let dropsUnknown: Bool
    var memory: OutputMemory
    var pieces = AnswerPieces()
    var edits = Splice()
    /// Whether notes are taken for a translator, and those taken.
    var takesNotes = false
    var notes: [PlacedNote] = []

    init(_ view: JSONView, passesNumbers: Bool, dropsUnknown: Bool, memory: OutputMemory) {
        self.view = view
        self.passesNumbers = passesNumbers
        self.dropsUnknown = dropsUnknown
        self.memory = memory
    }

    /// Takes note of something that stands after the pieces so far.
    mutating func note(_ note: AnswerNote) {
        notes.append(PlacedNote(position: pieces.count, note: note))
    }

    /// Adds a string's text to a channel.
    mutating func add(_ index: Int, to channel: AnswerChannel) {
        guard view.kind(index) == .string, !view.isEmpty(index) else { return }
        pieces.append(channel, view.text(index))
    }

    /// Adds a fragment of a tool call's arguments: JSON within JSON, as it stands; the judge undoes its escapes.
    mutating func addArguments(_ text: ByteBuffer, call: Int) {
        pieces.append(AnswerChannel(.toolArguments, call), text)
    }

    /// Takes a field that we do not know as model output: its name, and every name and string in it.
    ///
    /// - Parameter isStrange: Whether it lies in a field whose name is none of the formats'.
    /// - Throws: `UpstreamFault` if there are more of them than we would follow.
    mutating func addUnknown(key: Int, path: UInt32 = 0, isStrange: Bool = false) throws(UpstreamFault) {
        try addName(key)
        let isStrange = isStrange || AnswerFields.words.field(of: key, in: view) == nil
        try addUnknown(value: key + 1, path: path &* 31 ^ view.tokens[key].link, isStrange: isStrange)
    }

    mutating func addUnknown(value: Int, path: UInt32, isStrange: Bool = false) throws(UpstreamFault) {
        switch view.kind(value) {
        case .string:
            guard !view.isEmpty(value) else { return }
            add(value, to: try channel(of: path, isStrange ? .unknown : .annotation))
            if isStrange, dropsUnknown { edits.replace(view.range(value), with: ByteBuffer(string: "\"\"")) }
        case .number where view.range(value).count > Self.longestNumber:
            edits.replace(view.range(value), with: ByteBuffer(string: "null"))
        case .array:
            var element = value + 1
            let end = view.next(value)
            if !passesNumbers, view.hasNumbers(value) {
                return edits.replace(view.range(value), with: ByteBuffer(string: "null"))
            }
            while element < end {
                try addUnknown(value: element, path: path, isStrange: isStrange)
                element = view.next(element)
            }
        case .object:
            var key = value + 1
            while key < view.next(value) {
                try addUnknown(key: key, path: path, isStrange: isStrange)
                key = view.next(key + 1)
            }
        default: return
        }
    }

    /// Digits of a number that nobody asked for; more of them could be anything.
    private static let longestNumber = 32

    /// Takes the id of a call, which is made by the server, not by the model; one that spells words is judged.
    mutating func noteCall(_ id: Int, call: Int) throws(UpstreamFault) {
        if !view.isOpaque(id) { try addUnknown(value: id, path: 18) }
        if takesNotes, view.kind(id) == .string { note(.callID(call: call, view.text(id))) }
    }

    private mutating func addName(_ key: Int) throws(UpstreamFault) {
        guard AnswerFields.words.field(of: key, in: view) == nil else { return }
        let hash = view.tokens[key].link
        guard !memory.unknownNames.contains(hash) else { return }
        guard memory.unknownNames.count < OutputMemory.maximumUnknown else { throw tooMany }
        memory.unknownNames.append(hash)
        var name = view.text(key)
        name.writeStaticString("\n")
        pieces.append(.unknown(0), name)
    }

    private mutating func channel(of path: UInt32, _ kind: AnswerChannel.Kind) throws(UpstreamFault) -> AnswerChannel {
        if let known = memory.unknownPaths.firstIndex(of: path) { return AnswerChannel(kind, known + 1) }
        guard memory.unknownPaths.count < OutputMemory.maximumUnknown else { throw tooMany }
        memory.unknownPaths.append(path)
        return AnswerChannel(kind, memory.unknownPaths.count)
    }

    private var tooMany: UpstreamFault {
        UpstreamFault(.malformed, "more than \(OutputMemory.maximumUnknown) unknown fields in one choice")
    }
}

/// The words of the answers' formats.
enum AnswerFields {
    /// Names of fields that servers add and that carry nothing by themselves.
    static let words = FieldTable<Bool>(wordList.map { ($0, true) })
    private static let wordList: [StaticString] = [
        "stop_reason", "token_ids", "prompt_token_ids", "native_finish_reason", "matched_stop", "hidden_states",
        "content_filter_results", "content_filter_result", "content_filter_offsets", "filtered", "severity",
        "detected", "hate", "violence", "sexual", "self_harm", "jailbreak", "protected_material_text",
        "protected_material_code", "annotations", "audio", "type", "text", "id", "index", "name", "title", "url",
        "format", "function_call", "tool_calls", "reasoning_details", "summary", "data", "signature", "citation",
        "citations", "cited_text", "document_index", "document_title", "start_char_index", "end_char_index",
        "start_page_number", "end_page_number", "start_block_index", "end_block_index", "encrypted_index",
        "file_id", "source", "caller", "tool_use_id", "content", "weight", "prefix", "container", "expires_at",
        "context_management", "applied_edits", "provider_specific_fields", "url_citation", "start_index", "end_index",
        "object", "created", "system_fingerprint", "service_tier", "provider", "moderation", "timings", "prompt_index",
        "prompt_filter_results", "kv_transfer_params", "prompt_logprobs", "stop_sequence", "stop_details", "category",
        "explanation",
    ]
}
