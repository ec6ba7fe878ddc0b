import Dispatch
import Glibc
import Store
import Synchronization
import Testing
import Threads

@testable import Access

/// A gate with limits for accounts, models and end users, in the way a store would give them.
private func gate(_ limits: [LimitHolder: Limits] = [:], _ make: Gate = Gate()) -> Gate {
    var snapshot = make.gatekeeper.snapshot
    snapshot.limits = limits
    snapshot.pseudonymKey = Array(repeating: 7, count: 32)
    make.gatekeeper.replace(snapshot)
    return make
}

extension Gate {
    fileprivate func admit(user: String?, model: String = "m", tokens: Int = 0, now: Int64 = 0) -> AdmissionResult {
        gatekeeper.admit(
            key: secret.text, model: model, route: "chat", endUser: user, from: "192.0.2.1", tokens: tokens, now: now)
    }
}

@Suite("Limits of accounts, models and end users")
struct HolderTests {
    @Test("cut the end user that reached them, and nobody else of the organisation")
    func endUsers() throws {
        let made = Gate()
        let gate = gate([.endUsers(made.organisation.id): Limits(requestsPerMinute: 2, concurrency: 2)], made)
        let first = try #require(gate.admit(user: "ada").lease)
        #expect(first.endUser.hasPrefix("usr_") && first.endUser.utf8.count == 15)
        let second = try #require(gate.admit(user: "ada").lease)
        #expect(second.endUser == first.endUser && second.limits.requests?.remaining == 0)
        let refused = try #require(gate.admit(user: "ada").limit)
        #expect(refused.holder == .endUser && refused.measure == .requests)
        #expect(try #require(gate.admit(user: "ben").lease).endUser != first.endUser)
        #expect(gate.admit(user: nil).lease?.endUser == "")
        #expect(gate.admit(user: "").lease != nil)
    }

