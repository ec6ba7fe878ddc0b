/// All that a scorer reads of a policy for one side of an exchange: plain values and pointers, made once.
struct ScoringPlan {
    let weights: UnsafePointer<SIMD8<Int8>>
    let rows: Int
    let scale: Float
    let bias: Float
    let ballast: Float
    /// Units in the short and the long window.
    let short: Int
    let long: Int
    /// The lowest raw score that any category acts on.
    let lowest: Float
    /// Of each label: its scale, its bias, and the score above which its rule refuses; never, where it has none.
    let scales: SIMD8<Float>
    let biases: SIMD8<Float>
    let thresholds: SIMD8<Float>
    /// The phrases' filter, and the table their codes are squashed by; nil where there are no phrases.
    let phraseBits: UnsafePointer<UInt64>?
    let squashed: UnsafePointer<UInt16>

    init(_ policy: JudgementPolicy.Storage, _ side: Side) {
        let header = policy.model.header
        weights = UnsafePointer(policy.model.weights)
        rows = header.rows
        (scale, bias, ballast) = (header.scales[0], header.biases[0], header.ballast)
        (short, long) = (header.windows[0], header.windows[1])
        lowest = policy.lowest(side)
        scales = SIMD8(header.scales)
        biases = SIMD8(header.biases)
        thresholds = SIMD8(policy.ruleOf.map { $0 < 0 ? .infinity : policy.rules[$0].threshold(side) })
        phraseBits = policy.phrases.isEmpty ? nil : UnsafePointer(policy.phrases.bits)
        squashed = UnsafePointer(SquashTable.shared.codes)
    }

    /// The score by the first label of a sum over this many features.
    @inline(__always)
    func score(_ sum: Int32, _ count: Int) -> Float {
        Float(sum) * scale / (Float(count) + ballast).squareRoot() + bias
    }

    /// The label that a sum speaks for most, where that label's rule refuses at this raw score.
    func refusing(_ raw: Float, _ sum: SIMD8<Int32>, _ count: Int) -> Int? {
        let scores = SIMD8<Float>(sum) * scales / (Float(count) + ballast).squareRoot() + biases
        var best = -Float.infinity
        var label = 0
        for other in 1..<7 where thresholds[other] < .infinity && scores[other] > best {
            (best, label) = (scores[other], other)
        }
        return label > 0 && raw > thresholds[label] ? label : nil
    }
}
