import Access
import Dialects
import NIOCore
import NIOHTTP1
import Store
import Upstreams

/// What a client is given of the model's reasoning: as it is, what another model makes of it, or nothing.
///
/// The model's own rule, a permission that opens it, and a curb on the account decide, and the curb is the strictest. The
/// reasoning is judged in any case, and so is its summary.
extension Exchange {
    /// What a permission has to open for an organisation to be given reasoning that a model keeps back.
    static let reasoningPermission = "reasoning"

    /// What is peculiar to a model's servers, with this exchange's rule for reasoning.
    func profile(of route: ModelRoute) -> UpstreamProfile {
        profile(from: route.profile, hasSummariser: route.summariser != nil)
    }

    /// The same, from what the settings say of the route.
    func profile(from settings: UpstreamProfile, hasSummariser: Bool) -> UpstreamProfile {
        var profile = settings
        if profile.reasoning != .pass, opensReasoning { profile.reasoning = .pass }
        switch lease?.curb?.reasoning {
        case .withhold: profile.reasoning = .withhold
        case .summarise where profile.reasoning == .pass: profile.reasoning = .summarise
        case .summarise, .pass, nil: break
        }
        // Where nobody can make summaries, there is none.
        if profile.reasoning == .summarise, !hasSummariser { profile.reasoning = .withhold }
        return profile
    }

    /// Takes note of the permission, where the exchange is given reasoning because of it.
    func usePermissionForReasoning(_ route: ModelRoute) -> Bool {
        guard route.profile.reasoning != .pass, opensReasoning, lease?.curb?.reasoning ?? .pass == .pass else {
            return true
        }
        guard let names = lease?.use([Self.reasoningPermission]) else { return false }
        permission = permission.isEmpty ? names : permission + " " + names
        return true
    }

    // MARK: Summaries

    /// How long a summary may take; without it the reasoning is withheld.
    private static let summaryLimit = TimeAmount.seconds(20)
    /// Bytes of reasoning that are summarised, and bytes of a summary that are given.
    static let longestReasoning = 64 << 10
    private static let longestSummary = 8 << 10

    /// A stream has come to the end of a choice whose reasoning was kept back: asks for its summary.
    func summarise(_ reasoning: ByteBuffer) {
        flush()
        askForSummary(of: reasoning) { summary in
            self.phase = .streaming
            self.answer?.settle(summary: summary)
            self.judgeStream()
        }
    }

    /// The same for the choices of a whole answer, one after the other.
    func summarise(_ whole: WholeAnswer, _ done: [Int: ByteBuffer] = [:]) {
        guard let next = whole.reasoning.first(where: { done[$0.choice] == nil }) else {
            guard let facts else { return }
            let (body, foreign) = (collected, foreign)
            summaries = done
            return judgedWhole(WholeAnswer.judge(body, facts, from: foreign, summaries: done))
        }
        askForSummary(of: next.text) { summary in
            self.phase = .collecting
            self.summarise(whole, done.merging([next.choice: summary ?? ByteBuffer()]) { $1 })
        }
    }

    private func askForSummary(of reasoning: ByteBuffer, _ back: @escaping (ByteBuffer?) -> Void) {
        let failed = {
            if !self.answerNotes.contains("summary:failed") { self.answerNotes.append("summary:failed") }
            back(nil)
        }
        guard let name = (snapshot.courses[call?.model ?? modelName ?? ""] ?? []).first?.route.summariser,
            let leg = snapshot.courses[name]?.first, leg.route.isServed, snapshot.stops.objection(to: name) == nil,
            guardObjection(to: leg.route) == nil
        else { return failed() }
        awayHere(deadline: Self.summaryLimit) { (back: @escaping (ByteBuffer?) -> Void) in
            let asking = SummaryCall(lane: self.lane, leg: leg, owner: self.lease?.organisation.text ?? "")
            self.summary = asking
            asking.ask({ SummaryRequest.body(of: reasoning, model: $0) }, most: Self.longestSummary, back)
        } back: {
            self.summary = nil
            back($0)
        } failed: {
            self.summary?.cancel()
            self.summary = nil
            failed()
        }
    }
}

/// One question to the model that makes summaries; lives on one event loop.
final class SummaryCall: CallMaker {
    private let lane: Lane
    private let leg: GatewaySnapshot.Leg
    private let owner: String
    private var call: RoutedCall?
    private var body = ByteBuffer()
    private var isGood = false
    private var back: ((ByteBuffer?) -> Void)?
    private var question: ((String) -> ByteBuffer)?
    private var most = 0

    init(lane: Lane, leg: GatewaySnapshot.Leg, owner: String) {
        (self.lane, self.leg, self.owner) = (lane, leg, owner)
    }

    /// Asks; `back` is called once, with nothing where no summary came.
    func ask(_ request: @escaping (String) -> ByteBuffer, most: Int, _ back: @escaping (ByteBuffer?) -> Void) {
        (self.back, question, self.most) = (back, request, most)
        let call = RoutedCall(plans: [leg.plan], owner: owner, affinity: nil, loop: lane.loop, maker: self)
        self.call = call
        call.send()
    }

    func pool(for address: UpstreamAddress) -> UpstreamPool { lane.pool(for: address) }

    func request(for attempt: RoutedCall.Attempt) -> UpstreamRequest? {
        guard let bytes = question?(attempt.upstream.model) else { return nil }
        let head = leg.head(of: attempt, speaking: .openAI, version: nil, isStreamed: false)
        return UpstreamRequest(head, body: bytes)
    }

    /// Nobody waits any more.
    func cancel() {
        (back, question) = (nil, nil)
        call?.cancel()
        call = nil
    }

    func receive(_ event: UpstreamEvent) {
        switch event {
        case .head(let head): isGood = head.status == .ok
        case .body(let bytes):
            guard body.readableBytes + bytes.readableBytes <= 1 << 20 else { return finish(nil) }
            body.writeImmutableBuffer(bytes)
        case .pause: return
        case .end: finish(isGood ? SummaryRequest.text(in: body, most: most) : nil)
        case .failed: finish(nil)
        }
    }

    private func finish(_ text: ByteBuffer?) {
        let back = back
        cancel()
        back?(text)
    }
}

extension GatewaySnapshot {
    /// Whether any model's reasoning is summarised.
    var summarises: Bool { courses.values.contains { $0.first?.route.summariser != nil } }
}
