import Glibc

/// Counts distinct items in 64 bytes, within about 13 % (HyperLogLog, 64 registers).
///
/// `merge` takes the larger of each register: associative, commutative and idempotent.
/// - SeeAlso: Flajolet et al., HyperLogLog (AofA 2007); linear counting below 160.
public struct HyperLogLog: Sendable, Equatable {
    private static let size = 64
    private var registers = [UInt8](repeating: 0, count: HyperLogLog.size)

    /// An empty sketch.
    public init() {}

    /// Takes an item by its keyed hash.
    @inline(__always)
    public mutating func add(_ hash: UInt64) {
        let index = Int(truncatingIfNeeded: hash & 63)
        let rank = UInt8(truncatingIfNeeded: min(58, (hash >> 6).leadingZeroBitCount &- 5))
        if registers[index] < rank { registers[index] = rank }
    }

    /// Joins another sketch into this one.
    public mutating func merge(_ other: HyperLogLog) {
        for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
    }

    /// The estimated number of distinct items.
    public var estimate: Double {
        var sum = 0.0
        var zeros = 0
        for register in registers {
            sum += 1 / Double(UInt64(1) << UInt64(register))
            if register == 0 { zeros += 1 }
        }
        let size = Double(Self.size)
        let raw = 0.709 * size * size / sum
        return raw <= 2.5 * size && zeros > 0 ? size * log(size / Double(zeros)) : raw
    }

    func write(to out: inout SketchWriter) { out.raw(registers) }

    static func read(from input: inout SketchReader) throws(SketchError) -> HyperLogLog {
        var sketch = HyperLogLog()
        sketch.registers = Array(try input.raw(size))
        guard sketch.registers.allSatisfy({ $0 <= 58 }) else {
            throw .outOfRange("a register", offset: input.offset)
        }
        return sketch
    }
}
