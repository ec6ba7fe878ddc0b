import Dialects
import OpenAPI

// What bodies look like: as much of the dialects as every request and answer has. Fields beyond are passed on or refused by name.

extension ClientInterface {
    /// The schemas that several operations name.
    static let schemas: [(name: String, schema: Schema)] = [
        (
            "Error",
            .object([
                .required(
                    "error",
                    .object([
                        .required("message", .string), .required("type", .string),
                        .optional("param", Schema.string.orNull), .required("code", Schema.string.orNull),
                    ]))
            ])
        ),
        (
            "AnthropicError",
            .object([
                .required("type", .words(["error"])),
                .required(
                    "error", .object([.required("type", .string), .required("message", .string)])),
                .optional("request_id", .string),
            ])
        ),
        ("OpenAIUsage", .object([.required("prompt_tokens", .integer()), .required("total_tokens", .integer())])),
        ("Model", .object([.required("id", .string)])),
    ]

    static let stream = Schema.string.described("Server-sent events of the dialect, each judged before it is sent")
    static let content = Schema.any(of: [.string, .list(of: .anyObject, atLeast: 1)])
    static let stops = Schema.any(of: [.string, .list(of: .string)])
    static let tools = Schema.list(of: .anyObject)

    static let chat = Schema.object([
        .required("model", .name),
        .required(
            "messages",
            .list(
                of: .object([
                    .required("role", .words(["system", "developer", "user", "assistant", "tool"])),
                    .required("content", content), .optional("name", .string), .optional("tool_call_id", .string),
                    .optional("tool_calls", .list(of: .anyObject)),
                ]), atLeast: 1)),
        .optional("stream", .boolean),
        .optional("stream_options", .object([.optional("include_usage", .boolean)])),
        .optional("n", .integer(1...128)), .optional("max_tokens", .integer(1...1_000_000)),
        .optional("max_completion_tokens", .integer(1...1_000_000)), .optional("temperature", .number),
        .optional("top_p", .number), .optional("stop", stops), .optional("seed", .integer()),
        .optional("presence_penalty", .number), .optional("frequency_penalty", .number), .optional("tools", tools),
        .optional("logprobs", .boolean), .optional("top_logprobs", .integer(0...20)), .optional("user", .string),
        .optional("response_format", .anyObject), .optional("reasoning_effort", .string),
    ])

    static let responses = Schema.object([
        .required("model", .name), .required("input", .any(of: [.string, .list(of: .anyObject, atLeast: 1)])),
        .optional("instructions", .string), .optional("stream", .boolean),
        .optional("max_output_tokens", .integer(1...1_000_000)), .optional("temperature", .number),
        .optional("top_p", .number), .optional("tools", tools), .optional("text", .anyObject),
        .optional("reasoning", .anyObject), .optional("user", .string), .optional("store", Schema(["const": false])),
    ])

    static let messages = Schema.object([
        .required("model", .name), .required("max_tokens", .integer(1...1_000_000)),
        .required(
            "messages",
            .list(
                of: .object([
                    .required("role", .words(["user", "assistant"])), .required("content", content),
                ]), atLeast: 1)),
        .optional("system", content), .optional("stream", .boolean), .optional("temperature", .number),
        .optional("top_p", .number), .optional("top_k", .integer()), .optional("stop_sequences", .list(of: .string)),
        .optional("tools", tools), .optional("tool_choice", .anyObject), .optional("thinking", .anyObject),
        .optional("metadata", .object([.optional("user_id", .string)])),
    ])

    static let completions = Schema.object([
        .required("model", .name), .required("prompt", .any(of: [.string, .list(of: .string, atLeast: 1)])),
        .optional("max_tokens", .integer(1...1_000_000)), .optional("stream", .boolean),
        .optional("stream_options", .object([.optional("include_usage", .boolean)])),
        .optional("n", .integer(1...128)), .optional("best_of", .integer(1...128)), .optional("echo", .boolean),
        .optional("logprobs", .integer(0...20)), .optional("stop", stops), .optional("temperature", .number),
        .optional("top_p", .number), .optional("seed", .integer()), .optional("presence_penalty", .number),
        .optional("frequency_penalty", .number), .optional("user", .string),
    ])

