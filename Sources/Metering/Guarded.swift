#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A value behind a lock that threads may overtake each other at, held for nanoseconds.
///
/// `Synchronization.Mutex` passes the lock on in order, through the kernel, once threads compete: every step then costs two
/// switches of context. Sendable, though the compiler cannot see it: the value is reached through `withLock` alone.
final class Guarded<Value: ~Copyable & Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        // In one block: a lock and a value are made for every exchange.
        let place = MemoryLayout<pthread_mutex_t>.size.roundedUp(to: MemoryLayout<Value>.alignment)
        let block = UnsafeMutableRawPointer.allocate(byteCount: place + MemoryLayout<Value>.size, alignment: 16)
        mutex = block.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        self.value = (block + place).bindMemory(to: Value.self, capacity: 1)
        self.value.initialize(to: value)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        value.deinitialize(count: 1)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// Calls `body` with the value while nobody else has it.
    func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}

extension Int {
    fileprivate func roundedUp(to alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
