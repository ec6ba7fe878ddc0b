import Text

/// Eight numbers, one for each `HarmLabel`.
typealias Labels = SIMD8<Float>

/// How a model is trained; the defaults are those of the shipped model.
public struct TrainingRecipe: Sendable {
    /// Rows of the weight table, 8 bytes each.
    public var rows = 983_040
    /// Times each text is seen.
    public var passes = 5
    /// Step length of AdaGrad.
    public var rate: Float = 0.2
    /// Pull of every weight towards 0, for each time it is touched.
    public var decay: Float = 1e-4
    /// Units (words, ideographs) in the windows that are scored.
    public var windows = [12, 48]
    /// Added to the number of features before the root is drawn: how little a short text weighs.
    public var ballast: Float = 30
    /// Weight of a borderline text.
    public var borderlineWeight: Float = 1
    /// Weight of a wrapper's label "harmful".
    public var wrapperWeight: Float = 0.1
    /// The largest weight that a whole source gets, in texts.
    public var sourceCap: Float = 150
    /// Bytes of the lexicon.
    public var lexiconBytes = 65536
    /// Weight of harmful texts.
    public var harmfulWeight: Float = 1

    /// How much harm a language should hold against its ordinary text; where it holds less, harmful texts count more.
    public var languageBalance: Float = 2
    /// The most that a harmful text counts for that reason.
    public var languageLimit: Float = 16
    /// How fast a language's own intercept is learned, against the others; it is not part of the model.
    public var interceptRate: Float = 16
    /// The largest weight of a synthetic text.
    public var syntheticWeight: Float = 0.5
    /// The largest weight of all synthetic texts together, in texts.
    public var syntheticCap: Float = 6000
    /// The most that a synthetic harmful text counts for that reason.
    public var syntheticLimit: Float = 6
    /// How much more mass-casualty texts count for telling categories apart; the score of harm doesn't change.
    public var rareWeight: Float = 1
    /// Languages whose intercept is not learned but lies this much beside that of English: when intercepts are dropped,
    /// the difference stays in the weights, and lifts the scores to where those of English are: one threshold serves all.
    public var pins: [String: Float] = ["zh": -0.5]
    /// The largest weight that a whole source of ordinary texts gets, in texts.
    public var benignCap: Float = 400
    /// A secret number: which rows stay silent depends on it, so that no one without it knows what this model hears.
    public var key: UInt64?
    /// The share of rows that stay silent where there is a key.
    public var silentShare: Float = 0.2
    /// Models of which the mean is taken.
    public var models = 1
    /// Share of a text's features that a step leaves out.
    public var dropout: Float = 0
    /// The shipped recipe.
    public init() {}
}

/// Weights in the making.
final class WeightTable {
    let rows: Int
    let weights: UnsafeMutablePointer<Labels>
    let squares: UnsafeMutablePointer<Labels>
    var bias = Labels(repeating: -2)
    var biasSquares = Labels(repeating: 1)
    /// What a language starts from: learned so that the weights need not tell languages apart, and then dropped.
    var intercepts: [Labels] = []
    var interceptSquares: [Labels] = []

    init(rows: Int) {
        self.rows = rows
        weights = .allocate(capacity: rows)
        squares = .allocate(capacity: rows)
        weights.initialize(repeating: .zero, count: rows)
        squares.initialize(repeating: Labels(repeating: 1e-3), count: rows)
    }

    /// Adds a share of another table; the first replaces what was here.
    func add(_ other: WeightTable, share: Float, first: Bool) {
        for row in 0..<rows { weights[row] = (first ? .zero : weights[row]) + other.weights[row] * share }
        bias = (first ? .zero : bias) + other.bias * share
    }

    deinit {
        weights.deallocate()
        squares.deallocate()
    }
}

/// Multi-label logistic regression on the window of a text that looks worst, by AdaGrad.
struct Trainer {
    let recipe: TrainingRecipe
    let table: WeightTable
    /// Of each language, how far its intercept lies from that of the reference, where it isn't learned.
    private let pins: [Float?]
    /// The place of English.
    private let reference: Int
    /// Of each row, 0 if it stays silent, else 1; empty where all speak.
    private let voices: [Float]

    /// A trainer of a language's texts, by their place in `languages`.
    init(_ recipe: TrainingRecipe, languages: [String]) {
        self.recipe = recipe
        table = WeightTable(rows: recipe.rows)
        table.intercepts = .init(repeating: .zero, count: languages.count)
        table.interceptSquares = .init(repeating: Labels(repeating: 1), count: languages.count)
        pins = languages.map { recipe.pins[$0] }
        reference = languages.firstIndex(of: "en") ?? 0
        voices = Self.voices(recipe)
    }