    @Test("set for one end user hold for them alone, in the place of what holds for each", arguments: [true, false])
    func namedEndUser(isMore: Bool) throws {
        let made = Gate()
        let gate = gate([.endUsers(made.organisation.id): Limits(requestsPerMinute: 3)], made)
        let ada = gate.gatekeeper.pseudonym(of: "ada", in: made.organisation.id)
        let limit = isMore ? 5 : 1
        gate.gatekeeper.apply([
            .setLimits(.endUser(made.organisation.id, pseudonym: ada), Limits(requestsPerMinute: limit))
        ])
        for _ in 0..<limit { #expect(gate.admit(user: "ada").lease != nil) }
        #expect(gate.admit(user: "ada").limit?.limit == limit)
        for _ in 0..<3 { #expect(gate.admit(user: "ben").lease != nil) }
        #expect(gate.admit(user: "ben").limit?.limit == 3)
        gate.gatekeeper.apply([.setLimits(.endUsers(made.organisation.id), Limits())])
        #expect(gate.admit(user: "ben").lease != nil)
        #expect(gate.admit(user: "ada").limit?.holder == .endUser)
        gate.gatekeeper.apply([.setLimits(.endUser(made.organisation.id, pseudonym: ada), Limits())])
        #expect(gate.admit(user: "ada").lease != nil)
    }

    @Test("of a model hold over all organisations, those of an account over all its keys")
    func modelsAndAccounts() throws {
        let made = Gate()
        let gate = gate(
            [.model("m"): Limits(tokensPerMinute: 100), .account(made.key.account): Limits(concurrency: 3)], made)
        let lease = try #require(gate.admit(user: nil, tokens: 90).lease)
        #expect(gate.admit(user: nil, tokens: 11).limit?.holder == .model)
        #expect(lease.limits.tokens?.remaining == 10)
        lease.settle(tokens: 50, now: 0)
        let second = try #require(gate.admit(user: nil, tokens: 11).lease)
        #expect(second.limits.tokens?.remaining == 39)
        let third = try #require(gate.admit(user: nil, model: "other", tokens: 1000).lease)
        let refused = try #require(gate.admit(user: nil, model: "other").limit)
        #expect(refused.holder == .account && refused.measure == .concurrency)
        withExtendedLifetime((lease, second, third)) {}
    }

    @Test("carry over when they are changed, and stop when they are taken away")
    func changes() throws {
        let made = Gate()
        let gate = gate(
            [.model("m"): Limits(requestsPerMinute: 2), .endUsers(made.organisation.id): Limits(requestsPerMinute: 9)],
            made)
        for _ in 0..<2 { #expect(gate.admit(user: "ada").lease != nil) }
        #expect(gate.admit(user: "ada").limit?.holder == .model)
        gate.gatekeeper.apply([.setLimits(.model("m"), Limits(requestsPerMinute: 3))])
        #expect(gate.admit(user: "ada").lease != nil)
        #expect(gate.admit(user: "ada").limit?.limit == 3)
        gate.gatekeeper.apply([.setLimits(.model("m"), Limits())])
        #expect(gate.admit(user: "ada").lease?.limits.requests?.remaining == 5)
        gate.gatekeeper.apply([.setLimits(.endUsers(made.organisation.id), Limits(requestsPerMinute: 4))])
        #expect(gate.admit(user: "ada").limit?.holder == .endUser)
        #expect(gate.admit(user: "ben").lease != nil)
    }

    @Test("charge nobody when the last of them refuses")
    func nothingHalfCharged() throws {
        let made = Gate(
            key: Limits(requestsPerMinute: 10, tokensPerMinute: 1000, concurrency: 10),
            organisation: Limits(requestsPerMinute: 10))
        let gate = gate(
            [
                .endUsers(made.organisation.id): Limits(requestsPerMinute: 1),
                .model("m"): Limits(tokensPerMinute: 1000),
            ], made)
        let lease = try #require(gate.admit(user: "ada", tokens: 10).lease)
        for _ in 0..<50 { #expect(gate.admit(user: "ada", tokens: 10).limit?.holder == .endUser) }
        let other = try #require(gate.admit(user: nil, tokens: 10).lease)
        #expect(other.limits.requests?.remaining == 8 && other.limits.tokens?.remaining == 980)
        lease.end()
        other.end()
        #expect(gate.gatekeeper.running == 0)
    }

    @Test("forget end users who are idle, and no others")
    func idle() throws {
        let made = Gate()
        let gate = gate([.endUsers(made.organisation.id): Limits(requestsPerMinute: 2, concurrency: 1)], made)
        let kept = try #require(gate.admit(user: "ada").lease)
        for number in 0..<500 { gate.admit(user: "user \(number)").lease?.end() }
        let meters = try #require(gate.gatekeeper.book.withLock { $0.endUserMeters.values.first })
        #expect(meters.count == 501)
        gate.gatekeeper.trim(now: 10 * second)
        #expect(meters.count == 501)
        gate.gatekeeper.trim(now: 62 * second)
        #expect(meters.count == 1)
        #expect(gate.admit(user: "ada", now: 62 * second).limit?.measure == .concurrency)
        kept.end()
        gate.gatekeeper.trim(now: 63 * second)
        #expect(meters.count == 0)
    }

    @Test("hold while their meters are forgotten under them")
    func trimRace() {
        let made = Gate()
        let gate = gate([.endUsers(made.organisation.id): Limits(concurrency: 1)], made)
        let running = Guarded((now: 0, most: 0))
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for round in 0..<2000 {
                if thread == 0 {
                    gate.gatekeeper.trim(now: 0)
                } else if let lease = gate.admit(user: "ada").lease {
                    running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    if round % 16 == 0 { gate.gatekeeper.trim(now: 0) }
                    running.withLock { $0.now -= 1 }
                    lease.end()
                }
            }
        }
        #expect(running.withLock { $0.most } == 1)
    }

    @Test("are the same end user's only within one organisation and under one key")
    func pseudonyms() {
        let gate = gate()
        let one = gate.gatekeeper.pseudonym(of: "ada", in: OrganisationID("org_a"))
        #expect(one == gate.gatekeeper.pseudonym(of: "ada", in: OrganisationID("org_a")))
        #expect(one != gate.gatekeeper.pseudonym(of: "ada", in: OrganisationID("org_b")))
        #expect(one != gate.gatekeeper.pseudonym(of: "Ada", in: OrganisationID("org_a")))
        var snapshot = gate.gatekeeper.snapshot
        snapshot.pseudonymKey = Array(repeating: 8, count: 32)
        gate.gatekeeper.replace(snapshot)
        #expect(one != gate.gatekeeper.pseudonym(of: "ada", in: OrganisationID("org_a")))
    }
}

@Suite("An end user who was stopped")
struct BlockedEndUserTests {
    @Test("is refused and cut at once, alone")
    func cut() throws {
        let gate = gate()
        let mine = try #require(gate.admit(user: "ada").lease)
        let other = try #require(gate.admit(user: "ben").lease)
        let heard = Guarded<RevocationReason?>(nil)
        mine.onRevocation { reason in heard.withLock { $0 = reason } }
        gate.gatekeeper.apply([
            .setEndUser(gate.organisation.id, pseudonym: mine.endUser, .suspended(reason: "asked for it"))
        ])
        #expect(heard.withLock { $0 } == .endUserBlocked(reason: "asked for it"))
        #expect(other.revocation == nil)
        #expect(gate.admit(user: "ada").refusal == .endUserBlocked(reason: "asked for it"))
        #expect(gate.admit(user: "ben").lease != nil && gate.admit(user: nil).lease != nil)
        gate.gatekeeper.apply([.setEndUser(gate.organisation.id, pseudonym: mine.endUser, .active)])
        #expect(gate.admit(user: "ada").lease != nil)
    }
}

@Suite("Limits at 2,000 requests a second")
struct RateTests {
    /// How long the limits are looked at: two minutes where every count is made in full.
    private static let minutes: Int64 = getenv("SLUICE_COUNTS") == nil ? 1 : 2

    @Test("let through what they say within 1 %, minute by minute", arguments: [600, 6000, 60_000, 100_000])
    func accuracy(_ limit: Int) {
        let made = Gate(key: Limits(requestsPerMinute: limit), organisation: Limits(requestsPerMinute: limit * 2))
        let gate = gate([.endUsers(made.organisation.id): Limits(requestsPerMinute: limit * 2)], made)
        var through: [Int64] = []
        // At 2,000/s with an uneven pace, or at twenty times what is let through; the first minute is not counted.
        var random = Seeded(state: UInt64(limit))
        var now: Int64 = 0
        let pause = Swift.max(500_000, second * 3 / Int64(limit))
        while now < (1 + Self.minutes) * 60 * second {
            if let lease = gate.admit(user: "ada", now: now).lease {
                through.append(now)
                lease.end()
            }
            now += Int64.random(in: pause / 5...pause * 9 / 5, using: &random)
        }
        let counted = through.count { $0 >= 60 * second }
        let allowed = Int(Self.minutes) * limit
        #expect(abs(Double(counted) / Double(allowed) - 1) <= 0.01, "\(counted) of \(allowed)")
        var first = 0
        for (place, time) in through.enumerated() {
            while through[first] <= time - 60 * second { first += 1 }
            if place - first + 1 > limit { Issue.record("more than the limit in 60 seconds") }
        }
    }

    @Test("of tokens, too, where use differs from the estimate")
    func tokens() {
        let limit = 1_000_000
        let gate = gate([:], Gate(key: Limits(tokensPerMinute: limit)))
        var random = Seeded(state: 1)
        var used = 0
        var now: Int64 = 0
        while now < 180 * second {
            if let lease = gate.admit(user: nil, tokens: 200, now: now).lease {
                let tokens = Int.random(in: 20...200, using: &random)
                lease.settle(tokens: tokens, now: now)
                lease.end()
                if now >= 60 * second { used += tokens }
            }
            now += 500_000
        }
        #expect(abs(Double(used) / Double(2 * limit) - 1) <= 0.01, "\(used) of \(2 * limit)")
    }

    @Test("keep no place of 10,000 exchanges that were dropped, ended or ended twice")
    func leaks() {
        let made = Gate(key: Limits(concurrency: 20_000), organisation: Limits(concurrency: 20_000))
        let gate = gate(
            [
                .endUsers(made.organisation.id): Limits(concurrency: 20_000), .model("m"): Limits(concurrency: 20_000),
                .account(made.key.account): Limits(concurrency: 20_000),
            ], made)
        DispatchQueue.concurrentPerform(iterations: 10_000) { number in
            let lease = gate.admit(user: "user \(number % 7)", tokens: 5).lease
            if number % 3 == 0 { lease?.end() }
            if number % 5 == 0 { lease?.settle(tokens: 3, now: 0) }
            if number % 6 == 0 { lease?.end() }
        }
        #expect(gate.gatekeeper.running == 0)
        gate.gatekeeper.book.withLock { book in
            for meter in Array(book.organisationMeters.values) + Array(book.modelMeters.values)
                + Array(book.accountMeters.values)
            {
                #expect(meter.state.withLock { $0.running } == 0)
            }
        }
        let users = gate.gatekeeper.book.withLock { $0.endUserMeters.values.first }
        gate.gatekeeper.trim(now: 100 * second)
        #expect(users?.count == 0)
    }
}
