import Glibc

/// The state of a log that is being written; whoever uses it holds its lock.
struct LogWriter: ~Copyable, Sendable {
    /// A caller who waits until a record is durable.
    struct Waiter: Sendable {
        let sequence: UInt64
        let call: @Sendable (LedgerError?) -> Void
    }

    /// How far the log has come: the next sequence number and the chain value before it.
    struct Head: Equatable, Sendable {
        var next: UInt64
        var chain: Hash256
    }

    let directory: String
    let ledger: Salt
    let segmentBytes: UInt64
    /// Held while the log is open.
    var lock: OpenFile?
    let markFile: OpenFile

    /// The segment that is appended to, and how many bytes of it are whole records.
    var file: OpenFile
    var segment: UInt64
    /// When it was begun, in milliseconds since 1970.
    var begun: Int64
    var size: UInt64
    /// What is in the file.
    var written: Head
    /// What is in the file and in the buffer.
    var encoded: Head
    /// The next sequence number that is not known to be on the disk.
    var durable: UInt64
    /// Where in the present segment the bytes begin that are not known to be on the disk.
    var durableOffset: UInt64
    /// Admissions and completions that wait for the next write.
    var buffer = ByteWriter(capacity: 64 * 1024)
    /// Admissions whose completion is still to come.
    var open: Set<UInt64> = []
    var waiters: [Waiter] = []
    /// When the last good sync ended, and since when at most something waits for the next; nanoseconds, monotonic.
    var lastCommit = monotonicNanoseconds()
    var pendingSince: Int64?

    /// When the last sync was begun, and the next record that was to be written when the group commit last looked.
    var lastSync: Int64 = .min / 2
    var lastSeen: UInt64 = 0

    var isClosed = false
    /// Set while the group commit sleeps and must be woken for new work.
    var isCommitterIdle = false
    /// Since when and why nothing can be written.
    var failure: (since: Int64, reason: String)?
    /// Set when bytes of a failed write may lie behind the last whole record.
    var hasLooseTail = false
    /// Set when a sync failed: what was written since the last good one must be written again.
    var mustRewrite = false

    /// Appends an admission and everything that waits to the file.
    mutating func admit(_ admission: Admission) throws(LedgerError) -> UInt64 {
        let sequence = try put(.admission(admission))
        if admission.decision == .admitted { open.insert(sequence) }
        return sequence
    }

    /// Keeps an admission for the next write, which `write(through:)` makes.
    mutating func enter(_ admission: Admission) throws(LedgerError) -> UInt64 {
        guard !isClosed else { throw .closed }
        if let failure { throw .notWritable(reason: failure.reason) }
        let before = buffer.count
        do throws(LedgerError) {
            let sequence = encoded.next
            encodedOne(try buffer.append(admission, sequence: sequence, after: encoded.chain))
            if admission.decision == .admitted { open.insert(sequence) }
            return sequence
        } catch {
            buffer.truncate(to: before)
            throw error
        }
    }

    /// Writes what waits, unless the group commit has written this record already.
    mutating func write(through sequence: UInt64) throws(LedgerError) {
        guard sequence >= written.next else { return }
        if let failure { throw .notWritable(reason: failure.reason) }
        guard !isClosed else { throw .closed }
        try flush()
    }

    /// Appends what an open exchange has reserved by now; `nil` where nobody waits for its end any more.
    mutating func grow(_ growth: Growth) throws(LedgerError) -> UInt64? {
        guard open.contains(growth.sequence) else { return nil }
        return try put(.growth(growth))
    }

    /// Appends a record and everything that waits to the file.
    mutating func put(_ record: LedgerRecord) throws(LedgerError) -> UInt64 {
        guard !isClosed else { throw .closed }
        if let failure { throw .notWritable(reason: failure.reason) }
        let before = (buffer.count, encoded)
        do throws(LedgerError) {
            let sequence = try encode(record)
            try flush()
            return sequence
        } catch {
            buffer.truncate(to: before.0)
            encoded = before.1
            throw error
        }
    }

    /// Keeps a completion for the next write; one that no open admission waits for is dropped.
    mutating func complete(_ completion: Completion) {
        guard !isClosed, open.remove(completion.sequence) != nil else { return }
        let before = buffer.count
        do throws(LedgerError) {
            let chain =
                completion.outcome.mayBeLong
                ? try buffer.append(completion.trimmed(), sequence: encoded.next, after: encoded.chain)
                : try buffer.append(completion, sequence: encoded.next, after: encoded.chain)
            encodedOne(chain)
        } catch {
            // Trimmed texts always fit.
            buffer.truncate(to: before)
        }
    }

    private mutating func encode(_ record: LedgerRecord) throws(LedgerError) -> UInt64 {
        let sequence = encoded.next
        encodedOne(try buffer.append(record, sequence: sequence, after: encoded.chain))
        return sequence
    }

    /// One more record stands in the buffer, of this chain value.
    private mutating func encodedOne(_ chain: Hash256) {
        encoded.chain = chain
        encoded.next &+= 1
    }

    /// Writes the buffer; on an error nothing of it stays in the file and the log turns failing.
    mutating func flush() throws(LedgerError) {
        guard buffer.count > 0 else { return }
        do throws(LedgerError) {
            if size >= segmentBytes { try rotate() }
            hasLooseTail = true
            try file.write(buffer.bytes)
            hasLooseTail = false
        } catch {
            try? removeLooseTail()
            fail(error)
            if case .io(_, _, let number) = error { throw .notWritable(reason: systemMessage(number)) }
            throw error
        }
        size += UInt64(buffer.count)
        buffer.truncate(to: 0)
        written = encoded
    }

