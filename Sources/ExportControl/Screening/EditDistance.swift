/// The optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
///
/// Keeps its rows between calls; one instance serves one thread.
struct EditDistance: ~Copyable {
    static let longest = 160
    private let rows: UnsafeMutablePointer<Float>

    init() { rows = .allocate(capacity: 3 * (Self.longest + 1)) }
    deinit { rows.deallocate() }

    /// The distance, or more than `limit` as soon as it must be.
    ///
    /// - Parameter vowelCost: What replacing a vowel by a vowel costs, in 0…1.
    func distance(
        _ left: UnsafeBufferPointer<UInt16>, _ right: UnsafeBufferPointer<UInt16>, vowelCost: Float, limit: Float
    ) -> Float {
        let count = right.count
        guard left.count <= Self.longest, count <= Self.longest else { return .infinity }
        guard Float(abs(left.count - count)) <= limit else { return .infinity }
        var before = rows
        var last = rows + Self.longest + 1
        var row = rows + 2 * (Self.longest + 1)
        for column in 0...count { last[column] = Float(column) }
        for line in 0..<left.count {
            let code = left[line]
            let isVowel = SoundFold.isVowel(code)
            row[0] = Float(line + 1)
            var least = row[0]
            for column in 0..<count {
                let other = right[column]
                var cost = last[column]
                if code != other { cost += isVowel && SoundFold.isVowel(other) ? vowelCost : 1 }
                cost = min(cost, last[column + 1] + 1, row[column] + 1)
                if line > 0, column > 0, code == right[column - 1], left[line - 1] == other, code != other {
                    cost = min(cost, before[column - 1] + 1)
                }
                row[column + 1] = cost
                least = min(least, cost)
            }
            guard least <= limit else { return .infinity }
            (before, last, row) = (last, row, before)
        }
        return last[count]
    }
}
