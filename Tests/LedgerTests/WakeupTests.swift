import Synchronization
import Testing

@testable import Ledger

@Suite("Waking a thread")
struct WakeupTests {
    /// How often a thread was woken.
    private final class Count: Sendable {
        let value = Atomic(0)
    }

    @Test(
        "Each signal wakes once, whether it comes before the wait, soon, or after a rest",
        arguments: [0, 50, 700, 1_300])
    func signals(afterMilliseconds pause: Int) async throws {
        let (wakeup, count) = (Wakeup(), Count())
        let thread = try SystemThread {
            for _ in 0..<3 {
                wakeup.wait()
                count.value.add(1, ordering: .sequentiallyConsistent)
            }
        }
        for turn in 0..<3 {
            try await Task.sleep(for: .milliseconds(pause))
            #expect(count.value.load(ordering: .sequentiallyConsistent) == turn)
            wakeup.signal()
            for _ in 0..<200 where count.value.load(ordering: .sequentiallyConsistent) == turn {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        thread.join()
        #expect(count.value.load(ordering: .sequentiallyConsistent) == 3)
    }
}
