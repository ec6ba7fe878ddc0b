import Testing

@testable import Distillation

@Suite("Campaigns")
struct CampaignTests {
    private func flagged(_ watch: TrafficWatch) -> Set<String> {
        Set(watch.verdicts().filter { $0.cluster != nil }.map(\.account))
    }

    @Test("A campaign is found among honest people, and they are left alone", arguments: 1...4 as ClosedRange<UInt64>)
    func campaignIsFound(_ seed: UInt64) {
        let traffic = Traffic(seed: seed)
        let found = flagged(traffic.watched())
        #expect(Double(found.intersection(traffic.campaign).count) >= 0.9 * Double(traffic.campaign.count))
        #expect(found.subtracting(traffic.campaign).isEmpty)
    }

    @Test("Without a campaign nobody is flagged", arguments: 11...14 as ClosedRange<UInt64>)
    func noCampaign(_ seed: UInt64) { #expect(flagged(Traffic(seed: seed, members: 0).watched()).isEmpty) }

    @Test("No single family of evidence carries a campaign that shows them all", arguments: EvidenceFamily.allCases)
    func ablation(_ family: EvidenceFamily) {
        let traffic = Traffic(seed: 2)
        let found = flagged(traffic.watched(without: [family]))
        #expect(Double(found.intersection(traffic.campaign).count) >= 0.7 * Double(traffic.campaign.count))
        #expect(found.subtracting(traffic.campaign).count <= 1)
    }

    @Test("A log that is cut gives the same verdicts up to the cut")
    func detectionTimesAreHonest() {
        let traffic = Traffic(seed: 3)
        let whole = traffic.watched().verdicts().filter { $0.cluster != nil }
        #expect(!whole.isEmpty)
        for hours in [50, 80, 110, 140] as [Int64] {
            let cut = Traffic.begin + hours * Traffic.hour
            let part = flagged(traffic.watched(upTo: cut))
            for verdict in whole where (verdict.detected ?? .max) < cut { #expect(part.contains(verdict.account)) }
        }
    }

    @Test("Four parts merged give the verdicts of one process")
    func shardsAgree() throws {
        let traffic = Traffic(seed: 1)
        var merged = Traffic.sketch([])
        for part in 0..<4 {
            let lines = traffic.lines.enumerated().filter { $0.offset % 4 == part }.map(\.element)
            try merged.merge(bytes: Traffic.sketch(lines).bytes())
        }
        var watch = TrafficWatch(merged, organisations: traffic.records)
        watch.look()
        #expect(flagged(watch) == flagged(traffic.watched()))
    }

    @Test("A course does its homework: one address, new accounts, one evening, the same questions; nobody is flagged")
    func course() {
        let traffic = Traffic(seed: 21, members: 0)
        var (lines, records) = (traffic.lines, traffic.records)
        let tasks = (0..<4).map { task in (0..<8).map { "task\(task)word\($0)" }.joined(separator: " ") }
        for index in 0..<40 {
            let (name, day) = ("student\(index)", 24 * Traffic.hour)
            records["org-\(name)"] = OrganisationRecord(created: Traffic.begin + 2 * day - Int64(index % 5) * day)
            for turn in 0..<8 {
                let minute = Int64((index * 7 + turn * 31) % 100) * 60_000
                let time = Traffic.begin + Int64(3 + turn % 2) * day + minute
                lines.append(
                    Line(
                        time: time, account: name, organisation: "org-\(name)", address: "240.7.0.1", payment: "",
                        client: "client3", prompt: tasks[(index + turn) % 4]))
            }
        }
        lines.sort { ($0.time, $0.account) < ($1.time, $1.account) }
        var watch = TrafficWatch(Traffic.sketch(lines), organisations: records)
        watch.look()
        #expect(flagged(watch).isEmpty)
    }

    @Test("An explanation names what ties the members, in words, as JSON and as a picture")
    func explanation() throws {
        let traffic = Traffic(seed: 1)
        var watch = traffic.watched()
        let explained = watch.explain("campaign-1")
        let explanation = try #require(explained)
        #expect(watch.explain("campaign-99") == nil)
        #expect(explanation.accounts.count >= 20)
        #expect(explanation.families.count >= 3)
        #expect(explanation.ties.contains { $0.kind == "payment" && $0.others == 0 && $0.members >= 3 })
        #expect(explanation.lines.joined().contains("payment instruments shared"))
        #expect(explanation.svg.hasPrefix("<svg") && explanation.svg.contains("<circle"))
        #expect(explanation.timeline.reduce(0, +) > 0)
        #expect(Explanation.date(1_790_000_000_000) == "2026-09-21 14:13")
        #expect(Explanation.date(951_782_400_000) == "2000-02-29 00:00")
    }

    @Test("A signature recognises members that it has not seen, from a few exchanges, and nobody else")
    func signatures() throws {
        let traffic = Traffic(seed: 5, members: 30)
        let later = Set((20..<30).map { "member\($0)" })
        let before = traffic.lines.filter { !later.contains($0.account) }
        var watch = TrafficWatch(Traffic.sketch(before), organisations: traffic.records)
        watch.look()
        let explained = watch.explain("campaign-1")
        let signature = try #require(explained?.signature)
        let bundle = Indicators.bundle([("campaign-1", signature)], now: 1_790_000_000_000)
        #expect(bundle.contains("\"spec_version\":\"2.1\""))
        for line in before.prefix(200) where line.account.count > 3 { #expect(!bundle.contains("\"\(line.account)\"")) }
        let pattern = try #require(bundle.split(separator: "\"pattern\":\"").last?.split(separator: "\"").first)
        let again = try Indicators.signature(pattern: String(pattern))
        #expect(again.bytes() == signature.bytes())
        var early: [Line] = []
        for account in later { early += traffic.lines.filter { $0.account == account }.prefix(8) }
        let fresh = Traffic.sketch(early)
        #expect(fresh.accounts.count { again.likeness(of: $0) >= 0.7 } >= 8)
        let honest = Traffic.sketch(traffic.lines.filter { !traffic.campaign.contains($0.account) })
        #expect(honest.accounts.count { again.likeness(of: $0) >= 0.7 } <= 1)
        #expect(throws: SketchError.notASketch) { try Indicators.signature(pattern: "zz") }
    }

    @Test(
        "Fisher's exact test gives the textbook's numbers",
        arguments: [(8, 8, 8, 0, 1.0 / 12870), (4, 3, 4, 1, 0.2428571428), (5, 0, 5, 0, 1.0)])
    func fisher(_ canaries: Int, _ known: Int, _ controls: Int, _ controlsKnown: Int, _ expected: Double) throws {
        guard canaries >= 5 else {
            #expect(throws: CanaryTest.Problem.tooFew(canaries: canaries, controls: controls)) {
                try CanaryTest(canaries: canaries, known: known, controls: controls, known: controlsKnown)
            }
            return
        }
        let test = try CanaryTest(canaries: canaries, known: known, controls: controls, known: controlsKnown)
        #expect(abs(test.pValue - expected) < 1e-9)
    }

    @Test("An answer is known when it stands in the reply as words")
    func answers() {
        #expect(CanaryTest.knows("It is the Blue-Heron bridge.", answer: "blue heron bridge"))
        #expect(!CanaryTest.knows("It is the blue herons' bridge", answer: "blue heron bridge"))
        #expect(!CanaryTest.knows("anything", answer: "?"))
    }

    @Test("Features are what is listed here: nothing about a person's nationality, name, country or script")
    func featuresAreListed() {
        let known: Set<String> = [
            "youth", "verified", "bunching", "spread", "hours", "persistence", "start", "payment", "address",
            "neighbourhood",
            "network", "client", "system", "settings", "wording", "rare", "synchrony", "elicitation", "grading",
            "pivot",
        ]
        #expect(Set(Signal.allCases.map { "\($0)" }) == known)
    }
}
