import Foundation
import Testing

@testable import Store

@Suite("The store")
struct StoreTests {
    private let organisation = Organisation(id: .random(), name: "Harbour", created: 1)
    private let event = ChangeEvent(time: 1, actor: "test", action: "test.change", subject: "x", detail: ["a": "b"])

    private func key(_ account: Account, _ byte: UInt8) -> KeyRecord {
        KeyRecord(
            id: .random(), organisation: account.organisation, account: account.id,
            hash: Array(repeating: byte, count: 32), hint: "sk-sluice-abcd", name: "key", models: ["a", "b*"],
            limits: Limits(requestsPerMinute: 1, tokensPerMinute: 2, concurrency: 3), created: 2, expires: 9)
    }

    private func temporary() throws -> String {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        return directory
    }

    @Test("gives back what it was given, also after it was closed")
    func roundTrip() async throws {
        let path = try temporary() + "/sluice.db"
        let store = try await Store.open(path: path)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        var first = key(account, 1)
        let second = key(account, 2)
        try await store.commit([.addOrganisation(organisation), .addAccount(account), .addKey(first)], event: event)
        first.replacedBy = second.id
        first.revoked = 5
        first.routes = ["chat"]
        var held = organisation
        held.standing = .held(reason: "screening")
        held.limits.concurrency = 4
        try await store.commit(
            [.addKey(second), .setKey(first), .setOrganisation(held), .setModel("m", .suspended(reason: "r"))],
            event: event)
        try await store.touch([first.id: 7])
        try await store.touch([first.id: 6])
        first.lastUsed = 7
        try await store.close()
        let again = try await Store.open(path: path)
        let records = try await again.records()
        #expect(records.organisations == [held])
        #expect(records.accounts == [account])
        #expect(Set(records.keys.map(\.id)) == [first.id, second.id])
        #expect(records.keys.contains(first) && records.keys.contains(second))
        #expect(records.models == ["m": .suspended(reason: "r")])
        #expect(try await again.events(limit: 10) == [event, event])
        #expect(try await again.events(limit: 1).count == 1)
    }

