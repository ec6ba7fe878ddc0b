/// A record as it lies in a file: its frame has been checked, its body has not been read.
///
/// Its bytes stay where they were read to: it is valid as long as that memory, of a scanner until its next step.
struct RawRecord {
    let kind: UInt8
    let version: UInt8
    let hasSlot: Bool
    let sequence: UInt64
    /// The whole record.
    let bytes: UnsafeRawBufferPointer

    /// What a frame can turn out to be.
    enum Problem: Error, Equatable {
        /// The bytes end before the record does.
        case incomplete
        case length(UInt32)
        case checksum
        case frame(String)
        case body(String)
        /// Written by a newer version.
        case tooNew(String)

        var text: String {
            switch self {
            case .incomplete: "the record is cut off"
            case .length(let length): "a record cannot be \(length) bytes long"
            case .checksum: "the record's checksum does not match its bytes"
            case .frame(let what): what
            case .tooNew(let what): "\(what) need a newer sluice"
            case .body(let what): "the record's \(what) is not well formed"
            }
        }
    }

    private var chainOffset: Int {
        bytes.count - RecordFormat.trailerSize - (hasSlot ? RecordFormat.slotSize : 0)
    }

    /// The problem as an error of the whole ledger.
    static func error(_ problem: Problem, file: String, offset: UInt64) -> LedgerError {
        if case .tooNew(let what) = problem { return .tooNew(file: file, what: what) }
        return .damaged(file: file, offset: offset, reason: problem.text)
    }

    /// Checks the frame of the record at the front of `buffer`.
    init(at buffer: UnsafeRawBufferPointer) throws(Problem) {
        var reader = ByteReader(buffer)
        let length = reader.integer(UInt32.self)
        guard !reader.isBroken else { throw .incomplete }
        guard length >= RecordFormat.minimumSize, length <= RecordFormat.maximumSize else { throw .length(length) }
        guard Int(length) <= buffer.count else { throw .incomplete }
        let record = UnsafeRawBufferPointer(rebasing: buffer[0..<Int(length)])
        kind = reader.integer()
        version = reader.integer()
        let slots = reader.integer(UInt8.self)
        let zero = reader.integer(UInt8.self)
        sequence = reader.integer()
        guard slots <= 1 else { throw .checksum }
        hasSlot = slots == 1
        let checksumOffset = record.count - 4 - (hasSlot ? RecordFormat.slotSize : 0)
        guard checksumOffset >= RecordFormat.minimumSize - 4 else { throw .length(length) }
        let checksum = UInt32(littleEndian: record.loadUnaligned(fromByteOffset: checksumOffset, as: UInt32.self))
        guard checksum == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: record[0..<checksumOffset])) else {
            throw .checksum
        }
        guard zero == 0 else { throw .frame("the record sets a byte that must be zero") }
        bytes = record
    }

    /// The chain value that the record carries.
    var chain: Hash256 {
        Hash256(copying: UnsafeRawBufferPointer(rebasing: bytes[chainOffset..<chainOffset + Hash256.size]))
            ?? Hash256()
    }

    /// The chain value that the record must carry.
    func expectedChain(after previous: Hash256) -> Hash256 {
        chainValue(UnsafeRawBufferPointer(rebasing: bytes[0..<chainOffset]), after: previous)
    }

    /// Reads the body.
    func decoded() throws(Problem) -> LedgerRecord {
        switch try knownKind() {
        case .admission: .admission(Admission(try read { $0.admission() }, salt: salt()))
        case .completion: .completion(Completion(try read { $0.completion() }, salt: salt()))
        case .interruption: .interruption(try read { $0.interruption() })
        case .growth: .growth(try read { $0.growth() })
        case .act: .act(try read { $0.act() })
        }
    }

    /// Reads the body and leaves its texts where they lie; checks as much as `decoded`.
    func fields() throws(Problem) -> RecordFields {
        switch try knownKind() {
        case .admission: .admission(try read { $0.admission() })
        case .completion: .completion(try read { $0.completion() })
        case .interruption: .interruption(until: try read { $0.interruption().until })
        case .growth: .growth(try read { $0.growth() })
        case .act: .act(time: try read { $0.act().time })
        }
    }

    private func knownKind() throws(Problem) -> RecordFormat.Kind {
        guard version >= RecordFormat.oldestVersion, version <= RecordFormat.version else {
            throw .tooNew("records of version \(version)")
        }
        guard let kind = RecordFormat.Kind(rawValue: kind) else {
            throw .tooNew("records of kind \(kind)")
        }
        return kind
    }

    @inline(__always)
    private func read<Value>(_ value: (inout BodyReader) -> Value) throws(Problem) -> Value {
        let body = bytes[RecordFormat.headerSize..<chainOffset]
        var reader = BodyReader(UnsafeRawBufferPointer(rebasing: body), version: version)
        let value = value(&reader)
        reader.finish(hasSlot: hasSlot)
        if let problem = reader.problem { throw .body(problem) }
        return value
    }

    /// The salt; `nil` when it was thrown away or its bytes are damaged, which comes to the same.
    private func salt() -> Salt? {
        guard hasSlot else { return nil }
        let slot = UnsafeRawBufferPointer(rebasing: bytes.suffix(RecordFormat.slotSize))
        let stored = UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: Salt.size, as: UInt32.self))
        let words = (slot.loadUnaligned(as: UInt64.self), slot.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard words.0 | words.1 | UInt64(stored) != 0 else { return nil }
        let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: slot[..<Salt.size]))
        return checksum == stored ? Salt(words: words) : nil
    }
}
