import Glibc

/// What a group of accounts shows only as a whole, each number comparable between groups of any size.
struct GroupFeatures: Sendable {
    /// How many organisations, not accounts.
    var organisations: Float = 0
    /// The share of the members' wording that the *other half* of the group uses far more than everybody else.
    var cohesion: Float = 0
    /// How evenly members spread their load over windows and hours, in 0...1.
    var evenness: Float = 0
    /// How equal the members' numbers of exchanges are: 1 for equal, 0 for the long tail of honest use.
    var equality: Float = 0
    /// How close together the organisations signed up, against the population, in 0...1.
    var bunching: Float = 0
    /// How young they were at first use, in 0...1.
    var youth: Float = 0
    /// How close together the first uses lie.
    var start: Float = 0
    /// The share of members that share a card, an address or neighbourhood, a client or system prompt with another
    /// organisation of the group, less what the population would give.
    var payment: Float = 0
    var address: Float = 0
    var client: Float = 0
    /// How alike the settings are.
    var settings: Float = 0
    /// Reasoning and grading prompts.
    var intent: Float = 0
    /// Rare questions in common.
    var rare: Float = 0
    /// Distinct questions per question asked, by a sample: low for a course, where all ask the same.
    var partition: Float = 0
    /// How steady the load of the group is as a whole, in 0...1: 1 if it fills the time between its first and last
    /// exchange as independent arrivals do, near 0 if all come in the same few hours, as a course does.
    var steadiness: Float = 1
    /// The mean suspicion of the members.
    var suspicion: Float = 0

    /// The logarithm of the odds that the group is one operation: each family adds, none is enough.
    ///
    /// The weights were set once on simulated traffic of many kinds, never on a real log.
    func score(without removed: Set<EvidenceFamily> = []) -> Float {
        guard organisations >= 4 else { return -10 }
        var sum: Float = -4.3 + suspicion
        for (family, value) in contributions where !removed.contains(family) { sum += value }
        return sum
    }

    /// What each family of evidence adds to the score.
    var contributions: [(family: EvidenceFamily, value: Float)] {
        // Who openly uses one product says what it puts into prompts: that explains wording in common, unless cards or
        // addresses are shared as well.
        let product = client * max(0, 1 - (payment + address) / 0.3)
        // Its users' programs run evenly by themselves as well, each as much as its owner has to do.
        let even = 1.4 * evenness * (1 - 0.5 * min(1, product))
        return [
            (.wording, 1.2 * min(1, cohesion / 0.25) * (1 - 0.6 * min(1, product))),
            (.rhythm, even + 1.6 * equality + 0.6 * start + 2 * min(0, steadiness - 0.6)),
            (.provisioning, 0.7 * bunching + 0.5 * youth), (.payment, 1.2 * payment), (.address, 0.8 * address),
            (.client, 0.2 * client + 0.2 * settings), (.intent, 0.6 * intent),
            (.content, 0.5 * rare + 3 * (partition - 1)),
        ]
    }

    /// The families that say something of this group by themselves.
    var present: Set<EvidenceFamily> {
        var found: Set<EvidenceFamily> = []
        if cohesion >= 0.1 { found.insert(.wording) }
        if evenness >= 0.6 && equality >= 0.3 || equality >= 0.6 || start >= 0.6 { found.insert(.rhythm) }
        if bunching >= 0.3 || youth >= 0.65 { found.insert(.provisioning) }
        if payment >= 0.15 { found.insert(.payment) }
        if address >= 0.15 { found.insert(.address) }
        if client >= 0.25 || settings >= 0.3 { found.insert(.client) }
        if intent >= 0.15 { found.insert(.intent) }
        if rare >= 0.3 { found.insert(.content) }
        return found
    }

    /// - Parameter suspects: How suspect each account is, by all that was found.
    init(_ members: [Int], _ weighing: Weighing, _ suspects: [Float], background: WordBackground) {
        let population = weighing.population
        var distinct: [Int32: Int] = [:]
        for account in members where distinct[population.organisation[account]] == nil {
            distinct[population.organisation[account]] = account
        }
        let heads = distinct.values.sorted()
        organisations = Float(heads.count)
        guard heads.count >= 2 else { return }
        cohesion = background.cohesion(of: heads, population)
        func mean(_ value: (Int) -> Float) -> Float { members.reduce(0) { $0 + value($1) } / Float(members.count) }
        evenness = mean { population.profiles[$0].own[.spread] * min(1, population.profiles[$0].own[.hours]) }
        youth = mean { (population.profiles[$0].own[.youth] + 2) / 4 }
        intent = mean {
            min(1, population.profiles[$0].own[.elicitation] + population.profiles[$0].own[.grading])
        }
        rare = mean { weighing.signals[$0, .rare] }
        suspicion = mean { suspects[$0] }
        equality = Self.equality(members.map { Float(population.profiles[$0].exchanges) })
        bunching = Self.concentration(
            heads.compactMap { population.profiles[$0].created.map { Double($0) / 86_400_000 } },
            of: population.signUps, width: 20)
        start = Self.concentration(
            heads.map { Double(population.profiles[$0].first) / 3_600_000 },
            of: population.firstUses, width: 12)
        partition = partition(heads, population)
        steadiness = Self.steadiness(members, population)
        sharing(members, heads, population)
    }

