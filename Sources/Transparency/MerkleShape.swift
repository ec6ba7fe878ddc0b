/// The shape of an RFC 6962 tree: which complete subtrees make up a range, a root and a proof.
///
/// A complete subtree is named by its level (0 for a leaf) and its index among those of its level; `node` gives its hash.
public enum MerkleShape {
    /// The root over all leaves of a tree.
    public static func root<Failure: Error>(
        of size: UInt64, node: (_ level: Int, _ index: UInt64) throws(Failure) -> TreeHash
    ) throws(Failure) -> TreeHash {
        try root(of: 0, size, node: node)
    }

    /// The root over leaves `start..<end`, where `start` is aligned as in any subtree of a tree.
    static func root<Failure: Error>(
        of start: UInt64, _ end: UInt64, node: (Int, UInt64) throws(Failure) -> TreeHash
    ) throws(Failure) -> TreeHash {
        guard start < end else { return .emptyTree }
        var parts: [TreeHash] = []
        var position = start
        while position < end {
            let level = UInt64.bitWidth - 1 - (end - position).leadingZeroBitCount
            parts.append(try node(level, position >> UInt64(level)))
            position += 1 << UInt64(level)
        }
        return fold(parts)
    }

    /// Hashes neighbours from the right: the root over complete subtrees that get smaller from left to right.
    static func fold(_ parts: [TreeHash]) -> TreeHash {
        guard var hash = parts.last else { return .emptyTree }
        for part in parts.dropLast().reversed() { hash = .node(part, hash) }
        return hash
    }

    /// The proof that a leaf is at an index of a tree; empty if it cannot be (RFC 6962 section 2.1.1).
    public static func inclusion<Failure: Error>(
        of index: UInt64, in size: UInt64, node: (Int, UInt64) throws(Failure) -> TreeHash
    ) throws(Failure) -> [TreeHash] {
        guard index < size else { return [] }
        var (start, end) = (UInt64(0), size)
        var proof: [TreeHash] = []
        while end - start > 1 {
            let middle = start + largestPower(below: end - start)
            if index < middle {
                proof.append(try root(of: middle, end, node: node))
                end = middle
            } else {
                proof.append(try root(of: start, middle, node: node))
                start = middle
            }
        }
        return proof.reversed()
    }

    /// The proof that a tree of `old` leaves is the beginning of one of `new`; empty if it cannot be (RFC 6962 section 2.1.2).
    public static func consistency<Failure: Error>(
        from old: UInt64, to new: UInt64, node: (Int, UInt64) throws(Failure) -> TreeHash
    ) throws(Failure) -> [TreeHash] {
        guard old > 0, old < new else { return [] }
        var (start, end) = (UInt64(0), new)
        var proof: [TreeHash] = []
        var isWhole = true
        while old < end {
            let middle = start + largestPower(below: end - start)
            if old <= middle {
                proof.append(try root(of: middle, end, node: node))
                end = middle
            } else {
                proof.append(try root(of: start, middle, node: node))
                start = middle
                isWhole = false
            }
        }
        if !isWhole { proof.append(try root(of: start, end, node: node)) }
        return proof.reversed()
    }

    /// The largest power of two below a number that is at least 2.
    private static func largestPower(below count: UInt64) -> UInt64 {
        1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}

/// A tree whose leaf hashes are all in memory: for the decisions of one batch, and for small trees.
public struct MerkleTree: Sendable {
    /// The hashes of the complete subtrees, by level.
    private var levels: [[TreeHash]] = [[]]

    /// A tree over leaf hashes.
    public init(_ leaves: some Sequence<TreeHash> = []) {
        for leaf in leaves { append(leaf) }
    }

    /// The number of leaves.
    public var size: UInt64 { UInt64(levels[0].count) }

    /// Adds a leaf.
    public mutating func append(_ leaf: TreeHash) {
        levels[0].append(leaf)
        var level = 0
        while levels[level].count % 2 == 0 {
            let count = levels[level].count
            let parent = TreeHash.node(levels[level][count - 2], levels[level][count - 1])
            if levels.count == level + 1 { levels.append([]) }
            levels[level + 1].append(parent)
            level += 1
        }
    }

    /// The root over the first `size` leaves, or over all.
    public func root(of size: UInt64? = nil) -> TreeHash {
        MerkleShape.root(of: min(size ?? self.size, self.size)) { levels[$0][Int($1)] }
    }

    /// The proof that a leaf is in the tree of the first `size` leaves, or of all.
    public func inclusion(of index: UInt64, in size: UInt64? = nil) -> [TreeHash] {
        MerkleShape.inclusion(of: index, in: min(size ?? self.size, self.size)) { levels[$0][Int($1)] }
    }

    /// The proof that the tree of `old` leaves is the beginning of that of `new`, or of all.
    public func consistency(from old: UInt64, to new: UInt64? = nil) -> [TreeHash] {
        MerkleShape.consistency(from: old, to: min(new ?? size, size)) { levels[$0][Int($1)] }
    }
}
