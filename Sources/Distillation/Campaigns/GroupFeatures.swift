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
        [
            (.wording, 1.2 * min(1, cohesion / 0.25)), (.rhythm, 1.4 * evenness + 1.6 * equality + 0.6 * start),
            (.provisioning, 0.7 * bunching + 0.5 * youth), (.payment, 1.2 * payment), (.address, 0.8 * address),
            (.client, 0.2 * client + 0.2 * settings), (.intent, 0.6 * intent),
            (.content, 0.5 * rare + 2 * (partition - 1)),
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

    init(_ members: [Int], _ weighing: Weighing, background: WordBackground) {
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
        evenness = mean { weighing.population.profiles[$0].own[.spread] * min(1, population.profiles[$0].own[.hours]) }
        youth = mean { (population.profiles[$0].own[.youth] + 2) / 4 }
        intent = mean {
            min(1, population.profiles[$0].own[.elicitation] + population.profiles[$0].own[.grading])
        }
        rare = mean { weighing.signals[$0, .rare] }
        suspicion = mean { weighing.suspicion[$0] }
        equality = Self.equality(members.map { Float(population.profiles[$0].exchanges) })
        bunching = Self.concentration(
            heads.compactMap { population.profiles[$0].created.map { Double($0) / 86_400_000 } },
            of: population.profiles.compactMap { $0.created.map { Double($0) / 86_400_000 } }, width: 20)
        start = Self.concentration(
            heads.map { Double(population.profiles[$0].first) / 3_600_000 },
            of: population.profiles.map { Double($0.first) / 3_600_000 }, width: 12)
        partition = partition(heads, population)
        sharing(members, heads, population)
    }

    private static func equality(_ counts: [Float]) -> Float {
        let logs = counts.map { log($0 + 1) }
        let mean = logs.reduce(0, +) / Float(logs.count)
        let spread = (logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(1, logs.count - 1))).squareRoot()
        return max(0, 1 - spread)
    }

    /// How much of the group lies within the densest `width`, less how much of everybody lies there.
    private static func concentration(_ group: [Double], of all: [Double], width: Double) -> Float {
        let sorted = group.sorted()
        guard sorted.count >= 3 else { return 0 }
        var (best, from, low) = (0, 0.0, 0)
        for high in sorted.indices {
            while sorted[high] - sorted[low] > width { low += 1 }
            if high - low + 1 > best { (best, from) = (high - low + 1, sorted[low]) }
        }
        let there = all.count { $0 >= from && $0 <= from + width }
        return max(0, Float(best) / Float(sorted.count) - Float(there) / Float(max(1, all.count)))
    }

    private func partition(_ heads: [Int], _ population: Population) -> Float {
        var seen: [UInt64: Int] = [:]
        for account in heads { for item in population.profiles[account].content { seen[item, default: 0] += 1 } }
        // What everybody of the group asks is no partition: a hash seen in more than a fifth of the organisations.
        let common = max(8, heads.count / 5)
        let shared = seen.values.reduce(0) { $0 + ($1 > common ? $1 : 0) }
        let whole = seen.values.reduce(0, +)
        return whole > 0 ? 1 - Float(shared) / Float(whole) : 0
    }

    private mutating func sharing(_ members: [Int], _ heads: [Int], _ population: Population) {
        var users: [Int32: Int32] = [:]
        var last: [Int32: Int32] = [:]
        for account in members.sorted(by: { population.organisation[$0] < population.organisation[$1] }) {
            let id = population.organisation[account]
            for (object, _) in population.objects(of: account) where last[object] != id {
                last[object] = id
                users[object, default: 0] += 1
            }
        }
        let everyone = Float(population.organisations)
        let size = Float(heads.count)
        var (cards, places, programs, alike) = (Float(0), Float(0), Float(0), Float(0))
        for account in heads {
            var best: [UInt8: Float] = [:]
            for (object, share) in population.objects(of: account) where share >= 0.1 {
                let inside = Float((users[object] ?? 1) - 1)
                guard inside >= 1 else { continue }
                // The share of an object's users that is in the group, against chance.
                let outside = Float(population.degree[Int(object)]) - inside - 1
                let lift = inside / (inside + outside + 0.5) * (1 - size / everyone)
                let kind = population.kinds[Int(object)]
                best[kind] = max(best[kind] ?? 0, lift)
            }
            cards += best[ObjectKind.payment.rawValue] ?? 0
            places += max(best[ObjectKind.address.rawValue] ?? 0, best[ObjectKind.neighbourhood.rawValue] ?? 0)
            programs += max(best[ObjectKind.client.rawValue] ?? 0, best[ObjectKind.system.rawValue] ?? 0)
            alike += best[Population.settingsKind] ?? 0
        }
        payment = cards / size
        address = places / size
        client = programs / size
        settings = alike / size
    }
}
