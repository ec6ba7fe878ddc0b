import Testing

@testable import Ledger

@Suite("Pseudonyms of what leaves the house")
struct PseudonymTests {
    private let key = (0..<32).map { UInt8($0) }
    /// 2026-11-30T23:59:59.999Z.
    private let lastOfNovember: Int64 = 1_796_083_199_999

    @Test("change with the period and with nothing else", arguments: Pseudonyms.Period.allCases)
    func rotation(_ period: Pseudonyms.Period) throws {
        let names = try #require(Pseudonyms(key: key, period: period))
        let (last, next) = (lastOfNovember, lastOfNovember + 1)
        let before = names.name(.organisation, "org_a", at: last)
        let after = names.name(.organisation, "org_a", at: next)
        #expect((before == after) == (period == .year))
        #expect(before == names.name(.organisation, "org_a", at: last - 1_000))
        let parts = try #require(Pseudonyms.Parts(before))
        #expect(parts.kind == .organisation && parts.period == period)
        #expect("2026-11-30".hasPrefix(parts.label) && parts.label == names.label(at: last))
        // Nothing but the period is the same in both.
        if period != .year { #expect(before.suffix(13) != after.suffix(13)) }
        #expect(names.name(.account, "org_a", at: last).suffix(13) != before.suffix(13))
        #expect(names.name(.organisation, "", at: last).isEmpty)
    }

    @Test("say nothing without the key, and the same with it")
    func keys() throws {
        let (one, same) = (try #require(Pseudonyms(key: key)), try #require(Pseudonyms(key: key)))
        let other = try #require(Pseudonyms(key: Array(key.reversed())))
        #expect(one.name(.key, "key_1", at: 0) == same.name(.key, "key_1", at: 0))
        #expect(one.name(.key, "key_1", at: 0) != other.name(.key, "key_1", at: 0))
        #expect(Pseudonyms(key: []) == nil)
        let many = Set((0..<5_000).map { one.name(.endUser, "usr_\($0)", at: 0) })
        #expect(many.count == 5_000)
    }

    @Test(
        "are read strictly",
        arguments: [
            "", "org", "org_2026-11", "org_2026-11_", "foo_2026-11_0123456789abc", "org_2026-1_0123456789abc",
            "org_2026-11_0123456789abC", "org_2026-11_0123456789ab", "org_2026-11_0123456789abc_",
            "org_2026:11_0123456789abc",
        ])
    func parsing(_ text: String) {
        #expect(Pseudonyms.Parts(text) == nil)
    }

    @Test("replace every party of a record, and leave out salts, chain and acts")
    func records() throws {
        let names = try #require(Pseudonyms(key: key))
        var admission = Admission.sample(3)
        admission.organisation = "org_harbour"
        admission.account = "acc_lab"
        admission.key = "key_first"
        admission.endUser = "usr_ada"
        admission.permission = "per_one per_two"
        let chain = try #require(Hash256(hexadecimal: String(repeating: "ab", count: 32)))
        let entry = LedgerEntry(sequence: 7, file: "f", offset: 1, chain: chain, record: .admission(admission))
        let line = try #require(entry.json(names))
        for word in ["org_harbour", "acc_lab", "key_first", "usr_ada", "per_one", "per_two", "salt", "chain", "abab"] {
            #expect(!line.contains(word), "\(word)")
        }
        for kind in Pseudonyms.Kind.allCases {
            for identifier in entry.identifiers(kind).identifiers {
                #expect(line.contains(names.name(kind, identifier, at: admission.time)))
            }
        }
        #expect(line.contains("\"decision_id\":\"\(admission.decisionID)\"") && line.contains("\"sequence\":7"))
        let act = Act(event: 1, time: 1, actor: "ada", action: "key.revoke", subject: "key_first", details: [:])
        #expect(LedgerEntry(sequence: 8, file: "f", offset: 1, chain: chain, record: .act(act)).json(names) == nil)
    }
}
