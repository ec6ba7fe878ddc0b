/// One stream of text within one choice: what is read as one text by the client, and judged as one.
public struct AnswerChannel: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of channel.
    public enum Kind: UInt8, Sendable, Hashable {
        /// The chain of thought (`reasoning`, `reasoning_content`, thinking blocks).
        case reasoning
        /// The answer itself.
        case content
        /// The model's own refusal text.
        case refusal
        /// The name of a tool that is called; `index` is the call's.
        case toolName
        /// The arguments of a tool call: JSON text; `index` is the call's.
        case toolArguments
        /// The tokens of one rank in `logprobs`; rank 0 are those sampled.
        case logprobs
        /// Fields that we do not know; `index` 0 are their names, others one field each. A stream's texts of these are judged and left out.
        case unknown
        /// Fields beside the text that the formats know (citations, signatures, annotations), and that are passed on.
        case annotation
    }

    private var bits: UInt32

    /// What it carries.
    public var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 24)) ?? .unknown }

    /// Which of its kind: 0...0xFFFFFF.
    public var index: Int { Int(bits & 0xFF_FFFF) }

    init(_ kind: Kind, _ index: Int = 0) {
        bits = UInt32(kind.rawValue) << 24 | UInt32(truncatingIfNeeded: index) & 0xFF_FFFF
    }

    /// Whether every dialect has words for it.
    var isPlain: Bool {
        switch kind {
        case .reasoning, .content, .refusal, .toolName, .toolArguments: true
        case .logprobs, .unknown, .annotation: false
        }
    }

    /// The answer itself.
    public static let content = AnswerChannel(.content)
    /// The chain of thought in `reasoning_content`, or in thinking blocks.
    public static let reasoning = AnswerChannel(.reasoning, 0)
    /// The chain of thought in a field named `reasoning`.
    static let reasoningField = AnswerChannel(.reasoning, 1)
    /// A summary of the chain of thought, made by another model.
    static let summary = AnswerChannel(.reasoning, 2)
    /// The model's own refusal text.
    public static let refusal = AnswerChannel(.refusal)
    /// The index of the one call that is made in a `function_call`.
    static let legacyCall = 0xFF_FFFF
    /// How many tool calls, or blocks, one choice may have.
    static let maximumIndex = 4096

    static func unknown(_ hash: UInt32) -> AnswerChannel { AnswerChannel(.unknown, Int(hash & 0xFF_FFFF)) }

    /// For logs: `toolArguments(2)`.
    public var description: String { "\(kind)(\(index))" }
}
