import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One HTTP/1.1 request on a connection of its own, for commands; never for the data path.
enum HTTPCall {
    struct Answer: Sendable {
        var status = 0
        var contentType = ""
        var body: [UInt8] = []
    }

    /// The largest answer that is read.
    static let longestAnswer = 32 << 20

    /// Asks for a resource and waits for the answer.
    ///
    /// - Throws: `CommandProblem` when the URL is none, or nobody answers in time.
    static func get(_ url: String) throws -> Answer {
        do {
            return try begin(.GET, url, body: [], timeout: .seconds(10)).wait()
        } catch let error as CommandProblem {
            throw error
        } catch {
            throw CommandProblem("'\(url)': \(error)")
        }
    }

    /// Sends a body; the answer comes later.
    ///
    /// - Throws: `CommandProblem` when the URL is none.
    static func post(_ url: String, body: [UInt8], seconds: Int64) throws -> EventLoopFuture<Answer> {
        try begin(.POST, url, body: body, timeout: .seconds(seconds))
    }

    private static func begin(
        _ method: HTTPMethod, _ url: String, body: [UInt8], timeout: TimeAmount
    ) throws -> EventLoopFuture<Answer> {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            parts.scheme == "http" || parts.scheme == "https"
        else { throw CommandProblem("'\(url)' is no http or https URL") }
        let isSecure = parts.scheme == "https"
        let port = parts.port ?? (isSecure ? 443 : 80)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Answer.self)
        let context = isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        let path =
            (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath)
            + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers = ["host": parts.port == nil ? host : "\(host):\(port)", "connection": "close"]
        if method == .POST { head.headers.add(name: "content-length", value: "\(body.count)") }
        let request = head
        ClientBootstrap(group: loop).connectTimeout(timeout).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if let context {
                    let name = host.allSatisfy { $0.isNumber || $0 == "." } || host.contains(":") ? nil : host
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: name))
                }
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(AnswerCollector(promise))
            }
        }.connect(host: host, port: port).whenComplete { result in
            switch result {
            case .failure(let error): promise.fail(error)
            case .success(let channel):
                channel.eventLoop.scheduleTask(in: timeout) {
                    promise.fail(CommandProblem("no answer from '\(url)' in \(timeout.nanoseconds / 1_000_000_000) s"))
                    channel.close(promise: nil)
                }
                channel.write(HTTPClientRequestPart.head(request), promise: nil)
                if !body.isEmpty {
                    channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
                }
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            }
        }
        return promise.futureResult
    }
}

/// Collects one answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<HTTPCall.Answer>
    private var answer = HTTPCall.Answer()

    init(_ promise: EventLoopPromise<HTTPCall.Answer>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.contentType = head.headers.first(name: "content-type") ?? ""
        case .body(let part):
            answer.body.append(contentsOf: part.readableBytesView)
            guard answer.body.count <= HTTPCall.longestAnswer else {
                promise.fail(CommandProblem("the answer is larger than 32 MiB"))
                context.close(promise: nil)
                return
            }
        case .end:
            promise.succeed(answer)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(CommandProblem("the connection ended before the answer did"))
        context.fireChannelInactive()
    }
}
