import Store
import Testing

@testable import Access

@Suite("Limits")
struct LimitTests {
    @Test("of requests hold, and say when there is room again")
    func requests() throws {
        let gate = Gate(key: Limits(requestsPerMinute: 3))
        for place in 1...3 {
            let lease = try #require(gate.admit(now: Int64(place) * second).lease)
            #expect(lease.limits.requests?.limit == 3)
            #expect(lease.limits.requests?.remaining == 3 - place)
            #expect(lease.limits.tokens == nil)
        }
        let limit = try #require(gate.admit(now: 4 * second).limit)
        #expect(limit.holder == .key && limit.measure == .requests && limit.limit == 3)
        #expect(limit.status.requests?.remaining == 0)
        #expect(limit.retryAfter == 57.25)
        #expect(gate.admit(now: 61 * second).limit != nil)
        #expect(gate.admit(now: 4 * second + 57_250_000_000).lease != nil)
    }

    @Test("of tokens are charged by estimate and corrected by use")
    func tokens() throws {
        let gate = Gate(key: Limits(tokensPerMinute: 1000), organisation: Limits(tokensPerMinute: 1500))
        let first = try #require(gate.admit(tokens: 800).lease)
        #expect(first.limits.tokens?.remaining == 200)
        #expect(gate.admit(tokens: 300).limit?.measure == .tokens)
        first.settle(tokens: 100, now: 0)
        let second = try #require(gate.admit(tokens: 300).lease)
        #expect(second.limits.tokens?.remaining == 600)
        second.settle(tokens: 2000, now: 0)
        let third = try #require(gate.admit(tokens: 1).limit)
        #expect(third.status.tokens?.remaining == 0)
        second.settle(tokens: 0, now: 0)
        first.end()
        first.settle(tokens: 0, now: 0)
    }

    @Test("are corrected by use and the place given back in one step, as in two", arguments: [0, 100, 800, 2000])
    func endedAtOnce(_ used: Int) throws {
        let limits = Limits(tokensPerMinute: 3000, concurrency: 1)
        let (one, two) = (Gate(key: limits, organisation: limits), Gate(key: limits, organisation: limits))
        let atOnce = try #require(one.admit(tokens: 800).lease)
        let inTurn = try #require(two.admit(tokens: 800).lease)
        atOnce.end(tokens: used, now: 0)
        inTurn.settle(tokens: used, now: 0)
        inTurn.end()
        let next = try #require(one.admit(tokens: 10).lease)
        #expect(next.limits == two.admit(tokens: 10).lease?.limits)
        #expect(next.limits.tokens?.remaining == 3000 - used - 10)
        // The second end of a lease gives back nothing that another one holds.
        atOnce.end(tokens: used, now: 0)
        atOnce.end()
        #expect(one.gatekeeper.running == 1)
        #expect(one.admit(tokens: 10).limit?.measure == .concurrency)
        next.end(tokens: 0, now: 0)
        #expect(one.gatekeeper.running == 0)
    }

    @Test("never promise that a request larger than the limit will fit")
    func tooLarge() throws {
        let gate = Gate(key: Limits(tokensPerMinute: 1000))
        let limit = try #require(gate.admit(tokens: 1001).limit)
        #expect(limit.retryAfter == nil && limit.requested == 1001)
        #expect(gate.admit(tokens: Int.max).limit != nil)
        #expect(gate.admit(tokens: Int.min).lease != nil)
    }

    @Test("of concurrency count what runs, by key and by organisation")
    func concurrency() throws {
        let gate = Gate(key: Limits(concurrency: 2), organisation: Limits(concurrency: 1))
        let lease = try #require(gate.admit().lease)
        let limit = try #require(gate.admit().limit)
        #expect(limit.holder == .organisation && limit.measure == .concurrency && limit.retryAfter == 1)
        lease.end()
        lease.end()
        #expect(gate.admit().lease != nil)
    }

