import Glibc
import Synchronization
import Threads
public import Transparency

/// A public, append-only log in the static files of one directory (c2sp.org/tlog-tiles).
///
/// One process writes. Entries that wait are sequenced together, made durable with one sync and signed with one signature.
/// It must be closed. What was acknowledged is in a tree whose checkpoint is signed and durable; after a crash at any byte it still is, and no size
/// ever has two roots.
public final class TileLog: Sendable {
    /// Where an entry has come to lie.
    public struct Placed: Sendable, Equatable {
        /// Its number, from 0.
        public let index: UInt64
        /// The size of the first signed tree that holds it.
        public let size: UInt64
    }

    /// The newest signed tree.
    public struct Head: Sendable, Equatable {
        /// The number of entries.
        public let size: UInt64
        /// The checkpoint; `nil` before the first entry.
        public let note: SignedNote?
    }

    /// When the public checkpoint is replaced.
    public enum Publication: Sendable {
        /// With each commit.
        case atOnce
        /// By `publish`, once witnesses have cosigned.
        case whenCosigned
    }

    /// Called once entries are in a signed, durable tree, or could not be put there.
    public typealias Completion = @Sendable (Result<Placed, LedgerError>) -> Void

    /// The most bytes that may wait.
    static let longestQueue = 64 << 20
    /// The most bytes of one commit.
    static let largestCommit = 8 << 20

    private struct Waiting: Sendable {
        var entries: [[UInt8]]
        var bytes: Int
        var done: Completion?
    }

    private struct State: Sendable {
        var queue: [Waiting] = []
        var bytes = 0
        var isClosed = false
        var isBroken: String?
        var head: Head
    }

    private let state: Guarded<State>
    private let writer: Guarded<TileWriter?>
    private let lock: Mutex<OpenFile?>
    private let wakeup = Wakeup()
    private let interval: Int64
    private let thread = Mutex<SystemThread?>(nil)
    /// The key that signs; its name is the log's origin.
    public let key: VerifierKey

    /// Opens the log of a directory, creating it where there is none, and makes good what a crash left undone.
    ///
    /// - Parameters:
    ///   - directory: Where the files lie; everything in it but `.journal` may be served to anybody.
    ///   - signer: A key of type 1, whose name is the log's origin.
    ///   - publication: When the public checkpoint is replaced.
    ///   - interval: The least time between two commits, in milliseconds.
    ///   - journalBytes: How large the journal grows before the tiles are synced, at least 4,096.
    /// - Throws: `LedgerError`: another process holds the directory, files are damaged, or the system refuses.
    public static func open(
        directory: String, signer: NoteSigner, publication: Publication = .atOnce, interval: Int = 20,
        journalBytes: Int = 8 << 20
    ) throws(LedgerError) -> TileLog {
        guard signer.key.type == .ed25519 else { throw .badField("signing key (type 1 is needed)") }
        let lock = try TileWriter.lock(directory)
        var writer = TileWriter(
            directory: directory, signer: signer, journalBytes: UInt64(max(4096, journalBytes)),
            publishesAtOnce: publication == .atOnce)
        try writer.recover()
        return try TileLog(writer, lock, interval)
    }

    private init(_ writer: TileWriter, _ lock: OpenFile, _ interval: Int) throws(LedgerError) {
        key = writer.signer.key
        state = Guarded(State(head: Head(size: writer.edge.size, note: writer.note)))
        self.writer = Guarded(writer)
        self.lock = Mutex(lock)
        self.interval = Int64(max(0, interval)) * 1_000_000
        let thread = try SystemThread { [self] in
            while turn() {}
        }
        self.thread.withLock { $0 = thread }
    }

    /// Appends an entry of at most 65,535 bytes.
    ///
    /// - Throws: `LedgerError`, and then it is not appended.
    public func append(_ entry: [UInt8], _ done: Completion? = nil) throws(LedgerError) {
        try append(contentsOf: [entry], done)
    }

    /// Appends entries next to each other, in one commit; `done` gets the place of the first.
    ///
    /// - Throws: `LedgerError`, and then none is appended.
    public func append(contentsOf entries: [[UInt8]], _ done: Completion? = nil) throws(LedgerError) {
        let bytes = entries.reduce(0) { $0 + $1.count + 2 }
        guard !entries.isEmpty, bytes <= Self.largestCommit else { throw .badField("entries") }
        guard entries.allSatisfy({ $0.count <= EntryBundle.longestEntry }) else { throw .badField("entry") }
        let problem: LedgerError? = state.withLock { state in
            if let reason = state.isBroken { return .notWritable(reason: reason) }
            if state.isClosed { return .closed }
            guard state.bytes + bytes <= Self.longestQueue else { return .notWritable(reason: "too much waits") }
            state.queue.append(Waiting(entries: entries, bytes: bytes, done: done))
            state.bytes += bytes
            return nil
        }
        if let problem { throw problem }
        wakeup.signal()
    }

