import Glibc
import Testing

@testable import Metering

@Suite("Balances")
struct BalanceBookTests {
    private func book(_ limit: Int64, _ period: Budget.Period = .total, stops: Bool = true) -> BalanceBook {
        BalanceBook(budgets: [
            Budget(id: "bud_1", scope: .one(.organisation, "org_a"), period: period, limit: limit, stops: stops)
        ])
    }

    @Test("hold what is promised, and free what was not used")
    func basics() throws {
        var book = book(100)
        let first = try book.reserve(60, for: someone, at: morning).get()
        let refused = book.reserve(41, for: someone, at: morning)
        #expect(refused.refusal?.reason == .reserved && refused.refusal?.left == 100 && refused.refusal?.ends == nil)
        #expect(book.settle(first, cost: 50).charged == 50)
        #expect(book.reserve(51, for: someone, at: morning).refusal?.reason == .spent)
        let second = try book.reserve(50, for: someone, at: morning).get()
        #expect(book.settle(second, cost: 0).charged == 0)
        #expect(book.purse(.organisation, "org_a")?.total == Slot(label: 0, spent: 50, reserved: 0))
        #expect(book.open == 0)
    }

    @Test("take more than was promised only while a budget has room")
    func excess() throws {
        var book = book(100)
        let first = try book.reserve(40, for: someone, at: morning).get()
        let second = try book.reserve(40, for: someone, at: morning).get()
        #expect(book.settle(first, cost: 1000).charged == 60)
        #expect(book.settle(second, cost: 41).charged == 40)
        #expect(book.purse(.key, "key_a")?.total.spent == 100)
    }

    @Test("grow a promise or leave it as it was")
    func extension_() throws {
        var book = book(100)
        var hold = try book.reserve(40, for: someone, at: morning).get()
        #expect(book.extend(&hold, to: 100) == nil && hold.amount == 100)
        #expect(book.extend(&hold, to: 101)?.reason == .reserved && hold.amount == 100)
        #expect(book.settle(hold, cost: 70).charged == 70)
    }

    @Test("of a budget that only gives notice stop nobody")
    func soft() throws {
        var book = book(100, stops: false)
        let hold = try book.reserve(1000, for: someone, at: morning).get()
        let alarms = book.settle(hold, cost: 1000).alarms
        #expect(alarms.map(\.percent) == [100])
        #expect(book.reserve(nil, for: someone, at: morning).refusal == nil)
    }

    @Test("refuse a model without a price where a budget holds, and nowhere else")
    func noPrice() {
        var book = book(100)
        #expect(book.reserve(nil, for: someone, at: morning).refusal?.reason == .noPrice)
        var other = someone
        other.organisation = "org_b"
        #expect(book.reserve(nil, for: other, at: morning).refusal == nil)
    }

    @Test("give notice of each share once, of the highest where several are passed")
    func alarms() throws {
        var book = BalanceBook(budgets: [
            Budget(id: "b", scope: .one(.key, "key_a"), period: .month, limit: 1000, alarms: [50, 80, 100])
        ])
        var heard: [UInt8] = []
        for cost in [499, 1, 100, 250, 150] as [Int64] {
            let hold = try book.reserve(cost, for: someone, at: morning).get()
            heard += book.settle(hold, cost: cost).alarms.map(\.percent)
        }
        #expect(heard == [50, 80, 100])
    }

    @Test("begin anew with each day and month, of UTC")
    func periods() throws {
        for (period, next) in [(Budget.Period.day, "2026-11-23"), (.month, "2026-12-01")] {
            var book = book(100, period)
            let hold = try book.reserve(100, for: someone, at: morning).get()
            let ends = book.reserve(1, for: someone, at: morning).refusal?.ends
            #expect(ends == UTCDay(next)?.milliseconds)
            #expect(book.reserve(1, for: someone, at: (ends ?? 0) - 1).refusal != nil)
            #expect(book.reserve(100, for: someone, at: ends ?? 0).refusal == nil)
            // It ends in the next period and counts in its own.
            #expect(book.settle(hold, cost: 30).charged == 30)
            #expect(book.reserve(1, for: someone, at: ends ?? 0).refusal != nil)
            #expect(book.reserve(70, for: someone, at: morning).refusal == nil)
        }
    }

