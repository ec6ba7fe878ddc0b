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
            population.eachWord(of: account) { mean[$0] += $1.squareRoot() / Float(group.count) }
        }
        func distance(_ account: Int, _ centre: [Float], _ length: Float) -> Float {
            var (product, squares) = (Float(0), Float(0))
            centre.withUnsafeBufferPointer { centre in
                population.eachWord(of: account) { bucket, share in
                    product += share.squareRoot() * centre[bucket]
                    squares += share
                }
            }
            return squares > 0 && length > 0 ? 1 - product / (squares * length).squareRoot() : 1
        }
        func centre(_ accounts: [Int]) -> ([Float], Float) {
            var sums = [Float](repeating: 0, count: size)
            for account in accounts { population.eachWord(of: account) { sums[$0] += $1.squareRoot() } }
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
    static func areOne(_ first: Group, _ second: Group, _ population: Population) -> Bool {
        if sharing(first.accounts, second.accounts, population) >= 0.3 { return true }
        return first.wording.cohesion(of: second.wording, population) < leastCohesion / 2
            && second.wording.cohesion(of: first.wording, population) < leastCohesion / 2
    }

    /// A group with what is needed to compare it with others.
    struct Group {
        let accounts: [Int]
        fileprivate let wording: WordBackground.Comparable

        init(_ accounts: [Int], _ population: Population) {
            self.accounts = accounts
            wording = WordBackground.Comparable(accounts, population)
        }
    }

    /// Groups that share cards, system prompts or addresses with each other, as lists of places; those alone are left out.
    static func tied(_ groups: [[Int]], _ population: Population) -> [[Int]] {
        var home = Array(groups.indices)
        func root(_ group: Int) -> Int {
            var at = group
            while home[at] != at { at = home[at] }
            return at
        }
        for second in groups.indices {
            for first in 0..<second where root(first) != root(second) {
                let shared = sharing(groups[first], groups[second], population, withAddresses: true)
                if shared >= 0.3 { home[root(second)] = root(first) }
            }
        }
        let sets = Dictionary(grouping: groups.indices, by: root)
        return sets.keys.sorted().compactMap { sets[$0] }.filter { $0.count > 1 }
    }

    private static func areApart(_ first: [Int], _ second: [Int], _ population: Population) -> Bool {
        guard sharing(first, second, population) < 0.2 else { return false }
        let wording = (Group(first, population).wording, Group(second, population).wording)
        return wording.0.cohesion(of: wording.1, population) >= leastCohesion
            && wording.1.cohesion(of: wording.0, population) >= leastCohesion
    }

    /// The share of the smaller half that shares a card or a rare system prompt with the other.
    private static func sharing(
        _ first: [Int], _ second: [Int], _ population: Population, withAddresses: Bool = false
    ) -> Float {
        let (small, large) = first.count < second.count ? (first, second) : (second, first)
        func isTie(_ object: Int) -> Bool {
            let kind = population.kinds[object]
            return kind == ObjectKind.payment.rawValue || kind == ObjectKind.system.rawValue
                || withAddresses && kind == ObjectKind.address.rawValue
        }
        var theirs = NumberTable(capacity: large.count)
        for account in large {
            population.eachObject(of: account) { object, _ in
                if isTie(object) { _ = theirs.number(of: UInt64(object)) }
            }
        }
        let shared = small.count { account in
            var isShared = false
            population.eachObject(of: account) { object, _ in
                if !isShared, isTie(object), theirs.known(UInt64(object)) != nil { isShared = true }
            }
            return isShared
        }
        return Float(shared) / Float(max(1, small.count))
    }
}
