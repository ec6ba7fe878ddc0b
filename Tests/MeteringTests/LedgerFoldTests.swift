import Testing
import Threads

@testable import Metering

/// What a ledger holds, as far as money goes.
private enum Record {
    case admitted(UInt64, Payer, LedgerFold.Charge)
    case refused(Payer, UTCDay)
    case completed(UInt64, Int64, TokenCounts)
    case grew(UInt64, Int64)
}

extension LedgerFold {
    fileprivate mutating func take(_ record: Record) {
        switch record {
        case .admitted(let number, let payer, let charge):
            admitted(number, payer: payer, charge: charge, day: charge.day)
        case .refused(let payer, let day): refused(payer: payer, day: day)
        case .completed(let number, let settled, let counts): completed(number, settled: settled, counts: counts)
        case .grew(let number, let reserved): grew(number, to: reserved)
        }
        next += 1
    }
}

/// A server that serves at random and writes down what it does, in the order in which it does it.
private struct Server {
    let meter: SpendingMeter
    var records: [Record] = []
    var running: [(number: UInt64, held: Reservation)] = []

    mutating func step(_ random: inout Seeded, _ time: Int64) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1:
            let payer = Payer.any(using: &random)
            let tokens: Int64? = Bool.random(using: &random) ? nil : Int64.random(in: 1...900, using: &random)
            guard let held = try? meter.reserve(.init(input: 3, maxTokens: tokens), for: payer, at: time) else {
                return
            }
            let number = UInt64(records.count + 1)
            records.append(
                .admitted(number, payer, .init(price: held.price?.version ?? 0, reserved: held.reserved, day: held.day))
            )
            held.markRecorded()
            running.append((number, held))
        case 2: records.append(.refused(Payer.any(using: &random), UTCDay(at: time)))
        case 3:
            guard let (number, held) = running.randomElement(using: &random),
                let sum = try? held.extend(output: held.output + Int64.random(in: 1...3000, using: &random))
            else { return }
            records.append(.grew(number, sum))
        default:
            guard let place = running.indices.randomElement(using: &random) else { return }
            let (number, held) = running.remove(at: place)
            let used = Int64.random(in: 0...3000, using: &random)
            let settled = held.settle(TokenCounts(input: 3, output: used), output: used)
            records.append(.completed(number, settled.charged, settled.counts))
        }
    }
}

@Suite("The fold of the ledger")
struct LedgerFoldTests {
    private let prices = PriceList(
        ["m0", "m1"].enumerated().map { place, model in
            Price(
                version: UInt64(place + 1), model: model, starts: 0,
                rates: Rates(input: 300_000, output: 1_700_000, cached: 100_000, reasoning: 1_700_000))
        })

    @Test("equals what the server holds in memory at any moment, and after being killed there", arguments: 0..<200)
    func killed(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let budgets =
            (0..<4).map { Budget.any($0, using: &random) } + [
                Budget(id: "bud_9", scope: .eachEndUser(organisation: "org_1"), period: .day, limit: 20_000)
            ]
        var server = Server(meter: SpendingMeter(prices: prices, budgets: budgets))
        var time = morning
        for _ in 0..<Int.random(in: 1...400, using: &random) {
            time += Int64.random(in: -hour...(6 * hour), using: &random)
            server.step(&random, time)
        }
        // Killed here: what is left is the ledger.
        var fold = LedgerFold()
        fold.replace(budgets)
        for record in server.records { fold.take(record) }
        #expect(fold.open.count == server.running.count)
        expectSame(fold, server.meter)
        // settled + reservations of admitted, unfinished exchanges, added up by hand
        var settled: [UInt64: Int64] = [:]
        var payers: [UInt64: Payer] = [:]
        for record in server.records {
            switch record {
            case .admitted(let number, let payer, let charge):
                (settled[number], payers[number]) = (charge.reserved, payer)
            case .completed(let number, let cost, _): settled[number] = cost
            case .grew(let number, let reserved): settled[number] = reserved
            case .refused: break
            }
        }
        let next = SpendingMeter(prices: prices, budgets: budgets, from: fold)
        for organisation in ["org_0", "org_1", "org_2"] {
            let sum = settled.reduce(0) { payers[$1.key]?.organisation == organisation ? $0 + $1.value : $0 }
            #expect(next.total(.organisation, organisation) == (sum, 0))
        }
    }

