/// All groups that were found: keeps a group one group while it grows, shrinks and changes its members.
///
/// A value; what it returns is what has to be told.
public struct ClusterBook: Sendable {
    /// What a search changed about a group.
    public struct Change: Sendable, Equatable {
        /// Which group.
        public var id: String
        /// Whether it was not there before, or has grown to twice what it was when somebody let it go.
        public var isNew: Bool
        /// How many accounts joined it and left it.
        public var joined: Int
        /// How many accounts left it.
        public var left: Int
        /// Whether the evidence is other than before.
        public var isOther: Bool
    }

    /// The groups, by identifier.
    public private(set) var clusters: [String: Cluster] = [:]

    /// Milliseconds that an account stays in a group after a search last found it there.
    public static let grace: Int64 = 3_600_000
    /// How many independent families of evidence the rules need before they act.
    public static let leastFamilies = 3

    /// Takes the groups that were stored.
    public init(_ stored: some Sequence<Cluster> = []) {
        for one in stored { clusters[one.id] = one }
    }

    /// Takes what a search found.
    ///
    /// - Parameters:
    ///   - found: What ties the accounts of each campaign.
    ///   - organisation: Whose an account is.
    ///   - newID: Makes an identifier.
    /// - Returns: What has changed, group by group.
    public mutating func take(
        _ found: [Explanation], at now: Int64, organisation: (String) -> String, newID: () -> String
    ) -> [Change] {
        var taken: Set<String> = []
        var changes: [Change] = []
        for campaign in found {
            let known = match(Set(campaign.accounts), except: taken)
            let id = known ?? newID()
            taken.insert(id)
            let change = update(id, with: campaign, isKnown: known != nil, at: now, organisation)
            if let change { changes.append(change) }
        }
        return changes
    }

    /// The group that shares the most of these accounts: at least three, and half of the smaller of both.
    private func match(_ accounts: Set<String>, except taken: Set<String>) -> String? {
        var best: (id: String, shared: Int)?
        for (id, cluster) in clusters.sorted(by: { $0.key < $1.key }) where !taken.contains(id) {
            let shared = cluster.members.keys.count { accounts.contains($0) }
            guard shared >= 3, shared * 2 >= min(accounts.count, cluster.members.count) else { continue }
            if shared > best?.shared ?? 0 { best = (id, shared) }
        }
        return best?.id
    }

    private mutating func update(
        _ id: String, with campaign: Explanation, isKnown: Bool, at now: Int64, _ organisation: (String) -> String
    ) -> Change? {
        var cluster = clusters[id] ?? Cluster(id: id, found: now)
        let before = cluster
        cluster.seen = now
        var joined = 0
        for account in campaign.accounts {
            if cluster.members[account] != nil {
                cluster.members[account]?.seen = now
                cluster.members[account]?.isRecognised = false
            } else {
                joined += 1
                cluster.members[account] = .init(
                    organisation: organisation(account), since: now, seen: now, isRecognised: false)
            }
        }
        // What a person said of an account is kept although it is no longer found.
        let over = cluster.members.filter {
            now - $0.value.seen >= Self.grace && !$0.value.isReleased && !$0.value.isConfirmed
        }
        for account in over.keys { cluster.members[account] = nil }
        cluster.families = campaign.families.map(\.rawValue).sorted()
        cluster.contributions = Dictionary(
            campaign.contributions.map { ($0.family.rawValue, ($0.value * 10).rounded() / 10) },
            uniquingKeysWith: { $1 })
        cluster.score = (campaign.score * 10).rounded() / 10
        (cluster.exchanges, cluster.first, cluster.last) = (campaign.exchanges, campaign.first, campaign.last)
        cluster.ties = campaign.ties.prefix(12).map {
            "\($0.kind) \($0.name): \($0.members) members, \($0.others) other organisations"
        }
        var isNew = !isKnown
        if cluster.state == .dismissed, cluster.active.count >= 2 * max(1, cluster.dismissedAt) {
            // What was let go is put before a person again once it is another thing; the rules leave it alone.
            cluster.state = .watched
            isNew = true
        }
        clusters[id] = cluster
        let isOther = cluster.families != before.families
        guard isNew || joined > 0 || !over.isEmpty || isOther else { return nil }
        return Change(id: id, isNew: isNew, joined: joined, left: over.count, isOther: isOther)
    }

    /// Takes an account that looks like a member of a group.
    ///
    /// - Returns: Whether it is new there.
    public mutating func recognise(_ account: String, of organisation: String, in id: String, at now: Int64) -> Bool {
        guard var cluster = clusters[id], cluster.state != .dismissed, cluster.members[account] == nil else {
            return false
        }
        cluster.members[account] = .init(organisation: organisation, since: now, seen: now, isRecognised: true)
        clusters[id] = cluster
        return true
    }

    /// Whether the rules may act on a group: enough independent evidence, more than one organisation, and nobody has let
    /// it go before.
    public func mayRespond(to id: String) -> Bool {
        guard let cluster = clusters[id] else { return false }
        return cluster.state == .watched && cluster.dismissedAt == 0 && cluster.families.count >= Self.leastFamilies
            && cluster.organisations > 1
    }
}

extension ClusterBook {
    /// Sets measures on a group.
    ///
    /// - Parameter byPerson: Whether a person does, and not the rules.
    public mutating func limit(_ id: String, _ measures: [String], byPerson: Bool) {
        guard var cluster = clusters[id] else { return }
        cluster.measures = measures.sorted()
        cluster.isByPerson = byPerson
        cluster.state = byPerson ? .confirmed : .limited
        if measures.isEmpty { cluster.state = .watched }
        clusters[id] = cluster
    }

    /// A person says that a group is one operation.
    public mutating func confirm(_ id: String) {
        guard var cluster = clusters[id] else { return }
        cluster.state = .confirmed
        cluster.isByPerson = true
        clusters[id] = cluster
    }

    /// Lets a whole group go.
    public mutating func dismiss(_ id: String) {
        guard var cluster = clusters[id] else { return }
        cluster.dismissedAt = max(1, cluster.active.count)
        cluster.measures = []
        cluster.canaries = nil
        cluster.isByPerson = false
        cluster.isSuspended = false
        cluster.state = .dismissed
        clusters[id] = cluster
    }

    /// Lets some accounts go.
    ///
    /// - Returns: How many were not let go before.
    @discardableResult
    public mutating func release(_ id: String, where isMeant: (String, Cluster.Member) -> Bool) -> Int {
        guard var cluster = clusters[id] else { return 0 }
        var count = 0
        for (account, member) in cluster.members where !member.isReleased && isMeant(account, member) {
            cluster.members[account]?.isReleased = true
            count += 1
        }
        clusters[id] = cluster
        return count
    }

    /// A person has confirmed who is behind an account.
    ///
    /// - Returns: The groups that it belongs to.
    public mutating func confirm(account: String) -> [String] {
        let ids = clusters.filter { $0.value.members[account] != nil }.map(\.key).sorted()
        for id in ids { clusters[id]?.members[account]?.isConfirmed = true }
        return ids
    }

    /// Changes what is known of a group beside its members.
    public mutating func note(_ id: String, _ change: (inout Cluster) -> Void) {
        guard var cluster = clusters[id] else { return }
        change(&cluster)
        clusters[id] = cluster
    }
}
