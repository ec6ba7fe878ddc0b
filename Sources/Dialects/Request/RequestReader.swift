internal import NIOCore

/// Fills a request from its document.
///
/// The fields of each dialect are in `RequestFields`.
struct RequestReader {
    let view: JSONView
    var request: ModelRequest

    /// What stands at the top of the body.
    mutating func read() throws(RequestError) {
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw RequestError(message: "the body must be a JSON object (byte 0)", offset: 0)
        }
        let table = RequestFields.table(of: request.dialect)
        var messages: Int?
        var input: Int?
        var key = 1
        let end = view.next(0)
        while key < end {
            let value = key + 1
            if let field = table.field(of: key, in: view) {
                if case .messages = field { messages = value }
                if case .input = field { input = view.kind(value) == .null ? nil : value }
                if case .model = field { request.modelIndex = value }
                if view.kind(value) != .null { try read(field, value) }
                if case .streamOptions = field { request.streamOptionsIndex = value }
            } else {
                try unknown(key, among: table, turn: nil)
            }
            key = view.next(value)
        }
        guard request.modelIndex > 0, !request.model.isEmpty else { throw missing("model", "the name of a model") }
        switch request.dialect {
        case .responses:
            guard input != nil else { throw missing("input", "a string or an array of items") }
            return
        case .completions: return try finishCompletion()
        case .embeddings:
            guard let input = view.member(0, "input"), view.kind(input) != .null else {
                throw missing("input", "a string or an array of strings")
            }
            request.maxTokens = 0
            return
        case .openAI, .anthropic, .gemini: break
        }
        guard let messages, view.kind(messages) == .array else { throw missing("messages", "an array of messages") }
    }

    /// Reads one known field whose value is not null.
    private mutating func read(_ field: TopField, _ value: Int) throws(RequestError) {
        switch field {
        case .model: request.model = try string(value)
        case .messages: try readMessages(value)
        case .input: try readInput(value)
        case .include:
            for token in value..<view.next(value) where view.kind(token) == .string {
                guard !view.spells(token, "message.output_text.logprobs") else {
                    throw error(token, "is not served: responses here tell no probabilities")
                }
            }
            try addAll(value, .other, turn: nil)
        case .prompt: try readPrompt(value)
        case .embedded: try readEmbedded(value)
        case .encoding: try readEncoding(value)
        case .echo: request.echoes = try boolean(value)
        case .tokenCount: _ = try integer(value, 0...20)
        case .stream: request.stream = try boolean(value)
        case .streamOptions:
            try require(value, .object, "an object")
            if let usage = view.member(value, "include_usage"), view.kind(usage) != .null {
                request.wantsUsage = try boolean(usage)
            }
            try addAll(value, .other, turn: nil)
        case .choices: request.choices = try integer(value, 1...128)
        case .maxTokens:
            let tokens = try integer(value, -1...Int(Int32.max))
            if tokens > 0 { request.maxTokens = max(request.maxTokens ?? 0, tokens) }
        case .topLogprobs:
            let count = try integer(value, 0...20)
            if request.dialect == .responses, count > 0 {
                throw error(value, "is not served: responses here tell no probabilities")
            }
        case .endUser(let rank): try readEndUser(value, rank: rank)
        case .metadata:
            try require(value, .object, "an object")
            if let user = view.member(value, "user_id"), view.kind(user) != .null { try readEndUser(user, rank: 1) }
        case .system: try readContent(value, .system, turn: nil)
        case .tools: try readTools(value)
        case .definitions: try addDefinition(value)
        case .prediction:
            try require(value, .object, "an object")
            try addAll(value, .prediction, turn: nil)
        case .judged: try addAll(value, .other, turn: nil)
        case .stops:
            try addAll(value, .other, turn: nil)
            for token in value..<view.next(value) where view.kind(token) == .string {
                request.stops.append(view.string(token))
            }
        case .number: try require(value, .number, "a number")
        case .boolean: _ = try boolean(value)
        case .flagged(let kind, let harmless): try flag(kind, value, unless: harmless)
        }
    }

    /// A field that no table knows: its name and every string in it may reach the model.
    mutating func unknown<F>(_ key: Int, among table: FieldTable<F>, turn: Int?) throws(RequestError) {
        if let name = table.nameIgnoringCase(of: key, in: view) {
            throw error(key + 1, "differs from \"\(name)\" only in case")
        }
        try addAll(key, .other, turn: turn)
        try addAll(key + 1, .other, turn: turn)
    }

    private mutating func readEndUser(_ value: Int, rank: Int) throws(RequestError) {
        let name = try string(value)
        guard !name.isEmpty, rank >= endUserRank else { return }
        request.endUser = name
        endUserRank = rank
    }

    /// How good the name of the end user is that was found so far.
    private var endUserRank = 0
    /// Turns of a body that begins with the same bytes, and the texts of that body.
    let knownTurns: RequestBeginning.Turns?
    let knownTexts: ContiguousArray<RequestTexts.Entry>

    /// - Parameter beginning: That of a body with the same bytes so far.
    init(view: JSONView, request: ModelRequest, from beginning: RequestBeginning?) {
        (self.view, self.request) = (view, request)
        (knownTurns, knownTexts) = (beginning?.turns, beginning?.entries ?? [])
    }

    private mutating func readTools(_ value: Int) throws(RequestError) {
        try require(value, .array, "an array of tools")
        var tool = value + 1
        while tool < view.next(value) {
            try require(tool, .object, "an object")
            if let type = view.member(tool, "type"), view.kind(type) != .null {
                try require(type, .string, "a string")
                let isOurs =
                    view.spells(type, "custom")
                    || request.dialect != .anthropic && view.spells(type, "function")
                if !isOurs { flag(.serverTools, type) }
            }
            if let mark = view.member(tool, "cache_control"), view.kind(mark) != .null { flag(.cache, mark) }
            try addDefinition(tool)
            tool = view.next(tool)
        }
    }
}

