/// A share of a company, exact to 10⁻¹⁵ of a percent; sums that grow past 9,000 % stay there.
public struct Share: Sendable, Hashable, Comparable {
    /// 10⁻¹⁵ percent.
    let units: Int64

    init(units: Int64) { self.units = units }

    /// A whole number of percents, 0…9000.
    public init(percent: Int) { units = Int64(min(max(percent, 0), 9000)) * Self.onePercent }

    static let onePercent: Int64 = 1_000_000_000_000_000
    /// Nothing.
    public static let none = Self(units: 0)
    /// The line of the 50 % rules: "50 percent or more".
    public static let half = Self(percent: 50)
    /// All of it.
    public static let whole = Self(percent: 100)

    /// Compares by size.
    public static func < (left: Self, right: Self) -> Bool { left.units < right.units }

    static func + (left: Self, right: Self) -> Self {
        let (sum, overflow) = left.units.addingReportingOverflow(right.units)
        return Self(units: overflow ? .max : sum)
    }

    /// Decimal digits of the percentage, without trailing zeros: `54.58`.
    public var text: String {
        let whole = String(units / Self.onePercent)
        var rest = String(units % Self.onePercent)
        rest = String(repeating: "0", count: max(0, 15 - rest.count)) + rest
        while rest.hasSuffix("0") { rest.removeLast() }
        return rest.isEmpty ? whole : whole + "." + rest
    }
}

/// What is known of a share: between two bounds; nil above stands for "whatever nobody else is known to hold".
public struct ShareBounds: Sendable, Hashable {
    /// At least this.
    public var lower: Share
    /// At most this; nil if it is not known.
    public var upper: Share?

    /// A share of unknown size.
    public static let unknown = Self(lower: .none, upper: nil)

    /// Bounds as given.
    public init(lower: Share, upper: Share?) {
        self.lower = lower
        self.upper = upper
    }

    /// A share known exactly.
    public init(_ share: Share) {
        lower = share
        upper = share
    }

    /// Reads the digits of a percentage (`37.6`); nil for what is none, is negative or is above 9,000.
    ///
    /// Digits behind the fifteenth decimal widen to both neighbours.
    public init?(percent digits: some StringProtocol) {
        var units: Int64 = 0
        var decimals: Int?
        var count = 0
        var isCut = false
        for byte in digits.utf8 {
            if byte == 0x2E, decimals == nil, count > 0 {
                decimals = 0
                continue
            }
            guard 0x30...0x39 ~= byte else { return nil }
            count += 1
            if let places = decimals {
                decimals = places + 1
                if places >= 15 {
                    isCut = isCut || byte != 0x30
                    continue
                }
            }
            let (tenfold, overflow) = units.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.addingReportingOverflow(Int64(byte &- 0x30))
            if overflow || carried { return nil }
            units = sum
        }
        guard count > 0, decimals != 0 else { return nil }
        for _ in min(15, decimals ?? 0)..<15 {
            let (tenfold, overflow) = units.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            units = tenfold
        }
        guard units <= 9000 * Share.onePercent else { return nil }
        lower = Share(units: units)
        upper = Share(units: units + (isCut ? 1 : 0))
    }
}
