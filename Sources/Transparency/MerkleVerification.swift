/// Why a Merkle proof does not hold.
public enum ProofError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The leaf's index is not below the tree's size.
    case indexOutside(index: UInt64, size: UInt64)
    /// A hash has another length than 32 bytes.
    case hashLength(Int)
    /// The proof has another number of hashes than the sizes demand.
    case wrongLength(expected: Int, found: Int)
    /// The sizes cannot belong to an older and a newer tree.
    case sizesReversed(old: UInt64, new: UInt64)
    /// The older tree is empty: every tree begins with it, so there is nothing to prove.
    case nothingToCompare
    /// A range of leaves that is no subtree.
    case notASubtree(start: UInt64, end: UInt64)
    /// What is computed from the proof is not the root.
    case rootMismatch

    /// What does not hold.
    public var description: String {
        switch self {
        case .indexOutside(let index, let size): "leaf \(index) cannot be in a tree of \(size)"
        case .hashLength(let count): "a hash of \(count) bytes, not 32"
        case .wrongLength(let expected, let found): "the proof has \(found) hashes, not \(expected)"
        case .sizesReversed(let old, let new): "a tree of \(old) cannot have grown to \(new)"
        case .nothingToCompare: "the older tree is empty, and every tree begins with that"
        case .notASubtree(let start, let end): "leaves \(start) to \(end) are no subtree"
        case .rootMismatch: "the proof leads to another root"
        }
    }
}

/// Checks proofs of RFC 6962 trees.
///
/// The functions over bytes exist because a hostile proof may hold "hashes" of any length.
public enum MerkleVerification {
    /// Checks that a leaf is at an index of a tree (RFC 9162 section 2.1.3.2).
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func inclusion(
        of leaf: TreeHash, at index: UInt64, in size: UInt64, root: TreeHash, proof: [TreeHash]
    ) throws(ProofError) {
        guard try rootOfInclusion(of: leaf, at: index, in: size, proof: proof) == root else { throw .rootMismatch }
    }

    /// The root that an inclusion proof leads to.
    ///
    /// - Throws: `ProofError` when index or length are wrong.
    public static func rootOfInclusion(
        of leaf: TreeHash, at index: UInt64, in size: UInt64, proof: [TreeHash]
    ) throws(ProofError) -> TreeHash {
        guard index < size else { throw .indexOutside(index: index, size: size) }
        let expected = lengthOfInclusion(index, size)
        guard proof.count == expected else { throw .wrongLength(expected: expected, found: proof.count) }
        var (first, last) = (index, size - 1)
        var hash = leaf
        for sibling in proof {
            if first & 1 == 1 || first == last {
                hash = .node(sibling, hash)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    last >>= 1
                }
            } else {
                hash = .node(hash, sibling)
            }
            first >>= 1
            last >>= 1
        }
        return hash
    }

    /// The number of hashes in an inclusion proof: the path below the level where the right edge is met, and that edge.
    private static func lengthOfInclusion(_ index: UInt64, _ size: UInt64) -> Int {
        let inner = UInt64.bitWidth - (index ^ (size - 1)).leadingZeroBitCount
        guard inner < UInt64.bitWidth else { return inner }
        return inner + (index >> UInt64(inner)).nonzeroBitCount
    }

    /// Checks that an older tree is the beginning of a newer one (RFC 9162 section 2.1.4.2).
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func consistency(
        from old: UInt64, root oldRoot: TreeHash, to new: UInt64, root newRoot: TreeHash, proof: [TreeHash]
    ) throws(ProofError) {
        guard old <= new else { throw .sizesReversed(old: old, new: new) }
        guard old > 0 else { throw .nothingToCompare }
        if old == new {
            guard proof.isEmpty else { throw .wrongLength(expected: 0, found: proof.count) }
            guard oldRoot == newRoot else { throw .rootMismatch }
            return
        }
        try subtreeConsistency(of: 0, old, root: oldRoot, in: new, root: newRoot, proof: proof)
    }

    /// Checks that the subtree over leaves `start..<end` is a part of a tree.
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func subtreeConsistency(
        of start: UInt64, _ end: UInt64, root subtreeRoot: TreeHash, in size: UInt64, root: TreeHash, proof: [TreeHash]
    ) throws(ProofError) {
        guard end <= size, start <= end else { throw .sizesReversed(old: end, new: size) }
        if start == end {
            // No leaves: a part of every tree.
            guard proof.isEmpty else { throw .wrongLength(expected: 0, found: proof.count) }
            guard subtreeRoot == .emptyTree else { throw .rootMismatch }
            return
        }
        guard isSubtree(start, end) else { throw .notASubtree(start: start, end: end) }
        var (first, last, edge) = (start, end - 1, size - 1)
        if last == edge {
            while first != last { (first, last, edge) = (first >> 1, last >> 1, edge >> 1) }
        } else {
            while first != last, last & 1 == 1 { (first, last, edge) = (first >> 1, last >> 1, edge >> 1) }
        }
        var rest = proof[...]
        var part = subtreeRoot
        if first != last {
            guard let seed = rest.popFirst() else { throw .wrongLength(expected: 1, found: 0) }
            part = seed
        }
        var whole = part
        for sibling in rest {
            guard edge != 0 else { throw .wrongLength(expected: 0, found: proof.count) }
            if last & 1 == 1 || last == edge {
                if first < last { part = .node(sibling, part) }
                whole = .node(sibling, whole)
                while last & 1 == 0, last != 0 { (first, last, edge) = (first >> 1, last >> 1, edge >> 1) }
            } else {
                whole = .node(whole, sibling)
            }
            (first, last, edge) = (first >> 1, last >> 1, edge >> 1)
        }
        guard edge == 0 else { throw .wrongLength(expected: proof.count + 1, found: proof.count) }
        guard part == subtreeRoot, whole == root else { throw .rootMismatch }
    }

    /// Checks that a leaf is in the subtree over leaves `start..<end`.
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func subtreeInclusion(
        of leaf: TreeHash, at index: UInt64, in start: UInt64, _ end: UInt64, root: TreeHash, proof: [TreeHash]
    ) throws(ProofError) {
        guard isSubtree(start, end) else { throw .notASubtree(start: start, end: end) }
        guard index >= start else { throw .indexOutside(index: index, size: end) }
        try inclusion(of: leaf, at: index - start, in: end - start, root: root, proof: proof)
    }

    /// Whether a range begins at a multiple of the smallest power of two that covers it.
    private static func isSubtree(_ start: UInt64, _ end: UInt64) -> Bool {
        guard start < end else { return false }
        let length = end - start
        let bits = length == 1 ? 0 : UInt64.bitWidth - (length - 1).leadingZeroBitCount
        guard bits < UInt64.bitWidth else { return start == 0 }
        return start & ((1 << UInt64(bits)) - 1) == 0
    }
}

