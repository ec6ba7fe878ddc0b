public import NIOCore
import NIOHTTP1
import NIOPosix
public import NIOSSL

/// The connections of one event loop to one model server, kept open between calls.
///
/// Confined to its loop: a call and its answer never hop to another thread.
public final class UpstreamPool {
    /// Connections that may stand at once, in use or not.
    public static let maximumConnections = 8_192
    /// Connections kept open without work.
    public static let maximumIdle = 512
    /// How long a connection is kept without work; it is closed within a quarter of that time more.
    public static let idleLimit = TimeAmount.seconds(60)

    let loop: any EventLoop
    let address: UpstreamAddress
    private let tls: NIOSSLContext?
    /// The server's address where it is given in figures.
    private let literal: SocketAddress?
    /// Connections without work and since when, the longest idle first.
    private var idle: [(connection: UpstreamConnection, since: NIODeadline)] = []
    /// Connections of HTTP/2.
    var sessions: [UpstreamSession] = []
    /// Whether the server chose HTTP/2 when it was last asked; nil before.
    var speaksTwo: Bool?
    /// Handshakes that run, and may bring a connection for many calls.
    var handshakes = 0
    /// Calls that wait for one of them.
    var waiting: [UpstreamCall] = []
    var isSweeping = false
    var standing = 0
    private var isRetired = false
    private let idleLimit: TimeAmount
    let flushes: FlushBatch
    /// Told of bytes that no call accounts for, and how many of them nobody asked for; set, it makes new connections
    /// count what comes.
    package var onStray: ((_ link: Int64, _ padding: Int64) -> Void)?

    /// A pool on `loop`; `tls` must be given for an `https` address.
    public convenience init(loop: any EventLoop, address: UpstreamAddress, tls: NIOSSLContext?) {
        self.init(loop: loop, address: address, tls: tls, flushes: FlushBatch(loop: loop))
    }

    /// A pool whose requests leave together with what else is flushed on its loop.
    package init(
        loop: any EventLoop, address: UpstreamAddress, tls: NIOSSLContext?, flushes: FlushBatch,
        idleLimit: TimeAmount = UpstreamPool.idleLimit
    ) {
        self.idleLimit = idleLimit
        self.loop = loop
        self.address = address
        literal = try? SocketAddress(ipAddress: address.host, port: address.port)
        self.tls = tls
        self.flushes = flushes
    }

    /// Connections that stand at this moment.
    public var connectionCount: Int { standing }

    /// Sends one request; `receive` is called on the loop with everything that comes back, and last with `.end` or `.failed`.
    ///
    /// A request on a kept connection that the server closes before its first byte is sent once more, on a new connection.
    public func send(
        _ request: UpstreamRequest, timeouts: UpstreamTimeouts, mustEnd: NIODeadline = .distantFuture,
        receive: @escaping (UpstreamEvent) -> Void
    ) -> UpstreamCall {
        loop.preconditionInEventLoop()
        let call = UpstreamCall(request: request, timeouts: timeouts, mustEnd: mustEnd, receive: receive)
        while let (connection, _) = idle.popLast() {
            guard connection.isUsable else { continue }
            connection.start(call)
            return call
        }
        route(call)
        return call
    }

    /// No configuration names this address any more: connections close as soon as they carry no call.
    public func retire() {
        isRetired = true
        closeIdle()
    }

    /// Closes the connections that carry no call.
    public func closeIdle() {
        for (connection, _) in idle { connection.close() }
        idle.removeAll()
        for session in sessions where isRetired || session.streams == 0 { session.retire() }
    }

    func giveBack(_ connection: UpstreamConnection) {
        guard idle.count < Self.maximumIdle, !isRetired else { return connection.close() }
        idle.append((connection, .now()))
        if !isSweeping { sweepLater() }
    }

