import Access
import Admin
import Cases
import Distillation
import Foundation
import Gateway
import Store

// The desk's answers to the admin API.
extension WatchDesk {
    /// Carries out a call; what goes wrong is in the reply.
    func answer(_ call: DistillationCall, by actor: String) async -> AdminReply {
        do {
            return try await reply(to: call, by: actor)
        } catch let error as WatchProblem {
            return .failure(error.status, code: error.code, field: error.field, error.message)
        } catch let error as CaseDesk.Problem {
            return .failure(409, code: "conflict", field: nil, error.description)
        } catch let error as CaseError {
            return .failure(400, code: "invalid", field: nil, error.description)
        } catch let error as AccessError {
            return .failure(409, code: "conflict", field: nil, "\(error)")
        } catch let error as DecodingError {
            let (field, message) = RegisterDesk.words(error)
            return .failure(400, code: "invalid", field: field, message)
        } catch {
            return .failure(503, code: "unavailable", field: nil, "\(error)")
        }
    }

    private struct Listing<Element: Encodable>: Encodable { var data: [Element] }

    private struct Order: Decodable {
        var reason: String
        var confirm: Bool?
        var measures: [String]?
        var step: String?
        var account: String?
        var organisation: String?
    }

    private func reply(to call: DistillationCall, by actor: String) async throws -> AdminReply {
        switch call.route {
        case .status: return .value(StatusView(watcher.figures, watcher.feed.lost, book, settings))
        case .listClusters:
            let all = call.query["all"] == "true"
            let found = book.clusters.values.filter { all || $0.state != .dismissed }
            return .value(
                Listing(data: found.sorted { ($0.found, $0.id) > ($1.found, $1.id) }.map { view($0, whole: false) }))
        case .showCluster: return .value(view(try cluster(call.reference), whole: true))
        case .picture:
            let found = try cluster(call.reference)
            guard let explanation = explanations[found.id] else {
                throw WatchProblem(409, "conflict", "cluster", "has no picture until a search finds it again")
            }
            return .value(["svg": explanation.svg])
        case .indicators: return try indicators(try cluster(call.reference))
        case .look: return try await look(by: actor)
        case .review, .respond, .release, .confirmAccount: return try await act(call, by: actor)
        }
    }

    private func act(_ call: DistillationCall, by actor: String) async throws -> AdminReply {
        let order = try JSONDecoder().decode(Order.self, from: call.body)
        guard !order.reason.trimming(while: \.isWhitespace).isEmpty, order.reason.utf8.count <= 300 else {
            throw WatchProblem(400, "invalid", "reason", "must have 1 to 300 bytes")
        }
        if call.route == .confirmAccount { return try await confirm(call.reference, order.reason, by: actor) }
        let id = try cluster(call.reference).id
        switch call.route {
        case .review: return try await review(id, order)
        case .respond: return try await respond(id, order, by: actor)
        default:
            try await alone {
                guard order.account != nil || order.organisation != nil else {
                    return try await dismiss(id, by: actor, order.reason)
                }
                let owner = try order.organisation.map { try access.organisation($0).id.text }
                let count = try await release(id, by: actor, order.reason) { account, member in
                    account == order.account || member.organisation == owner
                }
                guard count > 0 else {
                    throw WatchProblem(404, "not_found", "account", "is none of this group that is still in it")
                }
            }
            return .value(view(try cluster(id), whole: true))
        }
    }

    /// A person rules on the group's case; what follows is done before this returns.
    private func review(_ id: String, _ order: Order) async throws -> AdminReply {
        guard let grants = order.confirm else { throw WatchProblem(400, "invalid", "confirm", "is missing") }
        guard let caseID = CaseID(try cluster(id).caseID) else {
            throw WatchProblem(409, "conflict", "cluster", "has no case; respond to it, or release it")
        }
        _ = try await cases.rule(
            caseID, grants: grants, by: Self.ruler, reason: order.reason, at: SystemTime.wall)
        return .value(view(try cluster(id), whole: true))
    }

    private func respond(_ id: String, _ order: Order, by actor: String) async throws -> AdminReply {
        if let word = order.step {
            guard let step = HardStep(rawValue: word) else {
                let known = HardStep.allCases.map(\.rawValue).joined(separator: ", ")
                throw WatchProblem(400, "invalid", "step", "must be one of \(known)")
            }
            let made = try await ask(step, of: id, by: Self.ruler, reason: order.reason)
            return .value(["case": made.id.text, "state": made.state.rawValue], status: 202)
        }
        guard let words = order.measures else {
            throw WatchProblem(400, "invalid", "measures", "or a step must be given")
        }
        for word in words where DistillationSettings.Measure(rawValue: word) == nil {
            let known = DistillationSettings.Measure.allCases.map(\.rawValue).joined(separator: ", ")
            throw WatchProblem(400, "invalid", "measures", "knows \(known), not '\(word)'")
        }
        guard settings.canaries != nil || !words.contains(DistillationSettings.Measure.canary.rawValue) else {
            throw WatchProblem(
                409, "conflict", "measures", "has canary, which takes 'distillation.canaries' in the settings")
        }
        try await alone { try await set(Array(Set(words)), on: id, by: actor, reason: order.reason) }
        return .value(view(try cluster(id), whole: true))
    }

