/// Reads a log from its static files, wherever they are.
///
/// `read` gives the bytes of a path such as `tile/0/000`, or `nil` when there is no such file.
public struct LogFiles {
    private let read: (String) throws -> [UInt8]?
    private var tiles: [TilePath: [TreeHash]] = [:]
    private var order: [TilePath] = []

    /// Puts a reader together.
    public init(read: @escaping (String) throws -> [UInt8]?) {
        self.read = read
    }

    /// The checkpoint, unchecked.
    ///
    /// - Throws: `NoteError`, also when there is none; or what `read` throws.
    public func checkpoint() throws -> SignedNote {
        guard let bytes = try read("checkpoint") else { throw NoteError.badCheckpoint("there is none") }
        return try SignedNote(bytes)
    }

    /// The bytes of a tile or bundle; where a partial file is gone, as much of the full one.
    private func file(_ path: TilePath, _ cut: ([UInt8], Int) -> [UInt8]?) throws -> [UInt8] {
        if let bytes = try read(path.description) { return bytes }
        if path.isPartial, let bytes = try read(path.full.description), let part = cut(bytes, path.width) {
            return part
        }
        throw LeafError("the file '\(path)' is missing")
    }

    /// The hashes of a tile.
    ///
    /// - Throws: `LeafError` when it is missing or has another length; or what `read` throws.
    public mutating func hashes(_ path: TilePath) throws -> [TreeHash] {
        if let known = tiles[path] { return known }
        let bytes = try file(path) { bytes, width in
            bytes.count == 256 * TreeHash.size ? Array(bytes.prefix(width * TreeHash.size)) : nil
        }
        guard let hashes = HashTile.hashes(of: bytes, count: path.width) else {
            throw LeafError("the file '\(path)' has \(bytes.count) bytes, not \(path.width * TreeHash.size)")
        }
        if order.count >= 1024 { tiles[order.removeFirst()] = nil }
        tiles[path] = hashes
        order.append(path)
        return hashes
    }

    /// The entries of a bundle.
    ///
    /// - Throws: `LeafError` when it is missing or damaged; or what `read` throws.
    public func entries(_ path: TilePath) throws -> [ArraySlice<UInt8>] {
        let bytes = try file(path) { bytes, width in
            guard let entries = EntryBundle.entries(of: bytes, count: 256), let last = entries.prefix(width).last else {
                return nil
            }
            return Array(bytes[..<last.endIndex])
        }
        guard let entries = EntryBundle.entries(of: bytes, count: path.width) else {
            throw LeafError("the file '\(path)' does not hold \(path.width) entries")
        }
        return entries
    }

    /// One entry of a tree.
    ///
    /// - Throws: `LeafError`; or what `read` throws.
    public func entry(_ index: UInt64, in size: UInt64) throws -> [UInt8] {
        guard let (path, position) = TilePath.holding(entry: index, in: size) else {
            throw LeafError("entry \(index) is not in a tree of \(size)")
        }
        return Array(try entries(path)[position])
    }

    /// The hash of a complete subtree.
    private mutating func node(_ level: Int, _ index: UInt64, in size: UInt64) throws -> TreeHash {
        let (tileLevel, rest) = (UInt8(level / 8), UInt64(level % 8))
        guard let (path, position) = TilePath.holding(level: tileLevel, index: index << rest, in: size) else {
            throw LeafError("the tree of \(size) has no node \(index) of level \(level)")
        }
        let hashes = try hashes(path)
        let end = position + 1 << rest
        guard end <= hashes.count else { throw LeafError("the file '\(path)' is too short") }
        return HashTile.root(hashes[position..<end])
    }

    /// The proof that an entry is in a tree.
    ///
    /// - Throws: `LeafError` when a file is missing or damaged.
    public mutating func inclusion(of index: UInt64, in size: UInt64) throws -> [TreeHash] {
        try MerkleShape.inclusion(of: index, in: size) { try node($0, $1, in: size) }
    }

    /// The proof that an older tree is the beginning of a newer one.
    ///
    /// - Throws: `LeafError` when a file is missing or damaged.
    public mutating func consistency(from old: UInt64, to new: UInt64) throws -> [TreeHash] {
        try MerkleShape.consistency(from: old, to: new) { try node($0, $1, in: new) }
    }

    /// The root of a tree, from its tiles.
    ///
    /// - Throws: `LeafError` when a file is missing or damaged.
    public mutating func root(of size: UInt64) throws -> TreeHash {
        try MerkleShape.root(of: size) { try node($0, $1, in: size) }
    }

    /// Reads every entry of a tree, adds it to an audit, and compares every tile with what the entries demand.
    ///
    /// - Parameter progress: Called after each bundle with the number of entries so far.
    public mutating func audit(
        _ head: Checkpoint, with audit: inout LeafAudit, progress: (UInt64) -> Void = { _ in }
    ) {
        var finished: [TreeEdge.Tile] = []
        // Bundle by bundle: a hostile checkpoint may name a size of which nobody could even list the files.
        while let (path, _) = TilePath.holding(entry: audit.edge.size, in: head.size) {
            do {
                for entry in try entries(path) { audit.add(entry) { finished.append($0) } }
            } catch {
                audit.report(.tile, "\(error)")
                break
            }
            for tile in finished { compare(tile, &audit) }
            finished.removeAll(keepingCapacity: true)
            progress(audit.edge.size)
        }
        if audit.edge.size == head.size { for tile in audit.edge.partialTiles { compare(tile, &audit) } }
        audit.finish(head)
    }

    private func compare(_ tile: TreeEdge.Tile, _ audit: inout LeafAudit) {
        guard let path = TilePath(.hashes(level: tile.level), index: tile.index, width: tile.hashes.count) else {
            return
        }
        do {
            let bytes = try file(path) { bytes, width in
                bytes.count == 256 * TreeHash.size ? Array(bytes.prefix(width * TreeHash.size)) : nil
            }
            if bytes != HashTile.encode(tile.hashes) { audit.report(.tile, "the file '\(path)' holds other hashes") }
        } catch {
            audit.report(.tile, "\(error)")
        }
    }
}
