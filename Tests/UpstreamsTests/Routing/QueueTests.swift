import Testing

@testable import Upstreams

@Suite("Waiting for a model server")
struct QueueTests {
    private func made(limit: Int) -> (Balancer, [Candidate]) {
        var balancer = Balancer()
        let candidate = Candidate(slot: balancer.slot(for: 1), identity: 1, limit: limit)
        return (balancer, [candidate])
    }

    private func demand(_ candidates: [Candidate], _ owner: String, queue: Int = 1_000) -> Demand {
        Demand(
            candidates: candidates, rules: BalancingRules(queueLimit: queue), affinity: nil, tried: 0, owner: owner)
    }

    @Test("A full server lets requests wait, as many as may, and refuses those beyond")
    func bounded() {
        var (balancer, candidates) = made(limit: 2)
        let placements = (0..<6).map { _ in balancer.place(demand(candidates, "a", queue: 3), at: 0) }
        #expect(placements[2...4] == [.wait(ticket: 1), .wait(ticket: 2), .wait(ticket: 3)])
        #expect(placements[5] == .full)
        #expect(balancer.slots[0].inFlight == 2)
    }

    @Test("Organisations are served in turn, however many of one wait, and each in its own order")
    func fair() {
        var (balancer, candidates) = made(limit: 1)
        guard case .go(var grant) = balancer.place(demand(candidates, "a"), at: 0) else { return }
        var owners: [UInt64: String] = [:]
        for owner in ["a", "a", "a", "a", "b", "c", "c"] {
            guard case .wait(let ticket) = balancer.place(demand(candidates, owner), at: 0) else { continue }
            owners[ticket] = owner
        }
        var order: [String] = []
        var tickets: [UInt64] = []
        while owners.count > order.count {
            balancer.finished(grant, .answered, hasBegun: true, BalancingRules(), at: 0)
            guard let next = balancer.admitWaiting(at: 0).first else { break }
            order.append(owners[next.ticket] ?? "?")
            tickets.append(next.ticket)
            grant = next.grant
        }
        #expect(order == ["a", "b", "c", "a", "c", "a", "a"])
        #expect(tickets == [1, 5, 6, 2, 7, 3, 4])
    }

    @Test("Who comes never overtakes who waits")
    func order() {
        var (balancer, candidates) = made(limit: 1)
        guard case .go(let grant) = balancer.place(demand(candidates, "a"), at: 0) else { return }
        #expect(balancer.place(demand(candidates, "b"), at: 0) == .wait(ticket: 1))
        balancer.finished(grant, .answered, hasBegun: true, BalancingRules(), at: 0)
        #expect(balancer.place(demand(candidates, "c"), at: 0) == .wait(ticket: 2))
        #expect(balancer.admitWaiting(at: 0).map(\.ticket) == [1])
    }

    @Test("Who waits for a server that goes out meanwhile does not wait for ever")
    func serverGoesOut() {
        var (balancer, candidates) = made(limit: 1)
        guard case .go(let grant) = balancer.place(demand(candidates, "a"), at: 0) else { return }
        #expect(balancer.place(demand(candidates, "b"), at: 0) == .wait(ticket: 1))
        balancer.finished(grant, .busy(30_000_000_000), hasBegun: false, BalancingRules(), at: 0)
        #expect(balancer.admitWaiting(at: 0).map(\.ticket) == [1])
    }

    @Test("Who leaves the queue leaves nothing behind")
    func leaving() {
        var (balancer, candidates) = made(limit: 1)
        guard case .go(let grant) = balancer.place(demand(candidates, "a"), at: 0) else { return }
        for number in 0..<2_000 {
            guard case .wait(let ticket) = balancer.place(demand(candidates, "a", queue: 9_000), at: 0) else {
                continue
            }
            #expect(ticket == UInt64(number + 1))
        }
        for ticket in (1...2_000).shuffled() {
            #expect(balancer.leave(ticket: UInt64(ticket), owner: "a") == true)
        }
        #expect(balancer.leave(ticket: 1, owner: "a") == false)
        #expect(balancer.queue.count == 0)
        balancer.finished(grant, .unknown, hasBegun: false, BalancingRules(), at: 0)
        #expect(balancer.admitWaiting(at: 0).isEmpty)
        #expect(balancer.slots[0].inFlight == 0)
    }

    @Test(
        "Whatever happens in whatever order, limits hold, places come back, and everyone who waits is served",
        arguments: 1...40)
    func anything(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var balancer = Balancer()
        let candidates = (1...3).map {
            Candidate(
                slot: balancer.slot(for: UInt64($0)), identity: UInt64($0),
                weight: Int.random(in: 1...4, using: &random),
                limit: Int.random(in: 1...4, using: &random))
        }
        let rules = BalancingRules(method: seed % 2 == 0 ? .weighted : .leastLoaded, queueLimit: 12)
        var running: [Grant] = []
        var waiting: [UInt64: String] = [:]
        var now: Int64 = 0
        for _ in 0..<600 {
            now += Int64.random(in: 0...400_000_000, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let owner = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                let asked = Demand(
                    candidates: candidates, rules: rules,
                    affinity: Bool.random(using: &random) ? Affinity(organisation: owner) : nil,
                    tried: UInt64.random(in: 0..<8, using: &random) & UInt64.random(in: 0..<8, using: &random),
                    owner: owner)
                switch balancer.place(asked, at: now) {
                case .go(let grant): running.append(grant)
                case .wait(let ticket): waiting[ticket] = owner
                case .full: #expect(balancer.queue.count == 12)
                case .none: break
                }
            case 5:
                guard let (ticket, owner) = waiting.randomElement(using: &random) else { continue }
                #expect(balancer.leave(ticket: ticket, owner: owner) == true)
                waiting[ticket] = nil
            default:
                guard !running.isEmpty else { continue }
                let grant = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                let outcomes: [CallOutcome] = [.answered, .answered, .failed, .busy(200_000_000), .unknown]
                let outcome = outcomes.randomElement(using: &random) ?? .answered
                if outcome == .answered { balancer.began(grant, rules, at: now) }
                balancer.finished(grant, outcome, hasBegun: outcome == .answered, rules, at: now)
            }
            for (ticket, grant) in balancer.admitWaiting(at: now) {
                #expect(waiting.removeValue(forKey: ticket) != nil)
                running.append(grant)
            }
            for candidate in candidates {
                let held = running.count { $0.slot == candidate.slot }
                #expect(balancer.slots[candidate.slot].inFlight == held)
                #expect(held <= candidate.limit)
            }
            #expect(balancer.queue.count == waiting.count)
        }
        // Everything ends, and everyone who waits gets a place.
        var rounds = 0
        while !running.isEmpty, rounds < 10_000 {
            now += 1_000_000_000
            rounds += 1
            balancer.finished(running.removeFirst(), .unknown, hasBegun: false, rules, at: now)
            for (ticket, grant) in balancer.admitWaiting(at: now) {
                waiting[ticket] = nil
                running.append(grant)
            }
        }
        #expect(balancer.slots.allSatisfy { $0.inFlight == 0 })
        #expect(balancer.queue.count == 0)
        #expect(waiting.isEmpty)
    }
}
