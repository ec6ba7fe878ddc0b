/// The proof that a decision is in the log, and how its exchange ended: a `TlogProof` file whose extra data has the rest.
///
/// No byte of it can be changed: what the log did not sign is covered by a sum.
public struct Receipt: Sendable, Equatable {
    /// One item with everything that ties it to the tree.
    public struct Part: Sendable, Equatable {
        /// What was decided, or how it ended.
        public var item: DecisionItem
        /// The path from the item to the batch's root.
        public var path: [TreeHash]
        /// The leaf's bytes.
        public var leaf: [UInt8]
        /// The leaf's number in the log.
        public var index: UInt64
        /// The path from the leaf to the tree's root.
        public var hashes: [TreeHash]

        /// Puts a part together.
        public init(item: DecisionItem, path: [TreeHash], leaf: [UInt8], index: UInt64, hashes: [TreeHash]) {
            self.item = item
            self.path = path
            self.leaf = leaf
            self.index = index
            self.hashes = hashes
        }
    }

    /// What a receipt proves.
    public struct Verified: Sendable {
        /// The decision.
        public let admission: DecisionItem
        /// How the exchange ended; `nil` while it is open, and for refusals.
        public let completion: DecisionItem?
        /// The checkpoint that the paths lead to.
        public let checkpoint: Checkpoint
        /// The witnesses who have seen it, and when.
        public let cosignatures: [SignedNote.Verified]
    }

    /// What a commitment is to.
    public enum Subject: Sendable {
        /// What the client sent.
        case request
        /// What the client was given.
        case answer
    }

    /// The decision.
    public var admission: Part
    /// The end of its exchange.
    public var completion: Part?
    /// The salt that opens the commitment to the request; `nil` when it was not given out or is thrown away.
    public var requestSalt: [UInt8]?
    /// The salt that opens the commitment to the answer.
    public var answerSalt: [UInt8]?
    /// The checkpoint with its signatures.
    public var checkpoint: SignedNote

    private static let saltSize = 16
    private static let sumDomain = Array("sluice/receipt/v1\n".utf8)

    /// Puts a receipt together; salts of another length than 16 bytes are left out.
    public init(
        admission: Part, completion: Part?, requestSalt: [UInt8]?, answerSalt: [UInt8]?, checkpoint: SignedNote
    ) {
        self.admission = admission
        self.completion = completion
        self.requestSalt = requestSalt?.count == Self.saltSize ? requestSalt : nil
        self.answerSalt = answerSalt?.count == Self.saltSize ? answerSalt : nil
        self.checkpoint = checkpoint
    }

    /// The file's text.
    public var text: String {
        var writer = LeafWriter()
        writer.integer(UInt8(1))
        writer.integer(
            UInt8(requestSalt == nil ? 0 : 1) | UInt8(answerSalt == nil ? 0 : 2) | UInt8(completion == nil ? 0 : 4))
        write(admission, to: &writer)
        if let completion {
            write(completion, to: &writer)
            writer.integer(completion.index)
            writer.integer(UInt8(truncatingIfNeeded: completion.hashes.count))
            completion.hashes.forEach { writer.hash($0) }
        }
        writer.raw(requestSalt ?? [])
        writer.raw(answerSalt ?? [])
        var proof = TlogProof(extra: nil, index: admission.index, hashes: admission.hashes, checkpoint: checkpoint)
        proof.extra = writer.bytes + Self.sum(writer.bytes, proof).bytes
        return proof.text
    }

    private func write(_ part: Part, to writer: inout LeafWriter) {
        let item = part.item.bytes
        writer.integer(UInt16(truncatingIfNeeded: item.count))
        writer.raw(item)
        writer.integer(UInt8(truncatingIfNeeded: part.path.count))
        part.path.forEach { writer.hash($0) }
        writer.integer(UInt16(truncatingIfNeeded: part.leaf.count))
        writer.raw(part.leaf)
    }

    private static func sum(_ body: some Collection<UInt8>, _ proof: TlogProof) -> TreeHash {
        .digest(of: sumDomain + Array(body) + Array(proof.unsignedPart.utf8))
    }

