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
            population.eachWord(of: account) { bucket, share in sums[bucket] += share / Float(group.count) }
        }
        mean = sums
    }

    /// The words that a group uses at least four times as often as everybody outside it, and how much more (logarithm).
    ///
    /// - Parameter isOutside: Whether the group is no part of the background.
    func telling(_ group: [Int], _ population: Population, isOutside: Bool = false) -> [Float] {
        telling(Use(group, population), population, isOutside: isOutside)
    }

    /// What a group says: the mean share of each word, and how many of its accounts use it.
    struct Use {
        let accounts: [Int]
        fileprivate var inside = [Float](repeating: 0, count: WordCounts.buckets)
        fileprivate var users = [Float](repeating: 0, count: WordCounts.buckets)

        init(_ group: [Int], _ population: Population) {
            accounts = group
            let size = Float(max(1, group.count))
            inside.withUnsafeMutableBufferPointer { inside in
                users.withUnsafeMutableBufferPointer { users in
                    for account in group {
                        population.eachWord(of: account) { bucket, share in
                            inside[bucket] += share / size
                            users[bucket] += 1
                        }
                    }
                }
            }
        }
    }

    private func telling(_ use: Use, _ population: Population, isOutside: Bool) -> [Float] {
        let size = Float(max(1, use.accounts.count))
        let part = isOutside ? 0 : size / Float(max(1, population.organisations))
        return use.inside.indices.map { bucket in
            guard use.users[bucket] >= max(2, 0.15 * size) else { return 0 }
            let outside = max(0, mean[bucket] - use.inside[bucket] * part) / max(0.05, 1 - part)
            let lift = (use.inside[bucket] + floor) / (outside + floor)
            return lift >= 4 ? log(lift) : 0
        }
    }

    /// What is needed of a group to compare it with many others.
    struct Comparable {
        fileprivate let background: WordBackground
        fileprivate let halves: (Use, Use)

        init(_ group: [Int], _ population: Population) {
            background = WordBackground(of: group, population)
            halves = WordBackground.halves(group, population)
        }

        /// How far the other group's wording is telling when this one is the background.
        func cohesion(of other: Comparable, _ population: Population) -> Float {
            background.cohesion(other.halves, population, isOutside: true)
        }
    }

    private static func halves(_ heads: [Int], _ population: Population) -> (Use, Use) {
        func every(_ rest: Int) -> [Int] { heads.enumerated().filter { $0.offset % 2 == rest }.map(\.element) }
        return (Use(every(0), population), Use(every(1), population))
    }

    /// The share of each half's wording that is telling of the other half, on average.
    func cohesion(of heads: [Int], _ population: Population, isOutside: Bool = false) -> Float {
        cohesion(Self.halves(heads, population), population, isOutside: isOutside)
    }

    private func cohesion(_ halves: (Use, Use), _ population: Population, isOutside: Bool) -> Float {
        let (first, second) = halves
        guard first.accounts.count >= 2, second.accounts.count >= 2 else { return 0 }
        let a = telling(first, population, isOutside: isOutside)
        let b = telling(second, population, isOutside: isOutside)
        var sum: Float = 0
        for account in first.accounts { sum += Self.affinity(account, population, b) }
        for account in second.accounts { sum += Self.affinity(account, population, a) }
        return sum / Float(first.accounts.count + second.accounts.count)
    }

    /// The share of an account's wording that is telling, in 0...1.
    static func affinity(_ account: Int, _ population: Population, _ telling: [Float]) -> Float {
        var (told, whole) = (Float(0), Float(0))
        telling.withUnsafeBufferPointer { telling in
            population.eachWord(of: account) { bucket, share in
                whole += share
                if telling[bucket] > 0 { told += share }
            }
        }
        return whole > 0 ? told / whole : 0
    }
}
