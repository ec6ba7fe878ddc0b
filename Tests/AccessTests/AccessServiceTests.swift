import Store
import Testing

@testable import Access

@Suite("Changing organisations and keys")
struct AccessServiceTests {
    private func service(_ store: Store? = nil) async throws -> AccessService {
        var opened = store
        if opened == nil { opened = try await Store.open(path: ":memory:") }
        return try await AccessService.start(
            store: try #require(opened), gatekeeper: Gatekeeper(now: 0, wall: newYear))
    }

    private func admit(_ service: AccessService, _ issued: IssuedKey, now: Int64 = 0) -> AdmissionResult {
        service.gatekeeper.admit(
            key: issued.secret.text, model: "m", route: "chat", from: "192.0.2.1", tokens: 0, now: now)
    }

    @Test("acts on the gate at once, and after a restart")
    func createAndRestart() async throws {
        let service = try await service()
        let organisation = try await service.createOrganisation(name: "Hafen Süd", by: "test", at: newYear)
        let issued = try await service.createKey(
            NewKey(organisation: "hafen süd", models: ["m"], limits: Limits(requestsPerMinute: 7), lifetime: 90),
            by: "test", at: newYear)
        #expect(admit(service, issued).lease?.limits.requests?.limit == 7)
        #expect(issued.key.expires == newYear + 90_000)

        let again = try await self.service(service.store)
        #expect(again.gatekeeper.snapshot == service.gatekeeper.snapshot)
        #expect(admit(again, issued).lease?.organisation == organisation.id)
        #expect(admit(again, issued, now: 91 * second).refusal == .expired)
    }

    @Test("puts the expiry of a key on record once, also across a restart, and never that of a revoked one")
    func expiries() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        var keys: [KeyRecord] = []
        for lifetime in [60, 60, 3600, nil] as [Int64?] {
            let issued = try await service.createKey(
                NewKey(organisation: "Harbour", lifetime: lifetime), by: "test", at: newYear)
            keys.append(issued.key)
        }
        _ = try await service.revokeKey(keys[1].id.text, by: "test", at: newYear)
        #expect(try await service.noteExpiries(at: newYear + 59_999).isEmpty)
        #expect(try await service.noteExpiries(at: newYear + 60_000).map(\.id) == [keys[0].id])
        #expect(try await service.noteExpiries(at: newYear + 60_001).isEmpty)
        let event = try #require(try await service.store.events(limit: 1).first)
        #expect(event.action == "key.expire" && event.subject == keys[0].id.text && event.actor == "time")
        let again = try await self.service(service.store)
        #expect(try await again.noteExpiries(at: newYear + 4_000_000).map(\.id) == [keys[2].id])
    }

