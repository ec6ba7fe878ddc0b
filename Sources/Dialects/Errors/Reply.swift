public import NIOCore

/// A whole HTTP answer that the gateway gives of its own.
public struct Reply: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields, with lower-case names.
    public var headers: [(String, String)]
    /// The body.
    public var body: ByteBuffer

    /// Makes a reply.
    public init(status: Int, headers: [(String, String)], body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static let jsonType = ("content-type", "application/json")
    static let streamType = ("content-type", "text/event-stream; charset=utf-8")
}
