package import NIOCore
import NIOHTTP1

// Heads are written as bytes here: what NIO's encoders do in three handlers for each part of a message.
extension ByteBuffer {
    /// Writes one header field, unless its name or value could end it before its time.
    ///
    /// - Returns: False if nothing was written, because of a control character.
    @discardableResult
    package mutating func writeField(_ name: String, _ value: String) -> Bool {
        guard Self.isField(name, value) else { return false }
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
        return true
    }

    /// Whether this is the name and the value of a header field, and nothing in them could end it before its time.
    package static func isField(_ name: String, _ value: String) -> Bool {
        !name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x3A || $0 >= 0x7F })
            && !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
    }

    /// Writes the head of a request.
    ///
    /// - Returns: False if a field or the target holds what does not belong into a head.
    mutating func writeHead(_ head: HTTPRequestHead) -> Bool {
        guard !head.uri.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return false }
        writeString(head.method.rawValue)
        writeStaticString(" ")
        writeString(head.uri)
        writeStaticString(" HTTP/1.1\r\n")
        for (name, value) in head.headers where !writeField(name, value) { return false }
        writeStaticString("\r\n")
        return true
    }
}

extension HTTPRequestHead {
    /// Whether nothing in it could end it before its time.
    var isWritable: Bool {
        !uri.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) && headers.allSatisfy { ByteBuffer.isField($0, $1) }
    }
}

/// The last handler before the socket of a connection to a model server: passes on bytes that are framed already.
///
/// NIO's decoder of answers wants to see the heads of requests; they stop here.
final class FramedRequests: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .body(.byteBuffer(let bytes)) = unwrapOutboundIn(data) else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }
}
