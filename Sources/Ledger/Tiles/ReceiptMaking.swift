public import Transparency

/// Makes receipts from a ledger and its public log.
public struct ReceiptMaker {
    private let ledger: String
    private var files: LogFiles

    /// Reads a ledger's directory, and the public log's files.
    public init(ledger: String, files: LogFiles) {
        self.ledger = ledger
        self.files = files
    }

    /// The receipt of a decision; `nil` while the decision is not in the published tree.
    ///
    /// The end of the exchange is in it once that is published too.
    /// - Parameter salts: Whether the salts go with it, so that its holder can open the commitments.
    /// - Throws: `LedgerError`, `LeafError` or `NoteError`.
    public mutating func receipt(of decision: DecisionID, salts: Bool = true) throws -> Receipt? {
        guard let entry = try LedgerReader.admission(decision, in: ledger),
            case .admission(let admission) = entry.record
        else { return nil }
        let note = try files.checkpoint()
        let size = try Checkpoint(text: note.text).size
        guard let first = try part(entry.sequence, in: size) else { return nil }
        var receipt = Receipt(
            admission: first, completion: nil, requestSalt: salts ? admission.requestCommitment?.salt?.bytes : nil,
            answerSalt: nil, checkpoint: note)
        if admission.decision == .admitted, let end = try LedgerReader.completion(of: entry.sequence, in: ledger),
            case .completion(let completion) = end.record, let second = try part(end.sequence, in: size)
        {
            receipt.completion = second
            receipt.answerSalt = salts ? completion.answerCommitment?.salt?.bytes : nil
        }
        return receipt
    }

    private mutating func part(_ sequence: UInt64, in size: UInt64) throws -> Receipt.Part? {
        guard let (index, bytes, batch) = try files.batch(holding: sequence, in: size) else { return nil }
        let reader = try LedgerReader(directory: ledger, from: batch.first)
        var items: [DecisionItem] = []
        while items.count < batch.rows.count, let entry = try reader.next() {
            items.append(DecisionItem(entry, slot: batch.slot))
        }
        let tree = MerkleTree(items.map(\.hash))
        guard tree.root() == batch.root else {
            throw LedgerError.damaged(
                file: ledger, offset: 0,
                reason: "records \(batch.first) to \(batch.next - 1) are not those in leaf \(index)")
        }
        let place = sequence - batch.first
        return Receipt.Part(
            item: items[Int(place)], path: tree.inclusion(of: place), leaf: bytes, index: index,
            hashes: try files.inclusion(of: index, in: size))
    }
}
