public import Store

extension AccessService {
    /// Every organisation, oldest first.
    public nonisolated var organisations: [Organisation] {
        gatekeeper.snapshot.organisations.values.sorted { ($0.created, $0.id.text) < ($1.created, $1.id.text) }
    }

    /// Every account of an organisation, oldest first.
    public nonisolated func accounts(of organisation: OrganisationID) -> [Account] {
        gatekeeper.snapshot.accounts.values.filter { $0.organisation == organisation }
            .sorted { ($0.created, $0.id.text) < ($1.created, $1.id.text) }
    }

    /// Finds an organisation by its identifier or its name, whatever the case.
    public nonisolated func organisation(_ reference: String) throws(AccessError) -> Organisation {
        try gatekeeper.snapshot.organisation(reference)
    }

    /// Makes an organisation, with one account named `default`.
    public func createOrganisation(
        name: String, limits: Limits = Limits(), by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> Organisation {
        try Naming.check(name, field: "name")
        try limits.check()
        return try await change { snapshot throws(AccessError) in
            let folded = name.lowercased()
            guard !snapshot.organisations.values.contains(where: { $0.name.lowercased() == folded }) else {
                throw .conflict(field: "name", message: "there is an organisation of that name already")
            }
            let organisation = Organisation(id: .random(), name: name, limits: limits, created: wall)
            let account = Account(id: .random(), organisation: organisation.id, name: "default", created: wall)
            return Decision(
                changes: [.addOrganisation(organisation), .addAccount(account)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "organisation.create", subject: organisation.id.text,
                    detail: ["name": name].merging(limits.facts) { $1 }),
                result: organisation)
        }
    }

    /// Replaces an organisation's limits; what is used of them carries over.
    public func setLimits(
        _ limits: Limits, organisation reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> Organisation {
        try limits.check()
        return try await change { snapshot throws(AccessError) in
            var organisation = try snapshot.organisation(reference)
            organisation.limits = limits
            return Decision(
                changes: [.setOrganisation(organisation)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "organisation.limit", subject: organisation.id.text,
                    detail: limits.facts),
                result: organisation)
        }
    }

    /// Changes how an organisation stands; anything but `.active` cuts its running exchanges.
    public func setStanding(
        _ standing: Standing, organisation reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> Organisation {
        if let reason = standing.reason { try Naming.check(reason: reason, field: "reason") }
        return try await change { snapshot throws(AccessError) in
            var organisation = try snapshot.organisation(reference)
            organisation.standing = standing
            return Decision(
                changes: [.setOrganisation(organisation)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "organisation.\(standing.verb)", subject: organisation.id.text,
                    detail: standing.reason.map { ["reason": $0] } ?? [:]),
                result: organisation)
        }
    }

    /// Changes how a model stands for everyone; anything but `.active` cuts what runs on it.
    public func setStanding(
        _ standing: Standing, model: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) {
        try Naming.check(scope: [model], field: "model")
        if let reason = standing.reason { try Naming.check(reason: reason, field: "reason") }
        try await change { _ throws(AccessError) in
            Decision(
                changes: [.setModel(model, standing)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "model.\(standing.verb)", subject: model,
                    detail: standing.reason.map { ["reason": $0] } ?? [:]),
                result: ())
        }
    }

    /// Adds an account to an organisation.
    public func createAccount(
        name: String, organisation reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> Account {
        try Naming.check(name, field: "name")
        return try await change { snapshot throws(AccessError) in
            let organisation = try snapshot.organisation(reference)
            let folded = name.lowercased()
            let twin = snapshot.accounts.values.contains {
                $0.organisation == organisation.id && $0.name.lowercased() == folded
            }
            guard !twin else {
                throw .conflict(field: "name", message: "the organisation has an account of that name already")
            }
            let account = Account(id: .random(), organisation: organisation.id, name: name, created: wall)
            return Decision(
                changes: [.addAccount(account)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "account.create", subject: account.id.text,
                    detail: ["name": name, "organisation": organisation.id.text]),
                result: account)
        }
    }
}

extension AccessSnapshot {
    func organisation(_ reference: String) throws(AccessError) -> Organisation {
        if let exact = organisations[OrganisationID(reference)] { return exact }
        let folded = reference.lowercased()
        if let named = organisations.values.first(where: { $0.name.lowercased() == folded }) { return named }
        throw .notFound(field: "organisation", message: "there is none of that name or identifier")
    }

    func account(_ reference: String, of organisation: OrganisationID) throws(AccessError) -> Account {
        let folded = reference.lowercased()
        let found = accounts.values.first {
            $0.organisation == organisation && ($0.id.text == reference || $0.name.lowercased() == folded)
        }
        guard let found else {
            throw .notFound(field: "account", message: "the organisation has none of that name or identifier")
        }
        return found
    }

    /// Follows a change that the store has taken.
    mutating func apply(_ change: Change) {
        switch change {
        case .addOrganisation(let organisation), .setOrganisation(let organisation):
            organisations[organisation.id] = organisation
        case .addAccount(let account): accounts[account.id] = account
        case .addKey(let key), .setKey(let key): set(key)
        case .setModel(let name, let standing): models[name] = standing == .active ? nil : standing
        case .setLimits(let holder, let limits): set(limits, of: holder)
        case .setEndUser(let organisation, let pseudonym, let standing):
            endUsers[organisation, default: [:]][pseudonym] = standing == .active ? nil : standing
        case .addPrice(let price): prices.append(price)
        case .setBudget(let budget):
            budgets.removeAll {
                $0.dimension == budget.dimension && $0.subject == budget.subject && $0.period == budget.period
            }
            budgets.append(budget)
        case .removeBudget(let id, _): budgets.removeAll { $0.id == id }
        case .setRestriction(let record, _): restrictions[record.id] = record.lifted == nil ? record : nil
        case .setPermission(let record, _): permissions[record.id] = record.state == .active ? record : nil
        case .file: break
        }
    }
}

extension Limits {
    /// The limits as facts of an event.
    var facts: [String: String] {
        var facts: [String: String] = [:]
        facts["requests_per_minute"] = requestsPerMinute.map { "\($0)" }
        facts["tokens_per_minute"] = tokensPerMinute.map { "\($0)" }
        facts["concurrency"] = concurrency.map { "\($0)" }
        return facts
    }
}

extension Standing {
    var verb: String {
        switch self {
        case .active: "resume"
        case .held: "hold"
        case .suspended: "suspend"
        }
    }
}
