/// All balances: what every organisation, account, key, model and end user has spent and has promised.
///
/// A pure value. `reserve` is the one place where a budget says no, and it books in the same step, so what is spent and
/// promised together never passes a budget that stops, in whatever order exchanges come, grow and end.
struct BalanceBook: Sendable {
    /// The end users of one organisation that are kept apart at most.
    static let mostEndUsers = 50_000

    private(set) var budgets: [Budget] = []
    private var byScope: [Budget.Scope: [Int]] = [:]
    private var purses: [Purse] = []
    private var free: [Int] = []
    private var places: [Subject: Int] = [:]
    private var endUsers: [String: Int] = [:]
    /// Exchanges that hold a reservation.
    private(set) var open = 0
    /// What they hold together, in micro-units.
    private(set) var held: Int64 = 0

    struct Subject: Hashable, Sendable {
        let dimension: Dimension
        let id: String
    }

    /// What one exchange holds: an amount, in the purses of its payer.
    struct Hold: Sendable, Equatable {
        /// Places of the purses, by dimension; -1 is none.
        fileprivate var purses: (Int32, Int32, Int32, Int32, Int32)
        let day: UTCDay
        let month: Int32
        fileprivate(set) var amount: Int64

        static func == (one: Self, other: Self) -> Bool {
            one.purses == other.purses && one.day == other.day && one.amount == other.amount
        }
    }

    init(budgets: [Budget] = []) {
        replace(budgets)
    }

    // MARK: Exchanges

    /// Promises an amount, if every budget that stops has room for it.
    ///
    /// - Parameters:
    ///   - amount: In micro-units; `nil` where the model has no price, which passes only where no such budget holds.
    ///   - time: When it is admitted, milliseconds since 1970.
    mutating func reserve(_ amount: Int64?, for payer: Payer, at time: Int64) -> Result<Hold, BudgetRefusal> {
        let day = UTCDay(at: time)
        if let refusal = endUserRefusal(payer, day, amount) { return .failure(refusal) }
        let hold = place(payer, day)
        for place in hold.places {
            guard let amount else {
                for number in purses[place].budgets where budgets[number].stops {
                    return .failure(refusal(.noPrice, budgets[number], purses[place], day, asked: 0))
                }
                continue
            }
            if let refusal = obstacle(to: amount, purses[place], day) { return .failure(refusal) }
        }
        return .success(take(amount ?? 0, hold))
    }

    /// Promises an amount whatever the budgets say: for what has been recorded as promised.
    mutating func adopt(_ amount: Int64, for payer: Payer, on day: UTCDay) -> Hold {
        take(max(0, amount), place(payer, day))
    }

    /// Promises an amount in purses that were found before, whatever the budgets say.
    mutating func adopt(
        _ amount: Int64, in purses: Hold, endUser: String, of organisation: String, on day: UTCDay
    ) -> Hold {
        var hold = Hold(purses: purses.purses, day: day, month: day.month, amount: 0)
        if !endUser.isEmpty { hold.purses.4 = place(ofEndUser: endUser, organisation) }
        return take(max(0, amount), hold)
    }

    /// The purses of a payer, but for the end user's: these stay where they are.
    mutating func purses(of payer: Payer) -> Hold {
        var payer = payer
        payer.endUser = ""
        return place(payer, UTCDay(number: 0))
    }

    /// Promises again what was promised before a checkpoint, in purses that were restored from it.
    mutating func restore(_ amount: Int64, for payer: Payer, on day: UTCDay) -> Hold {
        take(max(0, amount), place(payer, day), isRestored: true)
    }

    /// Raises what an exchange holds to `amount`, if every budget has room; otherwise nothing changes.
    mutating func extend(_ hold: inout Hold, to amount: Int64) -> BudgetRefusal? {
        let more = amount - hold.amount
        guard more > 0 else { return nil }
        for place in hold.places {
            if let refusal = obstacle(to: more, purses[place], hold.day) { return refusal }
        }
        raise(&hold, by: more)
        return nil
    }

    /// Ends an exchange and books what it cost.
    ///
    /// More than was promised is taken as far as the budgets still have room; nobody is charged for the rest.
    ///
    /// - Returns: What was charged, and the shares of budgets that were passed by it.
    mutating func settle(_ hold: Hold, cost: Int64) -> (charged: Int64, alarms: [BudgetAlarm]) {
        var charged = max(0, cost)
        if charged > hold.amount { charged = hold.amount + min(charged - hold.amount, room(for: hold)) }
        return (charged, book(hold, charged))
    }

