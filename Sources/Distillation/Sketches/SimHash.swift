/// A 64-bit fingerprint in which similar bags of features differ in few bits (SimHash), kept as sums so that it merges.
///
/// - SeeAlso: Charikar, Similarity estimation techniques from rounding algorithms (STOC 2002).
public struct SimHash: Sendable, Equatable {
    private var sums = [Int32](repeating: 0, count: 64)

    /// An empty sketch.
    public init() {}

    /// Takes a feature by its keyed hash.
    @inline(__always)
    public mutating func add(_ hash: UInt64) {
        sums.withUnsafeMutableBufferPointer { sums in
            for bit in 0..<64 {
                sums[bit] &+= Int32(truncatingIfNeeded: ((hash >> UInt64(bit)) & 1) << 1) &- 1
            }
        }
    }

    /// Joins another sketch: the sums are added.
    public mutating func merge(_ other: SimHash) {
        for index in sums.indices { sums[index] &+= other.sums[index] }
    }

    /// The fingerprint.
    public var value: UInt64 {
        var value: UInt64 = 0
        for bit in 0..<64 where sums[bit] > 0 { value |= 1 << UInt64(bit) }
        return value
    }

    /// The share of equal bits of two fingerprints, in 0...1; about 0.5 if they have nothing in common.
    public func similarity(to other: SimHash) -> Double {
        1 - Double((value ^ other.value).nonzeroBitCount) / 64
    }

    func write(to out: inout SketchWriter) { for sum in sums { out.signed(Int64(sum)) } }

    static func read(from input: inout SketchReader) throws(SketchError) -> SimHash {
        var sketch = SimHash()
        for index in 0..<64 {
            guard let sum = Int32(exactly: try input.signed()) else {
                throw .outOfRange("a sum", offset: input.offset)
            }
            sketch.sums[index] = sum
        }
        return sketch
    }
}
