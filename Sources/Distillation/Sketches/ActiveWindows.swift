/// In which windows of ten minutes something happened: a ring of 2,048 bits, two weeks.
///
/// Longer logs wrap around, so that old windows fall on new ones; `merge` is a bitwise or.
public struct ActiveWindows: Sendable, Equatable {
    /// The length of a window in milliseconds.
    public static let length: Int64 = 600_000
    private static let words = 32
    private var bits = [UInt64](repeating: 0, count: ActiveWindows.words)

    /// No window yet.
    public init() {}

    /// Marks the window of a moment.
    @inline(__always)
    public mutating func mark(_ time: Int64) {
        let window = Int(truncatingIfNeeded: (time / Self.length) & 2047)
        bits[window >> 6] |= 1 << UInt64(window & 63)
    }

    /// Joins another ring into this one.
    public mutating func merge(_ other: ActiveWindows) {
        for index in bits.indices { bits[index] |= other.bits[index] }
    }

    func word(_ index: Int) -> UInt64 { bits[index] }

    /// How many windows are marked.
    public var count: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// How many windows there are.
    static let ring = 2048

    /// How many windows are marked in both.
    public func shared(with other: ActiveWindows) -> Int {
        zip(bits, other.bits).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
    }

    /// How many marked windows fall in each hour of the day, UTC.
    public func hoursOfDay() -> [Int] {
        var hours = [Int](repeating: 0, count: 24)
        // 2,048 windows are no whole number of days: the ring's origin is a multiple of 2,048 windows since 1970, and
        // which one does not matter for how evenly the hours are used, only that all accounts agree.
        for word in bits.indices where bits[word] != 0 {
            for bit in 0..<64 where bits[word] >> UInt64(bit) & 1 == 1 { hours[(word * 64 + bit) / 6 % 24] += 1 }
        }
        return hours
    }

    func write(to out: inout SketchWriter) {
        for word in bits { out.number(word) }
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> ActiveWindows {
        var windows = ActiveWindows()
        for index in 0..<words { windows.bits[index] = try input.number() }
        return windows
    }
}
