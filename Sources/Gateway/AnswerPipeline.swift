import Dialects
import Metering
import NIOCore
import Safeguards
import Upstreams

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
    @Rare private(set) var fault: UpstreamFault?
    private var hasReadEnd = false
    /// What comes over the link, where the model is guarded.
    @Rare var egress: EgressCount?

    /// Completion tokens, by our own count, that are paid for.
    var allowance = Int64.max
    /// The tokens that must be paid for before `judge` goes on.
    private(set) var unpaid: Int64?

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
            while true {
                if egress == nil, decoder.takeAlike(from: &sse, into: &pending) { continue }
                guard let event = try sse.next() else { break }
                let before = pending.count
                try decoder.decode(event, into: &pending)
                if egress != nil { count(event.raw, from: before) }
            }
        } catch {
            fault = error
        }
        return pending.reduce(0) { sum, event in event.pieces.reduce(sum) { $0 + $1.text.readableBytes } }
    }

    /// Takes note of an event as it came, whose parts stand behind the first `before` of those that wait.
    private mutating func count(_ raw: ByteBuffer, from before: Int) {
        var text = 0
        for event in pending[before...] {
            for piece in event.pieces where piece.channel.isCounted { text += piece.text.readableBytes }
        }
        let choice = pending.count > before ? pending[before].choice : nil
        egress?.note(event: raw, text: text, choice: choice)
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
        guard gate.question == nil, summaryWanted == nil else { return }
        unpaid = nil
        // The next one stands last: it is taken out, not copied.
        pending.reverse()
        defer { pending.reverse() }
        while gate.question == nil, let place = pending.indices.last {
            guard !gate.isStopped else {
                pending = []
                break
            }
            if allowance < .max { unpaid = unpaidTokens(with: pending[place]) }
            guard unpaid == nil else { return }
            if case .finish = pending[place].kind, wantsSummary(before: pending[place]) { return }
            gate.receive(pending.removeLast(), into: &out)
        }
        // Streams are many, and most of the time nothing of them waits.
        if pending.isEmpty { pending = [] }
        guard gate.question == nil else { return }
        // Stopped by a rule; or complete, and only the end marker is missing.
        if gate.isStopped || hasReadEnd { gate.end(into: &out) }
    }

    /// What the second stage has to be asked about before `judge` goes on.
    var question: [AnswerDoubt]? { gate.question }

    /// Takes what the second stage said to `question`; then `judge` goes on.
    mutating func settle(_ found: StageFinding?, into out: inout ByteBuffer) { gate.settle(found, into: &out) }

    /// Reasoning that was kept back and must be summarised before `judge` goes on.
    @Rare private(set) var summaryWanted: ByteBuffer?

    /// Whether the choice that an event ends has reasoning that was kept back.
    private mutating func wantsSummary(before event: AnswerEvent) -> Bool {
        guard let reasoning = gate.takeReasoning(of: event.choice ?? 0) else { return false }
        summaryWanted = reasoning
        return true
    }

    /// Takes the summary of `summaryWanted`, or nothing; then `judge` goes on.
    mutating func settle(summary: ByteBuffer?) {
        guard summaryWanted != nil, let next = pending.first else { return }
        summaryWanted = nil
        if let summary { pending.insert(.summary(summary, choice: next.choice ?? 0), at: 0) }
    }

    /// What the answer comes to with an event, if that is more than is paid for.
    private func unpaidTokens(with event: AnswerEvent) -> Int64? {
        var counter = TokenCounter()
        for piece in event.pieces where piece.channel.isCounted {
            piece.text.withUnsafeReadableBytes { counter.add($0) }
        }
        let tokens = counter.tokens == 0 ? 0 : gate.tokens + counter.tokens
        return tokens > allowance ? tokens : nil
    }

    /// Ends the stream as one that has reached its largest number of tokens; nothing that was held back follows.
    mutating func truncate(into out: inout ByteBuffer) { gate.truncate(into: &out) }

    /// Ends the stream in the dialect's words for `error`; nothing that was held back follows.
    mutating func fail(_ error: APIError, into out: inout ByteBuffer) { gate.fail(error, into: &out) }
}
