import Glibc

/// How often everybody uses each word, each organisation once.
struct WordBackground {
    /// The mean share of each word.
    let mean: [Float]
    private let floor: Float = 0.004

    init(_ population: Population) {
        mean = population.wordMass.map { $0 / Float(max(1, population.organisations)) }
    }

    /// The background that one group is for another.
    init(of group: [Int], _ population: Population) {
        var sums = [Float](repeating: 0, count: WordCounts.buckets)
        for account in group {
            for (bucket, share) in population.profiles[account].words {
                sums[Int(bucket)] += share / Float(group.count)
            }
        }
        mean = sums
    }

    /// The words that a group uses at least four times as often as everybody outside it, and how much more (logarithm).
    ///
    /// - Parameter isOutside: Whether the group is no part of the background.
    func telling(_ group: [Int], _ population: Population, isOutside: Bool = false) -> [Float] {
        var inside = [Float](repeating: 0, count: WordCounts.buckets)
        var users = [Float](repeating: 0, count: WordCounts.buckets)
        let size = Float(max(1, group.count))
        for account in group {
            for (bucket, share) in population.profiles[account].words {
                inside[Int(bucket)] += share / size
                users[Int(bucket)] += 1
            }
        }
        let part = isOutside ? 0 : size / Float(max(1, population.organisations))
        return inside.indices.map { bucket in
            guard users[bucket] >= max(2, 0.15 * size) else { return 0 }
            let outside = max(0, mean[bucket] - inside[bucket] * part) / max(0.05, 1 - part)
            let lift = (inside[bucket] + floor) / (outside + floor)
            return lift >= 4 ? log(lift) : 0
        }
    }

    /// The share of each half's wording that is telling of the other half, on average.
    func cohesion(of heads: [Int], _ population: Population, isOutside: Bool = false) -> Float {
        let first = heads.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let second = heads.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        guard first.count >= 2, second.count >= 2 else { return 0 }
        let a = telling(first, population, isOutside: isOutside)
        let b = telling(second, population, isOutside: isOutside)
        var sum: Float = 0
        for (half, words) in [(first, b), (second, a)] {
            for account in half { sum += Self.affinity(population.profiles[account], words) }
        }
        return sum / Float(heads.count)
    }

    /// The share of an account's wording that is telling, in 0...1.
    static func affinity(_ profile: AccountProfile, _ telling: [Float]) -> Float {
        var (told, whole) = (Float(0), Float(0))
        for (bucket, share) in profile.words {
            whole += share
            if telling[Int(bucket)] > 0 { told += share }
        }
        return whole > 0 ? told / whole : 0
    }
}
