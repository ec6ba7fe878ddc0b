import Dialects
import NIOCore
import Safeguards

/// From the bytes of an upstream's stream to the bytes a client may have: decode, judge, release.
///
/// A pure value.
///
/// What it gives depends on the upstream's bytes alone, never on how they were cut into reads.
struct AnswerPipeline: Sendable {
    /// The largest single event of a stream, in bytes.
    static let eventLimit = 4 << 20

    private var sse = SSEDecoder(limit: eventLimit)
    private var decoder: AnswerDecoder
    private(set) var gate: AnswerGate
    private var pending: [AnswerEvent] = []
    private(set) var fault: UpstreamFault?
    private var hasReadEnd = false

    init(decoder: AnswerDecoder, gate: AnswerGate) {
        self.decoder = decoder
        self.gate = gate
    }

    /// Whether nothing more will come out: the stream was ended, stopped, or broke.
    var isOver: Bool { gate.hasEnded }

    /// Whether every choice is over and at least one was stopped by a rule.
    var isStopped: Bool { gate.isStopped }

    /// Reads bytes of the upstream.
    ///
    /// - Returns: How many bytes of model output now wait for `judge`.
    mutating func read(_ bytes: ByteBuffer) -> Int {
        guard fault == nil, !gate.hasEnded else { return 0 }
        sse.append(bytes)
        do {
            while let event = try sse.next() { try decoder.decode(event, into: &pending) }
        } catch {
            fault = error
        }
        return pending.reduce(0) { sum, event in event.pieces.reduce(sum) { $0 + $1.text.readableBytes } }
    }

    /// Reads the end of the upstream's bytes; a stream that ended early is a fault.
    mutating func readEnd() {
        guard fault == nil, !gate.hasEnded else { return }
        do {
            try sse.finish()
            while let event = try sse.next() { try decoder.decode(event, into: &pending) }
            try decoder.finish()
            hasReadEnd = true
        } catch {
            fault = error
        }
    }

    /// Judges what was read; what may leave is appended to `out`.
    mutating func judge(into out: inout ByteBuffer) {
        for event in pending where !gate.isStopped { gate.receive(event, into: &out) }
        pending.removeAll(keepingCapacity: true)
        // Stopped by a rule; or complete, and only the end marker is missing.
        if gate.isStopped || hasReadEnd { gate.end(into: &out) }
    }

    /// Ends the stream in the dialect's words for `error`; nothing that was held back follows.
    mutating func fail(_ error: APIError, into out: inout ByteBuffer) { gate.fail(error, into: &out) }
}
