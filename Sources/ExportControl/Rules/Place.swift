/// A place as rules see it: a country or territory by its ISO 3166-1 code, and a part of it by ISO 3166-2.
public struct Place: Sendable, Hashable {
    /// Two capital letters: `CN`, `AE`; `XK` for Kosovo.
    public let country: String
    /// The whole subdivision code (`UA-43`), where one was named.
    public let subdivision: String?

    /// Reads `AE` or `UA-43`, in any case; nil where no such country is known.
    public init?(_ code: some StringProtocol) {
        let parts = code.uppercased().split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, PlaceGroups.countries.contains(String(first)) else { return nil }
        country = String(first)
        guard parts.count == 2 else {
            subdivision = nil
            return
        }
        guard 1...3 ~= parts[1].utf8.count, parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 })
        else { return nil }
        subdivision = country + "-" + String(parts[1])
    }

    /// The code as written.
    public var code: String { subdivision ?? country }
}

/// A set of places that a rule names.
public enum PlaceArea: String, Sendable, CaseIterable {
    /// The United States with its territories and possessions: no export at all.
    case unitedStates = "United States"
    /// China with Hong Kong, and Macau: the area of the rule of October 2022.
    case china2022 = "China (2022)"
    /// China, Hong Kong and Macau.
    case chinaMacau = "China, Hong Kong, Macau"
    /// Country Group D:5 (arms embargo) and Macau.
    case embargoedArms = "Macau or D:5"
    /// Country Group D:5 without China and Hong Kong.
    case otherArmsEmbargo = "D:5 but China"
    /// Country Groups D:1, D:4 and D:5 without A:5 and A:6, and Macau.
    case licenceArea = "D:1, D:4, D:5 (not A:5, A:6)"
    /// The list of Supplement No. 5 to Part 740, paragraph (a), with the United States.
    case trusted = "Supp. 5 to Part 740 (a)"
    /// Countries and regions under a trade embargo of Part 746 that goes beyond chips.
    case tradeEmbargo = "Part 746"

    /// Whether a place lies in the area on a day; nil where that depends on a day that is not given.
    public func contains(_ place: Place, on day: CalendarDay?) -> Bool? {
        let code = place.country
        switch self {
        case .unitedStates: return PlaceGroups.unitedStates.contains(code)
        case .china2022:
            guard code == "MO" else { return code == "CN" || code == "HK" }
            return day.map { $0 >= PlaceGroups.macauAdded }
        case .chinaMacau: return ["CN", "HK", "MO"].contains(code)
        case .embargoedArms: return code == "MO" || PlaceGroups.d5.contains(code)
        case .otherArmsEmbargo: return PlaceGroups.d5.contains(code) && code != "CN" && code != "HK"
        case .licenceArea:
            let isNamed =
                PlaceGroups.d1.contains(code) || PlaceGroups.d4.contains(code) || PlaceGroups.d5.contains(code)
            return isNamed && !PlaceGroups.a5.contains(code) && !PlaceGroups.a6.contains(code)
        case .trusted: return PlaceGroups.trusted.contains(code) || PlaceGroups.unitedStates.contains(code)
        case .tradeEmbargo:
            return PlaceGroups.tradeEmbargo[code] != nil
                || place.subdivision.map { PlaceGroups.embargoedRegions[$0] != nil } == true
        }
    }
}
