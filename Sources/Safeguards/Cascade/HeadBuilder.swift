public import Encoder
public import Text

/// Trains heads, sets their thresholds on sources that they had not seen, and writes their file.
public struct HeadBuilder {
    let study: HeadStudy
    let seed: UInt64
    let folds: Int
    let encoder: SentenceEncoder

    /// Embeds the texts.
    ///
    /// - Parameters:
    ///   - texts: Trained on and measured, by source.
    ///   - synthetic: Trained on only.
    ///   - lexicon: The first stage's, by which hidden words are read.
    public init(
        _ texts: [LabelledText], synthetic: [LabelledText], encoder: SentenceEncoder, lexicon: Lexicon,
        recipe: HeadRecipe, seed: UInt64, folds: Int = 5, progress: (String, Double) -> Void
    ) {
        self.encoder = encoder
        self.seed = seed
        self.folds = folds
        var recombination = Recombination(texts, seed: seed)
        var wrapping = Wrapping(texts, seed: seed)
        study = HeadStudy(
            texts, synthetic: synthetic + recombination.texts(recipe.framed) + wrapping.texts(recipe.wrapped),
            encoder: encoder, lexicon: lexicon, recipe: recipe, progress)
    }

    /// What heads say of texts whose source they were not trained on.
    ///
    /// The folds are those of `LeaveSourcesOut`, so that both stages' scores may be summed.
    public func leaveSourcesOut(progress: (String, Double) -> Void) -> HeadsLeftOut {
        let measured = Array(study.texts.prefix(study.measured))
        let fold = Study.folds(measured, count: folds)
        let (study, seed) = (study, seed)
        let heads = Parallel.map(folds, { progress("Training without each fold", $0) }) { _ in
            0
        } _: { _, left in
            // A text of two sources is left out with either.
            study.train(
                leavingOut: { fold[$0.source] == left || $0.frame.map { fold[$0] == left } ?? false },
                members: study.recipe.members, seed: seed
            ) { _ in }
        }
        let found = measured.indices.map { worst(heads[fold[measured[$0].source] ?? 0], $0) }
        return HeadsLeftOut(scores: found.map { $0.score }, labels: found.map { $0.label })
    }

    /// The worst stretch's raw score of "harmful", and the label that leads there.
    private func worst(_ heads: [Head], _ text: Int) -> (score: Float, label: Int) {
        let scores = study.scores(heads, text)
        let rows = stride(from: 0, to: scores.count, by: HeadShape.output)
        guard let worst = rows.max(by: { scores[$0] < scores[$1] }) else { return (-8, 0) }
        let decisive = HarmLabel.decisive.map(\.rawValue)
        return (scores[worst], decisive.max { scores[worst + $0] < scores[worst + $1] } ?? 0)
    }

    /// Trains on everything and writes the file.
    ///
    /// - Parameters:
    ///   - left: What `leaveSourcesOut` said.
    ///   - linear: Raw scores of stage 1 for the same texts, of models that had not seen their source either.
    ///   - linearHash: SHA-256 of the first stage's file.
    ///   - note: Kept in the file, at most 64 KiB.
    public func file(
        _ left: HeadsLeftOut, linear: [Float], linearHash: [UInt8], note: String, progress: (String, Double) -> Void
    ) -> [UInt8] {
        let heads = study.train(leavingOut: { _ in false }, members: study.recipe.members, seed: seed) {
            progress("Training", $0)
        }
        let texts = Array(study.texts.prefix(study.measured))
        let fusion = FusionFitter(texts, left.scores, linear).fusion()
        return Heads(
            members: heads.map(\.rounded), fusion: fusion, encoderHash: encoder.hash, linearHash: linearHash, hash: [],
            note: note
        ).encoded()
    }
}

/// What heads said of texts whose source they had not seen.
public struct HeadsLeftOut: Sendable {
    /// For each text the worst stretch's raw score of "harmful".
    public let scores: [Float]
    /// For each text the label of a category that leads there.
    let labels: [Int]
}

