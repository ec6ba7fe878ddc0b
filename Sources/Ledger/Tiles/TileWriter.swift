import Glibc
import Synchronization
import Transparency

/// A flag that a thread sets for another.
final class SharedFlag: Sendable {
    let value = Mutex(false)
}

/// The state of a log of tiles that is being written; whoever uses it is alone.
struct TileWriter {
    let directory: String
    let signer: NoteSigner
    /// The size of the journal's segments, in bytes.
    let journalBytes: UInt64
    /// Whether each commit replaces the public checkpoint; otherwise `publish` does, once witnesses have seen it.
    let publishesAtOnce: Bool

    var files: TileFiles
    var edge = TreeEdge()
    var bundle: [UInt8] = []
    /// The newest checkpoint that was signed, durable in the journal.
    var note: SignedNote?
    var journal: OpenFile?
    /// The bytes of the present segment that are known to be whole.
    var journalSize: UInt64 = 0
    /// How many of them are its beginning, before the first commit.
    private var journalStart: UInt64 = 0
    /// Segments that can go once the tiles are on the disk.
    var finished: [UInt64] = []
    /// Set when that has failed.
    let syncFailed = SharedFlag()
    /// What syncs the tiles in the background.
    var syncing: SystemThread?

    init(directory: String, signer: NoteSigner, journalBytes: UInt64, publishesAtOnce: Bool) {
        self.directory = directory
        self.signer = signer
        self.journalBytes = journalBytes
        self.publishesAtOnce = publishesAtOnce
        files = TileFiles(directory: directory)
    }

    var origin: String { signer.key.name }

    /// What a commit changes, computed before anything is written.
    struct Step {
        var edge: TreeEdge
        var bundle: [UInt8]
        /// Files by path: full and partial tiles and bundles.
        var files: [(path: TilePath, bytes: [UInt8])] = []
    }

    /// Adds entries to the tree, without writing anything.
    func step(_ entries: some Sequence<ArraySlice<UInt8>>) -> Step {
        var step = Step(edge: edge, bundle: bundle)
        var tiles: [TreeEdge.Tile] = []
        for entry in entries {
            step.edge.append(.leaf(entry)) { tiles.append($0) }
            _ = EntryBundle.append(entry, to: &step.bundle)
            if step.edge.size % TilePath.fullWidth == 0 {
                if let path = TilePath(.entries, index: step.edge.size / TilePath.fullWidth - 1) {
                    step.files.append((path, step.bundle))
                }
                step.bundle.removeAll(keepingCapacity: true)
            }
        }
        let width = Int(step.edge.size % TilePath.fullWidth)
        if let path = TilePath(.entries, index: step.edge.size / TilePath.fullWidth, width: width) {
            step.files.append((path, step.bundle))
        }
        for tile in tiles + step.edge.partialTiles {
            if let path = TilePath(.hashes(level: tile.level), index: tile.index, width: tile.hashes.count) {
                step.files.append((path, HashTile.encode(tile.hashes)))
            }
        }
        return step
    }

    /// Signs the tree that a step leads to.
    func signed(_ step: Step) throws(LedgerError) -> SignedNote {
        let text = Checkpoint(origin: origin, size: step.edge.size, root: step.edge.root).text
        guard let signature = signer.sign(text) else { throw .badField("signing key") }
        return SignedNote(text: text, signatures: [signature])
    }

    /// Appends entries: journal first and on the disk, then the tiles, then the checkpoint.
    ///
    /// - Throws: and then nothing of it counts; if `isBroken` the log must be opened anew before it goes on.
    mutating func commit(_ entries: [[UInt8]], isBroken: inout Bool) throws(LedgerError) {
        let step = step(entries.lazy.map { $0[...] })
        let note = try signed(step)
        var bundled: [UInt8] = []
        for entry in entries { _ = EntryBundle.append(entry, to: &bundled) }
        let bytes = TileJournal.encode(
            .init(size: edge.size, entries: bundled, count: entries.count, note: Array(note.description.utf8)))
        try writeJournal(bytes, &isBroken)
        // From here on it is certain: whatever fails now is made good at the next opening.
        do throws(LedgerError) {
            try write(step, note)
            if journalSize - journalStart >= journalBytes { try rotate() }
        } catch {
            isBroken = true
            throw error
        }
    }

    private mutating func writeJournal(_ bytes: [UInt8], _ isBroken: inout Bool) throws(LedgerError) {
        guard let journal else { throw .closed }
        let failure: LedgerError? = bytes.withUnsafeBytes { bytes in
            do throws(LedgerError) {
                try journal.write(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure {
            do throws(LedgerError) { try journal.truncate(to: journalSize) } catch { isBroken = true }
            throw failure
        }
        do throws(LedgerError) {
            try journal.synchronise()
        } catch {
            // Nobody knows what reached the disk; the next opening reads what did.
            isBroken = true
            throw error
        }
        journalSize += UInt64(bytes.count)
    }

    /// Writes the files of a step and takes it over.
    mutating func write(_ step: Step, _ note: SignedNote) throws(LedgerError) {
        for file in step.files { try files.write(file.bytes, to: file.path.description) }
        edge = step.edge
        bundle = step.bundle
        self.note = note
        if publishesAtOnce { try publish(note) }
        for file in step.files where !file.path.isPartial { files.removePartials(of: file.path) }
    }

    /// Replaces the public checkpoint.
    mutating func publish(_ note: SignedNote) throws(LedgerError) {
        try files.write(Array(note.description.utf8), to: "checkpoint")
    }

    /// Begins a new segment of the journal, and lets the old ones go once the tiles are on the disk.
    private mutating func rotate() throws(LedgerError) {
        waitForSync()
        guard !syncFailed.value.withLock({ $0 }) else {
            throw .notWritable(reason: "the tiles could not be put on the disk")
        }
        let old = try TileJournal.segments(in: directory)
        try beginSegment()
        let directory = directory
        let present = edge.size
        let loose = files.takeLoose()
        let syncFailed = syncFailed
        syncing = try SystemThread {
            do throws(LedgerError) {
                try TileFiles.synchronise(loose, below: directory)
            } catch {
                // The old segments stay, and the next opening writes what they hold anew.
                syncFailed.value.withLock { $0 = true }
                return
            }
            for size in old where size != present {
                unlink(directory + "/" + TileJournal.folder + "/" + TileJournal.name(size))
            }
        }
    }

    /// Begins a segment of the journal at the present tree.
    mutating func beginSegment() throws(LedgerError) {
        let segment = try TileJournal.begin(.init(edge: edge, bundle: bundle), in: directory)
        journalSize = try segment.size()
        journalStart = journalSize
        journal = segment
    }

    mutating func waitForSync() {
        syncing?.join()
        syncing = nil
    }
}