    static let embeddings = Schema.object([
        .required("model", .name), .required("input", .any(of: [.string, .list(of: .string, atLeast: 1)])),
        .optional("encoding_format", .words(VectorEncoding.allCases.map(\.rawValue))),
        .optional("dimensions", .integer(1...65_536)), .optional("user", .string),
    ])

    static let moderation = Schema.object([
        .required(
            "input",
            .any(of: [
                .string, .list(of: .string, atLeast: 1),
                .list(of: .object([.required("type", .words(["text"])), .required("text", .string)]), atLeast: 1),
            ])),
        .optional("model", .string),
        .optional("unjudged_categories", .words(UnjudgedCategories.allCases.map(\.rawValue))),
    ])
}

extension Route {
    /// What its body holds.
    var body: Schema? {
        switch self {
        case .exchange(.openAI): ClientInterface.chat
        case .exchange(.responses): ClientInterface.responses
        case .exchange(.completions): ClientInterface.completions
        case .exchange(.embeddings): ClientInterface.embeddings
        case .exchange(.anthropic), .exchange(.gemini): ClientInterface.messages
        case .tokenCount:
            .object([
                .required("model", .name), .required("messages", .list(of: .anyObject, atLeast: 1)),
                .optional("system", ClientInterface.content), .optional("tools", ClientInterface.tools),
            ])
        case .moderation: ClientInterface.moderation
        case .appeals:
            .object([
                .required("decision", .string), .required("reason", .string), .optional("text", .string),
            ])
        case .applications, .permissionWish: .anyObject
        default: nil
        }
    }

    /// What it answers when all is well.
    var successes: [Operation.Answer] {
        switch self {
        case .exchange(.openAI): [exchanged(["id", "object", "model", "choices"])]
        case .exchange(.completions): [exchanged(["id", "object", "model", "choices"])]
        case .exchange(.responses): [exchanged(["id", "object", "model", "output"])]
        case .exchange(.anthropic), .exchange(.gemini): [exchanged(["id", "type", "role", "content"])]
        case .exchange(.embeddings):
            [
                .json(
                    200, "The vectors",
                    .object([
                        .required("object", .words(["list"])),
                        .required("data", .list(of: .object([.required("index", .integer())]), atLeast: 1)),
                        .required("model", .string), .required("usage", .named("OpenAIUsage")),
                    ]))
            ]
        case .tokenCount: [.json(200, "The count", .object([.required("input_tokens", .integer())]))]
        case .moderation:
            [
                .json(
                    200, "What was found",
                    .object([
                        .required("id", .string), .required("model", .string),
                        .required(
                            "results",
                            .list(
                                of: .object([
                                    .required("flagged", .boolean), .required("categories", .anyObject),
                                    .required("category_scores", .anyObject),
                                ]), atLeast: 1)),
                    ]))
            ]
        case .models: [.json(200, "The models", .object([.required("data", .list(of: .named("Model")))]))]
        case .model: [.json(200, "The model", .named("Model"))]
        case .appeals, .applications, .permissionWish:
            [.json(201, "It is taken", .anyObject), .json(200, "It had been taken before", .anyObject)]
        case .applyPage: [Operation.Answer(200, "The page", [("text/html", .string)])]
        case .receipt:
            [
                Operation.Answer(200, "The receipt", [("text/plain", .string)]),
                Operation.Answer(202, "It is not in the log yet; ask again", [("text/plain", .string)]),
            ]
        case .promise: [Operation.Answer(200, "The promise", [("text/plain", .string)])]
        case .logFile:
            [Operation.Answer(200, "The file", [("text/plain", .string), ("application/octet-stream", .string)])]
        case .readiness:
            [.json(200, "It can serve", .anyObject), .json(503, "It cannot, and why", .anyObject)]
        default: [.json(200, "It", .anyObject)]
        }
    }

    private func exchanged(_ fields: [String]) -> Operation.Answer {
        Operation.Answer(
            200, "The answer, or a refusal by the rules that says why",
            [
                ("application/json", .object(fields.map { .required($0, .anything) })),
                ("text/event-stream", ClientInterface.stream),
            ])
    }
}
