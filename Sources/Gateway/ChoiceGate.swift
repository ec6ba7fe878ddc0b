import Crypto
import Dialects
import Metering
import NIOCore
import Safeguards

/// Decides how much of one choice's answer may leave: a pure value, fed event by event.
///
/// Every channel of output (reasoning, content, each tool call, …) has a judge of its own that continues where the channel before it
/// stopped, so that a text split over two channels is still one text. An event leaves whole, as it came, once everything in it
/// has been judged clear; events of one choice never overtake one another.
struct ChoiceGate: Sendable {
    let index: Int

    private struct Judged: Sendable {
        let channel: AnswerChannel
        var judge: TextJudge
        /// Bytes of this channel given to the judge.
        var fed = 0
        /// Bytes of this channel in front of the last pause; all of them were clear.
        private var base = 0

        init(channel: AnswerChannel, judge: TextJudge) {
            self.channel = channel
            self.judge = judge
        }

        /// Bytes of this channel that may leave.
        var cleared: Int { base + judge.cleared }

        /// Ends the word that is pending; the text may go on afterwards.
        mutating func pause() {
            judge.finish()
            guard judge.finding == nil else { return }
            base = fed
            judge.mark()
        }
    }

    /// Where a piece of an event lies in its channel.
    private struct Span: Sendable {
        let judge: Int
        let start: Int
        let end: Int
    }

    /// Where the pieces of an event lie; most events have one.
    private enum Spans: Sendable {
        case none
        case one(Span)
        case many([Span])

        mutating func append(_ span: Span) {
            switch self {
            case .none: self = .one(span)
            case .one(let first): self = .many([first, span])
            case .many(let list): self = .many(list + [span])
            }
        }

        var all: [Span] {
            switch self {
            case .none: []
            case .one(let span): [span]
            case .many(let list): list
            }
        }
    }

    private struct Held: Sendable {
        let event: AnswerEvent
        let spans: Spans
    }

    private var judges: [Judged] = []
    private var active: Int?
    private var held: CircularBuffer<Held>
    private let policy: JudgementPolicy
    private let beginning: TextJudge?
    private var digest = SHA256()

    /// The rule that ended this choice, if one did.
    private(set) var finding: Finding?
    /// Whether the model ended this choice itself.
    private(set) var hasFinished = false
    /// Bytes of model output given to the client.
    private(set) var releasedBytes = 0
    /// Our own count of the model's output, given to the client or not; probabilities and notes beside the text don't count.
    private var counter = TokenCounter()
    var tokens: Int64 { counter.tokens }

    /// The highest score of any of its channels so far, 0...1.
    var peak: Float { judges.reduce(0) { max($0, $1.judge.peak) } }

    /// - Parameter beginning: A judge that has already read what the client wrote in the model's name (prefill), if anything.
    init(index: Int, policy: JudgementPolicy, beginning: TextJudge?) {
        self.index = index
        self.policy = policy
        self.beginning = beginning
        held = CircularBuffer(initialCapacity: 1)
    }

    /// Whether no byte is waiting for its verdict.
    var isDrained: Bool { held.isEmpty }

    /// Nothing more of this choice will leave.
    var isOver: Bool { finding != nil || (hasFinished && held.isEmpty) }

    /// The SHA-256 of all output given to the client, in the order it was given.
    var outputDigest: SHA256.Digest { digest.finalize() }

    /// Takes the next event of this choice; what may leave is appended to `out`.
    mutating func receive(_ event: AnswerEvent, writer: inout AnswerWriter, out: inout ByteBuffer) {
        guard finding == nil else { return }
        let spans = feed(event)
        if case .finish = event.kind {
            hasFinished = true
            for place in judges.indices { judges[place].pause() }
        }
        held.append(Held(event: event, spans: spans))
        finding = judges.lazy.compactMap(\.judge.finding).first
        release(writer: &writer, out: &out)
        if finding != nil { cut(writer: &writer, out: &out) }
    }

    /// Judges all pieces of a whole answer at once: the first rule met, and the digest of the text if none was.
    mutating func judge(whole pieces: AnswerPieces) -> Finding? {
        for piece in pieces {
            let place = place(of: piece.channel)
            let counts = piece.channel.isCounted
            piece.text.withUnsafeReadableBytes { bytes in
                if counts { counter.add(bytes) }
                judges[place].judge.feed(bytes.assumingMemoryBound(to: UInt8.self))
            }
        }
        for place in judges.indices { judges[place].pause() }
        finding = judges.lazy.compactMap(\.judge.finding).first
        if finding == nil { for piece in pieces { note(piece.text) } }
        return finding
    }

    // MARK: Judging

