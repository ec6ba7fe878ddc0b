package import NIOCore
import NIOHTTP1

// Heads are written as bytes here: what NIO's encoders do in three handlers for each part of a message.
extension ByteBuffer {
    /// An empty buffer with room for so many bytes; what a channel's own allocator gives, without asking the channel.
    package init(room: Int) { self = ByteBufferAllocator().buffer(capacity: room) }

    /// Writes one header field, unless its name or value could end it before its time.
    ///
    /// - Returns: False if nothing was written, because of a control character.
    @discardableResult
    package mutating func writeField(_ name: String, _ value: String) -> Bool {
        Self.withBytes(of: name) { name in
            Self.withBytes(of: value) { value in
                guard Self.isName(name), Self.isValue(value) else { return false }
                let size = name.count + value.count + 4
                writeWithUnsafeMutableBytes(minimumWritableBytes: size) { line in
                    UnsafeMutableRawBufferPointer(rebasing: line[..<name.count]).copyMemory(from: .init(name))
                    line[name.count] = UInt8(ascii: ":")
                    line[name.count + 1] = UInt8(ascii: " ")
                    UnsafeMutableRawBufferPointer(rebasing: line[(name.count + 2)...]).copyMemory(from: .init(value))
                    line[size - 2] = UInt8(ascii: "\r")
                    line[size - 1] = UInt8(ascii: "\n")
                    return size
                }
                return true
            }
        }
    }

    /// Whether this is the name and the value of a header field, and nothing in them could end it before its time.
    package static func isField(_ name: String, _ value: String) -> Bool {
        withBytes(of: name, isName) && withBytes(of: value, isValue)
    }

    /// A text's UTF-8 where it lies: nearly all texts have it in one piece.
    @inline(__always)
    private static func withBytes<R>(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        var text = text
        return text.withUTF8(body)
    }

    private static func isName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes where byte <= 0x20 || byte == 0x3A || byte >= 0x7F { return false }
        return true
    }

    private static func isValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var at = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while bytes.count &- at >= 8, HeadBytes.haveNoControl(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) {
            at &+= 8
        }
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
            at &+= 1
        }
        return true
    }

    /// Writes the head of a request without the empty line that ends it.
    ///
    /// - Returns: False if a field or the target holds what does not belong into a head.
    mutating func writeHead(_ head: HTTPRequestHead) -> Bool {
        guard !head.uri.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return false }
        writeString(head.method.rawValue)
        writeStaticString(" ")
        writeString(head.uri)
        writeStaticString(" HTTP/1.1\r\n")
        for (name, value) in head.headers where !writeField(name, value) { return false }
        return true
    }
}

/// The last handler before the socket of a connection to a model server: passes on bytes that are framed already.
///
/// NIO's decoder of answers, where one is used, wants to see the heads of requests; they stop here.
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
