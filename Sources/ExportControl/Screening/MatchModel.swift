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
        bias: -4.517,
        weights: [
            1.245, 1.602, 0.780, 0.951, -1.590, 0.259, -0.617, 0.117, 0.000, -0.442, -0.071,
            0.913, 1.472, -3.635, 0.081, -0.014, 1.763, 2.328, 0.191, -0.002, -0.608,
        ])
    /// Whether two names that somebody set side by side mean one party.
    static let pair = MatchModel(
        bias: -0.459,
        weights: [
            0.148, -0.406, 0.733, -1.141, -3.051, -1.668, 2.605, 0.928, 2.213, 2.276, -0.622,
            1.505, -0.306, -2.705, -1.996, -0.136, 1.479, 1.585, 2.571, -2.872, 0.411,
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
