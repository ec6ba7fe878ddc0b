import Glibc
import Transparency

/// The private journal of a log of tiles: what was appended and signed since the tiles were last known to be on the disk.
///
/// A segment begins with the tree's edge, so it and those after it are enough to write every tile anew that a power failure
/// may have taken. docs/TRANSPARENCY.md describes the bytes.
struct TileJournal {
    static let folder = ".journal"
    private static let magic: UInt64 = 0x314A_545F_4543_4C53

    /// The state at the beginning of a segment.
    struct Base: Equatable {
        var edge: TreeEdge
        /// The bytes of the last bundle, as long as it is not full.
        var bundle: [UInt8]
    }

    /// One commit: entries in the form of a bundle, and the checkpoint that was signed over the tree with them.
    struct Commit {
        var size: UInt64
        var entries: [UInt8]
        var count: Int
        var note: [UInt8]
    }

    static func name(_ size: UInt64) -> String {
        let digits = String(size)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    /// The sizes at which the segments of a directory begin, oldest first.
    static func segments(in directory: String) throws(LedgerError) -> [UInt64] {
        try namesInDirectory(directory + "/" + folder).compactMap { name in
            name.utf8.count == 20 ? UInt64(name) : nil
        }.sorted()
    }

    /// Creates a segment under another name, so that none is ever seen without its beginning; durable on return.
    static func begin(_ base: Base, in directory: String) throws(LedgerError) -> OpenFile {
        let folder = directory + "/" + folder
        let path = folder + "/" + name(base.edge.size)
        var writer = ByteWriter(capacity: 1 << 16)
        writer.append(integer: magic)
        writer.append(integer: base.edge.size)
        writer.append(UInt8(base.edge.levels.count))
        for level in base.edge.levels {
            writer.append(integer: UInt16(level.count))
            for hash in level { hash.withBytes { writer.append($0) } }
        }
        writer.append(integer: UInt32(base.bundle.count))
        base.bundle.withUnsafeBytes { writer.append($0) }
        writer.append(integer: CRC32C.checksum(writer.bytes))
        let draft = try OpenFile(path + ".new", O_WRONLY | O_CREAT | O_TRUNC)
        try draft.write(writer.bytes)
        try draft.synchroniseAll()
        guard rename(path + ".new", path) == 0 else {
            throw .io(operation: "rename", path: path + ".new", errno: errno)
        }
        try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchroniseAll()
        return try OpenFile(path, O_RDWR | O_APPEND)
    }

    /// The bytes of a commit.
    static func encode(_ commit: Commit) -> [UInt8] {
        var writer = ByteWriter(capacity: commit.entries.count + commit.note.count + 64)
        writer.append(integer: UInt32(28 + commit.entries.count + commit.note.count))
        writer.append(integer: commit.size)
        writer.append(integer: UInt32(commit.count))
        writer.append(integer: UInt32(commit.entries.count))
        commit.entries.withUnsafeBytes { writer.append($0) }
        writer.append(integer: UInt32(commit.note.count))
        commit.note.withUnsafeBytes { writer.append($0) }
        writer.append(integer: CRC32C.checksum(writer.bytes))
        return Array(writer.bytes)
    }

    /// Reads a segment's beginning; `nil` when it is not well formed.
    static func base(_ reader: inout ByteReader, _ bytes: UnsafeRawBufferPointer) -> Base? {
        guard reader.integer(UInt64.self) == magic else { return nil }
        let size = reader.integer(UInt64.self)
        var levels: [[TreeHash]] = []
        for _ in 0..<reader.integer(UInt8.self) {
            var level: [TreeHash] = []
            for _ in 0..<reader.integer(UInt16.self) {
                guard let hash = TreeHash(reader.take(32)) else { return nil }
                level.append(hash)
            }
            levels.append(level)
        }
        let bundle = Array(reader.take(Int(reader.integer(UInt32.self))))
        let end = reader.position
        guard !reader.isBroken, reader.integer(UInt32.self) == checksum(bytes, 0, end), !reader.isBroken,
            let edge = TreeEdge(size: size, levels: levels),
            EntryBundle.entries(of: bundle, count: Int(size % TilePath.fullWidth)) != nil
        else { return nil }
        return Base(edge: edge, bundle: bundle)
    }

    /// Reads the next commit; `nil` at the end and at what is no whole commit.
    static func commit(_ reader: inout ByteReader, _ bytes: UnsafeRawBufferPointer) -> Commit? {
        let start = reader.position
        guard reader.remaining >= 28 else { return nil }
        let length = Int(reader.integer(UInt32.self))
        let size = reader.integer(UInt64.self)
        let count = Int(reader.integer(UInt32.self))
        let entries = Array(reader.take(Int(reader.integer(UInt32.self))))
        let note = Array(reader.take(Int(reader.integer(UInt32.self))))
        let end = reader.position
        guard !reader.isBroken, reader.integer(UInt32.self) == checksum(bytes, start, end), !reader.isBroken,
            length == reader.position - start
        else { return nil }
        return Commit(size: size, entries: entries, count: count, note: note)
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt32 {
        CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }
}
