public import NIOCore

/// A whole answer that did not stream.
///
/// A class, since it is large, goes through a few hands and is wanted by one of them only.
public final class AnswerBody {
    /// One of the answers in it.
    public struct Choice: Sendable {
        /// Its index.
        public var index: Int
        /// The model output in it, in the order of judging.
        public var pieces: AnswerPieces
        /// Its finish reason.
        public var finish: String
        /// Where it stands in the body.
        var range: Range<Int>
        /// What a translator needs beside the texts.
        var notes: [PlacedNote] = []
    }

    /// The answers.
    public internal(set) var choices: [Choice] = []
    /// The usage, if the upstream tells it.
    public internal(set) var usage: TokenUsage?

    let bytes: ByteBuffer
    /// The decision's id, from which a translated answer gets its own.
    public var decision = ""
    /// Seconds since 1970, for `created` of a translated answer.
    public var time = 0
    var options: AnswerOptions
    /// What is changed in any case: the model's name, lists of numbers that nobody can judge.
    var edits = Splice()
    /// What is left out once a choice is refused: fields that the first choice answers for.
    var stripped = Splice()
    /// The body of an answer of vectors, written anew from what was checked.
    var vectors: ByteBuffer?
    /// The message's id and usage as they stand, where they say nothing more (Anthropic).
    var id: Range<Int>?
    var usageRange: Range<Int>?

    /// Reads a body that came with status 200.
    ///
    /// - Parameter modelName: The name that the client asked for.
    /// - Throws: `UpstreamFault` for garbage, for an error in it, and for an answer without a finish reason.
    public static func parse(
        _ body: ByteBuffer, request: ModelRequest, modelName: String
    ) throws(UpstreamFault) -> AnswerBody {
        try parse(body, for: AnswerOptions(request, modelName: modelName))
    }

    /// Reads a body that answers the request `options` were taken from; the request itself need not be kept.
    ///
    /// - Throws: `UpstreamFault`, as above.
    public static func parse(_ body: ByteBuffer, for options: AnswerOptions) throws(UpstreamFault) -> AnswerBody {
        var tape = JSONTape()
        let fault = body.withUnsafeReadableBytes { bytes -> JSONFault? in
            do throws(JSONFault) {
                try tape.scan(bytes, acceptsLoneSurrogates: true)
                return nil
            } catch { return error }
        }
        if let fault { throw UpstreamFault(fault, in: .body) }
        let answer = AnswerBody(bytes: body, options: options)
        let problem = JSONView.read(body, tape.tokens) { view -> UpstreamFault? in
            do throws(UpstreamFault) {
                try answer.read(view)
                return nil
            } catch { return error }
        }
        if let problem { throw problem }
        return answer
    }

    private func read(_ view: JSONView) throws(UpstreamFault) {
        switch options.upstream {
        case .openAI, .completions: try readChat(view)
        case .embeddings: try readEmbeddings(view)
        case .anthropic: try readMessage(view)
        case .responses: try readResponse(view)
        case .gemini: try readGemini(view)
        }
        if options.profile.inline != .none { splitInline() }
        if options.profile.isGuarded {
            for place in choices.indices { choices[place].notes.removeAll { !$0.note.isOfRequest } }
        }
        if options.isTranslated { try checkTranslation() }
    }

    private init(bytes: ByteBuffer, options: AnswerOptions) {
        self.bytes = bytes
        self.options = options
    }

    /// Whether it is written in another dialect than it came in.
    public var isTranslated: Bool { options.isTranslated }

    /// Whether the client is given the text of a channel.
    public func writes(_ channel: AnswerChannel) -> Bool { !options.isTranslated || options.gives(channel) }

    /// The body for the client: as it came, but for the model's name and the choices that are refused.
    ///
    /// - Parameter refusing: The refusals, by the index of the choice.
    public func body(refusing: [Int: Refusal]) -> ByteBuffer {
        if let vectors { return vectors }
        if options.isTranslated { return translated(refusing: refusing) }
        guard refusing.isEmpty else {
            return options.dialect.isChatLike ? chatBody(refusing) : messageBody(refusing)
        }
        return edits.isEmpty ? bytes : edits.applied(to: bytes)
    }
}
