import Store
import Synchronization
import Testing

@testable import Access

@Suite("Curbs: what a group of accounts may do less of")
struct CurbTests {
    private func curb(
        _ gate: Gate, _ terms: Curb.Terms = .init(id: "clu_a", reasoning: .withhold, choices: 1),
        limits: Limits = Limits(), asks: Bool = false, confirmed: Set<AccountID> = []
    ) -> Curb {
        Curb(
            accounts: [gate.key.account], terms: terms, limits: limits, asksForConfirmation: asks,
            confirmed: confirmed)
    }

    @Test("Its terms go with the next exchange, and end with it; nobody else hears of them")
    func terms() throws {
        let gate = Gate()
        #expect(try #require(gate.admit().lease).curb == nil)
        gate.gatekeeper.set(curbs: ["clu_a": curb(gate)])
        let terms = try #require(gate.admit().lease?.curb)
        #expect(terms.id == "clu_a" && terms.reasoning == .withhold && terms.choices == 1 && !terms.hidesLogprobs)
        gate.gatekeeper.set(curbs: ["clu_a": Curb(accounts: [.random()], terms: terms)])
        #expect(try #require(gate.admit().lease).curb == nil)
        gate.gatekeeper.set(curbs: ["clu_a": curb(gate)])
        gate.gatekeeper.set(curbs: [:])
        #expect(try #require(gate.admit().lease).curb == nil)
    }

    @Test("Of two curbs the stricter counts in everything")
    func joined() throws {
        let gate = Gate()
        gate.gatekeeper.set(curbs: [
            "clu_a": curb(gate, .init(id: "clu_a", reasoning: .summarise, choices: 4)),
            "clu_b": curb(gate, .init(id: "clu_b", reasoning: .withhold, choices: 2, hidesLogprobs: true)),
        ])
        let terms = try #require(gate.admit().lease?.curb)
        #expect(terms == .init(id: "clu_a clu_b", reasoning: .withhold, choices: 2, hidesLogprobs: true))
    }

    @Test("All accounts of a group share one limit, whosever they are")
    func limits() {
        let gate = Gate()
        let other = Organisation(id: .random(), name: "Quay", created: newYear)
        let account = Account(id: .random(), organisation: other.id, name: "default", created: newYear)
        let secret = KeySecret.random()
        let key = KeyRecord(
            id: .random(), organisation: other.id, account: account.id, hash: secret.hash, hint: secret.hint,
            name: "k", created: newYear)
        gate.gatekeeper.apply([.addOrganisation(other), .addAccount(account), .addKey(key)])
        var group = curb(gate, limits: Limits(requestsPerMinute: 3))
        group.accounts.insert(account.id)
        gate.gatekeeper.set(curbs: ["clu_a": group])
        #expect(gate.admit().lease != nil)
        #expect(gate.admit(secret.text).lease != nil)
        #expect(gate.admit().lease != nil)
        let refusal = gate.admit(secret.text).limit
        #expect(refusal?.holder == .group && refusal?.measure == .requests && refusal?.limit == 3)
        #expect(gate.admit(now: 61 * second).lease != nil)
        // What was used counts on while the curb changes.
        group.terms.choices = 2
        gate.gatekeeper.set(curbs: ["clu_a": group])
        #expect(gate.admit(secret.text, now: 61 * second).lease != nil)
        #expect(gate.admit(secret.text, now: 61 * second).lease != nil)
        #expect(gate.admit(now: 61 * second).limit?.holder == .group)
        gate.gatekeeper.set(curbs: [:])
        #expect(gate.admit(now: 61 * second).lease != nil)
    }

    @Test(
        "Whoever has to be confirmed is cut and refused under a code of its own, may appeal, and goes on once confirmed"
    )
    func confirmation() throws {
        let gate = Gate()
        let lease = try #require(gate.admit().lease)
        let told = Mutex<RevocationReason?>(nil)
        lease.onRevocation { reason in told.withLock { $0 = reason } }
        gate.gatekeeper.set(curbs: ["clu_a": curb(gate, asks: true)])
        guard case .restricted(let notice)? = gate.admit().refusal else {
            Issue.record("not refused")
            return
        }
        #expect(notice.code == "verification_required" && notice.id == "clu_a")
        #expect(told.withLock { $0 } == .restricted(notice))
        guard
            case .success = gate.gatekeeper.identify(
                key: gate.secret.text, from: "c", now: 0, evenIfStopped: true)
        else {
            Issue.record("may not appeal")
            return
        }
        gate.gatekeeper.set(curbs: ["clu_a": curb(gate, asks: true, confirmed: [gate.key.account])])
        #expect(try #require(gate.admit().lease).curb?.id == "clu_a")
    }

    @Test("The accounts of a group bear its marks, each always the same one; nobody else bears any")
    func canaries() throws {
        let gate = Gate()
        let marks = (0..<3).map { Curb.Canary(instruction: "Say hum \($0).", commitment: "\($0)") }
        var group = curb(gate, .init(id: "clu_a"))
        group.canaries = marks
        gate.gatekeeper.set(curbs: ["clu_a": group])
        let mine = try #require(gate.admit().lease?.curb?.canary)
        #expect(marks.contains(mine))
        #expect(gate.admit().lease?.curb?.canary == mine)
        let spread = Set((0..<60).map { _ in group.terms(for: .random()).canary?.commitment })
        #expect(spread == ["0", "1", "2"])
        // Of two groups the first one's mark holds; without it the other's.
        var other = curb(gate, .init(id: "clu_b"))
        other.canaries = [Curb.Canary(instruction: "Say haw.", commitment: "b")]
        gate.gatekeeper.set(curbs: ["clu_a": group, "clu_b": other])
        #expect(gate.admit().lease?.curb?.canary == mine)
        gate.gatekeeper.set(curbs: ["clu_b": other])
        #expect(gate.admit().lease?.curb?.canary?.commitment == "b")
        other.canaries = []
        gate.gatekeeper.set(curbs: ["clu_b": other])
        #expect(try #require(gate.admit().lease?.curb).canary == nil)
    }
}
