import Testing

@testable import Transparency

@Suite("Merkle trees")
struct MerkleTests {
    static func leaf(_ number: UInt64) -> TreeHash { .leaf(Array("entry \(number)".utf8)) }

    static func tree(_ size: UInt64) -> MerkleTree { MerkleTree((0..<size).map(leaf)) }

    /// The root by the definition of RFC 6962, section 2.1, word for word.
    static func definition(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
        guard leaves.count > 1 else { return leaves.first ?? .emptyTree }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return .node(definition(leaves.prefix(split)), definition(leaves.dropFirst(split)))
    }

    @Test("The root is that of the definition, for every small size")
    func roots() {
        for size in UInt64(0)...130 {
            #expect(Self.tree(130).root(of: size) == Self.definition((0..<size).map(Self.leaf)[...]))
        }
    }

    @Test("An edge that grows leaf by leaf has the tree's root and tiles", arguments: [1, 255, 256, 257, 600, 66_000])
    func edges(size: UInt64) {
        var edge = TreeEdge()
        var tiles: [TreeEdge.Tile] = []
        for index in 0..<size { edge.append(Self.leaf(index)) { tiles.append($0) } }
        #expect(edge.root == Self.tree(size).root())
        #expect(edge.size == size)
        let paths = (tiles + edge.partialTiles).compactMap {
            TilePath(.hashes(level: $0.level), index: $0.index, width: $0.hashes.count)
        }
        #expect(Set(paths) == Set(TilePath.all(of: size).filter { $0.content != .entries }))
        #expect(TreeEdge(size: edge.size, levels: edge.levels) == edge)
        #expect(TreeEdge(size: edge.size + 1, levels: edge.levels) == nil)
    }

    @Test("Every inclusion proof holds at its own index and nowhere else")
    func inclusion() throws {
        let tree = Self.tree(70)
        for size in [UInt64(1), 2, 3, 7, 8, 9, 64, 65, 70] {
            for index in 0..<size {
                let proof = tree.inclusion(of: index, in: size)
                try MerkleVerification.inclusion(
                    of: Self.leaf(index), at: index, in: size, root: tree.root(of: size), proof: proof)
                for other in 0...size where other != index {
                    #expect(throws: ProofError.self) {
                        try MerkleVerification.inclusion(
                            of: Self.leaf(index), at: other, in: size, root: tree.root(of: size), proof: proof)
                    }
                }
            }
        }
    }

    @Test("Every consistency proof holds, and none with a hash more, less or changed")
    func consistency() throws {
        let tree = Self.tree(70)
        var random = SeededRandom(7)
        for new in UInt64(1)...70 {
            for old in UInt64(1)...new {
                let proof = tree.consistency(from: old, to: new)
                let (a, b) = (tree.root(of: old), tree.root(of: new))
                try MerkleVerification.consistency(from: old, root: a, to: new, root: b, proof: proof)
                var wrong = [proof + [a], Array(proof.dropLast())].filter { $0 != proof }
                if let place = proof.indices.randomElement(using: &random) {
                    var changed = proof
                    changed[place] = Self.leaf(1000)
                    wrong.append(changed)
                }
                for proof in wrong {
                    #expect(throws: ProofError.self) {
                        try MerkleVerification.consistency(from: old, root: a, to: new, root: b, proof: proof)
                    }
                }
            }
        }
    }

    @Test("Sizes and indexes at the end of 64 bits are turned away, not trapped on")
    func extremes() {
        let hash = Self.leaf(1)
        let proof = [TreeHash](repeating: hash, count: 64)
        for size: UInt64 in [.max, .max - 1, 1 << 63, (1 << 63) + 1] {
            for index: UInt64 in [0, size - 1, size / 2] {
                #expect(throws: ProofError.self) {
                    try MerkleVerification.inclusion(of: hash, at: index, in: size, root: hash, proof: proof)
                }
                #expect(throws: ProofError.self) {
                    try MerkleVerification.consistency(from: index, root: hash, to: size, root: hash, proof: proof)
                }
                #expect(throws: ProofError.self) {
                    try MerkleVerification.subtreeConsistency(
                        of: index, size, root: hash, in: size, root: hash, proof: proof)
                }
            }
        }
        #expect(throws: ProofError.hashLength(31)) { try MerkleVerification.hashes([[UInt8](repeating: 0, count: 31)]) }
    }
}

@Suite("Tiles")
struct TileTests {
    @Test(
        "A path is written as the specification shows",
        arguments: [
            (UInt8(0), UInt64(0), 256, "tile/0/000"), (0, 1000, 7, "tile/0/x001/000.p/7"),
            (1, 1_234_067, 256, "tile/1/x001/x234/067"), (2, 5, 255, "tile/2/005.p/255"),
        ])
    func paths(level: UInt8, index: UInt64, width: Int, text: String) {
        let path = TilePath(.hashes(level: level), index: index, width: width)
        #expect(path?.description == text)
        #expect(TilePath(text) == path)
    }

    @Test(
        "A path in any other form is turned away",
        arguments: [
            "tile/0/../000", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/0", "tile/0/1000", "tile/8/000", "tile//000",
            "tile/0/x000/001", "tile/0/001/", "/tile/0/001", "tile/00/001", "tile/0/x001", "tile/0/001.p/01",
            "tile/entries/001.p", "tile/0/-01", "tile/0/+01", "tile/0/0０1", "checkpoint", "",
        ])
    func badPaths(text: String) {
        #expect(TilePath(text) == nil)
    }

    @Test("70,000 entries lie in the files that the specification counts")
    func files() {
        let paths = TilePath.all(of: 70_000).map(\.description)
        #expect(paths.filter { $0.hasPrefix("tile/0/") }.count == 274)
        #expect(
            paths.contains("tile/0/273.p/112") && paths.contains("tile/1/001.p/17") && paths.contains("tile/2/000.p/1"))
        #expect(paths.contains("tile/entries/273.p/112"))
    }

    @Test("A bundle gives back its entries, and no bundle that is cut or longer is read")
    func bundles() throws {
        let entries = [[], [1], [UInt8](repeating: 7, count: 65_535)] as [[UInt8]]
        var bundle: [UInt8] = []
        for entry in entries { #expect(EntryBundle.append(entry, to: &bundle)) }
        #expect(!EntryBundle.append([UInt8](repeating: 0, count: 65_536), to: &bundle))
        #expect(EntryBundle.entries(of: bundle, count: 3)?.map(Array.init) == entries)
        #expect(EntryBundle.entries(of: bundle, count: 2) == nil)
        #expect(EntryBundle.entries(of: Array(bundle.dropLast()), count: 3) == nil)
        #expect(EntryBundle.entries(of: bundle + [0], count: 3) == nil)
    }
}
