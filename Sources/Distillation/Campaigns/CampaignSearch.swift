import Glibc

/// Finds campaigns in a population: weigh, group, judge each group, clear honest crowds, and weigh again.
struct CampaignSearch {
    private let population: Population
    private let removed: Set<EvidenceFamily>
    private var cleared: [Bool]
    private(set) var weighing: Weighing
    private(set) var found: [(members: [Int], features: GroupFeatures)] = []

    private static let leastSuspicion: Float = 0.02
    private static let rounds = 3

    init(_ population: Population, without removed: Set<EvidenceFamily> = []) {
        self.population = population
        self.removed = removed
        cleared = [Bool](repeating: false, count: population.profiles.count)
        weighing = Weighing(population, without: removed)
        let background = WordBackground(population)
        for round in 0..<Self.rounds {
            let crowds = judge(background)
            guard !crowds.isEmpty, round + 1 < Self.rounds else { break }
            // A dense crowd that was found honest would keep its place at the top: it is taken out, and the rest weighed
            // again (the peeling of FRAUDAR, with a judge at each block).
            for account in crowds { cleared[account] = true }
            weighing = Weighing(population, cleared: cleared, without: removed)
        }
    }

    /// Judges every group; the accounts of dense honest crowds.
    private mutating func judge(_ background: WordBackground) -> [Int] {
        let suspicion = weighing.suspicion
        var suspects = suspicion.indices.filter { suspicion[$0] > Self.leastSuspicion }
        suspects.sort { (suspicion[$0], $1) > (suspicion[$1], $0) }
        suspects = Array(suspects.prefix(max(64, population.profiles.count / 3)))
        let none = [Float](repeating: 0, count: WordCounts.buckets)
        let grouping = Grouping(
            population, accounts: suspects, words: removed.contains(.wording) ? none : weighing.tellingWords(),
            objects: weighing.tellingObjects())
        found = []
        var crowds: [Int] = []
        for group in grouping.groups {
            for part in Splitting.parts(of: group, population) {
                let features = GroupFeatures(part, weighing, background: background)
                if accepts(features) {
                    found.append((part, features))
                } else if features.organisations >= 8, features.suspicion >= 0.2 {
                    crowds += part
                }
            }
        }
        join(background)
        return crowds
    }

    /// Joins accepted groups that are one operation: they share cards or system prompts, or say the same things.
    private mutating func join(_ background: WordBackground) {
        var at = 0
        while at < found.count {
            let partner = (at + 1..<found.count).first { other in
                Splitting.areOne(found[at].members, found[other].members, population)
            }
            guard let partner else {
                at += 1
                continue
            }
            let members = found[at].members + found[partner].members
            let features = GroupFeatures(members, weighing, background: background)
            found.remove(at: partner)
            found[at] = (members, features)
        }
        found = found.filter { accepts($0.features) }
    }

    private func accepts(_ features: GroupFeatures) -> Bool {
        let present = features.present.subtracting(removed)
        let ties: Set<EvidenceFamily> = [.wording, .payment, .address, .content]
        return present.count >= 3 && !present.isDisjoint(with: ties) && features.score(without: removed) > 0
    }

    /// The campaigns with their members settled, and every account's score.
    func assessment() -> Assessment {
        var assessment = Assessment()
        let suspicion = weighing.suspicion
        assessment.scores = suspicion.map { Double(log($0 / (1 - min($0, 0.999_999)))) }
        assessment.campaign = [Int?](repeating: nil, count: suspicion.count)
        let background = WordBackground(population)
        var best = [Float](repeating: 0, count: suspicion.count)
        for (members, features) in found.sorted(by: { $0.members.count > $1.members.count }) {
            let telling = background.telling(members, population)
            let near = members.map { WordBackground.affinity(population.profiles[$0], telling) }.sorted()
            let typical = max(0.02, near[near.count / 2])
            var own: [Int] = []
            for account in suspicion.indices where suspicion[account] >= 0.02 && !cleared[account] {
                let affinity = WordBackground.affinity(population.profiles[account], telling) / typical
                let belongs =
                    affinity >= 0.35 && suspicion[account] >= 0.1 || affinity >= 0.6 && suspicion[account] >= 0.02
                guard belongs, affinity > best[account] else { continue }
                best[account] = affinity
                own.append(account)
            }
            let number = assessment.campaigns.count
            for account in own {
                assessment.campaign[account] = number
                assessment.scores[account] += 20 + Double(features.score(without: removed))
            }
            assessment.campaigns.append(campaign(own, features))
        }
        settle(&assessment)
        return assessment
    }

    private func campaign(_ members: [Int], _ features: GroupFeatures) -> Campaign {
        var contributions: [EvidenceFamily: Double] = [:]
        for (family, value) in features.contributions where !removed.contains(family) {
            contributions[family] = Double(value)
        }
        return Campaign(
            members: members, score: Double(features.score(without: removed)), contributions: contributions,
            families: features.present.subtracting(removed), organisations: Int(features.organisations))
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
