import Access
import Constitution
import Dialects
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Places
import Safeguards
import Store
import Upstreams

/// One request and its answer: parse, admit, judge, record, forward, judge the answer, complete.
///
/// It lives on its connection's event loop. Text that is too long to judge there goes to the compute pool and comes back by one hop.
final class Exchange {
    /// New text, in bytes, that may be judged on the event loop at once.
    static let inlineLimit = 16 << 10
    /// Text, in bytes, that may be hashed on the event loop at once.
    static let hashLimit = 1 << 20
    /// Bytes of JSON that may be parsed on the event loop at once.
    static let parseLimit = 128 << 10
    /// Bytes of JSON that may be parsed there if they hold few values, and how many those are.
    static let plainLimit = 512 << 10
    static let plainValues = 8_192

    /// What the exchange is doing.
    enum Phase {
        /// Nothing may be taken from the upstream yet.
        case preparing
        /// The request is with the upstream; nothing has come back.
        case forwarding
        /// A streamed answer is coming in and going out.
        case streaming
        /// A whole answer is being collected.
        case collecting
        /// An error of the upstream is being collected.
        indirect case failing(status: Int, retryAfter: String?)
        /// Something is being judged on the compute pool.
        case away
        case done
    }

    unowned let connection: ClientConnection
    let lane: Lane
    let dialect: Dialect
    private let isCount: Bool
    var headers: HTTPHeaders
    let snapshot: GatewaySnapshot
    let decision: DecisionID
    /// The decision's id as clients read it.
    lazy var decisionText = decision.description
    let started = NIODeadline.now()

    var phase = Phase.preparing
    var facts: RequestFacts?
    /// The body as it was read, until it is judged, where it was looked for.
    var read: ReadBody?
    /// The request in the dialects of those servers that speak another one.
    @Rare var translations: Translations?
    /// What the server that was asked last answers in; nil if its answer is passed on as it comes.
    @Rare var foreign: ServerSpeech?
    /// Hints that this server was not given, since its dialect has no words for them.
    var ignored: [String] = []
    var lease: Lease?
    /// What the exchange is judged by; what permissions open is in it.
    var judges: GatewaySnapshot.Judges?
    /// The permissions without which the exchange would have been stopped, for the record.
    var permission = ""
    /// What the exchange may cost, where that is metered.
    var reservation: Reservation?
    var sequence: UInt64?
    /// The highest score of the request's texts, 0...1.
    var requestPeak: Float = 0
    /// What the answer promises of the public log, once it is recorded.
    var promise: String?
    var call: RoutedCall?
    /// What the call sends; nil before it and once nothing is sent again.
    var outgoing: Outgoing?
    var answer: AnswerPipeline?
    var collected = ByteBuffer()
    var usage: TokenUsage?
    var hasBegun = false
    var unflushed = false
    /// Whether the record is as durable as the configuration promises before output leaves.
    var isDurable = true
    /// Whether its answer bears the mark of a curb.
    var isMarked = false
    /// How it ended, whether it was recorded, and whether a rule refused it.
    var ended: LaneMetrics.End?
    var wasRecorded = false
    var wasRefused = false
    /// The model that was asked for, by its own name, once that is known.
    private(set) var modelName: String?
    var upstreamHeaders: [(String, String)] = []
    /// What the upstream sent while an earlier part was away at the compute pool, or the record was not yet on the disk.
    var backlog: [UpstreamEvent] = []
    var afterDisk: [() -> Void] = []
    /// How often something was sent to the compute pool.
    var journeys = 0
    /// Where the answer is kept for whoever asks the same again; nil where it is not.
    @Rare var cachePlace: CachePlace?
    /// What safeguards said of the answer that its text alone does not tell again.
    var answerNotes: [String] = []

    /// What those are given who watch traffic, once the exchange is over, and the time that took.
    var watched: WatchedRequest?
    var watchTime = TimeAmount.nanoseconds(0)
    /// Summaries of a whole answer's reasoning, by choice, once they are there.
    var summaries: [Int: ByteBuffer]?
    /// The question for a summary of the reasoning, while it runs.
    var summary: SummaryCall?
    /// What comes over the link of a guarded model's server, while no stream counts it.
    @Rare var egress: EgressCount?
    /// Bytes of the link of a call that was let go of before the exchange ended.
    var leftLink: Int64?
    /// Whether a permission opens reasoning that the model keeps back.
    lazy var opensReasoning = lease?.openings.contains(Self.reasoningPermission) == true
    /// The guarded server that was asked last.
    @Rare var guarded: GuardedServer?

    /// Its place in a trace, if it has one.
    @Rare private(set) var trace: ExchangeTrace?
    /// When the last step ended.
    var mark: NIODeadline
    /// The error that the client was told.
    @Rare private(set) var error: APIError.Kind?

