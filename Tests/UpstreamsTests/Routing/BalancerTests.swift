import Testing

@testable import Upstreams

/// A generator that gives the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Affinity.finished(state)
    }
}

@Suite("Choosing a model server")
struct BalancerTests {
    private static let second: Int64 = 1_000_000_000

    /// A balancer and candidates of the given weights and limits.
    private func made(_ parts: [(weight: Int, limit: Int)]) -> (Balancer, [Candidate]) {
        var balancer = Balancer()
        let candidates = parts.enumerated().map { index, part in
            let identity = Affinity.finished(UInt64(index + 1))
            return Candidate(
                slot: balancer.slot(for: identity), identity: identity, weight: part.weight, limit: part.limit)
        }
        return (balancer, candidates)
    }

    private func demand(
        _ candidates: [Candidate], _ rules: BalancingRules = BalancingRules(), affinity: Affinity? = nil,
        tried: UInt64 = 0, owner: String = "org"
    ) -> Demand {
        Demand(candidates: candidates, rules: rules, affinity: affinity, tried: tried, owner: owner)
    }

    private func granted(_ placement: Placement) -> Grant? { if case .go(let grant) = placement { grant } else { nil } }

    @Test("Weighted: each server gets its share exactly, and no server waits longer than its turn")
    func weighted() {
        var (balancer, candidates) = made([(5, 0), (1, 0), (1, 0)])
        let rules = BalancingRules(method: .weighted)
        let order = (0..<14).compactMap { _ in granted(balancer.place(demand(candidates, rules), at: 0))?.candidate }
        #expect(order == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
    }

    @Test("Least loaded: running calls follow the weights, and equal servers take turns when idle")
    func leastLoaded() {
        var (balancer, candidates) = made([(3, 0), (1, 0)])
        for _ in 0..<400 { _ = balancer.place(demand(candidates), at: 0) }
        #expect(abs(balancer.slots[0].inFlight - 300) <= 1)
        var (idle, equals) = made([(1, 0), (1, 0), (1, 0)])
        var counts = [0, 0, 0]
        for _ in 0..<300 {
            guard let grant = granted(idle.place(demand(equals), at: 0)) else { continue }
            counts[grant.candidate] += 1
            idle.finished(grant, .answered, hasBegun: true, BalancingRules(), at: 0)
        }
        #expect(counts == [100, 100, 100])
    }