    @Test("are found again when the clock jumps and comes back")
    func clockJumps() throws {
        var book = book(100, .day)
        for jump in [0, 365 * 24 * hour, -24 * hour] {
            let hold = try book.reserve(100, for: someone, at: morning + jump).get()
            _ = book.settle(hold, cost: 100)
            #expect(book.reserve(1, for: someone, at: morning).refusal?.reason == .spent)
            #expect(book.reserve(1, for: someone, at: morning + jump).refusal?.reason == .spent)
        }
        #expect(book.purse(.organisation, "org_a")?.total.spent == 300)
        _ = book.reserve(1, for: someone, at: .min)
        _ = book.reserve(1, for: someone, at: .max)
    }

    @Test("follow a budget that changes while it is spent")
    func changes() throws {
        var book = book(100)
        var hold = try book.reserve(80, for: someone, at: morning).get()
        book.replace([Budget(id: "bud_1", scope: .one(.organisation, "org_a"), period: .total, limit: 50)])
        #expect(book.reserve(1, for: someone, at: morning).refusal?.reason == .reserved)
        #expect(book.extend(&hold, to: 81) != nil)
        #expect(book.settle(hold, cost: 90).charged == 80)
        #expect(book.reserve(1, for: someone, at: morning).refusal?.left == 0)
        book.replace([Budget(id: "bud_1", scope: .one(.organisation, "org_a"), period: .total, limit: 200)])
        #expect(book.reserve(120, for: someone, at: morning).refusal == nil)
        book.replace([])
        #expect(book.reserve(.max, for: someone, at: morning).refusal == nil)
    }

    @Test("of one end user stop only them")
    func endUsers() throws {
        var book = BalanceBook(budgets: [
            Budget(id: "b", scope: .eachEndUser(organisation: "org_a"), period: .day, limit: 100)
        ])
        var other = someone
        other.endUser = "usr_b"
        _ = try book.reserve(100, for: someone, at: morning).get()
        #expect(book.reserve(1, for: someone, at: morning).refusal != nil)
        #expect(book.reserve(100, for: other, at: morning).refusal == nil)
        other.endUser = ""
        #expect(book.reserve(1000, for: other, at: morning).refusal == nil)
        let stranger = Payer(organisation: "org_b", account: "a", key: "k", model: "m", endUser: "usr_z")
        #expect(book.reserve(1000, for: stranger, at: morning).refusal == nil)
        #expect(book.purse(.endUser, "usr_z") == nil)
    }

    @Test("keep so many end users apart and no more, and forget them when their day is over")
    func manyEndUsers() throws {
        var book = BalanceBook(budgets: [
            Budget(id: "b", scope: .eachEndUser(organisation: "org_a"), period: .day, limit: 100)
        ])
        var payer = someone
        for number in 0..<BalanceBook.mostEndUsers {
            payer.endUser = "usr_\(number)"
            let hold = try book.reserve(10, for: payer, at: morning).get()
            _ = book.settle(hold, cost: 5)
        }
        payer.endUser = "usr_new"
        #expect(book.reserve(1, for: payer, at: morning).refusal?.reason == .tooManyEndUsers)
        book.trim(today: UTCDay(at: morning))
        #expect(book.reserve(1, for: payer, at: morning).refusal != nil)
        let kept = try book.reserve(
            1,
            for: {
                var one = payer; one.endUser = "usr_7"; return one
            }(), at: morning
        ).get()
        book.trim(today: UTCDay(at: morning + 48 * hour))
        #expect(book.purse(.endUser, "usr_7") != nil && book.purse(.endUser, "usr_8") == nil)
        #expect(book.reserve(1, for: payer, at: morning + 48 * hour).refusal == nil)
        #expect(book.settle(kept, cost: 1).charged == 1)
    }
}

extension Result where Success == BalanceBook.Hold, Failure == BudgetRefusal {
    var refusal: BudgetRefusal? {
        guard case .failure(let refusal) = self else { return nil }
        return refusal
    }
}

/// A plain model of the book: every exchange in a list, every sum made anew.
private struct Ledgerless {
    struct Entry {
        var payer: Payer
        var day: UTCDay
        var amount: Int64
        var charged: Int64?
    }

