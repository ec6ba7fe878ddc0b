import Testing

@testable import Cases

@Suite("A matter that grows stays one case")
struct RenewalTests {
    @Test("What is known under the same names is replaced, the rest stays, and a closed case stays as it was")
    func renew() throws {
        var one = try Case(
            kind: .cluster, subject: "clu_a", applicant: "clu_a", request: "r",
            evidence: [.init("accounts", "4"), .init("noted by", "ines")], now: 5)
        try one.renew([.init("accounts", "9"), .init("families", "wording")], at: 6)
        #expect(one.evidence == [.init("noted by", "ines"), .init("accounts", "9"), .init("families", "wording")])
        try one.rule(grants: true, by: Ruler(name: "ines", isSignedIn: true), reason: "yes", at: 7)
        let closed = one
        #expect(throws: CaseError.closed(one.id, .granted)) { try one.renew([.init("accounts", "1")], at: 8) }
        #expect(one == closed)
    }
}
