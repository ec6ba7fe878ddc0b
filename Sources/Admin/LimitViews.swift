import Access
import Store

/// Limits with their holder, as JSON.
public struct HolderView: Codable, Sendable {
    /// `organisation`, `account`, `key`, `model`, `each_end_user` or `end_user`.
    public var holder: String
    /// Its identifier, pseudonym, or the model's name; of each end user their organisation's.
    public var subject: String
    /// Its name, where it has one; of one end user their organisation's.
    public var name: String?
    /// The limits.
    public var limits: LimitsBody
}

/// An end user who is stopped, as JSON.
public struct StoppedEndUserView: Codable, Sendable {
    /// The pseudonym by which records know them.
    public var endUser: String
    /// Their organisation's identifier and name.
    public var organisation, name: String
    /// What clients are told.
    public var reason: String

    enum CodingKeys: String, CodingKey {
        case organisation, name, reason
        case endUser = "end_user"
    }
}

extension AdminDesk {
    /// Sets limits of whoever they are for, and shows them as they are now.
    func setLimits(_ body: SharedLimitsRequest, by actor: String) async throws -> HolderView {
        let limits = body.limits.limits
        switch try Self.subject(body.subject) {
        case .organisation(let reference):
            let made = try await service.setLimits(limits, organisation: reference, by: actor)
            return HolderView(holder: "organisation", subject: made.id.text, name: made.name, limits: body.limits)
        case .key(let reference):
            let key = try await service.setLimits(limits, key: reference, by: actor)
            return HolderView(holder: "key", subject: key.id.text, name: key.name, limits: body.limits)
        case .account, .model, .eachEndUser, .endUser:
            let holder = try await service.setLimits(limits, of: try Self.subject(body.subject), by: actor)
            return Self.view(of: holder, limits, in: service.gatekeeper.snapshot)
        }
    }

    /// Everybody who has limits: organisations, then accounts, keys, models and end users.
    func limits() -> [HolderView] {
        let snapshot = service.gatekeeper.snapshot
        var views: [HolderView] = []
        for one in service.organisations where one.limits != Limits() {
            views.append(
                HolderView(holder: "organisation", subject: one.id.text, name: one.name, limits: LimitsBody(one.limits))
            )
        }
        for key in service.keys() where key.limits != Limits() && key.revoked == nil {
            views.append(
                HolderView(holder: "key", subject: key.id.text, name: key.name, limits: LimitsBody(key.limits)))
        }
        var shared = snapshot.limits.map { Self.view(of: $0, $1, in: snapshot) }
        for (organisation, users) in snapshot.endUserLimits {
            shared += users.map { Self.view(of: .endUser(organisation, pseudonym: $0), $1, in: snapshot) }
        }
        return views + shared.sorted { ($0.holder, $0.subject) < ($1.holder, $1.subject) }
    }

    private static func view(of holder: LimitHolder, _ limits: Limits, in snapshot: AccessSnapshot) -> HolderView {
        let (kind, subject, name): (String, String, String?) =
            switch holder {
            case .account(let id): ("account", id.text, snapshot.accounts[id]?.name)
            case .model(let name): ("model", name, nil)
            case .endUsers(let id): ("each_end_user", id.text, snapshot.organisations[id]?.name)
            case .endUser(let id, let pseudonym): ("end_user", pseudonym, snapshot.organisations[id]?.name)
            }
        return HolderView(holder: kind, subject: subject, name: name, limits: LimitsBody(limits))
    }

    /// End users who are stopped, of one organisation or of all.
    func stoppedEndUsers(_ reference: String?) throws(AccessError) -> [StoppedEndUserView] {
        let snapshot = service.gatekeeper.snapshot
        var only: OrganisationID?
        if let reference { only = try service.organisation(reference).id }
        var views: [StoppedEndUserView] = []
        for (organisation, users) in snapshot.endUsers where only == nil || only == organisation {
            for (pseudonym, standing) in users {
                let reason: String
                switch standing {
                case .active: continue
                case .held(let why), .suspended(let why): reason = why
                }
                views.append(
                    StoppedEndUserView(
                        endUser: pseudonym, organisation: organisation.text,
                        name: snapshot.organisations[organisation]?.name ?? "", reason: reason))
            }
        }
        return views.sorted { ($0.organisation, $0.endUser) < ($1.organisation, $1.endUser) }
    }
}
