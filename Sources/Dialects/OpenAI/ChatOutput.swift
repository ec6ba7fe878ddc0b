internal import NIOCore

/// Reads the output of one choice, of a chunk (`delta`) or of a whole completion (`message`).
struct ChatOutput {
    var reader: OutputReader
    /// The finish reason, if there is one.
    var finish: String?
    /// Whether the choice names a role, as the first one does.
    var hasRole = false
    private var contentIndex: Int?
    private var refusalIndex: Int?
    private let isChunk: Bool
    /// Whether it is one of a legacy completion, whose text stands in the choice itself.
    private let isCompletion: Bool

    private var view: JSONView { reader.view }

    init(_ reader: OutputReader, isChunk: Bool, isCompletion: Bool) {
        self.reader = reader
        self.isChunk = isChunk
        self.isCompletion = isCompletion
    }

    /// Reads a choice; its pieces come in the order of judging: reasoning, content, refusal, calls, logprobs, the
    /// unknown.
    mutating func read(choice: Int, place: EventPlace) throws(UpstreamFault) {
        var delta: Int?
        var logprobs: Int?
        var unknown: [Int] = []
        var key = choice + 1
        while key < view.next(choice) {
            let value = key + 1
            if isCompletion, view.spells(key, "text") {
                contentIndex = value
            } else if view.spells(key, "delta") || view.spells(key, "message") {
                guard delta == nil else { throw UpstreamFault(.malformed, "\(place): a choice with delta and message") }
                delta = value
            } else if view.spells(key, "finish_reason") {
                finish = try finishReason(value, place: place)
                if let finish, AnswerFinish(finish) == nil { try reader.addUnknown(value: value, path: 17) }
            } else if view.spells(key, "logprobs") {
                logprobs = value
            } else if !view.spells(key, "index") {
                // What made it stop, as vLLM tells it.
                if reader.takesNotes, view.spells(key, "stop_reason"), view.kind(value) == .string {
                    reader.note(.stopSequence(view.string(value)))
                }
                unknown.append(key)
            }
            key = view.next(value)
        }
        if let delta {
            if view.kind(delta) == .object {
                try read(delta: delta, place: place, &unknown)
            } else {
                try reader.addUnknown(value: delta, path: 12)
            }
        }
        if isCompletion, let contentIndex { try readText(contentIndex, .content) }
        if let logprobs {
            if isCompletion { try read(table: logprobs) } else { try read(logprobs: logprobs) }
        }
        for key in unknown { try reader.addUnknown(key: key) }
    }

    private func finishReason(_ value: Int, place: EventPlace) throws(UpstreamFault) -> String? {
        guard view.kind(value) != .null else { return nil }
        guard view.kind(value) == .string else {
            throw UpstreamFault(.malformed, "\(place): finish_reason is no string")
        }
        let reason = view.string(value)
        guard !reason.isEmpty else { return nil }
        guard reason.utf8.count <= 48, reason.utf8.allSatisfy({ $0 == 0x5F || ($0 | 0x20) &- 0x61 < 26 }) else {
            throw UpstreamFault(.malformed, "\(place): finish_reason is no word")
        }
        return reason
    }

    /// Where the known fields of a delta stand.
    private enum Field: Sendable { case role, content, reasoning, reasoningContent, refusal, toolCalls, functionCall }

    private static let fields = FieldTable<Field>([
        ("role", .role), ("content", .content), ("reasoning", .reasoning),
        ("reasoning_content", .reasoningContent), ("refusal", .refusal), ("tool_calls", .toolCalls),
        ("function_call", .functionCall),
    ])