    func sweepLater() {
        isSweeping = true
        // Holds a pool that nobody else does until its last connection has gone; a weak reference would slow down every use.
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(idleLimit.nanoseconds / 4)) { self.sweep() }
    }

    /// Closes what has been without work for too long.
    private func sweep() {
        isSweeping = false
        let limit = NIODeadline.now() - idleLimit
        let old = idle.prefix { $0.since <= limit }
        idle.removeFirst(old.count)
        for (connection, _) in old { connection.close() }
        for session in sessions where session.streams == 0 && session.idleSince <= limit { session.retire() }
        if !idle.isEmpty || !sessions.isEmpty { sweepLater() }
    }

    func lost(_ session: UpstreamSession) {
        guard let place = sessions.firstIndex(where: { $0 === session }) else { return }
        sessions.remove(at: place)
        standing -= 1
    }

    func lost(_ connection: UpstreamConnection) {
        // Of several addresses of one host that were tried at once, only the one in use was counted.
        guard connection.isCounted else { return }
        standing -= 1
        idle.removeAll { $0.connection === connection }
    }

    func connectionLost(_ call: UpstreamCall, reused: Bool) {
        call.connection = nil
        guard call.receive != nil else { return }
        guard reused, !call.hasResponded, !call.wasRetried else { return call.fail(.closedEarly) }
        call.wasRetried = true
        route(call)
    }

    /// Sends a call on a connection of HTTP/2 that has room, or makes one for it.
    func route(_ call: UpstreamCall) {
        guard tls != nil, speaksTwo != false else { return connect(for: call) }
        if let session = sessions.first(where: \.hasRoom) { return session.start(call) }
        // One handshake brings room for many.
        guard handshakes == 0 else { return waiting.append(call) }
        connect(for: call)
    }

    func connect(for call: UpstreamCall) {
        guard standing < Self.maximumConnections else { return failSoon(call, .busy) }
        // Never in the clear where the address says otherwise.
        guard !address.isTLS || tls != nil else { return failSoon(call, .unreachable("TLS is not set up")) }
        standing += 1
        let address = address
        let bound = NIOLoopBound(self, eventLoop: loop)
        let limit = min(call.timeouts.connect, max(.milliseconds(1), call.mustEnd - .now()))
        if let tls { return secure(tls, within: limit, for: call) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            // One read a wake-up: a second one would only find the socket empty.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: ReadSizes())
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    _ = try bound.value.addEnd(to: channel)
                }
            }
        // An address in figures needs no resolver, nor a race between several.
        let connecting =
            if let literal { bootstrap.connect(to: literal) } else {
                bootstrap.connect(host: address.host, port: address.port)
            }
        connecting.assumeIsolated().whenComplete { result in self.connected(result, for: call) }
    }

    /// Puts the handlers of HTTP/1.1 on a channel, the connection's own at their end.
    func addEnd(to channel: any Channel) throws -> UpstreamConnection {
        let pipeline = channel.pipeline.syncOperations
        let connection = UpstreamConnection(pool: self)
        if onStray != nil {
            let counter = LinkCounter()
            try pipeline.addHandler(counter)
            connection.counter = counter
        }
        try pipeline.addHandler(connection)
        return connection
    }

    func connected(_ result: Result<any Channel, any Error>, for call: UpstreamCall) {
        switch result {
        case .failure(let error):
            standing -= 1
            let isTimeout = if let error = error as? ChannelError, case .connectTimeout = error { true } else { false }
            call.fail(isTimeout ? .timedOut(.connect) : .unreachable(error.reason))
        case .success(let channel):
            guard channel.isActive,
                let connection = try? channel.pipeline.syncOperations.handler(type: UpstreamConnection.self)
            else {
                standing -= 1
                return call.fail(.closedEarly)
            }
            connection.isCounted = true
            if call.receive == nil {
                giveBack(connection)
            } else {
                connection.start(call)
            }
        }
    }

    func failSoon(_ call: UpstreamCall, _ failure: UpstreamFailure) {
        loop.assumeIsolated().execute { call.fail(failure) }
    }
}
