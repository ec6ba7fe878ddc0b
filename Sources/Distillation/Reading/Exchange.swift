/// What the watch looks at in one exchange; the pieces of memory belong to whoever calls.
public struct Exchange {
    /// Arrival, in milliseconds since 1970, UTC.
    public var time: Int64 = 0
    /// The account (key or sub-account) that asked.
    public var account = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The organisation that owns the account.
    public var organisation = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The client's address as text.
    public var address = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The number of the network (AS) that the address belongs to; 0 if unknown.
    public var network: Int64 = 0
    /// A keyed hash of the payment instrument; empty if there is none.
    public var payment = UnsafeRawBufferPointer(start: nil, count: 0)
    /// A hash of the client's user agent and header order; empty if there is none.
    public var client = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The model asked for.
    public var model = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The start of the last user message, as UTF-8.
    public var prompt = UnsafeRawBufferPointer(start: nil, count: 0)
    /// A hash of the system prompt; empty if there is none.
    public var system = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Tokens of the whole request, of the answer, and the limit that was asked for.
    public var promptTokens: Int64 = 0
    /// Tokens of the answer; 0 unless the status is 200.
    public var completionTokens: Int64 = 0
    /// The limit on the answer's tokens that was asked for.
    public var maxTokens: Int64 = 0
    /// The temperature in thousandths; nil if not given.
    public var temperature: Int64?
    /// Whether the answer was streamed.
    public var isStreamed = false
    /// Whether tools were offered.
    public var hasTools = false
    /// The HTTP status of the answer.
    public var status: Int64 = 200

    /// An exchange without anything in it.
    public init() {}
}
