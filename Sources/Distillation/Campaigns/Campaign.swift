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
}
