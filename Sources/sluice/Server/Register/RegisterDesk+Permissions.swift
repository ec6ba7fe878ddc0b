import Access
import Cases
import ExportControl
import Foundation
import Store

// Permissions, revocations, and what time brings about.
extension RegisterDesk {
    /// What is asked for with a permission.
    struct PermissionWish: Codable, Sendable {
        var organisation: String?
        var categories: [String]
        var models: [String]?
        var endUsers: [String]?
        var volume: Int64
        /// Days from now.
        var days: Double
        var purpose: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case organisation, categories, models, volume, days, purpose
            case endUsers = "end_users"
        }
    }

    /// Asks for a permission; two different people have to approve it.
    func ask(_ wish: PermissionWish, organisation reference: String, by actor: String) async throws -> PermissionRecord
    {
        let owner = try organisation(reference)
        try check(wish)
        let now = SystemTime.wall
        let endUsers = (wish.endUsers ?? []).map { access.gatekeeper.pseudonym(of: $0, in: owner.id) }
        let end = now + Int64(wish.days * 86_400_000)
        let id = PermissionRecord.newID()
        let made = try Case(
            kind: .permission, subject: id, applicant: owner.id.text,
            request:
                "\(owner.name) asks for \(wish.categories.joined(separator: ", ")) until \(moment(end)): \(wish.purpose)",
            evidence: [
                Case.Evidence("categories", wish.categories.joined(separator: " ")),
                Case.Evidence("models", wish.models?.joined(separator: " ") ?? "all"),
                Case.Evidence("volume", "\(wish.volume) exchanges"),
                Case.Evidence("end users", endUsers.isEmpty ? "all" : endUsers.joined(separator: " ")),
                Case.Evidence("asked by", actor),
            ], required: 2, now: now, dueIn: 7 * 86_400_000)
        try await cases.open(made, by: actor)
        let record = PermissionRecord(
            id: id, organisation: owner.id.text, endUsers: endUsers, categories: wish.categories,
            models: wish.models ?? [], volume: wish.volume, starts: now, until: end, purpose: wish.purpose,
            requestedBy: actor, caseID: made.id.text)
        try await access.set(record, verb: "request", detail: ["purpose": String(wish.purpose.prefix(900))], by: actor)
        permissions[id] = record
        return record
    }

    private func check(_ wish: PermissionWish) throws {
        func wrong(_ field: String, _ message: String) -> RegisterProblem {
            RegisterProblem(400, "invalid", field, message)
        }
        let known = around.categories()
        guard (1...20).contains(wish.categories.count) else {
            throw wrong("categories", "must name 1 to 20 categories")
        }
        for id in wish.categories {
            guard let category = known.first(where: { $0.id == id }) else {
                throw wrong(
                    "categories",
                    "there is no '\(id.prefix(60))'; there are: \(known.map(\.id).joined(separator: ", "))")
            }
            guard !category.isAbsolute else {
                throw wrong("categories", "'\(id)' is absolute: no permission can open it")
            }
        }
        let models = around.models()
        for name in wish.models ?? [] where !models.contains(name) {
            throw wrong("models", "there is no '\(name.prefix(60))'; there are: \(models.joined(separator: ", "))")
        }
        guard (wish.endUsers ?? []).count <= 1_000,
            (wish.endUsers ?? []).allSatisfy({ (1...1024).contains($0.utf8.count) })
        else { throw wrong("end_users", "must name at most 1,000, of 1 to 1,024 bytes each") }
        guard (1...1_000_000_000).contains(wish.volume) else {
            throw wrong("volume", "must be 1 to 1000000000 exchanges")
        }
        guard wish.days > 0, wish.days <= 366 else { throw wrong("days", "must be more than 0 and at most 366") }
        guard (1...2_000).contains(wish.purpose.utf8.count) else {
            throw wrong("purpose", "must have 1 to 2,000 bytes")
        }
    }

    /// Puts a permission in force, or closes it, as people have decided.
    func close(permission one: Case) async throws {
        guard var record = permissions[one.subject], record.state == .requested else { return }
        let person = one.rulings.last?.person ?? ""
        record.approvals = one.rulings.filter(\.grants).map(\.person)
        record.state = one.state == .granted ? .active : .denied
        let verb = one.state == .granted ? "approve" : "deny"
        try await access.set(record, verb: verb, detail: ["reason": one.rulings.last?.reason ?? ""], by: person)
        permissions[record.id] = record
        publishFacts()
        guard record.state == .active else { return }
        for category in record.categories {
            around.publish(.permission(isGrant: true, category: category, until: record.until))
        }
    }

    /// Ends a permission before its time; what runs under it is cut.
    func revoke(permission id: String, reason: String, by actor: String) async throws -> PermissionRecord {
        try await end(id, as: .revoked, verb: "revoke", reason: reason, by: actor)
    }

    private func end(
        _ id: String, as state: PermissionRecord.State, verb: String, reason: String, by actor: String
    ) async throws -> PermissionRecord {
        guard var record = permissions[id], record.state == .active else {
            throw RegisterProblem(404, "not_found", "permission", "there is none of that identifier (per_…) in force")
        }
        record.state = state
        try await access.set(record, verb: verb, detail: ["reason": reason], by: actor)
        permissions[id] = record
        publishFacts()
        for category in record.categories {
            around.publish(.permission(isGrant: false, category: category, until: record.until))
        }
        return record
    }

    /// What time brings about: permissions expire, the rules of a new day are in force, new list versions are read.
    func maintain() async throws {
        let now = SystemTime.wall
        for record in permissions.values where record.state == .active && record.until <= now {
            _ = try await end(record.id, as: .expired, verb: "expire", reason: "its time is over", by: "time")
        }
        if now / 1_000 != lastExpiries {
            lastExpiries = now / 1_000
            for _ in try await access.noteExpiries(at: now) { around.publish(.revocation(.key, rule: "expired")) }
        }
        if embargoDay != today { publishFacts() }
        _ = try await refresh(by: "lists")
    }

    // MARK: Revocations

    /// What shall be revoked.
    struct RestrictionWish: Codable, Sendable {
        var kind: String
        var subject: String
        var organisation: String?
        var reason: String
        var rule: String?
        var withSubsidiaries: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case kind, subject, organisation, reason, rule
            case withSubsidiaries = "with_subsidiaries"
        }
    }

    /// Revokes something, and with an organisation all that it owns half or more of.
    func restrict(_ wish: RestrictionWish, by actor: String) async throws -> [RestrictionRecord] {
        guard let kind = RestrictionRecord.Kind(rawValue: wish.kind) else {
            let kinds = RestrictionRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw RegisterProblem(400, "invalid", "kind", "must be one of \(kinds)")
        }
        let rule = wish.rule ?? "operator"
        let first = try await access.restrict(
            NewRestriction(
                kind, wish.subject, organisation: wish.organisation ?? "", reason: wish.reason, rule: rule), by: actor)
        var done = [first]
        around.publish(.revocation(kind, rule: "revoked"))
        guard kind == .organisation, wish.withSubsidiaries == true else { return done }
        for id in profiles.keys.sorted() where web.isSubsidiary(id, of: first.subject, on: today) {
            done.append(
                try await access.restrict(
                    NewRestriction(
                        .organisation, id, reason: wish.reason, rule: rule, evidence: ["subsidiary_of": first.subject]),
                    by: actor))
            around.publish(.revocation(.organisation, rule: "revoked-with-parent"))
        }
        return done
    }

    /// Lifts a revocation, and those of subsidiaries that came with it.
    func lift(_ id: String, reason: String, by actor: String) async throws -> [RestrictionRecord] {
        guard let record = access.restrictions.first(where: { $0.id == id }) else {
            throw RegisterProblem(404, "not_found", "restriction", "there is none of that identifier (rst_…) in force")
        }
        if record.isHold, let review = record.evidence["review"], reviews.cases[review]?.asksForHold == true {
            throw RegisterProblem(
                409, "conflict", "restriction",
                "the hold rests on a hit; clear it: sluice screen clear '\(review)' --reason …")
        }
        var done = [try await access.lift(id, reason: reason, by: actor)]
        for other in access.restrictions
        where other.evidence["subsidiary_of"] == record.subject && other.rule == record.rule && !other.isHold {
            done.append(try await access.lift(other.id, reason: reason, by: actor))
        }
        return done
    }
}