    mutating func fail(_ error: LedgerError) {
        guard failure == nil else { return }
        let reason: String
        if case .io(let operation, _, let number) = error {
            reason = "\(operation): \(systemMessage(number))"
        } else {
            reason = "\(error)"
        }
        failure = (wallClockMilliseconds(), reason)
    }

    private mutating func removeLooseTail() throws(LedgerError) {
        guard hasLooseTail else { return }
        try file.truncate(to: size)
        hasLooseTail = false
    }

    /// Makes the present segment durable and begins the next.
    private mutating func rotate() throws(LedgerError) {
        try synchronise()
        file = try Self.beginSegment(in: directory, ledger: ledger, at: written)
        segment = written.next
        begun = wallClockMilliseconds()
        size = UInt64(SegmentHeader.size)
        durableOffset = size
    }

    /// Closes the present segment if it holds something and was begun before a time.
    mutating func rotate(begunBefore time: Int64) throws(LedgerError) -> Bool {
        // Who waits for the disk is told by the group commit alone: it comes first.
        guard !isClosed, failure == nil, waiters.isEmpty, begun < time, size > UInt64(SegmentHeader.size)
        else { return false }
        try flush()
        do throws(LedgerError) {
            try rotate()
        } catch {
            fail(error)
            throw error
        }
        return true
    }

    mutating func synchronise() throws(LedgerError) {
        do throws(LedgerError) {
            try file.synchronise()
        } catch {
            mustRewrite = true
            throw error
        }
        durable = written.next
        durableOffset = size
    }

    /// Creates a segment under another name, so that no segment is ever seen without its header.
    static func beginSegment(in directory: String, ledger: Salt, at head: Head) throws(LedgerError) -> OpenFile {
        let path = directory + "/" + SegmentHeader.fileName(head.next)
        let header = SegmentHeader(
            ledger: ledger, firstSequence: head.next, created: wallClockMilliseconds(), chain: head.chain)
        let draft = try OpenFile(path + ".new", O_WRONLY | O_CREAT | O_TRUNC)
        let bytes = header.encoded()
        let failure: LedgerError? = bytes.withUnsafeBytes { bytes in
            do throws(LedgerError) {
                try draft.write(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        try draft.synchroniseAll()
        guard rename(path + ".new", path) == 0 else {
            throw .io(operation: "rename", path: path + ".new", errno: errno)
        }
        try OpenFile(directory, O_RDONLY | O_DIRECTORY).synchroniseAll()
        return try OpenFile(path, O_RDWR | O_APPEND)
    }

    /// Lets go of the directory, also where a child process that is just being started has a copy of the descriptor.
    mutating func unlock() {
        if let lock { flock(lock.descriptor, LOCK_UN) }
        lock = nil
    }

    /// Tries to write again after a failure: repairs the file, then records the interruption and everything that waits.
    mutating func recover() {
        guard let failure else { return }
        let before = (buffer.count, encoded)
        do throws(LedgerError) {
            try removeLooseTail()
            if mustRewrite { try rewrite() }
            let interruption = Interruption(
                since: failure.since, until: wallClockMilliseconds(), reason: failure.reason.limited())
            _ = try encode(.interruption(interruption))
            try flush()
            self.failure = nil
        } catch {
            buffer.truncate(to: before.0)
            encoded = before.1
        }
    }

    /// Writes the bytes again that a failed sync may have lost: the kernel drops such pages' dirty marks.
    private mutating func rewrite() throws(LedgerError) {
        let writer = try OpenFile(file.path, O_RDWR)
        var at = durableOffset
        while at < size {
            let bytes = try writer.bytes(Int(min(size - at, 1 << 20)), at: at)
            guard !bytes.isEmpty else {
                throw .damaged(file: file.path, offset: at, reason: "written records are no longer there")
            }
            let failure: LedgerError? = bytes.withUnsafeBytes { bytes in
                do throws(LedgerError) {
                    try writer.write(bytes, at: at)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
            at += UInt64(bytes.count)
        }
        try writer.synchronise()
        mustRewrite = false
        durable = written.next
        durableOffset = size
    }
}

extension Completion.Outcome {
    /// Whether it carries texts, which may be longer than a record takes.
    fileprivate var mayBeLong: Bool {
        switch self {
        case .complete, .clientLeft: false
        case .cut, .failed, .refusedMidStream: true
        }
    }
}

extension Completion {
    /// The same with every text short enough for a record.
    fileprivate func trimmed() -> Completion {
        var copy = self
        switch outcome {
        case .cut(let reason): copy.outcome = .cut(reason: reason.limited())
        case .failed(let reason): copy.outcome = .failed(reason: reason.limited())
        case .refusedMidStream(let category, let principle, let stage):
            copy.outcome = .refusedMidStream(
                category: category.limited(), principle: principle.limited(), stage: stage)
        case .complete, .clientLeft: break
        }
        return copy
    }
}

extension String {
    /// The same, cut to what a record's text may hold.
    func limited() -> String {
        guard utf8.count > RecordFormat.maximumText else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: RecordFormat.maximumText)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
