import Glibc
import Synchronization
import Threads
public import Transparency

/// Publishes what the ledger records: follows its durable records, and takes leaves from the desks.
///
/// The tree says by itself how far it has come, so after a crash, or a disk that was full, it goes on where the last signed
/// tree ends.
public final class PublicLog: Sendable {
    struct State: Sendable {
        var builder: BatchBuilder
        /// The period of the newest leaf.
        var slot: UInt32
        /// The number of leaves, those included that wait for their commit.
        var size: UInt64
        /// The next record to publish.
        var next: UInt64
        /// The figures since the last leaf of statistics.
        var figures: Leaf.Statistics
        /// Reads on where the last look at the ledger ended.
        var reader: HeldReader?
        /// Who asked since the last figures.
        var askers: Askers
        /// Since when, in milliseconds since 1970, and why nothing is published.
        var problem: (since: Int64, reason: String)?
        /// Since when nothing had been published, where that has been put right and not yet proven itself.
        var interrupted: Int64?
        var isClosed = false

        mutating func fail(_ reason: String) {
            if problem == nil { problem = (interrupted ?? wallClockMilliseconds(), reason) }
        }
    }

    /// The tree and its files.
    public let tiles: TileLog
    let directory: String
    let ledger: String
    /// Where desks hand in what they did.
    public let outbox: Outbox?
    let closesDays: Bool
    let state: Guarded<State>
    private let wakeup = Wakeup()
    private let thread = Mutex<SystemThread?>(nil)

    /// Opens the public log of a ledger and, if asked, goes on following it on a thread of its own.
    ///
    /// - Parameters:
    ///   - directory: Where the public files lie.
    ///   - ledger: The ledger's directory; it must hold one.
    ///   - signer: The log's key.
    ///   - outbox: What desks post is published from there.
    ///   - closesDays: Whether a day's figures are published when its last leaf is followed by one of another day.
    ///   - poll: How often the ledger is looked at, in milliseconds; `nil` leaves that to `integrate` and `follow`.
    /// - Throws: `LedgerError`, also when the log belongs to another ledger or the ledger lacks records that are due.
    public static func open(
        directory: String, ledger: String, signer: NoteSigner, publication: TileLog.Publication = .atOnce,
        outbox: Outbox? = nil, closesDays: Bool = false, poll: Int? = 100
    ) throws(LedgerError) -> PublicLog {
        let tiles = try TileLog.open(directory: directory, signer: signer, publication: publication)
        do throws(LedgerError) {
            let log = try PublicLog(tiles, directory, ledger, outbox, closesDays)
            if let poll { try log.follow(every: poll) }
            return log
        } catch {
            tiles.close()
            throw error
        }
    }

    private init(
        _ tiles: TileLog, _ directory: String, _ ledger: String, _ outbox: Outbox?, _ closesDays: Bool
    ) throws(LedgerError) {
        self.tiles = tiles
        self.directory = directory
        self.ledger = ledger
        self.outbox = outbox
        self.closesDays = closesDays
        let first = try segmentsOfLedger(in: ledger)[0]
        let id = try SegmentScanner(directory: ledger, firstSequence: first).header.ledger.bytes
        let found = try Self.resume(tiles, directory)
        if let opening = found.opening, opening.ledger != id {
            throw .damaged(file: directory, offset: 0, reason: "this public log is of another ledger than '\(ledger)'")
        }
        guard found.next >= first else {
            throw .damaged(file: ledger, offset: 0, reason: "records from \(found.next) on are due and no longer here")
        }
        state = Guarded(found.state(tiles, Askers(isWhole: found.next == first)))
        if found.opening == nil { try append(.opening(.init(ledger: id, origin: tiles.key.name))) }
    }

    /// Publishes from now on by itself, on a thread of its own; what fails is tried again each second.
    ///
    /// - Parameter poll: How often the ledger is looked at, in milliseconds.
    public func follow(every poll: Int) throws(LedgerError) {
        let poll = Int64(max(1, poll)) * 1_000_000
        let made = try SystemThread { [self] in
            var lastTry: Int64 = 0
            while !state.withLock({ $0.isClosed }) {
                let now = monotonicNanoseconds()
                if failure == nil {
                    do throws(LedgerError) { try integrate() } catch { note("\(error)") }
                } else if now - lastTry >= 1_000_000_000 {
                    lastTry = now
                    try? revive()
                }
                wakeup.wait(until: now + poll)
            }
        }
        thread.withLock { $0 = made }
    }