/// Sets how both stages are summed, and where decisions fall, by texts of sources that neither had seen.
public struct FusionFitter {
    /// All categories together may refuse this many times the budget of one; there are six.
    static let used: Float = 1.95
    /// Texts that look harmful and aren't may be flagged this many times as often as ordinary ones.
    static let borderlineFactor: Float = 14
    /// Chinese texts may be refused this many times as often as English ones.
    static let fairness: Float = 2
    /// What a raw score of stage 1 may weigh against one of the heads.
    static let weights: [Float] = [0.75, 1, 1.25, 1.5]
    /// Share of ordinary text for which the efficient profile asks stage 2.
    static let escalated: Float = 0.1

    /// The share of ordinary texts by whose sums scripts are compared.
    static let compared = 0.01
    /// How much of the distance between scripts is made up for; all of it would cost the others too much.
    static let lifted: Float = 0.3

    private let texts: [LabelledText]
    private let heads: [Float]
    private let linear: [Float]
    /// Whether each text is in neither Latin letters nor Han characters.
    private let isForeign: [Bool]

    /// - Parameters:
    ///   - heads: For each text, what heads say that had not seen its source.
    ///   - linear: For each text, the same of stage 1.
    public init(_ texts: [LabelledText], _ heads: [Float], _ linear: [Float]) {
        (self.texts, self.heads) = (texts, heads)
        let bounded = linear.map { max(-20, $0) }
        self.linear = bounded
        let isForeign = texts.map { $0.text.withUnsafeBufferPointer { ScriptGroup($0) == .other } }
        self.isForeign = isForeign
        let folds = Self.folds(texts)
        func quality(_ weight: Float) -> Double {
            let report = CascadeReport(texts, zip(heads, bounded).map { $0 + weight * $1 }, folds: folds)
            let at = report.at(falsePositives: 0.01)
            let languages = at.languages.reduce(0) { $0 + $1.recall } / Double(max(1, at.languages.count))
            return at.mean + report.at(falsePositives: 0.001).mean + languages
        }
        linearWeight = Self.weights.map { ($0, quality($0)) }.max { $0.1 < $1.1 }?.0 ?? 1
    }

    /// What a raw score of stage 1 weighs: whatever finds most in sources that neither stage had seen, and in their languages.
    public let linearWeight: Float

    /// For each text the sum of both stages, and the lift of its script.
    public var sums: [Float] {
        let (plain, lift) = (plainSums, lift)
        return texts.indices.map { isForeign[$0] ? plain[$0] + lift : plain[$0] }
    }

    private var plainSums: [Float] { zip(heads, linear).map { $0 + linearWeight * $1 } }

    /// What is added for texts in neither Latin letters nor Han characters, so that as many ordinary ones score high as in others.
    var lift: Float {
        let sums = plainSums
        let plain = texts.indices.filter { texts[$0].kind == .benign }
        let own = plain.filter { isForeign[$0] }.map { sums[$0] }.sorted(by: >)
        guard own.count >= 200 else { return 0 }
        let all = plain.map { sums[$0] }.sorted(by: >)
        let distance = Thresholds.quantile(all, Float(Self.compared)) - Thresholds.quantile(own, Float(Self.compared))
        return max(0, min(2, Self.lifted * distance))
    }

    /// For each text the sum less what the threshold of its script is higher: what a threshold decides on.
    public var decided: [Float] {
        let (offset, sums) = (fusion().chineseOffset, sums)
        return texts.indices.map { LongText.isChinese(texts[$0].text) ? sums[$0] - offset : sums[$0] }
    }

