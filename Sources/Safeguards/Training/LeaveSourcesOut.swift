/// What a model says of sources it was not trained on: scores, and recall at a fixed share of false positives.
public struct LeaveSourcesOut: Sendable {
    /// For each text, the score before calibration by the model that was not trained on its source.
    public let scores: [Float]
    /// For each text, the same by leading label.
    let byLabel: [Labels]
    /// For each text, its fold.
    public let folds: [Int]

    /// Trains one model a fold without the fold's sources, and scores these.
    init(_ study: Study, folds count: Int, seed: UInt64, _ progress: (String, Double) -> Void) {
        let fold = Study.folds(study.texts, count: count)
        var byLabel = [Labels](repeating: .zero, count: study.texts.count)
        for left in 0..<count {
            let trainer = study.train(leavingOut: { fold[$0.source] == left }, seed: seed) {
                progress($0, (Double(left) + $1) / Double(count))
            }
            for (index, text) in study.texts.enumerated() where fold[text.source] == left {
                byLabel[index] = trainer.worstByLabel(study.lists[index])
            }
        }
        self.byLabel = byLabel
        scores = byLabel.map { $0[0] }
        folds = study.texts.map { fold[$0.source] ?? 0 }
    }

    /// The score that a share of the texts exceeds.
    static func threshold(_ scores: [Float], share: Double) -> Float {
        let sorted = scores.sorted(by: >)
        guard let last = sorted.last else { return .infinity }
        let rank = Int(Double(sorted.count) * share)
        return rank < sorted.count ? sorted[rank] : last
    }

    /// Recall of each harmful source, of which at least `least` rows are there, at a share of ordinary texts flagged.
    public func recalls(_ texts: [LabelledText], falsePositives share: Double, least: Int = 10) -> [(
        source: String, recall: Double, rows: Int
    )] {
        var result: [(source: String, recall: Double, rows: Int)] = []
        for fold in Set(folds).sorted() {
            let members = texts.indices.filter { folds[$0] == fold }
            let cut = Self.threshold(members.filter { texts[$0].kind == .benign }.map { scores[$0] }, share: share)
            var hits: [String: (Int, Int)] = [:]
            for index in members where texts[index].kind == .harmful {
                let (hit, all) = hits[texts[index].source] ?? (0, 0)
                hits[texts[index].source] = (hit + (scores[index] > cut ? 1 : 0), all + 1)
            }
            for (source, (hit, all)) in hits where all >= least {
                result.append((source, Double(hit) / Double(all), all))
            }
        }
        return result.sorted { $0.source < $1.source }
    }

    /// The mean recall over harmful sources, at a share of ordinary texts flagged.
    public func meanRecall(_ texts: [LabelledText], falsePositives share: Double) -> Double {
        let recalls = recalls(texts, falsePositives: share)
        return recalls.reduce(0) { $0 + $1.recall } / Double(max(1, recalls.count))
    }

    /// The share of borderline texts flagged at a share of ordinary ones.
    public func borderline(_ texts: [LabelledText], falsePositives share: Double) -> Double {
        var flagged = 0
        var all = 0
        for fold in Set(folds) {
            let members = texts.indices.filter { folds[$0] == fold }
            let cut = Self.threshold(members.filter { texts[$0].kind == .benign }.map { scores[$0] }, share: share)
            for index in members where texts[index].kind == .borderline {
                all += 1
                if scores[index] > cut { flagged += 1 }
            }
        }
        return Double(flagged) / Double(max(1, all))
    }

    /// The share of texts of a kind that would be refused if every category had this budget.
    public func refused(_ kind: LabelledText.Kind, budget: Double, _ texts: [LabelledText]) -> Double {
        Thresholds.crossing(kind, budget, self, texts)
    }
}