    private mutating func feed(_ event: AnswerEvent) -> Spans {
        var spans = Spans.none
        for piece in event.pieces where piece.text.readableBytes > 0 {
            let place = place(of: piece.channel)
            let start = judges[place].fed
            let counts = piece.channel.isCounted
            piece.text.withUnsafeReadableBytes { bytes in
                if counts { counter.add(bytes) }
                judges[place].judge.feed(bytes.assumingMemoryBound(to: UInt8.self))
            }
            judges[place].fed = start + piece.text.readableBytes
            // What is judged and left out holds nothing back.
            if piece.channel.isLeftOut { continue }
            // A field beside the text may never come again: its words end with its event, or they would hold the text back.
            if piece.channel.kind == .annotation { judges[place].pause() }
            spans.append(Span(judge: place, start: start, end: judges[place].fed))
        }
        if case .blockStop = event.kind, let active { judges[active].pause() }
        return spans
    }

    /// The judge of a channel; a new channel goes on where the one before it stopped.
    private mutating func place(of channel: AnswerChannel) -> Int {
        if let active, judges[active].channel == channel { return active }
        // Reasoning, content and tool calls follow one another, so leaving one for the next is a word boundary. The arguments of
        // parallel calls, and what runs beside the text (probabilities, unknown fields), interleave.
        if let active, judges[active].channel.ends(before: channel) { judges[active].pause() }
        if let known = judges.firstIndex(where: { $0.channel == channel }) {
            if !channel.runsBeside { active = known }
            return known
        }
        var judge = beginning ?? TextJudge(policy: policy, side: .answer)
        if let active, channel.kind != .logprobs {
            judge = judges[active].judge
            judge.mark()
        }
        judges.append(Judged(channel: channel, judge: judge))
        if !channel.runsBeside { active = judges.count - 1 }
        return judges.count - 1
    }

    // MARK: Releasing

    private func isClear(_ spans: Spans) -> Bool {
        switch spans {
        case .none: true
        case .one(let span): span.end <= judges[span.judge].cleared
        case .many(let list): list.allSatisfy { $0.end <= judges[$0.judge].cleared }
        }
    }

    private mutating func release(writer: inout AnswerWriter, out: inout ByteBuffer) {
        while let next = held.first, isClear(next.spans) {
            // The end of a choice that is being stopped is the refusal, not the model's own.
            if finding != nil, case .finish = next.event.kind { return }
            held.removeFirst()
            give(next.event, writer: &writer, out: &out)
        }
    }

    /// After a crossing: of each channel the judged part still leaves, and nothing behind it.
    private mutating func cut(writer: inout AnswerWriter, out: inout ByteBuffer) {
        var blocked: Set<Int> = []
        for next in held {
            if case .finish = next.event.kind { break }
            let spans = next.spans.all
            if isClear(next.spans), !spans.contains(where: { blocked.contains($0.judge) }) {
                give(next.event, writer: &writer, out: &out)
                continue
            }
            let pieces = next.event.pieces.filter { $0.text.readableBytes > 0 && !$0.channel.isLeftOut }
            for (piece, span) in zip(pieces, spans) where !blocked.contains(span.judge) {
                let clear = min(max(0, judges[span.judge].cleared - span.start), span.end - span.start)
                if clear < span.end - span.start { blocked.insert(span.judge) }
                guard clear > 0, let part = piece.text.getSlice(at: piece.text.readerIndex, length: clear) else {
                    continue
                }
                let event = writer.partial(choice: index, channel: piece.channel, text: part)
                if event.readableBytes > 0 { note(part) }
                out.append(event)
            }
        }
        held.removeAll(keepingCapacity: false)
        judges.removeAll()
    }

    private mutating func give(_ event: AnswerEvent, writer: inout AnswerWriter, out: inout ByteBuffer) {
        for piece in event.pieces where !piece.channel.isLeftOut { note(piece.text) }
        if event.isForClient { out.append(event.raw) }
        writer.released(event)
    }

    private mutating func note(_ text: ByteBuffer) {
        guard text.readableBytes > 0 else { return }
        text.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        releasedBytes += text.readableBytes
    }
}

extension AnswerChannel {
    /// Text that is read as one: reasoning, content, the model's own refusal.
    private var isProse: Bool { kind == .reasoning || kind == .content || kind == .refusal }

    /// Whether output on the next channel means that a word on this one has ended.
    fileprivate func ends(before next: AnswerChannel) -> Bool {
        guard !next.runsBeside else { return false }
        return isProse || kind == .toolName || kind == .toolArguments && next.kind == .toolName
    }

    /// What comes with other output rather than after it.
    fileprivate var runsBeside: Bool { kind == .logprobs || kind == .unknown || kind == .annotation }

    /// Text that a model wrote token by token.
    var isCounted: Bool { !runsBeside }

    /// The text of a field that nobody knows: judged, and never part of a stream.
    fileprivate var isLeftOut: Bool { kind == .unknown && index > 0 }
}
