internal import NIOCore

/// What an event says beside its texts, kept for a translator.
///
/// Only what a decoder has checked is here: identifiers, base64, the request's own stop sequences.
enum AnswerNote: Sendable, Equatable {
    /// The id of a tool call.
    case callID(call: Int, ByteBuffer)
    /// The signature of the reasoning before it.
    case signature(ByteBuffer)
    /// Reasoning that only its provider can read.
    case sealed(ByteBuffer)
    /// The stop sequence that ended the answer.
    case stopSequence(String)
    /// The probabilities of the tokens of the text before it: a list as OpenAI writes it.
    case logprobs(ByteBuffer)

    /// Whether it belongs to a tool's call.
    var isAboutCalls: Bool { if case .callID = self { true } else { false } }

    /// Whether it can only say what the request said.
    var isOfRequest: Bool { if case .stopSequence = self { true } else { false } }
}

/// A note, and how many pieces of its event stand before it.
struct PlacedNote: Sendable, Equatable {
    var position: Int
    var note: AnswerNote
}

/// Why a choice ended, in no dialect's words.
enum AnswerFinish: Sendable, Equatable {
    case stop, stopSequence(String?), length, toolCalls, refusal, pause, contextFull

    /// The reason as a dialect's servers spell it; nil if nobody knows the word.
    init?(_ word: String) {
        switch word {
        case "stop", "end_turn", "STOP", "completed", "eos": self = .stop
        case "stop_sequence": self = .stopSequence(nil)
        case "length", "max_tokens", "MAX_TOKENS", "max_output_tokens": self = .length
        case "tool_calls", "function_call", "tool_use": self = .toolCalls
        case "content_filter", "refusal", "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
            "IMAGE_SAFETY", "LANGUAGE":
            self = .refusal
        case "pause_turn": self = .pause
        case "model_context_window_exceeded": self = .contextFull
        default: return nil
        }
    }

    /// As chat completions spell it.
    var chatWord: StaticString {
        switch self {
        case .stop, .stopSequence: "\"stop\""
        case .length, .pause, .contextFull: "\"length\""
        case .toolCalls: "\"tool_calls\""
        case .refusal: "\"content_filter\""
        }
    }

    /// As messages spell it.
    var messageWord: StaticString {
        switch self {
        case .stop: "\"end_turn\""
        case .stopSequence: "\"stop_sequence\""
        case .length: "\"max_tokens\""
        case .toolCalls: "\"tool_use\""
        case .refusal: "\"refusal\""
        case .pause: "\"pause_turn\""
        case .contextFull: "\"model_context_window_exceeded\""
        }
    }
}

/// One step of an answer, in no dialect's words: what every writer writes and every decoder's events come down to.
enum AnswerStep {
    /// Some text: content, reasoning, or the model's own refusal.
    case text(AnswerChannel.Kind, ByteBuffer)
    /// A tool call begins; its number is its own within the choice, in whatever order.
    case call(Int, id: ByteBuffer?, name: ByteBuffer)
    /// A fragment of a call's arguments.
    case arguments(Int, ByteBuffer)
    /// The reasoning so far is sealed by this signature.
    case signature(ByteBuffer)
    /// Reasoning that only its provider can read.
    case sealed(ByteBuffer)
    /// Probabilities of the text before it.
    case logprobs(ByteBuffer)
    /// A block of the upstream ended, by its number: what comes next is another one.
    case blockEnd(Int)

    /// The steps of some judged pieces, with the notes between them; what only some dialect knows is left out.
    static func all(of pieces: AnswerPieces, _ notes: [PlacedNote]) -> [AnswerStep] {
        var steps: [AnswerStep] = []
        steps.reserveCapacity(pieces.count + notes.count)
        var rest = notes[...]
        func take(upTo position: Int) {
            while let next = rest.first, next.position <= position {
                rest.removeFirst()
                switch next.note {
                case .signature(let text): steps.append(.signature(text))
                case .sealed(let text): steps.append(.sealed(text))
                case .logprobs(let list): steps.append(.logprobs(list))
                case .callID, .stopSequence: continue
                }
            }
        }
        for (position, piece) in pieces.enumerated() {
            take(upTo: position)
            if let step = AnswerStep(piece, notes) { steps.append(step) }
        }
        take(upTo: .max)
        return steps
    }

    private init?(_ piece: AnswerPiece, _ notes: [PlacedNote]) {
        let channel = piece.channel
        switch channel.kind {
        case .content, .reasoning, .refusal: self = .text(channel.kind, piece.text)
        case .toolName:
            var id: ByteBuffer?
            for note in notes {
                if case .callID(channel.index, let text) = note.note { id = text }
            }
            self = .call(channel.index, id: id, name: piece.text)
        case .toolArguments: self = .arguments(channel.index, piece.text)
        case .logprobs, .unknown, .annotation: return nil
        }
    }
}

extension [PlacedNote] {
    /// The stop sequence that ended the answer, if it is one of those asked for.
    func stopSequence(among asked: [String]) -> String? {
        for note in self {
            if case .stopSequence(let text) = note.note, asked.contains(text) { return text }
        }
        return nil
    }
}
