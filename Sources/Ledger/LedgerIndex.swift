/// Finds records of a ledger without reading all that lie before them, also while another process writes.
///
/// The segments that were asked for last are remembered by where their records lie; what is appended is read when asked for.
public struct LedgerIndex {
    private let directory: String
    private let remembered: Int
    private var segments: [IndexedSegment] = []
    /// When segments were begun, and between which times the decisions of those that are full lie.
    private var beginnings: [UInt64: Int64] = [:]
    private var spans: [UInt64: TimeSpan] = [:]

    /// Takes a ledger's directory; nothing is read yet.
    ///
    /// - Parameter remembered: Of how many segments it remembers where every record lies, at least 1.
    public init(directory: String, remembered: Int = 3) {
        self.directory = directory
        self.remembered = max(1, remembered)
    }

    /// The record of a number; `nil` when there is none.
    ///
    /// - Throws: `LedgerError` when a segment cannot be read.
    public mutating func entry(_ sequence: UInt64) throws(LedgerError) -> LedgerEntry? {
        try entries(from: sequence, count: 1).first
    }

    /// As many records from a number on as there are, at most `count`.
    ///
    /// - Throws: `LedgerError` when a segment cannot be read.
    public mutating func entries(from sequence: UInt64, count: Int) throws(LedgerError) -> [LedgerEntry] {
        var found: [LedgerEntry] = []
        var next = sequence
        while found.count < count {
            guard let segment = try segment(holding: next) else { break }
            let more = try segment.entries(from: next, count: count - found.count)
            guard !more.isEmpty else { break }
            found += more
            next += UInt64(more.count)
        }
        return found
    }

    /// The admission of a decision; `nil` when there is none.
    ///
    /// It is looked for first where the clock says that it lies, then everywhere else, since the clock may have been wrong. Of each
    /// segment that is full the span of its decisions' times is remembered, so that one is read in vain only once.
    ///
    /// - Parameters:
    ///   - drift: By how many milliseconds the clock is taken to be wrong at first.
    ///   - patience: How many segments may be read beyond those where it should be, before the search is put off.
    /// - Throws: `LedgerError` when a segment cannot be read; `.unfinishedSearch` when patience has run out: asked again, it goes on.
    public mutating func admission(
        _ decision: DecisionID, drift: Int64 = 3_600_000, patience: Int = .max
    ) throws(LedgerError) -> LedgerEntry? {
        let all = try segmentsOfLedger(in: directory)
        var others: [UInt64] = []
        for (place, first) in all.enumerated().reversed() {
            let begun = try created(first)
            let next = place + 1 < all.count ? try created(all[place + 1]) : 1 << 50
            let isNear =
                decision.milliseconds >= min(begun, next) - drift
                && decision.milliseconds - drift <= max(begun, next)
            guard isNear else {
                others.append(first)
                continue
            }
            if let entry = try look(for: decision, in: first, isLast: first == all.last) { return entry }
        }
        var read = 0
        for first in others {
            if let span = spans[first], !span.contains(decision.milliseconds) { continue }
            // Of the last one only what is new is read.
            if spans[first] == nil, first != all.last { read += 1 }
            guard read <= patience else { throw .unfinishedSearch(directory: directory) }
            if let entry = try look(for: decision, in: first, isLast: first == all.last) { return entry }
        }
        return nil
    }

    private mutating func look(
        for decision: DecisionID, in first: UInt64, isLast: Bool
    ) throws(LedgerError) -> LedgerEntry? {
        if let span = spans[first], !span.contains(decision.milliseconds) { return nil }
        let segment = try segment(from: first)
        try segment.follow()
        // Only what grows no more has a span that stays.
        if !isLast { spans[first] = segment.span }
        guard let sequence = segment.decisions[decision] else { return nil }
        return try segment.entries(from: sequence, count: 1).first
    }

    /// When a segment was begun, in milliseconds since 1970.
    private mutating func created(_ first: UInt64) throws(LedgerError) -> Int64 {
        if let known = beginnings[first] { return known }
        let header = try SegmentScanner(directory: directory, firstSequence: first).header
        let created = min(max(0, header.created), 1 << 50)
        beginnings[first] = created
        return created
    }

