import Access
import Cases
import Distillation
import Foundation
import Logging
import Store
import Transparency

// What people decide about groups: their cases, appeals, and the steps that cannot be taken back.
extension WatchDesk {
    /// A step that takes two people.
    enum HardStep: String, CaseIterable {
        /// The group's accounts may use nothing.
        case suspend
        /// The group's signature may be given to others.
        case share
    }

    /// Follows a ruling on a case.
    func ruled(_ one: Case) async {
        guard one.state == .granted || one.state == .denied else { return }
        let person = one.rulings.last?.person ?? "time"
        let reason = one.rulings.last?.reason ?? ""
        do {
            try await alone {
                switch one.kind {
                case .cluster where book.clusters[one.subject]?.caseID == one.id.text:
                    try await decide(one.subject, isOne: one.state == .granted, by: person, reason)
                case .appeal where one.state == .granted: try await heed(one, by: person)
                case .override where one.state == .granted: try await carryOut(one, by: person)
                default: break
                }
            }
        } catch {
            log.error("A ruling could not be carried out", metadata: ["case": "\(one.id)", "reason": "\(error)"])
        }
    }

    /// A person has said what a group is.
    private func decide(_ id: String, isOne: Bool, by person: String, _ reason: String) async throws {
        guard isOne else { return try await dismiss(id, by: person, reason) }
        let measures = book.clusters[id]?.measures ?? []
        guard measures.isEmpty, !settings.measures.isEmpty else {
            book.confirm(id)
            try await file(id, "cluster.confirm", ["reason": reason], by: person)
            return apply()
        }
        try await set(settings.measures.map(\.rawValue), on: id, by: person, reason: reason)
    }

    /// Lets a whole group go; what two people have done to it ends with it.
    func dismiss(_ id: String, by person: String, _ reason: String) async throws {
        book.dismiss(id)
        try await file(id, "cluster.release", ["reason": reason], by: person)
        apply()
        for record in access.restrictions where record.rule == Self.suspension + id {
            _ = try await access.lift(record.id, reason: "the group was let go", by: person)
        }
        around.publish(.override(.init(action: .setAside, category: "", principle: "", reason: "cluster_released")))
    }

    /// Lets some accounts of a group go.
    ///
    /// - Returns: How many.
    func release(
        _ id: String, by person: String, _ reason: String, where isMeant: (String, Cluster.Member) -> Bool
    ) async throws -> Int {
        let before = Set(book.clusters[id]?.active.keys.map { $0 } ?? [])
        let count = book.release(id, where: isMeant)
        guard count > 0 else { return 0 }
        let gone = before.subtracting(book.clusters[id]?.active.keys.map { $0 } ?? [])
        try await file(
            id, "cluster.release",
            ["reason": reason, "accounts": gone.sorted().prefix(20).joined(separator: " "), "count": "\(count)"],
            by: person)
        apply()
        for record in access.restrictions
        where record.rule == Self.suspension + id && record.kind == .account && gone.contains(record.subject) {
            _ = try await access.lift(record.id, reason: reason, by: person)
        }
        around.publish(.override(.init(action: .setAside, category: "", principle: "", reason: "accounts_released")))
        return count
    }

    /// A granted appeal lets the accounts of whoever appealed go.
    private func heed(_ one: Case, by person: String) async throws {
        for evidence in one.evidence where evidence.name == "cluster" {
            _ = try await release(evidence.value, by: person, "appeal \(one.id) was granted") {
                $1.organisation == one.applicant
            }
        }
    }

    // MARK: What takes two people

    /// Asks for a step that takes two people; whoever asks is the first of them.
    func ask(_ step: HardStep, of id: String, by ruler: Ruler, reason: String) async throws -> Case {
        guard let cluster = book.clusters[id], cluster.state != .dismissed else {
            throw WatchProblem(409, "conflict", "cluster", "was let go; there is nothing to act on")
        }
        let what =
            switch step {
            case .suspend: "Suspend the \(cluster.active.count) accounts of this group?"
            case .share: "Give the signature of this group to others? It holds keyed hashes, no names."
            }
        let now = SystemTime.wall
        let made = try Case(
            kind: .override, subject: id, applicant: "\(id) \(step.rawValue)", request: "\(what) \(reason)",
            evidence: [
                Case.Evidence("step", step.rawValue), Case.Evidence("cluster", id),
                Case.Evidence("case", cluster.caseID), Case.Evidence("asked by", ruler.name),
            ], required: 2, now: now)
        try await cases.open(made, by: Self.rules)
        do {
            return try await cases.rule(made.id, grants: true, by: ruler, reason: reason, at: now, telling: false)
        } catch {
            // Whoever may not rule has asked for nothing.
            _ = try? await cases.withdraw(made.id, by: ruler.name, at: now)
            throw error
        }
    }

    private func carryOut(_ one: Case, by person: String) async throws {
        guard let word = one.evidence.first(where: { $0.name == "step" })?.value, let step = HardStep(rawValue: word),
            let cluster = book.clusters[one.subject], cluster.state != .dismissed
        else { return }
        let people = one.rulings.map(\.person).joined(separator: " ")
        switch step {
        case .share:
            book.note(cluster.id) { $0.isShared = true }
            try await file(cluster.id, "cluster.share", ["people": people, "case": one.id.text], by: person)
        case .suspend:
            book.note(cluster.id) { $0.isSuspended = true }
            try await file(cluster.id, "cluster.suspend", ["people": people, "case": one.id.text], by: person)
            for account in cluster.active.keys.sorted() {
                _ = try await access.restrict(
                    NewRestriction(
                        .account, account, reason: "it acts together with others to extract a model",
                        rule: Self.suspension + cluster.id, evidence: ["cluster": cluster.id, "case": one.id.text]),
                    by: person)
            }
            around.forgetDenials()
            around.publish(.revocation(.init(subject: .organisation, reason: "cluster-suspended")))
        }
    }
}

/// Why the desk does not do what it was asked for.
struct WatchProblem: Error {
    let status: Int
    let code: String
    let field: String?
    let message: String

    init(_ status: Int, _ code: String, _ field: String?, _ message: String) {
        (self.status, self.code, self.field, self.message) = (status, code, field, message)
    }
}
