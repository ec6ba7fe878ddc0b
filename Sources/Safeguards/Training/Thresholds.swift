/// Thresholds from scores of ordinary and borderline texts.
enum Thresholds {
    /// For each label, the score that a share of ordinary texts exceeds under it, and of borderline ones a larger share.
    static func tables(_ byLabel: [Labels], _ texts: [LabelledText]) -> [ThresholdTable] {
        let benign = texts.indices.filter { texts[$0].kind == .benign }
        let borderline = texts.indices.filter { texts[$0].kind == .borderline }
        let any = benign.map { byLabel[$0][0] }.sorted(by: >)
        return (0..<8).map { label in
            let plain = benign.map { byLabel[$0][label] }.sorted(by: >)
            let hard = borderline.map { byLabel[$0][label] }.sorted(by: >)
            var scores: [Float] = []
            for budget in ModelBuilder.budgets {
                let share = budget / ModelBuilder.margin
                let cut = max(
                    quantile(plain, share), quantile(hard, share * ModelBuilder.borderlineFactor),
                    quantile(any, share * ModelBuilder.floorFactor), scores.last ?? -1e6)
                scores.append(min(1e6, cut))
            }
            return ThresholdTable(budgets: ModelBuilder.budgets, scores: scores)
        }
    }

    /// Thresholds for answers: ordinary texts of a source, put one behind the other until they are as long as an answer.
    static func longer(_ requests: [ThresholdTable], _ left: LeaveSourcesOut, _ study: Study) -> [ThresholdTable] {
        // The worst window of a long text is the worst of its parts', so the maximum over the parts is the score.
        var joined: [Labels] = []
        var bytes: [String: (Int, Labels)] = [:]
        for (index, text) in study.texts.enumerated() where text.kind == .benign {
            var (length, worst) = bytes[text.source] ?? (0, Labels(repeating: -.infinity))
            length += text.text.count
            worst = pointwiseMax(worst, left.byLabel[index])
            if length >= 2000 {
                joined.append(worst)
                (length, worst) = (0, Labels(repeating: -.infinity))
            }
            bytes[text.source] = (length, worst)
        }
        return (0..<8).map { label in
            let plain = joined.map { $0[label] }.sorted(by: >)
            var scores: [Float] = []
            for (index, budget) in ModelBuilder.budgets.enumerated() {
                let cut = max(quantile(plain, budget / ModelBuilder.margin), requests[label].scores[index])
                scores.append(min(1e6, max(cut, scores.last ?? -1e6)))
            }
            return ThresholdTable(budgets: ModelBuilder.budgets, scores: scores)
        }
    }

    /// The share of texts of a kind that cross any label's threshold for a budget.
    static func crossing(
        _ kind: LabelledText.Kind, _ budget: Double, _ left: LeaveSourcesOut, _ texts: [LabelledText]
    ) -> Double {
        let tables = tables(left.byLabel, texts)
        let cuts = tables.map { $0.threshold(budget) }
        let members = texts.indices.filter { texts[$0].kind == kind }
        let flagged = members.filter { index in (1..<7).contains { left.byLabel[index][$0] > cuts[$0] } }
        return Double(flagged.count) / Double(max(1, members.count))
    }

    /// The score that at most a share exceeds; beyond the smallest share that can be measured, a little above the top.
    static func quantile(_ falling: [Float], _ share: Float) -> Float {
        guard let top = falling.first else { return -1e6 }
        let rank = Int(Float(falling.count) * share)
        guard rank > 0 else { return max(-1e6, top) + 0.25 }
        return max(-1e6, falling[min(rank, falling.count - 1)])
    }
}

/// From raw scores to shares of harm.
enum Calibration {
    /// A logistic curve through the scores of unseen sources, harmful and not weighing the same.
    static func curve(_ left: LeaveSourcesOut, _ texts: [LabelledText]) -> ScoreCurve {
        let harmful = texts.indices.filter { texts[$0].kind == .harmful }.map { left.scores[$0] }
        let others = texts.indices.filter { texts[$0].kind != .harmful }.map { left.scores[$0] }
        var slope: Float = 1
        var offset: Float = 0
        for _ in 0..<300 {
            var gradient = SIMD2<Float>.zero
            for (scores, target) in [(harmful, Float(1)), (others, Float(0))] {
                var sum = SIMD2<Float>.zero
                for score in scores where score > -1e6 {
                    let error = sigmoid(Labels(repeating: slope * score + offset))[0] - target
                    sum += SIMD2(error * score, error)
                }
                gradient += sum / Float(max(1, scores.count))
            }
            slope -= gradient[0]
            offset -= gradient[1]
        }
        var curve = ScoreCurve()
        curve.points = (0...128).map { point in
            let raw = curve.low + (curve.high - curve.low) * Float(point) / 128
            return min(1, max(0, sigmoid(Labels(repeating: max(0.1, slope) * raw + offset))[0]))
        }
        return curve
    }
}
