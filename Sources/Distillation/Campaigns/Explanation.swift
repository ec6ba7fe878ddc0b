/// What ties the accounts of one campaign together, for a person who has to decide.
public struct Explanation: Sendable {
    /// Something that several members use.
    public struct Tie: Sendable, Equatable {
        /// What it is: payment, address, neighbourhood, network, client or system.
        public let kind: String
        /// The start of its keyed hash.
        public let name: String
        /// How many members use it.
        public let members: Int
        /// How many other organisations use it.
        public let others: Int
        /// The members that use it, as places in `accounts`.
        public let users: [Int]
    }

    /// The campaign's name.
    public let name: String
    /// The ids of its accounts.
    public let accounts: [String]
    /// How many organisations own them.
    public let organisations: Int
    /// How many exchanges they had.
    public let exchanges: Int64
    /// The first and last exchange, in milliseconds since 1970.
    public let first: Int64
    /// The last exchange.
    public let last: Int64
    /// When their organisations signed up: earliest and latest; nil if unknown.
    public let signUps: (earliest: Int64, latest: Int64)?
    /// What contracts they have, each with its number of accounts.
    public let contracts: [String: Int]
    /// The logarithm of the odds that this is one operation, and what each family adds.
    public let score: Double
    /// What each family of evidence adds to the score, the most first.
    public let contributions: [(family: EvidenceFamily, value: Double)]
    /// The families that say something by themselves.
    public let families: Set<EvidenceFamily>
    /// What members share, the most telling first.
    public let ties: [Tie]
    /// In how many windows of ten minutes members were active, in up to 48 equal parts of the campaign's time.
    public let timeline: [Int]
    /// What to recognise it by.
    public let signature: CampaignSignature

    init(
        _ number: Int, _ campaign: Campaign, _ traffic: TrafficSketch, _ population: Population,
        _ records: [String: OrganisationRecord]
    ) {
        name = "campaign-\(number + 1)"
        let sketches = campaign.members.map { traffic.accounts[$0] }
        accounts = sketches.map(\.id)
        organisations = Set(sketches.map(\.organisation)).count
        exchanges = sketches.reduce(0) { $0 &+ $1.exchanges }
        first = sketches.map(\.first).min() ?? 0
        last = sketches.map(\.last).max() ?? 0
        let known = sketches.compactMap { records[$0.organisation] }
        let created = known.map(\.created)
        signUps = created.min().flatMap { low in created.max().map { (low, $0) } }
        contracts = known.reduce(into: [:]) { if !$1.contract.isEmpty { $0[$1.contract, default: 0] += 1 } }
        score = campaign.score
        contributions = campaign.contributions.map { ($0.key, $0.value) }.sorted {
            ($0.value, $1.family.rawValue) > ($1.value, $0.family.rawValue)
        }
        families = campaign.families
        ties = Self.ties(campaign.members, population)
        timeline = Self.timeline(sketches, first, last)
        signature = CampaignSignature(campaign, traffic, population)
    }

    private static func ties(_ members: [Int], _ population: Population) -> [Tie] {
        var users: [Int32: (hash: UInt64, places: [Int])] = [:]
        for (place, account) in members.enumerated() {
            for (object, own) in zip(population.objects(of: account), population.profiles[account].objects) {
                users[object.object, default: (own.hash, [])].places.append(place)
            }
        }
        var ties: [(tie: Tie, weight: Double)] = []
        for (object, use) in users where use.places.count >= 2 {
            guard let kind = ObjectKind.name(of: use.hash) else { continue }
            let inside = Set(use.places.map { population.organisation[members[$0]] }).count
            let others = max(0, Int(population.degree[Int(object)]) - inside)
            let digits = String(use.hash >> 24, radix: 16)
            let name = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
            let tie = Tie(kind: kind, name: name, members: use.places.count, others: others, users: use.places)
            ties.append((tie, Double(use.places.count) / Double(use.places.count + 4 * others)))
        }
        ties.sort {
            ($0.weight * Double(min(8, $0.tie.members)), $1.tie.name) > (
                $1.weight * Double(min(8, $1.tie.members)), $0.tie.name
            )
        }
        return ties.prefix(24).map(\.tie)
    }

    private static func timeline(_ sketches: [AccountSketch], _ first: Int64, _ last: Int64) -> [Int] {
        let length = ActiveWindows.length
        let windows = Int(min(2048, max(1, (last - first) / length + 1)))
        let parts = min(48, windows)
        var line = [Int](repeating: 0, count: parts)
        for step in 0..<windows {
            let time = first + Int64(step) * length
            line[step * parts / windows] += sketches.count { $0.windows.isMarked(time) }
        }
        return line
    }
}

extension ObjectKind {
    /// The name of a tagged hash's kind; nil for what no person could look up.
    static func name(of tagged: UInt64) -> String? {
        guard let kind = ObjectSample.kind(of: tagged), kind != .model else { return nil }
        return "\(kind)"
    }
}

extension ActiveWindows {
    /// Whether the window of a moment is marked.
    func isMarked(_ time: Int64) -> Bool {
        let window = Int(truncatingIfNeeded: (time / Self.length) & 2047)
        return word(window >> 6) >> UInt64(window & 63) & 1 == 1
    }
}
