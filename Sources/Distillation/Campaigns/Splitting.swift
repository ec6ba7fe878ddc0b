/// Tells two operations apart that were grouped as one, because they use some of the same words or proxies.
///
/// A group is cut in two by its words; the cut stands if each half has wording that the other does not use, checked on
/// accounts that the wording was not taken from, and the halves share next to no card or system prompt. Parts are cut
/// again, four times at most.
enum Splitting {
    private static let leastCohesion: Float = 0.12

    static func parts(of group: [Int], _ population: Population, depth: Int = 4) -> [[Int]] {
        guard depth > 0, group.count >= 10 else { return [group] }
        let (first, second) = halves(of: group, population)
        guard min(first.count, second.count) >= 4, areApart(first, second, population) else { return [group] }
        return parts(of: first, population, depth: depth - 1) + parts(of: second, population, depth: depth - 1)
    }

    /// Two means on the group's words, each weighted by how unevenly the group uses it.
    private static func halves(of group: [Int], _ population: Population) -> ([Int], [Int]) {
        let size = WordCounts.buckets
        var mean = [Float](repeating: 0, count: size)
        for account in group {
            for (bucket, share) in population.profiles[account].words {
                mean[Int(bucket)] += share.squareRoot() / Float(group.count)
            }
        }
        func distance(_ account: Int, _ centre: [Float], _ length: Float) -> Float {
            var (product, squares) = (Float(0), Float(0))
            for (bucket, share) in population.profiles[account].words {
                product += share.squareRoot() * centre[Int(bucket)]
                squares += share
            }
            return squares > 0 && length > 0 ? 1 - product / (squares * length).squareRoot() : 1
        }
        func centre(_ accounts: [Int]) -> ([Float], Float) {
            var sums = [Float](repeating: 0, count: size)
            for account in accounts {
                for (bucket, share) in population.profiles[account].words { sums[Int(bucket)] += share.squareRoot() }
            }
            return (sums, sums.reduce(0) { $0 + $1 * $1 })
        }
        func farthest(from centre: ([Float], Float)) -> Int {
            var (best, value) = (group[0], Float(-1))
            for account in group {
                let apart = distance(account, centre.0, centre.1)
                if apart > value { (best, value) = (account, apart) }
            }
            return best
        }
        let one = farthest(from: (mean, mean.reduce(0) { $0 + $1 * $1 }))
        let other = farthest(from: centre([one]))
        var centres = (centre([one]), centre([other]))
        var halves: ([Int], [Int]) = ([], [])
        for _ in 0..<6 {
            halves = ([], [])
            for account in group {
                let isFirst =
                    distance(account, centres.0.0, centres.0.1) <= distance(account, centres.1.0, centres.1.1)
                if isFirst { halves.0.append(account) } else { halves.1.append(account) }
            }
            guard !halves.0.isEmpty, !halves.1.isEmpty else { return halves }
            centres = (centre(halves.0), centre(halves.1))
        }
        return halves
    }

    /// Whether two accepted groups are one operation.
    static func areOne(_ first: [Int], _ second: [Int], _ population: Population) -> Bool {
        if sharing(first, second, population) >= 0.3 { return true }
        let ofFirst = WordBackground(of: first, population).cohesion(of: second, population, isOutside: true)
        guard ofFirst < leastCohesion / 2 else { return false }
        let ofSecond = WordBackground(of: second, population).cohesion(of: first, population, isOutside: true)
        return ofSecond < leastCohesion / 2
    }

    private static func areApart(_ first: [Int], _ second: [Int], _ population: Population) -> Bool {
        guard sharing(first, second, population) < 0.2 else { return false }
        let ofFirst = WordBackground(of: first, population).cohesion(of: second, population, isOutside: true)
        let ofSecond = WordBackground(of: second, population).cohesion(of: first, population, isOutside: true)
        return min(ofFirst, ofSecond) >= leastCohesion
    }

    /// The share of the smaller half that shares a card or a rare system prompt with the other.
    private static func sharing(_ first: [Int], _ second: [Int], _ population: Population) -> Float {
        let (small, large) = first.count < second.count ? (first, second) : (second, first)
        let kinds = [ObjectKind.payment.rawValue, ObjectKind.system.rawValue]
        func own(_ account: Int) -> [Int32] {
            population.objects(of: account).map(\.object).filter { kinds.contains(population.kinds[Int($0)]) }
        }
        let theirs = Set(large.flatMap(own))
        let shared = small.count { !theirs.isDisjoint(with: own($0)) }
        return Float(shared) / Float(max(1, small.count))
    }
}