    @Test("of the organisation, when they refuse, charge nothing to the key")
    func nothingHalfCharged() throws {
        let gate = Gate(
            key: Limits(requestsPerMinute: 10, tokensPerMinute: 100), organisation: Limits(requestsPerMinute: 1))
        let lease = try #require(gate.admit(tokens: 10).lease)
        for _ in 0..<20 { #expect(gate.admit(tokens: 10).limit?.holder == .organisation) }
        #expect(lease.limits.requests?.remaining == 0)
        #expect(gate.admit(tokens: 10).limit?.status.tokens?.remaining == 90)
        #expect(gate.gatekeeper.running == 1)
    }

    @Test("carry over when they are changed, and when a key is rotated")
    func carryOver() throws {
        let gate = Gate(key: Limits(requestsPerMinute: 5))
        for _ in 0..<5 { #expect(gate.admit().lease != nil) }
        var snapshot = gate.gatekeeper.snapshot
        snapshot.keys[gate.key.id]?.limits.requestsPerMinute = 6
        let successor = KeySecret.random()
        snapshot.set(
            KeyRecord(
                id: .random(), organisation: gate.key.organisation, account: gate.key.account, hash: successor.hash,
                hint: successor.hint, name: "next", limits: Limits(requestsPerMinute: 6), created: newYear,
                family: gate.key.id))
        gate.gatekeeper.replace(snapshot)
        #expect(gate.admit().lease != nil)
        #expect(gate.admit(successor.text).limit?.measure == .requests)
        #expect(gate.admit().limit?.measure == .requests)
    }

    @Test("survive a clock that stands still or goes back")
    func clockBack() {
        let gate = Gate(key: Limits(requestsPerMinute: 2))
        #expect(gate.admit(now: 100 * second).lease != nil)
        #expect(gate.admit(now: 1).lease != nil)
        #expect(gate.admit(now: 50 * second).limit != nil)
        #expect(gate.admit(now: Int64.max / 2).lease != nil)
    }

    @Test("are kept by a window that gives its memory back when idle")
    func trim() {
        let gate = Gate(key: Limits(requestsPerMinute: 2))
        _ = gate.admit(now: 0)
        gate.gatekeeper.trim(now: 30 * second)
        #expect(gate.admit(now: 30 * second).lease?.limits.requests?.remaining == 0)
        gate.gatekeeper.trim(now: 200 * second)
        #expect(gate.admit(now: 200 * second).lease?.limits.requests?.remaining == 1)
    }
}

@Suite("The sliding window")
struct SlidingWindowTests {
    @Test("never lets more than the limit into any 60 seconds, and hardly less", arguments: 0..<20)
    func accuracy(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let limit = Int.random(in: 50...5000, using: &random)
        // Offered: always more than the limit, in steady flow, in waves, or at random.
        let rate = Double.random(in: 1.05...4, using: &random) * Double(limit) / 60
        let wavy = Bool.random(using: &random)
        var window = SlidingWindow(now: 0)
        var admitted: [Int64] = []
        var now: Int64 = 0
        while now < 360 * second {
            let burst = wavy && now / (10 * second) % 2 == 0 ? 0.5 : 1.5
            now += Int64(Double.random(in: 0.1...1.9, using: &random) / (rate * (wavy ? burst : 1)) * 1e9)
            window.advance(to: now)
            if window.wait(for: 1, under: limit, now: now) == 0 {
                _ = window.charge(1)
                admitted.append(now)
            }
        }
        for (first, last) in zip(admitted, admitted.dropFirst(limit)) { #expect(last - first > 60 * second) }
        let inTwoMinutes = admitted.count { $0 >= 120 * second && $0 < 240 * second }
        #expect(Double(inTwoMinutes) <= 2.0 * Double(limit))
        #expect(Double(inTwoMinutes) >= 2.0 * Double(limit) * 0.99 - 1)
    }

    @Test("waits as long as it says, to the nanosecond", arguments: 0..<50)
    func waiting(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        var window = SlidingWindow(now: 0)
        var now: Int64 = 0
        for _ in 0..<300 {
            now += Int64.random(in: 0...second, using: &random)
            window.advance(to: now)
            if window.used < 100 { _ = window.charge(Int.random(in: 1...10, using: &random)) }
        }
        let wait = try #require(window.wait(for: 60, under: 100, now: now))
        if wait > 0 {
            var early = window
            early.advance(to: now + wait - 1)
            #expect(early.used > 40)
            window.advance(to: now + wait)
            #expect(window.used <= 40)
        }
        let empty = window.untilEmpty(now: now + wait)
        window.advance(to: now + wait + empty)
        #expect(window.used == 0)
    }

    @Test("equals a plain list of charges, whatever happens", arguments: 0..<50)
    func model(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var window = SlidingWindow(now: 0)
        var list: [(bucket: Int64, amount: Int)] = []
        var now: Int64 = 0
        for _ in 0..<2000 {
            if Int.random(in: 0..<50, using: &random) == 0 {
                now += Int64.random(in: 0...(100 * second), using: &random)
            }
            now += Int64.random(in: 0...(second / 4), using: &random)
            window.advance(to: now)
            list.removeAll { $0.bucket < now / SlidingWindow.width - SlidingWindow.span }
            if let place = list.indices.randomElement(using: &random), Bool.random(using: &random) {
                let back = Int.random(in: 0...list[place].amount, using: &random)
                window.refund(back, to: list[place].bucket)
                list[place].amount -= back
            } else {
                let amount = Int.random(in: 0...1000, using: &random)
                list.append((window.charge(amount), amount))
            }
            #expect(window.used == list.reduce(0) { $0 + $1.amount })
        }
    }
}
