import Text

/// Trains a model from texts, sets its thresholds on sources it had not seen, and writes its file.
public struct ModelBuilder {
    /// Share of ordinary texts for which thresholds are kept.
    public static let budgets: [Float] = [
        0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.0015, 0.001, 0.0007, 0.0005, 0.0003, 0.0002,
        0.0001,
    ]
    /// Thresholds leave this much of a budget unused, since unseen ordinary text differs from ours.
    static let margin: Float = 1.5
    /// Texts that look harmful and aren't may be flagged this many times as often as ordinary ones.
    static let borderlineFactor: Float = 12
    /// No category acts on a score that this many times its budget of ordinary texts reach, under whatever label: a label
    /// that seldom leads would else act on next to nothing.
    static let floorFactor: Float = 7

    let study: Study
    let recipe: TrainingRecipe
    let seed: UInt64
    let folds: Int

    /// Reads the texts.
    ///
    /// - Parameters:
    ///   - texts: Trained on and measured, by source.
    ///   - synthetic: Trained on only: figures and thresholds come from real texts.
    public init(
        _ texts: [LabelledText], synthetic: [LabelledText], recipe: TrainingRecipe, seed: UInt64, folds: Int = 5,
        progress: (String, Double) -> Void
    ) {
        self.recipe = recipe
        self.seed = seed
        self.folds = folds
        study = Study(texts, synthetic: synthetic, recipe, progress)
    }

    /// Trains a model a fold, each without its sources, and scores these: the estimate of what unseen text meets.
    public func leaveSourcesOut(progress: (String, Double) -> Void) -> LeaveSourcesOut {
        LeaveSourcesOut(study, folds: folds, seed: seed, progress)
    }

    /// Trains on everything and writes the file.
    ///
    /// - Parameters:
    ///   - left: What the models without each source said; thresholds and calibration come from it.
    ///   - note: Kept in the file, at most 64 KiB.
    public func file(_ left: LeaveSourcesOut, note: String, progress: (String, Double) -> Void) -> [UInt8] {
        let trainer = study.train(leavingOut: { _ in false }, seed: seed, progress)
        var header = ModelHeader()
        header.rows = recipe.rows
        header.windows = recipe.windows
        header.ballast = recipe.ballast
        header.lexicon = study.lexiconBits
        header.note = note
        header.curve = Calibration.curve(left, study.texts)
        let requests = Thresholds.tables(left.byLabel, study.texts)
        header.requestThresholds = requests
        header.answerThresholds = Thresholds.longer(requests, left, study)
        let quantised = Quantised(trainer.table)
        for label in 0..<8 {
            header.scales[label] = quantised.scales[label]
            header.biases[label] = trainer.table.bias[label]
        }
        return header.encoded() + quantised.bytes
    }
}

/// Weights as Int8, one scale a label.
struct Quantised {
    private(set) var scales = Labels.zero
    private(set) var bytes: [UInt8] = []

    init(_ table: WeightTable) {
        // A few weights are far out: the largest 1 in 20,000 are cut, so that the others keep their steps.
        for label in 0..<8 {
            let sizes = (0..<table.rows).map { abs(table.weights[$0][label]) }.filter { $0 > 0 }.sorted(by: >)
            let top = sizes.isEmpty ? 1 : sizes[sizes.count / 20_000]
            scales[label] = max(top, 1e-9) / 127
        }
        bytes.reserveCapacity(table.rows * 8)
        for row in 0..<table.rows {
            let steps = (table.weights[row] / scales).rounded(.toNearestOrEven)
                .clamped(lowerBound: Labels(repeating: -127), upperBound: Labels(repeating: 127))
            for label in 0..<8 { bytes.append(UInt8(bitPattern: Int8(steps[label]))) }
        }
    }
}
