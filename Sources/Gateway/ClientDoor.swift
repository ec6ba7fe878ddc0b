import Certificates
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import Places
import Synchronization
import Upstreams

/// Where a client's request came in: what its connection tells, before any header.
struct Arrival: Sendable {
    /// What is spoken on the wire.
    enum Wire { case http1, http2 }

    /// The client's address as text.
    var text: String
    /// The same as a number; nil for a local socket.
    var address: NetworkAddress?
    var wire = Wire.http1

    /// The other end of a channel.
    init(_ channel: any Channel) {
        text = channel.remoteAddress?.ipAddress ?? "unix"
        address = NetworkAddress(text)
    }
}

/// Builds the pipeline of each connection that clients open: a proxy's preface, TLS, then HTTP/1.1 or HTTP/2.
struct ClientDoor: Sendable {
    /// With HTTP/2 offered, and without; nil where the listener speaks in the clear.
    private let tls: (both: NIOSSLContext, one: NIOSSLContext)?

    /// - Throws: `NIOSSLError` for a certificate that cannot be used.
    init(certificate: ServerCertificate?) throws {
        tls = try certificate.map {
            (
                try NIOSSLContext(configuration: $0.configuration(protocols: ["h2", "http/1.1"])),
                try NIOSSLContext(configuration: $0.configuration(protocols: ["http/1.1"]))
            )
        }
    }

    /// Takes a new connection.
    func admit(_ channel: any Channel, to lane: Lane) throws {
        let rules = lane.inForce.settings.connections
        guard rules.most == 0 || lane.gateway.clients.load(ordering: .relaxed) < rules.most else {
            // Nothing is read: a client that cannot be served costs no more than this.
            throw ChannelError.ioOnClosedChannel
        }
        let arrival = Arrival(channel)
        guard let peer = arrival.address, rules.proxies.contains(peer) else {
            return try secure(channel, to: lane, arrival)
        }
        let deadline = ArrivalDeadline(lane.inForce.settings.clientTimeout)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(deadline)
        try pipeline.addHandler(
            ProxyPrefaceReader(lane: lane) { client in
                var arrival = arrival
                if let client { (arrival.address, arrival.text) = (client, "\(client)") }
                try secure(channel, to: lane, arrival)
                pipeline.removeHandler(deadline, promise: nil)
            })
    }

    private func secure(_ channel: any Channel, to lane: Lane, _ arrival: Arrival) throws {
        guard let tls else { return try Self.speakOne(channel, to: lane, arrival) }
        let pipeline = channel.pipeline.syncOperations
        let offersTwo = lane.inForce.settings.connections.speaksTwo
        let deadline = ArrivalDeadline(lane.inForce.settings.clientTimeout)
        try pipeline.addHandler(deadline)
        try pipeline.addHandler(NIOSSLServerHandler(context: offersTwo ? tls.both : tls.one))
        try pipeline.addHandler(
            ProtocolChoice { name in
                if name == "h2" {
                    try Self.speakTwo(channel, to: lane, arrival)
                } else {
                    try Self.speakOne(channel, to: lane, arrival)
                }
                pipeline.removeHandler(deadline, promise: nil)
            })
    }

    private static func speakOne(_ channel: any Channel, to lane: Lane, _ arrival: Arrival) throws {
        // The connection reads plain requests and frames answers itself; a decoder comes before it when one is needed.
        try channel.pipeline.syncOperations.addHandler(ClientConnection(lane: lane, arrival: arrival))
    }

    /// Each stream is a channel of its own, with what a connection of HTTP/1.1 has.
    private static func speakTwo(_ channel: any Channel, to lane: Lane, _ arrival: Arrival) throws {
        let rules = lane.inForce.settings.connections
        var arrival = arrival
        arrival.wire = .http2
        let session = ClientSession(lane: lane, requests: rules.requests)
        let bound = NIOLoopBound((lane: lane, session: session), eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        // It hears of streams from the multiplexer itself: a connection with streams is not idle.
        let upkeep = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: lane.inForce.settings.keepAlive, maxAge: nil, maxGraceTime: nil,
                keepalive: .init(pingInterval: .minutes(5), ackTimeout: lane.inForce.settings.clientTimeout)))
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: .forClients(streams: rules.streams),
            streamConfiguration: .forAnswers, streamDelegate: upkeep.http2StreamDelegate
        ) { [arrival] stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try pipeline.addHandler(ClientConnection(lane: bound.value.lane, arrival: arrival))
                bound.value.session.opened()
            }
        }
        try pipeline.addHandler(upkeep)
        try pipeline.addHandler(session)
        // The connection stands already: its clocks begin now.
        upkeep.channelActive(context: try pipeline.context(handler: upkeep))
    }
}

extension NIOHTTP2Handler.ConnectionConfiguration {
    /// What one client may make a connection hold and do.
    ///
    /// Resets, errors and control frames are counted over 30 seconds: a client that opens streams and drops them again makes
    /// more of them than honest ones do (CVE-2023-44487), and heads of many pieces are bounded by size and by number
    /// (CVE-2024-27316).
    fileprivate static func forClients(streams: Int) -> Self {
        var configuration = Self()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 32_768),
            HTTP2Setting(parameter: .initialWindowSize, value: 262_144),
        ]
        configuration.targetWindowSize = 1 << 20
        configuration.maximumBufferedControlFrames = 1_000
        return configuration
    }
}

extension NIOHTTP2Handler.StreamConfiguration {
    /// A stream's buffers, as those of a connection of HTTP/1.1.
    fileprivate static var forAnswers: Self {
        var configuration = Self()
        configuration.targetWindowSize = 262_144
        configuration.outboundBufferSizeLowWatermark = 16_384
        configuration.outboundBufferSizeHighWatermark = 65_536
        configuration.streamResetFrameRateLimit.maximumCount = 500
        return configuration
    }
}

/// The end of the pipeline of a connection of HTTP/2: what is left when its streams have taken theirs.
final class ClientSession: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let lane: Lane
    private let requests: Int
    private var count = 0
    private var context: ChannelHandlerContext?

    init(lane: Lane, requests: Int) { (self.lane, self.requests) = (lane, requests) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lane.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// A stream was opened; the last that the connection may carry is told so.
    func opened() {
        count += 1
        guard count == requests, let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.drain() }
    }

    /// No new streams; the connection closes when the last one ends.
    func drain() { context?.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }

    /// The time to drain is over.
    func stopNow() { context?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelInactive(context: ChannelHandlerContext) {
        lane.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A stream's error ends that stream alone.
        if error is NIOHTTP2Errors.StreamError { return }
        context.close(promise: nil)
    }
}

/// Closes a connection that does not come to HTTP in time: a preface that drips, a handshake that stalls.
final class ArrivalDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let patience: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ patience: TimeAmount) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: patience) { channel.close(mode: .all, promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
