import Glibc

/// Count, mean and spread of whole numbers on a logarithmic scale, exact under any order of merging.
///
/// Sums are kept in fixed point (1/64 of a power of two), because sums of floating-point numbers depend on their order.
public struct Moments: Sendable, Equatable {
    /// How many numbers were taken.
    public private(set) var count: Int64 = 0
    private var sum: Int64 = 0
    private var squares: Int64 = 0

    /// Nothing taken yet.
    public init() {}

    /// Takes one number; negative ones count as 0.
    @inline(__always)
    public mutating func add(_ value: Int64) {
        let scaled = Self.scaledLogarithm(value)
        count &+= 1
        sum &+= scaled
        squares &+= scaled &* scaled
    }

    /// 64 · log2(value + 1), rounded down by a fixed table-free rule, the same on every machine.
    @inline(__always)
    static func scaledLogarithm(_ value: Int64) -> Int64 {
        let shifted = UInt64(max(0, min(value, 1 << 52))) &+ 1
        let whole = 63 &- shifted.leadingZeroBitCount
        let fraction = ((shifted << UInt64(63 &- whole)) << 1) >> 58
        return Int64(whole) &* 64 &+ Int64(fraction)
    }

    /// Joins other moments.
    public mutating func merge(_ other: Moments) {
        count &+= other.count
        sum &+= other.sum
        squares &+= other.squares
    }

    /// The mean of log2(value + 1); 0 if nothing was taken.
    public var mean: Double { count > 0 ? Double(sum) / Double(count) / 64 : 0 }

    /// The standard deviation of log2(value + 1).
    public var deviation: Double {
        guard count > 1 else { return 0 }
        let average = Double(sum) / Double(count)
        return max(0, Double(squares) / Double(count) - average * average).squareRoot() / 64
    }

    func write(to out: inout SketchWriter) {
        out.signed(count)
        out.signed(sum)
        out.signed(squares)
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> Moments {
        var moments = Moments()
        moments.count = try input.signed()
        moments.sum = try input.signed()
        moments.squares = try input.signed()
        guard moments.count >= 0 else { throw .outOfRange("a count", offset: input.offset) }
        return moments
    }
}