    static func equality(_ counts: [Float]) -> Float {
        let logs = counts.map { log($0 + 1) }
        let mean = logs.reduce(0, +) / Float(logs.count)
        let spread = (logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(1, logs.count - 1))).squareRoot()
        return max(0, 1 - spread)
    }

    /// How much of the group lies within the densest `width`, less how much of everybody lies there.
    ///
    /// - Parameter all: Everybody's, in order.
    private static func concentration(_ group: [Double], of all: [Double], width: Double) -> Float {
        let sorted = group.sorted()
        guard sorted.count >= 3 else { return 0 }
        var (best, from, low) = (0, 0.0, 0)
        for high in sorted.indices {
            while sorted[high] - sorted[low] > width { low += 1 }
            if high - low + 1 > best { (best, from) = (high - low + 1, sorted[low]) }
        }
        let there = Self.places(all, below: (from + width).nextUp) - Self.places(all, below: from)
        return max(0, Float(best) / Float(sorted.count) - Float(there) / Float(max(1, all.count)))
    }

    static func steadiness(_ members: [Int], _ population: Population) -> Float {
        var union = ActiveWindows()
        var (first, last, marked) = (Int64.max, Int64.min, 0)
        for account in members {
            let profile = population.profiles[account]
            union.merge(profile.windows)
            marked += profile.windows.count
            first = min(first, profile.first)
            last = max(last, profile.last)
        }
        let span = Float(min(Int64(ActiveWindows.ring), last / ActiveWindows.length - first / ActiveWindows.length + 1))
        let expected = span * (1 - exp(-Float(marked) / span))
        return expected > 0 ? min(1, Float(union.count) / expected) : 1
    }

    /// How many of a list in order are less than a value.
    private static func places(_ sorted: [Double], below value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func partition(_ heads: [Int], _ population: Population) -> Float {
        var numbers = NumberTable(capacity: heads.count * 16)
        var seen: [Int32] = []
        for account in heads {
            for item in population.profiles[account].content {
                let (number, isNew) = numbers.number(of: item)
                if isNew { seen.append(1) } else { seen[Int(number)] += 1 }
            }
        }
        // What everybody of the group asks is no partition: a hash seen in more than a fifth of the organisations.
        let common = max(8, heads.count / 5)
        let shared = seen.reduce(0) { $0 + ($1 > common ? Int($1) : 0) }
        let whole = seen.reduce(0) { $0 + Int($1) }
        return whole > 0 ? 1 - Float(shared) / Float(whole) : 0
    }

    private mutating func sharing(_ members: [Int], _ heads: [Int], _ population: Population) {
        var numbers = NumberTable(capacity: members.count * 8)
        var users: [(count: Int32, last: Int32)] = []
        for account in members.sorted(by: { population.organisation[$0] < population.organisation[$1] }) {
            let id = population.organisation[account]
            population.eachObject(of: account) { object, _ in
                let (number, isNew) = numbers.number(of: UInt64(object))
                if isNew {
                    users.append((1, id))
                } else if users[Int(number)].last != id {
                    users[Int(number)].last = id
                    users[Int(number)].count += 1
                }
            }
        }
        let everyone = Float(population.organisations)
        let size = Float(heads.count)
        var (cards, places, programs, alike) = (Float(0), Float(0), Float(0), Float(0))
        var best = [Float](repeating: 0, count: 16)
        func most(_ kind: ObjectKind) -> Float { best[Int(kind.rawValue)] }
        for account in heads {
            for kind in best.indices { best[kind] = 0 }
            population.eachObject(of: account) { object, share in
                guard share >= 0.1, let number = numbers.known(UInt64(object)) else { return }
                let inside = Float(users[Int(number)].count - 1)
                guard inside >= 1 else { return }
                // The share of an object's users that is in the group, against chance.
                let outside = Float(population.degree[object]) - inside - 1
                let lift = inside / (inside + outside + 0.5) * (1 - size / everyone)
                let kind = Int(population.kinds[object])
                best[kind] = max(best[kind], lift)
            }
            cards += most(.payment)
            places += max(most(.address), most(.neighbourhood))
            programs += max(most(.client), most(.system))
            alike += best[Int(Population.settingsKind)]
        }
        payment = cards / size
        address = places / size
        client = programs / size
        settings = alike / size
    }
}
