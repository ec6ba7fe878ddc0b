import Glibc

/// One record of a ledger, with the place where it lies.
public struct LedgerEntry: Sendable, Equatable {
    /// The record's number; they go up by one.
    public let sequence: UInt64
    /// The segment's path.
    public let file: String
    /// Where in it the record begins.
    public let offset: UInt64
    /// The chain value, which stands for this record and all before it.
    public let chain: Hash256
    /// What was recorded.
    public let record: LedgerRecord
}

/// Reads the records of a directory in order, also while another process writes them.
///
/// It takes no lock and checks every record's checksum, form and number; `LedgerVerification` checks the chain too.
/// Bytes at the very end that are no whole record and not known to be durable count as not yet written.
public final class LedgerReader {
    private let directory: String
    private var scanner: SegmentScanner
    /// The sequence number that the next record must have.
    private var expected: UInt64

    /// Begins at a record, or at the oldest there is.
    ///
    /// - Throws: `LedgerError.noLedger` when there are no segments, `.damaged` when a segment's header is not well formed.
    public init(directory: String, from sequence: UInt64 = 0) throws(LedgerError) {
        self.directory = directory
        let all = try segmentsOfLedger(in: directory)
        let first = all.last { $0 <= sequence } ?? all[0]
        scanner = try SegmentScanner(directory: directory, firstSequence: first)
        expected = first
        while expected < sequence, try nextRaw() != nil {}
    }

    /// The next record; `nil` at the present end, after which more may come.
    ///
    /// - Throws: `LedgerError.damaged` for what can be no record; the reader stays there.
    public func next() throws(LedgerError) -> LedgerEntry? {
        guard let (raw, offset) = try nextRaw() else { return nil }
        do throws(RawRecord.Problem) {
            return LedgerEntry(
                sequence: raw.sequence, file: scanner.file.path, offset: offset, chain: raw.chain,
                record: try raw.decoded())
        } catch {
            throw RawRecord.error(error, file: scanner.file.path, offset: offset)
        }
    }

    /// The next record with its fields where they lie, valid until the next call; `nil` at the present end.
    ///
    /// - Throws: `LedgerError.damaged` for what can be no record; the reader stays there.
    func nextFields() throws(LedgerError) -> (raw: RawRecord, fields: RecordFields)? {
        guard let (raw, offset) = try nextRaw() else { return nil }
        do throws(RawRecord.Problem) {
            return (raw, try raw.fields())
        } catch {
            throw RawRecord.error(error, file: scanner.file.path, offset: offset)
        }
    }

    /// What was read ahead is read again: the writer may have replaced the end of the file since.
    func refresh() { scanner.move(to: scanner.offset) }

    /// Where the next record begins.
    var place: (file: String, offset: UInt64) { (scanner.file.path, scanner.offset) }

    private func nextRaw() throws(LedgerError) -> (RawRecord, UInt64)? {
        while true {
            switch try scanner.step() {
            case .record(let record, let offset):
                guard record.sequence == expected else {
                    throw .damaged(
                        file: scanner.file.path, offset: offset,
                        reason: "record \(record.sequence) is where \(expected) should be")
                }
                expected &+= 1
                return (record, offset)
            case .end:
                guard try moveOn() else { return nil }
            case .damage(let problem):
                guard try isUnfinished() else {
                    throw .damaged(file: scanner.file.path, offset: scanner.offset, reason: problem.text)
                }
                return nil
            }
        }
    }

    /// Goes to the next segment once this one is read to its end; whether there was anything more.
    private func moveOn() throws(LedgerError) -> Bool {
        let present = scanner.header.firstSequence
        guard let next = try segments(in: directory).first(where: { $0 > present }) else { return false }
        // The writer may have appended between our last look and the next segment's beginning.
        if try scanner.file.size() > scanner.offset { return true }
        guard next == expected else {
            // What was read was pruned meanwhile, and more behind it.
            if try segments(in: directory).first == next { throw .pruned(directory: directory, first: next) }
            throw .damaged(
                file: directory + "/" + SegmentHeader.fileName(next), offset: 0,
                reason: "the segment begins at record \(next), but \(expected) should come next")
        }
        scanner = try SegmentScanner(directory: directory, firstSequence: next)
        return true
    }

    private func isUnfinished() throws(LedgerError) -> Bool {
        let present = scanner.header.firstSequence
        guard try segments(in: directory).last == present else { return false }
        guard let mark = try DurableMark.read(in: directory), mark.segment == present else { return true }
        return scanner.offset >= mark.offset
    }
}

extension LedgerReader {
    /// The number of the oldest record that a directory has: 1 unless its beginning was pruned.
    public static func oldest(in directory: String) throws(LedgerError) -> UInt64 {
        try segmentsOfLedger(in: directory)[0]
    }

    /// A reader that stands before the newest `count` records.
    public static func newest(_ count: Int, in directory: String) throws(LedgerError) -> LedgerReader {
        let all = try segmentsOfLedger(in: directory)
        let reader = try LedgerReader(directory: directory, from: all[all.count - 1])
        while try reader.nextRaw() != nil {}
        let wanted = reader.expected - min(reader.expected, UInt64(max(0, count)))
        return try LedgerReader(directory: directory, from: wanted)
    }

    /// The record of a number; `nil` when there is none.
    public static func entry(_ sequence: UInt64, in directory: String) throws(LedgerError) -> LedgerEntry? {
        let entry = try LedgerReader(directory: directory, from: sequence).next()
        return entry?.sequence == sequence ? entry : nil
    }

    /// The admission of a decision; `nil` when there is none.
    ///
    /// Who asks often keeps a `LedgerIndex`.
    public static func admission(
        _ decision: DecisionID, in directory: String
    ) throws(LedgerError) -> LedgerEntry? {
        var index = LedgerIndex(directory: directory, remembered: 1)
        return try index.admission(decision)
    }

    /// The completion of an admission; `nil` while its exchange is open.
    public static func completion(of sequence: UInt64, in directory: String) throws(LedgerError) -> LedgerEntry? {
        let reader = try LedgerReader(directory: directory, from: sequence)
        while let entry = try reader.next() {
            if case .completion(let completion) = entry.record, completion.sequence == sequence { return entry }
        }
        return nil
    }
}

/// The segments of a directory that must have some.
func segmentsOfLedger(in directory: String) throws(LedgerError) -> [UInt64] {
    let all: [UInt64]
    do throws(LedgerError) {
        all = try segments(in: directory)
    } catch {
        if case .io(_, _, let number) = error, number == ENOENT { throw .noLedger(directory: directory) }
        throw error
    }
    guard !all.isEmpty else { throw .noLedger(directory: directory) }
    return all
}
