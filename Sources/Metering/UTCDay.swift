/// A day of the calendar in UTC, as the number of days since 1970-01-01.
///
/// There is no local time here, so daylight saving has nothing to change; a day always has 86,400 seconds.
public struct UTCDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let number: Int32

    /// The first and the last day there are: those of the years 1970 and 9999.
    static let range: ClosedRange<Int64> = 0...2_932_896

    /// The day of a moment; moments outside the years 1970 to 9999 belong to the nearest day.
    ///
    /// - Parameter milliseconds: Since 1970.
    public init(at milliseconds: Int64) {
        let days = milliseconds >= 0 ? milliseconds / 86_400_000 : -1
        number = Int32(min(max(Self.range.lowerBound, days), Self.range.upperBound))
    }

    /// A day by its number; numbers out of range are the nearest day.
    public init(number: Int32) {
        self.number = Int32(min(max(Self.range.lowerBound, Int64(number)), Self.range.upperBound))
    }

    /// Reads `2026-12-01`; `nil` for what is no day of the calendar.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // Days in years that begin in March, in eras of 400 of them.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = Int32(era * 146_097 + dayOfEra - 719_468)
        guard date.day == day, date.month == month else { return nil }
    }

    /// When the day begins, milliseconds since 1970.
    public var milliseconds: Int64 { Int64(number) * 86_400_000 }

    /// The month that the day belongs to, as the number of months since January 1970.
    public var month: Int32 {
        let date = date
        return Int32((date.year - 1970) * 12 + date.month - 1)
    }

    /// `2026-12-01`.
    public var description: String {
        let date = date
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    /// The earlier day comes first.
    public static func < (one: UTCDay, other: UTCDay) -> Bool { one.number < other.number }

    /// When a month begins, milliseconds since 1970.
    static func start(ofMonth month: Int32) -> Int64 {
        let (year, rest) = (1970 + Int(month) / 12, Int(month) % 12 + 1)
        let text = "\(year)-\(rest < 10 ? "0" : "")\(rest)-01"
        return UTCDay(text)?.milliseconds ?? .max
    }

    private var date: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
    }
}
