import Access
import Admin
import Cases
import Crypto
import ExportControl
import Foundation
import Logging
import Store

/// The register of organisations: papers, screening, holds, restrictions and permissions.
///
/// It joins the desk of export control with Access: it reads lists and papers, and writes standings into Access's snapshot; the
/// pipeline reads nothing else. What a person decides goes through the queue of cases.
actor RegisterDesk {
    /// What the deployment tells the register.
    struct Surroundings: Sendable {
        /// The categories of the rules in force, and whether a permission can never open them.
        var categories: @Sendable () -> [(id: String, isAbsolute: Bool)]
        /// The models that clients may name.
        var models: @Sendable () -> [String]
        /// Whether applications that nothing speaks against are approved by rule.
        var decidesByRule: Bool
        /// Tells the public log of an act, without names.
        var publish: @Sendable (PublicAct) -> Void
    }

    /// What the world may know of an act.
    enum PublicAct: Sendable {
        case list(name: String, sha256: String, entries: Int)
        case permission(isGrant: Bool, category: String, until: Int64)
        case revocation(RestrictionRecord.Kind, rule: String)
    }

    /// One list as it is in force.
    struct ListInForce {
        var version: ListVersion
        var parties: [ListedParty]
        /// Built when a name is first searched for.
        var index: ScreeningIndex?
    }

    let access: AccessService
    let cases: CaseDesk
    let archive: ListArchive
    let around: Surroundings
    let log: Logger
    var profiles: [String: OrganisationProfile] = [:]
    var vetted: Set<String> = []
    var applications: [String: Application] = [:]
    var reviews = ScreeningReviews()
    var permissions: [String: PermissionRecord] = [:]
    var lists: [String: ListInForce] = [:]
    /// The version of each list against which everybody has been screened.
    var screened: [String: Int] = [:]
    var web = PartyWeb([:])
    var embargoDay: CalendarDay?
    /// The second in which expired keys were last looked for.
    var lastExpiries: Int64 = 0
    var limits = ApplicationLimit()
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(access: AccessService, cases: CaseDesk, lists directory: String, around: Surroundings, log: Logger) {
        self.access = access
        self.cases = cases
        archive = ListArchive(directory: directory)
        self.around = around
        self.log = log
    }

    var store: Store { access.store }

    /// The lowest score at which a name is a question to a person.
    static let floor: Float = 0.5

    /// Reads what the store holds and puts the standings that follow from it in force.
    func open() async throws {
        for dossier in try await store.dossiers("profile") {
            profiles[dossier.id] = try dossier.value(OrganisationProfile.self)
            if dossier.state == "vetted" { vetted.insert(dossier.id) }
        }
        for dossier in try await store.dossiers("application") {
            applications[dossier.id] = try dossier.value(Application.self)
        }
        reviews = ScreeningReviews(
            try await store.dossiers("review").map { try $0.value(ScreeningReviews.Case.self) })
        for dossier in try await store.dossiers("permission") {
            permissions[dossier.id] = try dossier.value(PermissionRecord.self)
        }
        for dossier in try await store.dossiers("screened") { screened[dossier.id] = Int(dossier.state) ?? 0 }
        web = PartyWeb(profiles)
        publishFacts()
        await cases.follow { [weak self] one in await self?.ruled(one) }
    }

    // MARK: One change after the other

    /// Between a look at what is there and what is written, nobody else changes anything.
    func alone<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        if isBusy {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isBusy = true
        }
        defer {
            if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
        }
        return try await work()
    }

    // MARK: Standings

    /// What admission has to know of organisations, derived from their papers.
    func publishFacts() {
        var facts: [OrganisationID: OrganisationFacts] = [:]
        let active = Set(permissions.values.filter { $0.state == .active }.map(\.organisation))
        for id in Set(profiles.keys).union(active) {
            facts[OrganisationID(id)] = OrganisationFacts(
                seats: profiles[id]?.seats ?? [], isVetted: vetted.contains(id) || active.contains(id))
        }
        access.gatekeeper.set(facts: facts)
        let day = today
        if embargoDay != day {
            embargoDay = day
            access.gatekeeper.set(embargo: EmbargoedDestinations.inForce(on: day))
        }
    }

    var today: CalendarDay { CalendarDay(String(moment(SystemTime.wall).prefix(10))) ?? CalendarDay.epoch }

    /// An organisation by name or identifier.
    func organisation(_ reference: String) throws(AccessError) -> Organisation { try access.organisation(reference) }

    func event(
        _ action: String, _ subject: String, by actor: String, _ detail: [String: String] = [:]
    ) -> ChangeEvent {
        ChangeEvent(time: SystemTime.wall, actor: actor, action: action, subject: subject, detail: detail)
    }

    // MARK: What people decided

    /// Follows a ruling on a case of ours.
    func ruled(_ one: Case) async {
        guard one.state == .granted || one.state == .denied else { return }
        let person = one.rulings.last?.person ?? "time"
        let reason = one.rulings.last?.reason ?? ""
        do {
            try await alone {
                switch one.kind {
                case .screening:
                    try await decide(one.subject, one.state == .granted ? .cleared : .confirmed, by: person, reason)
                case .application:
                    try await close(one.subject, approves: one.state == .granted, by: person, reason: reason)
                case .permission: try await close(permission: one)
                case .appeal where one.state == .granted: try await heed(one, by: person)
                default: break
                }
            }
        } catch {
            log.error("A ruling could not be carried out", metadata: ["case": "\(one.id)", "reason": "\(error)"])
        }
    }

    /// A granted appeal against a revocation lifts it; a hold is lifted by deciding the hit that it rests on.
    private func heed(_ one: Case, by person: String) async throws {
        for evidence in one.evidence where evidence.name == "restriction" {
            guard let record = access.restrictions.first(where: { $0.id == evidence.value }), !record.isHold else {
                continue
            }
            _ = try await access.lift(record.id, reason: "appeal \(one.id) was granted", by: person)
        }
    }
}

/// How many applications are taken: from one address, and from all.
struct ApplicationLimit {
    /// From one address in an hour.
    static let perAddress = 10
    /// From all in an hour.
    static let total = 600
    private var hour: Int64 = -1
    private var counts: [String: Int] = [:]
    private var sum = 0

    /// Seconds to wait; nil if there is room, which is then taken.
    mutating func take(_ address: String, at wall: Int64) -> Int64? {
        let now = wall / 3_600_000
        if now != hour { (hour, counts, sum) = (now, [:], 0) }
        guard counts[address, default: 0] < Self.perAddress, sum < Self.total else {
            return max(1, ((now + 1) * 3_600_000 - wall) / 1000)
        }
        counts[address, default: 0] += 1
        sum += 1
        return nil
    }
}
