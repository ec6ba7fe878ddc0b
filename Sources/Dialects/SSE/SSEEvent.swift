public import NIOCore

/// One event of a server-sent event stream.
public struct SSEEvent: Sendable {
    /// The `event:` field, or nil where there is none.
    public var name: ByteBuffer?
    /// The `data:` lines, joined by line feeds.
    public var data: ByteBuffer
    /// The event as it came, with its blank line; without comments and fields other than `event` and `data`.
    public var raw: ByteBuffer

    /// Makes an event.
    public init(name: ByteBuffer?, data: ByteBuffer, raw: ByteBuffer) {
        self.name = name
        self.data = data
        self.raw = raw
    }

    /// Writes an event of our own.
    static func write(name: StaticString? = nil, data: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(data.readableBytes + 40)
        if let name {
            out.writeStaticString("event: ")
            out.writeStaticString(name)
            out.writeStaticString("\n")
        }
        out.writeStaticString("data: ")
        out.writeImmutableBuffer(data)
        out.writeStaticString("\n\n")
        return out
    }
}
