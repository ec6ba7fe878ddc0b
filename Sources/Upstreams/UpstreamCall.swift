public import NIOCore
public import NIOHTTP1

/// What an upstream said, in the order it said it.
public enum UpstreamEvent {
    /// The status and headers of the answer.
    case head(HTTPResponseHead)
    /// The next bytes of the body.
    case body(ByteBuffer)
    /// All bytes that one read of the socket brought have been delivered: a good moment to flush.
    case pause
    /// The answer is complete by HTTP's own framing.
    case end
    /// The answer will never be complete.
    case failed(UpstreamFailure)
}

/// Why an upstream gave no complete answer.
public enum UpstreamFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection could be made.
    case unreachable(String)
    /// All connections that may stand are in use, and as many requests wait as may.
    case busy
    /// Nothing came within the limit for this phase.
    case timedOut(UpstreamPhase)
    /// The connection ended in the middle of the answer.
    case closedEarly
    /// What came was not HTTP/1.1.
    case notHTTP(String)

    /// One line for a log or an error body.
    public var description: String {
        switch self {
        case .unreachable(let why): "the model server cannot be reached (\(why))"
        case .busy: "all connections to the model server are in use"
        case .timedOut(let phase): "the model server did not answer in time (\(phase.rawValue))"
        case .closedEarly: "the model server closed the connection before its answer was complete"
        case .notHTTP(let why): "the model server did not speak HTTP (\(why))"
        }
    }
}

/// What a call was waiting for.
public enum UpstreamPhase: String, Sendable {
    case queue = "its turn"
    case connect
    case firstByte = "first byte"
    case firstToken = "first token"
    case idle = "next byte"
    case total = "the whole answer"
}

/// How long each phase of a call may last.
public struct UpstreamTimeouts: Sendable, Equatable {
    /// Until the TCP (and TLS) connection stands.
    public var connect: TimeAmount
    /// From the request's last byte to the answer's first.
    public var firstByte: TimeAmount
    /// Between two reads of the answer.
    public var idle: TimeAmount
    /// From the request's admission to the answer's last byte, over all attempts.
    public var total: TimeAmount
    /// Until a place at one of the model's servers is free.
    public var queue: TimeAmount
    /// From the request's last byte to the first byte of the answer's body; nil: the head ends the wait, then `idle` counts.
    public var firstToken: TimeAmount?

    /// Limits for each phase; the defaults suit a model that thinks before it answers.
    public init(
        connect: TimeAmount = .seconds(5), firstByte: TimeAmount = .seconds(600), firstToken: TimeAmount? = nil,
        idle: TimeAmount = .seconds(120), total: TimeAmount = .hours(1), queue: TimeAmount = .seconds(10)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.firstToken = firstToken
        self.idle = idle
        self.total = total
        self.queue = queue
    }
}

/// One request on its way to an upstream; lives on one event loop.
public final class UpstreamCall {
    private(set) var request: UpstreamRequest
    let timeouts: UpstreamTimeouts
    private(set) var hasResponded = false
    var wasRetried = false
    /// Whether whoever made the call accounts for what comes.
    var isWatched = false
    /// When the answer must have ended.
    let mustEnd: NIODeadline
    /// When the first byte of the answer's body must have come; set when the request is sent.
    var firstTokenBy = NIODeadline.distantFuture
    var receive: ((UpstreamEvent) -> Void)?
    var connection: UpstreamConnection?
    private var counted: Int64 = 0

    init(
        request: UpstreamRequest, timeouts: UpstreamTimeouts, mustEnd: NIODeadline = .distantFuture,
        receive: @escaping (UpstreamEvent) -> Void
    ) {
        self.mustEnd = mustEnd
        self.request = request
        self.timeouts = timeouts
        self.receive = receive
    }

    /// Ends the call; nothing more is delivered, and a connection in mid-answer is closed so that the server stops working.
    public func cancel() {
        receive = nil
        connection?.settle(self)
        connection?.abandon()
        connection = nil
    }

    /// Bytes of the link that came for this call; 0 where the link is not counted.
    public var linkBytes: Int64 { connection?.linkBytes ?? counted }

    /// The connection is about to be let go.
    func detached(after bytes: Int64) { counted = bytes }

    /// Takes nothing more of an answer whose end is at hand, such as after a stream's end marker: its connection is kept if
    /// the answer ends at once, and is closed if it does not.
    public func leave() {
        receive = nil
        connection?.settle(self)
        connection?.awaitEnd()
        connection = nil
    }

    /// Stops or resumes reading from the server, so that a slow client slows the model down instead of filling memory.
    public func setReading(_ reading: Bool) { connection?.setReading(reading) }

    /// The server has begun to answer: the request will not be sent again, and its bytes need not be kept.
    func responded() {
        hasResponded = true
        request.forget()
    }

    func fail(_ failure: UpstreamFailure) {
        let deliver = receive
        receive = nil
        connection = nil
        deliver?(.failed(failure))
    }
}
