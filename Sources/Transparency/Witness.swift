/// What a witness remembers of a log: the largest tree that it has cosigned.
public struct WitnessedHead: Sendable, Hashable {
    /// The log's name.
    public let origin: String
    /// The number of leaves.
    public let size: UInt64
    /// The tree's root.
    public let root: TreeHash

    /// Puts a head together.
    public init(origin: String, size: UInt64, root: TreeHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }
}

/// A request that a log makes of a witness (c2sp.org/tlog-witness).
public struct AddCheckpoint: Sendable, Equatable {
    /// The most proof lines that a request may have.
    public static let longestProof = 63

    /// The size of the tree that the log believes the witness has cosigned last.
    public var old: UInt64
    /// The consistency proof from there.
    public var proof: [TreeHash]
    /// The new checkpoint.
    public var checkpoint: SignedNote

    /// Puts a request together.
    public init(old: UInt64, proof: [TreeHash], checkpoint: SignedNote) {
        self.old = old
        self.proof = proof
        self.checkpoint = checkpoint
    }

    /// The request's body.
    public var body: String {
        "old \(old)\n" + proof.map { $0.base64 + "\n" }.joined() + "\n" + checkpoint.description
    }

    /// Reads a body.
    ///
    /// - Throws: `NoteError` naming what is wrong.
    public init(_ body: [UInt8]) throws(NoteError) {
        guard let end = body.indices.dropLast().first(where: { body[$0] == 0x0A && body[$0 + 1] == 0x0A }) else {
            throw .badProof("no empty line stands before the checkpoint")
        }
        guard let head = String(validating: body[..<end], as: UTF8.self) else { throw .badProof("it is not UTF-8") }
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0].hasPrefix("old "), let old = Decimal.parse(lines[0].dropFirst(4)) else {
            throw .badProof("the first line is not 'old' and a number without leading zeroes")
        }
        guard lines.count - 1 <= Self.longestProof else {
            throw .badProof("it has more than \(Self.longestProof) hashes")
        }
        self.old = old
        proof = []
        for line in lines.dropFirst() {
            guard let hash = TreeHash(base64: line) else { throw .badProof("a hash is not 32 bytes of base64") }
            proof.append(hash)
        }
        checkpoint = try SignedNote(Array(body[(end + 2)...]))
    }
}

/// Decides which checkpoints a witness cosigns.
///
/// Between `decide` and the answer the new head must be stored, and nobody else may decide on the same log meanwhile.
public struct Witness: Sendable {
    /// What the witness answers.
    public enum Decision: Sendable, Equatable {
        /// It cosigns, once this head is stored.
        case cosign(WitnessedHead, text: String)
        /// It does not, with an HTTP status, a body and a reason for people.
        case refuse(status: Int, body: String, reason: String)
    }

    /// The logs it knows: more than one key may have the same name.
    public var logs: [VerifierKey]
    private let signer: NoteSigner

    /// A witness with a key of type 4; `nil` for another.
    public init?(signer: NoteSigner, logs: [VerifierKey]) {
        guard signer.key.type == .cosignature else { return nil }
        self.signer = signer
        self.logs = logs
    }

    /// The key that others verify its cosignatures with.
    public var key: VerifierKey { signer.key }

    /// The media type of the body that comes with status 409.
    public static let sizeType = "text/x.tlog.size"

    /// The origin that a request is about, to find what is remembered of it; `nil` if the request has no form.
    public static func origin(of body: [UInt8]) -> String? {
        guard let request = try? AddCheckpoint(body) else { return nil }
        return request.checkpoint.text.split(separator: "\n", maxSplits: 1).first.map(String.init)
    }

    /// Decides on a request.
    ///
    /// - Parameter latest: What is remembered of the log that the request is about; `nil` for nothing.
    public func decide(_ body: [UInt8], latest: WitnessedHead?) -> Decision {
        let request: AddCheckpoint
        let claimed: Checkpoint
        do throws(NoteError) {
            request = try AddCheckpoint(body)
            claimed = try Checkpoint(text: request.checkpoint.text)
        } catch {
            return .refuse(status: 400, body: "", reason: "\(error)")
        }
        let keys = logs.filter { sameBytes($0.name, claimed.origin) }
        guard !keys.isEmpty else { return .refuse(status: 404, body: "", reason: "the log is not known here") }
        do throws(NoteError) {
            _ = try request.checkpoint.verify(with: keys)
        } catch {
            return .refuse(status: 403, body: "", reason: "\(error)")
        }
        guard request.old <= claimed.size else {
            return .refuse(
                status: 400, body: "", reason: "old size \(request.old) is over the checkpoint's, \(claimed.size)")
        }
        let size = latest?.size ?? 0
        guard request.old == size else {
            return .refuse(status: 409, body: "\(size)\n", reason: "old size \(request.old) is not \(size)")
        }
        if let problem = problem(request, claimed, latest) { return .refuse(status: 422, body: "", reason: problem) }
        let head = WitnessedHead(origin: claimed.origin, size: claimed.size, root: claimed.root)
        return .cosign(head, text: request.checkpoint.text)
    }

    private func problem(_ request: AddCheckpoint, _ claimed: Checkpoint, _ latest: WitnessedHead?) -> String? {
        guard request.old > 0, let latest else {
            if !request.proof.isEmpty { return "from size 0 there is nothing to prove" }
            return claimed.size == 0 && claimed.root != .emptyTree ? "the empty tree has another root" : nil
        }
        do throws(ProofError) {
            try MerkleVerification.consistency(
                from: latest.size, root: latest.root, to: claimed.size, root: claimed.root, proof: request.proof)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The answer's body for a checkpoint that was stored; `nil` when the key cannot sign.
    ///
    /// - Parameter time: In seconds since 1970.
    public func cosignature(on text: String, time: UInt64) -> NoteSignature? {
        signer.sign(text, time: time)
    }

    /// The cosignatures in a witness's answer that are by a key and over a checkpoint's text.
    ///
    /// - Throws: `NoteError`: not signature lines, or none by that key that is right.
    public static func cosignatures(
        in answer: [UInt8], over checkpoint: SignedNote, by key: VerifierKey
    ) throws(NoteError) -> [NoteSignature] {
        guard answer.count <= 1 << 16, let text = String(validating: answer, as: UTF8.self) else {
            throw .malformed("the answer is too long or not UTF-8", line: 1)
        }
        let note = try SignedNote(checkpoint.text + "\n" + text)
        _ = try note.verify(with: [key])
        return note.signatures.filter { $0.isBy(key) }
    }
}