    /// - Parameters:
    ///   - snapshot: What was in force when the request's head came; everything is judged by it.
    ///   - isCount: Whether only the tokens of the request are asked for.
    init(
        connection: ClientConnection, dialect: Dialect, headers: HTTPHeaders, snapshot: GatewaySnapshot,
        isCount: Bool = false
    ) {
        self.connection = connection
        self.isCount = isCount
        lane = connection.lane
        self.dialect = dialect
        self.headers = headers
        self.snapshot = snapshot
        decision = DecisionID()
        mark = started
        trace = ExchangeTrace(headers, decision, snapshot.settings.tracing, connection.lane.gateway.spans)
        lane.metrics.add(.exchangesBegun)
    }

    var gateway: Gateway { lane.gateway }
    var isDone: Bool { if case .done = phase { true } else { false } }

    // MARK: Step 1: parse

    /// Begins with the bytes of the request's body.
    func run(_ body: ByteBuffer) {
        switch BodyCoding(headers) {
        case .plain: read(body)
        case .unknown(let names): fail(.unknownCoding(names))
        case .gzip:
            let limit = snapshot.settings.bodyLimit
            away(for: connection.clientAddress) {
                BodyCoding.inflate(body, limit: limit)
            } back: {
                switch $0 {
                case .failure(let error): self.fail(error)
                case .success(let plain):
                    guard self.connection.mayHold(plain.readableBytes) else { return self.fail(.overloadedBodies) }
                    self.read(plain)
                }
            }
        }
    }

    private func read(_ body: ByteBuffer) {
        let (beginnings, dialect, size) = (gateway.beginnings, dialect, body.readableBytes)
        let mark = snapshot.settings.turnsKept > 0 ? connection.presented?.mark : nil
        let key = mark.map { TurnHash.Value(low: $0.0, high: $0.1) }
        guard size > Self.parseLimit else {
            return read(body) { () throws(RequestError) in try beginnings.read(body, dialect, of: key) }
        }
        // A long conversation has few values: reading them is soon done.
        if size <= Self.plainLimit,
            let read = try? beginnings.read(body, dialect, within: Self.plainValues, of: key)
        {
            step(.parse)
            return admit(read, body)
        }
        away(for: connection.clientAddress) { () -> Result<ReadBody, RequestError> in
            Result { () throws(RequestError) in try beginnings.read(body, dialect, of: key) }
        } back: { result in
            self.read(body) { () throws(RequestError) in try result.get() }
        }
    }

    private func read(_ body: ByteBuffer, _ result: () throws(RequestError) -> ReadBody) {
        let read: ReadBody
        do throws(RequestError) { read = try result() } catch {
            step(.parse)
            return fail(error.apiError)
        }
        step(.parse)
        admit(read, body)
    }

    // MARK: Steps 2 and 3: admit, gate

    private func admit(_ read: ReadBody, _ body: ByteBuffer) {
        let request = read.request
        if read.place != nil { self.read = read }
        let leg = snapshot.named[request.model]
        // Scopes of keys and standings of models name the model itself, whatever its alias.
        guard let presented = connection.presented else { return fail(AccessRefusal.missingKey.apiError) }
        let outcome = gateway.gatekeeper.admit(
            presented, model: leg?.route.name ?? request.model,
            route: (isCount ? .tokenCount : Route.exchange(dialect)).pattern,
            endUser: request.endUser, from: connection.clientAddress, origin: connection.origin(of: headers),
            tokens: request.estimatedTokens, now: Int64(started.uptimeNanoseconds))
        step(.admit)
        switch outcome {
        case .refused(let refusal): return deny(refusal, request, body, leg?.route)
        case .admitted(let lease): self.lease = lease
        }
        guard let leg else { return fail(.unknownModel(request.model)) }
        admit(request, body, by: leg)
    }

    /// What of an admitted request its model's settings allow.
    private func admit(_ request: ModelRequest, _ body: ByteBuffer, by leg: GatewaySnapshot.Leg) {
        modelName = leg.route.name
        guard leg.route.isServed else {
            return turnAway(.modelNotServed(leg.route.name), request, body, model: leg.route.name)
        }
        if isCount { return finish(TokenCount.reply(request.inputTokens), Ending(.complete)) }
        if let stopped = snapshot.objection(to: leg.route.name) ?? guardObjection(to: leg.route) {
            return turnAway(stopped, request, body, model: leg.route.name)
        }
        if let field = request.sensitive(notIn: leg.route.allowed).first {
            return turnAway(.notAllowed(field, model: leg.route.name), request, body, model: leg.route.name)
        }
        judges = snapshot.judges(opening: lease?.openings ?? [])
        watchRevocation()
        guard lease?.curb != nil else { return translate(request, body, leg.route) }
        translate(curbed(request), body, leg.route)
    }

