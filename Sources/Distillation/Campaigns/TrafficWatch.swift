/// Follows traffic: takes exchanges as they come and, from time to time, says which accounts belong together.
///
/// What it says depends only on the exchanges taken so far, so a log that is cut gives the same verdicts up to the cut.
public struct TrafficWatch {
    /// The sketches of all accounts.
    public private(set) var traffic: TrafficSketch
    /// What it said last.
    public private(set) var assessment = Assessment()
    /// For each flagged account, the moment since when it has been flagged without a break.
    public private(set) var since: [Int: Int64] = [:]
    /// How often it looked.
    public private(set) var looks = 0
    /// Families of evidence that are left out, to see what each is worth.
    public var removed: Set<EvidenceFamily> = []

    /// What is known of the organisations; those that come later are added before they are looked at.
    public var organisations: [String: OrganisationRecord]
    private var profiles: [AccountProfile] = []
    private var tally = WordTally()
    private var seen: [Int64] = []
    private var organisationIDs: [Int32] = []
    private var organisationNumbers: [String: Int32] = [:]
    private var next: Int64 = .min
    private var exchangesThen = 0

    /// The least time between two looks, in milliseconds.
    public var interval: Int64 = 1_800_000

    /// A watch over traffic that is empty or was read from sketches.
    public init(_ traffic: TrafficSketch, organisations: [String: OrganisationRecord]) {
        self.traffic = traffic
        self.organisations = organisations
    }

    /// Takes one exchange whose prompt `features` has just read, and looks if it is time to.
    public mutating func take(_ exchange: borrowing Exchange, _ features: borrowing PromptFeatures) {
        if takeOnly(exchange, features) { look() }
    }

    /// Takes one exchange without looking; whether it is time to look.
    public mutating func takeOnly(_ exchange: borrowing Exchange, _ features: borrowing PromptFeatures) -> Bool {
        traffic.add(exchange, features)
        guard let latest = traffic.latest, latest >= next else { return false }
        guard next != .min else {
            next = nextMoment(after: latest)
            return false
        }
        // A look costs as much as taking an exchange or two of each account: with many accounts it waits until that many
        // have come; with few it is cheap, and early counts.
        let share = min(150, 10 + traffic.accounts.count / 150)
        return (traffic.exchanges - exchangesThen) * 100 >= traffic.accounts.count * share
    }

    private func nextMoment(after time: Int64) -> Int64 {
        let step = min(max(interval, 1000), 1 << 40)
        return (time / step + 1) * step
    }

    /// Looks at everything taken so far.
    public mutating func look() {
        let look = begin()
        end(look.search(), of: look)
    }

    /// What is known now, as a value that can be searched on another thread while more is taken.
    public mutating func begin() -> Look {
        exchangesThen = traffic.exchanges
        if let latest = traffic.latest { next = nextMoment(after: latest) }
        refresh()
        return Look(
            profiles: profiles, organisationIDs: organisationIDs, organisations: organisationNumbers.count,
            removed: removed, moment: traffic.latest ?? 0)
    }

    /// Takes over what was found; looks must end in the order in which they began.
    public mutating func end(_ assessment: Assessment, of look: Look) {
        looks += 1
        self.assessment = assessment
        var still: [Int: Int64] = [:]
        for campaign in assessment.campaigns {
            for account in campaign.members { still[account] = since[account] ?? look.moment }
        }
        since = still
    }

    /// Everything known at a moment.
    public struct Look: Sendable {
        fileprivate let profiles: [AccountProfile]
        fileprivate let organisationIDs: [Int32]
        fileprivate let organisations: Int
        fileprivate let removed: Set<EvidenceFamily>
        fileprivate let moment: Int64

        /// All accounts with what they share.
        var population: Population {
            Population(profiles, organisationIDs: organisationIDs, organisations: organisations)
        }

        /// The campaigns of that moment.
        public func search() -> Assessment { search(population) }

        func search(_ population: Population) -> Assessment {
            CampaignSearch(population, without: removed).assessment()
        }
    }

    /// What ties the accounts of a campaign of the last look; nil if there is none of that name.
    public mutating func explain(_ name: String) -> Explanation? {
        guard let number = assessment.campaigns.indices.first(where: { "campaign-\($0 + 1)" == name }) else {
            return nil
        }
        refresh()
        let population = Population(
            profiles, organisationIDs: organisationIDs, organisations: organisationNumbers.count)
        return Explanation(number, assessment.campaigns[number], traffic, population, organisations)
    }

    /// Brings the profiles of accounts that have changed up to date.
    private mutating func refresh() {
        profiles.reserveCapacity(traffic.accounts.count)
        for index in traffic.accounts.indices {
            guard index >= profiles.count || seen[index] != traffic.accounts[index].exchanges else { continue }
            let sketch = traffic.accounts[index]
            let profile = AccountProfile(sketch, organisation: organisations[sketch.organisation], &tally)
            if index < profiles.count {
                profiles[index] = profile
                seen[index] = sketch.exchanges
                continue
            }
            profiles.append(profile)
            seen.append(sketch.exchanges)
            let next = Int32(truncatingIfNeeded: organisationNumbers.count)
            let number = organisationNumbers[sketch.organisation, default: next]
            organisationNumbers[sketch.organisation] = number
            organisationIDs.append(number)
        }
    }

    /// What is said of each account at the end, in the order in which accounts were first seen.
    public func verdicts() -> [Verdict] {
        traffic.accounts.indices.map { index in
            let number = index < assessment.campaign.count ? assessment.campaign[index] : nil
            return Verdict(
                account: traffic.accounts[index].id, cluster: number.map { "campaign-\($0 + 1)" },
                score: index < assessment.scores.count ? assessment.scores[index] : -10, detected: since[index])
        }
    }
}

/// What is said of one account.
public struct Verdict: Sendable, Equatable {
    /// The account's id.
    public let account: String
    /// The campaign it is held to belong to; nil if it is not flagged.
    public let cluster: String?
    /// Higher is more suspect.
    public let score: Double
    /// The moment of the exchange after which it was flagged, in milliseconds since 1970; nil if it is not flagged.
    public let detected: Int64?

    /// The verdict as one line of JSON without the line's end.
    public var json: String {
        let rounded = (score * 10_000).rounded() / 10_000
        return
            "{\"account_id\":\(Self.quoted(account)),\"cluster_id\":\(cluster.map(Self.quoted) ?? "null"),\"score\":\(rounded),"
            + "\"flagged\":\(cluster != nil),\"detected_at\":\(detected.map(String.init) ?? "null")}"
    }

    /// A text as JSON.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