    var entries: [Int: Entry] = [:]

    func sum(_ budget: Budget, _ payer: Payer, _ day: UTCDay) -> Int64 {
        entries.values.reduce(0) { sum, entry in
            let isIn: Bool =
                switch budget.scope {
                case .one(let dimension, let id): entry.payer[dimension] == id
                case .eachEndUser: entry.payer.endUser == payer.endUser
                }
            let isNow =
                switch budget.period {
                case .day: entry.day == day
                case .month: entry.day.month == day.month
                case .total: true
                }
            return isIn && isNow ? sum + (entry.charged ?? entry.amount) : sum
        }
    }

    static func holds(_ budget: Budget, for payer: Payer) -> Bool {
        switch budget.scope {
        case .one(let dimension, let id): payer[dimension] == id
        case .eachEndUser(let organisation): payer.organisation == organisation && !payer.endUser.isEmpty
        }
    }
}

@Suite("Balances under random interleavings")
struct BalancePropertyTests {
    @Test(
        "equal a plain list of exchanges, and no budget is ever passed",
        arguments: 0..<(getenv("SLUICE_COUNTS") == nil ? 20 : 60))
    func model(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        let budgets = (0..<Int.random(in: 1...8, using: &random)).map { Budget.any($0, using: &random) }
        var book = BalanceBook(budgets: budgets)
        var plain = Ledgerless()
        var holds: [Int: BalanceBook.Hold] = [:]
        for step in 0..<600 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let payer = Payer.any(using: &random)
                let amount = Int64.random(in: 0...4000, using: &random)
                // Three days in two months, in any order.
                let time = 1_795_996_800_000 - [0, 1, 2].randomElement(using: &random)! * 24 * hour + hour
                let day = UTCDay(at: time)
                let stopping = budgets.filter { $0.stops && Ledgerless.holds($0, for: payer) }
                let fits = stopping.allSatisfy { plain.sum($0, payer, day) + amount <= $0.limit }
                let result = book.reserve(amount, for: payer, at: time)
                #expect((result.refusal == nil) == fits)
                if let refusal = result.refusal {
                    #expect(stopping.contains(refusal.budget))
                } else {
                    holds[step] = try result.get()
                    plain.entries[step] = .init(payer: payer, day: day, amount: amount)
                }
            case 2:
                guard let (id, hold) = holds.randomElement(using: &random), var entry = plain.entries[id] else {
                    continue
                }
                var grown = hold
                let wanted = entry.amount + Int64.random(in: 0...3000, using: &random)
                if book.extend(&grown, to: wanted) == nil { entry.amount = max(entry.amount, wanted) }
                (holds[id], plain.entries[id]) = (grown, entry)
            default:
                guard let (id, hold) = holds.randomElement(using: &random), var entry = plain.entries[id] else {
                    continue
                }
                let cost = Int64.random(in: 0...(entry.amount * 2), using: &random)
                entry.charged = book.settle(hold, cost: cost).charged
                #expect(entry.charged ?? -1 <= cost && entry.charged ?? -1 >= min(cost, entry.amount))
                holds[id] = nil
                plain.entries[id] = entry
            }
            if step % 10 == 0 { check(book, plain, budgets) }
        }
        check(book, plain, budgets)
        for hold in holds.values { _ = book.settle(hold, cost: 0) }
        #expect(book.open == 0)
        #expect(book.all.allSatisfy { $0.total.reserved == 0 && $0.open == 0 })
    }

    private func check(_ book: BalanceBook, _ plain: Ledgerless, _ budgets: [Budget]) {
        var isRight = true
        for entry in plain.entries.values {
            for budget in budgets where Ledgerless.holds(budget, for: entry.payer) {
                let sum = plain.sum(budget, entry.payer, entry.day)
                let dimension: Dimension = if case .one(let dimension, _) = budget.scope { dimension } else { .endUser }
                let booked = book.purse(dimension, entry.payer[dimension])?.slot(budget.period, entry.day).sum
                isRight = isRight && booked == sum && (!budget.stops || sum <= budget.limit)
            }
        }
        #expect(isRight)
    }
}