    /// What a desk did is published at once instead of at the next look.
    public func wake() { wakeup.signal() }

    struct Resumed {
        var opening: Leaf.Opening?
        var next: UInt64 = 1
        var slot: UInt32 = 0
        var figures = Leaf.Statistics(day: 0, from: 0)

        func state(_ tiles: TileLog, _ askers: Askers) -> State {
            State(
                builder: BatchBuilder(slot: slot), slot: slot, size: tiles.head.size, next: next, figures: figures,
                askers: askers)
        }
    }

    /// Reads the tree's end: back to the last statistics, and to the last decisions.
    static func resume(_ tiles: TileLog, _ directory: String) throws(LedgerError) -> Resumed {
        let size = tiles.head.size
        var found = Resumed()
        guard size > 0 else { return found }
        let files = tiles.files
        func leaf(_ index: UInt64) throws(LedgerError) -> Leaf {
            do {
                return try Leaf(files.entry(index, in: size)[...])
            } catch {
                throw .damaged(file: directory, offset: index, reason: "leaf \(index): \(error)")
            }
        }
        if case .opening(let opening) = try leaf(0).content { found.opening = opening }
        found.slot = try leaf(size - 1).slot
        var (hasFigures, hasNext) = (false, false)
        var index = size
        while index > 0, !(hasFigures && hasNext) {
            index -= 1
            let leaf = try leaf(index)
            if case .decisions(let batch) = leaf.content, !hasNext {
                found.next = batch.next
                hasNext = true
            }
            if case .statistics = leaf.content, !hasFigures {
                found.figures.from = index + 1
                hasFigures = true
            }
            if !hasFigures { found.figures.add(leaf) }
        }
        return found
    }

    /// Publishes something that a desk decided or measured.
    ///
    /// - Throws: `LedgerError`, and then it is not published.
    public func append(_ content: Leaf.Content, _ done: TileLog.Completion? = nil) throws(LedgerError) {
        try state.withLock { (state) throws(LedgerError) in
            try flush(&state)
            try publish(Leaf(slot: presentSlot(state), content: content), &state, done)
        }
    }

    /// The present period; never before that of the newest leaf.
    func presentSlot(_ state: State) -> UInt32 {
        max(state.builder.slot, TimeSlot.of(milliseconds: wallClockMilliseconds()))
    }

    func flush(_ state: inout State) throws(LedgerError) {
        if let batch = state.builder.close() {
            try publish(Leaf(slot: batch.slot, content: .decisions(batch)), &state, nil)
        }
    }

    func publish(_ leaf: Leaf, _ state: inout State, _ done: TileLog.Completion?) throws(LedgerError) {
        if closesDays { try closeDay(before: leaf, &state) }
        let bytes: [UInt8]
        do throws(LeafError) {
            bytes = try leaf.encoded()
        } catch {
            throw .badField("\(error)")
        }
        do throws(LedgerError) {
            try tiles.append(bytes) { [self] result in
                if case .failure(let error) = result { note("\(error)") }
                done?(result)
            }
        } catch {
            state.fail("\(error)")
            throw error
        }
        state.size += 1
        if case .statistics = leaf.content {
            state.figures = Leaf.Statistics(day: 0, from: state.size)
        } else {
            state.figures.add(leaf)
        }
        state.slot = max(state.slot, leaf.slot)
        state.builder.advance(to: leaf.slot)
    }

    private func note(_ problem: String) {
        // Called from the commit's thread, never while this log's own lock is held by it.
        state.withLock { $0.fail(problem) }
    }

    /// Why the public log stands still; `nil` while it goes on.
    public var failure: String? { state.withLock { $0.problem?.reason } ?? tiles.failure }

    /// The number of the next record that is not in a leaf yet.
    public var nextSequence: UInt64 { state.withLock { $0.next } }

    /// Waits until everything that was appended is in a signed tree.
    ///
    /// - Throws: `LedgerError.notWritable` when that cannot be.
    public func settle() throws(LedgerError) {
        while true {
            if let failure { throw .notWritable(reason: failure) }
            guard tiles.head.size < state.withLock({ $0.size }) else { return }
            usleep(1000)
        }
    }

    /// Publishes what is durable, waits for it, and lets go of both directories.
    public func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        if thread != nil { _ = try? integrate() }
        tiles.close()
    }
}
