/// Sets what the second encoder weighs in the sum, and where decisions fall then, by texts of sources that nothing had seen.
public struct SecondFusionFitter {
    /// All categories together may refuse this many times the budget of one.
    private static let used: Float = 1.5
    /// The share of ordinary texts that the first encoder can't read, and that may stay above what 1 % of all did.
    private static let foreignShare: Float = 0.005
    private static let weights: [Float] = [0.25, 0.5, 0.75, 1, 1.5]
    private static let foreignWeights: [Float] = [0.5, 1, 2, 4]

    private let builder: SecondHeadBuilder
    private let scores: [Float]
    let fusion: SecondHeads.Fusion

    /// - Parameters:
    ///   - scores: What `leaveSourcesOut` gave.
    ///   - chineseOffset: How much higher the thresholds of Chinese texts must be for sums and a threshold.
    public init(_ builder: SecondHeadBuilder, _ scores: [Float], _ first: FusionFitter) {
        (self.builder, self.scores) = (builder, scores)
        var fusion = SecondHeads.Fusion()
        fusion.line = builder.line
        func quality(_ fusion: SecondHeads.Fusion) -> Double {
            let report = CascadeReport(
                builder.texts, Self.sums(builder, scores, fusion), folds: builder.folds)
            let at = report.at(falsePositives: 0.01)
            let languages = at.languages.reduce(0) { $0 + $1.recall } / Double(max(1, at.languages.count))
            return at.mean + report.at(falsePositives: 0.001).mean + languages
        }
        var best = -Double.infinity
        var kept = fusion
        for weight in Self.weights {
            fusion.weight = weight
            for foreign in weight == Self.weights[0] ? Self.foreignWeights : [kept.foreignWeight] {
                fusion.foreignWeight = foreign
                (fusion.offset, fusion.foreignOffset) = (0, 0)
                fusion.offset = Self.offset(builder, scores, fusion, isForeign: false)
                fusion.foreignOffset = Self.offset(builder, scores, fusion, isForeign: true)
                let found = quality(fusion)
                if found > best { (best, kept) = (found, fusion) }
            }
        }
        fusion = kept
        let sums = Self.sums(builder, scores, fusion)
        func falling(_ kind: LabelledText.Kind) -> [Float] {
            builder.texts.indices.filter { builder.texts[$0].kind == kind }.map { sums[$0] }.sorted(by: >)
        }
        let (plain, hard) = (falling(.benign), falling(.borderline))
        var cuts: [Float] = []
        for budget in ModelBuilder.budgets {
            let share = budget * Self.used
            let cut = max(
                Thresholds.quantile(plain, share),
                Thresholds.quantile(hard, min(1, share * FusionFitter.borderlineFactor)), cuts.last ?? -1e6)
            cuts.append(min(1e6, cut))
        }
        fusion.requests = ThresholdTable(budgets: ModelBuilder.budgets, scores: cuts)
        fusion.chineseOffset = first.chineseOffset(sums, threshold: fusion.requests.threshold(0.002))
        self.fusion = fusion
    }

    /// Of each text the sum with the second encoder, where it is asked; else the sum of the first two.
    public var sums: [Float] { Self.sums(builder, scores, fusion) }

    /// The same less what the threshold of its script is higher: what a threshold decides on.
    public var decided: [Float] {
        let sums = sums
        return sums.indices.map {
            LongText.isChinese(builder.texts[$0].text) ? sums[$0] - fusion.chineseOffset : sums[$0]
        }
    }

    /// The share of ordinary texts that it is asked about.
    public var asked: Double {
        let texts = builder.texts
        var count = 0
        for (place, index) in builder.places.enumerated() {
            guard let index, texts[index].kind == .benign else { continue }
            if builder.isForeign[place] || builder.sums[index] > builder.line { count += 1 }
        }
        return Double(count) / Double(max(1, texts.filter { $0.kind == .benign }.count))
    }

    /// The sum above which a request is refused under a category with this budget.
    public func threshold(budget: Double) -> Float { fusion.requests.threshold(budget) }

    /// What was found to weigh most, in a line.
    public var summary: String {
        "weight \(fusion.weight), \(fusion.foreignWeight) where the first encoder can't read; asked about \(asked)"
    }

    private static func sums(
        _ builder: SecondHeadBuilder, _ scores: [Float], _ fusion: SecondHeads.Fusion
    ) -> [Float] {
        var sums = builder.sums
        for (place, index) in builder.places.enumerated() {
            guard let index else { continue }
            let isForeign = builder.isForeign[place]
            guard isForeign || sums[index] > builder.line else { continue }
            sums[index] = fusion.sum(sums[index], scores[place], isForeign: isForeign, isWhole: builder.isWhole[place])
        }
        return sums
    }

    /// What keeps as many ordinary texts above the old cut at 1 % as there were; of those the first encoder can't read, half
    /// as large a share as of all: they come in few sources, and other ones may be stranger.
    private static func offset(
        _ builder: SecondHeadBuilder, _ scores: [Float], _ fusion: SecondHeads.Fusion, isForeign: Bool
    ) -> Float {
        let weight = isForeign ? fusion.foreignWeight : fusion.weight
        let ordinary = builder.texts.indices.filter { builder.texts[$0].kind == .benign }.map { builder.sums[$0] }
            .sorted(by: >)
        let cut = Thresholds.quantile(ordinary, 0.01)
        var (sums, above) = ([Float](), 0)
        for (place, index) in builder.places.enumerated() {
            guard let index, builder.texts[index].kind == .benign, builder.isForeign[place] == isForeign else {
                continue
            }
            guard isForeign || builder.sums[index] > builder.line else { continue }
            sums.append(builder.sums[index] + weight * scores[place])
            above += builder.sums[index] > cut ? 1 : 0
        }
        guard !sums.isEmpty, weight > 0 else { return 0 }
        sums.sort(by: >)
        let rank = isForeign ? Int(Float(sums.count) * Self.foreignShare) : above
        return (cut - sums[min(rank, sums.count - 1)]) / weight
    }
}
