/// Tells two operations apart that were grouped as one, because they use some of the same words or proxies.
///
/// A group is cut in two by its words; the cut stands if each half has wording that the other does not use, checked on
/// accounts that the wording was not taken from, and the halves share next to no card or system prompt. Parts are cut
/// again, four times at most.
enum Splitting {
    private static let leastCohesion: Float = 0.12

    static func parts(of group: [Int], _ population: Population, depth: Int = 4) -> [[Int]] {
        guard depth > 0, group.count >= 10 else { return [group] }
        let (first, second) = Halves.of(group, population)
        guard min(first.count, second.count) >= 4, areApart(first, second, population) else { return [group] }
        return parts(of: first, population, depth: depth - 1) + parts(of: second, population, depth: depth - 1)
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
