import Dispatch
import Places
import Store
import Synchronization
import Testing
import Threads

@testable import Access

@Suite("Revocation")
struct RevocationTests {
    @Test("tells every running exchange of a key at once, and no other")
    func manyStreams() throws {
        let gate = Gate()
        let other = Gate()
        let told = Atomic<Int>(0)
        let leases = try (0..<2000).map { _ in try #require(gate.admit().lease) }
        for lease in leases {
            lease.onRevocation { reason in
                #expect(reason == .keyRevoked)
                told.add(1, ordering: .relaxed)
            }
        }
        let bystander = try #require(other.admit().lease)
        bystander.onRevocation { _ in Issue.record("told without a reason") }
        let start = ContinuousClock.now
        gate.gatekeeper.revoke(key: gate.key.id, at: newYear)
        #expect(ContinuousClock.now - start < .milliseconds(200))
        #expect(told.load(ordering: .relaxed) == 2000)
        #expect(gate.admit().refusal == .revoked)
        for lease in leases { lease.end() }
        #expect(gate.gatekeeper.running == 0)
    }

    @Test("comes at once to whoever asks late, once to each, and never after the end")
    func lateAndOnce() throws {
        let gate = Gate()
        let late = try #require(gate.admit().lease)
        let ended = try #require(gate.admit().lease)
        let told = Atomic<Int>(0)
        ended.onRevocation { _ in Issue.record("told after its end") }
        ended.end()
        gate.gatekeeper.set(.held(reason: "watch"), organisation: gate.organisation.id)
        gate.gatekeeper.set(.suspended(reason: "again"), organisation: gate.organisation.id)
        #expect(late.revocation == .organisationHeld(reason: "watch"))
        late.onRevocation { _ in told.add(1, ordering: .relaxed) }
        gate.gatekeeper.revoke(key: gate.key.id, at: newYear)
        #expect(told.load(ordering: .relaxed) == 1)
    }

    @Test("of a model, or of a scope, cuts what runs on it alone")
    func models() throws {
        let gate = Gate()
        let cut = try #require(gate.admit(model: "one").lease)
        let kept = try #require(gate.admit(model: "two").lease)
        gate.gatekeeper.set(.held(reason: "level"), model: "one")
        #expect(cut.revocation == .modelWithdrawn(reason: "level"))
        #expect(kept.revocation == nil)
        var snapshot = gate.gatekeeper.snapshot
        snapshot.keys[gate.key.id]?.models = ["one"]
        gate.gatekeeper.replace(snapshot)
        #expect(kept.revocation == .permissionWithdrawn)
    }

    @Test("follows from a snapshot that no longer knows the key")
    func forgottenKey() throws {
        let gate = Gate()
        let lease = try #require(gate.admit().lease)
        gate.gatekeeper.replace(AccessSnapshot())
        #expect(lease.revocation == .keyRevoked)
        #expect(gate.admit().refusal == .unknownKey)
        lease.end()
        lease.settle(tokens: 5, now: 0)
    }

    @Test("may end leases and ask the gate again from inside the call")
    func reentrant() throws {
        let gate = Gate()
        let lease = try #require(gate.admit().lease)
        let gatekeeper = gate.gatekeeper
        let secret = gate.secret.text
        lease.onRevocation { [weak lease] _ in
            lease?.settle(tokens: 3, now: 0)
            lease?.end()
            let again = gatekeeper.admit(key: secret, model: "m", route: "r", from: "c", tokens: 0, now: 0)
            #expect(again.refusal == .revoked)
        }
        gatekeeper.revoke(key: gate.key.id, at: newYear)
        #expect(gatekeeper.running == 0)
    }

    @Test("turns back an admission that has read an older snapshot")
    func staleDoor() throws {
        let gate = Gate()
        let door = try #require(gate.gatekeeper.table.withLock { $0.doors.values.first })
        gate.gatekeeper.revoke(key: gate.key.id, at: newYear)
        let exchange = RunningExchange(
            door, model: "m", route: "chat", endUser: "", origin: Origin(), openings: [], estimate: 0)
        guard case .stale = door.enter(exchange, model: nil, estimate: 0, now: 0) else {
            Issue.record("an older snapshot was followed")
            return
        }
        #expect(gate.gatekeeper.running == 0)
    }

    @Test("races with admission without letting one through", arguments: 0..<20)
    func race(_ round: Int) {
        let gate = Gate()
        let survivors = Mutex<[Lease]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            if worker == 0 {
                gate.gatekeeper.revoke(key: gate.key.id, at: newYear)
            } else {
                for _ in 0..<500 {
                    if let lease = gate.admit().lease { survivors.withLock { $0.append(lease) } }
                }
            }
        }
        let leases = survivors.withLock { $0 }
        #expect(leases.allSatisfy { $0.revocation == .keyRevoked })
        #expect(gate.gatekeeper.running == leases.count)
    }
}