    private func expectSame(_ fold: LedgerFold, _ meter: SpendingMeter) {
        for purse in meter.state.withLock({ $0.book.all }) where purse.total.sum > 0 || purse.open > 0 {
            let folded = fold.book.purse(purse.dimension, purse.id)
            #expect(folded?.total == purse.total)
            for slot in purse.days.all { #expect(folded?.days[slot.label] == slot) }
            for slot in purse.months.all { #expect(folded?.months[slot.label] == slot) }
        }
    }

    @Test("is the same with a checkpoint anywhere in it", arguments: 0..<100)
    func checkpoints(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let budgets = [Budget(id: "b", scope: .eachEndUser(organisation: "org_1"), period: .total, limit: 1 << 40)]
        var server = Server(meter: SpendingMeter(prices: prices, budgets: budgets))
        var time = morning
        while server.records.count < 300 {
            time += Int64.random(in: 0...hour, using: &random)
            server.step(&random, time)
        }
        var whole = LedgerFold()
        whole.replace(budgets)
        for record in server.records { whole.take(record) }
        let usage = whole.takeChanges().usage

        var saved: [BalanceBook.Subject: LedgerFold.Balance] = [:]
        var summed: [LedgerFold.Cell.Key: LedgerFold.Cell] = [:]
        var fold = LedgerFold()
        fold.replace(budgets)
        for record in server.records {
            fold.take(record)
            guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
            let changes = fold.takeChanges()
            for balance in changes.balances { saved[.init(dimension: balance.dimension, id: balance.id)] = balance }
            for (key, cell) in changes.usage { summed[key, default: .init()].add(cell) }
            fold = LedgerFold(
                next: fold.next, balances: Array(saved.values), open: fold.open.mapValues { ($0.payer, $0.charge) },
                budgets: budgets)
        }
        for (key, cell) in fold.takeChanges().usage { summed[key, default: .init()].add(cell) }
        #expect(summed == usage && fold.next == whole.next)
        #expect(Set(fold.open.keys) == Set(whole.open.keys))
        for balance in whole.balances {
            let other = fold.balances.first { $0.dimension == balance.dimension && $0.id == balance.id }
            #expect(other?.total == balance.total && Set(other?.days ?? []) == Set(balance.days))
            #expect(whole.total(balance.dimension, balance.id) == fold.total(balance.dimension, balance.id))
        }
    }

    @Test("charges unfinished exchanges of a dead process what they had reserved, once")
    func unfinished() {
        var fold = LedgerFold()
        fold.admitted(
            1, payer: someone, charge: .init(price: 1, reserved: 500, day: UTCDay(at: morning)),
            day: UTCDay(at: morning))
        #expect(fold.total(.key, "key_a") == (0, 500))
        fold.closeUnfinished(before: 1)
        #expect(fold.total(.key, "key_a") == (0, 500))
        fold.closeUnfinished(before: 2)
        fold.closeUnfinished(before: 2)
        fold.completed(1, settled: 3, counts: TokenCounts())
        #expect(fold.total(.key, "key_a") == (500, 0))
        let cell = fold.takeChanges().usage.values.first
        #expect(cell?.unfinished == 1 && cell?.cost == 500 && cell?.completed == 0 && cell?.admitted == 1)
    }

    @Test("counts exchanges from before there were prices, and charges nothing for them")
    func old() {
        var fold = LedgerFold()
        fold.admitted(1, payer: someone, charge: nil, day: UTCDay(at: morning))
        fold.completed(1, settled: 0, counts: TokenCounts(input: 5, output: 6))
        let cell = fold.takeChanges().usage.values.first
        #expect(cell?.input == 5 && cell?.output == 6 && cell?.cost == 0)
    }
}