// MARK: - Types

extension RequestReader {
    /// An error at a field: its path, what was expected, and the byte.
    func error(_ index: Int, _ words: String) -> RequestError {
        let path = view.path(to: index)
        return RequestError(
            message: "\(path) \(words) (byte \(view.offset(index)))", param: path, offset: view.offset(index))
    }

    func missing(_ name: String, _ what: String) -> RequestError {
        RequestError(message: "\(name) is missing: it must be \(what)", param: name, offset: 0)
    }

    func require(_ index: Int, _ kind: JSONToken.Kind, _ what: String) throws(RequestError) {
        guard view.kind(index) == kind else { throw error(index, "must be \(what)") }
    }

    func string(_ index: Int) throws(RequestError) -> String {
        try require(index, .string, "a string")
        return view.string(index)
    }

    func boolean(_ index: Int) throws(RequestError) -> Bool {
        guard view.kind(index) == .yes || view.kind(index) == .no else { throw error(index, "must be true or false") }
        return view.kind(index) == .yes
    }

    func integer(_ index: Int, _ range: ClosedRange<Int>) throws(RequestError) -> Int {
        guard let number = view.integer(index), range.contains(number) else {
            throw error(index, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

// MARK: - Texts and flags

extension RequestReader {
    func place(_ index: Int) -> Place {
        Place(document: request.document, index: UInt32(truncatingIfNeeded: index))
    }

    /// The bytes of a body whose texts are unescaped at once.
    private static let readAtOnce = 32 << 10

    /// Adds one string, unless it is empty.
    mutating func add(_ index: Int, _ role: RequestText.Role, turn: Int?) {
        guard !view.isEmpty(index) else { return }
        // In a long body most texts are known from before: what is escaped there is read where it is needed.
        let isUnescaped = view.tokens[index].isEscaped && view.bytes.count <= Self.readAtOnce
        request.texts.append(index, role, turn: turn, unescaped: isUnescaped ? view.text(index) : nil)
    }

    /// Adds every string and every key of a value.
    mutating func addAll(_ index: Int, _ role: RequestText.Role, turn: Int?) throws(RequestError) {
        for token in index..<view.next(index) {
            switch view.kind(token) {
            case .string where !RequestFields.isWord(token, view): add(token, role, turn: turn)
            case .key where !RequestFields.isWord(token, view): add(token, role, turn: turn)
            default: continue
            }
        }
    }

    /// Adds the strings of a tool, a schema or a grammar.
    mutating func addDefinition(_ index: Int) throws(RequestError) {
        try addAll(index, .definition, turn: nil)
    }

    /// Notes a part that the model's configuration must allow.
    mutating func flag(_ kind: SensitiveField.Kind, _ index: Int) {
        guard !request.sensitive.contains(where: { $0.kind == kind }) else { return }
        request.sensitive.append(SensitiveField(kind: kind, place: place(index)))
    }

    /// Notes a field unless its value switches it off; whatever it says is judged all the same.
    mutating func flag(_ kind: SensitiveField.Kind, _ value: Int, unless harmless: Harmless) throws(RequestError) {
        switch view.kind(value) {
        case .null: return
        case .no where harmless != .yes: return
        case .yes where harmless == .yes: return
        case .number where harmless == .zero && view.integer(value) == 0: return
        case .array where harmless == .textOnly:
            let end = view.next(value)
            if (value + 1..<end).allSatisfy({ view.kind($0) == .string && view.spells($0, "text") }) { return }
        case .array where view.isEmpty(value): return
        // An empty object is how a server's tool is switched on with its defaults; elsewhere it says nothing.
        case .object where view.isEmpty(value) && kind != .serverTools: return
        default: break
        }
        flag(kind, value)
        switch kind {
        case .images, .audio, .video, .files: addMedia(value, turn: nil)
        default: try addAll(value, .other, turn: nil)
        }
    }

    /// Adds the names and addresses in a part that cannot be read, but not its data; notes addresses that would be
    /// fetched.
    mutating func addMedia(_ index: Int, turn: Int?) {
        for token in index..<view.next(index) where view.kind(token) == .string || view.kind(token) == .key {
            if view.kind(token) == .string, isData(token) { continue }
            if view.kind(token) == .string, isAddress(token) { flag(.remoteURLs, token) }
            if !RequestFields.isWord(token, view) { add(token, .other, turn: turn) }
        }
    }

    /// Whether a string is encoded data: a `data:` address, or long base64.
    func isData(_ index: Int) -> Bool {
        let inside = JSONText.inside(view.bytes, view.tokens[index])
        let prefix: StaticString = "data:"
        if inside.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: 5)) { return true }
        return inside.count > 128 && view.isBase64(index)
    }

    /// Whether a string has a scheme, as in `https://…` or `file:///…`.
    private func isAddress(_ index: Int) -> Bool {
        let inside = JSONText.inside(view.bytes, view.tokens[index])
        guard let colon = inside.prefix(32).firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        return inside.dropFirst(colon + 1).prefix(2).allSatisfy { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }
}
