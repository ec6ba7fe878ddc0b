/// Reads checked little-endian fields from bytes that may be anything.
struct FieldReader {
    private let all: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { all = bytes }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, all.count - offset >= count else { return nil }
        defer { offset += count }
        return Array(all[offset..<offset + count])
    }

    mutating func int(_ name: String, _ range: ClosedRange<Int>) throws(SafeguardError) -> Int {
        guard let four = bytes(4) else { throw .badField(name) }
        let value = four.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard range.contains(value) else { throw .badField(name) }
        return value
    }

    mutating func float(_ name: String, _ range: ClosedRange<Float>) throws(SafeguardError) -> Float {
        guard let four = bytes(4) else { throw .badField(name) }
        let value = Float(bitPattern: four.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        // A NaN is in no range.
        guard range.contains(value) else { throw .badField(name) }
        return value
    }

    mutating func floats(_ name: String, _ counts: ClosedRange<Int>) throws(SafeguardError) -> [Float] {
        let count = try int(name, counts)
        var values: [Float] = []
        for _ in 0..<count { values.append(try float(name, -1e6...1e6)) }
        return values
    }

    mutating func counted(_ name: String, limit: Int) throws(SafeguardError) -> [UInt8] {
        let count = try int(name, 0...limit)
        guard let found = bytes(count) else { throw .badField(name) }
        return found
    }
}

/// Writes what `FieldReader` reads.
struct FieldWriter {
    var bytes: [UInt8] = []

    static func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    mutating func int(_ value: Int) { bytes += Self.little(UInt32(truncatingIfNeeded: value)) }
    mutating func float(_ value: Float) { bytes += Self.little(value.bitPattern) }
    mutating func floats(_ values: [Float]) {
        int(values.count)
        values.forEach { float($0) }
    }
    mutating func counted(_ values: [UInt8]) {
        int(values.count)
        bytes += values
    }
}
