/// Counts occurrences of very many items in fixed space, never too low (Count-Min).
///
/// An estimate is too high by at most 2/width of all occurrences with probability 1 − 2^−depth. `merge` adds: it is
/// associative and commutative.
/// - SeeAlso: Cormode and Muthukrishnan, An improved data stream summary (2005).
public struct CountMin: Sendable, Equatable {
    private let width: Int
    private let depth: Int
    private var cells: [UInt32]

    /// An empty sketch of `depth` rows (1...8) of `width` cells (rounded up to a power of two, at most 2^24).
    public init(width: Int, depth: Int = 4) {
        var size = 1
        while size < min(max(width, 1), 1 << 24) { size *= 2 }
        self.width = size
        self.depth = min(max(depth, 1), 8)
        cells = [UInt32](repeating: 0, count: size * self.depth)
    }

    /// Takes occurrences of an item by its keyed hash.
    @inline(__always)
    public mutating func add(_ hash: UInt64, count: UInt32 = 1) {
        for row in 0..<depth {
            let index = cell(hash, row)
            let (sum, overflow) = cells[index].addingReportingOverflow(count)
            cells[index] = overflow ? .max : sum
        }
    }

    /// How often an item was seen: perhaps too high, never too low.
    public func count(_ hash: UInt64) -> UInt32 {
        var least = UInt32.max
        for row in 0..<depth { least = min(least, cells[cell(hash, row)]) }
        return least
    }

    /// Joins another sketch; it must have the same shape.
    public mutating func merge(_ other: CountMin) throws(SketchError) {
        guard other.width == width, other.depth == depth else { throw .keysDiffer }
        for index in cells.indices {
            let (sum, overflow) = cells[index].addingReportingOverflow(other.cells[index])
            cells[index] = overflow ? .max : sum
        }
    }

    @inline(__always)
    private func cell(_ hash: UInt64, _ row: Int) -> Int {
        let mixed = KeyedHash.mix(hash &+ UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15)
        return row &* width &+ Int(truncatingIfNeeded: mixed & UInt64(truncatingIfNeeded: width &- 1))
    }

    func write(to out: inout SketchWriter) {
        out.number(width)
        out.number(depth)
        for cell in cells { out.number(UInt64(cell)) }
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> CountMin {
        let width = try input.count(atMost: 1 << 24, "a width")
        let depth = try input.count(atMost: 8, "a depth")
        var sketch = CountMin(width: width, depth: depth)
        guard sketch.width == width, sketch.depth == depth else {
            throw .outOfRange("a width", offset: input.offset)
        }
        for index in sketch.cells.indices {
            sketch.cells[index] = UInt32(try input.count(atMost: Int(UInt32.max), "a cell"))
        }
        return sketch
    }
}
