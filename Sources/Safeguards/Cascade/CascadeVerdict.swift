/// What both stages together say of a text.
public struct CascadeVerdict: Sendable, Equatable {
    /// How sure they are that it does harm, 0…1; 1 where a phrase was found.
    public var score: Float
    /// What was found, if anything.
    public var finding: CascadeFinding?
    /// Whether the second stage was asked; if not, the first one's score was low enough to end it.
    public var wasAsked: Bool
    /// Stretches of text that were embedded.
    public var stretches: Int
    /// The categories that were crossed and did not stop the text, because a permission opens them.
    public var opened: Set<String> = []
    /// The category that the worst stretch speaks for most, whether or not it crosses its line; nil where none was read.
    public var leaning: String?
    /// The worst stretch's raw score, less what its script's thresholds are higher; nil where none was read, or none has a category.
    var margin: Float?
    /// The worst stretch's raw score by all that were asked; nil where none was read.
    var sum: Float?

    /// The worse of two verdicts: the first finding, the higher score.
    func worse(_ other: CascadeVerdict) -> CascadeVerdict {
        CascadeVerdict(
            score: max(score, other.score), finding: finding ?? other.finding, wasAsked: wasAsked || other.wasAsked,
            stretches: stretches + other.stretches, opened: opened.union(other.opened),
            leaning: score >= other.score ? leaning ?? other.leaning : other.leaning ?? leaning,
            margin: [margin, other.margin].compactMap(\.self).max(), sum: [sum, other.sum].compactMap(\.self).max())
    }
}

/// Where a text crossed a line of the constitution, by both stages.
public struct CascadeFinding: Sendable, Equatable {
    /// The category's id.
    public var category: String
    /// The id of the principle that the category serves.
    public var principle: String
    /// What tipped it.
    public var stage: Stage
    /// How sure the stages are, 0…1.
    public var score: Float
    /// UTF-8 offset in the text of the end of the stretch that tipped it.
    public var position: Int

    /// What can tip a decision; the raw value stands in reports.
    public enum Stage: String, Sendable { case phrase, linear, encoder, exemplar }
}

extension Finding {
    /// The same, as the first stage's findings are told.
    public init(_ found: CascadeFinding) {
        self.init(
            category: found.category, principle: found.principle,
            stage: Stage(rawValue: found.stage.rawValue) ?? .encoder,
            score: found.score, position: found.position)
    }
}
