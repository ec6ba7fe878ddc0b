/// Cuts a group in two by its words: two means on the square roots of the words' shares.
struct Halves {
    private let group: [Int]
    // All members' words one after another, as roots, and the sum of each member's shares.
    private var roots: [(bucket: UInt16, root: Float)] = []
    private var starts = [0]
    private var squares: [Float] = []

    private typealias Centre = (sums: [Float], length: Float)

    /// The two halves, each in the group's order; one is empty if the group cannot be cut.
    static func of(_ group: [Int], _ population: Population) -> ([Int], [Int]) {
        group.isEmpty ? ([], []) : Halves(group, population).cut()
    }

    private init(_ group: [Int], _ population: Population) {
        self.group = group
        for account in group {
            var whole: Float = 0
            population.eachWord(of: account) { bucket, share in
                roots.append((UInt16(truncatingIfNeeded: bucket), share.squareRoot()))
                whole += share
            }
            starts.append(roots.count)
            squares.append(whole)
        }
    }

    private func cut() -> ([Int], [Int]) {
        let one = farthest(from: centre { _ in true })
        let other = farthest(from: centre { $0 == one })
        var centres = (centre { $0 == one }, centre { $0 == other })
        var isFirst = [Bool](repeating: false, count: group.count)
        for _ in 0..<6 {
            let before = isFirst
            for member in group.indices { isFirst[member] = isNearer(member, centres.0, centres.1) }
            guard isFirst != before, isFirst.contains(true) else { break }
            centres = (centre { isFirst[$0] }, centre { !isFirst[$0] })
        }
        return (part(isFirst, true), part(isFirst, false))
    }

    private func part(_ isFirst: [Bool], _ wanted: Bool) -> [Int] {
        group.indices.filter { isFirst[$0] == wanted }.map { group[$0] }
    }

    /// The sum of some members, as places in the group.
    private func centre(_ isIn: (Int) -> Bool) -> Centre {
        var sums = [Float](repeating: 0, count: WordCounts.buckets)
        for member in group.indices where isIn(member) {
            for at in starts[member]..<starts[member + 1] { sums[Int(roots[at].bucket)] += roots[at].root }
        }
        return (sums, sums.reduce(0) { $0 + $1 * $1 })
    }

    private func isNearer(_ member: Int, _ first: Centre, _ second: Centre) -> Bool {
        var (one, other) = (Float(0), Float(0))
        first.sums.withUnsafeBufferPointer { first in
            second.sums.withUnsafeBufferPointer { second in
                roots.withUnsafeBufferPointer { roots in
                    for at in starts[member]..<starts[member + 1] {
                        one += roots[at].root * first[Int(roots[at].bucket)]
                        other += roots[at].root * second[Int(roots[at].bucket)]
                    }
                }
            }
        }
        return distance(member, one, first.length) <= distance(member, other, second.length)
    }

    private func farthest(from centre: Centre) -> Int {
        var (best, value) = (0, Float(-1))
        for member in group.indices {
            var product: Float = 0
            for at in starts[member]..<starts[member + 1] {
                product += roots[at].root * centre.sums[Int(roots[at].bucket)]
            }
            let apart = distance(member, product, centre.length)
            if apart > value { (best, value) = (member, apart) }
        }
        return best
    }

    private func distance(_ member: Int, _ product: Float, _ length: Float) -> Float {
        squares[member] > 0 && length > 0 ? 1 - product / (squares[member] * length).squareRoot() : 1
    }
}