    /// How much higher the threshold of Chinese texts is, lest they be refused far more often than English ones.
    func chineseOffset(_ sums: [Float], threshold: Float) -> Float {
        func falling(_ language: String) -> [Float] {
            texts.indices.filter { texts[$0].kind == .benign && texts[$0].language == language }.map { sums[$0] }
                .sorted(by: >)
        }
        let (english, chinese) = (falling("en"), falling("zh"))
        guard !english.isEmpty, !chinese.isEmpty else { return 0 }
        let share = Float(english.prefix { $0 > threshold }.count) / Float(english.count)
        return max(0, min(4, Thresholds.quantile(chinese, max(share, 0.0005) * Self.fairness) - threshold))
    }

    /// The sum above which a request is refused under a category with this budget.
    public func threshold(budget: Double) -> Float { fusion().requests.threshold(budget) }

    /// Of each text, which fold it is in.
    public static func folds(_ texts: [LabelledText], count: Int = 5) -> [Int] {
        let fold = Study.folds(texts, count: count)
        return texts.map { fold[$0.source] ?? 0 }
    }

    func fusion() -> Heads.Fusion {
        var fusion = Heads.Fusion()
        let sums = sums
        fusion.linearWeight = linearWeight
        fusion.lift = lift
        func falling(_ values: [Float], _ kind: LabelledText.Kind) -> [Float] {
            texts.indices.filter { texts[$0].kind == kind }.map { values[$0] }.sorted(by: >)
        }
        let (plain, hard) = (falling(sums, .benign), falling(sums, .borderline))
        var scores: [Float] = []
        for budget in ModelBuilder.budgets {
            let cut = max(
                Thresholds.quantile(plain, budget * Self.used),
                Thresholds.quantile(hard, min(1, budget * Self.used * Self.borderlineFactor)), scores.last ?? -1e6)
            scores.append(min(1e6, cut))
        }
        fusion.requests = ThresholdTable(budgets: ModelBuilder.budgets, scores: scores)
        fusion.chineseOffset = chineseOffset(sums, threshold: fusion.requests.threshold(0.002))
        // An answer has many stretches where a request has one: the score that a tenth of the budget exceeds.
        fusion.answers = ThresholdTable(
            budgets: ModelBuilder.budgets,
            scores: ModelBuilder.budgets.map { min(1e6, fusion.requests.threshold(Double($0) / 10)) })
        for group in ScriptGroup.allCases {
            let own = texts.indices.filter {
                texts[$0].kind == .benign && texts[$0].text.withUnsafeBufferPointer { ScriptGroup($0) } == group
            }
            let scores = own.map { linear[$0] }.sorted(by: >)
            fusion.bands[group.rawValue] = Thresholds.quantile(scores, Self.escalated)
        }
        let heads = falling(heads, .benign)
        fusion.screenedScore = heads.isEmpty ? -6 : heads[heads.count / 2]
        fusion.curve = curve(sums)
        return fusion
    }

    /// A logistic curve through the sums, harmful and other texts weighing the same.
    private func curve(_ sums: [Float]) -> ScoreCurve {
        let harmful = texts.indices.filter { texts[$0].kind == .harmful }.map { sums[$0] }
        let others = texts.indices.filter { texts[$0].kind != .harmful }.map { sums[$0] }
        var (slope, offset): (Float, Float) = (0.5, 0)
        for _ in 0..<400 {
            var gradient = SIMD2<Float>.zero
            for (scores, target) in [(harmful, Float(1)), (others, Float(0))] {
                var sum = SIMD2<Float>.zero
                for score in scores {
                    let error = sigmoid(Labels(repeating: slope * score + offset))[0] - target
                    sum += SIMD2(error * score, error)
                }
                gradient += sum / Float(max(1, scores.count))
            }
            slope -= 0.05 * gradient[0]
            offset -= 0.2 * gradient[1]
        }
        var curve = ScoreCurve()
        (curve.low, curve.high) = (-40, 40)
        let steep = max(0.1, slope)
        curve.points = (0...512).map { point in
            let raw = curve.low + (curve.high - curve.low) * Float(point) / 512
            return min(1, max(0, sigmoid(Labels(repeating: steep * raw + offset))[0]))
        }
        return curve
    }
}
