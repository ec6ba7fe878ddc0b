/// A cap on compute that a rule version sets.
public struct ComputeCap: Sendable {
    /// What the cap counts together.
    public enum Scope: String, Sendable {
        /// One ultimate consignee in one calendar year.
        case consigneeYear = "ultimate consignee and calendar year"
        /// Everybody in one country, over the cap's years.
        case country = "country"
        /// One company in one country, up to a quarter.
        case companyCountry = "company and country"
    }

    /// Its name.
    public let name: String
    /// The version that sets it.
    public let version: RuleVersion
    /// What it counts together.
    public let scope: Scope
    /// The years it counts.
    public let years: ClosedRange<Int>
    /// The most that is allowed, in TPP.
    public let limit: Quantity
    /// What to know of it.
    public let remark: String
    /// Where it is written.
    public let source: RuleSource

    /// License Exception LPP.
    public static let lowPerformance = ComputeCap(
        name: "LPP", version: .diffusion2025, scope: .consigneeYear, years: 2025...2027, limit: Quantity(26_900_000),
        remark: "License Exception LPP, 15 CFR 740.29: up to and with the limit; never enforced",
        source: RuleSource("15 CFR 740.29 (2025)"))

    /// The cap of a country outside the lists, for 2025 to 2027 together.
    public static let country = ComputeCap(
        name: "country cap", version: .diffusion2025, scope: .country, years: 2025...2027,
        limit: Quantity(790_000_000),
        remark: "doubled for a government that made arrangements with the United States; never enforced",
        source: RuleSource("FR Doc 2025-00636; the TPP figure", .memory))

    /// The cap of a national validated end user at the end of 2027.
    public static let nationalValidatedEndUser = ComputeCap(
        name: "NVEU", version: .diffusion2025, scope: .companyCountry, years: 2025...2027,
        limit: Quantity(5_064_000_000),
        remark: "installed base a company and country; smaller in earlier quarters, whose figures are not known here",
        source: RuleSource("15 CFR 748.15 (2025); the TPP figure", .memory))

    /// Every cap of a version; the versions of 2022, 2023 and the current text cap no buyer's amount.
    public static func all(of version: RuleVersion) -> [ComputeCap] {
        version == .diffusion2025 ? [lowPerformance, country, nationalValidatedEndUser] : []
    }
}
