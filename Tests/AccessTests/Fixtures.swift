import Store

@testable import Access

let second: Int64 = 1_000_000_000
/// 2026-01-01, in milliseconds since 1970: where every test's wall clock starts.
let newYear: Int64 = 1_767_225_600_000

/// A gate with one organisation and one key, whose clocks are handed in.
struct Gate {
    let gatekeeper: Gatekeeper
    let secret = KeySecret.random()
    let organisation: Organisation
    let key: KeyRecord

    init(
        key limits: Limits = Limits(), organisation ours: Limits = Limits(), models: [String]? = nil,
        routes: [String]? = nil, expires: Int64? = nil, failuresPerMinute: Int = 20
    ) {
        gatekeeper = Gatekeeper(failuresPerMinute: failuresPerMinute, now: 0, wall: newYear)
        organisation = Organisation(id: .random(), name: "Harbour", limits: ours, created: newYear)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: newYear)
        key = KeyRecord(
            id: .random(), organisation: organisation.id, account: account.id, hash: secret.hash, hint: secret.hint,
            name: "test", models: models, routes: routes, limits: limits, created: newYear, expires: expires)
        gatekeeper.replace(
            AccessSnapshot(AccessRecords(organisations: [organisation], accounts: [account], keys: [key])))
    }

    func admit(
        _ presented: String? = nil, model: String = "m", route: String = "chat", from client: String = "192.0.2.1",
        tokens: Int = 0, now: Int64 = 0
    ) -> AdmissionResult {
        gatekeeper.admit(
            key: presented ?? secret.text, model: model, route: route, from: client, tokens: tokens, now: now)
    }
}

extension AdmissionResult {
    var lease: Lease? {
        guard case .admitted(let lease) = self else { return nil }
        return lease
    }

    var refusal: AccessRefusal? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal
    }

    var limit: LimitRefusal? {
        guard case .limited(let limit) = refusal else { return nil }
        return limit
    }
}

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
