public import NIOCore

/// What one answer brought over the link of its server, and how much of that is explained: a value, fed event by event.
///
/// Explained are the model's text, and framing that says what the event before it said already. What is left is new and
/// nobody's text: padding, or a server that speaks strangely.
public struct EgressCount: Sendable {
    /// Choices whose last events are remembered; their framing differs in a number.
    private static let remembered = 8
    /// Text as JSON may be this many times longer than it is: escapes of scripts and of pictures.
    private static let escapes: Int64 = 3
    /// What the transfer's own framing costs an event.
    private static let chunk: Int64 = 12

    /// The rules that it counts by.
    public let rules: EgressRules
    private var last: [(choice: Int, event: ByteBuffer)] = []
    private var repeated: Int64 = 0
    private var events: Int64 = 0
    /// Bytes of the model's text.
    public private(set) var text: Int64 = 0
    private var told = EgressReport()
    /// Whether the answer comes in one piece, and is not read before its end.
    public var isWhole = false

    /// Counts nothing yet.
    public init(_ rules: EgressRules) { self.rules = rules }

    /// Takes note of an event as it came.
    ///
    /// - Parameters:
    ///   - text: Bytes of the model's text in it, without escapes.
    ///   - choice: Which choice it belongs to, if any.
    public mutating func note(event: ByteBuffer, text: Int, choice: Int?) {
        events = events.addingClamped(1)
        self.text = self.text.addingClamped(Int64(text))
        let choice = choice ?? -1
        guard let place = last.firstIndex(where: { $0.choice == choice }) else {
            if last.count < Self.remembered { last.append((choice, event)) }
            return
        }
        repeated = repeated.addingClamped(Int64(event.inCommon(with: last[place].event)))
        last[place].event = event
    }

    /// Takes note of the text of a whole answer.
    public mutating func note(whole text: Int64, choices: Int) {
        self.text = self.text.addingClamped(text)
        // Each choice of a body has framing of its own.
        events = events.addingClamped(Int64(choices) * 16)
    }

    /// The bytes nobody can explain, of `link` bytes that came.
    public func unexplained(of link: Int64) -> Int64 {
        let each = (Int64(clamping: rules.perEvent).addingClamped(Self.chunk)).multipliedReportingOverflow(by: events)
        let escaped = text.multipliedReportingOverflow(by: Self.escapes)
        guard !each.overflow, !escaped.overflow else { return 0 }
        let explained =
            Int64(clamping: rules.perAnswer).addingClamped(repeated).addingClamped(each.partialValue)
            .addingClamped(escaped.partialValue)
        return max(0, link.subtractingClamped(explained))
    }

    /// What has come since the last report, if that is enough to tell or the answer is over.
    ///
    /// - Parameters:
    ///   - link: Bytes of the link so far.
    ///   - tokens: Our own count so far.
    ///   - claimed: Tokens that the server says it made, once it has said so.
    public mutating func report(
        link: Int64, tokens: Int64, claimed: Int64? = nil, isOver: Bool = false
    ) -> EgressReport? {
        var sum = EgressReport(link: link, text: text, tokens: tokens, padding: unexplained(of: link))
        // What a whole answer is made of is known at its end: until then it is paid for as text.
        if isWhole, !isOver { (sum.text, sum.padding) = (link, 0) }
        if let claimed, isOver { sum.excess = excess(over: claimed) }
        let news = sum.since(told)
        guard isOver || news.padding >= Self.grain || news.text >= Self.grain * 2 || news.link >= Self.grain * 32 else {
            return nil
        }
        told = sum
        return news
    }

    /// Bytes that are told together.
    private static let grain: Int64 = 2_048

    /// Text for which the server made no token, by its own count.
    private func excess(over claimed: Int64) -> Int64 {
        let (most, isTooMuch) = max(0, claimed).addingClamped(16).multipliedReportingOverflow(
            by: Int64(clamping: rules.bytesPerToken) * 2)
        return isTooMuch ? 0 : max(0, text - most)
    }
}

/// What an answer brought since the last report.
public struct EgressReport: Sendable, Equatable {
    /// Bytes of the link, bytes of text, and tokens by our own count.
    public var link: Int64 = 0
    /// Bytes of the model's text.
    public var text: Int64 = 0
    /// Tokens by our own count.
    public var tokens: Int64 = 0
    /// Bytes of the link that are neither text nor framing.
    public var padding: Int64 = 0
    /// Text beyond what the server's own count of tokens explains.
    public var excess: Int64 = 0

    /// Takes the figures.
    public init(link: Int64 = 0, text: Int64 = 0, tokens: Int64 = 0, padding: Int64 = 0, excess: Int64 = 0) {
        (self.link, self.text, self.tokens) = (link, text, tokens)
        (self.padding, self.excess) = (padding, excess)
    }

    /// What is more in this than in an earlier one; what has been explained since is no debt.
    func since(_ before: EgressReport) -> EgressReport {
        EgressReport(
            link: link.subtractingClamped(before.link), text: text.subtractingClamped(before.text),
            tokens: tokens.subtractingClamped(before.tokens), padding: padding.subtractingClamped(before.padding),
            excess: excess.subtractingClamped(before.excess))
    }
}

extension ByteBuffer {
    /// How many bytes at the beginning and at the end are those of another buffer.
    func inCommon(with other: ByteBuffer) -> Int {
        withUnsafeReadableBytes { own in
            other.withUnsafeReadableBytes { theirs in
                let length = Swift.min(own.count, theirs.count)
                var front = 0
                while front + 8 <= length, own.eight(front) == theirs.eight(front) { front += 8 }
                while front < length, own[front] == theirs[front] { front += 1 }
                var back = 0
                let rest = length - front
                while back + 8 <= rest,
                    own.eight(own.count - back - 8) == theirs.eight(theirs.count - back - 8)
                { back += 8 }
                while back < rest, own[own.count - back - 1] == theirs[theirs.count - back - 1] { back += 1 }
                return front + back
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Eight bytes at a place that has them.
    fileprivate func eight(_ place: Int) -> UInt64 { loadUnaligned(fromByteOffset: place, as: UInt64.self) }
}
