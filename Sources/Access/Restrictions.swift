import Store

/// What a client is told of a restriction, and under which identifier it can be appealed.
public struct RestrictionNotice: Sendable, Equatable {
    /// The restriction's identifier, or the rule's own words for a standing rule.
    public let id: String
    /// The code of the API.
    public let code: String
    /// Why, for the client.
    public let reason: String

    init(id: String, code: String, reason: String) { (self.id, self.code, self.reason) = (id, code, reason) }

    init(_ record: RestrictionRecord) {
        id = record.id
        let state = record.isHold ? "held" : "revoked"
        code =
            switch record.kind {
            case .organisation: "organization_\(state)"
            case .account: "account_\(state)"
            case .country: "unsupported_country"
            case .key: "key_\(state)"
            case .model: "model_withdrawn"
            case .endUser: "end_user_blocked"
            }
        reason = record.reason
    }

    init(embargo code: String, clause: String) {
        id = clause
        self.code = "unsupported_country"
        reason = "requests from or for \(code) are not served (\(clause))"
    }
}

/// What desks know of an organisation, as far as admission depends on it; memory only, derived from its papers.
public struct OrganisationFacts: Sendable, Equatable {
    /// Where it is registered and headquartered, and its parents: ISO codes; the strictest counts.
    public var seats: Set<String>
    /// Whether it came through an application that was decided, and may ask for permissions.
    public var isVetted: Bool

    /// Takes the parts as they are.
    public init(seats: Set<String> = [], isVetted: Bool = false) {
        self.seats = seats
        self.isVetted = isVetted
    }
}

extension AccessSnapshot {
    /// The restriction that an organisation or account meets first: what was revoked before what is held, then the oldest.
    func restriction(organisation: OrganisationID, account: AccountID) -> RestrictionNotice? {
        guard !restrictions.isEmpty else { return nil }
        let met = restrictions.values.filter {
            $0.kind == .organisation && $0.subject == organisation.text
                || $0.kind == .account && $0.subject == account.text
        }
        return met.min { ($0.isHold ? 1 : 0, $0.since, $0.id) < ($1.isHold ? 1 : 0, $1.since, $1.id) }
            .map { RestrictionNotice($0) }
    }

    /// The places that nothing is served to, by code: the dated rules', and those that somebody revoked.
    var destinations: [String: RestrictionNotice] {
        var found: [String: RestrictionNotice] = [:]
        for (code, clause) in embargo { found[code] = RestrictionNotice(embargo: code, clause: clause) }
        for record in restrictions.values where record.kind == .country {
            found[record.subject] = RestrictionNotice(record)
        }
        return found
    }

    /// The restrictions of one subject that are in force.
    func restrictions(on kind: RestrictionRecord.Kind, _ subject: String, organisation: String = "")
        -> [RestrictionRecord]
    {
        restrictions.values.filter { $0.kind == kind && $0.subject == subject && $0.organisation == organisation }
            .sorted { ($0.since, $0.id) < ($1.since, $1.id) }
    }
}
