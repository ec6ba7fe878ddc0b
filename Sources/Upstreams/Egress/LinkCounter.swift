import NIOCore
import NIOHTTP2

/// Counts what comes over a connection to a guarded model's server, before anything is read from it.
final class LinkCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes so far.
    private(set) var total: Int64 = 0
    /// Of these, the ones that somebody accounts for.
    var accounted: Int64 = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        add(Int64(unwrapInboundIn(data).readableBytes))
        context.fireChannelRead(data)
    }

    func add(_ bytes: Int64) { total = total.addingClamped(bytes) }

    /// Bytes that came when nobody had asked for anything, if they are worth telling.
    func takeStray() -> Int64? {
        let stray = total - accounted
        accounted = total
        return stray > Self.ends ? stray : nil
    }

    /// The end of an answer that nobody waits for.
    private static let ends: Int64 = 512
    /// What the answer of a health route may have.
    static let small: Int64 = 4_096
}

/// Counts what comes on one stream of HTTP/2: its data with their padding.
final class FrameCounter: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload

    private let counter: LinkCounter

    init(_ counter: LinkCounter) { self.counter = counter }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .data(let part) = unwrapInboundIn(data) {
            counter.add(Int64(part.data.readableBytes + (part.paddingBytes ?? 0)))
        }
        context.fireChannelRead(data)
    }
}
