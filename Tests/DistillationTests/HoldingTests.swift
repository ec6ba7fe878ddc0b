import Testing

@testable import Distillation

@Suite("Who stays flagged, and who is left out")
struct HoldingTests {
    private func campaign(_ members: [Int], _ score: Double = 1) -> Campaign {
        Campaign(members: members, score: score, contributions: [:], families: [], organisations: members.count)
    }

    private func assessment(_ campaigns: [[Int]], accounts: Int = 20) -> Assessment {
        var assessment = Assessment()
        assessment.campaigns = campaigns.map { campaign($0) }
        assessment.scores = [Double](repeating: 0, count: accounts)
        assessment.campaign = [Int?](repeating: nil, count: accounts)
        for (number, members) in campaigns.enumerated() { for one in members { assessment.campaign[one] = number } }
        return assessment
    }

    @Test("An account that leans to a campaign stays if it was flagged before, and does not begin to be")
    func leaning() {
        var one = assessment([[0, 1, 2]])
        one.leaning = [(3, 0), (4, 0), (1, 0)]
        one.hold { $0 == 3 || $0 == 1 }
        #expect(one.campaign[3] == 0 && one.campaign[4] == nil)
        #expect(one.campaigns[0].members == [0, 1, 2, 3] && one.scores[3] > one.scores[4])
    }

    @Test(
        "A group that is nearly a campaign keeps those who were flagged before, if they are three and a third of it",
        arguments: [([5, 6, 7], true), ([5, 6], false), ([5, 6, 7, 8], true), ([0, 5, 6], false)])
    func nearly(_ before: [Int], _ stays: Bool) {
        var one = assessment([[0, 1, 2]])
        one.near = [campaign([0, 5, 6, 7, 8, 9, 10, 11, 12], 0.2)]
        one.hold { before.contains($0) }
        #expect(one.campaigns.count == (stays ? 2 : 1))
        for account in 5...12 { #expect((one.campaign[account] == 1) == (stays && before.contains(account))) }
        #expect(one.campaign[0] == 0)
    }

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
