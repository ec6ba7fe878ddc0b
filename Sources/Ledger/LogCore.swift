import Glibc
import Threads

/// What the log's callers and its group commit share.
final class LogCore: Sendable {
    let state: Guarded<LogWriter>
    private let durability: ExchangeLog.Durability
    private let wakeup = Wakeup()

    init(_ writer: consuming LogWriter, _ durability: ExchangeLog.Durability) {
        state = Guarded(writer)
        self.durability = durability
    }

    func admit(_ admission: Admission) throws(LedgerError) -> UInt64 {
        try write { (state) throws(LedgerError) in try state.admit(admission) }
    }

    func enter(_ admission: Admission) throws(LedgerError) -> UInt64 {
        let (result, wakes) = state.withLock(giving: admission) {
            state, admission -> (Result<UInt64, LedgerError>, Bool) in
            let result = Result { () throws(LedgerError) in try state.enter(admission) }
            return (result, state.takeIdle())
        }
        if wakes { wakeup.signal() }
        return try result.get()
    }

    /// Does something with the writer that appends; the group commit wakes for what it left to do.
    func write<Value: Sendable>(_ work: (inout LogWriter) throws(LedgerError) -> Value) throws(LedgerError) -> Value {
        let (result, wakes) = state.withLock { state -> (Result<Value, LedgerError>, Bool) in
            let result = Result { () throws(LedgerError) in try work(&state) }
            // After a failure the group commit has to wake as well: it is what tries again.
            return (result, state.takeIdle())
        }
        if wakes { wakeup.signal() }
        return try result.get()
    }

    func note(_ act: Act) throws(LedgerError) -> UInt64 {
        try write { (state) throws(LedgerError) in try state.note(act) }
    }

    func complete(_ completion: Completion) {
        let wakes = state.withLock(giving: completion) { state, completion in
            state.complete(completion)
            return state.takeIdle()
        }
        if wakes { wakeup.signal() }
    }

    func whenDurable(_ sequence: UInt64, _ done: @escaping @Sendable (LedgerError?) -> Void) {
        guard durability == .disk else { return done(nil) }
        let answer: LedgerError?? = state.withLock { state in
            if sequence < state.durable { return .some(nil) }
            if state.isClosed { return .closed }
            if state.mustRewrite, let failure = state.failure { return .notWritable(reason: failure.reason) }
            state.waiters.append(LogWriter.Waiter(sequence: sequence, call: done))
            return nil
        }
        if let answer { return done(answer) }
        wakeup.signal()
    }

    var health: ExchangeLog.Health {
        state.withLock { state in state.failure.map { .failing($0.reason) } ?? .writable }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
    }

    /// The body of the group commit's thread.
    func commitUntilClosed() {
        while true {
            let began = monotonicNanoseconds()
            let turn = commit()
            if turn.isLast { return }
            if turn.isFailing {
                wakeup.wait(until: began + ExchangeLog.retryInterval)
                continue
            }
            if turn.isIdle { wakeup.wait() }
            if let due = turn.nextSync { wakeup.wait(until: due) }
            // Nobody waits for these: what follows within the interval shares the next write, and the next sync.
            if durability == .process { sleep(until: began + ExchangeLog.commitInterval) }
        }
    }

    /// Sleeps through signals, but not through the log's end.
    private func sleep(until deadline: Int64) {
        while !state.withLock({ $0.isClosed }) {
            guard monotonicNanoseconds() < deadline else { return }
            wakeup.wait(until: deadline)
        }
    }

    private struct Turn {
        var isLast = false
        var isFailing = false
        var isIdle = false
        /// Nothing waits to be written, and this is when what was written is synced.
        var nextSync: Int64?
    }

    /// One group commit: writes what waits, syncs where that is due, and calls back.
    private func commit() -> Turn {
        let interval = durability == .process ? ExchangeLog.syncInterval : 0
        let (job, hasWritten) = state.withLock { $0.beginSync(every: interval) }
        if let job {
            var failure: LedgerError?
            do throws(LedgerError) { try job.file.synchronise() } catch { failure = error }
            let ready = state.withLock { $0.endSync(job, failure) }
            for waiter in ready.waiters { waiter.call(ready.error) }
        }
        let (turn, abandoned) = state.withLock { state in
            var turn = Turn()
            turn.isFailing = state.failure != nil
            let waits = state.buffer.count > 0
            let hasWork = waits || state.durable < state.written.next
            turn.isLast = state.isClosed && (turn.isFailing || !hasWork)
            turn.isIdle = !hasWork && !turn.isLast && !state.isClosed && !turn.isFailing
            if interval > 0, job == nil, hasWork, !waits, !hasWritten, !state.isClosed, !turn.isFailing {
                turn.nextSync = state.lastSync + interval
            }
            if turn.isIdle { state.pendingSince = nil }
            state.isCommitterIdle = turn.isIdle || turn.nextSync != nil
            return (turn, turn.isLast ? state.takeWaiters() : [])
        }
        for waiter in abandoned { waiter.call(.closed) }
        return turn
    }
}

/// What a sync covers.
struct SyncJob: Sendable {
    let file: OpenFile
    let segment: UInt64
    let size: UInt64
    let head: LogWriter.Head
    let began = monotonicNanoseconds()
}

extension LogWriter {
    /// Whether the group commit sleeps and there is work for it; it counts as woken from then on.
    mutating func takeIdle() -> Bool {
        guard isCommitterIdle else { return false }
        isCommitterIdle = false
        if pendingSince == nil { pendingSince = monotonicNanoseconds() }
        return true
    }

    mutating func takeWaiters() -> [Waiter] {
        defer { waiters = [] }
        return waiters
    }

    /// Writes what waits, and gives what has to be synced; `nil` when nothing has, or not yet.
    ///
    /// - Parameter interval: Nanoseconds from the beginning of one sync to that of the next; an end or a failure waits for none.
    /// - Returns: The sync, and whether anything was written since the last call.
    mutating func beginSync(every interval: Int64) -> (job: SyncJob?, hasWritten: Bool) {
        let hasFailed = failure != nil
        if hasFailed { recover() } else { try? flush() }
        defer { lastSeen = written.next }
        let hasWritten = written.next != lastSeen
        guard failure == nil, durable < written.next else { return (nil, hasWritten) }
        let now = monotonicNanoseconds()
        guard isClosed || hasFailed || now - lastSync >= interval else { return (nil, hasWritten) }
        lastSync = now
        return (SyncJob(file: file, segment: segment, size: size, head: written), hasWritten)
    }

    /// Takes the outcome of a sync, and gives those whose wait is over.
    mutating func endSync(_ job: SyncJob, _ error: LedgerError?) -> (waiters: [Waiter], error: LedgerError?) {
        if let error {
            fail(error)
            mustRewrite = true
            return (takeWaiters(), .notWritable(reason: failure?.reason ?? "\(error)"))
        }
        durable = max(durable, job.head.next)
        lastCommit = monotonicNanoseconds()
        pendingSince = durable < encoded.next ? job.began : nil
        if job.segment == segment {
            durableOffset = max(durableOffset, job.size)
            let mark = DurableMark(segment: segment, offset: job.size, next: job.head.next, chain: job.head.chain)
            // A mark that could not be written only lags behind.
            try? mark.write(to: markFile)
        }
        let durable = durable
        let ready = waiters.filter { $0.sequence < durable }
        waiters.removeAll { $0.sequence < durable }
        return (ready, nil)
    }
}
