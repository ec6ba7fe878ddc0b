/// A refusal by the rules, in words that are ready for the client.
public struct Refusal: Sendable, Equatable {
    /// The category under which it was refused.
    public var category: String
    /// The principle that the category stands on.
    public var principle: String
    /// Why, in the request's language: the category, the rule, which turn, the decision, how to appeal.
    public var explanation: String
    /// The decision's id.
    public var decision: String
    /// Anthropic's `stop_details.category`: bio, cyber, frontier_llm, reasoning_extraction, general_harms, or nil.
    public var stopCategory: String?

    /// Makes a refusal.
    public init(category: String, principle: String, explanation: String, decision: String, stopCategory: String?) {
        self.category = category
        self.principle = principle
        self.explanation = explanation
        self.decision = decision
        self.stopCategory = stopCategory
    }
}
