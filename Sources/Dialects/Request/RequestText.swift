public import NIOCore

/// One piece of text that a request puts before the model.
public struct RequestText: Sendable {
    /// In whose voice the text reaches the model.
    public enum Role: UInt8, Sendable, CaseIterable {
        /// A system turn, or Anthropic's `system`.
        case system
        /// A developer turn.
        case developer
        /// A user's turn.
        case user
        /// What the model, or the client in its name, said in earlier turns: text, reasoning, tool calls.
        case assistant
        /// What a tool replied.
        case tool
        /// Definitions: tools, functions, schemas, grammars; names and descriptions.
        case definition
        /// A last turn of the assistant that the model is to go on from.
        case prefill
        /// The predicted output.
        case prediction
        /// Everything else, unknown fields too.
        case other
    }

    /// In whose voice it reaches the model.
    public let role: Role
    private let turnNumber: Int32
    /// Where it stands in the body: a string or a key.
    public let place: Place
    /// What it says, of one that was unescaped when it was read; any other stands in the body.
    private let unescaped: ByteBuffer?

    /// The index of the message that it is a part of; nil for what is no message.
    public var turn: Int? { turnNumber < 0 ? nil : Int(turnNumber) }

    init(role: Role, turn: Int32, place: Place, unescaped: ByteBuffer?) {
        (self.role, turnNumber, self.place, self.unescaped) = (role, turn, place, unescaped)
    }

    /// The bytes that are kept of it.
    @usableFromInline var kept: ByteBuffer { unescaped ?? place.document.inside(place.index) }

    /// Whether those stand as in the body, escapes and all.
    @usableFromInline var isEscaped: Bool { unescaped == nil && place.document.tokens[Int(place.index)].isEscaped }

    /// The unescaped text, in UTF-8: a slice of the body where nothing is escaped there.
    ///
    /// Of an escaped text in a long body it is made each time: who needs it often keeps it.
    public var text: ByteBuffer {
        guard isEscaped else { return kept }
        var out = ByteBuffer()
        kept.withUnsafeReadableBytes { inside in
            _ = out.writeWithUnsafeMutableBytes(minimumWritableBytes: inside.count) {
                JSONText.unescape(inside, into: $0)
            }
        }
        return out
    }

    /// How many bytes it takes in the body, escapes and all.
    public var size: Int {
        let token = place.document.tokens[Int(place.index)]
        return Int(token.end) - Int(token.start) - 2
    }

    /// Lends the text without keeping a copy of it.
    @inlinable
    public func withBytes<T>(_ body: (UnsafeRawBufferPointer) -> T) -> T {
        kept.withUnsafeReadableBytes { inside in
            guard isEscaped else { return body(inside) }
            return withUnsafeTemporaryAllocation(byteCount: inside.count, alignment: 1) { room in
                body(UnsafeRawBufferPointer(rebasing: room[..<JSONText.unescape(inside, into: room)]))
            }
        }
    }

    /// Lends bytes that stand for the text: the same come to the same text, if they are escaped alike.
    public func withToken<T>(_ body: (_ bytes: UnsafeRawBufferPointer, _ isEscaped: Bool) -> T) -> T {
        kept.withUnsafeReadableBytes { body($0, isEscaped) }
    }
}

/// A place in a request's body, rendered when somebody asks: `messages[2].content[0].text`.
public struct Place: Sendable, CustomStringConvertible {
    let document: JSONDocument
    let index: UInt32

    /// The path of the field.
    ///
    /// Costs a walk through the document.
    public var description: String {
        JSONView.read(document.bytes, document.tokens) { $0.path(to: Int(index)) }
    }

    /// The offset of the field's first byte in the body.
    public var offset: Int {
        document.tokens.indices.contains(Int(index)) ? Int(document.tokens[Int(index)].start) : 0
    }

    /// The offset in the body behind the field's last byte.
    public var end: Int {
        document.tokens.indices.contains(Int(index)) ? Int(document.tokens[Int(index)].end) : 0
    }
}

/// A scanned body: its bytes and the tape made from them.
final class JSONDocument: Sendable {
    let bytes: ByteBuffer
    let tokens: ContiguousArray<JSONToken>

    init(bytes: ByteBuffer, tokens: ContiguousArray<JSONToken>) {
        self.bytes = bytes
        self.tokens = tokens
    }

    /// The inside of a string as it stands.
    func inside(_ index: UInt32) -> ByteBuffer {
        let token = tokens[Int(index)]
        let (start, length) = (bytes.readerIndex + Int(token.start) + 1, Int(token.end) - Int(token.start) - 2)
        return bytes.getSlice(at: start, length: length) ?? ByteBuffer()
    }
}
