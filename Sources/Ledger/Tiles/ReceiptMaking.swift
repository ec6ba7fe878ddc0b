public import Transparency

/// Makes receipts from a ledger and its public log; it remembers where records lie, so keep it for the next one.
public struct ReceiptMaker {
    private let ledger: String
    private var index: LedgerIndex
    private var files: LogFiles
    private let patience: Int

    /// Reads a ledger's directory, and the public log's files.
    ///
    /// - Parameter patience: How many segments may be read for one decision beyond those where it should lie (`LedgerIndex`).
    public init(ledger: String, files: LogFiles, patience: Int = .max) {
        self.ledger = ledger
        self.patience = patience
        index = LedgerIndex(directory: ledger)
        self.files = files
    }

    /// The admission of a decision; `nil` when the ledger has none.
    ///
    /// - Throws: `LedgerError`.
    public mutating func admission(_ decision: DecisionID) throws(LedgerError) -> (sequence: UInt64, Admission)? {
        let found = try index.admission(decision, patience: patience)
        guard let entry = found, case .admission(let admission) = entry.record else { return nil }
        return (entry.sequence, admission)
    }

    /// The receipt of a decision; `nil` while the decision is not in the published tree.
    ///
    /// The end of the exchange is in it once that is published too.
    /// - Parameter salts: Whether the salts go with it, so that its holder can open the commitments.
    /// - Throws: `LedgerError`, `LeafError` or `NoteError`.
    public mutating func receipt(of decision: DecisionID, salts: Bool = true) throws -> Receipt? {
        guard let (sequence, admission) = try admission(decision) else { return nil }
        let note: SignedNote
        do throws(any Error) { note = try files.checkpoint() } catch { return nil }
        let size = try Checkpoint(text: note.text).size
        guard let first = try part(sequence, in: size) else { return nil }
        var receipt = Receipt(
            admission: first, completion: nil, requestSalt: salts ? admission.requestCommitment?.salt?.bytes : nil,
            answerSalt: nil, checkpoint: note)
        if admission.decision == .admitted, let end = try index.completion(of: sequence),
            case .completion(let completion) = end.record, let second = try part(end.sequence, in: size)
        {
            receipt.completion = second
            receipt.answerSalt = salts ? completion.answerCommitment?.salt?.bytes : nil
        }
        return receipt
    }

    private mutating func part(_ sequence: UInt64, in size: UInt64) throws -> Receipt.Part? {
        guard let (index, bytes, batch) = try files.batch(holding: sequence, in: size) else { return nil }
        let entries = try self.index.entries(from: batch.first, count: batch.rows.count)
        let tree = MerkleTree(entries.map { DecisionItem($0, slot: batch.slot).hash })
        guard entries.count == batch.rows.count, tree.root() == batch.root else {
            throw LedgerError.damaged(
                file: ledger, offset: 0,
                reason: "records \(batch.first) to \(batch.next - 1) are not those in leaf \(index)")
        }
        let place = sequence - batch.first
        return Receipt.Part(
            item: DecisionItem(entries[Int(place)], slot: batch.slot), path: tree.inclusion(of: place), leaf: bytes,
            index: index, hashes: try files.inclusion(of: index, in: size))
    }
}
