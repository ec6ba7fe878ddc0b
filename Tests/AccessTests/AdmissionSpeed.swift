import Store
import Testing

@testable import Access

@Suite("The cost of admission")
struct AdmissionSpeed {
    @Test("is a microsecond or so, and is printed")
    func measure() {
        let open = Gate()
        let limited = Gate(
            key: Limits(requestsPerMinute: 1_000_000_000, tokensPerMinute: 1_000_000_000_000, concurrency: 1000),
            organisation: Limits(
                requestsPerMinute: 1_000_000_000, tokensPerMinute: 1_000_000_000_000, concurrency: 1000))
        for (name, gate) in [("no limits", open), ("all limits", limited)] {
            let rounds = isOptimised ? 200_000 : 20_000
            let start = SystemTime.monotonic
            var now: Int64 = 0
            for _ in 0..<rounds {
                now += 10_000
                let lease = gate.admit(tokens: 100, now: now).lease
                lease?.settle(tokens: 90, now: now)
                lease?.end()
            }
            let each = (SystemTime.monotonic - start) / Int64(rounds)
            print("admit + settle + end, \(name): \(each) ns")
            if isOptimised { #expect(each < 20_000) }
        }
    }

    private var isOptimised: Bool {
        var debug = false
        assert({ debug = true }() == ())
        return !debug
    }
}
