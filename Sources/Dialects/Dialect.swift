/// A wire format: a client's, a model server's, or both.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// OpenAI chat completions (`POST /v1/chat/completions`).
    case openAI = "openai"
    /// Anthropic messages (`POST /v1/messages`).
    case anthropic
    /// OpenAI responses (`POST /v1/responses`).
    case responses = "openai-responses"
    /// OpenAI's legacy completions (`POST /v1/completions`): texts to go on from, in place of a conversation.
    case completions = "openai-completions"
    /// OpenAI embeddings (`POST /v1/embeddings`): vectors in place of an answer; never of a server alone.
    case embeddings = "openai-embeddings"
    /// Gemini's `generateContent`; of servers alone.
    case gemini

    /// The dialects that a model's servers may be said to speak.
    ///
    /// Those of chats take embeddings as well.
    public static let ofServers = allCases.filter { $0 != .embeddings }

    /// Whether its chunks, errors and headers are those of chat completions, or close to them.
    var isChatLike: Bool {
        switch self {
        case .openAI, .completions, .embeddings: true
        case .anthropic, .responses, .gemini: false
        }
    }
}
