import Glibc

/// Finds campaigns in a population: weigh, group, judge each group, clear honest crowds, and weigh again.
struct CampaignSearch {
    private let population: Population
    private let removed: Set<EvidenceFamily>
    private var cleared: [Bool]
    private var settled: [Bool]
    /// How suspect each account is, by the weighing in which it was most so, and by each round's.
    private var suspicion: [Float]
    private var suspicions: [[Float]]
    private(set) var weighing: Weighing
    private var found: [Found] = []
    /// Whether only a sample of the suspects was grouped.
    private var isSampled = false

    /// A group that was accepted, and the round in which it was.
    private struct Found {
        var members: [Int]
        var features: GroupFeatures
        let round: Int
    }

    private static let leastSuspicion: Float = 0.02
    private static let rounds = 3
    private static let mostGrouped = 8192

    init(_ population: Population, without removed: Set<EvidenceFamily> = []) {
        self.population = population
        self.removed = removed
        cleared = [Bool](repeating: false, count: population.profiles.count)
        settled = cleared
        weighing = Weighing(population, without: removed)
        suspicion = weighing.suspicion
        suspicions = [suspicion]
        let background = WordBackground(population)
        for round in 0..<Self.rounds {
            let (accepted, crowds) = judge(background)
            found += accepted.map { Found(members: $0.members, features: $0.features, round: round) }
            guard !crowds.isEmpty || !accepted.isEmpty, round + 1 < Self.rounds else { break }
            // A dense block would keep its place at the top, a crowd that was found honest as well as a campaign: it is
            // taken out, and the rest weighed again (the peeling of FRAUDAR, with a judge at each block).
            for crowd in crowds { for account in whole(crowd, background) { cleared[account] = true } }
            for group in accepted { for account in whole(group.members, background) { settled[account] = true } }
            weighing.weighAgain(cleared: cleared, settled: settled)
            suspicions.append(weighing.suspicion)
            for account in suspicion.indices where !settled[account] {
                let now = weighing.suspicion[account]
                suspicion[account] = cleared[account] ? now : max(suspicion[account], now)
            }
        }
        join(background)
    }

    private typealias Judged = (members: [Int], features: GroupFeatures)

    /// Whether a group is dense, large enough to be judged, and clearly no campaign.
    private func isCrowd(_ features: GroupFeatures) -> Bool {
        features.organisations >= 8 && features.suspicion >= 0.2 && features.score(without: removed) < -0.3
    }

    /// Judges every group; the campaigns, and the accounts of dense honest crowds.
    private mutating func judge(
        _ background: WordBackground
    ) -> (accepted: [Judged], crowds: [[Int]]) {
        let suspicion = weighing.suspicion
        var suspects = suspicion.indices.filter { suspicion[$0] > Self.leastSuspicion && !settled[$0] }
        suspects.sort { (suspicion[$0], $1) > (suspicion[$1], $0) }
        suspects = sample(Array(suspects.prefix(max(64, population.profiles.count / 3))))
        let none = [Float](repeating: 0, count: WordCounts.buckets)
        let grouping = Grouping(
            population, accounts: suspects, words: removed.contains(.wording) ? none : weighing.tellingWords(),
            objects: weighing.tellingObjects())
        var (accepted, rest): ([Judged], [Judged]) = ([], [])
        for part in grouping.groups.flatMap({ Splitting.parts(of: $0, population) }) {
            let features = GroupFeatures(part, weighing, suspicion, background: background)
            if accepts(features) { accepted.append((part, features)) } else { rest.append((part, features)) }
        }
        // With a few exchanges of each account, wording falls into pieces that only cards, addresses and system prompts
        // hold together.
        let loose = rest.indices.filter { rest[$0].features.suspicion >= 0.1 && rest[$0].members.count <= 64 }
        var joined: Set<Int> = []
        for pieces in Splitting.tied(loose.map { rest[$0].members }, population) {
            let members = pieces.flatMap { rest[loose[$0]].members }
            let features = GroupFeatures(members, weighing, suspicion, background: background)
            guard accepts(features) else { continue }
            accepted.append((members, features))
            joined.formUnion(pieces.map { loose[$0] })
        }
        let crowds = rest.indices.filter { !joined.contains($0) && isCrowd(rest[$0].features) }.map { rest[$0].members }
        return (accepted, crowds)
    }

    /// Of many suspects the most suspect ones and every so manieth of the others: a group is known by a part of it, and
    /// `whole` finds the rest.
    private mutating func sample(_ suspects: [Int]) -> [Int] {
        isSampled = suspects.count > Self.mostGrouped
        guard isSampled else { return suspects }
        let first = Self.mostGrouped / 3
        let (places, others) = (Self.mostGrouped - first, suspects.count - first)
        return suspects[..<first] + (0..<places).map { suspects[first + $0 * others / places] }
    }

    /// A group with the suspects that speak as it does but were not in the sample.
    private func whole(_ group: [Int], _ background: WordBackground) -> [Int] {
        guard isSampled else { return group }
        let voice = Voice(group, population, background)
        let suspicion = weighing.suspicion
        return group
            + suspicion.indices.filter {
                suspicion[$0] > Self.leastSuspicion && !settled[$0]
                    && Self.belongs(suspicion[$0], voice.affinity(of: $0, population))
            }
    }

    /// What a group says that others do not, and how much of it a typical member says.
    private struct Voice {
        let telling: [Float]
        let typical: Float

