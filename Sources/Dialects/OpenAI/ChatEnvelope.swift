internal import NIOCore

/// Where the known fields of a chunk, or of a whole completion, stand, and which of them say more than they should.
struct ChatEnvelope {
    var choices: Int?
    var usage: Int?
    var model: Int?
    /// Fields that are model output like any other: those that we do not know, and known ones that hold text.
    var extras: [Int] = []
    /// What is put right whoever reads it.
    var edits = Splice()

    /// Reads the top of a chunk or completion.
    ///
    /// - Parameter words: What the stream has said so far in fields that stay the same.
    /// - Throws: `UpstreamFault` if it reports an error.
    static func read(
        _ view: JSONView, place: EventPlace, words: inout EnvelopeWords
    ) throws(UpstreamFault) -> ChatEnvelope {
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw UpstreamFault(.malformed, "\(place): not a JSON object")
        }
        var envelope = ChatEnvelope()
        var key = 1
        while key < view.next(0) {
            let value = key + 1
            switch fields.field(of: key, in: view) {
            case .choices:
                guard view.kind(value) == .array || view.kind(value) == .null else {
                    throw UpstreamFault(.malformed, "\(place): its choices are no list")
                }
                envelope.choices = value
            case .model: envelope.model = value
            case .error where view.isTruthy(value): throw view.reported(value, place: place)
            case .word where view.kind(value) == .string && view.spells(key, "object") && view.spells(value, "error"):
                throw view.reported(0, place: place)
            case .padding where view.kind(value) == .string: envelope.pad(value, view)
            case .usage where view.kind(value) == .object:
                envelope.usage = value
                envelope.take(key, view, &words, isTable: true)
            case .usage where view.kind(value) == .null: break
            case .usage: envelope.extras.append(key)
            case .table: envelope.take(key, view, &words, isTable: true)
            case .error, .word, .padding: envelope.take(key, view, &words, isTable: false)
            case nil:
                let isNothing = view.isScalar(value) && AnswerFields.words.contains(key, view)
                if !isNothing || view.kind(value) == .number { envelope.extras.append(key) }
            }
            key = view.next(value)
        }
        return envelope
    }

    private enum Field: Sendable { case choices, usage, model, error, word, table, padding }

    private static let fields = FieldTable<Field>([
        ("choices", .choices), ("usage", .usage), ("model", .model), ("error", .error), ("object", .word),
        ("id", .word), ("created", .word), ("system_fingerprint", .word), ("service_tier", .word),
        ("obfuscation", .padding), ("moderation", .table), ("provider", .word), ("timings", .table),
        ("prompt_filter_results", .table), ("kv_transfer_params", .table),
    ])

    /// Takes a field that should hold a word, a number, or a table of numbers.
    private mutating func take(_ key: Int, _ view: JSONView, _ words: inout EnvelopeWords, isTable: Bool) {
        switch words.read(key, view, isTable: isTable) {
        case .plain: return
        case .another(let first): edits.replace(view.range(key + 1), with: first)
        case .text: extras.append(key)
        }
    }

    /// Padding hides the lengths of tokens from those who watch a line: it keeps its own, and says nothing.
    private mutating func pad(_ value: Int, _ view: JSONView) {
        guard !view.isEmpty(value) else { return }
        let length = min(view.range(value).count - 2, Self.longestPadding)
        edits.replace(view.range(value), with: ByteBuffer(string: "\"\(String(repeating: "0", count: length))\""))
    }

    private static let longestPadding = 256

    /// Takes out of a chunk, or of a refused answer, what nobody has judged.
    func strip(_ view: JSONView, into edits: inout Splice) {
        guard !extras.isEmpty else { return }
        var gone: [Int] = []
        for key in extras {
            switch Self.fields.field(of: key, in: view) {
            case .usage where view.kind(key + 1) == .object:
                var writer = JSONWriter()
                TokenUsage(openAI: key + 1, view).write(openAI: &writer)
                edits.replace(view.range(key + 1), with: writer.buffer)
            case .word where view.kind(key + 1) == .string:
                edits.replace(view.range(key + 1), with: ByteBuffer(string: "\"\""))
            default: gone.append(key)
            }
        }
        edits.remove(members: gone, of: 0, view)
    }
}

extension JSONView {
    /// Whether a value counts as true in the clients' language: not null, false, zero or empty.
    func isTruthy(_ index: Int) -> Bool {
        switch kind(index) {
        case .null, .no: false
        case .yes: true
        case .number: integer(index) != 0
        case .object, .array, .string, .key: !isEmpty(index)
        }
    }

    /// Whether a value is a number, true, false or null.
    func isScalar(_ index: Int) -> Bool {
        switch kind(index) {
        case .number, .yes, .no, .null: true
        case .object, .array, .string, .key: false
        }
    }

    /// The fault that an upstream's own error makes: its message is cut to what a log line may hold.
    func reported(_ index: Int, place: EventPlace) -> UpstreamFault {
        let text = kind(index) == .string ? index : member(index, "message")
        var words = text.flatMap { kind($0) == .string ? string($0) : nil } ?? "no message"
        if words.utf8.count > 300 { words = String(words.prefix(200)) + "…" }
        return UpstreamFault(.reported, "\(place): the upstream reports an error: \(words)")
    }
}
