/// Where a fact of the rule book is written, and how it came here.
public struct RuleSource: Sendable, Hashable {
    /// How well a fact is attested.
    public enum Standing: String, Sendable {
        /// Read in the rule's text or in a summary that quotes it.
        case read
        /// Stated from memory and not read again: verify before relying on it.
        case memory
    }

    /// The citation: Federal Register, CFR, guidance or report.
    public let citation: String
    /// How well it is attested.
    public let standing: Standing

    init(_ citation: String, _ standing: Standing = .read) {
        self.citation = citation
        self.standing = standing
    }

    /// The citation, with a mark on what is stated from memory.
    public var text: String { standing == .read ? citation : citation + " [stated from memory: verify]" }
}

/// What every answer of this room says of itself.
public enum Notice {
    /// The sentence.
    public static let text = "Not legal advice: rules and lists change; check the cited texts before you rely on this."
}
