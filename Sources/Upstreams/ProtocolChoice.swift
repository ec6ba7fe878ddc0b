package import NIOCore
import NIOTLS

/// Waits for a TLS handshake, and builds the rest of the pipeline by the protocol that both sides chose (ALPN).
package final class ProtocolChoice: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = Any

    private let chosen: (String?) throws -> Void
    private let failed: (any Error) -> Void

    /// - Parameters:
    ///   - failed: Told once if the connection ends, or an error comes, before there is a protocol.
    ///   - chosen: Puts the handlers behind this one; is given the protocol's name, nil if none was chosen.
    package init(failed: @escaping (any Error) -> Void = { _ in }, chosen: @escaping (String?) throws -> Void) {
        (self.chosen, self.failed) = (chosen, failed)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSUserEvent, case .handshakeCompleted(let name) = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            try chosen(name)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            errorCaught(context: context, error: error)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failed(error)
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        failed(ChannelError.eof)
        context.fireChannelInactive()
    }
}
