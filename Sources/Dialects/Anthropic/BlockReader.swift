internal import NIOCore

/// Reads the output in content blocks, whole or as deltas.
struct BlockReader {
    var reader: OutputReader
    /// Bytes of signatures and ciphertext so far: they are bounded, since nobody can read them.
    var sealed: Int

    static let maximumSealed = 4 << 20

    private var view: JSONView { reader.view }

    init(_ reader: OutputReader, sealed: Int) {
        self.reader = reader
        self.sealed = sealed
    }

    /// Reads a block: the start of one in a stream, or one of a whole message.
    mutating func read(block: Int, type: String, index: Int) throws(UpstreamFault) {
        var key = block + 1
        var seal: Int?
        while key < view.next(block) {
            let value = key + 1
            let isString = view.kind(value) == .string
            switch type {
            case "text" where view.spells(key, "text") && isString: reader.add(value, to: .content)
            case "thinking" where view.spells(key, "thinking") && isString: reader.add(value, to: .reasoning)
            case "thinking" where view.spells(key, "signature"): seal = try addSealed(key) ? value : nil
            case "redacted_thinking" where view.spells(key, "data"): seal = try addSealed(key) ? value : nil
            case _ where Self.isCall(type) && view.spells(key, "name") && isString:
                reader.add(value, to: AnswerChannel(.toolName, index))
            case _ where Self.isCall(type) && view.spells(key, "input"):
                // In a stream the input is empty here, and comes in deltas.
                if !view.isEmpty(value) || view.kind(value) == .string {
                    reader.addArguments(view.raw(value), call: index)
                }
            case _ where view.spells(key, "id") && view.isIdentifier(value) && Self.isCall(type):
                try reader.noteCall(value, call: index)
            case _ where view.spells(key, "id") && view.isOpaque(value): break
            case _ where view.spells(key, "type"):
                if !view.isOpaque(value), !view.isWordOfFormats(value) {
                    try reader.addUnknown(value: value, path: 19)
                }
            default: try reader.addUnknown(key: key, path: 20)
            }
            key = view.next(value)
        }
        if reader.takesNotes, let seal, !view.isEmpty(seal) {
            reader.note(type == "thinking" ? .signature(view.text(seal)) : .sealed(view.text(seal)))
        }
    }

    /// Reads a delta; its kind must be that of its block.
    mutating func read(delta: Int, block: MessagesState.Block, place: EventPlace) throws(UpstreamFault) {
        guard let type = view.member(delta, "type"), view.kind(type) == .string else {
            throw UpstreamFault(.malformed, "\(place): a delta without a type")
        }
        var key = delta + 1
        let expected = Self.deltas.field(spelledBy: type, in: view)
        if let expected, !expected.fits(block.type) {
            throw UpstreamFault(.order, "\(place): a \(view.string(type)) in a block of another kind")
        }
        while key < view.next(delta) {
            let value = key + 1
            let isString = view.kind(value) == .string
            switch expected {
            case .text where view.spells(key, "text") && isString: reader.add(value, to: .content)
            case .thinking where view.spells(key, "thinking") && isString: reader.add(value, to: .reasoning)
            case .input where view.spells(key, "partial_json") && isString:
                if !view.isEmpty(value) { reader.addArguments(view.text(value), call: block.index) }
            case .signature where view.spells(key, "signature"):
                if try addSealed(key), reader.takesNotes, !view.isEmpty(value) {
                    reader.note(.signature(view.text(value)))
                }
            case .some where view.spells(key, "type"): break
            default: try reader.addUnknown(key: key, path: 21)
            }
            key = view.next(value)
        }
    }

    /// Whether a block of this type is a call of a tool.
    static func isCall(_ type: String) -> Bool {
        type == "tool_use" || type == "server_tool_use" || type == "mcp_tool_use"
    }

    private enum Delta: Sendable {
        case text, thinking, input, signature, citations

        /// Whether a block of a type takes this delta; of types that we do not know, we cannot say.
        func fits(_ block: String) -> Bool {
            switch block {
            case "text": self == .text || self == .citations
            case "thinking": self == .thinking || self == .signature
            case "redacted_thinking": false
            default: !BlockReader.isCall(block) || self == .input
            }
        }
    }

    private static let deltas = FieldTable<Delta>([
        ("text_delta", .text), ("thinking_delta", .thinking), ("input_json_delta", .input),
        ("signature_delta", .signature), ("citations_delta", .citations),
    ])

    /// A signature or ciphertext passes if it looks like one, and is judged as text if it does not.
    ///
    /// - Returns: Whether it looks like one.
    private mutating func addSealed(_ key: Int) throws(UpstreamFault) -> Bool {
        let value = key + 1
        guard view.kind(value) == .string, view.isSeal(value) else {
            try reader.addUnknown(key: key, path: 22)
            return false
        }
        sealed = sealed.addingSaturated(view.range(value).count)
        guard sealed <= Self.maximumSealed else {
            throw UpstreamFault(.tooLarge, "more than \(Self.maximumSealed) bytes of signatures and ciphertext")
        }
        return true
    }
}

extension JSONView {
    /// Whether a string has only the letters of base64.
    func isBase64(_ index: Int) -> Bool {
        JSONText.inside(bytes, tokens[index]).allSatisfy { byte in
            (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2B || byte == 0x2F || byte == 0x3D
                || byte == 0x2D || byte == 0x5F
        }
    }
}
