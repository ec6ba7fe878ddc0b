/// A proof that an entry is in a log, checked without asking anyone (c2sp.org/tlog-proof).
public struct TlogProof: Sendable, Equatable {
    /// The first line.
    public static let heading = "c2sp.org/tlog-proof@v1"
    /// The most hashes that a proof of a tree of 64 bits can have.
    public static let longestProof = 64

    /// Data of the application's; nobody signs it.
    public var extra: [UInt8]?
    /// The entry's number, from 0.
    public var index: UInt64
    /// The hashes beside the path, from the leaf's neighbour upwards.
    public var hashes: [TreeHash]
    /// The checkpoint with its signatures.
    public var checkpoint: SignedNote

    /// Puts a proof together.
    public init(extra: [UInt8]? = nil, index: UInt64, hashes: [TreeHash], checkpoint: SignedNote) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// The file's text.
    public var text: String {
        var lines = [Self.heading]
        if let extra { lines.append("extra \(Base64.encode(extra))") }
        return lines.joined(separator: "\n") + "\n" + unsignedPart
    }

    /// Everything after heading and extra data.
    var unsignedPart: String {
        "index \(index)\n" + hashes.map { $0.base64 + "\n" }.joined() + "\n" + checkpoint.description
    }

    /// Reads a file.
    ///
    /// - Throws: `NoteError.badProof` naming the line that is wrong, or what is wrong with the checkpoint.
    public init(_ bytes: [UInt8]) throws(NoteError) {
        guard bytes.count <= SignedNote.maximumSize else { throw .badProof("it is larger than 1 MiB") }
        guard let whole = String(validating: bytes, as: UTF8.self) else { throw .badProof("it is not UTF-8") }
        var rest = whole[...]
        func line() throws(NoteError) -> Substring {
            guard let end = rest.utf8.firstIndex(of: 0x0A) else { throw .badProof("it ends in the middle") }
            defer { rest = rest[rest.utf8.index(after: end)...] }
            return rest[..<end]
        }
        guard try line() == Self.heading else { throw .badProof("the first line is not '\(Self.heading)'") }
        var next = try line()
        if next.hasPrefix("extra ") {
            guard let bytes = Base64.decode(next.dropFirst(6)) else { throw .badProof("'extra' is not base64") }
            extra = bytes
            next = try line()
        }
        guard next.hasPrefix("index "), let index = Decimal.parse(next.dropFirst(6)) else {
            throw .badProof("'\(next.prefix(40))' is not 'index' and a number without leading zeroes")
        }
        self.index = index
        hashes = []
        while true {
            next = try line()
            if next.isEmpty { break }
            guard hashes.count < Self.longestProof else {
                throw .badProof("it has more than \(Self.longestProof) hashes")
            }
            guard let hash = TreeHash(base64: next) else {
                throw .badProof("hash \(hashes.count + 1) is not 32 bytes of base64")
            }
            hashes.append(hash)
        }
        checkpoint = try SignedNote(String(rest))
    }

    /// Checks that a leaf is in a tree whose checkpoint satisfies a policy.
    ///
    /// - Returns: The checkpoint and the witnesses' cosignatures.
    /// - Throws: `NoteError`.
    @discardableResult
    public func verify(
        leaf: TreeHash, policy: WitnessPolicy
    ) throws(NoteError) -> (checkpoint: VerifiedCheckpoint, cosignatures: [SignedNote.Verified]) {
        let opened = try policy.verify(checkpoint)
        do throws(ProofError) {
            try MerkleVerification.inclusion(
                of: leaf, at: index, in: opened.checkpoint.checkpoint.size, root: opened.checkpoint.checkpoint.root,
                proof: hashes)
        } catch {
            throw .badProof("\(error)")
        }
        return opened
    }
}
