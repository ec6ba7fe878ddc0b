/// A labelled text and what a model said of it.
public struct JudgedText: Sendable {
    /// The text with what is known of it.
    public let text: LabelledText
    /// The score before calibration.
    public let raw: Float
    /// The score, 0…1.
    public let score: Float
    /// The category under which it would be refused, if it would.
    public let refusedAs: String?
    /// Texts judged by one model: thresholds are taken within it.
    public let fold: Int

    /// What of a text the tables of a report are made by.
    public enum Slice: String, Sendable, CaseIterable {
        case source, language, category, length
    }

    /// The text's place in a slicing.
    public func place(_ slice: Slice) -> String {
        switch slice {
        case .source: text.source
        case .language: text.language
        case .category: category
        case .length:
            switch text.text.count {
            case ..<64: "under 64 bytes"
            case ..<256: "64 to 255 bytes"
            case ..<1024: "256 to 1,023 bytes"
            default: "1,024 bytes and more"
            }
        }
    }

    private var category: String {
        let labels = HarmLabel.allCases.filter { $0 != .harmful && text.labels.contains($0) }
        if labels.contains(.wrapper) { return "jailbreak wrapper" }
        // A row that names no kind of mass harm carries all three.
        if labels.count > 1 { return "chemical, biological or nuclear" }
        return labels.first?.category ?? "none"
    }
}

/// A share with its bootstrap interval.
public struct Share: Sendable, Equatable {
    /// How many of `all`.
    public let hits: Int
    /// Of how many.
    public let all: Int
    /// The middle 95 % of what resampled texts gave.
    public let interval: ClosedRange<Double>

    /// The share itself, 0…1.
    public var value: Double { Double(hits) / Double(max(1, all)) }
}

/// What a model said of texts, to be looked at from all sides.
public struct EvaluationSet: Sendable {
    /// All texts, in the order of the data.
    public let texts: [JudgedText]
    /// How often texts are drawn again for an interval.
    public var draws = 300
    let folds: [Fold]

    /// The ordinary texts that one model judged, by falling score.
    struct Fold: Sendable {
        let number: Int
        let falling: [Float]
    }

    /// Texts with their scores.
    public init(_ texts: [JudgedText]) {
        self.texts = texts
        let numbers = Set(texts.map(\.fold)).sorted()
        folds = numbers.map { number in
            let scores = texts.filter { $0.fold == number && $0.text.kind == .benign }.map(\.raw)
            return Fold(number: number, falling: scores.sorted(by: >))
        }
    }

    /// Judges texts as a deployment with this policy would judge requests.
    public init(_ policy: JudgementPolicy, _ texts: [LabelledText], progress: (String, Double) -> Void = { _, _ in }) {
        var judged: [JudgedText] = []
        for (index, text) in texts.enumerated() {
            let (finding, raw) = text.text.withUnsafeBufferPointer { judgeWhole(policy, .request, $0) }
            judged.append(
                JudgedText(text: text, raw: raw, score: raw, refusedAs: finding?.category, fold: 0))
            if index % 256 == 0 { progress("Judging", Double(index) / Double(texts.count)) }
        }
        self.init(judged)
    }

    /// What the models said that had not seen a text's source, and what would be refused at a budget for each category.
    public init(_ left: LeaveSourcesOut, _ texts: [LabelledText], budget: Double) {
        let curve = Calibration.curve(left, texts)
        let cuts = Thresholds.tables(left.byLabel, texts).map { $0.threshold(budget) }
        self.init(
            texts.indices.map { index in
                let scores = left.byLabel[index]
                let crossed = (1..<7).filter { scores[$0] > cuts[$0] }.max { scores[$0] < scores[$1] }
                return JudgedText(
                    text: texts[index], raw: scores[0], score: curve.value(scores[0]),
                    refusedAs: crossed.flatMap { HarmLabel(rawValue: $0)?.category }, fold: left.folds[index])
            })
    }

    /// The same of both stages together.
    ///
    /// - Parameters:
    ///   - fitter: Holds what either stage said, and sums it.
    ///   - left: What the heads said.
    public init(_ fitter: FusionFitter, _ left: HeadsLeftOut, _ texts: [LabelledText], budget: Double) {
        let (sums, decided, fusion) = (fitter.sums, fitter.decided, fitter.fusion())
        let threshold = fusion.requests.threshold(budget)
        let folds = FusionFitter.folds(texts)
        self.init(
            texts.indices.map { index in
                let category = HarmLabel(rawValue: left.labels[index])?.category
                return JudgedText(
                    text: texts[index], raw: sums[index], score: fusion.curve.value(sums[index]),
                    refusedAs: decided[index] > threshold ? category : nil, fold: folds[index])
            })
    }

    /// The score that a share of a fold's ordinary texts exceeds.
    func cuts(_ share: Double) -> [Int: Float] {
        var cuts: [Int: Float] = [:]
        for fold in folds {
            let rank = Int(Double(fold.falling.count) * share)
            cuts[fold.number] = rank < fold.falling.count ? fold.falling[rank] : (fold.falling.last ?? .infinity)
        }
        return cuts
    }

    /// The same, of ordinary texts drawn again with replacement.
    func cuts(_ share: Double, drawnBy generator: inout SeededGenerator) -> [Int: Float] {
        var cuts: [Int: Float] = [:]
        for fold in folds {
            var left = Double(fold.falling.count) * share
            var place = 0
            while place < fold.falling.count {
                left -= Double(Self.poisson(&generator))
                if left < 0 { break }
                place += 1
            }
            cuts[fold.number] = place < fold.falling.count ? fold.falling[place] : (fold.falling.last ?? .infinity)
        }
        return cuts
    }

    /// How often a text is drawn, if as many are drawn as there are.
    static func poisson(_ generator: inout SeededGenerator) -> Int {
        let dice = Double(generator.next() >> 11) / 9_007_199_254_740_992
        return [0.367_879, 0.735_759, 0.919_699, 0.981_012, 0.996_340, 0.999_406].firstIndex { dice < $0 } ?? 6
    }
}