        init(_ group: [Int], _ population: Population, _ background: WordBackground) {
            let telling = background.telling(group, population)
            let near = group.map { WordBackground.affinity($0, population, telling) }.sorted()
            typical = max(0.02, near[near.count / 2])
            self.telling = telling
        }

        /// 1 for a typical member.
        func affinity(of account: Int, _ population: Population) -> Float {
            WordBackground.affinity(account, population, telling) / typical
        }
    }

    /// Joins accepted groups that are one operation: they share cards or system prompts, or say the same things.
    private mutating func join(_ background: WordBackground) {
        var at = 0
        var groups = found.map { Splitting.Group($0.members, population) }
        while at < found.count {
            let partner = (at + 1..<found.count).first { Splitting.areOne(groups[at], groups[$0], population) }
            guard let partner else {
                at += 1
                continue
            }
            let members = found[at].members + found[partner].members
            let features = GroupFeatures(members, weighing, suspicion, background: background)
            found.remove(at: partner)
            groups.remove(at: partner)
            found[at].members = members
            found[at].features = features
            groups[at] = Splitting.Group(members, population)
        }
        found = found.filter { accepts($0.features) }
    }

    private func accepts(_ features: GroupFeatures) -> Bool {
        let present = features.present.subtracting(removed)
        let ties: Set<EvidenceFamily> = [.wording, .payment, .address, .content]
        // What few organisations show is uncertain: a small group must show more, and twice that if nothing ties them
        // that somebody had to buy or rent. People who run the same public test also speak alike, at even hours.
        let sharesMeans = !present.isDisjoint(with: [.payment, .address])
        let least: Float = (sharesMeans ? 3 : 6) / max(4, features.organisations)
        return present.count >= 3 && !present.isDisjoint(with: ties) && features.score(without: removed) > least
    }

    /// The campaigns with their members settled, and every account's score.
    func assessment() -> Assessment {
        var assessment = Assessment()
        assessment.scores = suspicions[0].map(Self.logOdds)
        assessment.campaign = [Int?](repeating: nil, count: suspicion.count)
        let background = WordBackground(population)
        var best = [Float](repeating: 0, count: suspicion.count)
        for group in found.sorted(by: { $0.members.count > $1.members.count }) {
            let (members, features, suspicion) = (group.members, group.features, suspicions[group.round])
            let voice = Voice(members, population, background)
            var own: [Int] = []
            for account in suspicion.indices where suspicion[account] >= 0.0005 && !cleared[account] {
                let affinity = voice.affinity(of: account, population)
                // Whoever speaks as the group does ranks above whoever is suspect alone, flagged or not.
                let score = Self.logOdds(suspicion[account]) + 8 * Double(min(1, affinity))
                assessment.scores[account] = max(assessment.scores[account], score)
                guard Self.belongs(suspicion[account], affinity), affinity > best[account] else { continue }
                best[account] = affinity
                own.append(account)
            }
            own = Companies.removed(from: own, population)
            let number = assessment.campaigns.count
            for account in own {
                assessment.campaign[account] = number
                assessment.scores[account] += 20 + Double(features.score(without: removed))
            }
            assessment.campaigns.append(campaign(own, features))
        }
        settle(&assessment)
        for review in Self.reviews(population, without: removed) {
            // Accounts that are part of something larger stay there.
            let members = review.members.filter { assessment.campaign[$0] == nil }
            guard members.count >= OrganisationReview.leastAccounts else { continue }
            for account in members {
                assessment.campaign[account] = assessment.campaigns.count
                assessment.scores[account] += 20 + review.score
            }
            assessment.campaigns.append(review)
            assessment.campaigns[assessment.campaigns.count - 1].members = members
        }
        return assessment
    }

    private static func logOdds(_ probability: Float) -> Double {
        Double(log(max(1e-9, probability) / (1 - min(probability, 0.999_999))))
    }

    /// Whether an account of this suspicion belongs to a group whose wording it shares to this degree (1: typically).
    private static func belongs(_ suspicion: Float, _ affinity: Float) -> Bool {
        affinity >= 0.35 && suspicion >= 0.1 || affinity >= 0.6 && suspicion >= 0.02
            || affinity >= 0.85 && suspicion >= 0.005
    }

    private func campaign(_ members: [Int], _ features: GroupFeatures) -> Campaign {
        var contributions: [EvidenceFamily: Double] = [:]
        for (family, value) in features.contributions where !removed.contains(family) {
            contributions[family] = Double(value)
        }
        return Campaign(
            members: members, score: Double(features.score(without: removed)), contributions: contributions,
            families: features.present.subtracting(removed),
            organisations: Set(members.map { population.organisation[$0] }).count)
    }

    /// An account that two campaigns claim goes to the nearer one; campaigns left with fewer than three are dropped.
    private func settle(_ assessment: inout Assessment) {
        for number in assessment.campaigns.indices {
            assessment.campaigns[number].members = assessment.campaign.indices.filter {
                assessment.campaign[$0] == number
            }
        }
        var kept: [Campaign] = []
        for campaign in assessment.campaigns {
            let number = campaign.members.count >= 3 ? kept.count : nil
            for account in campaign.members {
                assessment.campaign[account] = number
                if number == nil { assessment.scores[account] -= 20 }
            }
            if number != nil { kept.append(campaign) }
        }
        assessment.campaigns = kept
    }
}
