import Glibc

/// Looks at one organisation's accounts by themselves: an operation behind a single contract has no unrelated
/// organisations to be compared with.
///
/// What an organisation's accounts share says nothing. What tells is what no company does with its own keys: many cards
/// and programs over accounts that carry equal loads around the clock, from a pool of addresses that they take turns at. A
/// contract that names grading or research explains such prompts, and nothing else. What is found is for a person.
struct OrganisationReview {
    /// How equal and how evenly spread the accounts' loads are; both are needed.
    private(set) var rhythm: Float = 0
    /// How many cards the accounts are spread over, in 0...1; a card must serve several of them.
    private(set) var payment: Float = 0
    /// How far accounts take turns at a pool of addresses, in 0...1.
    private(set) var address: Float = 0
    /// How many client programs the accounts are spread over, in 0...1.
    private(set) var client: Float = 0
    /// The share of prompts that ask for reasoning or grading and that no contract explains.
    private(set) var intent: Float = 0
    /// The share of accounts first used in the same twelve hours.
    private(set) var start: Float = 0

    static let leastAccounts = 12
    private static let leastExchanges: Float = 8
    private static let least: Float = 3.7

    /// - Parameter members: All accounts of one organisation.
    init(_ members: [Int], _ population: Population) {
        let profiles = population.profiles
        func mean(_ value: (Int) -> Float) -> Float { members.reduce(0) { $0 + value($1) } / Float(members.count) }
        guard mean({ Float(profiles[$0].exchanges) }) >= Self.leastExchanges else { return }
        let evenness = mean { profiles[$0].own[.spread] * min(1, profiles[$0].own[.hours]) }
        let equality = GroupFeatures.equality(members.map { Float(profiles[$0].exchanges) })
        let steadiness = GroupFeatures.steadiness(members, population)
        rhythm = Self.rise(evenness, 0.6, 0.8) * Self.rise(equality, 0.4, 0.65) * Self.rise(steadiness, 0.7, 0.9)
        if !profiles[members[0]].mayGrade {
            intent = mean { min(1, profiles[$0].own[.elicitation] + profiles[$0].own[.grading]) }
        }
        let cards = Spread(members, .payment, population)
        payment = cards.shared >= 3 ? Self.rise(cards.evenness, 0.4, 0.7) : 0
        let programs = Spread(members, .client, population)
        client = programs.shared >= 3 ? Self.rise(programs.evenness, 0.4, 0.7) : 0
        let places = Spread(members, .address, population)
        address = places.shared >= 6 ? Self.rise(places.evenness, 0.7, 0.9) * Self.rise(places.each, 1.3, 2.2) : 0
        let first = members.map { profiles[$0].first }.sorted()
        var (low, most) = (0, 0)
        for high in first.indices {
            while first[high] - first[low] > 12 * 3_600_000 { low += 1 }
            most = max(most, high - low + 1)
        }
        start = Float(most) / Float(members.count)
    }

    /// What each family of evidence adds to the score.
    var contributions: [(family: EvidenceFamily, value: Float)] {
        [
            (.rhythm, 1.4 * rhythm), (.payment, 1.6 * payment), (.address, address), (.client, 0.6 * client),
            (.intent, 1.5 * min(1, intent / 0.4)), (.provisioning, 0.5 * Self.rise(start, 0.7, 0.95)),
        ]
    }

    /// The families that say something by themselves.
    var present: Set<EvidenceFamily> {
        var found: Set<EvidenceFamily> = []
        if rhythm >= 0.5 { found.insert(.rhythm) }
        if payment >= 0.5 { found.insert(.payment) }
        if address >= 0.5 { found.insert(.address) }
        if client >= 0.5 { found.insert(.client) }
        if intent >= 0.15 { found.insert(.intent) }
        if start >= 0.9 { found.insert(.provisioning) }
        return found
    }

    /// The score of the organisation if it is one that a person should look at; nil if not.
    func score(without removed: Set<EvidenceFamily>) -> Float? {
        let sum = contributions.reduce(0) { removed.contains($1.family) ? $0 : $0 + $1.value }
        let ties = present.subtracting(removed)
        let isTold = !ties.isDisjoint(with: [.payment, .address, .intent])
        return ties.contains(.rhythm) && ties.count >= 3 && isTold && sum >= Self.least ? sum : nil
    }

    /// 0 up to `low`, 1 from `high` on.
    private static func rise(_ value: Float, _ low: Float, _ high: Float) -> Float {
        max(0, min(1, (value - low) / (high - low)))
    }

    /// How accounts are spread over objects of one kind.
    private struct Spread {
        /// The probability that two uses are of different objects.
        var evenness: Float = 0
        /// How many objects several accounts use.
        var shared = 0
        /// How many an account uses, on average.
        var each: Float = 0

        init(_ members: [Int], _ kind: ObjectKind, _ population: Population) {
            var uses: [Int32: (mass: Float, accounts: Int)] = [:]
            var (whole, count) = (Float(0), 0)
            for account in members {
                for (object, share) in population.objects(of: account)
                where population.kinds[Int(object)] == kind.rawValue {
                    uses[object, default: (0, 0)].mass += share
                    uses[object, default: (0, 0)].accounts += 1
                    whole += share
                    count += 1
                }
            }
            guard whole > 0 else { return }
            evenness = 1 - uses.values.reduce(0) { $0 + $1.mass * $1.mass } / (whole * whole)
            shared = uses.values.count { $0.accounts >= 2 }
            each = Float(count) / Float(members.count)
        }
    }
}

extension CampaignSearch {
    /// Organisations that a person should look at, each with all its accounts, as campaigns of one organisation.
    static func reviews(_ population: Population, without removed: Set<EvidenceFamily>) -> [Campaign] {
        var found: [Campaign] = []
        var start = 0
        while start < population.order.count {
            let end = population.end(of: start)
            defer { start = end }
            guard end - start >= OrganisationReview.leastAccounts else { continue }
            let members = population.order[start..<end].sorted()
            let review = OrganisationReview(members, population)
            guard let score = review.score(without: removed) else { continue }
            var contributions: [EvidenceFamily: Double] = [:]
            for (family, value) in review.contributions where !removed.contains(family) {
                contributions[family] = Double(value)
            }
            found.append(
                Campaign(
                    members: members, score: Double(score), contributions: contributions,
                    families: review.present.subtracting(removed), organisations: 1))
        }
        return found
    }
}
