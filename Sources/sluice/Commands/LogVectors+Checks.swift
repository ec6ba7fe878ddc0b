import Foundation
import Transparency

// One check for each kind of vector.
extension LogVectors {
    static func inclusion(_ vector: Fields) throws {
        let proof = try MerkleVerification.hashes(proof(vector))
        let leaf = try MerkleVerification.hash(bytes(vector, "leafHash"))
        let root = try MerkleVerification.hash(bytes(vector, "root"))
        let index = try number(vector, "leafIdx")
        if vector["start"] != nil {
            try MerkleVerification.subtreeInclusion(
                of: leaf, at: index, in: number(vector, "start"), number(vector, "end"), root: root, proof: proof)
        } else {
            try MerkleVerification.inclusion(
                of: leaf, at: index, in: number(vector, "treeSize"), root: root, proof: proof)
        }
    }

    static func consistency(_ vector: Fields) throws {
        let (old, new) = (try bytes(vector, "root1"), try bytes(vector, "root2"))
        if vector["start"] != nil {
            try MerkleVerification.subtreeConsistency(
                of: number(vector, "start"), number(vector, "end"), root: old, in: number(vector, "size"), root: new,
                proof: proof(vector))
        } else {
            try MerkleVerification.consistency(
                from: number(vector, "size1"), root: old, to: number(vector, "size2"), root: new, proof: proof(vector))
        }
    }

    static func pathExample(_ example: [Any]) throws {
        guard example.count == 4, let index = (example[1] as? NSNumber)?.uint64Value,
            let expected = example[3] as? String
        else { throw Mismatch("not [level, index, width, path]") }
        let content: TilePath.Content
        if let level = (example[0] as? NSNumber)?.uint8Value {
            content = .hashes(level: level)
        } else {
            content = .entries
        }
        let width = (example[2] as? NSNumber)?.intValue ?? 256
        guard let path = TilePath(content, index: index, width: width) else { throw Mismatch("no such tile") }
        try equal(path.description, expected, "path")
        try equal(TilePath(expected), path, "what is read from the path")
    }

    /// Every file of a tree, by hash.
    static func tiles(_ vector: Fields, _ rule: String?) throws {
        let size = try number(vector, "size")
        guard size <= 10_000_000 else { throw Mismatch("a tree of \(size) is too large for a vector") }
        var edge = TreeEdge()
        var tiles: [TreeEdge.Tile] = []
        var bundle: [UInt8] = []
        var hashes: [String: String] = [:]
        for index in 0..<size {
            let entry = try entry(index, rule)
            edge.append(.leaf(entry)) { tiles.append($0) }
            _ = EntryBundle.append(entry, to: &bundle)
            if index % 256 == 255 || index == size - 1,
                let path = TilePath(.entries, index: index / 256, width: Int(index % 256) + 1)
            {
                hashes[path.description] = TreeHash.digest(of: bundle).hexadecimal
                bundle = []
            }
        }
        for tile in tiles + edge.partialTiles {
            guard let path = TilePath(.hashes(level: tile.level), index: tile.index, width: tile.hashes.count) else {
                throw Mismatch("no such tile")
            }
            hashes[path.description] = TreeHash.digest(of: HashTile.encode(tile.hashes)).hexadecimal
        }
        try equal(edge.root.base64, try text(vector, "root"), "root")
        try equal(Set(hashes.keys), Set(TilePath.all(of: size).map(\.description)), "the list of files")
        if vector["files"] != nil {
            try equal(UInt64(hashes.count), try number(vector, "files"), "the number of files")
        }
        for sample in vector["sample"] as? [[String]] ?? [] where sample.count == 2 {
            try equal(hashes[sample[0]], sample[1], sample[0])
        }
        let listing = hashes.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
            .map { "\($0.value)  \($0.key)\n" }.joined()
        if let expected = vector["sha256_of_listing"] as? String {
            try equal(TreeHash.digest(of: Array(listing.utf8)).hexadecimal, expected, "the hash of the listing")
        }
    }

    static func note(_ vector: Fields) throws {
        let note = try text(vector, "note")
        let keys = vector["vkeys"] as? [String] ?? []
        let expected = vector["verified"] as? [String]
        try verdict(vector) {
            let verified = try SignedNote(Array(note.utf8)).verify(with: keys.map { try VerifierKey($0) })
            if let expected, vector["wantErr"] as? Bool == false {
                try equal(verified.map(\.key.name).sorted(), expected.sorted(), "the names of those who signed")
            }
        }
    }

    static func checkpoint(_ vector: Fields) throws {
        let note = try text(vector, "checkpoint")
        let key = try VerifierKey(text(vector, "vkey"))
        try verdict(vector) {
            let found = try VerifiedCheckpoint(SignedNote(Array(note.utf8)), by: key).checkpoint
            guard vector["wantErr"] as? Bool == false else { return }
            try equal(found.origin, try text(vector, "origin"), "origin")
            try equal(found.size, try number(vector, "size"), "size")
            try equal(found.root.base64, try text(vector, "root"), "root")
            try equal(found.extensions, vector["extensions"] as? [String] ?? [], "extension lines")
        }
    }

    static func cosignature(_ vector: Fields) throws {
        let note = try text(vector, "checkpoint")
        let line = try text(vector, "signature_line")
        let key = try VerifierKey(text(vector, "vkey"))
        try verdict(vector) {
            let checkpoint = try SignedNote(Array(note.utf8))
            let whole = try SignedNote(Array((checkpoint.text + "\n" + line).utf8))
            let verified = try whole.verify(with: [key])
            if vector["time"] != nil, vector["wantErr"] as? Bool == false {
                try equal(verified.first?.time, try number(vector, "time"), "time")
            }
        }
    }

    static func proofFile(_ vector: Fields) throws {
        let proof = try text(vector, "proof")
        let entry = try text(vector, "entry")
        let policy = try text(vector, "policy")
        try verdict(vector) {
            try TlogProof(Array(proof.utf8)).verify(leaf: .leaf(Array(entry.utf8)), policy: WitnessPolicy(policy))
        }
    }

    /// A conversation with a fresh witness; each step depends on those before it.
    mutating func conversation(_ witness: Fields) {
        guard let text = witness["log_vkey"] as? String, let log = try? VerifierKey(text),
            let signer = NoteSigner(name: "witness.under.test/vectors", type: .cosignature),
            let judge = Witness(signer: signer, logs: [log])
        else {
            return check("witness", "log_vkey") { throw Mismatch("no key of a log") }
        }
        var latest: [String: WitnessedHead] = [:]
        for step in witness["steps"] as? [Fields] ?? [] {
            check("witness", step["desc"] as? String ?? "") {
                let request = Array(try Self.text(step, "request").utf8)
                let status = try Self.number(step, "status")
                let remembered = Witness.origin(of: request).flatMap { latest[$0] }
                switch judge.decide(request, latest: remembered) {
                case .refuse(let found, let body, let reason):
                    guard UInt64(found) == status else { throw Mismatch("status \(found) (\(reason)), not \(status)") }
                    if let expected = step["body"] as? String { try Self.equal(body, expected, "body") }
                case .cosign(let head, let text):
                    latest[head.origin] = head
                    try Self.equal(200, status, "status")
                    guard let line = judge.cosignature(on: text, time: 1_780_000_000)?.line else {
                        throw Mismatch("no cosignature")
                    }
                    _ = try Witness.cosignatures(
                        in: Array(line.utf8), over: AddCheckpoint(request).checkpoint, by: judge.key)
                }
            }
        }
    }
}
