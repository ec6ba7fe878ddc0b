/// Turns evidence into a score: a logistic function of it, with weights fitted by `Tools/fit-screening.py`.
struct MatchModel: Sendable {
    let bias: Float
    let weights: SIMD32<Float>

    init(bias: Float, weights: [Float]) {
        self.bias = bias
        var all = SIMD32<Float>(repeating: 0)
        for (place, weight) in weights.prefix(32).enumerated() { all[place] = weight }
        self.weights = all
    }

    /// Whether a listed name is the one that was asked for, among many that are not.
    static let search = MatchModel(
        bias: -4.286,
        weights: [
            1.142, 1.550, 0.653, 0.989, -1.588, 0.236, -0.731, 0.073, 0.000, -0.454, -0.079, 0.846, 1.490, -3.620,
            -0.000,
            -0.010, 1.792, 2.362, 0.129, 0.014, -0.751,
        ])
    /// Whether two names that somebody set side by side mean one party.
    static let pair = MatchModel(
        bias: 0.252,
        weights: [
            -0.373, -0.471, 0.810, -0.385, -2.795, -1.731, 2.059, 1.507, 2.246, 2.355, -0.788, 1.274, -1.497, -2.612,
            -2.241, 0.046, 2.832, 0.749, 2.739, -1.397, 0.311,
        ])

    /// In 0…1.
    func score(_ evidence: NameEvidence) -> Float {
        let values = evidence.values
        var sum = bias
        for place in 0..<NameEvidence.names.count { sum += weights[place] * values[place] }
        return 1 / (1 + (-sum).exponential)
    }
}

extension Float {
    /// e to this power, by the standard library alone; exact to 6 digits for -80…80.
    var exponential: Float {
        let clamped = Swift.max(-80, Swift.min(80, Double(self)))
        var whole = (clamped / 0.693_147_180_559_945).rounded()
        let rest = clamped - whole * 0.693_147_180_559_945
        whole = Swift.max(-126, Swift.min(126, whole))
        var term = 1.0, sum = 1.0
        for step in 1...9 {
            term *= rest / Double(step)
            sum += term
        }
        return Float(sum * Double(sign: .plus, exponent: Int(whole), significand: 1))
    }
}
