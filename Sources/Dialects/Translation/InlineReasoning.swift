internal import NIOCore

/// Tells reasoning from content where a model writes both into one text: `<think>…</think>` at its beginning.
///
/// A pure automaton over the text's bytes: how the text was cut into pieces changes nothing.
struct InlineReasoning: Sendable {
    private enum State { case beginning, reasoning, gap, content }

    private var state: State
    /// Bytes that may be the beginning of a mark.
    private var pending: [UInt8] = []

    private static let opening = Array("<think>".utf8)
    private static let closing = Array("</think>".utf8)

    /// - Parameter isOpen: Whether the reasoning has been opened already.
    init(isOpen: Bool) { state = isOpen ? .reasoning : .beginning }

    /// The parts of the next piece of text, in order.
    mutating func feed(_ text: ByteBuffer) -> [(isReasoning: Bool, text: ByteBuffer)] {
        guard state != .content else { return [(false, text)] }
        var parts: [(isReasoning: Bool, text: ByteBuffer)] = []
        var run: [UInt8] = []
        func put(_ isReasoning: Bool, _ bytes: [UInt8]) {
            if !bytes.isEmpty { parts.append((isReasoning, ByteBuffer(bytes: bytes))) }
        }
        for byte in text.readableBytesView {
            switch state {
            case .beginning:
                // Space before the mark is no content yet.
                pending.append(byte)
                let mark = pending.drop { $0 <= 0x20 }
                if mark.elementsEqual(Self.opening) {
                    (state, pending) = (.reasoning, [])
                } else if !Self.opening.starts(with: mark) {
                    state = .content
                    run += pending
                    pending = []
                }
            case .reasoning:
                pending.append(byte)
                while !Self.closing.starts(with: pending) { run.append(pending.removeFirst()) }
                if pending == Self.closing {
                    put(true, run)
                    (state, pending, run) = (.gap, [], [])
                }
            case .gap:
                // Line breaks behind the mark are the template's.
                guard byte != 0x0A, byte != 0x0D else { continue }
                state = .content
                run.append(byte)
            case .content: run.append(byte)
            }
        }
        put(state == .reasoning, run)
        return parts
    }

    /// What is left at the end of the text: a mark that never became one.
    mutating func finish() -> (isReasoning: Bool, text: ByteBuffer)? {
        guard !pending.isEmpty else { return nil }
        defer { pending = [] }
        return (state == .reasoning, ByteBuffer(bytes: pending))
    }
}

extension AnswerOptions {
    /// Whether the client is given the text of a channel, where the answer is written anew.
    func gives(_ channel: AnswerChannel) -> Bool {
        // A legacy completion is one text.
        if dialect == .completions { return channel.kind == .content || channel.kind == .refusal }
        return channel.isPlain && (channel.kind != .reasoning || profile.reasoning == .pass || channel == .summary)
    }

    /// Whether the client is given a step.
    func gives(_ step: AnswerStep) -> Bool {
        if dialect == .completions {
            if case .text(let kind, _) = step { return kind == .content || kind == .refusal }
            return false
        }
        guard profile.reasoning != .pass else { return true }
        switch step {
        case .text(.reasoning, _), .signature, .sealed: return false
        default: return true
        }
    }

    fileprivate var newInline: InlineReasoning { InlineReasoning(isOpen: profile.inline == .opened) }
}

extension AnswerPieces {
    /// The same pieces with reasoning taken out of the content.
    fileprivate func split(_ inline: inout InlineReasoning, isLast: Bool) -> AnswerPieces {
        var all = AnswerPieces()
        for piece in self {
            guard piece.channel == .content else {
                all.append(piece)
                continue
            }
            for part in inline.feed(piece.text) { all.append(part.isReasoning ? .reasoning : .content, part.text) }
        }
        if isLast, let rest = inline.finish() { all.append(rest.isReasoning ? .reasoning : .content, rest.text) }
        return all
    }
}

extension AnswerDecoder {
    /// Takes reasoning out of the content of events that were decoded just now.
    mutating func splitInline(_ events: inout [AnswerEvent], from first: Int) {
        for index in events.indices[first...] {
            guard let choice = events[index].choice else { continue }
            var isLast = false
            if case .finish = events[index].kind { isLast = true }
            var state = inline[choice] ?? options.newInline
            events[index].pieces = events[index].pieces.split(&state, isLast: isLast)
            inline[choice] = state
        }
    }
}

extension AnswerBody {
    /// Takes reasoning out of the content.
    func splitInline() {
        for index in choices.indices {
            var state = options.newInline
            choices[index].pieces = choices[index].pieces.split(&state, isLast: true)
        }
    }
}
