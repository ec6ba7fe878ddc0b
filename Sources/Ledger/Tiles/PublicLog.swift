import Glibc
import Synchronization
public import Transparency

/// Publishes what the ledger records: follows its durable records, and takes leaves from the desks.
///
/// The tree says by itself how far it has come, so after a crash the next opening goes on where the last signed tree ends.
public final class PublicLog: Sendable {
    private struct State: Sendable {
        var builder: BatchBuilder
        /// The number of leaves, those included that wait for their commit.
        var size: UInt64
        /// The next record to publish.
        var next: UInt64
        /// The figures since the last leaf of statistics.
        var figures: Leaf.Statistics
        var problem: String?
        var isClosed = false
    }

    /// The tree and its files.
    public let tiles: TileLog
    private let ledger: String
    private let state: Guarded<State>
    private let wakeup = Wakeup()
    private let thread = Mutex<SystemThread?>(nil)

    /// Opens the public log of a ledger and, if asked, goes on following it on a thread of its own.
    ///
    /// - Parameters:
    ///   - directory: Where the public files lie.
    ///   - ledger: The ledger's directory; it must hold one.
    ///   - signer: The log's key.
    ///   - poll: How often the ledger is looked at, in milliseconds; `nil` leaves that to `integrate`.
    /// - Throws: `LedgerError`, also when the log belongs to another ledger or the ledger lacks records that are due.
    public static func open(
        directory: String, ledger: String, signer: NoteSigner, publication: TileLog.Publication = .atOnce,
        poll: Int? = 100
    ) throws(LedgerError) -> PublicLog {
        let tiles = try TileLog.open(directory: directory, signer: signer, publication: publication)
        do throws(LedgerError) {
            return try PublicLog(tiles, directory, ledger, poll)
        } catch {
            tiles.close()
            throw error
        }
    }

    private init(_ tiles: TileLog, _ directory: String, _ ledger: String, _ poll: Int?) throws(LedgerError) {
        self.tiles = tiles
        self.ledger = ledger
        let first = try segmentsOfLedger(in: ledger)[0]
        let id = try SegmentScanner(directory: ledger, firstSequence: first).header.ledger.bytes
        let found = try Self.resume(tiles, directory)
        if let opening = found.opening, opening.ledger != id {
            throw .damaged(file: directory, offset: 0, reason: "this public log is of another ledger than '\(ledger)'")
        }
        guard found.next >= first else {
            throw .damaged(file: ledger, offset: 0, reason: "records from \(found.next) on are due and no longer here")
        }
        state = Guarded(
            State(
                builder: BatchBuilder(slot: found.slot), size: tiles.head.size, next: found.next,
                figures: found.figures))
        if found.opening == nil { try append(.opening(.init(ledger: id, origin: tiles.key.name))) }
        guard let poll else { return }
        let thread = try SystemThread { [self] in
            while !state.withLock({ $0.isClosed }) {
                _ = try? integrate()
                wakeup.wait(until: monotonicNanoseconds() + Int64(max(1, poll)) * 1_000_000)
            }
        }
        self.thread.withLock { $0 = thread }
    }

    private struct Resumed {
        var opening: Leaf.Opening?
        var next: UInt64 = 1
        var slot: UInt32 = 0
        var figures = Leaf.Statistics(day: 0, from: 0)
    }

    /// Reads the tree's end: back to the last statistics, and to the last decisions.
    private static func resume(_ tiles: TileLog, _ directory: String) throws(LedgerError) -> Resumed {
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
            let slot = max(state.builder.slot, TimeSlot.of(milliseconds: wallClockMilliseconds()))
            try publish(Leaf(slot: slot, content: content), &state, done)
        }
    }

    /// Publishes the figures of a day, from all leaves since the last figures.
    ///
    /// - Parameters:
    ///   - day: The day, counted from 1970-01-01.
    ///   - organisations: How many organisations asked; fewer than 20 are not told.
    public func closeDay(_ day: UInt32, organisations: UInt32) throws(LedgerError) {
        try state.withLock { (state) throws(LedgerError) in
            try flush(&state)
            var figures = state.figures
            figures.day = day
            figures.organisations = organisations >= Leaf.Statistics.fewestOrganisations ? organisations : 0
            let slot = max(state.builder.slot, TimeSlot.of(milliseconds: wallClockMilliseconds()))
            try publish(Leaf(slot: slot, content: .statistics(figures)), &state, nil)
        }
    }

    private func flush(_ state: inout State) throws(LedgerError) {
        if let batch = state.builder.close() {
            try publish(Leaf(slot: batch.slot, content: .decisions(batch)), &state, nil)
        }
    }

    private func publish(_ leaf: Leaf, _ state: inout State, _ done: TileLog.Completion?) throws(LedgerError) {
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
            state.problem = "\(error)"
            throw error
        }
        state.size += 1
        if case .statistics = leaf.content {
            state.figures = Leaf.Statistics(day: 0, from: state.size)
        } else {
            state.figures.add(leaf)
        }
        if leaf.slot > state.builder.slot { state.builder = BatchBuilder(slot: leaf.slot) }
    }

    private func note(_ problem: String) {
        // Called from the commit's thread, never while this log's own lock is held by it.
        state.withLock { $0.problem = problem }
    }

    /// Why the public log stands still, until it is opened anew; `nil` while it goes on.
    public var failure: String? { state.withLock { $0.problem } ?? tiles.failure }

    /// Publishes every record that is durable in the ledger and not yet published.
    ///
    /// - Returns: How many records were taken.
    /// - Throws: `LedgerError`: the ledger is damaged, or the tree cannot be written.
    @discardableResult
    public func integrate() throws(LedgerError) -> UInt64 {
        try state.withLock { (state) throws(LedgerError) in
            if let problem = state.problem { throw .notWritable(reason: problem) }
            // What a power failure may still take from the ledger must not be in the public tree.
            guard let mark = try DurableMark.read(in: ledger), mark.next > state.next else { return 0 }
            let reader = try LedgerReader(directory: ledger, from: state.next)
            let start = state.next
            while state.next < mark.next, let entry = try reader.next() {
                guard entry.sequence == state.next else {
                    throw .damaged(
                        file: entry.file, offset: entry.offset,
                        reason: "record \(state.next) is due and this is \(entry.sequence)")
                }
                state.next += 1
                if let batch = state.builder.add(entry) {
                    try publish(Leaf(slot: batch.slot, content: .decisions(batch)), &state, nil)
                }
            }
            try flush(&state)
            return state.next - start
        }
    }

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

    /// Waits for what was appended, and lets go of both directories.
    public func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        tiles.close()
    }
}
