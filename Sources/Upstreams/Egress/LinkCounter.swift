import NIOCore

/// Counts what comes over a connection to a guarded model's server, before anything is read from it.
final class LinkCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes so far.
    private(set) var total: Int64 = 0
    /// Of these, the ones that somebody accounts for.
    var accounted: Int64 = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        total = total.addingClamped(Int64(unwrapInboundIn(data).readableBytes))
        context.fireChannelRead(data)
    }

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
