import NIOCore
import NIOHTTP1
import NIOHTTP2

/// One connection of HTTP/2 to a model server, which carries many calls: the end of its pipeline.
///
/// Each call has a stream, and each stream is a channel with an `UpstreamConnection` at its end. Confined to its loop.
final class UpstreamSession: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    /// Streams that one connection carries where the server would take more.
    private static let mostStreams = 1_000

    private let pool: UpstreamPool
    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    /// Streams that the server takes at once; a hundred until it says.
    private var limit = 100
    private(set) var streams = 0
    /// Streams opened since it stands.
    private(set) var opened = 0
    /// Since when no stream has run.
    private(set) var idleSince = NIODeadline.now()
    private var isRetired = false

    /// Speaks HTTP/2 on a channel whose handshake is done.
    init(on channel: any Channel, pool: UpstreamPool) throws {
        (self.channel, self.pool) = (channel, pool)
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0), HTTP2Setting(parameter: .maxHeaderListSize, value: 65_536),
            HTTP2Setting(parameter: .initialWindowSize, value: 262_144),
        ]
        // The connection's window is wide: a stream whose client is slow must not hold up the others.
        connection.targetWindowSize = 16 << 20
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = 262_144
        stream.outboundBufferSizeLowWatermark = 16_384
        stream.outboundBufferSizeHighWatermark = 65_536
        // A server may refuse many calls, and measure its way with pings.
        stream.streamResetFrameRateLimit.maximumCount = 10_000
        connection.controlFrameRateLimit.maximumCount = 10_000
        let pipeline = channel.pipeline.syncOperations
        multiplexer = try pipeline.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: connection, streamConfiguration: stream
        ) { pushed in pushed.close() }
        try pipeline.addHandler(self)
    }

    /// Whether it takes another call.
    var hasRoom: Bool { !isRetired && streams < limit && channel.isActive }

    /// Sends a call on a stream of its own.
    func start(_ call: UpstreamCall) {
        streams += 1
        opened += 1
        let bound = NIOLoopBound((session: self, call: call, pool: pool), eventLoop: channel.eventLoop)
        let made = channel.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: made) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                let end = UpstreamConnection(pool: bound.value.pool, session: bound.value.session)
                if bound.value.pool.onStray != nil {
                    let counter = LinkCounter()
                    try pipeline.addHandler(FrameCounter(counter))
                    end.counter = counter
                }
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .https))
                try pipeline.addHandler(end)
            }
        }
        made.futureResult.assumeIsolated().whenComplete { result in
            let call = bound.value.call
            switch result {
            case .success(let stream):
                guard let end = try? stream.pipeline.syncOperations.handler(type: UpstreamConnection.self) else {
                    return call.fail(.closedEarly)
                }
                guard call.receive != nil else { return end.close() }
                end.start(call)
            case .failure:
                self.streamEnded()
                self.retire()
                self.pool.connectionLost(call, reused: self.opened > 1)
            }
        }
    }

    /// A stream is over.
    func streamEnded() {
        streams = max(0, streams - 1)
        idleSince = .now()
        if isRetired, streams == 0 { close() }
    }

    /// Takes no more calls, and closes when the last one ends.
    func retire() {
        isRetired = true
        if streams == 0 { close() }
    }

    func close() { channel.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)):
            if let most = settings.last(where: { $0.parameter == .maxConcurrentStreams })?.value {
                limit = max(0, min(most, Self.mostStreams))
            }
        case .goAway: retire()
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isRetired = true
        pool.lost(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamError { return }
        context.close(promise: nil)
    }
}
