#if os(Linux)
    import Foundation
    import Glibc
    import Testing
    import Threads

    @Suite("Turns of threads")
    struct TurnsTests {
        @Test("A thread that gives way stays an ordinary one, and so does one with short turns; others do not change")
        func policies() async {
            let before = sched_getscheduler(0)
            let found: (Int32, Int32) = await withCheckedContinuation { continuation in
                Thread {
                    Turns.areShort()
                    let short = sched_getscheduler(0)
                    Turns.giveWay()
                    continuation.resume(returning: (short, sched_getscheduler(0)))
                }.start()
            }
            // SCHED_BATCH, for which Glibc has no name here.
            #expect(found == (SCHED_OTHER, 3))
            #expect(sched_getscheduler(0) == before)
        }
    }
#endif
