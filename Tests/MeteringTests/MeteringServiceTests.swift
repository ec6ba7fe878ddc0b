import Foundation
import Ledger
import Store
import Testing

@testable import Metering

/// A server's directory with a ledger and a store, as a start finds them.
private final class Home {
    let path: String
    private(set) var log: ExchangeLog

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("sluice-metering-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        log = try ExchangeLog.open(directory: path + "/ledger", segmentBytes: 4096)
    }

    deinit {
        log.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    var ledger: String { path + "/ledger" }

    func store() async throws -> Store { try await Store.open(path: path + "/sluice.db") }

    func service(_ store: Store, budgets: [BudgetRecord] = []) async throws -> MeteringService {
        let prices = [
            PriceRecord(
                version: 1, model: "m", starts: 0, input: 1_000_000, cached: 0, output: 2_000_000, reasoning: 2_000_000,
                created: 0)
        ]
        return try await MeteringService.start(store: store, ledger: ledger, prices: prices, budgets: budgets) { key in
            key == "key_b" ? "key_a" : key
        }
    }

    /// Admits one exchange as the gateway does.
    func admit(_ service: MeteringService, key: String = "key_a", endUser: String = "") throws -> (UInt64, Reservation)
    {
        let payer = Payer(
            organisation: "org_a", account: "acc_a", key: key == "key_b" ? "key_a" : key, model: "m", endUser: endUser)
        let held = try service.meter.reserve(.init(input: 10, maxTokens: 50), for: payer, at: morning)
        let admission = Admission(
            decisionID: DecisionID(at: morning), time: morning, organisation: "org_a", account: "acc_a", key: key,
            model: "m", dialect: .openAI, isStream: false, decision: .admitted, requestCommitment: nil,
            endUser: endUser,
            charge: .init(price: 1, reserved: UInt64(held.reserved), day: UInt32(held.day.number)))
        let sequence = try log.admit(admission)
        held.markRecorded()
        return (sequence, held)
    }

    func complete(_ sequence: UInt64, _ held: Reservation, output: Int64) {
        let settled = held.settle(TokenCounts(input: 10, output: output), output: output)
        log.complete(
            Completion(
                sequence: sequence, time: morning, outcome: .complete, answerCommitment: nil,
                usage: .init(input: 10, output: Int(output)), settled: UInt64(settled.charged)))
    }

    /// Closes the ledger and opens it again; completions that wait are written.
    func reopen() throws {
        log.close()
        log = try ExchangeLog.open(directory: ledger, segmentBytes: 4096)
    }
}

@Suite("The metering service")
struct MeteringServiceTests {
    private let week = UsageQuestion(days: (UTCDay(at: morning).number - 3)...(UTCDay(at: morning).number + 3))

    @Test("adds up the ledger in pieces, and begins again where it stood", arguments: [1, 3])
    func restarts(_ advances: Int) async throws {
        let home = try Home()
        var store = try await home.store()
        var service = try await home.service(store)
        var expected: Int64 = 0
        for round in 0..<6 {
            var open: [(UInt64, Reservation)] = []
            for _ in 0..<10 { open.append(try home.admit(service, key: round % 2 == 0 ? "key_a" : "key_b")) }
            for (place, exchange) in open.enumerated() where place < 7 {
                home.complete(exchange.0, exchange.1, output: Int64(20 + place))
                expected += 10 + 2 * Int64(20 + place)
            }
            if round % advances == 0 { try await service.advance(now: morning) }
            // Three are never completed: the process dies here.
            expected += 3 * (10 + 100)
            try home.reopen()
            try await store.close()
            store = try await home.store()
            service = try await home.service(store)
            #expect(service.opening == .init(unfinished: 3, wasRebuilt: false))
            #expect(service.meter.total(.organisation, "org_a") == (expected, 0))
            #expect(service.meter.total(.key, "key_a") == (expected, 0))
        }
        let usage = try await service.usage(week, now: morning)
        #expect(usage.map(\.cost) == [expected] && usage.first?.admitted == 60)
        #expect(usage.first?.completed == 42 && usage.first?.unfinished == 18)
        #expect(await service.folded(.model, "m") == (expected, 0))
    }

    @Test("counts behind a running server, with what is reserved, and nothing twice")
    func running() async throws {
        let home = try Home()
        let store = try await home.store()
        let service = try await home.service(store)
        let (first, held) = try home.admit(service)
        let (_, other) = try home.admit(service)
        try await service.advance(now: morning)
        #expect(await service.folded(.key, "key_a") == (0, 220))
        home.complete(first, held, output: 5)
        for _ in 0..<100 where await service.folded(.key, "key_a").spent == 0 {
            try await service.advance(now: morning)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await service.folded(.key, "key_a") == (20, 110))
        #expect(try await service.usage(week, now: morning).map(\.cost) == [20])
        var byMonth = week
        byMonth.by = .month
        #expect(try await service.usage(byMonth, now: morning).map(\.day) == [UTCDay("2026-11-01")?.number])
        withExtendedLifetime(other) {}
    }

    @Test("keeps the balances of end users that a budget asks for, across a restart")
    func endUsers() async throws {
        let home = try Home()
        let budget = BudgetRecord(
            id: .random(), dimension: "each_end_user", subject: "org_a", period: "month", amount: 200, alarms: [80],
            stops: true, created: 0)
        let store = try await home.store()
        var service = try await home.service(store, budgets: [budget])
        let (number, held) = try home.admit(service, endUser: "usr_ada")
        home.complete(number, held, output: 50)
        try home.reopen()
        service = try await home.service(store, budgets: [budget])
        #expect(service.meter.total(.endUser, "usr_ada") == (110, 0))
        #expect(throws: BudgetRefusal.self) { try home.admit(service, endUser: "usr_ada") }
        let kept = try home.admit(service, endUser: "usr_ben")
        #expect(kept.1.reserved == 110)
    }

    @Test("adds up everything anew where the checkpoint is of another ledger")
    func foreign() async throws {
        let home = try Home()
        let store = try await home.store()
        var service = try await home.service(store)
        let (number, held) = try home.admit(service)
        home.complete(number, held, output: 50)
        try home.reopen()
        try await service.advance(now: morning)
        #expect(try await store.foldCheckpoint()?.next == 3)
        try await store.save(
            FoldCheckpoint(
                next: 3, chain: [UInt8](repeating: 1, count: 32), balances: [], open: [],
                usage: [
                    UsageRecord(day: UTCDay(at: morning).number, organisation: "x", account: "x", key: "x", model: "x")
                ]))
        service = try await home.service(store)
        #expect(service.opening.wasRebuilt && service.meter.total(.organisation, "org_a") == (110, 0))
        #expect(try await service.usage(week, now: morning).map(\.cost) == [110])
        // The ledger has lost its end.
        try await store.save(
            FoldCheckpoint(next: 9, chain: [UInt8](repeating: 1, count: 32), balances: [], open: [], usage: []))
        service = try await home.service(store)
        #expect(service.opening.wasRebuilt && service.meter.total(.organisation, "org_a") == (110, 0))
    }
}