    /// The completion of an admission; `nil` while its exchange is open.
    ///
    /// - Throws: `LedgerError` when a segment cannot be read.
    public mutating func completion(of sequence: UInt64) throws(LedgerError) -> LedgerEntry? {
        let all = try segmentsOfLedger(in: directory)
        guard let start = all.lastIndex(where: { $0 <= sequence }) else { return nil }
        for first in all[start...] {
            let segment = try segment(from: first)
            try segment.follow()
            if let end = segment.ends[sequence] { return try segment.entries(from: end, count: 1).first }
        }
        return nil
    }

    private mutating func segment(holding sequence: UInt64) throws(LedgerError) -> IndexedSegment? {
        if let known = segments.first(where: { $0.holds(sequence) }) { return known }
        guard let first = try segmentsOfLedger(in: directory).last(where: { $0 <= sequence }) else { return nil }
        let segment = try segment(from: first)
        if !segment.holds(sequence) { try segment.follow() }
        return segment.holds(sequence) ? segment : nil
    }

    private mutating func segment(from first: UInt64) throws(LedgerError) -> IndexedSegment {
        if let known = segments.firstIndex(where: { $0.first == first }) {
            segments.append(segments.remove(at: known))
        } else {
            if segments.count >= remembered { segments.removeFirst() }
            segments.append(try IndexedSegment(directory, first))
        }
        return segments[segments.count - 1]
    }
}

/// From the first to the last of some times, in milliseconds since 1970; at first it holds none.
private struct TimeSpan {
    private var low = Int64.max
    private var high = Int64.min

    mutating func take(_ time: Int64) { (low, high) = (min(low, time), max(high, time)) }

    func contains(_ time: Int64) -> Bool { low <= time && time <= high }
}

/// Where the records of one segment lie.
private final class IndexedSegment {
    let first: UInt64
    /// The times of its decisions so far.
    private(set) var span = TimeSpan()
    private var offsets: [UInt64] = []
    private(set) var decisions: [DecisionID: UInt64] = [:]
    /// Completions by their admissions.
    private(set) var ends: [UInt64: UInt64] = [:]
    /// Goes on at the end of what is known.
    private let scanner: SegmentScanner
    private let reader: SegmentScanner

    init(_ directory: String, _ first: UInt64) throws(LedgerError) {
        self.first = first
        scanner = try SegmentScanner(directory: directory, firstSequence: first)
        reader = try SegmentScanner(directory: directory, firstSequence: first)
    }

    func holds(_ sequence: UInt64) -> Bool {
        sequence >= first && sequence - first < UInt64(offsets.count)
    }

    /// Reads what was appended since; bytes that are no whole record yet are left for the next time.
    func follow() throws(LedgerError) {
        while case .record(let record, let offset) = try scanner.step() {
            let sequence = first + UInt64(offsets.count)
            guard record.sequence == sequence else {
                throw .damaged(
                    file: scanner.file.path, offset: offset,
                    reason: "record \(record.sequence) is where \(sequence) should be")
            }
            offsets.append(offset)
            if let decision = record.decision {
                decisions[decision] = sequence
                span.take(decision.milliseconds)
            }
            if let admission = record.completedAdmission { ends[admission] = sequence }
        }
    }

    func entries(from sequence: UInt64, count: Int) throws(LedgerError) -> [LedgerEntry] {
        guard holds(sequence) else { return [] }
        reader.move(to: offsets[Int(sequence - first)])
        var found: [LedgerEntry] = []
        while found.count < count, holds(sequence + UInt64(found.count)),
            case .record(let raw, let offset) = try reader.step()
        {
            do throws(RawRecord.Problem) {
                found.append(
                    LedgerEntry(
                        sequence: raw.sequence, file: reader.file.path, offset: offset, chain: raw.chain,
                        record: try raw.decoded()))
            } catch {
                throw .damaged(file: reader.file.path, offset: offset, reason: error.text)
            }
        }
        return found
    }
}

extension RawRecord {
    /// The id of the decision that an admission records; its body begins with it.
    fileprivate var decision: DecisionID? {
        guard kind == RecordFormat.Kind.admission.rawValue, bytes.count >= RecordFormat.headerSize + 16 else {
            return nil
        }
        return DecisionID(bytes: Array(bytes[RecordFormat.headerSize..<RecordFormat.headerSize + 16]))
    }

    /// The admission that a completion ends; its body begins with the number.
    fileprivate var completedAdmission: UInt64? {
        guard kind == RecordFormat.Kind.completion.rawValue, bytes.count >= RecordFormat.headerSize + 8 else {
            return nil
        }
        let number = bytes[RecordFormat.headerSize..<RecordFormat.headerSize + 8]
        return number.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
