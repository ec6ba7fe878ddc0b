import Dialects
import NIOCore
import NIOHTTP1
import Upstreams

/// Puts answers on a client's connection: bytes of HTTP/1.1 or HTTP/1.0, or the parts of which HTTP/2's codec makes frames.
///
/// It writes; what is written leaves with the connection's next flush.
struct AnswerWire {
    /// Whether this is a stream of HTTP/2.
    let isStream: Bool
    /// The client's; without chunks to HTTP/1.0.
    var version = HTTPVersion.http1_1
    private var isChunked = false

    init(isStream: Bool) { self.isStream = isStream }

    /// Bytes that are copied behind what frames them, so that one write carries both.
    private static let joined = 16_384

    /// Writes a whole answer.
    ///
    /// - Parameter wantsBody: False for an answer to HEAD, which tells the body's length and has none.
    func write(
        _ reply: Reply, headers: [(String, String)], wantsBody: Bool, keepAlive: Bool, to context: ChannelHandlerContext
    ) {
        let body = wantsBody ? reply.body : ByteBuffer()
        guard !isStream else {
            write(head: reply.status, headers, length: reply.body.readableBytes, to: context)
            if body.readableBytes > 0 { context.write(Self.part(.body(.byteBuffer(body))), promise: nil) }
            return
        }
        let isJoined = body.readableBytes <= Self.joined
        var bytes = ByteBuffer(room: 640 + (isJoined ? body.readableBytes : 0))
        bytes.writeHead(
            version, status: reply.status, headers,
            framing: reply.status == 204 ? .none : .length(reply.body.readableBytes), keepAlive: keepAlive)
        if isJoined { bytes.writeImmutableBuffer(body) }
        context.write(NIOAny(bytes), promise: nil)
        if !isJoined { context.write(NIOAny(body), promise: nil) }
    }

    /// Writes the head of a streamed answer.
    mutating func begin(_ headers: [(String, String)], keepAlive: Bool, to context: ChannelHandlerContext) {
        guard !isStream else { return write(head: 200, headers, length: nil, to: context) }
        isChunked = version == .http1_1
        var bytes = ByteBuffer(room: 640)
        bytes.writeHead(
            version, status: 200, headers, framing: isChunked ? .chunked : .untilClose, keepAlive: keepAlive)
        context.write(NIOAny(bytes), promise: nil)
    }

    /// Writes a piece of a streamed answer's body, at least a byte.
    func write(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        guard !isStream else { return context.write(Self.part(.body(.byteBuffer(bytes))), promise: nil) }
        guard isChunked else { return context.write(NIOAny(bytes), promise: nil) }
        guard bytes.readableBytes <= Self.joined else {
            var head = ByteBuffer(room: 16)
            head.writeChunkSize(bytes.readableBytes)
            context.write(NIOAny(head), promise: nil)
            context.write(NIOAny(bytes), promise: nil)
            return context.write(NIOAny(ByteBuffer(string: "\r\n")), promise: nil)
        }
        var chunk = ByteBuffer(room: bytes.readableBytes + 16)
        chunk.writeChunkSize(bytes.readableBytes)
        chunk.writeImmutableBuffer(bytes)
        chunk.writeStaticString("\r\n")
        context.write(NIOAny(chunk), promise: nil)
    }

    /// Writes what ends a streamed answer.
    mutating func end(to context: ChannelHandlerContext) {
        if isChunked { context.write(NIOAny(ByteBuffer(string: "0\r\n\r\n")), promise: nil) }
        isChunked = false
    }

    /// Writes what ends a stream of HTTP/2.
    func endStream(to context: ChannelHandlerContext) { context.write(Self.part(.end(nil)), promise: nil) }

    /// Tells a client that waits for it that its body is wanted.
    func sayContinue(to context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http2, status: .continue)
        let words = isStream ? Self.part(.head(head)) : NIOAny(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        context.writeAndFlush(words, promise: nil)
    }

    private func write(
        head status: Int, _ fields: [(String, String)], length: Int?, to context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count + 1)
        for (name, value) in fields where ByteBuffer.isField(name, value) { headers.add(name: name, value: value) }
        if let length, status != 204 { headers.add(name: "content-length", value: String(length)) }
        let status = HTTPResponseStatus(statusCode: status)
        context.write(
            Self.part(.head(HTTPResponseHead(version: .http2, status: status, headers: headers))), promise: nil)
    }

    private static func part(_ part: HTTPServerResponsePart) -> NIOAny { NIOAny(part) }
}