    /// The newest signed tree.
    public var head: Head { state.withLock { $0.head } }

    /// Why nothing can be appended, until `reopen` succeeds; `nil` when it can.
    public var failure: String? { state.withLock { $0.isBroken } }

    /// Opens the files anew after a failure, as the next process would: what was acknowledged is there, what was not is gone.
    ///
    /// - Throws: `LedgerError`: what failed still does; try again later.
    public func reopen() throws(LedgerError) {
        let head = try writer.withLock { (writer) throws(LedgerError) -> Head in
            guard var old = writer.take() else { throw .closed }
            old.waitForSync()
            defer { if writer == nil { writer = old } }
            var fresh = TileWriter(
                directory: old.directory, signer: old.signer, journalBytes: old.journalBytes,
                publishesAtOnce: old.publishesAtOnce)
            try fresh.recover()
            writer = fresh
            return Head(size: fresh.edge.size, note: fresh.note)
        }
        state.withLock { state in
            state.head = head
            state.isBroken = nil
        }
    }

    /// Replaces the public checkpoint by one of this log's with cosignatures.
    ///
    /// - Throws: `LedgerError.badField` when the note is not of this log or of a larger tree than it has signed.
    public func publish(_ note: SignedNote) throws(LedgerError) {
        guard let checkpoint = try? VerifiedCheckpoint(note, by: key).checkpoint, checkpoint.size <= head.size else {
            throw .badField("checkpoint")
        }
        try writer.withLock { (writer) throws(LedgerError) in try writer?.publish(note) }
    }

    /// Reads the log's own files.
    public var files: LogFiles {
        let directory = writer.withLock { $0?.directory } ?? ""
        return LogFiles { try TileFiles.read(directory + "/" + $0) }
    }

    /// Commits what waits and lets go of the directory; later appends fail.
    public func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        writer.withLock { writer in
            writer?.waitForSync()
            writer = nil
        }
        lock.withLock { lock in
            if let lock { flock(lock.descriptor, LOCK_UN) }
            lock = nil
        }
    }

    /// One turn of the commit thread; false when it was the last.
    private func turn() -> Bool {
        let began = monotonicNanoseconds()
        let (batch, isClosed) = state.withLock { state -> ([Waiting], Bool) in
            var count = 0
            var bytes = 0
            while count < state.queue.count, count == 0 || bytes + state.queue[count].bytes <= Self.largestCommit {
                bytes += state.queue[count].bytes
                count += 1
            }
            let batch = Array(state.queue.prefix(count))
            state.queue.removeFirst(count)
            state.bytes -= bytes
            return (batch, state.isClosed)
        }
        guard !batch.isEmpty else {
            if isClosed { return false }
            wakeup.wait()
            // Whoever appended one is likely to append more: they share a commit.
            if interval > 0 { pause(until: monotonicNanoseconds() + interval / 4) }
            return true
        }
        commit(batch)
        if !isClosed, interval > 0 { pause(until: began + interval) }
        return true
    }

    /// Lets a time go by.
    ///
    /// What is appended meanwhile is seen at the next turn, which looks before it waits.
    private func pause(until deadline: Int64) {
        while monotonicNanoseconds() < deadline {
            if state.withLock({ $0.isClosed }) { return }
            wakeup.wait(until: deadline)
        }
    }

    private func commit(_ batch: [Waiting]) {
        var isBroken = false
        let result = Result { () throws(LedgerError) -> (UInt64, Head) in
            try writer.withLock { (writer) throws(LedgerError) in
                guard var present = writer.take() else { throw .closed }
                let start = present.edge.size
                defer { writer = present }
                try present.commit(batch.flatMap(\.entries), isBroken: &isBroken)
                return (start, Head(size: present.edge.size, note: present.note))
            }
        }
        switch result {
        case .success(let (start, head)):
            state.withLock { $0.head = head }
            var index = start
            for waiting in batch {
                waiting.done?(.success(Placed(index: index, size: head.size)))
                index += UInt64(waiting.entries.count)
            }
        case .failure(let error):
            // What waits behind must not overtake what could not be written.
            let abandoned = state.withLock { state -> [Waiting] in
                state.isBroken = "\(error)"
                state.bytes = 0
                defer { state.queue = [] }
                return state.queue
            }
            for waiting in batch + abandoned { waiting.done?(.failure(error)) }
        }
    }
}
