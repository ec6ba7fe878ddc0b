import Glibc
import Threads
import Transparency

/// A reader that is kept between two looks at the ledger.
///
/// Sendable, though the compiler cannot see it: it is reached under the public log's lock alone.
final class HeldReader: @unchecked Sendable {
    let reader: LedgerReader

    init(_ reader: LedgerReader) { self.reader = reader }
}

extension PublicLog {
    /// Publishes every record that is durable in the ledger and not yet published, and what desks have posted.
    ///
    /// - Returns: How many records were taken.
    /// - Throws: `LedgerError`: the ledger is damaged, or the tree cannot be written.
    @discardableResult
    public func integrate() throws(LedgerError) -> UInt64 {
        try state.withLock { (state) throws(LedgerError) in
            if let problem = state.problem { throw .notWritable(reason: problem.reason) }
            try takeOutbox(&state)
            let start = state.next
            // What a power failure may still take from the ledger must not be in the public tree.
            if let mark = try DurableMark.read(in: ledger), mark.next > state.next {
                do throws(LedgerError) {
                    try take(upTo: mark.next, &state)
                } catch {
                    state.reader = nil
                    throw error
                }
            }
            try closeIdleDay(&state)
            try tellInterruption(&state)
            return state.next - start
        }
    }

    private func take(upTo end: UInt64, _ state: inout State) throws(LedgerError) {
        let held: HeldReader
        if let kept = state.reader {
            held = kept
            held.reader.refresh()
        } else {
            held = HeldReader(try LedgerReader(directory: ledger, from: state.next))
            state.reader = held
        }
        while state.next < end, let (raw, fields) = try held.reader.nextFields() {
            guard raw.sequence == state.next else {
                let place = held.reader.place
                throw .damaged(
                    file: place.file, offset: place.offset - UInt64(raw.bytes.count),
                    reason: "record \(state.next) is due and this is \(raw.sequence)")
            }
            state.next += 1
            if let batch = state.builder.add(raw.sequence, fields) {
                try publish(Leaf(slot: batch.slot, content: .decisions(batch)), &state, nil)
                state.askers.settle()
            }
            state.askers.note(fields)
        }
        try flush(&state)
        state.askers.settle()
    }

    /// Publishes what waits in the outbox; each file goes once its leaf is in a signed tree.
    private func takeOutbox(_ state: inout State) throws(LedgerError) {
        guard let outbox else { return }
        for waiting in try outbox.waiting() {
            guard let content = waiting.content else {
                outbox.putAside(waiting)
                continue
            }
            if let index = waiting.index {
                if index >= tiles.head.size, index < state.size { continue }
                if isLeaf(index, content) {
                    outbox.remove(waiting)
                    continue
                }
            }
            try flush(&state)
            let leaf = Leaf(slot: presentSlot(state), content: content)
            if closesDays { try closeDay(before: leaf, &state) }
            let taken = try outbox.take(waiting, as: state.size)
            try publish(leaf, &state) { result in
                if case .success = result { outbox.remove(taken) }
            }
        }
    }

    /// Whether an act is already the leaf that it was to become: the process ended before its file was deleted.
    private func isLeaf(_ index: UInt64, _ content: Leaf.Content) -> Bool {
        let size = tiles.head.size
        guard index < size, let bytes = try? tiles.files.entry(index, in: size) else { return false }
        return (try? Leaf(bytes[...]))?.content == content
    }

    /// Goes on after a failure: opens the tree anew and begins again behind what is in it.
    ///
    /// - Throws: `LedgerError`: what failed still does.
    public func revive() throws(LedgerError) {
        try state.withLock { (state) throws(LedgerError) in
            guard !state.isClosed else { throw .closed }
            if tiles.failure != nil {
                try tiles.reopen()
            } else if tiles.head.size != state.size {
                // Commits are under way; what comes of them decides.
                return
            }
            let interrupted = state.problem?.since ?? state.interrupted
            state = try Self.resume(tiles, directory).state(tiles, Askers(isWhole: false))
            state.interrupted = interrupted
        }
    }

    /// A standstill of more than a second becomes a leaf of its own once it is over.
    private func tellInterruption(_ state: inout State) throws(LedgerError) {
        guard let since = state.interrupted else { return }
        state.interrupted = nil
        let seconds = (wallClockMilliseconds() - since) / 1000
        guard seconds > 0 else { return }
        let incident = Leaf.Incident(
            severity: 3, code: "log_interrupted",
            summary: "the public log could not be written for \(seconds) seconds; no record is missing")
        try publish(Leaf(slot: presentSlot(state), content: .incident(incident)), &state, nil)
    }
}
