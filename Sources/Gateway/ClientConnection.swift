import Access
import Dialects
import Ledger
import NIOCore
import NIOHTTP1
import Places
import Store
import Upstreams

/// The end of a client's pipeline: collects one request at a time, hands it to an `Exchange`, and writes what the exchange says.
///
/// It knows HTTP and time, and nothing of models or rules. On HTTP/2 it is the end of one stream, and ends with it.
final class ClientConnection: ChannelInboundHandler, Flushing {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Waiting for a request's head.
        case idle
        /// Collecting a body for a route.
        case collecting(HTTPRequestHead, Route)
        /// The request is complete and an exchange is answering it.
        case answering
        /// An answer was sent before the request was complete; what still arrives is dropped and the connection closes.
        case discarding
        case closed
    }

    let lane: Lane
    private var state = State.idle
    /// Reads requests as long as they are plain; nil once NIO's decoder does, and for streams of HTTP/2.
    private var reader: PlainReader?
    private var body = IncomingBody()
    /// Parts of requests that came before the running one was answered; nothing more is read meanwhile.
    private var pipelined: CircularBuffer<HTTPServerRequestPart>?
    private var wire: AnswerWire
    /// What was still to be sent when the deadline passed last.
    private var unsent = Int.max
    private(set) var exchange: Exchange?
    /// What was in force when the running request's head came: all of the request is under it.
    private var snapshot: GatewaySnapshot?
    /// The key that came with the running request's head.
    private(set) var presented: PresentedKey?
    private var context: ChannelHandlerContext?
    private var deadline: LazyDeadline?
    private(set) var clientAddress = ""
    private(set) var peer: NetworkAddress?
    /// Requests that the connection has carried.
    private var requests = 0
    /// What was found of the connection's own address, and under which rules.
    var knownOrigin: (version: Int, origin: Origin)?
    private var isDelivering = false
    private var keepAlive = true
    /// What the answer must look like: without a body to HEAD.
    private var wantsBody = true
    private var responseStarted = false
    /// Whether a flush is due at the end of this turn of the loop.
    private var isFlushing = false
    /// Closing at once would reset the connection under a client that is still sending, and it would never read our answer.
    private var lingers = false
    /// What the running request's answer tells a browser that another site's page may read it.
    private var crossOrigin: [(String, String)] = []
    /// Whether this is a stream of HTTP/2, whose frames the codec before it makes.
    var isStream: Bool { wire.isStream }

    init(lane: Lane, arrival: Arrival) {
        self.lane = lane
        wire = AnswerWire(isStream: arrival.wire == .http2)
        reader = arrival.wire == .http2 ? nil : PlainReader(isRequest: true)
        (clientAddress, peer) = (arrival.text, arrival.address)
    }

    private var inForce: GatewaySnapshot { snapshot ?? lane.inForce }

    // MARK: Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lane.add(self)
        deadline = LazyDeadline(loop: context.eventLoop) { self.expire() }
        deadline?.set(within: lane.inForce.settings.clientTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closed
        deadline?.stop()
        releaseBody()
        lane.remove(self)
        let left = exchange
        exchange = nil
        snapshot = nil
        left?.clientLeft()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !responseStarted, !isAnswering, error is HTTPParserError else { return close() }
        keepAlive = false
        lane.metrics.failed(.invalidRequest)
        send(APIError.invalidHTTP("\(error)").reply(.openAI, requestID: DecisionID().description))
        state = .discarding
    }

    var isAnswering: Bool { if case .answering = state { true } else { false } }

    // MARK: Reading a request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reader != nil else { return come(unwrapInboundIn(data), context) }
        reader?.add(RawBytes.of(data))
        while case let part? = reader?.next() {
            switch part {
            case .head(let head):
                guard case .request(let method, let target) = head.start else { return }
                let request = HTTPRequestHead(
                    version: .http1_1, method: method, uri: target, headers: head.headers)
                come(.head(request), context, isLast: head.isLast)
            case .body(let bytes): come(.body(bytes), context)
            case .end: come(.end(nil), context)
            case .more: return
            case .foreign(let bytes, _): return handOver(bytes, context)
            case .broken: return close()
            }
        }
    }

    /// Leaves a request that is not plain, and all after it, to NIO's decoder.
    private func handOver(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        reader = nil
        if case .closed = state { return }
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(decoder, position: .before(self))
            decoder.channelRead(context: try pipeline.context(handler: decoder), data: NIOAny(bytes))
        } catch {
            close()
        }
    }

    /// - Parameter isLast: Whether a head says that its connection ends; nil where that is not known yet.
    private func come(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext, isLast: Bool? = nil) {
        guard isAnswering || hasPipelined else { return take(part, isLast) }
        if pipelined == nil { pipelined = CircularBuffer(initialCapacity: 4) }
        pipelined?.append(part)
        if pipelined?.count == 1 { context.channel.setOption(.autoRead, value: false).whenFailure { _ in } }
    }

    private var hasPipelined: Bool { pipelined?.isEmpty == false }

    private func take(_ part: HTTPServerRequestPart, _ isLast: Bool? = nil) {
        switch part {
        case .head(let head): begin(head, keepsAlive: isLast.map { !$0 } ?? head.isKeepAlive)
        case .body(let bytes): collect(bytes)
        case .end: endOfRequest()
        }
    }

    /// Takes up what came while the last request was being answered.
    private func takePipelined() {
        guard hasPipelined, !isDelivering, let context else { return }
        isDelivering = true
        while !isAnswering, let part = pipelined?.popFirst() { take(part) }
        isDelivering = false
        guard !hasPipelined else { return }
        pipelined = nil
        context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }

    private func begin(_ head: HTTPRequestHead, keepsAlive: Bool) {
        guard case .idle = state else { return }
        snapshot = lane.gateway.snapshot
        presented = nil
        wire.version = (head.version.major, head.version.minor) < (1, 1) ? .http1_0 : .http1_1
        wantsBody = head.method != .HEAD
        requests += 1
        let rules = inForce.settings.connections
        keepAlive =
            keepsAlive && wire.version == .http1_1 && !lane.isDraining && requests < rules.requests
        responseStarted = false
        let route = Route(method: head.method, target: head.uri)
        state = .collecting(head, route)
        lane.metrics.add(.heads)
        let began = body.begin()
        deadline?.set(at: began + inForce.settings.clientTimeout)
        if let sites = rules.crossOrigin {
            crossOrigin = sites.headers(for: head.headers)
            if let answer = sites.preflight(head) { return foresee(answer) }
        }
        if route.isForKeys {
            // A stranger's body is not read.
            let visitor = lane.gateway.gatekeeper.identify(
                key: head.headers.clientKey, from: clientAddress, now: Int64(began.uptimeNanoseconds),
                evenIfStopped: route.isForStopped)
            switch visitor {
            case .failure(let refusal): return refuse(head, refusal.apiError)
            case .success(let visitor): presented = visitor.presented
            }
        }
        if let declared = Self.declaredBytes(head), declared > route.bodyLimit ?? inForce.settings.bodyLimit {
            return refuse(head, .tooLarge(limit: route.bodyLimit ?? inForce.settings.bodyLimit))
        }
        guard wire.version == .http1_1, let expected = head.headers.first(name: "expect") else { return }
        guard expected.lowercased() == "100-continue" else { return refuse(head, .expectation(expected)) }
        if let context { wire.sayContinue(to: context) }
    }

    private func collect(_ bytes: ByteBuffer) {
        guard case .collecting(let head, let route) = state else { return }
        let limit = route.bodyLimit ?? inForce.settings.bodyLimit
        deadline?.set(at: body.deadline(within: inForce.settings.clientTimeout))
        guard body.count + bytes.readableBytes <= limit else { return refuse(head, .tooLarge(limit: limit)) }
        guard mayHold(bytes.readableBytes) else { return refuse(head, .overloadedBodies) }
        body.append(bytes, declared: { Self.declaredBytes(head) })
    }

    private static func declaredBytes(_ head: HTTPRequestHead) -> Int? {
        head.headers.first(name: "content-length").flatMap { Int($0) }
    }

    private func endOfRequest() {
        if case .discarding = state { return }
        guard case .collecting(let head, let route) = state else { return }
        state = .answering
        deadline?.clear()
        let request = body.take()
        if case .exchange = route {} else { lane.metrics.other(route) }
        switch route {
        case .exchange(let dialect): run(request, dialect, head)
        case .tokenCount: run(request, .anthropic, head, isCount: true)
        case .moderation: moderate(request, head)
        case .models, .model, .health, .readiness, .description:
            send(lane.gateway.answer(route, headers: head.headers, target: head.uri, client: clientAddress))
        case .receipt, .promise, .logFile: askForProof(route, head)
        case .appeals: ask(.submit(request), head)
        case .permissionWish: ask(.askPermission(request), head)
        case .permissions: ask(.permissions, head)
        case .applications: apply(.apply(request), head)
        case .application(let name): apply(.look(name), head)
        case .applicationKey(let name): apply(.claim(name), head)
        case .applyPage: apply(.page, head)
        case .appeal(let name): ask(.look(name), head)
        case .wrongMethod(let allow):
            fail(head, .wrongMethod(allow: allow))
        case .notServed(let what): fail(head, .notServed(what))
        case .unknown:
            fail(head, .unknownRoute(head.uri))
        }
    }

    private func run(_ body: ByteBuffer, _ dialect: Dialect, _ head: HTTPRequestHead, isCount: Bool = false) {
        let exchange = Exchange(
            connection: self, dialect: dialect, headers: head.headers, snapshot: snapshot ?? lane.gateway.snapshot,
            isCount: isCount)
        self.exchange = exchange
        exchange.run(body)
    }

    func fail(_ head: HTTPRequestHead, _ error: APIError) {
        lane.metrics.failed(error.kind)
        let dialect = Route.dialect(method: head.method, target: head.uri, headers: head.headers)
        send(error.reply(dialect, requestID: DecisionID().description))
    }

    /// Answers before the request is complete; the rest of it is not read.
    private func refuse(_ head: HTTPRequestHead, _ error: APIError) {
        keepAlive = false
        lingers = true
        releaseBody()
        fail(head, error)
    }

    /// Whether there is room for more bytes of this request's body; they are given back with it.
    func mayHold(_ more: Int) -> Bool {
        body.hold(more, of: lane.gateway.bodies, limit: inForce.settings.allBodiesLimit)
    }

    /// The request's bytes are no longer needed.
    func releaseBody() { body.letGo(of: lane.gateway.bodies) }

    // MARK: Writing an answer

    /// Sends a whole answer.
    func send(_ reply: Reply) {
        guard let context else { return }
        responseStarted = true
        let headers = crossOrigin.isEmpty ? reply.headers : reply.headers + crossOrigin
        wire.write(reply, headers: headers, wantsBody: wantsBody, keepAlive: keepAlive, to: context)
        answerWritten()
    }

    /// Begins a streamed answer.
    func beginStream(headers: [(String, String)]) {
        guard let context, !responseStarted else { return }
        responseStarted = true
        wire.begin(crossOrigin.isEmpty ? headers : headers + crossOrigin, keepAlive: keepAlive, to: context)
    }

    /// Adds judged bytes to a streamed answer.
    func write(_ bytes: ByteBuffer) {
        guard let context, bytes.readableBytes > 0 else { return }
        wire.write(bytes, to: context)
    }

    /// What was written leaves with all else that this turn of the loop wrote.
    func flush() {
        guard !isFlushing else { return }
        isFlushing = true
        lane.flushes.add(self)
    }

    func flushNow() {
        isFlushing = false
        guard let context else { return }
        context.flush()
        guard !context.channel.isWritable, deadline?.isSet == false else { return }
        unsent = buffered
        deadline?.set(within: lane.inForce.settings.writeTimeout)
    }

    /// Ends a streamed answer.
    func endOfAnswer() {
        if let context { wire.end(to: context) }
        answerWritten()
    }

    /// The answer is complete: on to the next request, or the connection closes.
    private func answerWritten() {
        guard let context else { return }
        exchange = nil
        snapshot = nil
        releaseBody()
        guard !isStream else { return endStream() }
        crossOrigin = []
        guard keepAlive, !lane.isDraining else {
            state = .discarding
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
                self.closeAfterAnswer()
            }
            return
        }
        state = .idle
        responseStarted = false
        unsent = .max
        deadline?.set(within: lane.inForce.settings.keepAlive)
        flush()
        takePipelined()
    }

    /// The answer of a stream of HTTP/2 is complete: the stream ends with its request.
    private func endStream() {
        let isWhole = isAnswering
        state = .discarding
        if let context { wire.endStream(to: context) }
        flush()
        // What the client still sends is dropped for so long, and then the stream is reset.
        deadline?.set(within: isWhole ? lane.inForce.settings.writeTimeout : .seconds(2))
    }

    /// A browser asks whether a page may send a request; no key comes with the question.
    private func foresee(_ answer: [(String, String)]) {
        crossOrigin = []
        state = .answering
        deadline?.clear()
        send(Reply(status: 204, headers: answer, body: ByteBuffer()))
    }

    private func closeAfterAnswer() {
        guard lingers, let context else { return close() }
        context.close(mode: .output, promise: nil)
        deadline?.set(within: .seconds(2))
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let writable = context.channel.isWritable
        if writable {
            if isAnswering { deadline?.clear() }
        } else if isAnswering {
            unsent = buffered
            deadline?.set(within: lane.inForce.settings.writeTimeout)
        }
        exchange?.setReading(writable)
        context.fireChannelWritabilityChanged()
    }

    func close() {
        state = .closed
        if isFlushing { context?.flush() }
        context?.close(promise: nil)
    }

    // MARK: Stopping

    /// The server is about to stop: idle connections close, running answers go on.
    func drain() {
        // A stream ends with its answer; its connection takes no new one.
        guard !isStream else { return }
        keepAlive = false
        if case .idle = state { close() }
    }

    /// The time to drain is over: the running answer ends with its dialect's error.
    func stopNow() {
        exchange?.cut(.draining)
        close()
    }

    private func expire() {
        if case .collecting(let head, _) = state, !responseStarted { return refuse(head, .slowRequest) }
        if isTaking { return }
        close()
    }

    /// Whether the client still takes what was written for it, if slowly: then it has as much time again.
    ///
    /// An answer that is complete here may be long on its way: its connection is not idle before all of it has left.
    private var isTaking: Bool {
        let left = buffered
        guard left > 0, left <= unsent - Self.leastTaken else { return false }
        unsent = left
        deadline?.set(within: inForce.settings.writeTimeout)
        return true
    }

    /// Bytes that were written and have not left for the client; 0 of a stream, whose connection counts them.
    private var buffered: Int {
        guard !isStream, let options = context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Bytes that a slow client must have taken each time.
    private static let leastTaken = 16_384
}
