import NIOCore
import NIOHTTP1
import NIOHTTP2

/// One HTTP/1.1 connection to a model server, or one stream of HTTP/2: the channel handler at the end of its pipeline.
///
/// It carries one call at a time, and goes back to its pool when an answer ended and the server keeps the connection. A
/// stream carries one call and ends.
final class UpstreamConnection: ChannelInboundHandler, Flushing {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case idle
        case waiting
        case answering(keepAlive: Bool)
        case closed
    }

    private let pool: UpstreamPool
    /// The connection of HTTP/2 that this is a stream of.
    private let session: UpstreamSession?
    private var state = State.idle
    private var reading = true
    /// Whether any of the answer's body has come.
    private var hasBody = false
    /// Whether the next head was made for the decoder and has been told already.
    private var skipsHead = false
    /// Whether the pool counts it among those that stand.
    var isCounted = false
    /// Reads answers as long as they are plain; nil once NIO's decoder does, and for streams of HTTP/2.
    private var reader: PlainReader?
    private var call: UpstreamCall?
    private var context: ChannelHandlerContext?
    private var deadline: LazyDeadline?
    /// When the head of the answer must have come.
    private var firstByteBy = NIODeadline.distantFuture
    /// What this read of the socket has brought of the body so far: it is delivered as one.
    private var gathered = ByteBuffer()
    private(set) var uses = 0
    /// Counts the link, where that is wanted.
    var counter: LinkCounter?
    private var linkBase: Int64 = 0

    init(pool: UpstreamPool, session: UpstreamSession? = nil) {
        (self.pool, self.session) = (pool, session)
        if session == nil { reader = PlainReader(isRequest: false) }
    }

    var isUsable: Bool {
        guard case .idle = state else { return false }
        return context?.channel.isActive ?? false
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = LazyDeadline(loop: context.eventLoop) { self.expire() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.stop()
    }

    // MARK: What the pool and the call ask for

    func start(_ call: UpstreamCall) {
        guard let context else { return call.fail(.closedEarly) }
        uses += 1
        hasBody = false
        gathered = ByteBuffer()
        tellStray()
        linkBase = counter?.total ?? 0
        self.call = call
        call.connection = self
        state = .waiting
        guard session == nil else { return startStream(call, context) }
        var bytes = ByteBuffer(room: 512 + min(call.request.body.readableBytes, Self.joined))
        guard call.request.writeHead(to: &bytes) else {
            return breakOff(.notHTTP("a header of the request holds a control character"))
        }
        if reader == nil { context.write(wrapOutboundOut(.head(Self.post)), promise: nil) }
        // A short body travels with the head.
        if call.request.body.readableBytes <= Self.joined {
            bytes.writeImmutableBuffer(call.request.body)
            write(bytes, context)
        } else {
            write(bytes, context)
            write(call.request.body, context)
        }
        sent(call)
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(reader == nil ? wrapOutboundOut(.body(.byteBuffer(bytes))) : NIOAny(bytes), promise: nil)
    }

    /// The request as the parts of which the codec makes frames.
    private func startStream(_ call: UpstreamCall, _ context: ChannelHandlerContext) {
        guard let head = call.request.parts else {
            return breakOff(.notHTTP("a header of the request holds a control character"))
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if call.request.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(call.request.body))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        sent(call)
    }

    private func sent(_ call: UpstreamCall) {
        pool.flushes.add(self)
        let now = NIODeadline.now()
        firstByteBy = now + call.timeouts.firstByte
        call.firstTokenBy = call.timeouts.firstToken.map { now + $0 } ?? .distantFuture
        watch(call)
    }

    /// Sets the deadline of the phase that the call is in.
    private func watch(_ call: UpstreamCall) {
        let next: NIODeadline
        if !call.hasResponded {
            next = min(firstByteBy, call.firstTokenBy)
        } else if !hasBody, call.timeouts.firstToken != nil {
            next = call.firstTokenBy
        } else {
            next = .now() + call.timeouts.idle
        }
        deadline?.set(at: min(next, call.mustEnd))
    }

    /// Bytes of a body that are copied behind the head.
    private static let joined = 16_384
    /// What the decoder of answers needs to know of a request: its method.
    private static let post = HTTPRequestHead(version: .http1_1, method: .POST, uri: "")

    func flushNow() { context?.flush() }

    func abandon() {
        call = nil
        close()
    }

    /// Nobody wants the rest of the answer: it may end, but not go on.
    func awaitEnd() {
        setReading(true)
        deadline?.set(within: Self.endLimit)
    }

    /// How long an answer that nobody reads any more may take to end.
    private static let endLimit = TimeAmount.seconds(1)

    /// Bytes of the link since the call began.
    var linkBytes: Int64 { (counter?.total ?? linkBase) - linkBase }

    /// The call will be told of no more bytes: those so far are its own, or a health route's few.
    func settle(_ call: UpstreamCall) {
        guard let counter else { return }
        call.detached(after: linkBytes)
        guard !call.isWatched else { return counter.accounted = counter.total }
        // A health route's answer.
        counter.accounted = min(counter.total, linkBase + LinkCounter.small)
        pool.onStray?(counter.accounted - linkBase, 0)
    }

    private func tellStray() {
        guard let stray = counter?.takeStray() else { return }
        pool.onStray?(stray, stray)
    }

    func setReading(_ wanted: Bool) {
        guard reading != wanted, let context else { return }
        reading = wanted
        context.channel.setOption(.autoRead, value: wanted).whenFailure { _ in }
        if wanted { context.read() }
        // A server that waits for us is not late.
        guard let call else { return }
        guard wanted else { deadline?.set(at: call.mustEnd); return }
        watch(call)
    }

    func close() {
        state = .closed
        deadline?.stop()
        context?.close(promise: nil)
    }

    // MARK: What the server sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reader != nil else { return take(unwrapInboundIn(data)) }
        guard call != nil else {
            // Not even a piece of what nobody asked for is kept: the next answer would begin with it.
            tellStray()
            return close()
        }
        reader?.add(RawBytes.of(data))
        while case let part? = reader?.next() {
            switch part {
            case .head(let head):
                guard case .answer(let status) = head.start else { return }
                let answer = HTTPResponseHead(version: .http1_1, status: status, headers: head.headers)
                take(.head(answer), isLast: head.isLast)
            case .body(let bytes): take(.body(bytes))
            case .end: return endOfAnswer()
            case .more: return
            case .foreign(let bytes, let isInChunks): return handOver(bytes, isInChunks, context)
            case .broken: return breakOff(.notHTTP("a chunk does not end where its size says"))
            }
        }
    }

    /// An answer ended: nothing may stand behind it that nobody asked for.
    private func endOfAnswer() {
        if reader?.holdsBytes == true { state = .answering(keepAlive: false) }
        take(.end(nil))
    }

    /// Leaves an answer that is not plain, and all after it, to NIO's decoder.
    private func handOver(_ bytes: ByteBuffer, _ isInChunks: Bool, _ context: ChannelHandlerContext) {
        reader = nil
        if case .closed = state { return }
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandlers([FramedRequests(), decoder], position: .before(self))
            let place = try pipeline.context(handler: decoder)
            context.write(wrapOutboundOut(.head(Self.post)), promise: nil)
            skipsHead = isInChunks
            if isInChunks { decoder.channelRead(context: place, data: NIOAny(Self.chunked)) }
            decoder.channelRead(context: place, data: NIOAny(bytes))
        } catch {
            breakOff(.closedEarly)
        }
    }

    /// A head for a decoder that takes over in the middle of an answer.
    private static let chunked = ByteBuffer(string: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")

    /// - Parameter isLast: Whether a head says that its connection ends; nil where that is not known yet.
    private func take(_ part: HTTPClientResponsePart, isLast: Bool? = nil) {
        guard let call, context != nil else {
            tellStray()
            return close()
        }
        switch part {
        case .head(let head):
            guard !skipsHead else {
                skipsHead = false
                return
            }
            guard head.status != .switchingProtocols else { return breakOff(.notHTTP("it switched protocols")) }
            // An interim answer (100, 103) is not the answer.
            guard head.status.code >= 200 else { return }
            call.responded()
            state = .answering(keepAlive: isLast.map { !$0 } ?? head.isKeepAlive)
            if reading { watch(call) }
            call.receive?(.head(head))
        case .body(let bytes):
            guard call.receive != nil else { return abandon() }
            hasBody = true
            gather(bytes)
        case .end:
            deliver()
            // Whoever took it may have ended the call.
            guard self.call === call else {
                tellStray()
                return close()
            }
            finish(call)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver()
        call?.receive?(.pause)
    }

    private func gather(_ bytes: ByteBuffer) {
        guard gathered.readableBytes > 0 else {
            gathered = bytes
            return
        }
        gathered.writeImmutableBuffer(bytes)
        if gathered.readableBytes >= Self.mostGathered { deliver() }
    }

    private static let mostGathered = 65_536

    /// Gives what has come of the body to whoever made the call.
    private func deliver() {
        guard gathered.readableBytes > 0 else { return }
        let bytes = gathered
        gathered = ByteBuffer()
        guard let call else { return }
        if reading { watch(call) }
        call.receive?(.body(bytes))
    }

    private func finish(_ call: UpstreamCall) {
        settle(call)
        let keepAlive = if case .answering(true) = state { true } else { false }
        self.call = nil
        call.connection = nil
        deadline?.clear()
        if session != nil {
            // Its end has come or is coming; if the server never took all of the request, it is reset.
            state = .closed
            deadline?.set(within: Self.endLimit)
        } else if keepAlive {
            state = .idle
            setReading(true)
            pool.giveBack(self)
        } else {
            close()
        }
        call.receive?(.end)
        call.receive = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliver()
        let lost = call
        if let lost { settle(lost) }
        tellStray()
        let mayRepeat = isReused && !hasBegun
        call = nil
        state = .closed
        deadline?.stop()
        pool.lost(self)
        session?.streamEnded()
        if let lost { pool.connectionLost(lost, reused: mayRepeat) }
    }

    /// Whether the server may have closed what it had kept for us: then the request may be sent again.
    private var isReused: Bool { session.map { $0.opened > 1 } ?? (uses > 1) }

    /// Whether a piece of a head has come: then the request is not sent again.
    private var hasBegun: Bool { reader?.holdsBytes == true }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliver()
        if error is HTTPParserError { return breakOff(.notHTTP("\(error)")) }
        // A reset is a connection that ended: on a kept one the request may be sent again; so may one whose stream was refused.
        let isRefused = (error as? NIOHTTP2Errors.StreamClosed)?.errorCode == .refusedStream
        let lost = call
        if let lost { settle(lost) }
        let mayRepeat = isRefused || isReused && !hasBegun
        call = nil
        close()
        if let lost { pool.connectionLost(lost, reused: mayRepeat) }
    }

    private func expire() {
        guard let call else { return close() }
        // Whether the connection still carries anything is in doubt: new calls take another.
        session?.retire()
        let now = NIODeadline.now()
        if now >= call.mustEnd { return breakOff(.timedOut(.total)) }
        if !hasBody, now >= call.firstTokenBy { return breakOff(.timedOut(.firstToken)) }
        breakOff(.timedOut(call.hasResponded ? .idle : .firstByte))
    }

    private func breakOff(_ failure: UpstreamFailure) {
        let broken = call
        if let broken { settle(broken) }
        call = nil
        close()
        broken?.fail(failure)
    }
}
