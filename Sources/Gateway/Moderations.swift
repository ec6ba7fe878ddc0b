import Access
import Constitution
import Dialects
import Ledger
import Metering
import NIOCore
import NIOHTTP1
import Safeguards
import Store

/// The keys of OpenAI's moderations, and who judges them here.
enum ModerationKeys {
    /// The keys that the format has and no rule of ours stands for.
    static let others = [
        "harassment", "harassment/threatening", "hate", "hate/threatening", "self-harm", "self-harm/instructions",
        "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
    ]
    static let illicit = "illicit"
    static let violent = "illicit/violent"

    /// A category of the constitution, apart from the format's own keys.
    static func own(_ category: String) -> String { "sluice/\(category)" }
}

/// What the rules say of texts that nobody answers.
struct ModerationDesk: Sendable {
    let judges: GatewaySnapshot.Judges
    let constitution: Constitution
    /// Guards outside that know the format's other keys.
    let panel: GuardPanel?

    init(_ snapshot: GatewaySnapshot, opening categories: Set<String>) {
        judges = snapshot.judges(opening: categories)
        constitution = snapshot.constitution
        panel = snapshot.guards.flatMap { $0.routes.contains { $0.adapter.kind == .openAIModeration } ? $0 : nil }
    }

    /// The categories of the constitution whose harm is violent: those of weapons.
    private var weapons: Set<String> {
        Set(HarmLabel.weapons.map(\.category)).intersection(constitution.categories.map(\.id))
    }

    /// The keys that nobody here judges.
    var unjudged: [String] {
        (weapons.isEmpty ? [ModerationKeys.violent] : []) + (panel == nil ? ModerationKeys.others : [])
    }

    /// What a request with this text as its only turn would meet; slow for long texts, so not for an event loop.
    func judge(_ body: ByteBuffer) -> ModerationResult? {
        guard let request = try? ModelRequest.parse(body, dialect: .openAI) else { return nil }
        var verdict = RequestVerdict(of: request, under: judges.policy)
        if let cascade = judges.secondStage, verdict.isDoubtful(request, for: cascade) {
            verdict = verdict.reconsidered(request, by: cascade)
        }
        let found = verdict.finding?.category
        let near = found ?? (verdict.peak < 0.1 ? nil : request.texts.first.flatMap { leaning(of: $0) })
        let weapons = weapons
        var entries = [
            ModerationResult.Entry(key: ModerationKeys.illicit, isFlagged: found != nil, score: verdict.peak)
        ]
        if !weapons.isEmpty {
            entries.append(
                ModerationResult.Entry(
                    key: ModerationKeys.violent, isFlagged: found.map(weapons.contains) ?? false,
                    score: near.map(weapons.contains) ?? false ? verdict.peak : 0))
        }
        for category in constitution.categories {
            entries.append(
                ModerationResult.Entry(
                    key: ModerationKeys.own(category.id), isFlagged: found == category.id,
                    score: near == category.id ? verdict.peak : 0))
        }
        return ModerationResult(entries)
    }

    private func leaning(of text: RequestText) -> String? {
        text.text.withUnsafeReadableBytes {
            judges.policy.leaning(of: $0.assumingMemoryBound(to: UInt8.self), .request)
        }
    }

    /// What the guard outside says of the format's other keys; nil where it says nothing.
    func others(about text: ByteBuffer, at now: Int64) async -> [ModerationResult.Entry]? {
        guard let panel else { return [] }
        let exchange = GuardExchange(turns: [.init(isModel: false, text: String(buffer: text))])
        let words = await panel.ask(about: exchange, under: judges.policy, inDoubt: nil, at: now)
        for (route, word) in zip(panel.routes, words) where route.adapter.kind == .openAIModeration {
            guard case .success(let opinion) = word.said, !opinion.scores.isEmpty else { continue }
            return ModerationKeys.others.map { key in
                let score = opinion.scores[key] ?? 0
                return ModerationResult.Entry(key: key, isFlagged: score >= route.threshold, score: score)
            }
        }
        return nil
    }
}

extension ClientConnection {
    /// Judges texts that are sent to no model: limits and scopes hold as for exchanges, nothing is recorded.
    func moderate(_ body: ByteBuffer, _ head: HTTPRequestHead) {
        let request: ModerationRequest
        do throws(RequestError) { request = try ModerationRequest.parse(body) } catch {
            return fail(head, error.apiError)
        }
        let gateway = lane.gateway
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        var counter = TokenCounter()
        for text in request.texts { text.withUnsafeReadableBytes { counter.add($0) } }
        let admission = gateway.gatekeeper.admit(
            key: head.headers.clientKey, model: "", route: Route.moderation.pattern, from: clientAddress,
            origin: origin(of: head.headers), tokens: Int(counter.tokens) + 1, now: now)
        guard case .admitted(let lease) = admission else {
            if case .refused(let refusal) = admission { fail(head, refusal.apiError) }
            return
        }
        lease.settle(tokens: Int(counter.tokens) + 1, now: now)
        lease.end()
        let snapshot = gateway.snapshot
        let desk = ModerationDesk(snapshot, opening: lease.openings)
        let missing = desk.unjudged
        if !missing.isEmpty, (request.unjudged ?? snapshot.settings.unjudgedCategories) == .refuse {
            return fail(head, .unjudgedCategories(missing))
        }
        judge(request, by: desk, for: lease.organisation.description, head)
    }

    private func judge(
        _ request: ModerationRequest, by desk: ModerationDesk, for organisation: String, _ head: HTTPRequestHead
    ) {
        let (loop, id) = (lane.loop, DecisionID().description)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let answer = { @Sendable (results: [ModerationResult]?) in
            loop.execute {
                let connection = bound.value
                guard connection.isAnswering else { return }
                guard let results else { return connection.fail(head, .safeguard("classifier")) }
                connection.send(ModerationResult.reply(results, id: id))
            }
        }
        let time = SystemTime.wall
        let accepted = lane.gateway.compute.submit(for: organisation) { outcome in
            let judged = request.texts.indices.compactMap { outcome == .run ? desk.judge(request.chatBody($0)) : nil }
            guard judged.count == request.texts.count else { return answer(nil) }
            guard desk.panel != nil else { return answer(judged) }
            Task {
                var all = judged
                for index in all.indices {
                    guard let others = await desk.others(about: request.texts[index], at: time) else {
                        return answer(nil)
                    }
                    all[index].entries += others
                }
                answer(all)
            }
        }
        if !accepted { fail(head, .safeguard("classifier")) }
    }
}

extension APIError {
    /// Keys of the format that nobody here judges.
    static func unjudgedCategories(_ keys: [String]) -> APIError {
        APIError(
            .invalidRequest,
            "Nobody here judges \(keys.joined(separator: ", ")). Send \"unjudged_categories\": \"omit\" to be told of the "
                + "others alone, or ask the operator to set moderations.unjudged_categories to omit (it is refuse|omit).",
            param: "unjudged_categories")
    }
}
