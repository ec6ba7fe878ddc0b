/// The turns of a conversation, and the parts that they are made of.
extension RequestReader {
    mutating func readMessages(_ value: Int) throws(RequestError) {
        try require(value, .array, "an array of messages")
        guard !view.isEmpty(value) else { throw error(value, "must hold at least one message") }
        try readTurns(value) { (reader, message, turn, isLast) throws(RequestError) in
            try reader.readMessage(message, turn: turn, isLast: isLast)
        }
    }

    /// Reads the elements of a list of turns, but for those that are known.
    mutating func readTurns(
        _ list: Int,
        _ read: (inout Self, _ turn: Int, _ number: Int, _ isLast: Bool) throws(RequestError) -> Void
    ) throws(RequestError) {
        let end = view.next(list)
        var (turn, number) = (list + 1, 0)
        request.turnsIndex = list
        if let knownTurns, knownTurns.list == list {
            request.texts.append(knownTexts, upTo: knownTurns.texts)
            for found in knownTurns.sensitive { flag(found.kind, found.index) }
            (turn, number) = (knownTurns.next, knownTurns.count)
        }
        while turn < end {
            let next = view.next(turn)
            try read(&self, turn, number, next == end)
            (turn, number) = (next, number + 1)
        }
    }

    private mutating func readMessage(_ message: Int, turn: Int, isLast: Bool) throws(RequestError) {
        try require(message, .object, "an object")
        let role = try role(of: message)
        var key = message + 1
        while key < view.next(message) {
            let value = key + 1
            defer { key = view.next(value) }
            guard let field = RequestFields.message.field(of: key, in: view) else {
                try unknown(key, among: RequestFields.message, turn: turn)
                continue
            }
            if view.kind(value) == .null { continue }
            switch field {
            case .role: continue
            case .content:
                let isPrefill = role == .assistant && isLast && view.member(message, "tool_calls") == nil
                try readContent(value, isPrefill ? .prefill : role, turn: turn)
            case .text:
                try require(value, .string, "a string")
                add(value, role, turn: turn)
            case .deep: try addAll(value, role, turn: turn)
            case .boolean: _ = try boolean(value)
            case .flagged(let kind): try flag(kind, value, unless: .no)
            }
        }
    }

    private func role(of message: Int) throws(RequestError) -> RequestText.Role {
        guard let index = view.member(message, "role") else { throw error(message, "lacks a role") }
        try require(index, .string, "a string")
        let isOpenAI = request.dialect == .openAI
        if view.spells(index, "user") { return .user }
        if view.spells(index, "assistant") { return .assistant }
        if view.spells(index, "system") { return .system }
        if isOpenAI, view.spells(index, "tool") || view.spells(index, "function") { return .tool }
        if isOpenAI, view.spells(index, "developer") { return .developer }
        throw error(
            index,
            isOpenAI
                ? "must be one of system, developer, user, assistant, tool, function"
                : "must be user or assistant")
    }

    /// Reads content: a string, or an array of parts (which may be nested in a tool's result).
    mutating func readContent(_ value: Int, _ role: RequestText.Role, turn: Int?) throws(RequestError) {
        switch view.kind(value) {
        case .null: return
        case .string: add(value, role, turn: turn)
        case .array:
            var part = value + 1
            while part < view.next(value) {
                switch view.kind(part) {
                case .string: add(part, role, turn: turn)
                case .object: try readPart(part, role, turn: turn)
                default: throw error(part, "must be an object")
                }
                part = view.next(part)
            }
        default: throw error(value, "must be a string or an array of parts")
        }
    }

    private mutating func readPart(_ part: Int, _ role: RequestText.Role, turn: Int?) throws(RequestError) {
        var type = PartType.text
        if let index = view.member(part, "type"), view.kind(index) != .null {
            try require(index, .string, "a string")
            type = RequestFields.partType(index, view)
            switch type {
            case .text, .toolResult: break
            case .document: break  // Its source says what it is.
            case .flagged(let kind): flag(kind, index)
            case .unknown:
                flag(.opaque, index)
                add(index, .other, turn: turn)
            }
        }
        var key = part + 1
        while key < view.next(part) {
            let value = key + 1
            defer { key = view.next(value) }
            guard let field = RequestFields.part.field(of: key, in: view) else {
                try unknown(key, among: RequestFields.part, turn: turn)
                continue
            }
            if view.kind(value) == .null { continue }
            try readPartField(field, value, type, role, turn: turn)
        }
    }

    private mutating func readPartField(
        _ field: PartField, _ value: Int, _ type: PartType, _ role: RequestText.Role, turn: Int?
    ) throws(RequestError) {
        switch field {
        case .type: return
        case .text:
            try require(value, .string, "a string")
            add(value, role, turn: turn)
        case .content:
            guard view.kind(value) == .string || view.kind(value) == .array else {
                return try addAll(value, role, turn: turn)
            }
            try readContent(value, type == .toolResult ? .tool : role, turn: turn)
        case .deep: try addAll(value, role, turn: turn)
        case .boolean: _ = try boolean(value)
        case .sealed:
            let isSealed = view.kind(value) == .string && view.isBase64(value) && !view.isEmpty(value)
            if !isSealed || type == .toolResult || type == .document { try addAll(value, .other, turn: turn) }
        case .source: try readSource(value, type, role, turn: turn)
        case .citations:
            if let enabled = view.member(value, "enabled"), view.kind(enabled) != .no { flag(.citations, value) }
            try addAll(value, .other, turn: turn)
        case .media(let kind):
            flag(kind, value)
            addMedia(value, turn: turn)
        case .flagged(let kind): try flag(kind, value, unless: .no)
        }
    }

    /// Where an image's or a document's content comes from.
    private mutating func readSource(
        _ value: Int, _ type: PartType, _ role: RequestText.Role, turn: Int?
    ) throws(RequestError) {
        guard view.kind(value) == .object else { return try addAll(value, role, turn: turn) }
        if let kind = view.member(value, "type"), view.kind(kind) == .string {
            if view.spells(kind, "text") { return try addAll(value, role, turn: turn) }
            if view.spells(kind, "content"), let content = view.member(value, "content") {
                for key in view.keys(of: value) where key + 1 != content { try addAll(key + 1, role, turn: turn) }
                return try readContent(content, role, turn: turn)
            }
            if view.spells(kind, "url") { flag(.remoteURLs, value) }
        }
        if type == .document { flag(.files, value) } else { flag(.images, value) }
        addMedia(value, turn: turn)
    }
}
