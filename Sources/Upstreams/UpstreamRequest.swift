public import NIOCore
public import NIOHTTP1

/// The head of requests to a model server: what stays the same from one to the next, checked and written once.
public final class RequestHead: Sendable {
    /// The request line and the fields; HTTP/2 makes its own form of them.
    let fields: HTTPRequestHead
    /// The same as HTTP/1.1 writes it, without the empty line; nil if something in it does not belong into a head.
    let bytes: ByteBuffer?

    /// Takes a head; the length of the body is added to each request.
    public init(_ head: HTTPRequestHead) {
        var fields = head
        fields.headers.remove(name: "content-length")
        self.fields = fields
        var bytes = ByteBuffer()
        self.bytes = bytes.writeHead(fields) ? bytes : nil
    }
}

/// One request to a model server.
public struct UpstreamRequest {
    let head: RequestHead
    /// Fields of this request alone, such as its place in a trace.
    private(set) var more: [(String, String)]
    private(set) var body: ByteBuffer

    /// Puts a request together.
    public init(_ head: RequestHead, _ more: [(String, String)] = [], body: ByteBuffer) {
        (self.head, self.more, self.body) = (head, more, body)
    }

    /// Whether the length of the body is told: not where the method has none.
    private var tellsLength: Bool { body.readableBytes > 0 || head.fields.method != .GET }

    /// The head in parts; nil if something in it does not belong there.
    var parts: HTTPRequestHead? {
        guard head.bytes != nil, more.allSatisfy({ ByteBuffer.isField($0, $1) }) else { return nil }
        var parts = head.fields
        for (name, value) in more { parts.headers.add(name: name, value: value) }
        if tellsLength { parts.headers.add(name: "content-length", value: String(body.readableBytes)) }
        return parts
    }

    /// Its bytes are needed no more.
    mutating func forget() { (more, body) = ([], ByteBuffer()) }

    /// Writes the head in HTTP/1.1.
    ///
    /// - Returns: False if a field or the target holds what does not belong into a head.
    func writeHead(to buffer: inout ByteBuffer) -> Bool {
        guard let same = head.bytes else { return false }
        buffer.writeImmutableBuffer(same)
        for (name, value) in more where !buffer.writeField(name, value) { return false }
        if tellsLength {
            buffer.writeStaticString("content-length: ")
            buffer.writeString(String(body.readableBytes))
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
        return true
    }
}
