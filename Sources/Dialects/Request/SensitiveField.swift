/// A part of a request that no safeguard can read, or a field that reaches past the safeguards.
///
/// It is refused by name unless the model's configuration allows its kind.
public struct SensitiveField: Sendable {
    /// The kinds; raw values are the names used in configuration.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Images, in any form.
        case images
        /// Sound, put in or asked for.
        case audio
        /// Moving pictures.
        case video
        /// Files and documents that are not plain text.
        case files
        /// Addresses that the upstream would fetch.
        case remoteURLs = "remote_urls"
        /// Tools that the provider runs itself: search, code execution, computers, MCP servers, containers.
        case serverTools = "server_tools"
        /// Fields that steer the choice of tokens by number.
        case logitBias = "logit_bias"
        /// Probabilities beyond those of the answer's own tokens.
        case tokenProbabilities = "token_probabilities"
        /// Fields that replace or go around the chat template.
        case templates
        /// Prompts that are not messages: raw text or token numbers.
        case rawPrompts = "raw_prompts"
        /// Caches, slots and transfers that reach what others left behind.
        case caches
        /// Cache marks that the provider keeps within one organisation; allowed by default.
        case cache
        /// Answers as token numbers.
        case tokenIDs = "token_ids"
        /// Exchanges that the provider keeps, goes back to, or works on in the background.
        case stored
        /// Vectors in place of text, or hidden states in the answer.
        case embeddings
        /// Other models, adapters and routes than the one that was asked for.
        case modelOverrides = "model_overrides"
        /// Code or plug-ins that run inside the model server, and its scheduling.
        case serverInternals = "server_internals"
        /// Citations, which give back parts of what was put in.
        case citations
        /// Encrypted blocks, and parts of a kind that we do not know.
        case opaque

        /// The kinds that need no allowance.
        public static let allowedByDefault: Set<Kind> = [.cache]
    }

    /// What it is.
    public var kind: Kind
    /// Where the first of its kind stands.
    public var place: Place

    /// The path of the field, as in `messages[0].content[1].image_url`.
    public var path: String { place.description }
}
