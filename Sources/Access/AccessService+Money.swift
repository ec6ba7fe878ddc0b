public import Store

/// Whose spending a new budget shall bound.
public enum BudgetSubject: Sendable, Equatable {
    /// An organisation, by name or identifier.
    case organisation(String)
    /// An account of an organisation, both by name or identifier.
    case account(String, organisation: String)
    /// A key, by identifier; those that it replaced and that replace it count with it.
    case key(String)
    /// A model, by the name clients use.
    case model(String)
    /// One end user of an organisation, as clients name them, or by pseudonym.
    case endUser(String, organisation: String)
    /// Each end user of an organisation for themselves.
    case eachEndUser(organisation: String)
}

/// What a new budget shall be.
public struct NewBudget: Sendable {
    /// For whom.
    public var subject: BudgetSubject
    /// `day`, `month` or `total`.
    public var period: String
    /// Micro-units, 0 to 10¹⁵.
    public var amount: Int64
    /// Percentages at which to give notice, 1 to 100, at most ten.
    public var alarms: [Int]
    /// Whether requests are refused once it is used up.
    public var stops: Bool

    /// Takes the parts; they are checked when the budget is made.
    public init(subject: BudgetSubject, period: String, amount: Int64, alarms: [Int] = [80, 100], stops: Bool = true) {
        self.subject = subject
        self.period = period
        self.amount = amount
        self.alarms = alarms
        self.stops = stops
    }
}

/// What a model shall cost; rates are micro-units for a million tokens.
public struct NewPrice: Sendable {
    /// The model's name as clients use it.
    public var model: String
    /// From when on, milliseconds since 1970; `nil` is at once.
    public var starts: Int64?
    /// The four rates, 0 to 10¹² each.
    public var input, cached, output, reasoning: Int64

    /// Takes the parts; they are checked when the price is entered.
    public init(model: String, starts: Int64? = nil, input: Int64, cached: Int64, output: Int64, reasoning: Int64) {
        self.model = model
        self.starts = starts
        self.input = input
        self.cached = cached
        self.output = output
        self.reasoning = reasoning
    }
}

