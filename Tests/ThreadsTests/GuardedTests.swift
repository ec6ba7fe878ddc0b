import Testing
import Threads

@Suite("A value behind a lock")
struct GuardedTests {
    @Test("Threads that change it at once lose nothing, and see it whole")
    func threads() async {
        let pair = Guarded((first: 0, second: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for step in 0..<10_000 {
                        pair.withLock(giving: step & 1) { pair, more in
                            #expect(pair.first == pair.second)
                            pair.first += more
                            pair.second += more
                        }
                    }
                }
            }
        }
        #expect(pair.withLock { $0 } == (40_000, 40_000))
    }

    @Test("An error leaves it unlocked, with what was changed before")
    func errors() {
        struct Stop: Error {}
        let value = Guarded(1)
        #expect(throws: Stop.self) {
            try value.withLock { value in
                value = 2
                throw Stop()
            }
        }
        #expect(value.withLock { $0 } == 2)
    }

    @Test("What it holds goes with it")
    func lifetime() {
        final class Held: Sendable {}
        weak var held: Held?
        do {
            let made = Held()
            held = made
            let guarded = Guarded<(UInt8, Held)>((1, made))
            #expect(guarded.withLock { $0.0 } == 1)
        }
        #expect(held == nil)
    }
}
