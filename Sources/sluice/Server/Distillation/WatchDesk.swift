import Access
import Cases
import Distillation
import Foundation
import Logging
import Store
import Transparency
import Webhooks

/// The watch for distillation while a server runs: groups of accounts, their cases, and what is done about them.
///
/// It joins the desk of distillation with Access: it writes curbs into Access's snapshot, and the pipeline reads nothing else.
/// The rules set only what can be taken back; everything else is two people's.
actor WatchDesk {
    /// What the deployment tells the desk.
    struct Surroundings: Sendable {
        /// Tells the public log of an act, without names.
        var publish: @Sendable (Leaf.Content) -> Void
        /// Tells those who want to hear of it.
        var alert: @Sendable (WebhookEvent) -> Void
        /// What was denied before says nothing any more.
        var forgetDenials: @Sendable () -> Void
    }

    nonisolated let watcher: TrafficWatcher
    let access: AccessService
    let cases: CaseDesk
    let around: Surroundings
    let log: Logger
    var book = ClusterBook()
    var settings: DistillationSettings
    /// What each group is recognised by.
    var signatures: [String: CampaignSignature] = [:]
    /// The last explanation of each group, for people; made anew by each search.
    var explanations: [String: Explanation] = [:]
    /// How many members each group had when its papers were last filed.
    private var filed: [String: Int] = [:]
    private let folder: String
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Who the record says acted where the rules did.
    static let rules = "distillation"
    /// The beginning of the rule that suspended accounts are under.
    static let suspension = "distillation: "

    init(
        watcher: TrafficWatcher, access: AccessService, cases: CaseDesk, settings: DistillationSettings,
        folder: String, around: Surroundings, log: Logger
    ) {
        (self.watcher, self.access, self.cases, self.settings) = (watcher, access, cases, settings)
        (self.folder, self.around, self.log) = (folder, around, log)
    }

    /// Reads the groups that the store holds, and puts what follows from them in force.
    func open() async throws {
        var stored: [Cluster] = []
        for dossier in try await access.store.dossiers("cluster") {
            let one = try dossier.value(Cluster.self)
            stored.append(one)
            filed[one.id] = one.members.count
            if let bytes = FileManager.default.contents(atPath: signaturePath(one.id)),
                let signature = try? CampaignSignature(bytes: Array(bytes))
            {
                signatures[one.id] = signature
            }
        }
        book = ClusterBook(stored)
        apply()
        await tellMarks()
        await cases.follow { [weak self] one in await self?.ruled(one) }
    }

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

    /// Follows other settings from now on; measures that are set stay as they are.
    func follow(_ settings: DistillationSettings) async {
        self.settings = settings
        watcher.change {
            $0.every = settings.every
            $0.saveEvery = settings.saveEvery
            $0.accounts = settings.accounts
        }
        apply()
        await tellMarks()
    }

    // MARK: What a search found

    /// Takes the news of the watch.
    func take(_ news: TrafficWatcher.News) async {
        do {
            try await alone {
                switch news {
                case .searched(let campaigns): try await found(campaigns)
                case .recognised(let accounts): try await recognised(accounts)
                }
            }
        } catch {
            log.error("What the watch found could not be written", metadata: ["reason": "\(error)"])
        }
    }

    private func found(_ campaigns: [Explanation]) async throws {
        let accounts = access.gatekeeper.snapshot.accounts
        let now = SystemTime.wall
        let changes = book.take(
            campaigns, at: now, organisation: { accounts[AccountID($0)]?.organisation.text ?? "" },
            newID: { Self.newID() })
        remember(campaigns)
        let changed = Dictionary(changes.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        for cluster in book.clusters.values.filter({ $0.seen == now }).sorted(by: { $0.id < $1.id }) {
            try await follow(cluster, changed[cluster.id], now)
        }
        apply()
    }

    /// What a group that was just found asks for, whatever was left undone before.
    private func follow(_ cluster: Cluster, _ change: ClusterBook.Change?, _ now: Int64) async throws {
        let isUntold = cluster.caseID.isEmpty && cluster.state != .dismissed
        var isActed = change?.isNew ?? false || isUntold
        if isActed { try await open(cluster.id, now) }
        if settings.response == .automatic, book.mayRespond(to: cluster.id) {
            isActed = try await respond(cluster.id, now) || isActed
        }
        guard let change else { return }
        try await tellCase(cluster.id, now)
        let (size, before) = (cluster.members.count, filed[cluster.id] ?? 0)
        if !isActed, abs(size - before) * 10 >= max(10, before) {
            try await file(cluster.id, "cluster.update", ["joined": "\(change.joined)", "left": "\(change.left)"])
        }
    }

    private func remember(_ campaigns: [Explanation]) {
        for campaign in campaigns {
            let members = Set(campaign.accounts)
            var best: (id: String, shared: Int)?
            for (id, cluster) in book.clusters {
                let shared = cluster.members.keys.count { members.contains($0) }
                if shared > best?.shared ?? 0 { best = (id, shared) }
            }
            guard let id = best?.id else { continue }
            explanations[id] = campaign
            signatures[id] = campaign.signature
            let bytes = Data(campaign.signature.bytes())
            try? bytes.write(to: URL(fileURLWithPath: signaturePath(id)), options: .atomic)
        }
    }

    private static func newID() -> String {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return "clu_" + String((0..<11).compactMap { _ in letters.randomElement() })
    }

    private func signaturePath(_ id: String) -> String { "\(folder)/\(id).signature" }

    private func recognised(_ accounts: [TrafficIntake.Recognised]) async throws {
        let now = SystemTime.wall
        for account in accounts {
            guard
                book.recognise(account.account, of: account.organisation, in: account.cluster, at: now),
                let cluster = book.clusters[account.cluster]
            else { continue }
            try await file(
                cluster.id, "cluster.recognise",
                [
                    "account": account.account, "likeness": "\((account.likeness * 100).rounded() / 100)",
                    "measures": cluster.measures.joined(separator: " "),
                ])
            try await tellCase(cluster.id, now)
        }
        apply()
    }

    // MARK: Cases

    /// Puts a group before a person.
    private func open(_ id: String, _ now: Int64) async throws {
        guard let cluster = book.clusters[id] else { return }
        let one = try Case(
            kind: .cluster, subject: id, applicant: id,
            request: "Do these accounts extract a model together? Grant to say that they do, deny to let them go.",
            evidence: evidence(of: cluster), now: now, lapsesIn: 3650 * 86_400_000)
        do {
            try await cases.open(one, by: Self.rules)
            book.note(id) { $0.caseID = one.id.text }
        } catch {
            log.error("A group of accounts has no case", metadata: ["cluster": "\(id)", "reason": "\(error)"])
        }
        try await file(id, "cluster.found", ["case": one.id.text])
        around.alert(
            WebhookEvent(
                .clusterFound, at: now,
                [
                    "cluster": .text(id), "case": .text(one.id.text), "accounts": .number(Int64(cluster.active.count)),
                    "organisations": .number(Int64(cluster.organisations)),
                ]))
    }

    /// Brings what is known of a group into its case; a decided one stays as it was.
    private func tellCase(_ id: String, _ now: Int64) async throws {
        guard let cluster = book.clusters[id], let caseID = CaseID(cluster.caseID),
            let one = try? await cases.find(caseID), one.state == .open
        else { return }
        let evidence = evidence(of: cluster)
        guard evidence != one.evidence else { return }
        try await cases.renew(caseID, evidence, by: Self.rules, at: now)
    }

    private func evidence(of cluster: Cluster) -> [Case.Evidence] {
        let members = cluster.active
        let contracts = Set(members.values.map(\.organisation)).filter { isUnderContract($0) }.sorted()
        var out = [
            Case.Evidence("accounts", "\(members.count)"), Case.Evidence("organisations", "\(cluster.organisations)"),
            Case.Evidence("exchanges", "\(cluster.exchanges)"),
            Case.Evidence("families", cluster.families.joined(separator: " ")),
            Case.Evidence("score", "\(cluster.score)"),
            Case.Evidence(
                "measures",
                cluster.measures.isEmpty ? "none: nobody is limited" : cluster.measures.joined(separator: " ")),
            Case.Evidence(
                "under contract",
                contracts.isEmpty ? "none" : contracts.joined(separator: " ") + ": the rules leave them alone"),
            Case.Evidence("members", members.keys.sorted().prefix(60).joined(separator: " ")),
        ]
        out += cluster.contributions.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
            Case.Evidence("adds \($0.key)", "\($0.value)")
        }
        for (place, tie) in cluster.ties.enumerated() { out.append(Case.Evidence("shares \(place + 1)", tie)) }
        return out
    }

    // MARK: Standings

    /// Whether only a person may limit an organisation.
    func isUnderContract(_ organisation: String) -> Bool {
        guard !settings.contracts.isEmpty else { return false }
        if settings.contracts.contains(organisation.lowercased()) { return true }
        let name = access.gatekeeper.snapshot.organisations[OrganisationID(organisation)]?.name
        return name.map { settings.contracts.contains($0.lowercased()) } ?? false
    }

    /// The rules act: measures that can be taken back, on those who have no contract.
    private func respond(_ id: String, _ now: Int64) async throws -> Bool {
        guard let cluster = book.clusters[id], !settings.measures.isEmpty,
            cluster.active.contains(where: { !isUnderContract($0.value.organisation) })
        else { return false }
        try await set(settings.measures.map(\.rawValue), on: id, by: Self.rules, reason: "the rules")
        return true
    }

    /// Sets measures on a group, on record and in force before this returns.
    func set(_ measures: [String], on id: String, by actor: String, reason: String) async throws {
        book.limit(id, measures, byPerson: actor != Self.rules)
        book.note(id) { $0.canaries = marks(of: $0).commitment }
        guard let cluster = book.clusters[id] else { return }
        let count = cluster.limited { isUnderContract($0) }.count
        var detail = ["measures": cluster.measures.joined(separator: " "), "accounts": "\(count)", "reason": reason]
        detail["canaries"] = cluster.canaries
        try await file(id, measures.isEmpty ? "cluster.relieve" : "cluster.limit", detail, by: actor)
        apply()
        around.publish(
            measures.isEmpty
                ? .override(.init(action: .setAside, category: "", principle: "", reason: "cluster_relieved"))
                : .incident(
                    .init(
                        severity: 3, code: "cluster_limited",
                        summary: "\(actor == Self.rules ? "the rules" : "a person") limited \(count) accounts of "
                            + "\(cluster.organisations) organisations that act together: "
                            + cluster.measures.joined(separator: ", "))))
    }

    /// Brings Access in line with the groups; in force for requests from now on, and for running ones that must end.
    func apply() {
        var curbs: [String: Curb] = [:]
        for cluster in book.clusters.values {
            let accounts = cluster.limited { isUnderContract($0) }
            guard !accounts.isEmpty else { continue }
            let measures = Set(cluster.measures.compactMap { DistillationSettings.Measure(rawValue: $0) })
            curbs[cluster.id] = Curb(
                accounts: Set(accounts.map { AccountID($0) }),
                terms: Curb.Terms(
                    id: cluster.id, reasoning: measures.contains(.reasoning) ? settings.reasoning : .pass,
                    choices: measures.contains(.choices) ? 1 : nil, hidesLogprobs: measures.contains(.logprobs)),
                limits: measures.contains(.limits) ? settings.limits : Limits(),
                asksForConfirmation: measures.contains(.stepUp),
                confirmed: Set(cluster.confirmed.map { AccountID($0) }), canaries: marks(of: cluster).marks)
        }
        if access.gatekeeper.snapshot.curbs != curbs {
            access.gatekeeper.set(curbs: curbs)
            around.forgetDenials()
        }
        let live = book.clusters.filter { $0.value.state != .dismissed }
        let wanted = signatures.filter { live[$0.key] != nil }
        let members = Set(book.clusters.values.flatMap(\.members.keys))
        watcher.change {
            $0.signatures = wanted
            $0.members = members
        }
    }

    /// Writes a group's papers with what was done.
    func file(_ id: String, _ action: String, _ detail: [String: String] = [:], by actor: String = WatchDesk.rules)
        async throws
    {
        guard let cluster = book.clusters[id] else { return }
        let now = SystemTime.wall
        let facts = [
            "members": "\(cluster.active.count)", "organisations": "\(cluster.organisations)",
            "families": cluster.families.joined(separator: " "), "score": "\(cluster.score)",
        ]
        try await access.store.file(
            [try Dossier(kind: "cluster", id: id, time: now, state: cluster.state.rawValue, cluster)],
            events: [
                ChangeEvent(
                    time: now, actor: actor, action: action, subject: id, detail: facts.merging(detail) { $1 })
            ])
        filed[id] = cluster.members.count
    }
}
