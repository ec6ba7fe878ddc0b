/// A number that is never negative, exact to a millionth: TOPS, TPP, GB/s, mm².
///
/// Thresholds are decided on these alone; no floating point takes part.
public struct Quantity: Sendable, Hashable, Comparable {
    /// Millionths, 0 or more.
    let millionths: Int64

    init(millionths: Int64) { self.millionths = millionths }

    /// A whole number; negative ones become 0.
    public init(_ whole: Int) {
        let (value, overflow) = Int64(max(0, whole)).multipliedReportingOverflow(by: 1_000_000)
        millionths = overflow ? .max : value
    }

    /// Hundredths, as rule texts write their densities: `Quantity(hundredths: 592)` is 5.92.
    init(hundredths: Int64) { millionths = hundredths * 10_000 }

    /// Compares by size.
    public static func < (left: Self, right: Self) -> Bool { left.millionths < right.millionths }

    /// The sum, or the largest number there is.
    static func + (left: Self, right: Self) -> Self {
        let (sum, overflow) = left.millionths.addingReportingOverflow(right.millionths)
        return Self(millionths: overflow ? .max : sum)
    }

    /// The product with a small factor, or the largest number there is.
    func times(_ factor: Int64) -> Self {
        let (product, overflow) = millionths.multipliedReportingOverflow(by: factor)
        return Self(millionths: overflow ? .max : product)
    }

    /// Decimal digits without trailing zeros: `5.92`, `4800`.
    public var text: String { Self.decimal(millionths) }

    /// Signed millionths as decimal digits.
    static func decimal(_ millionths: Int64) -> String {
        let size = millionths.magnitude
        let whole = String(size / 1_000_000)
        var rest = String(size % 1_000_000)
        rest = String(repeating: "0", count: 6 - rest.count) + rest
        while rest.hasSuffix("0") { rest.removeLast() }
        return (millionths < 0 ? "-" : "") + whole + (rest.isEmpty ? "" : "." + rest)
    }
}

/// What is known of a quantity: it lies between two bounds, both included.
public struct Bounds: Sendable, Hashable {
    /// The least it can be.
    public var lower: Quantity
    /// The most it can be; nil without limit.
    public var upper: Quantity?

    /// Nothing is known but that it is not negative.
    public static let unknown = Self(lower: Quantity(0), upper: nil)

    /// Bounds as given.
    public init(lower: Quantity, upper: Quantity?) {
        self.lower = lower
        self.upper = upper
    }

    /// One value, known exactly.
    public init(_ value: Quantity) {
        lower = value
        upper = value
    }

    /// The value, where the bounds leave one.
    public var exact: Quantity? { upper == lower ? lower : nil }

    /// Whether the value is at least a bound; nil where both can be.
    func isAtLeast(_ bound: Quantity) -> Bool? {
        if lower >= bound { return true }
        if let upper, upper < bound { return false }
        return nil
    }

    /// What both say; nil where they contradict each other.
    func intersection(_ other: Self) -> Self? {
        let low = max(lower, other.lower)
        let high: Quantity? =
            switch (upper, other.upper) {
            case (nil, let one), (let one, nil): one
            case (let one?, let two?): min(one, two)
            }
        if let high, high < low { return nil }
        return Self(lower: low, upper: high)
    }

    /// Both and all between them.
    func hull(_ other: Self) -> Self {
        let high: Quantity? =
            switch (upper, other.upper) {
            case (let one?, let two?): max(one, two)
            default: nil
            }
        return Self(lower: min(lower, other.lower), upper: high)
    }
}

extension Bounds {
    /// Why a cell holds no number.
    enum Unreadable: Error { case notANumber, negative, tooLarge }

    /// Reads `123`, `0.5` or `1042.08`; blank cells and `n/a`, `unknown` and `?` are unknown.
    ///
    /// More than six decimals give the two neighbours as bounds, so that nothing is decided by rounding.
    init(cell: some StringProtocol) throws(Unreadable) {
        let bytes = Array(cell.utf8).drop { $0 == 0x20 }
        let trimmed = bytes.prefix(bytes.count - bytes.reversed().prefix { $0 == 0x20 }.count)
        let word = String(decoding: trimmed, as: UTF8.self).lowercased()
        if ["", "n/a", "na", "unknown", "?", "null", "none"].contains(word) {
            self = .unknown
            return
        }
        if trimmed.first == 0x2D { throw .negative }
        guard trimmed.contains(where: { 0x30...0x39 ~= $0 }) else { throw .notANumber }
        var value: Int64 = 0
        var decimals: Int?
        var isCut = false
        for byte in trimmed {
            if byte == 0x2E, decimals == nil {
                decimals = 0
                continue
            }
            guard 0x30...0x39 ~= byte else { throw .notANumber }
            if let count = decimals {
                decimals = count + 1
                if count >= 6 {
                    isCut = isCut || byte != 0x30
                    continue
                }
            }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.addingReportingOverflow(Int64(byte &- 0x30))
            if overflow || carried { throw .tooLarge }
            value = sum
        }
        for _ in min(6, decimals ?? 0)..<6 {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { throw .tooLarge }
            value = tenfold
        }
        // Far above any chip, far below what the arithmetic can hold.
        guard value < 1_000_000_000_000_000_000 else { throw .tooLarge }
        lower = Quantity(millionths: value)
        upper = Quantity(millionths: value + (isCut ? 1 : 0))
    }
}
