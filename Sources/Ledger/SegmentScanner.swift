import Glibc

/// Walks over the records of one segment file, which another process may be appending to.
final class SegmentScanner {
    /// What lies at the present offset.
    enum Step {
        case record(RawRecord, at: UInt64)
        /// The file ends here.
        case end
        /// What is here is no whole record.
        case damage(RawRecord.Problem)
    }

    let file: OpenFile
    let header: SegmentHeader
    /// Where the next record begins.
    private(set) var offset: UInt64

    private let chunk: UnsafeMutableRawBufferPointer
    /// The bytes of `chunk` that hold what lies at `offset`.
    private var window = 0..<0
    private static let chunkSize = 256 * 1024

    /// Opens a segment and reads its header.
    init(directory: String, firstSequence: UInt64) throws(LedgerError) {
        let name = SegmentHeader.fileName(firstSequence)
        file = try OpenFile(directory + "/" + name, O_RDONLY)
        chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
        let count = try file.read(into: chunk, at: 0)
        do throws(RawRecord.Problem) {
            header = try SegmentHeader(UnsafeRawBufferPointer(rebasing: chunk[0..<count]))
        } catch {
            throw .damaged(file: file.path, offset: 0, reason: error.text)
        }
        guard header.firstSequence == firstSequence else {
            throw .damaged(
                file: file.path, offset: 32,
                reason: "the header begins at record \(header.firstSequence), the file's name at \(firstSequence)")
        }
        offset = UInt64(SegmentHeader.size)
        window = SegmentHeader.size..<count
    }

    deinit {
        chunk.deallocate()
    }

    /// Goes to an offset at which a record is known to begin.
    func move(to offset: UInt64) {
        self.offset = offset
        window = 0..<0
    }

    /// Reads the record at the present offset and steps past it; stays where it is at the end and at damage.
    func step() throws(LedgerError) -> Step {
        for isFresh in [false, true] {
            if isFresh || window.isEmpty { try refill() }
            guard !window.isEmpty else { return .end }
            do throws(RawRecord.Problem) {
                let record = try RawRecord(at: UnsafeRawBufferPointer(rebasing: chunk[window]))
                defer { offset += UInt64(record.bytes.count) }
                window = window.lowerBound + record.bytes.count..<window.upperBound
                return .record(record, at: offset)
            } catch {
                // The chunk may end in the record, or may be older than what the writer has put there since.
                if isFresh { return .damage(error) }
            }
        }
        return .end
    }

    /// Whether a whole record with at least this sequence number begins anywhere past the present offset.
    func findsRecord(from sequence: UInt64) throws(LedgerError) -> UInt64? {
        let start = offset
        defer { move(to: start) }
        let size = try file.size()
        var at = start + 1
        while at < size {
            move(to: at)
            try refill()
            // Near the end of the chunk a record may be cut off, so the last part is looked at again in the next.
            let searched =
                UInt64(window.count) > UInt64(RecordFormat.maximumSize) && at + UInt64(window.count) < size
                ? window.count - RecordFormat.maximumSize : window.count
            let hit = (0..<searched).first { index in
                let rest = UnsafeRawBufferPointer(rebasing: chunk[index..<window.upperBound])
                guard let record = try? RawRecord(at: rest) else { return false }
                return record.sequence >= sequence
            }
            if let hit { return at + UInt64(hit) }
            at += UInt64(max(1, searched))
        }
        return nil
    }

    private func refill() throws(LedgerError) {
        window = 0..<(try file.read(into: chunk, at: offset))
    }
}