    private mutating func read(delta: Int, place: EventPlace, _ unknown: inout [Int]) throws(UpstreamFault) {
        var (reasoning, reasoningContent, calls, legacy): (Int?, Int?, Int?, Int?)
        var key = delta + 1
        while key < view.next(delta) {
            let value = key + 1
            switch Self.fields.field(of: key, in: view) {
            case .role: if !isRole(value) { unknown.append(key) } else { hasRole = true }
            case .content: contentIndex = value
            case .reasoning: reasoning = value
            case .reasoningContent: reasoningContent = value
            case .refusal: refusalIndex = value
            case .toolCalls: calls = value
            case .functionCall: legacy = value
            case nil: unknown.append(key)
            }
            key = view.next(value)
        }
        try readReasoning(reasoning, reasoningContent)
        if let contentIndex { try read(content: contentIndex) }
        if let refusalIndex { try readText(refusalIndex, .refusal) }
        if let calls { try read(calls: calls, place: place) }
        if let legacy { try read(function: legacy, call: AnswerChannel.legacyCall) }
    }

    private func isRole(_ value: Int) -> Bool {
        view.kind(value) == .null
            || view.kind(value) == .string && (view.spells(value, "assistant") || view.isEmpty(value))
    }

    /// Some servers send both names of the same text: it is judged once then.
    private mutating func readReasoning(_ reasoning: Int?, _ reasoningContent: Int?) throws(UpstreamFault) {
        if let reasoning, let reasoningContent, view.kind(reasoning) == .string, view.kind(reasoningContent) == .string,
            JSONText.equal(view.bytes, view.tokens[reasoning], view.tokens[reasoningContent])
        {
            return reader.add(reasoning, to: .reasoningField)
        }
        if let reasoning { try readText(reasoning, .reasoningField) }
        if let reasoningContent { try readText(reasoningContent, .reasoning) }
    }

    private mutating func readText(_ value: Int, _ channel: AnswerChannel) throws(UpstreamFault) {
        if view.kind(value) == .string { return reader.add(value, to: channel) }
        try reader.addUnknown(value: value, path: UInt32(channel.kind.rawValue))
    }

    /// Content is a string; some servers send parts, thinking among them.
    private mutating func read(content value: Int) throws(UpstreamFault) {
        guard view.kind(value) == .array else { return try readText(value, .content) }
        try read(parts: value, .content)
    }

    private mutating func read(parts list: Int, _ channel: AnswerChannel) throws(UpstreamFault) {
        var part = list + 1
        while part < view.next(list) {
            switch view.kind(part) {
            case .string: reader.add(part, to: channel)
            case .object: try read(part: part, channel)
            default: try reader.addUnknown(value: part, path: 1)
            }
            part = view.next(part)
        }
    }

    private mutating func read(part: Int, _ channel: AnswerChannel) throws(UpstreamFault) {
        var key = part + 1
        while key < view.next(part) {
            let value = key + 1
            let kind = view.kind(value)
            if kind == .string, view.spells(key, "text") {
                reader.add(value, to: channel)
            } else if kind == .string, view.spells(key, "thinking") {
                reader.add(value, to: .reasoning)
            } else if kind == .array, channel == .content, view.spells(key, "thinking") {
                try read(parts: value, .reasoning)
            } else if !view.spells(key, "type") || !view.spellsTypeWord(value) {
                try reader.addUnknown(key: key, path: 2)
            }
            key = view.next(value)
        }
    }
}

extension JSONView {
    /// Whether a string is the name of a kind of content part.
    func spellsTypeWord(_ index: Int) -> Bool {
        kind(index) == .string && (spells(index, "text") || spells(index, "thinking") || spells(index, "reference"))
    }
}

// MARK: - Calls and logprobs

extension ChatOutput {
    private mutating func read(calls value: Int, place: EventPlace) throws(UpstreamFault) {
        guard view.kind(value) == .array else { return try reader.addUnknown(value: value, path: 3) }
        if view.isEmpty(value), isChunk {
            return reader.edits.replace(view.range(value), with: ByteBuffer(string: "null"))
        }
        var call = value + 1
        var number = 0
        while call < view.next(value) {
            guard view.kind(call) == .object else {
                throw UpstreamFault(.malformed, "\(place): a tool call is no object")
            }
            var index = number
            if let given = view.member(call, "index"), view.kind(given) != .null {
                guard let given = view.integer(given) else {
                    throw UpstreamFault(.malformed, "\(place): a tool call's index is no number")
                }
                index = given
            }
            guard (0..<AnswerChannel.maximumIndex).contains(index) else {
                throw UpstreamFault(.malformed, "\(place): a tool call's index is out of range")
            }
            try read(call: call, index: index)
            call = view.next(call)
            number += 1
        }
    }

