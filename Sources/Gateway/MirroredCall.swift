import Access
import Dialects
import NIOCore
import NIOHTTP1
import Safeguards
import Upstreams

/// Where some of a model's requests go a second time, to see how another model would answer them.
public struct Mirror: Sendable, Equatable {
    /// The other model, by its own name.
    public var model: String
    /// The share of admitted requests, above 0 and at most 1.
    public var share: Double

    /// A mirror.
    public init(model: String, share: Double) { (self.model, self.share) = (model, share) }
}

/// A request that was admitted, sent to a second model as well: its answer is judged, counted and dropped.
///
/// No client waits for it or sees of it, nobody is billed for it, and its end changes nothing. Of each event loop so many run at once,
/// each so large; what does not fit is left out.
final class MirroredCall: CallMaker {
    /// How many run on one event loop at once.
    static let most = 16
    /// The largest request that is sent twice, and the largest answer that is looked at.
    static let largest = 128 << 10

    /// How one ended.
    enum End: Sendable { case clear, stopped, failed }

    private let lane: Lane
    private let facts: RequestFacts
    private let cascade: Cascade?
    private let question: ModelRequest
    private let plan: MirrorPlan
    private var call: RoutedCall?
    private var server: ServerSpeech?
    private var collected = ByteBuffer()
    private var isStream = false

    init(_ question: ModelRequest, by plan: MirrorPlan, lane: Lane, facts: RequestFacts, cascade: Cascade?) {
        (self.question, self.plan) = (question, plan)
        (self.lane, self.facts, self.cascade) = (lane, facts, cascade)
    }

    /// Sends the request; the lane holds the call until it is over.
    func send(owner: String) {
        let made = RoutedCall(plans: [plan.leg.plan], owner: owner, affinity: nil, loop: lane.loop, maker: self)
        call = made
        lane.metrics.add(.mirrorsSent)
        made.send()
    }

    func pool(for address: UpstreamAddress) -> UpstreamPool { lane.pool(for: address) }

    func request(for attempt: RoutedCall.Attempt) -> UpstreamRequest? {
        let route = plan.leg.route
        let speaks = route.dialect(of: attempt.upstream, for: question.dialect)
        let foreign = speaks == question.dialect ? nil : plan.translated?.body(for: attempt.upstream, of: route)
        server =
            foreign != nil || route.profile.changesAnswers
            ? ServerSpeech(dialect: speaks, profile: route.profile) : nil
        let bytes = foreign?.body ?? question.upstreamBody(model: attempt.upstream.model)
        let head = plan.leg.head(of: attempt, speaking: speaks, version: nil, isStreamed: question.stream)
        return UpstreamRequest(head, body: bytes)
    }

    func receive(_ event: UpstreamEvent) {
        switch event {
        case .head(let head):
            guard head.status == .ok, head.headers.first(name: "content-encoding") ?? "identity" == "identity" else {
                return end(.failed)
            }
            isStream =
                facts.isStreamed
                && head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") == true
        case .body(let bytes):
            guard collected.readableBytes + bytes.readableBytes <= Self.largest else { return end(.failed) }
            collected.writeImmutableBuffer(bytes)
        case .pause: return
        case .end: judge()
        case .failed: end(.failed)
        }
    }

    private func judge() {
        let (loop, facts, cascade, server) = (lane.loop, facts, cascade, server)
        let (bytes, isStream) = (collected, isStream)
        let bound = NIOLoopBound(self, eventLoop: loop)
        // All mirrors have one turn among the organisations: they delay nobody who waits.
        let accepted = lane.gateway.compute.submit(for: "mirror") { outcome in
            let end =
                outcome == .late
                ? End.failed
                : isStream
                    ? Self.judge(stream: bytes, facts, server, cascade)
                    : Self.judge(whole: bytes, facts, server, cascade)
            loop.execute { bound.value.end(end) }
        }
        if !accepted { end(.failed) }
    }

    private static func judge(
        whole bytes: ByteBuffer, _ facts: RequestFacts, _ server: ServerSpeech?, _ cascade: Cascade?
    ) -> End {
        switch WholeAnswer.judge(bytes, facts, from: server, asking: cascade.map { both in { both.judge($0) } }) {
        case .failure: .failed
        case .success(let whole): whole.finding == nil ? .clear : .stopped
        }
    }

    private static func judge(
        stream bytes: ByteBuffer, _ facts: RequestFacts, _ server: ServerSpeech?, _ cascade: Cascade?
    ) -> End {
        var pipeline = facts.makePipeline(from: server)
        var out = ByteBuffer()
        _ = pipeline.read(bytes)
        pipeline.readEnd()
        pipeline.judge(into: &out)
        while let question = pipeline.question {
            pipeline.settle(cascade?.judge(question), into: &out)
            pipeline.judge(into: &out)
        }
        if !pipeline.gate.findings.isEmpty { return .stopped }
        return pipeline.fault == nil && pipeline.isOver ? .clear : .failed
    }

    private func end(_ end: End) {
        guard let call else { return }
        self.call = nil
        call.cancel()
        switch end {
        case .clear: lane.metrics.add(.mirrorsClear)
        case .stopped: lane.metrics.add(.mirrorsStopped)
        case .failed: lane.metrics.add(.mirrorsFailed)
        }
        lane.dropMirror(self)
    }

    /// The time to drain is over.
    func stop() { end(.failed) }
}

extension Exchange {
    /// Whether this request is to be sent to a second model as well: which, and in whose words.
    func mirror(for request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute) -> MirrorPlan? {
        guard let mirror = route.mirror, body.readableBytes <= MirroredCall.largest, lane.hasRoomForMirrors,
            Double.random(in: 0..<1) < mirror.share,
            let leg = snapshot.courses[mirror.model]?.first, leg.route.isServed,
            snapshot.stops.objection(to: leg.route.name) == nil,
            request.sensitive(notIn: leg.route.allowed).isEmpty,
            !leg.route.profile.changesAnswers || request.unservedWhereRewritten == nil
        else { return nil }
        guard Translations.areNeeded(for: dialect, [leg]) else { return MirrorPlan(leg: leg, translated: nil) }
        let translated = Translations(request, [leg])
        return translated.possible.first.map { MirrorPlan(leg: $0, translated: translated) }
    }

    /// Sends an admitted and recorded request to the second model.
    func send(_ request: ModelRequest, by plan: MirrorPlan, _ facts: RequestFacts) {
        let call = MirroredCall(
            request, by: plan, lane: lane, facts: facts, cascade: judges?.secondStage ?? snapshot.secondStage)
        lane.addMirror(call)
        call.send(owner: "mirror")
    }
}

/// Where a request is sent a second time.
struct MirrorPlan {
    let leg: GatewaySnapshot.Leg
    let translated: Translations?
}
