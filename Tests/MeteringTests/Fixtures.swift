@testable import Metering

/// 2026-11-22T05:00:00Z, in milliseconds since 1970: where every test's clock starts.
let morning: Int64 = 1_795_323_600_000
let hour: Int64 = 3_600_000

/// A seeded generator, so that a failing property can be replayed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

extension Payer {
    /// A payer of a small world, so that subjects meet.
    static func any(using random: inout Seeded) -> Payer {
        let organisation = Int.random(in: 0..<3, using: &random)
        let account = Int.random(in: 0..<2, using: &random)
        let key = Int.random(in: 0..<2, using: &random)
        let user = Int.random(in: 0..<4, using: &random)
        return Payer(
            organisation: "org_\(organisation)", account: "acc_\(organisation)\(account)",
            key: "key_\(organisation)\(account)\(key)", model: "m\(Int.random(in: 0..<2, using: &random))",
            endUser: user == 0 ? "" : "usr_\(organisation)\(user)")
    }
}

extension Budget {
    /// A budget over something of that small world.
    static func any(_ id: Int, using random: inout Seeded) -> Budget {
        let payer = Payer.any(using: &random)
        let dimension = Dimension.allCases.randomElement(using: &random) ?? .key
        let scope: Scope =
            dimension == .endUser && (payer.endUser.isEmpty || Bool.random(using: &random))
            ? .eachEndUser(organisation: payer.organisation) : .one(dimension, payer[dimension])
        return Budget(
            id: "bud_\(id)", scope: scope, period: Period.allCases.randomElement(using: &random) ?? .day,
            limit: Int64.random(in: 0...50_000, using: &random), stops: Int.random(in: 0..<4, using: &random) > 0)
    }
}

/// A price of one micro-unit a completion token and nothing else.
func simplePrice(_ model: String = "m", perToken: Int64 = 1) -> PriceList {
    PriceList([
        Price(version: 1, model: model, starts: 0, rates: Rates(input: 0, output: perToken * 1_000_000))
    ])
}

let someone = Payer(organisation: "org_a", account: "acc_a", key: "key_a", model: "m", endUser: "usr_a")
