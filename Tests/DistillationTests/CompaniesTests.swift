import Testing

@testable import Distillation

@Suite("Companies among a campaign's accounts")
struct CompaniesTests {
    @Test(
        "A company's accounts that only speak as a campaign does are none of it; one that shares an address with others is",
        arguments: [("240.9.9.9", 6, false), ("240.0.0.3", 6, true), ("240.9.9.9", 4, true)])
    func companies(_ address: String, _ size: Int, _ stays: Bool) throws {
        var lines: [Line] = []
        for index in 0..<12 + size {
            let isCompany = index >= 12
            lines.append(
                Line(
                    time: Traffic.begin + Int64(index), account: "a\(index)",
                    organisation: isCompany ? "company" : "org\(index)",
                    address: isCompany ? address : "240.0.0.\(index)",
                    payment: isCompany ? "card" : "", client: "client", prompt: "the same words"))
        }
        let sketch = Traffic.sketch(lines)
        var tally = WordTally()
        let profiles = sketch.accounts.map { AccountProfile($0, organisation: nil, &tally) }
        let ids = sketch.accounts.map { min(12, Int32($0.id.dropFirst()) ?? 0) }
        let population = Population(profiles, organisationIDs: ids, organisations: 13)
        let all = Array(profiles.indices)
        let left = Companies.removed(from: all, population)
        #expect(left.count == (stays ? 12 + size : 12))
        #expect(left.count { ids[$0] < 12 } == 12)
        // The same where the campaign claims only two of them.
        #expect(Companies.removed(from: Array(all.prefix(14)), population).count == (stays ? 14 : 12))
    }
}
