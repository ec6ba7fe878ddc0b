/// Judges whether two names mean one party, without a list.
public struct PairMatcher: ~Copyable {
    private var aligner = NameAligner()
    private var left = SideBuffer()
    private var right = SideBuffer()

    /// A matcher with working memory of its own.
    public init() {}

    /// From this score on two names are taken to mean one party.
    public static let threshold: Float = 0.5

    /// How likely the two mean one party, in 0…1, and why.
    public mutating func compare(_ one: String, _ two: String) -> (score: Float, evidence: NameEvidence) {
        var best: (score: Float, evidence: NameEvidence) = (0, NameEvidence())
        let lefts = NameReader.read(one, listed: true)
        let rights = NameReader.read(two, listed: true)
        let bothHan = lefts.contains(where: \.isHan) && rights.contains(where: \.isHan)
        for a in lefts {
            left.fill(a, .none)
            for b in rights where a.isHan == b.isHan {
                // Two texts in Han characters are told apart by these, not by how they sound.
                if bothHan, !a.isHan { continue }
                // What two names have in brackets is not left out of both.
                if !a.isWhole, !b.isWhole { continue }
                right.fill(b, .none)
                let evidence = aligner.evidence(left, right)
                let score = MatchModel.pair.score(evidence)
                if score > best.score { best = (score, evidence) }
            }
        }
        return best
    }
}
