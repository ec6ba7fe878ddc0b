/// Everything known at a moment of a running watch, as a value that is searched on another thread.
public struct LiveLook: Sendable {
    private let look: TrafficWatch.Look
    private let traffic: TrafficSketch
    private let organisations: [String: OrganisationRecord]

    /// What a search came to.
    public struct Found: Sendable {
        /// What is said of all accounts.
        public let assessment: Assessment
        /// What ties each campaign's accounts, in the order of the assessment's campaigns.
        public let campaigns: [Explanation]
        let look: TrafficWatch.Look
    }

    init(_ look: TrafficWatch.Look, _ traffic: TrafficSketch, _ organisations: [String: OrganisationRecord]) {
        self.look = look
        self.traffic = traffic
        self.organisations = organisations
    }

    /// Finds the campaigns of that moment and explains each.
    public func search() -> Found {
        let population = look.population
        let assessment = look.search(population)
        let campaigns = assessment.campaigns.enumerated().map { number, campaign in
            Explanation(number, campaign, traffic, population, organisations)
        }
        return Found(assessment: assessment, campaigns: campaigns, look: look)
    }
}

extension TrafficWatch {
    /// What is known now, with what explanations take.
    public mutating func beginLive() -> LiveLook { LiveLook(begin(), traffic.toBeRead, organisations) }

    /// Takes over what was found.
    public mutating func end(_ found: LiveLook.Found) { end(found.assessment, of: found.look) }
}
