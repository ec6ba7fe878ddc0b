/// Two models on the same texts: what changes, and whether it is chance.
public struct ModelComparison: Sendable {
    /// What the second refuses and the first doesn't, and the other way round, of a kind of text.
    public struct Change: Sendable {
        /// Which texts.
        public let kind: LabelledText.Kind
        /// How many there are.
        public let all: Int
        /// Refused by the first and by the second.
        public let refused: (first: Int, second: Int)
        /// Refused by the second alone, and by the first alone.
        public let newly: Int, nolonger: Int
    }

    /// By kind of text.
    public let changes: [Change]
    /// Mean recall over sources at a share of ordinary texts flagged, for both.
    public let recalls: [(falsePositives: Double, first: Double, second: Double, difference: ClosedRange<Double>)]

    /// Compares what two models said of the same texts, in the same order.
    public init(_ first: EvaluationSet, _ second: EvaluationSet) {
        changes = [LabelledText.Kind.harmful, .borderline, .benign].map { kind in
            let pairs = zip(first.texts, second.texts).filter { $0.0.text.kind == kind }
                .map { ($0.0.refusedAs != nil, $0.1.refusedAs != nil) }
            return Change(
                kind: kind, all: pairs.count,
                refused: (pairs.filter { $0.0 }.count, pairs.filter { $0.1 }.count),
                newly: pairs.filter { !$0.0 && $0.1 }.count, nolonger: pairs.filter { $0.0 && !$0.1 }.count)
        }
        recalls = [0.01, 0.001].map { share in
            let mean = (first.meanRecall(falsePositives: share).mean, second.meanRecall(falsePositives: share).mean)
            return (share, mean.0, mean.1, Self.difference(first, second, share, around: mean.1 - mean.0))
        }
    }

    /// The middle 95 % of the differences when texts are drawn again, the same ones for both models.
    private static func difference(
        _ first: EvaluationSet, _ second: EvaluationSet, _ share: Double, around value: Double
    )
        -> ClosedRange<Double>
    {
        let harmful = first.texts.indices.filter { first.texts[$0].text.kind == .harmful }
        let groups = Dictionary(grouping: harmful) { first.texts[$0].text.source }
            .filter { $0.value.count >= 10 }.sorted { $0.key < $1.key }.map(\.value)
        var generator = SeededGenerator(seed: 17)
        var differences: [Double] = []
        for draw in 0..<300 {
            // The same seed draws the same ordinary texts by rank; the same counts draw the same harmful ones.
            var one = SeededGenerator(seed: UInt64(draw))
            var other = SeededGenerator(seed: UInt64(draw))
            let cuts = (
                first.cuts(share, drawnBy: &one)[0] ?? .infinity, second.cuts(share, drawnBy: &other)[0] ?? .infinity
            )
            var sum = 0.0
            for group in groups {
                var (all, difference) = (0, 0)
                for index in group {
                    let times = EvaluationSet.poisson(&generator)
                    all += times
                    difference += (second.texts[index].raw > cuts.1 ? times : 0)
                    difference -= (first.texts[index].raw > cuts.0 ? times : 0)
                }
                sum += Double(difference) / Double(max(1, all))
            }
            differences.append(sum / Double(max(1, groups.count)))
        }
        differences.sort()
        let (low, high) = (differences[7], differences[differences.count - 8])
        return min(low, value)...max(high, value)
    }
}
