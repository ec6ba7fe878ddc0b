import Access
import Cases
import ExportControl
import Foundation
import Logging
import Store

// Lists, hits, holds.
extension RegisterDesk {
    /// What an import came to.
    struct Refreshed: Codable, Sendable {
        var lists: [String]
        var opened: Int
        var held: [String]
    }

    /// Screens everybody against list versions that nobody has been screened against: numbers first, and what they mean is in force
    /// before any name is searched for.
    func refresh(by actor: String) async throws -> Refreshed {
        var done = Refreshed(lists: [], opened: 0, held: [])
        for name in try archive.lists() {
            guard let number = try archive.numbers(name).last, lists[name]?.version.number != number else { continue }
            guard let stored = try archive.current(name) else { continue }
            lists[name] = ListInForce(version: stored.version, parties: stored.parties, index: nil)
            guard screened[name] != number else { continue }
            let version = stored.version
            var detail = [
                "list": version.label, "entries": "\(version.count)", "sha256": version.sha256,
                "added": "\(version.difference.added.count)", "removed": "\(version.difference.removed.count)",
                "changed": "\(version.difference.changed.count)",
            ]
            if version.isShrinkConfirmed { detail["shrink"] = "confirmed" }
            try await access.file([], event: event("list.import", version.list, by: actor, detail))
            around.publish(.list(name: version.list, sha256: version.sha256, entries: version.count))
            let subjects = web.nodes.mapValues(\.subject)
            let byNumber = ListedParty.hits(byNumberOf: subjects, in: stored.parties)
            done.opened += try await take(byNumber, stored.parties, version, by: actor)
            done.held += try await reconcile(by: actor)
            done.opened += try await searchNames(of: Array(subjects.keys), in: name, by: actor)
            done.held += try await reconcile(by: actor)
            screened[name] = number
            done.lists.append(version.label)
            try await access.file(
                [Dossier(kind: "screened", id: name, time: SystemTime.wall, state: "\(number)", document: "{}")],
                event: event(
                    "list.screened", version.list, by: actor,
                    ["list": version.label, "parties": "\(subjects.count)", "opened": "\(done.opened)"]))
        }
        return done
    }

    /// Searches a list for the names of some parties.
    func searchNames(of ids: [String], in name: String, by actor: String) async throws -> Int {
        guard !ids.isEmpty, var list = lists[name] else { return 0 }
        let index = list.index ?? ScreeningIndex(list.parties)
        list.index = index
        lists[name] = list
        var screener = Screener(index)
        var found: [String: [ScreeningHit]] = [:]
        for (place, id) in ids.enumerated() {
            guard let subject = web.nodes[id]?.subject else { continue }
            let hits = screener.search(subject, floor: Self.floor)
            if !hits.isEmpty { found[id] = hits }
            // A long search lets others have their turn; nobody changes the register meanwhile.
            if place % 64 == 63 { await Task.yield() }
        }
        return try await take(found, list.parties, list.version, by: actor)
    }

    /// Screens some parties against every list in force.
    func screen(_ ids: [String], by actor: String) async throws {
        for name in lists.keys.sorted() {
            guard let list = lists[name] else { continue }
            let subjects = Dictionary(
                uniqueKeysWithValues: ids.compactMap { id in web.nodes[id].map { (id, $0.subject) } })
            _ = try await take(
                ListedParty.hits(byNumberOf: subjects, in: list.parties), list.parties, list.version, by: actor)
            _ = try await searchNames(of: ids, in: name, by: actor)
        }
    }

    /// Keeps hits, and opens a case for each that waits for a person.
    private func take(
        _ hits: [String: [ScreeningHit]], _ parties: [ListedParty], _ version: ListVersion, by actor: String
    ) async throws -> Int {
        let now = SystemTime.wall
        var papers: [Dossier] = []
        var events: [ChangeEvent] = []
        var opened: [ScreeningReviews.Case] = []
        for (id, hits) in hits.sorted(by: { $0.key < $1.key }) {
            guard let subject = web.nodes[id]?.subject else { continue }
            let new = reviews.take(
                hits, of: parties, applicant: id, subject: subject, version: version, at: moment(now))
            for review in new.compactMap({ reviews.cases[$0] }) {
                opened.append(review)
                papers.append(
                    try Dossier(kind: "review", id: review.id, time: now, state: review.state.rawValue, review))
                events.append(event("screening.hit", review.id, by: actor, facts(of: review)))
            }
        }
        guard !opened.isEmpty else { return 0 }
        try await store.file(papers, events: events)
        for review in opened { await queue(review) }
        return opened.count
    }

    func facts(of review: ScreeningReviews.Case) -> [String: String] {
        var facts = [
            "list": review.acts.last?.listVersion ?? review.list, "entry": review.entry, "name": review.name,
            "score": "\((Double(review.score) * 1000).rounded() / 1000)", "party": web.name(review.applicant),
        ]
        facts["identifier"] = review.identifier
        return facts
    }

