import Glibc
import Synchronization
import Threads

/// The append-only record of every exchange, in the segment files of one directory.
///
/// One process writes; any number may read. docs/LEDGER_FORMAT.md describes the files.
public final class ExchangeLog: Sendable {
    /// When the output of an exchange may leave.
    public enum Durability: String, Sendable {
        /// When `write(2)` has returned: survives the process being killed, loses at most 100 ms at a power failure.
        case process
        /// When `fdatasync(2)` has returned: survives a power failure.
        case disk
    }

    /// Whether records can be written.
    public enum Health: Sendable, Equatable {
        /// They can.
        case writable
        /// They cannot, for this reason; the log keeps trying.
        case failing(String)
    }

    /// What was found and done when the log was opened.
    public struct Recovery: Sendable, Equatable {
        /// The sequence number of the next record.
        public var nextSequence: UInt64
        /// The bytes of unfinished records that were cut from the end.
        public var removedBytes: UInt64
    }

    /// The time from one write of what waits to the next where nobody waits for it, in nanoseconds; the rest of what is
    /// promised is for the write itself.
    static let commitInterval: Int64 = 7_000_000
    /// The time from the beginning of one sync to that of the next where nobody waits for it, in nanoseconds; the rest
    /// of what is promised is for the sync itself.
    static let syncInterval: Int64 = 80_000_000
    /// The time between two tries to write again after a failure, in nanoseconds.
    static let retryInterval: Int64 = 100_000_000

    /// What was found when the log was opened.
    public let recovery: Recovery
    let core: LogCore
    private let thread: SystemThread
    private let isJoined = Mutex(false)

    /// Opens the log of a directory, creating both when there are none, and repairs a torn end.
    ///
    /// A process that opens a log should ignore `SIGXFSZ`, so that a limit on file sizes is an error instead of its end.
    ///
    /// - Parameters:
    ///   - directory: Where the segments lie.
    ///   - durability: What `whenDurable` waits for.
    ///   - segmentBytes: The size at which the next segment begins, at least 4,096.
    /// - Throws: `LedgerError`: another process holds the directory, the files are damaged other than by a torn end,
    ///   or the system refuses.
    public static func open(
        directory: String, durability: Durability = .process, segmentBytes: Int = 64 << 20
    ) throws(LedgerError) -> ExchangeLog {
        let opened = try LogOpening.open(directory: directory, segmentBytes: UInt64(max(4096, segmentBytes)))
        let recovery = opened.recovery
        return try ExchangeLog(core: LogCore(opened.intoWriter(), durability), recovery: recovery)
    }

    private init(core: LogCore, recovery: Recovery) throws(LedgerError) {
        self.core = core
        self.recovery = recovery
        thread = try SystemThread { core.commitUntilClosed() }
    }

    deinit {
        close()
    }

    /// Writes an admission, and the completions that wait, with one `write(2)`.
    ///
    /// - Returns: The admission's sequence number; from then on it survives the process being killed.
    /// - Throws: `LedgerError`, and then nothing was recorded and no output may leave.
    public func admit(_ admission: Admission) throws(LedgerError) -> UInt64 {
        try core.admit(admission)
    }

    /// Takes an admission without writing it yet: many that come together then cost one `write(2)`.
    ///
    /// Nothing of the exchange may leave before `write(through:)` has returned for its number.
    /// - Returns: The admission's sequence number.
    /// - Throws: `LedgerError`, and then nothing was recorded.
    public func enter(_ admission: Admission) throws(LedgerError) -> UInt64 {
        try core.enter(admission)
    }

    /// Writes every admission up to this number, and the completions that wait, with one `write(2)`.
    ///
    /// - Throws: `LedgerError`: nothing was written, no output of these exchanges may leave. They are written, as
    ///   admitted, once the log can be written again.
    public func write(through sequence: UInt64) throws(LedgerError) {
        try core.write { (state) throws(LedgerError) in try state.write(through: sequence) }
    }

    /// Writes what a running exchange has reserved by now, before the text leaves that it pays for.
    ///
    /// An exchange that this log did not admit, or whose end it knows, is passed over.
    /// - Throws: `LedgerError`, and then nothing was recorded.
    public func grow(_ growth: Growth) throws(LedgerError) {
        _ = try core.write { (state) throws(LedgerError) in try state.grow(growth) }
    }

    /// Records how an exchange ended, within 10 ms.
    ///
    /// The second completion of an admission, or one of an admission that this log didn't admit, is ignored.
    public func complete(_ completion: Completion) {
        core.complete(completion)
    }

    /// Calls back once a record is as durable as was asked for, or cannot be made so.
    ///
    /// With `.process` the call comes at once, on this thread; with `.disk` at once or from the group commit's thread.
    public func whenDurable(_ sequence: UInt64, _ done: @escaping @Sendable (LedgerError?) -> Void) {
        core.whenDurable(sequence, done)
    }

    /// Whether records can be written.
    public var health: Health { core.health }

    /// The number of the next record that will be written.
    public var nextSequence: UInt64 { core.state.withLock { $0.written.next } }

    /// The number of admitted exchanges whose completion is still to come.
    public var openExchanges: Int { core.state.withLock { $0.open.count } }

    /// Writes and syncs what waits and lets go of the directory; later calls fail.
    public func close() {
        core.close()
        isJoined.withLock { joined in
            if !joined { thread.join() }
            joined = true
            core.state.withLock { $0.unlock() }
        }
    }
}
