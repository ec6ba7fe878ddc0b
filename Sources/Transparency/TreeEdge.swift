/// The right edge of a growing tree: as much as is needed to append, and to write the next tiles.
public struct TreeEdge: Sendable, Equatable {
    /// A tile that was completed or has grown.
    public struct Tile: Sendable, Equatable {
        /// Its level.
        public let level: UInt8
        /// Its number in the level.
        public let index: UInt64
        /// Its hashes, 1 to 256.
        public let hashes: [TreeHash]
    }

    /// The number of leaves.
    public private(set) var size: UInt64 = 0
    /// The hashes of each level's last tile, as long as it is not full.
    public private(set) var levels: [[TreeHash]] = [[]]

    /// The edge of an empty tree.
    public init() {}

    /// Takes an edge that was kept; `nil` when the numbers of hashes are not those of that size.
    public init?(size: UInt64, levels: [[TreeHash]]) {
        for (level, hashes) in levels.enumerated() {
            guard level <= Int(TilePath.highestLevel), UInt64(hashes.count) == size >> (8 * UInt64(level)) & 255 else {
                return nil
            }
        }
        let bits = UInt64(8 * levels.count)
        guard !levels.isEmpty, bits >= 64 || size >> bits == 0 else { return nil }
        self.size = size
        self.levels = levels
    }

    /// Adds a leaf and gives the tiles that it completes to `completed`.
    public mutating func append(_ leaf: TreeHash, completed: (Tile) -> Void) {
        var hash = leaf
        for level in 0...Int(TilePath.highestLevel) {
            if levels.count == level { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == 256 else { break }
            let tile = levels[level]
            levels[level].removeAll(keepingCapacity: true)
            completed(Tile(level: UInt8(level), index: size >> (8 * UInt64(level + 1)), hashes: tile))
            hash = HashTile.root(tile[...])
        }
        size += 1
    }

    /// The tiles that are not full, one for each level that has hashes over.
    public var partialTiles: [Tile] {
        levels.enumerated().compactMap { level, hashes in
            hashes.isEmpty
                ? nil : Tile(level: UInt8(level), index: size >> (8 * UInt64(level + 1)), hashes: hashes)
        }
    }

    /// The root over all leaves.
    public var root: TreeHash {
        var rest: TreeHash?
        for hashes in levels {
            var parts = HashTile.subtrees(hashes[...])
            if let rest { parts.append(rest) }
            if !parts.isEmpty { rest = MerkleShape.fold(parts) }
        }
        return rest ?? .emptyTree
    }
}
