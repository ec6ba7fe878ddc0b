/// Figures of texts whose source the judge was not trained on: what unseen prompts meet.
public struct CascadeReport {
    private let texts: [LabelledText]
    private let scores: [Float]
    private let folds: [Int]

    /// - Parameters:
    ///   - scores: One for each text, higher is worse, by a judge that had not seen its source.
    ///   - folds: For each text, which judge.
    public init(_ texts: [LabelledText], _ scores: [Float], folds: [Int]) {
        (self.texts, self.scores, self.folds) = (texts, scores, folds)
    }

    private static let mass: Set<HarmLabel> = [.chemical, .biological, .nuclearRadiological]

    /// The chance that a harmful text without a wrapper scores above an ordinary one, in the mean over folds.
    public var area: Double {
        var areas: [Double] = []
        for fold in Set(folds).sorted() {
            let members = texts.indices.filter { folds[$0] == fold }
            let harmful = members.filter { texts[$0].kind == .harmful && !texts[$0].labels.contains(.wrapper) }
                .map { scores[$0] }.sorted()
            let plain = members.filter { texts[$0].kind == .benign }.map { scores[$0] }.sorted()
            guard !harmful.isEmpty, !plain.isEmpty else { continue }
            var (below, sum) = (0, 0)
            for score in harmful {
                while below < plain.count, plain[below] < score { below += 1 }
                sum += below
            }
            areas.append(Double(sum) / Double(harmful.count * plain.count))
        }
        return areas.reduce(0, +) / Double(max(1, areas.count))
    }

    /// The score that a share of a fold's ordinary texts exceeds.
    private func cut(_ fold: Int, _ share: Double) -> Float {
        LeaveSourcesOut.threshold(
            texts.indices.filter { folds[$0] == fold && texts[$0].kind == .benign }.map { scores[$0] }, share: share)
    }

    /// What becomes of texts where a share of each fold's ordinary ones is flagged.
    public struct AtShare: Sendable {
        /// Recall of each harmful source with at least ten rows.
        public var sources: [(name: String, recall: Double, rows: Int)] = []
        /// Recall in each language with at least fifty harmful rows that ask without a wrapper.
        public var languages: [(name: String, recall: Double, rows: Int)] = []
        /// Recall of texts about weapons of mass destruction.
        public var massCasualty = 0.0
        /// Recall of Chinese harmful texts.
        public var chinese = 0.0
        /// Share of borderline texts flagged.
        public var borderline = 0.0
        /// The mean over sources.
        public var mean: Double { sources.reduce(0) { $0 + $1.recall } / Double(max(1, sources.count)) }
    }

    /// Figures where a share of the ordinary texts of left-out sources is flagged.
    public func at(falsePositives share: Double) -> AtShare {
        let cuts = Dictionary(uniqueKeysWithValues: Set(folds).map { ($0, cut($0, share)) })
        return figures { scores[$0] > cuts[folds[$0]] ?? .infinity }
    }

    /// Figures where the score that decides is the same for all folds.
    public func at(threshold: Float) -> (figures: AtShare, ordinary: Double) {
        let plain = texts.indices.filter { texts[$0].kind == .benign }
        let flagged = plain.filter { scores[$0] > threshold }
        return (figures { scores[$0] > threshold }, Double(flagged.count) / Double(max(1, plain.count)))
    }

    /// Of each language with at least `least` ordinary texts, the share that a threshold flags, the largest first.
    public func refusedByLanguage(threshold: Float, least: Int = 200) -> [(language: String, share: Double, rows: Int)]
    {
        var tally: [String: (Int, Int)] = [:]
        for index in texts.indices where texts[index].kind == .benign {
            let (hit, all) = tally[texts[index].language] ?? (0, 0)
            tally[texts[index].language] = (hit + (scores[index] > threshold ? 1 : 0), all + 1)
        }
        return tally.filter { $0.value.1 >= least }
            .map { ($0.key, Double($0.value.0) / Double($0.value.1), $0.value.1) }
            .sorted { ($0.1, $1.0) > ($1.1, $0.0) }
    }

    private func figures(_ isFlagged: (Int) -> Bool) -> AtShare {
        var sources: [String: (Int, Int)] = [:]
        var languages: [String: (Int, Int)] = [:]
        var (mass, chinese, borderline) = ((0, 0), (0, 0), (0, 0))
        func count(_ tally: inout (Int, Int), _ hit: Bool) { tally = (tally.0 + (hit ? 1 : 0), tally.1 + 1) }
        for index in texts.indices {
            let text = texts[index]
            let hit = isFlagged(index)
            if text.kind == .borderline { count(&borderline, hit) }
            guard text.kind == .harmful else { continue }
            count(&sources[text.source, default: (0, 0)], hit)
            if !text.labels.isDisjoint(with: Self.mass) { count(&mass, hit) }
            if !text.labels.contains(.wrapper) { count(&languages[text.language, default: (0, 0)], hit) }
            if text.language == "zh" { count(&chinese, hit) }
        }
        func share(_ tally: (Int, Int)) -> Double { Double(tally.0) / Double(max(1, tally.1)) }
        var result = AtShare()
        result.sources = sources.filter { $0.value.1 >= 10 }.map { ($0.key, share($0.value), $0.value.1) }
            .sorted { $0.0 < $1.0 }
        result.languages = languages.filter { $0.value.1 >= 50 }.map { ($0.key, share($0.value), $0.value.1) }
            .sorted { $0.0 < $1.0 }
        (result.massCasualty, result.chinese, result.borderline) = (share(mass), share(chinese), share(borderline))
        return result
    }
}