    /// Puts a hit before a person; due in a day.
    private func queue(_ review: ScreeningReviews.Case) async {
        let concerned = web.descendants(of: review.applicant).filter { profiles[$0] != nil }.sorted()
        var evidence = facts(of: review).sorted { $0.key < $1.key }.map { Case.Evidence($0.key, $0.value) }
        evidence += review.words.prefix(20).map { Case.Evidence("words", $0) }
        evidence.append(Case.Evidence("organisations", concerned.prefix(50).joined(separator: " ")))
        evidence.append(
            Case.Evidence("standing", review.asksForHold ? "held until this is decided" : "nobody is cut by this"))
        do {
            let one = try Case(
                kind: .screening, subject: review.id, applicant: review.applicant,
                request:
                    "Is \(web.name(review.applicant)) the listed party \(review.name)? Grant to clear, deny to confirm.",
                evidence: evidence, now: SystemTime.wall, lapsesIn: 3650 * 86_400_000)
            try await cases.open(one, by: "screening")
        } catch {
            log.notice("A hit has no case of its own", metadata: ["hit": "\(review.id)", "reason": "\(error)"])
        }
    }

    /// Writes down what a person decided of a hit, and lets the standings follow.
    func decide(_ id: String, _ outcome: ScreeningReviews.Outcome, by person: String, _ reason: String) async throws {
        try reviews.decide(id, outcome, by: person, reason: reason, at: moment(SystemTime.wall))
        guard let review = reviews.cases[id] else { return }
        let verb = outcome == .cleared ? "clear" : "confirm"
        try await access.file(
            [try Dossier(kind: "review", id: id, time: SystemTime.wall, state: review.state.rawValue, review)],
            event: event(
                "screening.\(verb)", id, by: person, facts(of: review).merging(["reason": reason]) { $1 }))
        await closeCases(of: id, by: person)
        _ = try await reconcile(by: person)
    }

    /// A hit that is decided or withdrawn waits for nobody: what the queue holds about it closes.
    private func closeCases(of review: String, by actor: String) async {
        for one in await cases.list(.screening, onlyOpen: true) where one.subject == review {
            do {
                _ = try await cases.withdraw(one.id, by: actor, at: SystemTime.wall)
            } catch {
                log.error("A case could not be closed", metadata: ["case": "\(one.id)", "reason": "\(error)"])
            }
        }
    }

    /// Takes back the open hits of parties that no organisation's papers and no open application name any more.
    func withdrawStale(because reason: String, by actor: String) async throws {
        let open = reviews.cases.values.filter { $0.state == .open }
        guard !open.isEmpty else { return }
        var papers = profiles
        for one in applications.values where one.state == .review { papers[one.id] = one.profile }
        let named = PartyWeb(papers).nodes
        let now = SystemTime.wall
        for old in open.sorted(by: { $0.id < $1.id }) where named[old.applicant] == nil {
            guard reviews.withdraw(old.id, reason: reason, at: moment(now)), let review = reviews.cases[old.id] else {
                continue
            }
            try await access.file(
                [try Dossier(kind: "review", id: old.id, time: now, state: review.state.rawValue, review)],
                event: event(
                    "screening.withdraw", old.id, by: actor, facts(of: review).merging(["reason": reason]) { $1 }))
            await closeCases(of: old.id, by: actor)
        }
    }

    /// The parties that are held to be listed: by number until a person has looked, or since one has confirmed.
    private var listed: [(party: String, list: String, review: ScreeningReviews.Case)] {
        reviews.cases.values.filter(\.asksForHold).sorted { $0.id < $1.id }.map { review in
            let folder = ListArchive.folderName(review.list)
            let entry = lists[folder]?.parties.first { $0.id == review.entry }
            return (review.applicant, entry?.list ?? review.list, review)
        }
    }

    /// Brings every organisation's hold in line with the hits and the ownership: sets what is missing, lifts what has no ground.
    func reconcile(by actor: String) async throws -> [String] {
        let listed = listed
        let parties = Set(listed.map(\.party))
        var held: [String] = []
        let holds = access.restrictions.filter {
            $0.kind == .organisation && $0.isHold && $0.rule.hasPrefix("screening")
        }
        let present = Dictionary(grouping: holds, by: \.subject)
        for id in profiles.keys.sorted() {
            let ground = web.ancestors(of: id).isDisjoint(with: parties) ? nil : ground(for: id, listed)
            let current = present[id] ?? []
            if let ground, current.isEmpty {
                _ = try await access.restrict(
                    NewRestriction(
                        .organisation, id, isHold: true, reason: ground.reason, rule: ground.rule,
                        evidence: ground.evidence), by: actor)
                around.publish(.revocation(.organisation, rule: "screening-hold"))
                held.append(id)
            } else if ground == nil {
                for record in current {
                    _ = try await access.lift(record.id, reason: "no hit holds it any more", by: actor)
                }
            }
        }
        return held
    }

    private struct Ground {
        var reason: String
        var rule: String
        var evidence: [String: String]
    }

    /// Why an organisation is held, itself or by its owners; nil if nothing holds it.
    private func ground(
        for id: String, _ listed: [(party: String, list: String, review: ScreeningReviews.Case)]
    ) -> Ground? {
        if let own = listed.first(where: { $0.party == id }) {
            var evidence = facts(of: own.review)
            evidence["review"] = own.review.id
            return Ground(
                reason: "it may be a party on a screening list", rule: "screening: itself listed", evidence: evidence)
        }
        let answer = web.answer(id, listed: listed.map { ($0.party, $0.list) }, on: today)
        guard answer.restricted == .yes else { return nil }
        let group = web.ancestors(of: id)
        let cause = listed.first { group.contains($0.party) }
        var evidence = cause.map { facts(of: $0.review) } ?? [:]
        evidence["review"] = cause?.review.id
        evidence["path"] = String(answer.path.joined(separator: " ").prefix(900))
        return Ground(
            reason: "an owner of it may be a party on a screening list", rule: "screening: listed by ownership",
            evidence: evidence)
    }
}
