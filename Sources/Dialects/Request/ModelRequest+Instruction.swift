internal import NIOCore

extension ModelRequest {
    /// The request with one more instruction in its system text, behind whatever stands there.
    ///
    /// Every other byte stays as it came. A translation of what comes back carries the instruction into other dialects.
    ///
    /// - Returns: nil where the dialect has no system text (`completions`, `embeddings`), or the request's own is none that
    ///   can be added to.
    public func instructed(by instruction: String) -> ModelRequest? {
        let edits = JSONView.read(document.bytes, document.tokens) { view -> Splice? in
            switch dialect {
            case .openAI: Self.beforeTurns(view, instruction)
            case .anthropic: Self.member("system", view, instruction, takesParts: true)
            case .responses: Self.member("instructions", view, instruction, takesParts: false)
            case .completions, .embeddings, .gemini: nil
            }
        }
        guard let edits else { return nil }
        return try? Self.parse(edits.applied(to: document.bytes), dialect: dialect)
    }

    /// Adds to the system turn that a conversation begins with, or begins it with one.
    private static func beforeTurns(_ view: JSONView, _ instruction: String) -> Splice? {
        guard let turns = view.member(0, "messages"), view.kind(turns) == .array else { return nil }
        if !view.isEmpty(turns), let role = view.member(turns + 1, "role"), view.kind(role) == .string,
            view.spells(role, "system" as StaticString) || view.spells(role, "developer" as StaticString),
            let content = view.member(turns + 1, "content")
        {
            return added(to: content, view, instruction, takesParts: true)
        }
        var writer = JSONWriter()
        writer.raw("{\"role\":\"system\",\"content\":")
        writer.string(instruction)
        writer.raw(view.isEmpty(turns) ? "}" : "},")
        return insertion(at: view.offset(turns) + 1, writer)
    }

    /// Adds to a member at the top, or adds the member.
    private static func member(
        _ name: StaticString, _ view: JSONView, _ instruction: String, takesParts: Bool
    ) -> Splice? {
        if let text = view.member(0, name) { return added(to: text, view, instruction, takesParts: takesParts) }
        var writer = JSONWriter()
        // A request has a model at least, so there is something before the comma.
        writer.raw(",\"")
        writer.raw(name)
        writer.raw("\":")
        writer.string(instruction)
        return insertion(at: view.range(0).upperBound - 1, writer)
    }

    /// Adds to a text, or to a list of text parts.
    private static func added(
        to text: Int, _ view: JSONView, _ instruction: String, takesParts: Bool
    ) -> Splice? {
        var writer = JSONWriter()
        switch view.kind(text) {
        case .string where !view.isEmpty(text):
            writer.string("\n\n" + instruction)
            // The quotes stay those of the text that is there.
            let inside = writer.buffer.getSlice(at: 1, length: writer.buffer.readableBytes - 2) ?? ByteBuffer()
            return insertion(at: view.range(text).upperBound - 1, JSONWriter(inside))
        case .array where takesParts && !view.isEmpty(text):
            writer.raw(",{\"type\":\"text\",\"text\":")
            writer.string(instruction)
            writer.raw("}")
            return insertion(at: view.range(text).upperBound - 1, writer)
        case .string, .null:
            writer.string(instruction)
        case .array where takesParts:
            writer.string(instruction)
        default: return nil
        }
        var edits = Splice()
        edits.replace(view.range(text), with: writer.buffer)
        return edits
    }

    private static func insertion(at place: Int, _ writer: JSONWriter) -> Splice {
        var edits = Splice()
        edits.replace(place..<place, with: writer.buffer)
        return edits
    }
}
