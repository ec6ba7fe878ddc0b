/// Reads and writes decimal amounts of money as whole micro-units: a millionth of the currency's unit.
///
/// Inside nothing but integers is added up, so no sum depends on an order or loses a fraction.
public enum Amount {
    /// The micro-units of one unit.
    public static let unit: Int64 = 1_000_000
    /// The largest amount that may be given, in micro-units: a billion units.
    public static let largest: Int64 = 1_000_000_000 * unit

    /// Why a text is no amount.
    public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        case empty
        case notANumber
        case negative
        case tooLarge(most: Int64)
        /// More digits behind the point than micro-units have.
        case tooFine

        /// What is wrong with it, and how it should be.
        public var description: String {
            switch self {
            case .empty: "is empty; write a decimal number such as 2.50"
            case .notANumber:
                "is no decimal number; write digits with a point, such as 2.50 (no sign, exponent or comma)"
            case .negative: "is negative; it must be 0 or more"
            case .tooLarge(let most): "is too large; at most \(Amount.text(most)) is allowed"
            case .tooFine: "has more than 6 digits behind the point; a millionth is the smallest part"
            }
        }
    }

    /// Reads `2.5`, `.5` or `1200` without ever being a floating-point number.
    ///
    /// - Parameter most: The largest value allowed, in micro-units.
    /// - Throws: `Fault` for anything else; `nan`, `inf`, exponents and signs among it.
    public static func parse(_ text: some StringProtocol, most: Int64 = largest) throws(Fault) -> Int64 {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .empty }
        if bytes.first == UInt8(ascii: "-"), bytes.count > 1 {
            // Tell a negative number from what is none.
            _ = try parse(text.dropFirst(), most: .max)
            throw .negative
        }
        var value: Int64 = 0
        var places = 0
        var digits = 0
        var hasPoint = false
        var isTooLarge = false
        for byte in bytes {
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
                continue
            }
            guard (0x30...0x39).contains(byte) else { throw .notANumber }
            digits += 1
            if hasPoint {
                places += 1
                guard places <= 6 else {
                    guard byte == 0x30 else { throw .tooFine }
                    continue
                }
            }
            isTooLarge = isTooLarge || !append(Int64(byte - 0x30), to: &value)
        }
        guard digits > 0 else { throw .notANumber }
        for _ in min(places, 6)..<6 { isTooLarge = isTooLarge || !append(0, to: &value) }
        guard !isTooLarge, value <= most else { throw .tooLarge(most: most) }
        return value
    }

    /// The amount as a decimal number with at least two digits behind the point: `2.50`, `0.000001`.
    public static func text(_ micros: Int64) -> String {
        let magnitude = micros.magnitude
        var fraction = String(magnitude % UInt64(unit))
        fraction = String(repeating: "0", count: 6 - fraction.count) + fraction
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        return (micros < 0 ? "-" : "") + "\(magnitude / UInt64(unit)).\(fraction)"
    }

    private static func append(_ digit: Int64, to value: inout Int64) -> Bool {
        let (tens, over) = value.multipliedReportingOverflow(by: 10)
        let (sum, more) = tens.addingReportingOverflow(digit)
        guard !over, !more else { return false }
        value = sum
        return true
    }
}

extension Int64 {
    /// The sum, or the nearest number there is.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, over) = addingReportingOverflow(other)
        return over ? (other > 0 ? .max : .min) : sum
    }
}