extension MerkleVerification {
    /// Takes the hashes of a proof as they came.
    ///
    /// - Throws: `ProofError.hashLength` for one that is not 32 bytes.
    public static func hashes(_ proof: [[UInt8]]) throws(ProofError) -> [TreeHash] {
        var hashes: [TreeHash] = []
        for bytes in proof { hashes.append(try hash(bytes)) }
        return hashes
    }

    /// Takes one hash as it came.
    ///
    /// - Throws: `ProofError.hashLength` when it is not 32 bytes.
    public static func hash(_ bytes: [UInt8]) throws(ProofError) -> TreeHash {
        guard let hash = TreeHash(bytes) else { throw .hashLength(bytes.count) }
        return hash
    }

    /// Checks consistency between roots as they came; equal sizes need equal roots and nothing else.
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func consistency(
        from old: UInt64, root oldRoot: [UInt8], to new: UInt64, root newRoot: [UInt8], proof: [[UInt8]]
    ) throws(ProofError) {
        if old == new, old > 0, proof.isEmpty {
            guard oldRoot == newRoot else { throw .rootMismatch }
            return
        }
        try consistency(
            from: old, root: hash(oldRoot), to: new, root: hash(newRoot), proof: hashes(proof))
    }

    /// Checks a subtree's root against a tree's, both as they came; the whole tree needs equal roots and nothing else.
    ///
    /// - Throws: `ProofError` naming what does not hold.
    public static func subtreeConsistency(
        of start: UInt64, _ end: UInt64, root subtreeRoot: [UInt8], in size: UInt64, root: [UInt8], proof: [[UInt8]]
    ) throws(ProofError) {
        if start == 0, end == size, proof.isEmpty, size > 0 {
            guard subtreeRoot == root else { throw .rootMismatch }
            return
        }
        // The root of the whole does not matter to a subtree without leaves.
        let whole = start == end ? TreeHash.emptyTree : try hash(root)
        try subtreeConsistency(
            of: start, end, root: hash(subtreeRoot), in: size, root: whole, proof: hashes(proof))
    }
}