    /// Raises what an exchange holds whatever the budgets say: for what has been recorded as promised.
    mutating func adopt(_ hold: inout Hold, grownTo amount: Int64) {
        if amount > hold.amount { raise(&hold, by: amount - hold.amount) }
    }

    /// Ends an exchange at what was recorded.
    mutating func adopt(settled charged: Int64, of hold: Hold) {
        _ = book(hold, max(0, charged))
    }

    // MARK: Budgets

    /// Puts other budgets in force; what is spent and promised stays.
    mutating func replace(_ budgets: [Budget]) {
        self.budgets = budgets
        byScope = [:]
        for (place, budget) in budgets.enumerated() { byScope[budget.scope, default: []].append(place) }
        for place in purses.indices { purses[place].budgets = self.budgets(for: purses[place]) }
    }

    /// Whether an end user's spending is kept apart: whether a budget asks for it.
    func keepsApart(_ payer: Payer) -> Bool {
        keepsApart(endUser: payer.endUser, of: payer.organisation)
    }

    private func keepsApart(endUser: String, of organisation: String) -> Bool {
        guard !endUser.isEmpty, !byScope.isEmpty else { return false }
        return byScope[.eachEndUser(organisation: organisation)] != nil || byScope[.one(.endUser, endUser)] != nil
    }

    /// Forgets end users of whom nothing is known that a budget would still ask for.
    mutating func trim(today: UTCDay) {
        guard !endUsers.isEmpty else { return }
        for (subject, place) in places where subject.dimension == .endUser {
            let purse = purses[place]
            guard purse.open == 0, purse.budgets.allSatisfy({ purse.slot(budgets[$0].period, today).sum == 0 })
            else { continue }
            places[subject] = nil
            free.append(place)
            if let count = endUsers[purse.organisation] { endUsers[purse.organisation] = count > 1 ? count - 1 : nil }
        }
    }

    /// The purses of all subjects, in no order.
    var all: [Purse] { places.values.map { purses[$0] } }

    /// The purse of one subject, if it ever spent.
    func purse(_ dimension: Dimension, _ id: String) -> Purse? {
        places[Subject(dimension: dimension, id: id)].map { purses[$0] }
    }

    /// Puts a purse in as it was saved.
    mutating func restore(_ saved: Purse) {
        let place = self.place(saved.dimension, saved.id, saved.organisation)
        purses[place].total = saved.total
        purses[place].days = saved.days
        purses[place].months = saved.months
    }
}

extension BalanceBook {
    // MARK: Inside

    private func obstacle(to amount: Int64, _ purse: Purse, _ day: UTCDay) -> BudgetRefusal? {
        for place in purse.budgets {
            let budget = budgets[place]
            guard budget.stops else { continue }
            let slot = purse.slot(budget.period, day)
            guard slot.sum.addingClamped(amount) > budget.limit else { continue }
            let reason = slot.spent.addingClamped(amount) > budget.limit ? BudgetRefusal.Reason.spent : .reserved
            return refusal(reason, budget, purse, day, asked: amount)
        }
        return nil
    }

    /// What all budgets that stop still have, beyond what is promised.
    private func room(for hold: Hold) -> Int64 {
        var room = Int64.max
        for place in hold.places {
            for budget in purses[place].budgets.lazy.map({ budgets[$0] }) where budget.stops {
                room = min(room, max(0, budget.limit - purses[place].slot(budget.period, hold.day).sum))
            }
        }
        return room
    }

    private func refusal(
        _ reason: BudgetRefusal.Reason, _ budget: Budget, _ purse: Purse, _ day: UTCDay, asked: Int64
    ) -> BudgetRefusal {
        let ends: Int64? =
            switch budget.period {
            case .day: UTCDay(number: day.number + 1).milliseconds
            case .month: UTCDay.start(ofMonth: day.month + 1)
            case .total: nil
            }
        return BudgetRefusal(
            reason: reason, budget: budget, left: max(0, budget.limit - purse.slot(budget.period, day).spent),
            asked: asked, ends: ends)
    }

    private func endUserRefusal(_ payer: Payer, _ day: UTCDay, _ amount: Int64?) -> BudgetRefusal? {
        guard keepsApart(payer), endUsers[payer.organisation] ?? 0 >= Self.mostEndUsers,
            places[Subject(dimension: .endUser, id: payer.endUser)] == nil,
            let budget = byScope[.eachEndUser(organisation: payer.organisation)]?.lazy.map({ budgets[$0] })
                .first(where: \.stops)
        else { return nil }
        let purse = Purse(dimension: .endUser, id: payer.endUser, organisation: payer.organisation)
        return refusal(.tooManyEndUsers, budget, purse, day, asked: amount ?? 0)
    }

