@testable import ExportControl

/// Made-up parties.
enum ScreeningFixtures {
    static let parties = [
        ListedParty(
            id: "1", name: "Zorvex Quantum Dynamics Co., Ltd.", aliases: ["ZQD"], nativeNames: ["佐维克斯量子动力有限公司"],
            kind: .organization, countries: ["CN"],
            identifiers: [.init(kind: "USCC", value: "91110000-MA005 UCQ5P")], list: "made"),
        ListedParty(id: "2", name: "OOO Vektor Polymash", kind: .organization, countries: ["RU"], list: "made"),
        ListedParty(id: "3", name: "KHARZAI, Mohammad Yaqub", kind: .person, countries: ["AF"], list: "made"),
        ListedParty(id: "4", name: "Beijing Haiyuan Jishu Youxian Gongsi", kind: .organization, list: "made"),
        ListedParty(id: "5", name: "Gulf Heron Contracting (GHC)", kind: .organization, list: "made"),
        ListedParty(id: "6", name: "Northern Lantern University of Posts and Telecommunications", list: "made"),
        ListedParty(id: "7", name: "Institute of Computing Technology", list: "made"),
        ListedParty(id: "8", name: "Diambe Ltda", kind: .organization, list: "made"),
    ]

    /// Entries that only fill a list: words of their own each, and one that all share.
    static func filled(_ count: Int) -> [ListedParty] {
        parties
            + (0..<count).map { number in
                let letters = String(number * 7_919_777 + 400_000_000, radix: 26).map { digit in
                    Character(Unicode.Scalar(UInt8(97 + (digit.hexDigitValue ?? Int(digit.asciiValue ?? 97) % 26))))
                }
                return ListedParty(id: "f\(number)", name: "\(String(letters)) Technology Trading", list: "made")
            }
    }

    static let index = ScreeningIndex(filled(500))

    /// A list as it would be in `count` lines of Sluice's own format.
    static func lines(_ count: Int) -> [UInt8] {
        Array((0..<count).map { "{\"id\":\"\($0)\",\"name\":\"Party Number \($0)\"}\n" }.joined().utf8)
    }

    static func parsed(_ text: String, _ format: ListFormat? = nil, companions: [String] = []) throws -> ParsedList {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            try ParsedList.read(bytes, format: format, companions: companions.map { Array($0.utf8) })
        }
    }
}

/// Numbers that look random and are the same in every run.
struct ScreeningRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
}
