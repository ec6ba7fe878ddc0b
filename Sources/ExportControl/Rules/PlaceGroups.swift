/// Countries and their groups, as dated data with sources.
///
/// Group A was read in a copy of 2026-06-20; group D is stated from memory, its count agrees with a second source.
public enum PlaceGroups {
    /// One list of places: what it is, since when, and where it is written.
    public struct Listing: Sendable {
        /// The group's name: `D:5`.
        public let name: String
        /// The first day on which this room holds the list to be right; nil where the list is older than all rules here.
        public let since: CalendarDay?
        /// The members' ISO codes.
        public let members: Set<String>
        /// Where it is written.
        public let source: RuleSource
    }

    /// Every list of this room.
    public static let listings: [Listing] = [
        Listing(
            name: "A:1", since: nil, members: a1,
            source: RuleSource("Supp. 1 to Part 740, copy of 2026-06-20")),
        Listing(
            name: "A:5", since: nil, members: a5,
            source: RuleSource("Supp. 1 to Part 740, copy of 2026-06-20")),
        Listing(
            name: "A:6", since: nil, members: a6,
            source: RuleSource("Supp. 1 to Part 740, copy of 2026-06-20")),
        Listing(name: "D:1", since: nil, members: d1, source: RuleSource("Supp. 1 to Part 740, table D", .memory)),
        Listing(name: "D:4", since: nil, members: d4, source: RuleSource("Supp. 1 to Part 740, table D", .memory)),
        Listing(name: "D:5", since: nil, members: d5, source: RuleSource("Supp. 1 to Part 740, table D", .memory)),
        Listing(
            name: "Supp. 5 to Part 740 (a)", since: CalendarDay(2025, 1, 13), members: trusted,
            source: RuleSource("FR Doc 2025-00636 (2025-01-15), in summaries; the list itself", .memory)),
    ]

    static let a1 = set(
        """
        AR AU AT BE BG CA HR CZ DK EE FI FR DE GR HU IS IN IE IT JP KR LV LT LU MX NL NO NZ PL PT RO SK SI ZA ES SE CH \
        TR GB US
        """)
    static let a5 = set(
        "AR AU AT BE BG CA HR CZ DK EE FI FR DE GR HU IS IN IE IT JP KR LV LT LU NL NO NZ PL PT RO SK SI ES SE CH TR GB"
    )
    static let a6 = set("AL CY IL MT MX SG ZA TW")
    static let d1 = set("AM AZ BY MM KH CN HK GE IQ KZ KP KG LA LY MO MD MN RU TJ TM UZ VE VN YE")
    static let d4 = set("BH CN HK EG IR IQ IL JO KP KW LB LY MO OM PK QA RU SA SY AE VE YE")
    static let d5 = set("AF BY MM KH CF CN HK CD CU ER HT IR IQ KP LB LY NI RU SO SS SD SY VE ZW")
    static let trusted = set("AU BE CA DK DE FI FR IE IT JP KR NL NO NZ ES SE TW GB")
    /// 15 CFR Part 772: the United States includes its territories, dependencies and possessions.
    static let unitedStates = set("US PR GU VI AS MP UM")

    /// Macau joined the area of the 2022 rule.
    static let macauAdded = CalendarDay(2023, 1, 17)

    /// Embargoes that reach beyond chips, and the section to read.
    static let tradeEmbargo: [String: String] = [
        "CU": "15 CFR 746.2 (Cuba)", "IR": "15 CFR 746.7 (Iran)", "KP": "15 CFR 746.4 (North Korea)",
        "SY": "15 CFR 746.9 (Syria; eased in 2025, verify)", "RU": "15 CFR 746.5, 746.8 (Russia)",
        "BY": "15 CFR 746.5, 746.8 (Belarus)",
    ]

    /// Regions under embargo inside a country that is not: subdivisions by ISO 3166-2, 15 CFR 746.6.
    ///
    /// Donetsk and Luhansk are embargoed in part; the code of the whole region gets the strict answer.
    static let embargoedRegions: [String: String] = [
        "UA-43": "15 CFR 746.6 (Crimea)", "UA-40": "15 CFR 746.6 (Crimea: Sevastopol)",
        "UA-14": "15 CFR 746.6 (so-called Donetsk People's Republic; part of the region)",
        "UA-09": "15 CFR 746.6 (so-called Luhansk People's Republic; part of the region)",
    ]

    /// What to know of a country before relying on its groups.
    static let remarks: [String: String] = [
        "CY": "Cyprus stood in D:5 in older tables; here it is A:6 only. Verify for the day in question.",
        "SY": "Syria's groups are those of the 2023 rule; measures were eased in 2025. Verify.",
        "ET": "Ethiopia is on the ITAR's list since 2021 and not counted in D:5 here. Verify.",
        "UA": "Crimea and the so-called Donetsk and Luhansk republics are embargoed (15 CFR 746.6): name the "
            + "subdivision (UA-43, UA-40, UA-14, UA-09) if the goods go there.",
    ]

    static let countries = set(
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
        BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
        FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
        IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
        ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
        PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
        TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
        """)

    private static func set(_ codes: String) -> Set<String> { Set(codes.split(separator: " ").map(String.init)) }
}
