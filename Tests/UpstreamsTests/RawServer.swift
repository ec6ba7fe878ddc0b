import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

@testable import Upstreams

/// A model server of raw bytes: what it sends is written out, and it does with the connection as it is told.
final class RawServer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    enum Step: Sendable { case send(String), close, reset, silence }

    let script: @Sendable (_ connection: Int, _ request: Int) -> [Step]
    let connections = NIOLockedValueBox(0)
    let requests = NIOLockedValueBox(0)
    let closed = NIOLockedValueBox(0)

    init(_ script: @escaping @Sendable (Int, Int) -> [Step]) { self.script = script }

    func channelActive(context: ChannelHandlerContext) { connections.withLockedValue { $0 += 1 } }

    func channelInactive(context: ChannelHandlerContext) { closed.withLockedValue { $0 += 1 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let request = requests.withLockedValue { count in
            count += 1
            return count
        }
        for step in script(connections.withLockedValue { $0 }, request) {
            switch step {
            case .send(let text): context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            case .close: context.close(promise: nil)
            case .reset:
                let now = linger(l_onoff: 1, l_linger: 0)
                let channel = context.channel
                (channel as? any SocketOptionProvider)?.setSoLinger(now).whenComplete { _ in channel.close(promise: nil)
                }
            case .silence: break
            }
        }
    }
}

/// What a call brought, as words.
final class Record: Sendable {
    let words = NIOLockedValueBox<[String]>([])
    let done: EventLoopPromise<Void>

    init(on loop: any EventLoop) { done = loop.makePromise() }

    func note(_ event: UpstreamEvent) {
        switch event {
        case .head(let head): words.withLockedValue { $0.append("head \(head.status.code)") }
        case .body(let bytes): words.withLockedValue { $0.append(String(buffer: bytes)) }
        case .pause: break
        case .end:
            words.withLockedValue { $0.append("end") }
            done.succeed()
        case .failed(let failure):
            words.withLockedValue { $0.append("failed \(failure)") }
            done.succeed()
        }
    }
}
