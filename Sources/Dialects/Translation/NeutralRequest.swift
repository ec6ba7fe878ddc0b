public import NIOCore

/// A value, and where in the client's body it stands.
struct Placed<Value: Sendable>: Sendable {
    var value: Value
    /// The token's index in the client's document.
    var index: Int
}

/// A request in no dialect's words: what every reader fills and every writer writes.
///
/// JSON that no dialect changes (schemas, inputs of tools, numbers) stays as it stands.
struct NeutralRequest: Sendable {
    /// Numbers that steer the choice of tokens.
    enum Setting: Sendable, Hashable { case temperature, topP, topK, presencePenalty, frequencyPenalty, seed }

    var turns: [NeutralTurn] = []
    var tools: [NeutralTool] = []
    var toolChoice: Placed<NeutralToolChoice>?
    var parallelTools: Placed<Bool>?
    var format: Placed<NeutralFormat>?
    var settings: [Setting: Placed<ByteBuffer>] = [:]
    var stops: [Placed<ByteBuffer>] = []
    var choices: Placed<Int>?
    /// How many alternatives to each token the probabilities name.
    var logprobs: Placed<Int>?
    var reasoning: Placed<NeutralReasoning>?
    var verbosity: Placed<ByteBuffer>?
    /// Hints that change no answer and that nothing is said for elsewhere, by their names.
    var ignored: [String] = []

    mutating func ignore(_ name: String) {
        if !ignored.contains(name) { ignored.append(name) }
    }
}

/// One turn of a conversation.
struct NeutralTurn: Sendable {
    enum Role: Sendable { case system, developer, user, assistant }

    var role: Role
    var parts: [NeutralPart]
    var index: Int
}

/// A part of a turn.
struct NeutralPart: Sendable {
    enum Kind: Sendable {
        case text(ByteBuffer)
        case refusal(ByteBuffer)
        /// Reasoning in the open, with its provider's signature where it has one.
        case reasoning(ByteBuffer, signature: ByteBuffer?)
        /// Reasoning that only its provider can read.
        case sealed(ByteBuffer)
        case image(NeutralMedia, detail: ByteBuffer?)
        case document(NeutralMedia, name: ByteBuffer?)
        /// A call that the model made; arguments are JSON text.
        case call(id: ByteBuffer, name: ByteBuffer, arguments: ByteBuffer)
        case result(call: ByteBuffer, parts: [NeutralPart], isError: Bool)
    }

    var kind: Kind
    var index: Int
}

/// Where an image or a document comes from.
enum NeutralMedia: Sendable {
    case data(type: ByteBuffer, base64: ByteBuffer)
    case address(ByteBuffer)
}

/// A tool that the client runs.
struct NeutralTool: Sendable {
    var name: ByteBuffer
    var description: ByteBuffer?
    /// The schema of its arguments, as it stands.
    var schema: ByteBuffer?
    var isStrict: Bool?
    var index: Int
}

/// Which tool the model must call.
enum NeutralToolChoice: Sendable { case automatic, none, any, tool(ByteBuffer) }

/// What the answer must look like.
enum NeutralFormat: Sendable {
    case text
    case object
    case schema(ByteBuffer, name: ByteBuffer?, description: ByteBuffer?, isStrict: Bool?)
}

/// How much the model is to reason.
enum NeutralReasoning: Sendable, Equatable {
    case off
    /// As much as the model finds right.
    case adaptive
    /// A word such as low, medium or high.
    case effort(String)
    /// A number of tokens.
    case budget(Int)
}

extension Dialect {
    /// The dialect as messages name it.
    var title: String {
        switch self {
        case .openAI: "OpenAI's chat completions"
        case .anthropic: "Anthropic's messages"
        case .responses: "OpenAI's responses"
        case .completions: "OpenAI's legacy completions"
        case .embeddings: "OpenAI's embeddings"
        case .gemini: "Gemini's generateContent"
        }
    }
}

extension ModelRequest {
    /// A request's body in another dialect.
    public struct Translated: Sendable {
        /// The body for the upstream.
        public let body: ByteBuffer
        /// Hints that change no answer and that the other dialect has no words for.
        public let ignored: [String]
    }

    /// The body for an upstream that speaks another dialect.
    ///
    /// - Throws: `RequestError` that names the first field that cannot be expressed there.
    public func translated(
        to target: Dialect, model name: String, profile: UpstreamProfile = UpstreamProfile()
    ) throws(RequestError) -> Translated {
        let result = JSONView.read(document.bytes, document.tokens) { view -> Result<Translated, RequestError> in
            do throws(RequestError) {
                var reader = NeutralReader(view: view, target: target)
                switch dialect {
                case .openAI: try reader.readChat()
                case .anthropic: try reader.readMessages()
                case .responses: try reader.readResponses()
                case .completions: try reader.readCompletion()
                case .embeddings: throw reader.cannot(modelIndex, "asks for embeddings, which cannot be expressed")
                case .gemini: throw RequestError(message: "no client speaks \(dialect.title)")
                }
                var writer = NeutralWriter(
                    view: view, request: reader.request, source: self, target: target, model: name, profile: profile)
                switch target {
                case .openAI: try writer.writeChat()
                case .anthropic: try writer.writeMessages()
                case .responses: try writer.writeResponses()
                case .gemini: try writer.writeGemini()
                case .completions, .embeddings:
                    throw writer.cannot(modelIndex, "asks for a conversation, which cannot be expressed")
                }
                return .success(Translated(body: writer.out.buffer, ignored: writer.request.ignored))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// What is peculiar to the servers of an upstream, beyond its dialect.
public struct UpstreamProfile: Sendable, Hashable {
    /// How a chat server is told to go on from the assistant's last turn.
    public enum Prefill: String, Sendable, Hashable, CaseIterable {
        /// `continue_final_message`, as vLLM and SGLang read it.
        case continued = "continue"
        /// `prefix` on the turn, as DeepSeek reads it.
        case prefix
        /// Nothing: the server does so by itself, as llama.cpp and Ollama do.
        case plain
        /// It cannot.
        case refuse
    }

    /// Under which name the server takes the reasoning of earlier turns.
    public var reasoningKey = ReasoningKey.reasoningContent
    /// How it goes on from a prefill.
    public var prefill = Prefill.continued
    /// Whether clients are given the model's reasoning, which is judged in any case.
    public enum Reasoning: String, Sendable, Hashable, CaseIterable {
        /// As it is.
        case pass
        /// What another model makes of it, which is judged as well.
        case summarise
        /// Not at all.
        case withhold
    }

    /// Where reasoning stands in a chat server's content.
    public enum Inline: String, Sendable, Hashable, CaseIterable {
        /// Nowhere: it has a field of its own, or there is none.
        case none
        /// Between `<think>` and `</think>` at the beginning.
        case think
        /// Before `</think>`: the template has opened it already.
        case opened
    }

    /// Whether clients are given reasoning.
    public var reasoning = Reasoning.pass
    /// Where reasoning stands in the content.
    public var inline = Inline.none
    /// Under which name clients of chats are given reasoning; nil leaves it under the server's own.
    public var emits: ReasoningKey?

    /// Whether answers are not passed on as they come, even in the client's own dialect.
    public var changesAnswers: Bool { reasoning != .pass || inline != .none || emits != nil || isGuarded }

    /// Whether nothing of an answer may reach a client but judged text: framing, ids and fingerprints are ours.
    public var isGuarded = false

    /// Tokens that an answer may have at most where the client does not say and the dialect demands a number.
    public var maxTokens = 4096

    /// A server without peculiarities.
    public init() {}
}
