import Dispatch
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

@Suite("The compute pool")
struct ComputePoolTests {
    /// A pool of one thread that is busy until `gate` is signalled.
    private static func busy(capacity: Int = 1_024, patience: Duration = .seconds(5)) -> (
        ComputePool, DispatchSemaphore
    ) {
        let pool = ComputePool(threads: 1, capacity: capacity, patience: patience)
        let (gate, begun) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        #expect(
            pool.submit(for: "gate") { _ in
                begun.signal()
                gate.wait()
            })
        begun.wait()
        return (pool, gate)
    }

    @Test("Organisations are served in turn, however much one of them sends")
    func fairness() async {
        let (pool, gate) = Self.busy()
        let order = NIOLockedValueBox<[String]>([])
        for name in ["a1", "a2", "a3", "a4", "b1", "c1", "b2"] {
            #expect(pool.submit(for: String(name.prefix(1))) { _ in order.withLockedValue { $0.append(name) } })
        }
        #expect(pool.depth == 7)
        gate.signal()
        await withCheckedContinuation { done in #expect(pool.submit(for: "z") { _ in done.resume() }) }
        await pool.shutDown()
        #expect(order.withLockedValue { $0 } == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"])
    }

    @Test("A full pool takes nothing more, and what it did not take is never run")
    func capacity() async {
        let (pool, gate) = Self.busy(capacity: 2)
        let runs = NIOLockedValueBox(0)
        let taken = (0..<5).map { _ in pool.submit(for: "a") { _ in runs.withLockedValue { $0 += 1 } } }
        #expect(taken == [true, true, false, false, false])
        gate.signal()
        await pool.shutDown()
        #expect(runs.withLockedValue { $0 } == 2)
        #expect(pool.depth == 0)
    }

    @Test("A job that waited too long is told so, once")
    func deadline() async {
        let (pool, gate) = Self.busy(patience: .zero)
        let outcomes = NIOLockedValueBox<[ComputePool.Outcome]>([])
        #expect(pool.submit(for: "a") { outcome in outcomes.withLockedValue { $0.append(outcome) } })
        gate.signal()
        await pool.shutDown()
        #expect(outcomes.withLockedValue { $0 } == [.late])
    }

    @Test("Every job that was taken is called once, from many threads at once")
    func everyJobOnce() async {
        let pool = ComputePool(threads: 4, capacity: 100_000)
        let calls = NIOLockedValueBox([Int](repeating: 0, count: 4_000))
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for number in 0..<1_000 {
                        let job = part * 1_000 + number
                        #expect(pool.submit(for: "\(number % 7)") { _ in calls.withLockedValue { $0[job] += 1 } })
                    }
                }
            }
        }
        // What still waits when the threads are stopped is called elsewhere, and maybe later.
        while pool.depth > 0 { await Task.yield() }
        await pool.shutDown()
        #expect(calls.withLockedValue { $0.allSatisfy { $0 == 1 } })
    }
}
