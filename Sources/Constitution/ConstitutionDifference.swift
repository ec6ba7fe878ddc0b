/// What changes in meaning from one constitution to another, and whether that widens or narrows what is allowed.
public struct ConstitutionDifference: Sendable, Equatable {
    /// What a change does to the exchanges that are allowed.
    public enum Effect: String, Sendable, Encodable {
        /// More is allowed than before.
        case widens
        /// Less is allowed than before.
        case narrows
        /// The words differ; only a reader can tell whether the meaning does.
        case rewords
        /// Nothing that is allowed or refused depends on it.
        case neutral
    }

    /// One change.
    public struct Change: Sendable, Equatable, Encodable {
        /// `document`, `principle ID` or `category ID`.
        public let subject: String
        /// The field as the document names it, `permits` or `budgets.requests` say; nil for a whole principle or category.
        public let field: String?
        /// What stood there before; nil if nothing did.
        public let before: String?
        /// What stands there now; nil if nothing does.
        public let after: String?
        /// What the change does.
        public let effect: Effect
        /// The change and why it has that effect, in one English sentence.
        public let explanation: String
    }

    /// All changes: the document's own first, then principles, then categories, in the documents' order.
    public let changes: [Change]

    /// Compares two constitutions.
    public init(from old: Constitution, to new: Constitution) {
        var comparison = Comparison()
        comparison.document(old, new)
        comparison.principles(old.principles, new.principles)
        comparison.categories(old.categories, new.categories)
        changes = comparison.changes
    }

    /// Whether any change widens what is allowed.
    public var widens: Bool { changes.contains { $0.effect == .widens } }

    /// Whether any change narrows what is allowed.
    public var narrows: Bool { changes.contains { $0.effect == .narrows } }

    /// The sum of all changes in one English sentence.
    public var summary: String {
        switch (widens, narrows) {
        case (true, true): "Some changes widen what is allowed, others narrow it."
        case (true, false): "The changes widen what is allowed."
        case (false, true): "The changes narrow what is allowed."
        case (false, false) where changes.contains { $0.effect == .rewords }:
            "Only wording changes; read it, since only a reader can tell whether its meaning does."
        case (false, false) where changes.isEmpty: "Both documents say the same."
        case (false, false): "Nothing that is allowed or refused changes."
        }
    }
}

extension ConstitutionDifference: CustomStringConvertible {
    /// The changes for a person to read, grouped by what they concern, and the summary.
    public var description: String {
        var lines: [String] = []
        var subject: String?
        for change in changes {
            if change.subject != subject {
                lines.append("\(change.subject)")
                subject = change.subject
            }
            lines.append("  [\(change.effect.rawValue)] \(change.explanation)")
            if let before = change.before { lines.append("    - \(before)") }
            if let after = change.after { lines.append("    + \(after)") }
        }
        return (lines + [summary]).joined(separator: "\n")
    }
}