    @Test("gives back limits, end users, prices and budgets, each change in its place")
    func money() async throws {
        let path = try temporary() + "/sluice.db"
        let store = try await Store.open(path: path)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        let price = PriceRecord(
            version: 1, model: "m", starts: 5, input: 1, cached: 2, output: 3, reasoning: 4, created: 6)
        func budget(_ amount: Int64) -> BudgetRecord {
            BudgetRecord(
                id: .random(), dimension: "organisation", subject: organisation.id.text, period: "month",
                amount: amount, alarms: [50, 80], stops: true, created: 7)
        }
        let (first, second) = (budget(100), budget(200))
        try await store.commit(
            [
                .addOrganisation(organisation), .addAccount(account), .addPrice(price), .setBudget(first),
                .setLimits(.account(account.id), Limits(concurrency: 3)),
                .setLimits(.model("m"), Limits(concurrency: 4)),
                .setLimits(.endUser(organisation.id, pseudonym: "usr_a"), Limits(tokensPerMinute: 5)),
                .setLimits(.endUser(organisation.id, pseudonym: "usr_b"), Limits(tokensPerMinute: 6)),
                .setEndUser(organisation.id, pseudonym: "usr_a", .held(reason: "r")),
                .setEndUser(organisation.id, pseudonym: "usr_b", .suspended(reason: "r")),
            ], event: event)
        try await store.commit(
            [
                .setBudget(second), .setLimits(.model("m"), Limits()),
                .setLimits(.endUser(organisation.id, pseudonym: "usr_b"), Limits()),
                .setEndUser(organisation.id, pseudonym: "usr_b", .active),
            ],
            event: event)
        let key = try await store.records().pseudonymKey
        try await store.close()
        let records = try await Store.open(path: path).records()
        #expect(records.prices == [price] && records.budgets == [second])
        #expect(
            records.limits == [
                .account(account.id): Limits(concurrency: 3),
                .endUser(organisation.id, pseudonym: "usr_a"): Limits(tokensPerMinute: 5),
            ])
        #expect(records.endUsers == [organisation.id: ["usr_a": .held(reason: "r")]])
        #expect(records.pseudonymKey == key && key.count == 32)
    }

    @Test("keeps the fold of the ledger, and adds what was used to what was")
    func fold() async throws {
        let store = try await Store.open(path: ":memory:")
        #expect(try await store.foldCheckpoint() == nil)
        func balance(_ subject: String, _ total: Int64) -> FoldCheckpoint.Balance {
            .init(
                dimension: "organisation", subject: subject, organisation: "", total: total, days: [[20_000, total]],
                months: [[657, total], [656, 1]])
        }
        func usage(_ day: Int32, _ model: String, _ cost: Int64) -> UsageRecord {
            var record = UsageRecord(day: day, organisation: "o", account: "a", key: "k", model: model)
            (record.admitted, record.completed, record.input, record.cost) = (1, 1, 10, cost)
            return record
        }
        let open = FoldCheckpoint.Open(
            sequence: 9, organisation: "o", account: "a", key: "k", model: "m", endUser: "", price: 1, reserved: 5,
            day: 2)
        let chain = [UInt8](repeating: 3, count: 32)
        try await store.save(
            FoldCheckpoint(
                next: 10, chain: chain, balances: [balance("x", 1), balance("y", 2)], open: [open],
                usage: [usage(1, "m", 5), usage(2, "n", 7)]))
        try await store.save(
            FoldCheckpoint(next: 12, chain: chain, balances: [balance("y", 3)], open: [], usage: [usage(1, "m", 6)]))
        let read = try #require(try await store.foldCheckpoint())
        #expect(read.next == 12 && read.open.isEmpty && read.chain == chain)
        #expect(Set(read.balances.map(\.total)) == [1, 3])
        #expect(read.balances.first { $0.subject == "y" } == balance("y", 3))
        let days = try await store.usage(UsageQuestion(days: 0...9))
        #expect(days.map(\.day) == [1, 2] && days.map(\.cost) == [11, 7] && days[0].admitted == 2)
        let models = try await store.usage(UsageQuestion(days: 0...9, by: .model))
        #expect(models.map(\.model) == ["m", "n"])
        #expect(try await store.usage(UsageQuestion(days: 2...9, model: "m")).isEmpty)
        try await store.forgetFold()
        #expect(try await store.foldCheckpoint() == nil)
        #expect(try await store.usage(UsageQuestion(days: 0...9)).isEmpty)
    }

    @Test("writes all of a change or nothing")
    func atomic() async throws {
        let store = try await Store.open(path: ":memory:")
        let stranger = Account(id: .random(), organisation: .random(), name: "default", created: 1)
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([.addOrganisation(organisation), .addAccount(stranger)], event: event)
        }
        #expect(error?.kind == .constraint)
        var records = try await store.records()
        records.pseudonymKey = []
        #expect(records == AccessRecords())
        #expect(try await store.events(limit: 10).isEmpty)
        await #expect(throws: StoreError.self) {
            try await store.commit([.setOrganisation(organisation)], event: event)
        }
    }

    @Test(
        "forbids by its schema what must never be",
        arguments: [
            "UPDATE events SET actor = 'someone else'",
            "DELETE FROM events",
            "DELETE FROM keys",
            "DELETE FROM organisations",
            "UPDATE keys SET hash = zeroblob(32)",
            "UPDATE keys SET account = 'acc_other'",
            "UPDATE keys SET revoked = NULL",
            "UPDATE keys SET revoked = 99",
            "UPDATE keys SET requests_per_minute = 0",
            "UPDATE keys SET expires = 'tomorrow'",
            "UPDATE keys SET models = '{}'",
            "UPDATE keys SET models = 'not json'",
            "UPDATE keys SET replaced_by = 'key_nobody'",
            "UPDATE organisations SET standing = 'gone'",
            "UPDATE organisations SET standing = 'held'",
            "UPDATE organisations SET name = ''",
            "INSERT INTO organisations (id, name, standing, created) VALUES ('x', 'Other', 'active', 1)",
            "INSERT INTO organisations (id, name, standing, created) VALUES ('org_x', 'Harbour', 'active', 1)",
            "INSERT INTO events (time, actor, action, subject, detail) VALUES (1, 'a', 'b', 'c', '{}')",
            "INSERT INTO events (time, actor, action, subject, detail) VALUES (1, 'a', 'b.c', 'd', '[]')",
        ])
    func schema(_ sql: String) async throws {
        let store = try await Store.open(path: ":memory:")
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        var revoked = key(account, 1)
        revoked.revoked = 3
        try await store.commit([.addOrganisation(organisation), .addAccount(account), .addKey(revoked)], event: event)
        let error = await #expect(throws: StoreError.self) { try await store.execute(sql) }
        #expect(error?.kind == .constraint)
        #expect(try await store.records().keys == [revoked])
    }

    @Test("forbids a key whose account belongs to another organisation")
    func foreignAccount() async throws {
        let store = try await Store.open(path: ":memory:")
        let other = Organisation(id: .random(), name: "Other", created: 1)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        try await store.commit(
            [.addOrganisation(organisation), .addOrganisation(other), .addAccount(account)], event: event)
        let wrong = KeyRecord(
            id: .random(), organisation: other.id, account: account.id, hash: Array(repeating: 1, count: 32),
            hint: "h", name: "n", created: 1)
        await #expect(throws: StoreError.self) { try await store.commit([.addKey(wrong)], event: event) }
        let short = KeyRecord(
            id: .random(), organisation: organisation.id, account: account.id, hash: [1], hint: "h", name: "n",
            created: 1)
        await #expect(throws: StoreError.self) { try await store.commit([.addKey(short)], event: event) }
    }

    @Test("says which file cannot be used, and the way out")
    func unusable() async throws {
        let directory = try temporary()
        let garbage = directory + "/garbage.db"
        try Data("this is no database, but it is long enough to look like one, or isn't it?".utf8)
            .write(to: URL(fileURLWithPath: garbage))
        for (path, kind) in [
            (garbage, StoreError.Kind.notAStore), (directory + "/none/sluice.db", .unusable), (directory, .unusable),
        ] {
            let error = await #expect(throws: StoreError.self) { try await Store.open(path: path) }
            #expect(error?.kind == kind)
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("refuses a file that a newer version has written")
    func tooNew() async throws {
        let path = try temporary() + "/sluice.db"
        let store = try await Store.open(path: path)
        try await store.execute("INSERT INTO grdb_migrations VALUES ('99: from the future')")
        try await store.close()
        let error = await #expect(throws: StoreError.self) { try await Store.open(path: path) }
        #expect(error?.kind == .tooNew)
    }
}