@Suite("Places under the limits")
struct PlaceTests {
    @Test("all come back, whatever the order of things", arguments: 0..<40)
    func nothingLeaks(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let limits = Limits(requestsPerMinute: 400, tokensPerMinute: 100_000, concurrency: 40)
        let gate = Gate(key: limits, organisation: limits)
        var leases: [Lease] = []
        var now: Int64 = 0
        for _ in 0..<3000 {
            now += Int64.random(in: 0...(second / 2), using: &random)
            step(gate, &leases, now, &random)
            #expect(gate.gatekeeper.running <= 40)
        }
        if Bool.random(using: &random) { for lease in leases { lease.end() } }
        leases = []
        expectEmpty(gate, now + 61 * second)
    }

    @Test("all come back when many threads do it at once")
    func threads() {
        let limits = Limits(requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000, concurrency: 25)
        let gate = Gate(key: limits, organisation: limits)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            var random = Seeded(state: UInt64(worker))
            var leases: [Lease] = []
            for round in 0..<3000 { step(gate, &leases, Int64(round) * 1_000_000, &random) }
        }
        expectEmpty(gate, 100 * second)
    }

    private func step(_ gate: Gate, _ leases: inout [Lease], _ now: Int64, _ random: inout Seeded) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
            if let lease = gate.admit(tokens: Int.random(in: -5...5000, using: &random), now: now).lease {
                lease.onRevocation { _ in }
                leases.append(lease)
            }
        case 9..<13:
            leases.randomElement(using: &random)?.settle(tokens: Int.random(in: -5...9000, using: &random), now: now)
        case 13..<17:
            guard let place = leases.indices.randomElement(using: &random) else { return }
            if Bool.random(using: &random) { leases[place].end() }
            leases.swapAt(place, leases.count - 1)
            leases.removeLast()
        case 17:
            gate.gatekeeper.set(Bool.random(using: &random) ? .held(reason: "x") : .active, model: "m")
        case 18:
            var snapshot = gate.gatekeeper.snapshot
            snapshot.keys[gate.key.id]?.revoked = Bool.random(using: &random) ? 1 : nil
            snapshot.keys[gate.key.id]?.limits.tokensPerMinute = Bool.random(using: &random) ? nil : 100_000
            gate.gatekeeper.replace(snapshot)
        default:
            gate.gatekeeper.trim(now: now)
        }
    }

    private func expectEmpty(_ gate: Gate, _ now: Int64) {
        #expect(gate.gatekeeper.running == 0)
        let book = gate.gatekeeper.book.withLock { ($0.keyMeters, $0.organisationMeters) }
        for meter in book.0.values {
            meter.state.withLock { state in
                #expect(state.running.isEmpty)
                let used = state.allowance.used(now: now)
                #expect(used.requests == 0 && used.tokens == 0)
            }
        }
        for meter in book.1.values {
            meter.state.withLock { state in
                #expect(state.running == 0)
                let used = state.used(now: now)
                #expect(used.requests == 0 && used.tokens == 0)
            }
        }
    }
}