extension AccessService {
    /// Enters prices, all or none; they are never changed, and one that begins as early as another takes its place.
    ///
    /// - Returns: The prices with their numbers.
    public func addPrices(
        _ wishes: [NewPrice], by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> [PriceRecord] {
        guard (1...10_000).contains(wishes.count) else {
            throw .invalid(field: "prices", message: "must be 1 to 10000 prices")
        }
        for wish in wishes {
            try Naming.check(scope: [wish.model], field: "model")
            for (field, rate) in [
                ("input", wish.input), ("cached", wish.cached), ("output", wish.output), ("reasoning", wish.reasoning),
            ] where !(0...1_000_000_000_000).contains(rate) {
                throw .invalid(field: field, message: "must be 0 to 1000000 units for a million tokens")
            }
            guard (0...253_402_300_799_999).contains(wish.starts ?? wall) else {
                throw .invalid(field: "from", message: "must be a day from 1970 to 9999")
            }
        }
        return try await change { snapshot throws(AccessError) in
            let last = snapshot.prices.map(\.version).max() ?? 0
            let prices = wishes.enumerated().map { place, wish in
                PriceRecord(
                    version: last + Int64(place) + 1, model: wish.model, starts: wish.starts ?? wall,
                    input: wish.input, cached: wish.cached, output: wish.output, reasoning: wish.reasoning,
                    created: wall)
            }
            return Decision(
                changes: prices.map { .addPrice($0) },
                event: ChangeEvent(
                    time: wall, actor: actor, action: "price.add",
                    subject: prices.count == 1 ? prices[0].model : "prices",
                    detail: prices.count == 1 ? prices[0].facts : ["count": "\(prices.count)"]),
                result: prices)
        }
    }

    /// The budgets in force, oldest first.
    public nonisolated var budgets: [BudgetRecord] { gatekeeper.snapshot.budgets }

    /// Finds a budget in force by its identifier.
    public nonisolated func budget(_ reference: String) throws(AccessError) -> BudgetRecord {
        try gatekeeper.snapshot.budget(reference)
    }

    /// Every price, past ones too, in the order of their numbers.
    public nonisolated var prices: [PriceRecord] { gatekeeper.snapshot.prices }

    /// Makes a budget, in the place of the one of the same subject and period; what was spent counts for it too.
    public func setBudget(
        _ wish: NewBudget, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> BudgetRecord {
        guard ["day", "month", "total"].contains(wish.period) else {
            throw .invalid(field: "per", message: "must be day, month or total")
        }
        guard (0...1_000_000_000_000_000).contains(wish.amount) else {
            throw .invalid(field: "limit", message: "must be 0 to 1000000000 units")
        }
        guard wish.alarms.count <= 10, wish.alarms.allSatisfy({ (1...100).contains($0) }) else {
            throw .invalid(field: "alarms", message: "must be at most 10 percentages, each 1 to 100")
        }
        return try await change { snapshot throws(AccessError) in
            let (dimension, subject) = try self.place(of: wish.subject, in: snapshot)
            let budget = BudgetRecord(
                id: .random(), dimension: dimension, subject: subject, period: wish.period, amount: wish.amount,
                alarms: Set(wish.alarms).sorted(), stops: wish.stops, created: wall)
            return Decision(
                changes: [.setBudget(budget)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "budget.set", subject: budget.id.text, detail: budget.facts),
                result: budget)
        }
    }

    /// Takes a budget out of force.
    public func removeBudget(
        _ reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> BudgetRecord {
        try await change { snapshot throws(AccessError) in
            let budget = try snapshot.budget(reference)
            return Decision(
                changes: [.removeBudget(budget.id, at: wall)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "budget.remove", subject: budget.id.text, detail: budget.facts),
                result: budget)
        }
    }

    /// Replaces the limits of an account, a model, an organisation's end users or one of them; no limit at all takes them away.
    ///
    /// - Returns: The holder, by the identifiers that records know it by.
    @discardableResult
    public func setLimits(
        _ limits: Limits, of subject: BudgetSubject, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> LimitHolder {
        try limits.check()
        return try await change { snapshot throws(AccessError) in
            let holder: LimitHolder
            switch subject {
            case .account(let account, let organisation):
                let owner = try snapshot.organisation(organisation)
                holder = .account(try snapshot.account(account, of: owner.id).id)
            case .model(let name):
                try Naming.check(scope: [name], field: "model")
                holder = .model(name)
            case .eachEndUser(let organisation): holder = .endUsers(try snapshot.organisation(organisation).id)
            case .endUser(_, let organisation):
                let owner = try snapshot.organisation(organisation)
                holder = .endUser(owner.id, pseudonym: try self.place(of: subject, in: snapshot).id)
            case .organisation, .key:
                throw .invalid(field: "subject", message: "must be an account, a model or an organisation's end users")
            }
            return Decision(
                changes: [.setLimits(holder, limits)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "limits.set", subject: holder.text, detail: limits.facts),
                result: holder)
        }
    }

    /// Replaces the limits of a key, and of those keys of its line that still work: they share what they use.
    public func setLimits(
        _ limits: Limits, key reference: String, by actor: String, at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> KeyRecord {
        try limits.check()
        return try await change { snapshot throws(AccessError) in
            var named = try snapshot.key(reference)
            guard named.revoked == nil else { throw .conflict(field: "key", message: "is revoked") }
            let line = snapshot.keys.values.filter { $0.family == named.family && $0.revoked == nil }
            named.limits = limits
            return Decision(
                changes: line.map { key in
                    var key = key
                    key.limits = limits
                    return .setKey(key)
                },
                event: ChangeEvent(
                    time: wall, actor: actor, action: "key.limit", subject: named.id.text, detail: limits.facts),
                result: named)
        }
    }

    /// Changes how one end user of an organisation stands; anything but `.active` cuts their running exchanges, and no others.
    ///
    /// - Parameter user: The end user as clients name them, or by pseudonym.
    /// - Returns: The pseudonym.
    @discardableResult
    public func setStanding(
        _ standing: Standing, endUser user: String, organisation: String, by actor: String,
        at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) -> String {
        if let reason = standing.reason { try Naming.check(reason: reason, field: "reason") }
        return try await change { snapshot throws(AccessError) in
            let (_, pseudonym) = try self.place(of: .endUser(user, organisation: organisation), in: snapshot)
            let owner = try snapshot.organisation(organisation)
            return Decision(
                changes: [.setEndUser(owner.id, pseudonym: pseudonym, standing)],
                event: ChangeEvent(
                    time: wall, actor: actor, action: "end_user.\(standing.verb)", subject: pseudonym,
                    detail: ["organisation": owner.id.text].merging(standing.reason.map { ["reason": $0] } ?? [:]) {
                        $1
                    }
                ),
                result: pseudonym)
        }
    }

    /// The dimension and the identifier that records and budgets know a subject by.
    private nonisolated func place(
        of subject: BudgetSubject, in snapshot: AccessSnapshot
    ) throws(AccessError) -> (dimension: String, id: String) {
        switch subject {
        case .organisation(let name): return ("organisation", try snapshot.organisation(name).id.text)
        case .account(let account, let organisation):
            let owner = try snapshot.organisation(organisation)
            return ("account", try snapshot.account(account, of: owner.id).id.text)
        case .key(let id): return ("key", try snapshot.key(id).family.text)
        case .model(let name):
            try Naming.check(scope: [name], field: "model")
            return ("model", name)
        case .endUser(let user, let organisation):
            let owner = try snapshot.organisation(organisation)
            guard (1...1024).contains(user.utf8.count) else {
                throw .invalid(field: "end_user", message: "must have 1 to 1024 bytes")
            }
            let isPseudonym = user.hasPrefix("usr_") && user.utf8.count == 15
            return ("end_user", isPseudonym ? user : gatekeeper.pseudonym(of: user, in: owner.id))
        case .eachEndUser(let organisation): return ("each_end_user", try snapshot.organisation(organisation).id.text)
        }
    }
}

extension AccessSnapshot {
    func budget(_ reference: String) throws(AccessError) -> BudgetRecord {
        guard let budget = budgets.first(where: { $0.id.text == reference }) else {
            throw .notFound(field: "budget", message: "there is none of that identifier (bud_…) in force")
        }
        return budget
    }
}

extension PriceRecord {
    fileprivate var facts: [String: String] {
        [
            "version": "\(version)", "starts": "\(starts)", "input": "\(input)", "cached": "\(cached)",
            "output": "\(output)", "reasoning": "\(reasoning)",
        ]
    }
}

extension BudgetRecord {
    fileprivate var facts: [String: String] {
        [
            "dimension": dimension, "subject": subject, "period": period, "micros": "\(amount)",
            "alarms": alarms.map(String.init).joined(separator: " "), "stops": "\(stops)",
        ]
    }
}

extension LimitHolder {
    /// The holder in an event.
    fileprivate var text: String {
        switch self {
        case .account(let id): id.text
        case .model(let name): name
        case .endUsers(let id): "end users of \(id.text)"
        case .endUser(let id, let pseudonym): "\(pseudonym) of \(id.text)"
        }
    }
}
