/// The entries of one bundle: each with its length before it, a 16-bit number, most significant byte first.
public enum EntryBundle {
    /// The longest entry, in bytes.
    public static let longestEntry = 65_535

    /// Adds an entry to a bundle's bytes; false, and nothing added, when it is too long.
    public static func append(_ entry: some Collection<UInt8>, to bundle: inout [UInt8]) -> Bool {
        guard entry.count <= longestEntry else { return false }
        bundle.append(UInt8(truncatingIfNeeded: entry.count >> 8))
        bundle.append(UInt8(truncatingIfNeeded: entry.count))
        bundle.append(contentsOf: entry)
        return true
    }

    /// The entries of a bundle that must hold exactly `count`; `nil` when it is cut, longer or holds another number.
    public static func entries(of bundle: [UInt8], count: Int) -> [ArraySlice<UInt8>]? {
        var entries: [ArraySlice<UInt8>] = []
        entries.reserveCapacity(count)
        var position = 0
        while position < bundle.count {
            guard position + 2 <= bundle.count, entries.count < count else { return nil }
            let length = Int(bundle[position]) << 8 | Int(bundle[position + 1])
            let start = position + 2
            guard bundle.count - start >= length else { return nil }
            entries.append(bundle[start..<start + length])
            position = start + length
        }
        return entries.count == count ? entries : nil
    }
}

/// The hashes of one tile, 32 bytes each.
public enum HashTile {
    /// The bytes of a tile.
    public static func encode(_ hashes: some Sequence<TreeHash>) -> [UInt8] {
        var out: [UInt8] = []
        for hash in hashes { hash.withBytes { out.append(contentsOf: $0) } }
        return out
    }

    /// The hashes of a tile that must hold exactly `count`; `nil` for another length.
    public static func hashes(of bytes: [UInt8], count: Int) -> [TreeHash]? {
        guard count >= 0, bytes.count == count * TreeHash.size else { return nil }
        var hashes: [TreeHash] = []
        hashes.reserveCapacity(count)
        for index in 0..<count {
            guard let hash = TreeHash(bytes[index * TreeHash.size..<(index + 1) * TreeHash.size]) else { return nil }
            hashes.append(hash)
        }
        return hashes
    }

    /// The root over the hashes of a tile, as RFC 6962 joins them.
    public static func root(_ hashes: ArraySlice<TreeHash>) -> TreeHash {
        guard hashes.count > 1 else { return hashes.first ?? .emptyTree }
        guard hashes.count.nonzeroBitCount == 1 else { return MerkleShape.fold(subtrees(hashes)) }
        var row = Array(hashes)
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { .node(row[$0], row[$0 + 1]) }
        }
        return row[0]
    }

    /// The roots of the largest complete subtrees, from left to right.
    static func subtrees(_ hashes: ArraySlice<TreeHash>) -> [TreeHash] {
        var parts: [TreeHash] = []
        var rest = hashes
        while !rest.isEmpty {
            let count = 1 << (Int.bitWidth - 1 - rest.count.leadingZeroBitCount)
            parts.append(root(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return parts
    }
}
