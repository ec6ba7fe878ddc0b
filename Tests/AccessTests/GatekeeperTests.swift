import Store
import Testing

@testable import Access

@Suite("Admission")
struct GatekeeperTests {
    @Test("lets a good key in and says whose it is")
    func goodKey() throws {
        let gate = Gate()
        let lease = try #require(gate.admit().lease)
        #expect(lease.organisation == gate.organisation.id)
        #expect(lease.key == gate.key.id)
        #expect(lease.account == gate.key.account)
        #expect(lease.limits == .unlimited)
        #expect(gate.gatekeeper.running == 1)
        lease.end()
        #expect(gate.gatekeeper.running == 0)
    }

    @Test("takes the key as bytes as well")
    func bytes() {
        let gate = Gate()
        let bytes = Array(gate.secret.text.utf8)
        for key in [AnyCollection(bytes), AnyCollection(bytes.lazy.map { $0 })] {
            let result = gate.gatekeeper.admit(key: key, model: "m", route: "chat", from: "::1", tokens: 0, now: 0)
            #expect(result.lease != nil)
        }
        let nothing = gate.gatekeeper.admit(key: [], model: "m", route: "chat", from: "::1", tokens: 0, now: 0)
        #expect(nothing.refusal == .missingKey)
    }

    @Test("tells a missing, a mistyped and an unknown key apart inside")
    func wrongKeys() {
        let gate = Gate()
        #expect(gate.admit("").refusal == .missingKey)
        #expect(
            gate.gatekeeper.admit(key: nil, model: "m", route: "r", from: "c", tokens: 0, now: 0).refusal == .missingKey
        )
        #expect(gate.admit(gate.secret.text + "x").refusal == .malformedKey)
        #expect(gate.admit(KeySecret.random().text).refusal == .unknownKey)
        #expect(gate.admit("\u{0}\u{202e}ключ").refusal == .malformedKey)
    }

    @Test("ends when the key expires, by the wall clock, and lets what runs finish")
    func expiry() throws {
        let gate = Gate(expires: newYear + 5000)
        let lease = try #require(gate.admit(now: 5 * second - 1_000_000).lease)
        #expect(gate.admit(now: 5 * second).refusal == .expired)
        #expect(lease.revocation == nil)
        gate.gatekeeper.align(now: 5 * second, wall: newYear)
        #expect(gate.admit(now: 6 * second).lease != nil)
    }

    @Test(
        "keeps to the key's scopes",
        arguments: [
            ("swift-7b", "chat", nil), ("swift-70b", "chat", AccessRefusal.modelNotPermitted),
            ("open-", "chat", nil), ("open-moon", "chat", nil), ("ope", "chat", .modelNotPermitted),
            ("swift-7b", "messages", .routeNotPermitted), ("", "chat", nil),
        ] as [(String, String, AccessRefusal?)])
    func scopes(_ model: String, _ route: String, _ expected: AccessRefusal?) {
        let gate = Gate(models: ["swift-7b", "open-*"], routes: ["chat"])
        #expect(gate.admit(model: model, route: route).refusal == expected)
    }

    @Test("follows the organisation's and the model's standing")
    func standings() {
        let gate = Gate()
        gate.gatekeeper.set(.held(reason: "screening"), organisation: gate.organisation.id)
        #expect(gate.admit().refusal == .organisationHeld(reason: "screening"))
        gate.gatekeeper.set(.suspended(reason: "unpaid"), organisation: gate.organisation.id)
        #expect(gate.admit().refusal == .organisationSuspended(reason: "unpaid"))
        gate.gatekeeper.set(.active, organisation: gate.organisation.id)
        gate.gatekeeper.set(.held(reason: "level"), model: "m")
        #expect(gate.admit().refusal == .modelWithdrawn(reason: "level"))
        #expect(gate.admit(model: "other").refusal == nil)
        gate.gatekeeper.set(.active, model: "m")
        #expect(gate.admit().refusal == nil)
    }

    @Test("can ask who presents a key without taking a place or counting a request")
    func visitors() throws {
        let gate = Gate(key: Limits(requestsPerMinute: 1), models: ["one", "two"], routes: ["chat"])
        for _ in 0..<3 {
            let visitor = try gate.gatekeeper.identify(key: gate.secret.text, from: "c", now: 0).get()
            #expect(visitor.organisation == gate.organisation.id && visitor.key == gate.key.id)
            #expect(visitor.mayUse(model: "one") && !visitor.mayUse(model: "three"))
            #expect(visitor.mayUse(route: "chat") && !visitor.mayUse(route: "messages"))
        }
        #expect(gate.admit(model: "one").lease != nil)
        gate.gatekeeper.set(.held(reason: "level"), model: "two")
        #expect(try !gate.gatekeeper.identify(key: gate.secret.text, from: "c", now: 0).get().mayUse(model: "two"))
        gate.gatekeeper.revoke(key: gate.key.id, at: 1)
        #expect(throws: AccessRefusal.revoked) {
            try gate.gatekeeper.identify(key: gate.secret.text, from: "c", now: 0).get()
        }
        for _ in 0..<20 { _ = gate.gatekeeper.identify(key: "x", from: "c", now: 0) }
        #expect(throws: AccessRefusal.tooManyFailures(retryAfter: 3)) {
            try gate.gatekeeper.identify(key: nil, from: "c", now: 0).get()
        }
    }

    @Test("stops answering wrong keys from one address, and no other, and no right key")
    func failures() {
        let gate = Gate()
        for _ in 0..<20 { #expect(gate.admit("nonsense").refusal == .malformedKey) }
        #expect(gate.admit("nonsense").refusal == .tooManyFailures(retryAfter: 3))
        #expect(gate.admit(KeySecret.random().text).refusal?.retryAfter == 3)
        #expect(gate.admit().lease != nil)
        #expect(gate.admit("nonsense", from: "192.0.2.2").refusal == .malformedKey)
        #expect(gate.admit("nonsense", now: 3 * second).refusal == .malformedKey)
        #expect(gate.admit("nonsense", now: 3 * second).refusal == .tooManyFailures(retryAfter: 3))
        for _ in 0..<20 { #expect(gate.admit("nonsense", now: 70 * second).refusal == .malformedKey) }
    }

    @Test("does not count revoked and expired keys as guesses")
    func revokedIsNoGuess() {
        let gate = Gate()
        gate.gatekeeper.revoke(key: gate.key.id, at: newYear)
        for _ in 0..<100 { #expect(gate.admit().refusal == .revoked) }
    }

    @Test("takes one network for one client")
    func addresses() {
        #expect(ClientAddress("2001:db8::1") == ClientAddress("2001:0db8:0:0:ffff::2"))
        #expect(ClientAddress("2001:db8::1%eth0") == ClientAddress("2001:db8::9"))
        #expect(ClientAddress("2001:db8:0:1::1") != ClientAddress("2001:db8:0:2::1"))
        #expect(ClientAddress("::ffff:192.0.2.1") != ClientAddress("::ffff:192.0.2.2"))
        #expect(ClientAddress("192.0.2.1") != ClientAddress("192.0.2.2"))
        for hostile in ["", ":", "::", ":::::::::", "1:2:3:4:5:6:7:8:9", "gggg::", String(repeating: ":", count: 9999)]
        {
            _ = ClientAddress(hostile)
        }
    }

    @Test("with a flood of addresses still limits one that keeps failing")
    func flood() {
        let gate = Gate()
        for _ in 0..<21 { _ = gate.admit("nonsense", from: "198.51.100.7") }
        for number in 0..<100_000 {
            _ = gate.admit("nonsense", from: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
        }
        #expect(gate.admit("nonsense", from: "198.51.100.7").refusal?.retryAfter == 3)
    }
}
