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
        /// What the second stage needs; nil where it is off.
        private(set) var doubtful: DoubtfulText?

        init(channel: AnswerChannel, judge: TextJudge, doubtful: DoubtfulText?) {
            self.channel = channel
            self.judge = judge
            self.doubtful = doubtful
        }

        /// Bytes of this channel that may leave.
        var cleared: Int {
            guard let doubtful else { return base + judge.cleared }
            let open = judge.openDoubt.map { base + $0 } ?? .max
            return min(base + judge.cleared, doubtful.held ?? .max, open)
        }

        /// Takes the next bytes of the text, whose first `fed` bytes were taken before.
        mutating func feed(_ bytes: UnsafeRawBufferPointer) {
            doubtful?.append(bytes, cleared: base + judge.cleared)
            judge.feed(bytes.assumingMemoryBound(to: UInt8.self))
        }

        /// What the second stage has to be asked about, in the order of the text.
        mutating func takeDoubts(_ place: Int) -> [AnswerDoubt] {
            judge.takeDoubts().compactMap { range in
                doubtful?.doubt(base + range.lowerBound..<base + range.upperBound, channel: place)
            }
        }

        /// Takes what the second stage said: nothing was found, or something that stops the text at a place.
        mutating func settle(stoppedAt place: Int?) {
            if let place { doubtful?.stop(at: place) } else { doubtful?.clear() }
        }

        /// Ends the word that is pending; the text may go on afterwards.
        ///
        /// - Returns: What the second stage has to be asked about.
        mutating func pause(_ place: Int) -> [AnswerDoubt] {
            judge.finish()
            guard doubtful != nil else {
                mark()
                return []
            }
            var doubts = takeDoubts(place)
            if judge.finding == nil, let open = judge.openDoubt, base + open < fed,
                let doubt = doubtful?.doubt(base + open..<fed, channel: place)
            {
                doubts.append(doubt)
            }
            mark()
            return doubts
        }

        private mutating func mark() {
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
    private var held: [Held] = []
    private let policy: JudgementPolicy
    private let beginning: TextJudge?
    private let rule: DoubtRule?
    private var digest = SHA256()
    /// How long the text of a whole answer is; 0 in streams.
    private var bytes = 0

    /// What the second stage has to be asked about before this choice goes on; empty where there is nothing to ask.
    private(set) var doubts: [AnswerDoubt] = []
    @Rare private var second: Finding?
    private var openedBySecond: Set<String> = []

    /// The rule that ended this choice, if one did.
    @Rare private(set) var finding: Finding?
    /// Whether the model ended this choice itself.
    private(set) var hasFinished = false
    /// Bytes of model output given to the client.
    private(set) var releasedBytes = 0
    /// Bytes of the model's output in a whole answer, given to the client or not; what runs beside the text doesn't count.
    private(set) var countedBytes: Int64 = 0
    /// Our own count of the model's output, given to the client or not; probabilities and notes beside the text don't count.
    private var counter = TokenCounter()
    var tokens: Int64 { counter.tokens }

    /// The highest score of any of its channels so far, 0...1.
    var peak: Float { judges.indices.reduce(0) { max($0, judges[$1].judge.peak) } }

    /// The categories that were crossed and did not stop this choice, because a permission opens them.
    var opened: Set<String> { judges.reduce(into: openedBySecond) { $0.formUnion($1.judge.opened) } }

    /// Whether there are any.
    var hasOpened: Bool {
        !openedBySecond.isEmpty || judges.indices.contains { !judges[$0].judge.opened.isEmpty }
    }

    /// The rule that the first of its channels met, in their order.
    private var firstFinding: Finding? {
        for place in judges.indices {
            if let finding = judges[place].judge.finding { return finding }
        }
        return nil
    }

    /// - Parameters:
    ///   - beginning: A judge that has already read what the client wrote in the model's name (prefill), if anything.
    ///   - doubts: What the second stage is asked about; nil where the first judges alone.
    init(index: Int, policy: JudgementPolicy, beginning: TextJudge?, doubts: DoubtRule? = nil) {
        self.index = index
        rule = doubts
        self.policy = policy
        self.beginning = beginning
    }

    /// Whether no byte is waiting for its verdict.
    var isDrained: Bool { held.isEmpty }

    /// Nothing more of this choice will leave.
    var isOver: Bool { finding != nil || (hasFinished && held.isEmpty) }

    /// The SHA-256 of all output given to the client, in the order it was given.
    var outputDigest: SHA256.Digest { digest.finalize() }

    /// Takes the next event of this choice; what may leave is appended to `out`.
    mutating func receive(_ event: consuming AnswerEvent, writer: inout AnswerWriter, out: inout ByteBuffer) {
        guard finding == nil else { return }
        let spans = feed(event)
        if case .finish = event.kind {
            hasFinished = true
            pauseAll()
        }
        if doubts.isEmpty, second == nil, judges.allSatisfy({ $0.judge.finding == nil }) {
            release(writer: &writer, out: &out)
            guard held.isEmpty, isClear(spans) else { return held.append(Held(event: event, spans: spans)) }
            return give(event, writer: &writer, out: &out)
        }
        held.append(Held(event: event, spans: spans))
        guard doubts.isEmpty else {
            if judges.allSatisfy({ $0.judge.finding == nil }) { release(writer: &writer, out: &out) }
            return
        }
        conclude(writer: &writer, out: &out)
    }

    /// Takes what the second stage said of `doubts`: the first of them in which it found something, and what.
    mutating func settle(_ found: StageFinding?, writer: inout AnswerWriter, out: inout ByteBuffer) {
        settle(found)
        conclude(writer: &writer, out: &out)
    }

    private mutating func settle(_ found: StageFinding?) {
        let stopped = found.flatMap { found in doubts.indices.contains(found.doubt) ? doubts[found.doubt] : nil }
        for place in Set(doubts.map(\.channel)) {
            let own = stopped.flatMap { $0.channel == place ? $0.range.lowerBound : nil }
            // What was asked of other channels behind the stop was not cleared.
            let behind = found.flatMap { found in
                stopped == nil ? nil : doubts.dropFirst(found.doubt + 1).first { $0.channel == place }?.range.lowerBound
            }
            judges[place].settle(stoppedAt: own ?? behind)
        }
        second = stopped == nil ? nil : found?.finding
        if let found { openedBySecond.formUnion(found.opened) }
        doubts = []
    }

    private mutating func conclude(writer: inout AnswerWriter, out: inout ByteBuffer) {
        finding = second ?? firstFinding
        release(writer: &writer, out: &out)
        if finding != nil { cut(writer: &writer, out: &out) }
    }

    private mutating func pauseAll() {
        for place in judges.indices { doubts += judges[place].pause(place) }
    }

    /// Judges all pieces of a whole answer at once: the first rule met, and the digest of the text if none was.
    ///
    /// - Parameters:
    ///   - asking: Puts doubts to the second stage; nil where it is off.
    ///   - writes: Whether the client is given the text of a channel.
    mutating func judge(
        whole pieces: AnswerPieces, asking: (([AnswerDoubt]) -> StageFinding?)? = nil,
        writes: (AnswerChannel) -> Bool = { _ in true }
    ) -> Finding? {
        bytes = pieces.indices.reduce(0) { $0 + pieces[$1].text.readableBytes }
        for index in pieces.indices {
            let piece = pieces[index]
            let place = place(of: piece.channel)
            let counts = piece.channel.isCounted
            if counts { countedBytes += Int64(piece.text.readableBytes) }
            piece.text.withUnsafeReadableBytes { bytes in
                if counts { counter.add(bytes) }
                judges[place].feed(bytes)
            }
            judges[place].fed += piece.text.readableBytes
            if rule != nil { doubts += judges[place].takeDoubts(place) }
        }
        pauseAll()
        if !doubts.isEmpty, let asking { settle(asking(doubts)) }
        finding = second ?? firstFinding
        if finding == nil {
            for index in pieces.indices where writes(pieces[index].channel) { note(pieces[index].text) }
        }
        return finding
    }

    /// Bytes of the first channel in front of the stop, in a whole answer that was stopped.
    var clearedAtStop: Int { judges.first.map { min($0.cleared, $0.fed) } ?? 0 }

    // MARK: Judging

    private mutating func feed(_ event: AnswerEvent) -> Spans {
        var spans = Spans.none
        for piece in event.pieces where piece.text.readableBytes > 0 {
            let place = place(of: piece.channel)
            let start = judges[place].fed
            let counts = piece.channel.isCounted
            piece.text.withUnsafeReadableBytes { bytes in
                if counts { counter.add(bytes) }
                judges[place].feed(bytes)
            }
            judges[place].fed = start + piece.text.readableBytes
            if rule != nil { doubts += judges[place].takeDoubts(place) }
            // What is judged and left out holds nothing back.
            if piece.channel.isLeftOut { continue }
            // A field beside the text may never come again: its words end with its event, or they would hold the text back.
            if piece.channel.kind == .annotation { doubts += judges[place].pause(place) }
            spans.append(Span(judge: place, start: start, end: judges[place].fed))
        }
        if case .blockStop = event.kind, let active { doubts += judges[active].pause(active) }
        return spans
    }

    /// The judge of a channel; a new channel goes on where the one before it stopped.
    private mutating func place(of channel: AnswerChannel) -> Int {
        if let active, judges[active].channel == channel { return active }
        // Reasoning, content and tool calls follow one another, so leaving one for the next is a word boundary. The arguments of
        // parallel calls, and what runs beside the text (probabilities, unknown fields), interleave.
        if let active, judges[active].channel.ends(before: channel) {
            doubts += judges[active].pause(active)
        }
        if let known = judges.firstIndex(where: { $0.channel == channel }) {
            if !channel.runsBeside { active = known }
            return known
        }
        var judge = beginning ?? TextJudge(policy: policy, side: .answer, bytes: bytes)
        var doubtful = rule == nil ? nil : DoubtfulText()
        if let rule { judge.noteDoubts(by: rule) }
        if let active, channel.kind != .logprobs {
            judge = judges[active].judge
            judge.mark()
            if rule != nil { doubtful = DoubtfulText(after: judges[active].doubtful) }
        }
        judges.append(Judged(channel: channel, judge: judge, doubtful: doubtful))
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
        var clear = 0
        while clear < held.count, isClear(held[clear].spans) {
            // The end of a choice that is being stopped is the refusal, not the model's own.
            if finding != nil, case .finish = held[clear].event.kind { break }
            clear += 1
        }
        // Of most there is one, which is taken out and not copied.
        guard clear != 1 else { return give(held.removeFirst().event, writer: &writer, out: &out) }
        for place in 0..<clear { give(held[place].event, writer: &writer, out: &out) }
        held.removeFirst(clear)
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
        openedBySecond = opened
        judges.removeAll()
    }

    private mutating func give(_ event: AnswerEvent, writer: inout AnswerWriter, out: inout ByteBuffer) {
        for piece in event.pieces where writer.writes(piece.channel) { note(piece.text) }
        writer.release(event, into: &out)
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
        // Another call's name says nothing of this one's arguments: they may go on in the middle of a word.
        return isProse || kind == .toolName || kind == .toolArguments && next.kind == .toolName && next.index == index
    }

    /// What comes with other output rather than after it.
    fileprivate var runsBeside: Bool { kind == .logprobs || kind == .unknown || kind == .annotation }

    /// Text that a model wrote token by token.
    var isCounted: Bool { !runsBeside }

    /// The text of a field that nobody knows: judged, and never part of a stream.
    fileprivate var isLeftOut: Bool { kind == .unknown && index > 0 }
}
