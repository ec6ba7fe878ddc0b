/// Numbers of rows, and marks of words, one after the other in three bytes each: a judge of a stream holds more of them than of
/// anything else.
///
/// They are written in their order: to write one may change the first bytes of those behind it.
struct PackedRows {
    /// The bit that tells a mark from the number of a row, the highest of the three bytes.
    static let mark: UInt32 = 1 << 23
    /// The most rows that a model can have: no number of them has that bit.
    static let mostRows = Int(mark)
    /// How many bytes one takes.
    private static let width = 3

    let start: UnsafeMutableRawPointer

    static func allocate(_ count: Int) -> PackedRows {
        PackedRows(start: .allocate(byteCount: size(count), alignment: 8))
    }

    /// How many bytes so many take, with those behind the last that reading or writing it touches; an even number.
    @inline(__always)
    static func size(_ count: Int) -> Int { (count * width + 3) & ~1 }

    /// How many fit into so many bytes, an even number.
    static func room(inBytes bytes: Int) -> Int { (bytes - 2) / width }

    /// Those from a place on; or, with a place below 0, as many before it.
    @inline(__always)
    func from(_ place: Int) -> PackedRows { PackedRows(start: start + place &* Self.width) }

    @inline(__always)
    subscript(place: Int) -> UInt32 {
        get { start.loadUnaligned(fromByteOffset: place &* Self.width, as: UInt32.self) & 0xFF_FFFF }
        nonmutating set {
            start.storeBytes(of: newValue, toByteOffset: place &* Self.width, as: UInt32.self)
        }
    }

    /// Writes the first two.
    @inline(__always)
    func write(_ first: UInt32, _ second: UInt32) {
        let both = UInt64(first) | UInt64(second) << 24
        start.storeBytes(of: UInt32(truncatingIfNeeded: both), as: UInt32.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: both >> 32), toByteOffset: 4, as: UInt32.self)
    }

    /// Takes over the first numbers of another; they may overlap.
    func copy(_ count: Int, of other: PackedRows) { start.copyMemory(from: other.start, byteCount: count * Self.width) }
}