    @Test("A server that has failed a request is not given it again, and the last one left is none")
    func tried() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        #expect(granted(balancer.place(demand(candidates, tried: 0b01), at: 0))?.candidate == 1)
        #expect(granted(balancer.place(demand(candidates, tried: 0b10), at: 0))?.candidate == 0)
        #expect(balancer.place(demand(candidates, tried: 0b11), at: 0) == .none)
        #expect(balancer.place(demand([]), at: 0) == .none)
    }

    @Test(
        "A server whose breaker is open gets nothing while another works, one probe when its time is over, and then all"
    )
    func breaker() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        let rules = BalancingRules()
        for _ in 0..<5 {
            guard let grant = granted(balancer.place(demand(candidates, tried: 0b10), at: 0)) else { continue }
            balancer.finished(grant, .failed, hasBegun: false, rules, at: 0)
        }
        for _ in 0..<50 { #expect(granted(balancer.place(demand(candidates), at: 1))?.candidate == 1) }
        let later = 5 * Self.second
        let probe = granted(balancer.place(demand(candidates), at: later))
        #expect(probe?.candidate == 0 && probe?.isProbe == true)
        for _ in 0..<5 { #expect(granted(balancer.place(demand(candidates), at: later))?.candidate == 1) }
        guard let probe else { return }
        balancer.began(probe, rules, at: later)
        balancer.finished(probe, .answered, hasBegun: true, rules, at: later)
        guard let second = granted(balancer.place(demand(candidates), at: later)) else { return }
        #expect(second.isProbe)
        balancer.began(second, rules, at: later)
        #expect(balancer.slots[0].breaker.phase(at: later) == .closed)
    }

    @Test(
        "A probe that fails opens the breaker again, and one that shows nothing leaves it to the next",
        arguments: [CallOutcome.failed, .unknown, .busy(0)])
    func probes(_ outcome: CallOutcome) {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        let rules = BalancingRules()
        for _ in 0..<5 {
            guard let grant = granted(balancer.place(demand(candidates, tried: 0b10), at: 0)) else { continue }
            balancer.finished(grant, .failed, hasBegun: false, rules, at: 0)
        }
        let later = 5 * Self.second
        guard let probe = granted(balancer.place(demand(candidates), at: later)) else { return }
        balancer.finished(probe, outcome, hasBegun: false, rules, at: later)
        #expect(balancer.slots[0].breaker.wouldAnswer(at: later) == (outcome == .failed ? .refused : .probe))
    }

    @Test("Where every server is out, the one that comes back first is tried all the same")
    func desperate() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        for (time, tried) in [(Int64(10), UInt64(0b10)), (5, 0b01)] {
            for _ in 0..<5 {
                guard let grant = granted(balancer.place(demand(candidates, tried: tried), at: time)) else { continue }
                balancer.finished(grant, .failed, hasBegun: false, BalancingRules(), at: time)
            }
        }
        #expect(granted(balancer.place(demand(candidates), at: 20))?.candidate == 1)
        #expect(granted(balancer.place(demand(candidates, tried: 0b10), at: 20))?.candidate == 0)
    }

    @Test("A server that asked to be left alone is, until its time is over or it answers; that opens no breaker")
    func busy() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        for _ in 0..<20 {
            guard let grant = granted(balancer.place(demand(candidates, tried: 0b10), at: 0)) else { continue }
            balancer.finished(grant, .busy(3 * Self.second), hasBegun: false, BalancingRules(), at: 0)
        }
        #expect(balancer.slots[0].breaker.phase(at: 0) == .closed)
        #expect((0..<9).allSatisfy { _ in granted(balancer.place(demand(candidates), at: 1))?.candidate == 1 })
        #expect(granted(balancer.place(demand(candidates), at: 3 * Self.second))?.candidate == 0)
    }

    @Test("A server whose health route says no is kept out, and comes back when it says yes")
    func health() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        let rules = HealthRules(path: "/health")
        for _ in 0..<3 { _ = balancer.noteHealth(slot: candidates[0].slot, isGood: false, rules) }
        for _ in 0..<9 { #expect(granted(balancer.place(demand(candidates), at: 0))?.candidate == 1) }
        for _ in 0..<2 { _ = balancer.noteHealth(slot: candidates[0].slot, isGood: true, rules) }
        #expect(granted(balancer.place(demand(candidates), at: 0))?.candidate == 0)
    }

    @Test("A conversation stays with its server, moves when that is out, and comes back to it")
    func affinity() {
        var (balancer, candidates) = made([(1, 0), (1, 0), (1, 0)])
        var homes = [0, 0, 0]
        for number in 0..<300 {
            let conversation = Affinity(organisation: "org").adding("hello \(number)".utf8)
            guard let first = granted(balancer.place(demand(candidates, affinity: conversation), at: 0)) else {
                continue
            }
            balancer.finished(first, .answered, hasBegun: true, BalancingRules(), at: 0)
            homes[first.candidate] += 1
            let out: UInt64 = 1 << UInt64(first.candidate)
            guard let other = granted(balancer.place(demand(candidates, affinity: conversation, tried: out), at: 0)),
                let again = granted(balancer.place(demand(candidates, affinity: conversation), at: 0))
            else { continue }
            #expect(other.candidate != first.candidate)
            #expect(again.candidate == first.candidate)
            for grant in [other, again] { balancer.finished(grant, .answered, hasBegun: true, BalancingRules(), at: 0) }
        }
        #expect(homes.allSatisfy { (60...140).contains($0) }, "\(homes)")
    }

    @Test("One server more takes its share of the conversations and moves no other")
    func rendezvous() {
        let servers = (1...5).map { Affinity.finished(UInt64($0)) }
        var moved = 0
        for number in 0..<2_000 {
            let conversation = Affinity(organisation: "o").adding("\(number)".utf8)
            func home(_ servers: some Sequence<UInt64>) -> UInt64? {
                servers.max {
                    conversation.preference(for: $0, weight: 1) < conversation.preference(for: $1, weight: 1)
                }
            }
            let (before, after) = (home(servers.prefix(4)), home(servers))
            if before != after {
                #expect(after == servers[4])
                moved += 1
            }
        }
        #expect((320...480).contains(moved), "\(moved) of 2,000")
    }

    @Test("Weights decide how many conversations a server gets")
    func weightedAffinity() {
        var heavy = 0
        for number in 0..<4_000 {
            let conversation = Affinity(organisation: "o").adding("\(number)".utf8)
            if conversation.preference(for: 1, weight: 3) > conversation.preference(for: 2, weight: 1) { heavy += 1 }
        }
        #expect((2_880...3_120).contains(heavy), "\(heavy) of 4,000")
    }

    @Test("One conversation that is all the traffic does not pile up on one server")
    func crowded() {
        var (balancer, candidates) = made([(1, 0), (1, 0)])
        let conversation = Affinity(organisation: "org")
        for _ in 0..<1_000 { _ = balancer.place(demand(candidates, affinity: conversation), at: 0) }
        let most = balancer.slots.map(\.inFlight).max() ?? 0
        #expect(most <= 630, "\(most) of 1,000")
    }
}
