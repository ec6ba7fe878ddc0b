/// Writes the fields of leaves: integers least significant byte first, texts with a 16-bit length before them.
struct LeafWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter room: How many bytes it is likely to hold.
    init(room: Int = 0) { bytes.reserveCapacity(room) }

    mutating func integer<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: String) {
        integer(UInt16(truncatingIfNeeded: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func hash(_ value: TreeHash) { value.withBytes { bytes.append(contentsOf: $0) } }

    mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }
}

/// Reads what a `LeafWriter` wrote; the first field that is missing or out of form is remembered, and nothing after it counts.
struct LeafReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// The name of the first field that could not be read.
    private(set) var problem: String?

    /// The longest text, in bytes.
    static let longestText = 1024

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func fail(_ field: String) {
        if problem == nil { problem = field }
        position = bytes.endIndex
    }

    mutating func raw(_ count: Int, _ field: String) -> ArraySlice<UInt8> {
        guard problem == nil, count >= 0, bytes.endIndex - position >= count else {
            fail(field)
            return []
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ field: String, _ type: T.Type = T.self) -> T {
        raw(MemoryLayout<T>.size, field).withUnsafeBytes { bytes in
            bytes.count == MemoryLayout<T>.size ? T(littleEndian: bytes.loadUnaligned(as: T.self)) : 0
        }
    }

    mutating func text(_ field: String) -> String {
        let count = Int(integer(field, UInt16.self))
        guard count <= Self.longestText, let text = String(validating: raw(count, field), as: UTF8.self) else {
            fail(field)
            return ""
        }
        return text
    }

    mutating func hash(_ field: String) -> TreeHash { TreeHash(raw(32, field)) ?? .zero }

    /// Whether everything was read and nothing is left.
    mutating func finish() -> String? {
        if problem == nil, position != bytes.endIndex { problem = "the end: bytes are left over" }
        return problem
    }
}

extension TreeHash {
    /// Thirty-two zero bytes, which stand for "none" in a leaf.
    public static var zero: TreeHash { TreeHash() }
}

/// Why a leaf, an item of a batch or a receipt is not well formed.
public struct LeafError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The coarse time of leaves: periods of ten minutes since 1970.
public enum TimeSlot {
    /// The length of a period in seconds.
    public static let seconds: UInt64 = 600

    /// The period of a time in milliseconds since 1970; 0 for a time before that.
    public static func of(milliseconds: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: UInt64(max(0, milliseconds)) / 1000 / seconds)
    }

    /// The first second of a period.
    public static func start(of slot: UInt32) -> UInt64 { UInt64(slot) * seconds }

    /// The day of a period, counted from 1970-01-01.
    public static func day(of slot: UInt32) -> UInt32 { slot / 144 }
}
