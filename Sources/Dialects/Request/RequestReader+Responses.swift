/// The input of OpenAI's responses: a text, or items in place of turns.
extension RequestReader {
    mutating func readInput(_ value: Int) throws(RequestError) {
        if view.kind(value) == .string { return add(value, .user, turn: 0) }
        guard view.kind(value) == .array else { throw error(value, "must be a string or an array of items") }
        guard !view.isEmpty(value) else { throw error(value, "must hold at least one item") }
        try readTurns(value) { (reader, item, turn, isLast) throws(RequestError) in
            try reader.readItem(item, turn: turn, isLast: isLast)
        }
    }

    private mutating func readItem(_ item: Int, turn: Int, isLast: Bool) throws(RequestError) {
        try require(item, .object, "an object")
        let type = view.member(item, "type")
        if let type { try require(type, .string, "a string") }
        switch type.map({ view.string($0) }) ?? "message" {
        case "message": try readMessageItem(item, turn: turn, isLast: isLast)
        case "function_call", "custom_tool_call": try readFields(item, .assistant, turn: turn)
        case "function_call_output", "custom_tool_call_output": try readOutput(item, turn: turn)
        case "reasoning": try readReasoning(item, turn: turn)
        case "item_reference":
            flag(.stored, item)
            try addAll(item, .other, turn: turn)
        default:
            // Calls of the provider's own tools, and whatever is new.
            flag(.serverTools, type ?? item)
            try addAll(item, .other, turn: turn)
        }
    }

    private mutating func readMessageItem(_ item: Int, turn: Int, isLast: Bool) throws(RequestError) {
        guard let index = view.member(item, "role") else { throw error(item, "lacks a role") }
        try require(index, .string, "a string")
        let role: RequestText.Role
        switch view.string(index) {
        case "user": role = .user
        case "assistant": role = isLast ? .prefill : .assistant
        case "system": role = .system
        case "developer": role = .developer
        default: throw error(index, "must be one of user, assistant, system, developer")
        }
        for key in view.keys(of: item) where view.kind(key + 1) != .null {
            let value = key + 1
            if view.spells(key, "content") {
                try readContent(value, role, turn: turn)
            } else if !view.spells(key, "role"), !view.spells(key, "type") {
                try addAll(key, .other, turn: turn)
                try addAll(value, role, turn: turn)
            }
        }
    }

    /// All texts of an item but its type.
    private mutating func readFields(_ item: Int, _ role: RequestText.Role, turn: Int) throws(RequestError) {
        for key in view.keys(of: item) where !view.spells(key, "type") {
            try addAll(key, .other, turn: turn)
            try addAll(key + 1, role, turn: turn)
        }
    }

    private mutating func readOutput(_ item: Int, turn: Int) throws(RequestError) {
        for key in view.keys(of: item) where !view.spells(key, "type") && view.kind(key + 1) != .null {
            try addAll(key, .other, turn: turn)
            let isParts = view.spells(key, "output") && view.kind(key + 1) == .array
            if isParts { try readContent(key + 1, .tool, turn: turn) } else { try addAll(key + 1, .tool, turn: turn) }
        }
    }

    /// Reasoning of an earlier turn: its text is judged; where there is only ciphertext, nobody can.
    private mutating func readReasoning(_ item: Int, turn: Int) throws(RequestError) {
        var sealed: Int?
        let before = request.texts.count
        for key in view.keys(of: item) where !view.spells(key, "type") && view.kind(key + 1) != .null {
            let value = key + 1
            if view.spells(key, "encrypted_content"), view.kind(value) == .string {
                sealed = value
            } else if !view.spells(key, "id"), !view.spells(key, "status") {
                try addAll(value, .assistant, turn: turn)
            }
        }
        guard let sealed, !view.isEmpty(sealed) else { return }
        if request.texts.count == before { return flag(.opaque, sealed) }
        if !view.isBase64(sealed) { try addAll(sealed, .other, turn: turn) }
    }
}