    private mutating func place(_ payer: Payer, _ day: UTCDay) -> Hold {
        let endUser = place(ofEndUser: payer.endUser, payer.organisation)
        return Hold(
            purses: (
                Int32(place(.organisation, payer.organisation)), Int32(place(.account, payer.account)),
                Int32(place(.key, payer.key)), Int32(place(.model, payer.model)), endUser
            ), day: day, month: day.month, amount: 0)
    }

    /// -1 for an end user who is not kept apart.
    private mutating func place(ofEndUser id: String, _ organisation: String) -> Int32 {
        guard !id.isEmpty, !endUsers.isEmpty || !byScope.isEmpty else { return -1 }
        let keepsApart = keepsApart(endUser: id, of: organisation)
        guard !endUsers.isEmpty || keepsApart else { return -1 }
        let isKept = places[Subject(dimension: .endUser, id: id)] != nil
        let hasRoom = keepsApart && endUsers[organisation] ?? 0 < Self.mostEndUsers
        return isKept || hasRoom ? Int32(place(.endUser, id, organisation)) : -1
    }

    private mutating func place(_ dimension: Dimension, _ id: String, _ organisation: String = "") -> Int {
        let subject = Subject(dimension: dimension, id: id)
        if let place = places[subject] { return place }
        var purse = Purse(dimension: dimension, id: id, organisation: organisation)
        purse.budgets = budgets(for: purse)
        if dimension == .endUser { endUsers[organisation, default: 0] += 1 }
        let place: Int
        if let unused = free.popLast() {
            place = unused
            purses[place] = purse
        } else {
            place = purses.count
            purses.append(purse)
        }
        places[subject] = place
        return place
    }

    private func budgets(for purse: Purse) -> [Int] {
        var found = byScope[.one(purse.dimension, purse.id)] ?? []
        if purse.dimension == .endUser {
            found += byScope[.eachEndUser(organisation: purse.organisation)] ?? []
        }
        return found
    }

    private mutating func take(_ amount: Int64, _ hold: Hold, isRestored: Bool = false) -> Hold {
        var hold = hold
        hold.amount = amount
        open += 1
        held = held.addingClamped(amount)
        for place in hold.places {
            purses[place].reserve(amount, hold.day, hold.month, isRestored: isRestored)
            purses[place].open += 1
        }
        return hold
    }

    private mutating func raise(_ hold: inout Hold, by more: Int64) {
        // The order of a purse's periods is that of admissions alone: a checkpoint saves it with those.
        for place in hold.places { purses[place].reserve(more, hold.day, hold.month, isRestored: true) }
        hold.amount += more
        held = held.addingClamped(more)
    }

    private mutating func book(_ hold: Hold, _ charged: Int64) -> [BudgetAlarm] {
        open -= 1
        held = held.addingClamped(-hold.amount)
        var alarms: [BudgetAlarm] = []
        for place in hold.places {
            let before = purses[place].budgets.isEmpty ? nil : purses[place]
            purses[place].settle(charged, of: hold.amount, hold.day, hold.month)
            purses[place].open -= 1
            if let before { note(before, purses[place], hold.day, &alarms) }
        }
        return alarms
    }

    /// Finds the highest share of each budget that was passed by a settlement.
    private func note(_ before: Purse, _ after: Purse, _ day: UTCDay, _ alarms: inout [BudgetAlarm]) {
        for budget in after.budgets.lazy.map({ budgets[$0] }) {
            let (was, spent) = (before.slot(budget.period, day).spent, after.slot(budget.period, day).spent)
            guard spent > was else { continue }
            // Limits are 10¹⁵ at most, so a hundred of them fit.
            let passed = budget.alarms.last { percent in
                let share = budget.limit * Int64(percent)
                return spent >= (share + 99) / 100 && was < (share + 99) / 100
            }
            guard let passed else { continue }
            alarms.append(BudgetAlarm(budget: budget, subject: after.id, percent: passed, spent: spent, day: day))
        }
    }
}

extension BalanceBook.Hold {
    /// The purses that the amount is held in.
    fileprivate var places: Places { Places(purses: purses) }

    struct Places: Sequence, IteratorProtocol {
        let purses: (Int32, Int32, Int32, Int32, Int32)
        private var step = 0

        init(purses: (Int32, Int32, Int32, Int32, Int32)) {
            self.purses = purses
        }

        mutating func next() -> Int? {
            while step < 5 {
                defer { step += 1 }
                let place =
                    switch step {
                    case 0: purses.0
                    case 1: purses.1
                    case 2: purses.2
                    case 3: purses.3
                    default: purses.4
                    }
                if place >= 0 { return Int(place) }
            }
            return nil
        }
    }
}
