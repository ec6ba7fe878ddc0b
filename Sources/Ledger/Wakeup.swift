import CMimalloc
import Glibc
import Threads

/// Wakes one thread that waits, from any other.
///
/// While it waits, what its work has left free in memory goes back to the system: the allocator keeps that for each thread until the
/// thread itself lets go of it, and the logs' threads free megabytes at a time and then little.
/// POSIX makes its operations safe from any thread; mutex and condition must stay where they are in memory.
final class Wakeup: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isSignalled = false
    /// When memory was last given back; for the waiting thread alone.
    private var gaveBack: Int64 = 0
    /// Once in so many nanoseconds at most: under load there is something to give back at every wait.
    private static let givingBack: Int64 = 500_000_000

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Lets the waiting thread go on, or its next wait return at once.
    func signal() {
        pthread_mutex_lock(mutex)
        isSignalled = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for a signal, until a time on the monotonic clock, in nanoseconds; without limit when `nil`.
    func wait(until deadline: Int64? = nil) {
        giveBack()
        if let deadline { return _ = isWoken(by: deadline) }
        // What the last work before a rest has left.
        guard !isWoken(by: gaveBack + Self.givingBack) else { return }
        giveBack()
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isSignalled { pthread_cond_wait(condition, mutex) }
        isSignalled = false
    }

    /// Whether a signal came before a time, or had come; it is taken.
    private func isWoken(by deadline: Int64) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var until = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while !isSignalled, pthread_cond_timedwait(condition, mutex, &until) == 0 {}
        defer { isSignalled = false }
        return isSignalled
    }

    private func giveBack() {
        let now = monotonicNanoseconds()
        guard now - gaveBack >= Self.givingBack else { return }
        gaveBack = now
        mi_collect(false)
    }
}

/// A thread of the operating system's that runs one closure.
///
/// The group commit blocks in `fdatasync`, so it may not borrow a thread of the cooperative pool. Threads that answer requests go first.
struct SystemThread: Sendable {
    private let thread: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread.
    ///
    /// - Throws: `LedgerError.io` when the system has no thread to give.
    init(_ run: @escaping @Sendable () -> Void) throws(LedgerError) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Turns.giveWay()
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            throw .io(operation: "start a thread for", path: "the group commit", errno: result)
        }
        self.thread = thread
    }

    /// Waits until the closure has returned.
    func join() {
        pthread_join(thread, nil)
    }
}
