/// A listed entry that a name may mean, and why.
public struct ScreeningHit: Sendable, Equatable {
    /// Words of the name that was asked for, the listed words they were set against, and how alike they are.
    public struct Words: Sendable, Equatable {
        /// Words of the name that was asked for, folded.
        public var asked: String
        /// Words of the listed name, folded.
        public var listed: String
        /// In 0…1.
        public var likeness: Float

        init(_ match: WordMatch, _ left: SideBuffer, _ right: SideBuffer) {
            asked = left.text(match.left)
            listed = right.text(match.right)
            likeness = match.likeness
        }
    }

    /// The place of the entry in the index's parties.
    public var party: Int
    /// The place of the name in the entry's names.
    public var name: Int
    /// How likely the two names mean one party, in 0…1.
    public var score: Float
    /// What the alignment of the names says.
    public var evidence: NameEvidence
    /// Which words were set against which.
    public var words: [Words]
    /// What else is known, if a whole subject was searched for.
    public var circumstance: Circumstance?
}
