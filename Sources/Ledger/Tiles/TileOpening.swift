import Glibc
import Transparency

/// Opens a log of tiles: takes the directory, replays the journal, writes what a crash may have left out.
extension TileWriter {
    /// Locks the directory itself, so that deleting a file in it lets nobody else in.
    static func lock(_ directory: String) throws(LedgerError) -> OpenFile {
        try createDirectory(directory)
        let lock = try OpenFile(directory, O_RDONLY | O_DIRECTORY)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .io(operation: "lock", path: directory, errno: errno) }
            throw .heldByAnother(directory: directory, pid: 0)
        }
        return lock
    }

    /// Brings the state to the end of the journal and the files to the state.
    mutating func recover() throws(LedgerError) {
        try createDirectory(directory + "/" + TileJournal.folder)
        for name in try namesInDirectory(directory + "/" + TileJournal.folder) where name.hasSuffix(".new") {
            unlink(directory + "/" + TileJournal.folder + "/" + name)
        }
        let published = try publishedCheckpoint()
        let segments = try TileJournal.segments(in: directory)
        if segments.isEmpty, published != nil {
            throw damaged(
                TileJournal.folder, 0, "a checkpoint is published but there is no journal; restore it from a copy")
        }
        for (index, size) in segments.enumerated() {
            try replay(size, isFirst: index == 0, isLast: index == segments.count - 1)
        }
        try compare(published)
        if edge.size > 0, let note { try publishRecovered(note, published) }
        try beginSegment()
        try TileFiles.synchronise(files.takeLoose(), below: directory)
        for size in segments where size != edge.size {
            unlink(directory + "/" + TileJournal.folder + "/" + TileJournal.name(size))
        }
    }

    private func damaged(_ file: String, _ offset: Int, _ reason: String) -> LedgerError {
        .damaged(file: directory + "/" + file, offset: UInt64(offset), reason: reason)
    }

    private func publishedCheckpoint() throws(LedgerError) -> SignedNote? {
        guard let bytes = try files.read("checkpoint") else { return nil }
        do throws(NoteError) {
            let note = try SignedNote(bytes)
            _ = try VerifiedCheckpoint(note, by: signer.key)
            return note
        } catch {
            throw damaged("checkpoint", 0, "it is not by this log's key: \(error)")
        }
    }

    private mutating func replay(_ size: UInt64, isFirst: Bool, isLast: Bool) throws(LedgerError) {
        let name = TileJournal.folder + "/" + TileJournal.name(size)
        let bytes = try files.read(name) ?? []
        var end = 0
        let failure: LedgerError? = bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            do throws(LedgerError) {
                guard let base = TileJournal.base(&reader, raw), base.edge.size == size else {
                    throw damaged(name, 0, "the journal's beginning is not well formed")
                }
                if isFirst { (edge, bundle) = (base.edge, base.bundle) }
                guard base.edge == edge, base.bundle == bundle else {
                    throw damaged(name, 8, "the journal does not go on where the one before it ends")
                }
                end = reader.position
                while let commit = TileJournal.commit(&reader, raw) {
                    try redo(commit, name, end)
                    end = reader.position
                }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        guard isLast || end == bytes.count else { throw damaged(name, end, "a commit is not whole, and others follow") }
        if end < bytes.count { try OpenFile(directory + "/" + name, O_RDWR).truncate(to: UInt64(end)) }
    }

    private mutating func redo(_ commit: TileJournal.Commit, _ name: String, _ offset: Int) throws(LedgerError) {
        guard commit.size == edge.size, let entries = EntryBundle.entries(of: commit.entries, count: commit.count)
        else {
            throw damaged(name, offset, "the commit does not follow from the one before it")
        }
        let step = step(entries)
        do throws(NoteError) {
            let note = try SignedNote(commit.note)
            let found = try VerifiedCheckpoint(note, by: signer.key).checkpoint
            guard found.size == step.edge.size, found.root == step.edge.root else {
                throw .badCheckpoint("it is of another tree than the entries make")
            }
            self.note = note
        } catch {
            throw damaged(name, offset, "\(error)")
        }
        for file in step.files { try files.write(file.bytes, to: file.path.description) }
        for file in step.files where !file.path.isPartial { files.removePartials(of: file.path) }
        edge = step.edge
        bundle = step.bundle
    }

    /// The published checkpoint must not say more than the journal, nor something else.
    private func compare(_ published: SignedNote?) throws(LedgerError) {
        guard let published else { return }
        guard let checkpoint = try? Checkpoint(text: published.text) else {
            throw damaged("checkpoint", 0, "it is not well formed")
        }
        guard checkpoint.size <= edge.size else {
            throw damaged(
                TileJournal.folder, 0,
                "a tree of \(checkpoint.size) was published, the journal reaches \(edge.size): entries are missing")
        }
        var reader = LogFiles { [files] in try files.read($0) }
        let root = checkpoint.size == edge.size ? edge.root : try? reader.root(of: checkpoint.size)
        guard root == nil || root == checkpoint.root else {
            throw damaged(
                "checkpoint", 0, "the published tree of \(checkpoint.size) has another root than these entries")
        }
    }

    private mutating func publishRecovered(_ note: SignedNote, _ published: SignedNote?) throws(LedgerError) {
        // Cosignatures of the same tree are kept.
        if publishesAtOnce, published?.text != note.text { try publish(note) }
    }
}
