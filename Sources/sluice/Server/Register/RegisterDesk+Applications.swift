import Access
import Cases
import Crypto
import ExportControl
import Foundation
import Store

// From an application to an organisation with a key; an organisation's papers.
extension RegisterDesk {
    /// What somebody who applies gets back: the one time the secret is shown.
    struct Filed: Sendable {
        var application: Application
        var token: String?
    }

    /// Takes an application in, screens it, and decides it by rule or puts it before a person.
    ///
    /// - Parameter withToken: Whether the applicant gets a secret of its own to ask by.
    func apply(_ profile: OrganisationProfile, by actor: String, withToken: Bool) async throws -> Filed {
        try check(profile)
        let folded = profile.legalName.lowercased()
        let pending = applications.values.contains {
            $0.state == .review && $0.profile.legalName.lowercased() == folded
        }
        guard !pending, !access.organisations.contains(where: { $0.name.lowercased() == folded }) else {
            throw RegisterProblem(409, "conflict", "legal_name", "an organisation or an open application has this name")
        }
        let id = Self.identifier("app_")
        let token = withToken ? Self.identifier("apt_") + Self.identifier("") + Self.identifier("") : nil
        var one = Application(
            id: id, profile: profile, state: .review, filed: SystemTime.wall, filedBy: actor,
            tokenHash: token.map(Self.hash) ?? "", findings: [])
        one.findings = try await findings(on: one, by: actor)
        let asks = one.findings.isEmpty
        if !asks || !around.decidesByRule { one.caseID = try await openCase(for: one) }
        try await keep(
            one, "application.receive", by: actor,
            [
                "legal_name": profile.legalName, "country": profile.country, "lists": versions,
                "findings": "\(one.findings.count)",
            ])
        if asks, around.decidesByRule {
            try await close(id, approves: true, by: "rule", reason: "nothing speaks against it")
        }
        return Filed(application: applications[id] ?? one, token: token)
    }

    /// The lists in force, for the record.
    var versions: String { lists.values.map(\.version.label).sorted().joined(separator: "; ") }

    func check(_ profile: OrganisationProfile) throws {
        do throws(ProfileProblem) { try profile.check() } catch {
            throw RegisterProblem(400, "invalid", error.field, error.message)
        }
    }

