/// What is wrong with the bytes of a sketch.
public enum SketchError: Error, Equatable, CustomStringConvertible {
    /// The bytes end before the value does, at this offset.
    case truncated(offset: Int)
    /// The bytes begin with a version that this program does not read.
    case version(UInt8, expected: UInt8)
    /// A number is out of its range, at this offset.
    case outOfRange(String, offset: Int)
    /// The bytes do not begin as a sketch file does.
    case notASketch
    /// Sketches were made under different keys or with different settings.
    case keysDiffer

    /// What was wrong, and the way out.
    public var description: String {
        switch self {
        case .truncated(let offset): "the sketch ends in the middle of a value at byte \(offset); make it again"
        case .version(let found, let expected):
            "the sketch has version \(found), this program reads version \(expected); make it again"
        case .outOfRange(let field, let offset): "\(field) is out of its range at byte \(offset); the sketch is damaged"
        case .notASketch: "these bytes are no sketch file of Sluice"
        case .keysDiffer: "the sketches were made under different keys; use one key for all of them"
        }
    }
}

/// Writes a sketch's bytes: little-endian numbers, and unsigned numbers of variable length (LEB128).
struct SketchWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func fixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ value: Int) { number(UInt64(bitPattern: Int64(value))) }

    /// A signed number, small ones short.
    mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    mutating func text(_ value: String) {
        let utf8 = Array(value.utf8)
        number(utf8.count)
        bytes.append(contentsOf: utf8)
    }

    mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }
}

/// Reads what `SketchWriter` wrote; every length is checked, so damaged bytes end in an error.
struct SketchReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var isAtEnd: Bool { offset >= bytes.endIndex }

    mutating func byte() throws(SketchError) -> UInt8 {
        guard offset < bytes.endIndex else { throw .truncated(offset: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func fixed() throws(SketchError) -> UInt64 {
        guard bytes.endIndex - offset >= 8 else { throw .truncated(offset: offset) }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        offset += 8
        return value
    }

    mutating func number() throws(SketchError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 64, shift < 63 || next <= 1 else { throw .outOfRange("a number", offset: offset) }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func count(atMost limit: Int, _ field: String) throws(SketchError) -> Int {
        let value = try number()
        guard value <= UInt64(limit) else { throw .outOfRange(field, offset: offset) }
        return Int(value)
    }

    mutating func signed() throws(SketchError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func text() throws(SketchError) -> String {
        let length = try count(atMost: 4096, "a text's length")
        return String(decoding: try raw(length), as: UTF8.self)
    }

    mutating func raw(_ length: Int) throws(SketchError) -> ArraySlice<UInt8> {
        guard length >= 0, bytes.endIndex - offset >= length else { throw .truncated(offset: offset) }
        defer { offset += length }
        return bytes[offset..<offset + length]
    }
}
