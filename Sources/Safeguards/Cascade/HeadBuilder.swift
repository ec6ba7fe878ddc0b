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
            texts,
            synthetic: synthetic + recombination.texts(recipe.framed)
                + wrapping.texts(recipe.wrapped, harmful: recipe.wrappedHarmful),
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
        return HeadsLeftOut(
            scores: found.map { $0.score }, hasUnread: Array(study.hasUnread.prefix(study.measured)),
            labels: found.map { $0.label })
    }

    /// The worst stretch's raw score of "harmful" among those that were read, and the label that leads there.
    private func worst(_ heads: [Head], _ text: Int) -> (score: Float, label: Int) {
        let scores = study.scores(heads, text)
        let rows = scores.indices.filter { $0 % HeadShape.output == 0 }
        let read = rows.filter { study.isRead[study.starts[text] + $0 / HeadShape.output] }
        let worst = (read.isEmpty ? rows : read).max { scores[$0] < scores[$1] } ?? 0
        let decisive = HarmLabel.decisive.map(\.rawValue)
        let label = decisive.max { scores[worst + $0] < scores[worst + $1] } ?? 0
        return (read.isEmpty ? -.infinity : scores[worst], label)
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
        let fusion = FusionFitter(texts, left.scores, linear, hasUnread: left.hasUnread).fusion()
        return Heads(
            members: heads.map(\.rounded), fusion: fusion, encoderHash: encoder.hash, linearHash: linearHash, hash: [],
            note: note
        ).encoded()
    }
}

/// What heads said of texts whose source they had not seen.
public struct HeadsLeftOut: Sendable {
    /// For each text the raw score of "harmful" of the worst stretch that was read; below any number where none was.
    public let scores: [Float]
    /// For each text, whether there is a block that the encoder can't read.
    public let hasUnread: [Bool]
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
    /// Two weights are as good as each other that differ by less, in three recalls added up; then the smaller one is taken, since the
    /// thresholds rise with the weight: stage 1 is the surer of the two about texts that neither knows.
    static let indifferent = 0.02
    /// Share of ordinary text for which the efficient profile asks stage 2.
    static let escalated: Float = 0.1

    /// The share of ordinary texts by whose sums scripts are compared.
    static let compared = 0.01
    /// How much of the distance between scripts is made up for; all of it would cost the others too much.
    static let lifted: Float = 0.3
    /// How much more a raw score of stage 1 weighs where it has to speak for both.
    static let alone: Float = 1.5
    /// How much less it weighs in Chinese, of which it knows less than the heads do.
    static let chineseShare: Float = 2 / 3
    /// What is added to the sums of Chinese texts, of which less harm was found at the same price.
    static let chineseLift: Float = 0.2

    private let texts: [LabelledText]
    private let heads: [Float]
    private let linear: [Float]
    /// Whether each text has a block that the encoder can't read.
    private let hasUnread: [Bool]
    /// Whether each text is in neither Latin letters nor Han characters.
    private let isForeign: [Bool]
    private let isChinese: [Bool]

    /// - Parameters:
    ///   - heads: For each text, what heads say that had not seen its source.
    ///   - linear: For each text, the same of stage 1.
    ///   - hasUnread: For each text, whether it has a block that the encoder can't read; none has if nothing is said.
    public init(_ texts: [LabelledText], _ heads: [Float], _ linear: [Float], hasUnread: [Bool] = []) {
        self.texts = texts
        let (heads, bounded) = (heads.map { max(-20, $0) }, linear.map { max(-20, $0) })
        (self.heads, self.linear) = (heads, bounded)
        let hasUnread = hasUnread.count == texts.count ? hasUnread : texts.map { _ in false }
        self.hasUnread = hasUnread
        isForeign = zip(texts, hasUnread).map { text, hasUnread in
            !hasUnread && text.text.withUnsafeBufferPointer { ScriptGroup($0) == .other }
        }
        let isChinese = texts.map { LongText.isChinese($0.text) }
        self.isChinese = isChinese
        let folds = Self.folds(texts)
        func quality(_ weight: Float) -> Double {
            let report = CascadeReport(texts, Self.plainSums(heads, bounded, isChinese, weight), folds: folds)
            let at = report.at(falsePositives: 0.01)
            let languages = at.languages.reduce(0) { $0 + $1.recall } / Double(max(1, at.languages.count))
            return at.mean + report.at(falsePositives: 0.001).mean + languages
        }
        let found = Self.weights.map { ($0, quality($0)) }
        let best = found.map(\.1).max() ?? 0
        linearWeight = found.first { $0.1 >= best - Self.indifferent }?.0 ?? 1
    }

    /// What a raw score of stage 1 weighs: whatever finds most in sources that neither stage had seen, and in their languages.
    public let linearWeight: Float

    /// For each text the sum of both stages, and the lift of its script; stage 1 alone where the encoder can't read it.
    public var sums: [Float] {
        let (plain, lift, alone) = (plainSums, lift, alone)
        return texts.indices.map { index in
            let sum = isForeign[index] ? plain[index] + lift : plain[index]
            guard hasUnread[index], let alone else { return sum }
            return max(sum, alone.weight * linear[index] + alone.lift)
        }
    }

    private var plainSums: [Float] { Self.plainSums(heads, linear, isChinese, linearWeight) }

    private static func plainSums(_ heads: [Float], _ linear: [Float], _ isChinese: [Bool], _ weight: Float) -> [Float]
    {
        heads.indices.map { index in
            isChinese[index]
                ? heads[index] + weight * chineseShare * linear[index] + chineseLift
                : heads[index] + weight * linear[index]
        }
    }

    /// What is added for texts in neither Latin letters nor Han characters, so that as many ordinary ones score high as in others.
    var lift: Float {
        let sums = plainSums
        return distance(of: sums, where: isForeign, below: sums).map { max(0, min(2, Self.lifted * $0)) } ?? 0
    }

    /// How stage 1 speaks alone for what the encoder can't read; nil where too few ordinary texts tell.
    var alone: (weight: Float, lift: Float)? {
        let weight = Self.alone * linearWeight
        return distance(of: linear.map { weight * $0 }, where: hasUnread, below: plainSums)
            .map { (weight, max(-8, min(8, Self.lifted * $0))) }
    }

    /// How far the scores of some ordinary texts lie below the sums of all.
    private func distance(of scores: [Float], where isOwn: [Bool], below sums: [Float]) -> Float? {
        let plain = texts.indices.filter { texts[$0].kind == .benign }
        let own = plain.filter { isOwn[$0] }.map { scores[$0] }.sorted(by: >)
        guard own.count >= 200 else { return nil }
        let all = plain.map { sums[$0] }.sorted(by: >)
        return Thresholds.quantile(all, Float(Self.compared)) - Thresholds.quantile(own, Float(Self.compared))
    }

    /// For each text the sum less what the threshold of its script is higher: what a threshold decides on.
    public var decided: [Float] {
        let (offset, sums) = (fusion().chineseOffset, sums)
        return texts.indices.map { isChinese[$0] ? sums[$0] - offset : sums[$0] }
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
        if let alone { (fusion.unreadWeight, fusion.unreadLift) = alone }
        (fusion.chineseWeight, fusion.chineseLift) = (linearWeight * Self.chineseShare, Self.chineseLift)
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
