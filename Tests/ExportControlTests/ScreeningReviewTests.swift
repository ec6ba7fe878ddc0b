import Foundation
import Testing

@testable import ExportControl

struct ScreeningReviewTests {
    private let index = ScreeningFixtures.index

    private func version(_ number: Int) -> ListVersion {
        ListVersion(
            list: "made", number: number, sha256: String(repeating: "a", count: 64), format: .lines, count: 8,
            unreadable: 0,
            importedAt: "2026-01-01T00:00:00Z", difference: .init(from: [], to: []), isShrinkConfirmed: false)
    }

    private func screen(
        _ reviews: inout ScreeningReviews, _ name: String, identifiers: [String] = [], in index: ScreeningIndex? = nil,
        number: Int = 1
    ) -> [String] {
        let index = index ?? self.index
        let subject = ScreeningSubject(names: [name], kind: .organization, identifiers: identifiers)
        var screener = Screener(index)
        let hits = screener.search(subject, floor: 0.5)
        return reviews.take(
            hits, in: index, applicant: "acme", subject: subject, version: version(number), at: "2026-01-02T00:00:00Z")
    }

    @Test("A name opens a case for a person, and asks for no hold; a number does")
    func opening() throws {
        var reviews = ScreeningReviews()
        #expect(screen(&reviews, "Zorvex Quantum Dynamics") == ["acme/made/1"])
        let found = try #require(reviews.cases["acme/made/1"])
        #expect(found.state == .open && !found.asksForHold && !found.words.isEmpty)
        #expect(found.acts.map(\.what) == ["opened"] && found.acts[0].listVersion.hasPrefix("made 1 "))
        #expect(screen(&reviews, "Zorvex Quantum Dynamics").isEmpty)
        var other = ScreeningReviews()
        _ = screen(&other, "Maple", identifiers: ["91110000MA005UCQ5P"])
        #expect(other.open.map(\.asksForHold) == [true])
    }

    @Test("A decision is remembered until the entry or the applicant changes")
    func remembering() throws {
        var reviews = ScreeningReviews()
        _ = screen(&reviews, "Zorvex Quantum Dynamics")
        try reviews.decide("acme/made/1", .cleared, by: "rosa", reason: "another firm", at: "2026-01-03T00:00:00Z")
        #expect(screen(&reviews, "Zorvex Quantum Dynamics", number: 2).isEmpty && reviews.open.isEmpty)
        var parties = ScreeningFixtures.filled(500)
        parties[0].addresses = ["1 New Road"]
        #expect(screen(&reviews, "Zorvex Quantum Dynamics", in: ScreeningIndex(parties), number: 3) == ["acme/made/1"])
        #expect(reviews.cases["acme/made/1"]?.acts.map(\.what) == ["opened", "cleared", "reopened"])
        try reviews.decide("acme/made/1", .confirmed, by: "rosa", reason: "the same", at: "2026-01-04T00:00:00Z")
        #expect(reviews.cases["acme/made/1"]?.asksForHold == true)
        #expect(
            screen(&reviews, "Zorvex Quantum Dynamics AG", in: ScreeningIndex(parties), number: 3) == ["acme/made/1"])
    }

    @Test("An open case whose applicant is gone is withdrawn, holds nobody, and opens again when the applicant is back")
    func withdrawing() throws {
        var reviews = ScreeningReviews()
        _ = screen(&reviews, "Maple", identifiers: ["91110000MA005UCQ5P"])
        let id = try #require(reviews.open.first?.id)
        #expect(reviews.withdraw(id, reason: "denied", at: "t") && !reviews.withdraw(id, reason: "denied", at: "t"))
        #expect(reviews.open.isEmpty && reviews.cases[id]?.asksForHold == false)
        #expect(throws: ScreeningReviews.Problem.alreadyDecided(id, .withdrawn)) {
            try reviews.decide(id, .cleared, by: "rosa", reason: "r", at: "t")
        }
        #expect(screen(&reviews, "Maple", identifiers: ["91110000MA005UCQ5P"]) == [id])
        #expect(reviews.cases[id]?.acts.map(\.what) == ["opened", "withdrawn", "reopened"])
        // What a person has decided stays as it is.
        try reviews.decide(id, .confirmed, by: "rosa", reason: "r", at: "t")
        #expect(!reviews.withdraw(id, reason: "denied", at: "t") && reviews.cases[id]?.state == .confirmed)
    }

    @Test("A decision needs a case, a reason, and something to decide")
    func refusing() throws {
        var reviews = ScreeningReviews()
        _ = screen(&reviews, "Zorvex Quantum Dynamics")
        let before = reviews
        #expect(throws: ScreeningReviews.Problem.unknownCase("x")) {
            try reviews.decide("x", .cleared, by: "rosa", reason: "r", at: "t")
        }
        #expect(throws: ScreeningReviews.Problem.noReason) {
            try reviews.decide("acme/made/1", .cleared, by: "rosa", reason: " \n", at: "t")
        }
        #expect(reviews == before)
        try reviews.decide("acme/made/1", .cleared, by: "rosa", reason: "r", at: "t")
        #expect(throws: ScreeningReviews.Problem.alreadyDecided("acme/made/1", .cleared)) {
            try reviews.decide("acme/made/1", .confirmed, by: "tom", reason: "r", at: "t")
        }
    }

    @Test("The cases survive being written and read")
    func serialised() throws {
        var reviews = ScreeningReviews()
        _ = screen(&reviews, "Zorvex Quantum Dynamics")
        let data = try JSONEncoder().encode(reviews)
        #expect(try JSONDecoder().decode(ScreeningReviews.self, from: data) == reviews)
    }
}