    private func confirm(_ account: String, _ reason: String, by actor: String) async throws -> AdminReply {
        let ids = try await alone {
            let ids = book.confirm(account: account)
            for id in ids {
                try await file(id, "account.confirm", ["account": account, "reason": reason], by: actor)
            }
            apply()
            return ids
        }
        guard !ids.isEmpty else {
            throw WatchProblem(404, "not_found", "account", "belongs to no group (acc_…)")
        }
        return .value(["account": account, "clusters": ids.joined(separator: " ")])
    }

    /// Searches at once, and waits for the search to be over.
    private func look(by actor: String) async throws -> AdminReply {
        try await access.store.file(
            [],
            events: [ChangeEvent(time: SystemTime.wall, actor: actor, action: "cluster.look", subject: "distillation")])
        let before = watcher.figures
        let target = before.begun + 1
        watcher.change { $0.wantsLook = true }
        for _ in 0..<600 where watcher.figures.looks < target { try await Task.sleep(for: .milliseconds(50)) }
        return .value(StatusView(watcher.figures, watcher.feed.lost, book, settings))
    }

    private func indicators(_ found: Cluster) throws -> AdminReply {
        guard found.isShared else {
            throw WatchProblem(
                403, "forbidden", nil, "two people must agree to share this: sluice distill respond \(found.id) --share"
            )
        }
        guard let signature = signatures[found.id] else {
            throw WatchProblem(409, "conflict", "cluster", "has no signature until a search finds it again")
        }
        let bundle = Indicators.bundle([(found.id, signature)], now: SystemTime.wall)
        return AdminReply(status: 200, body: Data(bundle.utf8))
    }

    private func cluster(_ reference: String) throws -> Cluster {
        if let found = book.clusters[reference] { return found }
        if let found = book.clusters.values.first(where: { $0.caseID == reference }) { return found }
        throw WatchProblem(404, "not_found", "cluster", "there is none of that identifier (clu_…)")
    }

    private static var ruler: Ruler {
        Ruler(name: Caller.current?.name ?? "nobody", isSignedIn: Caller.current?.isSignedIn ?? false)
    }

    private func view(_ cluster: Cluster, whole: Bool) -> ClusterView {
        var view = ClusterView(cluster, limited: cluster.limited { isUnderContract($0) }.count)
        guard whole else { return view }
        view.members = cluster.members.sorted { $0.key < $1.key }.map { ClusterView.Member($0.key, $0.value) }
        view.words = explanations[cluster.id]?.lines
        return view
    }
}

/// How the watch stands, as JSON.
private struct StatusView: Encodable {
    var every: Int64
    var respond: String
    var measures: [String]
    var exchanges, lost, searches, recognised, saves: UInt64
    var accounts, campaigns, clusters, limited: Int
    var searching: Bool

    init(_ figures: TrafficWatcher.Figures, _ lost: UInt64, _ book: ClusterBook, _ settings: DistillationSettings) {
        every = settings.every
        respond = settings.response.rawValue
        measures = settings.measures.map(\.rawValue).sorted()
        (exchanges, searches, recognised, saves) = (figures.taken, figures.looks, figures.recognised, figures.saves)
        (accounts, campaigns, searching, self.lost) = (figures.accounts, figures.campaigns, figures.isSearching, lost)
        clusters = book.clusters.values.count { $0.state != .dismissed }
        limited = book.clusters.values.count { !$0.measures.isEmpty }
    }
}

/// A group as JSON.
private struct ClusterView: Encodable {
    struct Member: Encodable {
        var account, organisation: String
        var since: Int64
        var recognised, released, confirmed: Bool

        init(_ account: String, _ member: Cluster.Member) {
            (self.account, organisation, since) = (account, member.organisation, member.since)
            (recognised, released, confirmed) = (member.isRecognised, member.isReleased, member.isConfirmed)
        }
    }

    var id, state, caseID: String
    var found, seen, first, last, exchanges: Int64
    var accounts, organisations, limited: Int
    var families, measures, ties: [String]
    var canaries: String?
    var evidence: [String: Double]
    var score: Double
    var byPerson, suspended, shared: Bool
    var members: [Member]?
    var words: [String]?

    init(_ one: Cluster, limited: Int) {
        (id, state, caseID) = (one.id, one.state.rawValue, one.caseID)
        (found, seen, first, last, exchanges) = (one.found, one.seen, one.first, one.last, one.exchanges)
        (accounts, organisations, self.limited) = (one.active.count, one.organisations, limited)
        (families, measures, ties, evidence, score) =
            (one.families, one.measures, one.ties, one.contributions, one.score)
        canaries = one.canaries
        (byPerson, suspended, shared) = (one.isByPerson, one.isSuspended, one.isShared)
    }

    enum CodingKeys: String, CodingKey {
        case id, state, found, seen, first, last, exchanges, accounts, organisations, limited, families, measures, ties
        case canaries, evidence, score, suspended, shared, members, words
        case caseID = "case"
        case byPerson = "by_person"
    }
}