    /// Reads a file; nothing of it is proven before `verify`.
    ///
    /// - Throws: `LeafError` or `NoteError` saying what is wrong; also when any byte is another than the writer's.
    public init(_ bytes: [UInt8]) throws {
        let proof = try TlogProof(bytes)
        guard let extra = proof.extra, extra.count > 32 else {
            throw LeafError("the proof has no receipt in its 'extra' line")
        }
        let body = extra.dropLast(32)
        guard TreeHash(extra.suffix(32)) == Self.sum(body, proof) else {
            throw LeafError("the receipt's sum is wrong: it was changed, or damaged on the way")
        }
        var reader = LeafReader(body)
        if reader.integer("version", UInt8.self) != 1 { reader.fail("version") }
        let flags = reader.integer("flags", UInt8.self)
        if flags > 7 { reader.fail("flags") }
        admission = try Self.part(&reader)
        (admission.index, admission.hashes) = (proof.index, proof.hashes)
        if flags & 4 != 0 {
            var part = try Self.part(&reader)
            part.index = reader.integer("index")
            for _ in 0..<reader.integer("number of hashes", UInt8.self) where reader.problem == nil {
                part.hashes.append(reader.hash("hash"))
            }
            completion = part
        }
        if flags & 1 != 0 { requestSalt = Array(reader.raw(Self.saltSize, "request salt")) }
        if flags & 2 != 0 { answerSalt = Array(reader.raw(Self.saltSize, "answer salt")) }
        checkpoint = proof.checkpoint
        if let problem = reader.finish() { throw LeafError("the receipt's field '\(problem)' is not well formed") }
        guard Array(text.utf8) == bytes else { throw LeafError("the receipt is not in its one form") }
    }

    private static func part(_ reader: inout LeafReader) throws(LeafError) -> Part {
        let item = reader.raw(Int(reader.integer("length of the item", UInt16.self)), "item")
        var path: [TreeHash] = []
        for _ in 0..<reader.integer("length of the path", UInt8.self) where reader.problem == nil {
            path.append(reader.hash("path"))
        }
        let leaf = Array(reader.raw(Int(reader.integer("length of the leaf", UInt16.self)), "leaf"))
        if let problem = reader.problem { throw LeafError("the receipt's field '\(problem)' is not well formed") }
        return Part(item: try DecisionItem(item), path: path, leaf: leaf, index: 0, hashes: [])
    }
}

extension Receipt {
    /// Checks everything but the texts: batches, tree, the log's signature and the witnesses' quorum.
    ///
    /// - Throws: `LeafError` or `NoteError` saying what does not hold.
    public func verify(_ policy: WitnessPolicy) throws -> Verified {
        let opened = try policy.verify(checkpoint)
        let head = opened.checkpoint.checkpoint
        try Self.check(admission, in: head, "decision")
        guard admission.item.event.isDecision else {
            throw LeafError("the receipt begins with what is no decision")
        }
        if let completion {
            try Self.check(completion, in: head, "end of the exchange")
            guard completion.item.event.isEnd, completion.item.admission == admission.item.sequence else {
                throw LeafError("the end belongs to another decision")
            }
        }
        return Verified(
            admission: admission.item, completion: completion?.item, checkpoint: head, cosignatures: opened.cosignatures
        )
    }

    private static func check(_ part: Part, in head: Checkpoint, _ name: String) throws(LeafError) {
        let leaf = try Leaf(part.leaf[...])
        guard case .decisions(let batch) = leaf.content else { throw LeafError("\(name): the leaf holds no decisions") }
        let place = part.item.sequence &- batch.first
        guard place < UInt64(batch.rows.count), batch.agrees(with: part.item, at: Int(place)) else {
            throw LeafError("\(name): the leaf says something else of record \(part.item.sequence)")
        }
        do throws(ProofError) {
            try MerkleVerification.inclusion(
                of: part.item.hash, at: place, in: UInt64(batch.rows.count), root: batch.root, proof: part.path)
        } catch {
            throw LeafError("\(name): not in its batch: \(error)")
        }
        do throws(ProofError) {
            try MerkleVerification.inclusion(
                of: .leaf(part.leaf), at: part.index, in: head.size, root: head.root, proof: part.hashes)
        } catch {
            throw LeafError("\(name): not in the tree: \(error)")
        }
    }

    /// Whether a text is what was committed to; `nil` when there is no commitment, or no salt to open it with.
    public func opens(_ text: [UInt8], as subject: Subject) -> Bool? {
        let (salt, part, domain) =
            switch subject {
            case .request: (requestSalt, Optional(admission), "sluice/request/v1\n")
            case .answer: (answerSalt, completion, "sluice/answer/v1\n")
            }
        guard let salt, let commitment = part?.item.commitment else { return nil }
        if TreeHash.digest(of: Array(domain.utf8) + salt + text) == commitment { return true }
        guard case .request = subject else { return false }
        // A long request is committed to by its digest.
        return TreeHash.digest(of: Array("sluice/request/v2\n".utf8) + salt + TreeHash.digest(of: text).bytes)
            == commitment
    }

    /// The standard proof file of the decision's leaf, without anything of ours.
    public var tlogProof: TlogProof {
        TlogProof(index: admission.index, hashes: admission.hashes, checkpoint: checkpoint)
    }
}