    private mutating func read(call: Int, index: Int) throws(UpstreamFault) {
        var key = call + 1
        while key < view.next(call) {
            let value = key + 1
            if view.spells(key, "function") || view.spells(key, "custom") {
                try read(function: value, call: index)
            } else if view.spells(key, "id"), view.isIdentifier(value) {
                try reader.noteCall(value, call: index)
            } else if !view.spells(key, "index"), !view.spells(key, "type") || !view.isOpaque(value) {
                try reader.addUnknown(key: key, path: 4)
            }
            key = view.next(value)
        }
    }

    /// Reads a call's name and arguments; a custom tool's `input` is plain text.
    private mutating func read(function: Int, call: Int) throws(UpstreamFault) {
        guard view.kind(function) == .object else { return try reader.addUnknown(value: function, path: 5) }
        var key = function + 1
        while key < view.next(function) {
            let value = key + 1
            let isText = view.kind(value) == .string
            if view.spells(key, "name"), isText {
                reader.add(value, to: AnswerChannel(.toolName, call))
            } else if view.spells(key, "arguments") || view.spells(key, "input") {
                if isText {
                    if !view.isEmpty(value) { reader.addArguments(view.text(value), call: call) }
                } else if view.kind(value) != .null {
                    reader.addArguments(view.raw(value), call: call)
                }
            } else {
                try reader.addUnknown(key: key, path: 6)
            }
            key = view.next(value)
        }
    }

    private mutating func read(logprobs value: Int) throws(UpstreamFault) {
        guard view.kind(value) == .object else { return try reader.addUnknown(value: value, path: 7) }
        var key = value + 1
        while key < view.next(value) {
            let list = key + 1
            let isContent = view.spells(key, "content")
            if view.kind(list) == .array, isContent || view.spells(key, "refusal") {
                try read(tokens: list, of: isContent ? contentIndex : refusalIndex)
            } else if view.kind(list) != .null || !isContent && !view.spells(key, "refusal") {
                try reader.addUnknown(key: key, path: 8)
            }
            key = view.next(list)
        }
    }

    /// Reads the log-probabilities of a legacy completion: lists of tokens, of their numbers, and of tables.
    private mutating func read(table value: Int) throws(UpstreamFault) {
        guard view.kind(value) == .object else {
            if view.kind(value) != .null { try reader.addUnknown(value: value, path: 13) }
            return
        }
        var ranks: [ByteBuffer] = [ByteBuffer()]
        for key in view.keys(of: value) {
            let list = key + 1
            if view.spells(key, "tokens"), view.kind(list) == .array {
                for token in list + 1..<view.next(list) {
                    guard view.kind(token) == .string else { return try reader.addUnknown(value: value, path: 14) }
                    ranks[0].writeImmutableBuffer(view.text(token))
                }
            } else if view.spells(key, "top_logprobs"), view.kind(list) == .array {
                guard readRanks(list, &ranks) else { return try reader.addUnknown(value: value, path: 15) }
            } else if !(view.spells(key, "token_logprobs") || view.spells(key, "text_offset")) || !isNumbers(list) {
                try reader.addUnknown(key: key, path: 16)
            }
        }
        let said = contentIndex.flatMap { view.kind($0) == .string ? view.text($0) : nil }
        for (rank, tokens) in ranks.enumerated() where rank > 0 || tokens != said {
            reader.pieces.append(AnswerChannel(.logprobs, rank), tokens)
        }
    }

