/// A kind of harm, with what stays permitted around it and what is forbidden.
public struct Category: Sendable, Equatable {
    /// Lower-case letters, digits, `-` and `_`; unique among categories, and what a decision names.
    public let id: String
    /// A few words, on one line.
    public let title: LocalizedText
    /// The id of the principle that the category rests on.
    public let principle: String
    /// What is answered although it touches the subject; at least one.
    public let permits: [LocalizedText]
    /// What is refused; at least one.
    public let forbids: [LocalizedText]
    /// Whether no permission can open the category; an absolute one always fails closed.
    public let isAbsolute: Bool
    /// The id of the category whose edge this is; nil for a category of its own.
    ///
    /// Such a category has no line of its own to be recognised by: it is what scores as the category that it borders, and not
    /// high enough for that one's smaller budget. So an absolute category may have an edge that a permission can open, and
    /// what is beyond the edge stays closed.
    public let borders: String?
    /// The share of ordinary requests that may be refused in error under this category, in `budgetRange`.
    public let requestBudget: Double
    /// The share of ordinary answers that may be cut in error under this category, in `budgetRange`.
    public let answerBudget: Double
    /// What happens when a safeguard cannot judge this category.
    public let onFailure: FailureRule
    /// Literal phrases that are refused wherever they occur.
    ///
    /// Each has at least 8 letters or digits, where a Han, kana or hangul character counts as two; often there is none.
    public let phrases: [String]
    /// Requests as people write them that show what is permitted; texts like them are judged more gently.
    public let permitExamples: [String]
    /// Requests as people write them that show what is forbidden; texts like them are refused.
    public let forbidExamples: [String]

    /// Budgets that make sense: above one in a million, at most one in twenty.
    public static let budgetRange = 0.000_001...0.05
}

/// What becomes of an exchange that a safeguard cannot judge.
public enum FailureRule: String, Sendable, CaseIterable, Encodable {
    /// The exchange is not served.
    case closed
    /// The exchange is served unjudged in this category, and the record says so.
    case open
}