    @Test("rotates with an overlap: both keys work until the old one's time is over")
    func rotation() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        let old = try await service.createKey(NewKey(organisation: "Harbour", models: ["m"]), by: "test", at: newYear)
        let new = try await service.rotateKey(old.key.id.text, overlap: 3600, by: "test", at: newYear)
        #expect(new.key.models == ["m"] && new.key.family == old.key.id)
        #expect(admit(service, old, now: 3599 * second).lease != nil)
        #expect(admit(service, old, now: 3600 * second).refusal == .expired)
        #expect(admit(service, new, now: 3600 * second).lease != nil)
        await #expect(throws: AccessError.self) {
            try await service.rotateKey(old.key.id.text, overlap: 0, by: "test", at: newYear)
        }
        let last = try await service.rotateKey(new.key.id.text, overlap: 0, by: "test", at: newYear)
        #expect(admit(service, new).refusal == .revoked)
        #expect(admit(service, last).lease != nil)
    }

    @Test("revokes for ever, cutting what runs, and writes each change down once without a secret")
    func revocationAndEvents() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        let issued = try await service.createKey(NewKey(organisation: "Harbour"), by: "test", at: newYear)
        let lease = try #require(admit(service, issued).lease)
        _ = try await service.revokeKey(issued.key.id.text, by: "test", at: newYear + 1)
        #expect(lease.revocation == .keyRevoked)
        let again = try await service.revokeKey(issued.key.id.text, by: "test", at: newYear + 2)
        #expect(again.revoked == newYear + 1)
        let events = try await service.store.events(limit: 10)
        #expect(events.map(\.action) == ["key.revoke", "key.create", "organisation.create"])
        #expect(events.allSatisfy { $0.actor == "test" })
        #expect(!"\(events)".contains(issued.secret.text.dropFirst(14)))
    }

    @Test("writes down when keys were last used, later and not at once")
    func lastUsed() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        let issued = try await service.createKey(NewKey(organisation: "Harbour"), by: "test", at: newYear)
        #expect(await service.lastUsed(issued.key.id) == nil)
        _ = admit(service, issued, now: 5 * second)
        #expect(await service.lastUsed(issued.key.id) == newYear + 5000)
        #expect(try await service.store.records().keys.first?.lastUsed == nil)
        try await service.maintain(now: 6 * second, wall: newYear + 6000)
        #expect(try await service.store.records().keys.first?.lastUsed == newYear + 5000)
        let again = try await self.service(service.store)
        #expect(await again.lastUses() == [issued.key.id: newYear + 5000])
    }

    @Test("adopts secrets chosen elsewhere, but lets nobody guess them")
    func adoption() async throws {
        let service = try await service()
        let chosen = [(name: "bench", secret: "bench-secret"), (name: "move", secret: "moved-from-elsewhere")]
        try await service.adopt(chosen, organisation: "Harbour", by: "test", at: newYear)
        try await service.adopt(chosen, organisation: "Harbour", by: "test", at: newYear)
        #expect(service.keys().count == 2)
        #expect(!service.keys().contains { $0.hint.utf8.count > 2 })
        func ask(_ key: String, from client: String) -> AdmissionResult {
            service.gatekeeper.admit(key: key, model: "m", route: "r", from: client, tokens: 0, now: 0)
        }
        #expect(ask("bench-secret", from: "192.0.2.1").lease != nil)
        for guess in 0..<20 { #expect(ask("bench-secre\(guess)", from: "192.0.2.1").refusal == .malformedKey) }
        #expect(ask("bench-secret", from: "192.0.2.1").refusal == .tooManyFailures(retryAfter: 3))
        #expect(ask("bench-secret", from: "192.0.2.2").lease != nil)
        for wrong in ["short", "with space in it", String(repeating: "x", count: 257)] {
            await #expect(throws: AccessError.self) {
                try await service.adopt([(name: "k", secret: wrong)], organisation: "Harbour", by: "test")
            }
        }
    }

    @Test("suspends and resumes")
    func standing() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        let issued = try await service.createKey(NewKey(organisation: "Harbour"), by: "test", at: newYear)
        _ = try await service.setStanding(
            .suspended(reason: "unpaid"), organisation: "Harbour", by: "test", at: newYear)
        #expect(admit(service, issued).refusal == .organisationSuspended(reason: "unpaid"))
        _ = try await service.setStanding(.active, organisation: "Harbour", by: "test", at: newYear)
        #expect(admit(service, issued).lease != nil)
        try await service.setStanding(.held(reason: "level"), model: "m", by: "test", at: newYear)
        let again = try await self.service(service.store)
        #expect(admit(again, issued).refusal == .modelWithdrawn(reason: "level"))
    }

    @Test("changes nothing when the store fails")
    func brokenStore() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test", at: newYear)
        let issued = try await service.createKey(NewKey(organisation: "Harbour"), by: "test", at: newYear)
        try await service.store.close()
        await #expect(throws: AccessError.self) { try await service.revokeKey(issued.key.id.text, by: "test") }
        #expect(admit(service, issued).lease != nil)
        await #expect(throws: AccessError.self) { try await service.createOrganisation(name: "Second", by: "test") }
        #expect(service.organisations.count == 1)
    }

    @Test("made by many at once is made one after the other")
    func serial() async throws {
        let service = try await service()
        let made = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    (try? await service.createOrganisation(name: "Name \(number % 10)", by: "test")) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 10)
        #expect(service.organisations.count == 10)
    }

    @Test(
        "accepts names in any script",
        arguments: ["上海港", "Порт", "میناء", "می‌خواهم", "हार्बर", "Ω 2", "🚢 line", "é", "a'b\"; DROP--"])
    func names(_ name: String) async throws {
        let service = try await service()
        let organisation = try await service.createOrganisation(name: name, by: "test", at: newYear)
        #expect(try service.organisation(name) == organisation)
        #expect(try await service.store.records().organisations.first?.name == name)
        await #expect(
            throws: AccessError.conflict(field: "name", message: "there is an organisation of that name already")
        ) {
            try await service.createOrganisation(name: name.uppercased(), by: "test")
        }
    }

    @Test(
        "refuses hostile names without repeating them",
        arguments: [
            ("", "empty"), ("   ", "space"), (" a", "space"), ("a\u{3000}", "space"), ("a\u{0}b", "U+0000"),
            ("a\nb", "U+000A"), ("a\u{1b}[31m", "U+001B"), ("\u{202e}evil", "U+202E"), ("a\u{feff}b", "U+FEFF"),
            ("a\u{2028}b", "line break"), ("\u{e000}", "without a meaning"), ("a\u{e0041}", "U+E0041"),
            ("org_abc", "identifiers"), ("10 kB", "10000 characters"),
        ])
    func hostileNames(_ case: String, _ part: String) async throws {
        let name = `case` == "10 kB" ? String(repeating: "n", count: 10_000) : `case`
        let service = try await service()
        do {
            _ = try await service.createOrganisation(name: name, by: "test")
            Issue.record("accepted")
        } catch {
            #expect(error.description.hasPrefix("name: ") && error.description.contains(part))
            #expect(error.description.utf8.count < 200)
        }
    }

    @Test("refuses limits, scopes and times that make no sense")
    func nonsense() async throws {
        let service = try await service()
        _ = try await service.createOrganisation(name: "Harbour", by: "test")
        let wishes: [(String, NewKey)] = [
            ("requests_per_minute", NewKey(organisation: "Harbour", limits: Limits(requestsPerMinute: 0))),
            ("tokens_per_minute", NewKey(organisation: "Harbour", limits: Limits(tokensPerMinute: .max))),
            ("concurrency", NewKey(organisation: "Harbour", limits: Limits(concurrency: -1))),
            ("models", NewKey(organisation: "Harbour", models: [])),
            ("models", NewKey(organisation: "Harbour", models: ["a*b"])),
            ("routes", NewKey(organisation: "Harbour", routes: ["a b"])),
            ("expires_in", NewKey(organisation: "Harbour", lifetime: 0)),
            ("expires_in", NewKey(organisation: "Harbour", lifetime: .max)),
            ("organisation", NewKey(organisation: "nobody")),
            ("account", NewKey(organisation: "Harbour", account: "nobody")),
            ("name", NewKey(organisation: "Harbour", name: "a\tb")),
        ]
        for (field, wish) in wishes {
            do {
                _ = try await service.createKey(wish, by: "test")
                Issue.record("accepted \(field)")
            } catch {
                #expect(error.description.hasPrefix("\(field): "))
            }
        }
        #expect(service.keys().isEmpty)
    }
}