    static func voices(_ recipe: TrainingRecipe) -> [Float] {
        guard let key = recipe.key else { return [] }
        let limit = UInt64(max(0, min(1, recipe.silentShare)) * 65536)
        return (0..<recipe.rows).map { row in
            var generator = SeededGenerator(seed: key ^ UInt64(row) &* 0xA24B_AED4_963E_E407)
            return generator.next() >> 48 < limit ? 0 : 1
        }
    }

    /// The worst window of a text: its rows, and its score before calibration.
    func worst(_ list: FeatureList) -> (range: Range<Int>, score: Float) {
        var best = (range: 0..<0, score: -Float.infinity)
        list.rows.withUnsafeBufferPointer { rows in
            var sums: [Float] = [0]
            sums.reserveCapacity(list.ends.count + 1)
            var total: Float = 0
            var at = 0
            for end in list.ends {
                while at < Int(end) {
                    total += table.weights[Int(rows[at])][0]
                    at += 1
                }
                sums.append(total)
            }
            for unit in 0..<list.ends.count {
                for window in recipe.windows {
                    let first = max(0, unit + 1 - window)
                    if first == 0, window != recipe.windows[0], unit + 1 <= recipe.windows[0] { continue }
                    let from = first == 0 ? 0 : Int(list.ends[first - 1])
                    let to = Int(list.ends[unit])
                    let score = (sums[unit + 1] - sums[first]) / (Float(to - from) + recipe.ballast).squareRoot()
                    if score > best.score { best = (from..<to, score) }
                }
            }
        }
        return (best.range, best.score + table.bias[0])
    }

    /// For each label the highest harmful score of a window in which that label leads (labels 1…6), and in 0 of any.
    func worstByLabel(_ list: FeatureList) -> Labels {
        var best = Labels(repeating: -.infinity)
        var sums: [Labels] = [.zero]
        var total = Labels.zero
        var at = 0
        for end in list.ends {
            while at < Int(end) {
                total += table.weights[Int(list.rows[at])]
                at += 1
            }
            sums.append(total)
        }
        for unit in 0..<list.ends.count {
            for window in recipe.windows {
                let first = max(0, unit + 1 - window)
                let from = first == 0 ? 0 : Int(list.ends[first - 1])
                let root = (Float(Int(list.ends[unit]) - from) + recipe.ballast).squareRoot()
                let scores = (sums[unit + 1] - sums[first]) / root + table.bias
                var lead = 1
                for label in 2..<7 where scores[label] > scores[lead] { lead = label }
                best[lead] = max(best[lead], scores[0])
                best[0] = max(best[0], scores[0])
            }
        }
        return best
    }

    /// One step on one text.
    func step(
        _ list: FeatureList, _ target: Labels, _ weight: Labels, language: Int, whole: Bool,
        _ generator: inout SeededGenerator
    ) {
        let range = whole && list.ends.count <= recipe.windows[0] ? 0..<list.rows.count : worst(list).range
        guard !range.isEmpty else { return }
        var kept = list.rows[range]
        if recipe.dropout > 0 {
            let limit = UInt64(recipe.dropout * 65536)
            kept = ArraySlice(kept.filter { _ in generator.next() >> 48 >= limit })
            guard !kept.isEmpty else { return }
        }
        let scale = 1 / (Float(kept.count) + recipe.ballast).squareRoot()
        kept.withUnsafeBufferPointer { rows in
            var sum = Labels.zero
            for row in rows { sum += table.weights[Int(row)] }
            let intercept = pins[language].map { table.intercepts[reference] + $0 } ?? table.intercepts[language]
            let error = (sigmoid(sum * scale + table.bias + intercept) - target) * weight
            let slope = error * scale
            let square = slope * slope
            let step = slope * recipe.rate
            let keep = 1 - recipe.decay
            for row in rows {
                let row = Int(row)
                let squares = table.squares[row] + square
                table.squares[row] = squares
                table.weights[row] = table.weights[row] * keep - step / squares.squareRoot()
            }
            if !voices.isEmpty { for row in rows { table.weights[Int(row)] *= voices[Int(row)] } }
            table.biasSquares += error * error
            table.bias -= error * recipe.rate / table.biasSquares.squareRoot()
            guard recipe.interceptRate > 0, pins[language] == nil else { return }
            table.interceptSquares[language] += error * error
            table.intercepts[language] -=
                error * recipe.rate * recipe.interceptRate / table.interceptSquares[language].squareRoot()
        }
    }
}

/// The logistic function without libm: (1 + x/1024)^1024 for the exponential, the same on every machine.
func sigmoid(_ x: Labels) -> Labels {
    let bounded = x.clamped(lowerBound: Labels(repeating: -20), upperBound: Labels(repeating: 20))
    var power = 1 - bounded / 1024
    for _ in 0..<10 { power *= power }
    return 1 / (1 + power)
}

/// A small, fast, seeded generator (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The same seed gives the same numbers.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