    /// Reads tables of tokens: the first of each are one text, the second another, and so on.
    private func readRanks(_ list: Int, _ ranks: inout [ByteBuffer]) -> Bool {
        var table = list + 1
        while table < view.next(list) {
            defer { table = view.next(table) }
            if view.kind(table) == .null { continue }
            guard view.kind(table) == .object else { return false }
            for (number, token) in view.keys(of: table).enumerated() {
                guard view.kind(token + 1) == .number || view.kind(token + 1) == .null else { return false }
                let rank = min(number + 1, 32)
                while ranks.count <= rank { ranks.append(ByteBuffer()) }
                ranks[rank].writeImmutableBuffer(view.text(token))
            }
        }
        return true
    }

    /// Whether a value is null, or a list of numbers and nulls.
    private func isNumbers(_ list: Int) -> Bool {
        view.kind(list) == .null
            || view.kind(list) == .array
                && (list + 1..<view.next(list)).allSatisfy { view.kind($0) == .number || view.kind($0) == .null }
    }

    /// Reads the tokens of a list, rank by rank; those sampled are judged only if they spell something else than the
    /// text.
    private mutating func read(tokens list: Int, of text: Int?) throws(UpstreamFault) {
        var ranks: [ByteBuffer] = [ByteBuffer()]
        var entry = list + 1
        while entry < view.next(list) {
            try read(token: entry, rank: 0, &ranks)
            entry = view.next(entry)
        }
        let said = text.flatMap { view.kind($0) == .string ? view.text($0) : nil }
        for (rank, tokens) in ranks.enumerated() where rank > 0 || tokens != said {
            reader.pieces.append(AnswerChannel(.logprobs, rank), tokens)
        }
    }

    private mutating func read(token entry: Int, rank: Int, _ ranks: inout [ByteBuffer]) throws(UpstreamFault) {
        guard view.kind(entry) == .object else { return try reader.addUnknown(value: entry, path: 9) }
        let token = view.member(entry, "token")
        var key = entry + 1
        while key < view.next(entry) {
            let value = key + 1
            if view.spells(key, "token"), view.kind(value) == .string {
                while ranks.count <= rank { ranks.append(ByteBuffer()) }
                ranks[rank].writeImmutableBuffer(view.text(value))
            } else if view.spells(key, "top_logprobs"), view.kind(value) == .array, rank == 0 {
                var alternative = value + 1
                var number = 1
                while alternative < view.next(value) {
                    try read(token: alternative, rank: min(number, 32), &ranks)
                    alternative = view.next(alternative)
                    number += 1
                }
            } else if view.spells(key, "bytes"), view.isBytes(value) {
                if !reader.passesNumbers, !view.isBytes(value, of: token) {
                    reader.edits.replace(view.range(value), with: ByteBuffer(string: "null"))
                }
            } else if !view.isScalar(value) || !view.spells(key, "logprob") {
                try reader.addUnknown(key: key, path: 10)
            }
            key = view.next(value)
        }
    }
}

extension JSONView {
    /// Whether a string is a short name made of letters, digits and a few signs.
    func isIdentifier(_ index: Int) -> Bool {
        if kind(index) == .null { return true }
        guard kind(index) == .string else { return false }
        let inside = JSONText.inside(bytes, tokens[index])
        return inside.count <= 96
            && inside.allSatisfy { byte in
                (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2D || byte == 0x2E
                    || byte == 0x3A
            }
    }

    /// Whether a value is a list of numbers, or null.
    func isBytes(_ index: Int) -> Bool {
        kind(index) == .null || kind(index) == .array && (index + 1..<next(index)).allSatisfy { kind($0) == .number }
    }

    /// Whether a list of numbers is the bytes of a token's text, or those of a part of a character.
    func isBytes(_ list: Int, of token: Int?) -> Bool {
        guard kind(list) == .array else { return true }
        let said = token.flatMap { kind($0) == .string ? text($0) : nil }
        let numbers = list + 1..<next(list)
        if let said, said.readableBytesView.count == numbers.count,
            zip(said.readableBytesView, numbers).allSatisfy({ integer($1) == Int($0) })
        {
            return true
        }
        return numbers.count <= 8 && numbers.filter { (integer($0) ?? 0) < 0x80 }.count <= 1
    }
}
