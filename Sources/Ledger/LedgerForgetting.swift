import Glibc
import Threads

/// What was thrown away of a decision's record.
public struct ForgottenSalts: Sendable, Equatable {
    /// How many salts there were: of the request, of the answer.
    public var count = 0
    /// Whether the exchange has not ended; its end will have a salt of its own.
    public var isOpen = false
}

/// Makes commitments impossible to open: overwrites the salts in the segments.
///
/// Salts lie outside every checksum, so the chain, the tree and every proof stay as they are.
public enum LedgerForgetting {
    /// Overwrites the salts of a decision and of its exchange's end with zeros; they are gone from the disk on return.
    ///
    /// Who calls it holds the server's directory, or is the server.
    /// - Throws: `LedgerError.badField` when the ledger has no such decision.
    public static func forget(_ decision: DecisionID, in directory: String) throws(LedgerError) -> ForgottenSalts {
        var index = LedgerIndex(directory: directory)
        guard let entry = try index.admission(decision), case .admission(let admission) = entry.record else {
            throw .badField("decision")
        }
        var forgotten = ForgottenSalts()
        if try overwrite(entry) { forgotten.count += 1 }
        if admission.decision == .admitted {
            if let end = try index.completion(of: entry.sequence) {
                if try overwrite(end) { forgotten.count += 1 }
            } else {
                forgotten.isOpen = true
            }
        }
        return forgotten
    }

    /// Overwrites the salt of one record; false when it has none.
    private static func overwrite(_ entry: LedgerEntry) throws(LedgerError) -> Bool {
        let file = try OpenFile(entry.file, O_RDWR)
        let head = try file.bytes(RecordFormat.headerSize, at: entry.offset)
        guard head.count == RecordFormat.headerSize, head[6] == 1 else { return false }
        let length = head[..<4].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length > UInt64(RecordFormat.slotSize) else { return false }
        let place = entry.offset + length - UInt64(RecordFormat.slotSize)
        guard try file.bytes(RecordFormat.slotSize, at: place).contains(where: { $0 != 0 }) else { return false }
        let zeros = [UInt8](repeating: 0, count: RecordFormat.slotSize)
        let failure: LedgerError? = zeros.withUnsafeBytes { zeros in
            do throws(LedgerError) {
                try file.write(zeros, at: place)
                try file.synchronise()
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return true
    }
}

extension ExchangeLog {
    /// Makes a decision's commitments impossible to open, while this log is being written.
    ///
    /// - Throws: `LedgerError.badField` when the ledger has no such decision.
    public func forget(_ decision: DecisionID) throws(LedgerError) -> ForgottenSalts {
        // Not between a failed sync and the writing anew of what it may have lost.
        try core.state.withLock { (state) throws(LedgerError) in
            try LedgerForgetting.forget(decision, in: state.directory)
        }
    }
}