    static func identifier(_ prefix: String) -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var generator = SystemRandomNumberGenerator()
        return prefix + String((0..<20).map { _ in letters[Int.random(in: 0..<32, using: &generator)] })
    }

    static func hash(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// What speaks against serving an applicant, in words; empty if nothing does.
    private func findings(on one: Application, by actor: String) async throws -> [String] {
        var papers = profiles
        papers[one.id] = one.profile
        let before = web
        web = PartyWeb(papers)
        let group = web.ancestors(of: one.id)
        do {
            try await screen(group.sorted(), by: actor)
        } catch {
            web = before
            throw error
        }
        var found = reviews.cases.values.filter { group.contains($0.applicant) && $0.state != .cleared }
            .sorted { $0.id < $1.id }.map {
                "\(web.name($0.applicant)) resembles \($0.name) (\($0.id), \($0.state.rawValue))"
            }
        let embargo = EmbargoedDestinations.inForce(on: today)
        for seat in one.profile.seats.sorted() {
            if let clause = embargo[seat] ?? embargo[String(seat.prefix(2))] { found.append("\(seat): \(clause)") }
        }
        let answer = web.answer(one.id, listed: listedParties, on: today)
        switch answer.restricted {
        case .yes: found.append("restricted by ownership: " + answer.path.joined(separator: " "))
        case .undetermined(let missing): found.append("ownership undetermined: \(missing)")
        case .no: break
        }
        if access.restrictions.contains(where: { $0.kind == .country && one.profile.seats.contains($0.subject) }) {
            found.append("it has a seat in a country that access was revoked for")
        }
        return found
    }

    private var listedParties: [(party: String, list: String)] {
        reviews.cases.values.filter(\.asksForHold).map { ($0.applicant, $0.list) }
    }

    private func openCase(for one: Application) async throws -> String {
        // Whom something speaks against, two people have to let in.
        let made = try Case(
            kind: .application, subject: one.id, applicant: one.id,
            request:
                "Serve \(one.profile.legalName) (\(one.profile.country))? Stated end use: \(one.profile.endUse.prefix(1_000))",
            evidence: one.findings.prefix(50).map { Case.Evidence("finding", $0) }
                + [Case.Evidence("lists", versions.isEmpty ? "none imported" : versions)],
            required: one.findings.isEmpty ? 1 : 2, now: SystemTime.wall, lapsesIn: 180 * 86_400_000)
        try await cases.open(made, by: one.filedBy)
        return made.id.text
    }

    func keep(_ one: Application, _ action: String, by actor: String, _ detail: [String: String]) async throws {
        try await access.file(
            [try Dossier(kind: "application", id: one.id, time: SystemTime.wall, state: one.state.rawValue, one)],
            event: event(action, one.id, by: actor, detail))
        applications[one.id] = one
    }

    /// Closes an application as somebody decided; an approved one becomes an organisation.
    func close(_ id: String, approves: Bool, by person: String, reason: String) async throws {
        guard var one = applications[id], one.state == .review else { return }
        (one.decidedBy, one.reason, one.state) = (person, reason, approves ? .approved : .denied)
        guard approves else {
            try await keep(one, "application.deny", by: person, ["reason": reason, "lists": versions])
            return try await withdrawStale(because: "the application was denied", by: person)
        }
        let name = Self.shortName(one.profile.legalName)
        let made = try await access.createOrganisation(name: name, by: person)
        one.organisation = made.id.text
        try await setProfile(one.profile, of: made.id.text, vetted: true, by: person)
        try await move(reviewsOf: one.id, to: made.id.text, by: person)
        try await keep(
            one, "application.approve", by: person,
            ["reason": reason, "organisation": made.id.text, "lists": versions])
        try await withdrawStale(because: "the applicant became \(made.id.text)", by: person)
        _ = try await reconcile(by: person)
    }

    /// A legal name as keys and lists show it: 100 characters as a register of names counts them.
    static func shortName(_ legalName: String) -> String {
        var scalars = String.UnicodeScalarView(legalName.unicodeScalars.prefix(100))
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        return String(scalars)
    }

    /// What was found of an applicant stands for the organisation that it became.
    private func move(reviewsOf application: String, to organisation: String, by actor: String) async throws {
        let own = reviews.cases.values.filter { $0.applicant == application }
        guard !own.isEmpty else { return }
        try await screen([organisation], by: actor)
        for old in own where old.state != .open {
            let id = organisation + old.id.dropFirst(application.count)
            guard reviews.cases[id]?.state == .open, let act = old.acts.last else { continue }
            try await decide(
                id, old.state == .cleared ? .cleared : .confirmed, by: act.by ?? actor,
                act.reason + " (decided on the application)")
        }
    }

    /// Makes the applicant's first key, once.
    func claim(_ id: String, token: String) async throws -> (key: KeyRecord, secret: String) {
        var one = try application(id, token: token)
        guard one.state == .approved, let organisation = one.organisation else {
            throw RegisterProblem(409, "not_approved", nil, "the application is not approved: \(one.state.rawValue)")
        }
        guard one.key == nil else {
            throw RegisterProblem(
                409, "already_issued", nil, "the first key has been fetched; ask the operator for another")
        }
        let made = try await access.createKey(
            NewKey(organisation: organisation, name: "first key"), by: "applicant \(id)")
        one.key = made.key.id.text
        try await keep(one, "application.claim", by: "applicant \(id)", ["key": made.key.id.text])
        return (made.key, made.secret.text)
    }

    /// An application for whoever shows its secret; nobody learns whether another one exists.
    func application(_ id: String, token: String) throws -> Application {
        guard let one = applications[id], !one.tokenHash.isEmpty, Self.hash(token) == one.tokenHash else {
            throw RegisterProblem(
                404, "unknown_application", nil, "there is no such application, or this is not its secret")
        }
        return one
    }

    // MARK: Papers

    /// Replaces an organisation's papers; it is screened again, and its standing follows.
    func setProfile(_ profile: OrganisationProfile, of id: String, vetted isVetted: Bool, by actor: String) async throws
    {
        try check(profile)
        try await access.file(
            [
                try Dossier(
                    kind: "profile", id: id, time: SystemTime.wall, state: isVetted ? "vetted" : "declared", profile)
            ],
            event: event(
                "organisation.profile", id, by: actor,
                [
                    "legal_name": profile.legalName, "country": profile.country,
                    "owners": "\(profile.owners?.count ?? 0)",
                ]))
        profiles[id] = profile
        if isVetted { vetted.insert(id) }
        web = PartyWeb(profiles)
        publishFacts()
        try await screen(web.ancestors(of: id).sorted(), by: actor)
        try await withdrawStale(because: "no papers name the party any more", by: actor)
        _ = try await reconcile(by: actor)
    }

    /// An organisation as it was at a moment, or as it is.
    func show(_ reference: String, at time: Int64?) async throws -> ProfileView {
        let now = try organisation(reference)
        let moment = time ?? SystemTime.wall
        guard let then = try await store.organisation(now.id, at: moment) else {
            throw RegisterProblem(404, "not_found", "at", "there was no such organisation then")
        }
        let dossier = try await store.dossier("profile", now.id.text, at: moment)
        let standing = StandingWords(then.standing)
        var view = ProfileView(
            id: now.id.text, name: then.name, standing: standing.word, reason: standing.reason, at: rfc3339(moment),
            profile: try dossier.map { try $0.value(OrganisationProfile.self) }, restrictions: [], permissions: [])
        for paper in try await store.dossiers("restriction", at: moment) {
            let one = try paper.value(RestrictionRecord.self)
            guard one.lifted == nil, one.subject == now.id.text || one.organisation == now.id.text else { continue }
            view.restrictions.append(RestrictionView(one))
        }
        let uses = access.gatekeeper.permissionUses
        for paper in try await store.dossiers("permission", at: moment) {
            let one = try paper.value(PermissionRecord.self)
            guard one.organisation == now.id.text else { continue }
            view.permissions.append(PermissionView(one, used: uses[one.id] ?? 0))
        }
        guard time == nil else { return view }
        view.origins = access.gatekeeper.origins(of: now.id).map {
            OriginView(country: $0.country, requests: $0.requests, hosting: $0.hosting, mismatch: $0.isMismatch)
        }
        if web.nodes[now.id.text] != nil {
            let answer = web.answer(now.id.text, listed: listedParties, on: today)
            view.ultimateParent = answer.ultimateParent.map { web.name($0) }
            view.ownership = answer.path + answer.remarks
        }
        return view
    }
}

/// `moment`, where a parameter has that name.
private func rfc3339(_ milliseconds: Int64) -> String { moment(milliseconds) }

/// A standing in words.
struct StandingWords {
    let word: String
    let reason: String?

    init(_ standing: Standing) {
        switch standing {
        case .active: (word, reason) = ("active", nil)
        case .held(let why): (word, reason) = ("held", why)
        case .suspended(let why): (word, reason) = ("suspended", why)
        }
    }
}

/// Why the register does not do what it was asked for.
struct RegisterProblem: Error, Sendable, CustomStringConvertible {
    let status: Int
    let code: String
    let field: String?
    let message: String

    init(_ status: Int, _ code: String, _ field: String?, _ message: String) {
        (self.status, self.code, self.field, self.message) = (status, code, field, message)
    }

    var description: String { (field.map { "\($0): " } ?? "") + message }
}
