/// Accounts that the evidence ties together as one operation.
public struct Campaign: Sendable {
    /// The positions of its accounts in the traffic's list.
    public internal(set) var members: [Int]
    /// The logarithm of the odds that this is one operation.
    public internal(set) var score: Double
    /// What each family of evidence adds to that.
    public internal(set) var contributions: [EvidenceFamily: Double]
    /// The families that say something by themselves.
    public internal(set) var families: Set<EvidenceFamily>
    /// How many organisations own its accounts; one that is alone is for a person to look at, whatever the score.
    public internal(set) var organisations: Int
}

/// What the watch says of all accounts at a moment.
public struct Assessment: Sendable {
    /// The campaigns, the largest first.
    public internal(set) var campaigns: [Campaign] = []
    /// For each account, higher is more suspect.
    public internal(set) var scores: [Double] = []
    /// For each account, the position of its campaign; nil if it is not flagged.
    public internal(set) var campaign: [Int?] = []
    /// Accounts that are near a campaign, but not near enough to be flagged for the first time.
    var leaning: [(account: Int, campaign: Int)] = []
    /// Groups that are nearly campaigns.
    var near: [Campaign] = []
}

extension Assessment {
    /// Lets accounts stay flagged that were so before and still come near it.
    ///
    /// Evidence comes and goes by a little from look to look; a flag that did the same would say nothing of when somebody was
    /// first noticed.
    ///
    /// - Parameter wasFlagged: Whether an account was flagged by the look before.
    mutating func hold(_ wasFlagged: (Int) -> Bool) {
        for (account, number) in leaning where campaign[account] == nil && wasFlagged(account) {
            campaigns[number].members.append(account)
            flag(account, number)
        }
        for group in near.sorted(by: { $0.score > $1.score }) {
            let held = group.members.filter { campaign[$0] == nil && wasFlagged($0) }
            guard held.count >= 3, held.count * 3 >= group.members.count else { continue }
            for account in held { flag(account, campaigns.count) }
            campaigns.append(group)
            campaigns[campaigns.count - 1].members = held
        }
    }

    private mutating func flag(_ account: Int, _ number: Int) {
        campaign[account] = number
        scores[account] += 20
    }
}
