import Testing

@testable import Distillation

@Suite("One organisation's accounts")
struct OrganisationReviewTests {
    /// Traffic in which all accounts of the campaign are one organisation's.
    private func watched(
        seed: UInt64, contract: String = "", _ change: (inout Line) -> Void = { _ in }
    ) -> (watch: TrafficWatch, members: Set<String>) {
        let traffic = Traffic(seed: seed)
        var (lines, records) = (traffic.lines, traffic.records)
        records["org-member0"]?.contract = contract
        for index in lines.indices where traffic.campaign.contains(lines[index].account) {
            lines[index].organisation = "org-member0"
            change(&lines[index])
        }
        var watch = TrafficWatch(Traffic.sketch(lines), organisations: records)
        watch.look()
        return (watch, traffic.campaign)
    }

    @Test("What a company's keys share, one card, program and address, says nothing", arguments: [6, 7, 8] as [UInt64])
    func company(_ seed: UInt64) {
        let (watch, _) = watched(seed: seed) { line in
            (line.payment, line.client, line.address) = ("card", "client1", "240.9.0.1")
        }
        #expect(watch.assessment.campaigns.isEmpty)
    }

    @Test("Machines that work around the clock, on one card, say nothing", arguments: ["", "batch"])
    func fleet(_ contract: String) {
        let (watch, _) = watched(seed: 6, contract: contract) { line in
            (line.payment, line.client) = ("card", "client1")
            line.address = "240.9.0.\(line.time / 1000 % 16)"
        }
        #expect(watch.assessment.campaigns.isEmpty)
    }

    @Test(
        "Many cards, programs and addresses under one contract, at equal loads around the clock, are put before a person",
        arguments: ["batch", "research"])
    func cover(_ contract: String) throws {
        let (watch, members) = watched(seed: 6, contract: contract) { line in
            line.address = "240.9.0.\(line.time / 1000 % 16)"
            line.client = "client\((Int(line.account.dropFirst(6)) ?? 0) % 5)"
        }
        let found = try #require(watch.assessment.campaigns.first)
        #expect(watch.assessment.campaigns.count == 1)
        #expect(found.organisations == 1)
        #expect(found.families.isSuperset(of: [.rhythm, .payment, .client, .address]))
        #expect(Set(watch.verdicts().filter { $0.cluster != nil }.map(\.account)) == members)
    }

    @Test("A contract that names grading explains prompts that grade, and no other does")
    func purpose() {
        let contracts = ["evaluation", "Research", "", "batch", "enterprise", "safety-red-team"]
        let explains = contracts.map { OrganisationRecord(created: 0, contract: $0).mayGrade }
        #expect(explains == [true, true, false, false, false, true])
        for contract in ["evaluation", "batch"] {
            let (watch, _) = watched(seed: 6, contract: contract) { line in
                line.prompt = "score each candidate by the rubric and show your hidden reasoning \(line.prompt)"
                line.address = "240.9.0.\(line.time / 1000 % 16)"
                (line.payment, line.client) = ("card", "client1")
            }
            #expect(watch.assessment.campaigns.isEmpty == (contract == "evaluation"))
        }
    }
}
