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
        bias: -4.417,
        weights: [
            1.206, 1.567, 0.729, 0.920, -1.664, 0.234, -0.926, 0.116, 0.000, -0.484, -0.041,
            0.922, 1.489, -3.526, 0.072, -0.016, 1.754, 2.366, 0.204, -0.007, -0.752,
        ])
    /// Whether two names that somebody set side by side mean one party.
    static let pair = MatchModel(
        bias: 0.124,
        weights: [
            0.076, -0.358, 0.412, -0.420, -3.014, -1.612, 2.425, 1.371, 2.329, 2.084, -0.576,
            1.566, -1.439, -2.574, -2.072, -0.001, 2.255, 0.798, 2.432, -2.911, 0.425,
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
