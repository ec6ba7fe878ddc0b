#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// A value behind a lock that threads may overtake each other at, held for nanoseconds.
///
/// `Synchronization.Mutex` passes the lock on through the kernel, in order: with eight threads that admit at once, each
/// admission then costs two switches of context, measured at twenty times the price. Here whoever runs takes the lock.
///
/// Sendable, though the compiler cannot see it: the value is reached through `withLock` alone.
public final class Guarded<Value: ~Copyable & Sendable>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// A value that nobody has yet.
    @inlinable
    public init(_ value: consuming Value) {
        // In one block: a lock and a value are made for every exchange.
        let (size, alignment) = (MemoryLayout<pthread_mutex_t>.size, MemoryLayout<Value>.alignment)
        let place = (size + alignment - 1) & ~(alignment - 1)
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: place + MemoryLayout<Value>.size, alignment: max(16, alignment))
        mutex = block.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        self.value = (block + place).bindMemory(to: Value.self, capacity: 1)
        self.value.initialize(to: value)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    @inlinable
    deinit {
        pthread_mutex_destroy(mutex)
        value.deinitialize(count: 1)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// Calls `body` with the value while nobody else has it.
    @inlinable
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }

    /// The same with something that `body` is given rather than captures: what a closure captures is copied.
    @inlinable
    public func withLock<Given, Result: ~Copyable, Failure: Error>(
        giving given: Given, _ body: (inout Value, Given) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee, given)
    }
}