    private func watchRevocation() {
        let loop = lane.loop
        let bound = NIOLoopBound(self, eventLoop: loop)
        lease?.onRevocation { reason in
            loop.execute { bound.value.cut(reason.apiError) }
        }
    }

    // MARK: Step 6: forward

    func forward(
        _ request: ModelRequest, _ facts: RequestFacts, _ verdict: RequestVerdict, _ body: ByteBuffer,
        _ route: ModelRoute
    ) {
        if route.cacheLifetime != nil,
            answerAgain(
                request, body, route, record: { record(.admitted, verdict.noting("cache:hit"), request, body) })
        {
            return
        }
        guard reserve(request, facts, body, route) else { return }
        opensReasoning = opensReasoning && usePermissionForReasoning(route)
        phase = .forwarding
        let call = routedCall(for: request, route)
        self.call = call
        call.send()
        let mirror = mirror(for: request, body, route)
        // The upstream works while the record is written; nothing of what it says leaves before.
        let isRecorded =
            if let mirror {
                record(.admitted, verdict.noting("mirror:\(mirror.leg.route.name)"), request, body)
            } else {
                record(.admitted, verdict, request, body)
            }
        guard isRecorded else { return }
        watch(request)
        if let mirror { send(request, by: mirror, facts) }
        headers = HTTPHeaders()
    }

    // MARK: Endings

    /// Ends with an error in the client's dialect, whatever has been sent so far.
    func fail(_ error: APIError, limits: LimitStatus? = nil) {
        if !isDurable { lane.writeRecords() }
        guard !isDone else { return }
        lane.metrics.failed(error.kind)
        self.error = error.kind
        if hasBegun, var answer {
            var out = ByteBuffer()
            answer.fail(error, into: &out)
            connection.write(out)
            complete(Ending(error.outcome, answer.gate))
            return end()
        }
        var reply = error.reply(dialect, requestID: decisionText)
        if sequence != nil { reply.headers += proofHeaders }
        if let limits { reply.headers += limits.headers(dialect) }
        finish(reply, Ending(error.outcome))
    }

    /// Ends with a whole answer.
    func finish(_ reply: Reply, _ ending: Ending) {
        if !isDurable { lane.writeRecords() }
        guard !isDone else { return }
        complete(ending)
        close()
        connection.send(reply)
    }

    /// Ends a streamed answer whose last bytes have been written.
    func end() {
        guard !isDone else { return }
        close()
        connection.endOfAnswer()
    }

    /// Cut from outside: revocation, or the end of draining.
    func cut(_ error: APIError) {
        guard !isDone else { return }
        call?.cancel()
        fail(error)
    }

    /// Goes on under its own snapshot although another is in force, unless that one stops what it is doing.
    func follow(_ newer: GatewaySnapshot) {
        let stops = newer.stops
        guard !isDone, stops != snapshot.stops else { return }
        let names = [modelName, fallbackModel].compactMap { $0 }
        if let objection = stops.all.map(APIError.stopped) ?? names.lazy.compactMap(stops.objection(to:)).first {
            return cut(objection)
        }
        // What has come as near as this to a category that was stopped meanwhile would not be let through now.
        let answerPeak = answer?.gate.peak ?? 0
        for (category, reason) in stops.categories where snapshot.stops.categories[category] == nil {
            guard
                requestPeak >= newer.policy.bar(of: category, .request)
                    || answerPeak >= newer.policy.bar(of: category, .answer)
            else { continue }
            return cut(.categoryStopped(category, reason))
        }
    }

    /// The client is gone: the upstream stops working for it.
    func clientLeft() {
        guard !isDone else { return }
        var ending = answer.map { Ending(.clientLeft, $0.gate) } ?? Ending(.clientLeft)
        // The model server has read the request, even if nothing of the answer was seen.
        if usage == nil, answer == nil, let call, call.attempts > 0, let facts {
            usage = TokenUsage(input: facts.inputTokens)
            ending.spending = Ending.Spending()
        }
        complete(ending)
        close()
    }

    /// Lets go of everything the exchange held: the upstream, its place under the limits, what was waiting.
    private func close() {
        let tokens = settledTokens
        let now = NIODeadline.now()
        closeBooks(at: now)
        handOver(ended ?? .clientLeft, at: now)
        phase = .done
        if guarded != nil { accountForTheRest() }
        summary?.cancel()
        summary = nil
        call?.cancel()
        call = nil
        outgoing = nil
        answer = nil
        backlog = []
        afterDisk = []
        collected = ByteBuffer()
        if let lease {
            lease.end(tokens: tokens, now: Int64(now.uptimeNanoseconds))
        }
        lease = nil
        reservation = nil
    }
}
