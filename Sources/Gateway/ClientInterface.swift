import Dialects
import NIOCore
import NIOHTTP1
import OpenAPI

/// The description of what clients are served, at `/openapi.json`: every row of the table of routes, and no other.
enum ClientInterface {
    /// The version of the program, as the description tells it.
    static let version = "0.1.0"

    /// The document as it is sent.
    static let document = ByteBuffer(string: description.json.text + "\n")

    static let description = Description(
        title: "Sluice",
        words:
            "A gateway to models. Requests and answers are judged; every decision is on record, and can be appealed.",
        version: version,
        securitySchemes: [
            ("key", ["type": "http", "scheme": "bearer"]),
            ("header", ["type": "apiKey", "in": "header", "name": "x-api-key"]),
        ],
        schemas: schemas,
        operations: RouteTable.rows.map(operation))

    /// What a row of the table is to its readers.
    private static func operation(_ row: RouteRow) -> Operation {
        let route = row.route("name")
        var operation = Operation(
            row.method.rawValue, row.path, route.summary, tag: route.heading,
            security: route.isForKeys || route.pattern == "models" ? ["key", "header"] : [],
            parameters: route.parameters, body: route.body, answers: route.successes + errors(of: route))
        operation.needsBody = true
        return operation
    }

    /// The errors of a route: all by the same table that they are sent by.
    private static func errors(of route: Route) -> [Operation.Answer] {
        let schema = Schema.named(route.isAnthropic ? "AnthropicError" : "Error")
        return route.failures.map { .json($0, words(of: $0), schema) }
    }

    private static func words(of status: Int) -> String {
        switch status {
        case 400: "The request is wrong, or holds what the model may not be given; the message names the field"
        case 401: "No key, or one that is not known, expired or revoked"
        case 403: "Not permitted: the key, its organisation, the destination or the model"
        case 404: "There is no such model, or nothing of this name"
        case 405: "Another method is meant"
        case 408: "The request took too long to arrive"
        case 409: "It has been decided or taken already"
        case 413: "The body is too large"
        case 415: "The body is coded in a way that is not read"
        case 429: "A limit or a budget has no room"
        case 502: "The model server failed"
        case 503, 529: "A safeguard, the ledger or memory is not there at the moment; try again"
        case 504: "The model server took too long"
        default: "The gateway failed"
        }
    }
}

extension Route {
    /// Whether its errors are in Anthropic's words.
    fileprivate var isAnthropic: Bool {
        switch self {
        case .exchange(.anthropic), .tokenCount: true
        default: false
        }
    }

    /// The statuses of its errors.
    fileprivate var failures: [Int] {
        let common = [400, 405, 408, 413]
        return switch self {
        case .exchange(.anthropic): common + [401, 403, 404, 415, 429, 500, 502, 504, 529]
        case .exchange: common + [401, 403, 404, 415, 429, 500, 502, 503, 504]
        case .tokenCount: common + [401, 403, 404, 415, 429, 500, 529]
        case .moderation: common + [401, 403, 429, 503]
        case .models: common + [401, 403, 429]
        case .model: common + [401, 403, 404, 429]
        case .appeals, .permissionWish: common + [401, 403, 404, 409, 422, 429, 500, 503]
        case .appeal, .permissions, .receipt, .promise: common + [401, 403, 404, 429, 500, 503]
        case .applications: common + [403, 404, 409, 422, 429, 500, 503]
        case .application: common + [401, 403, 404, 409, 429, 500, 503]
        case .applicationKey: common + [401, 403, 404, 409, 429, 500, 503]
        case .applyPage, .logFile: common + [404, 500]
        case .health, .readiness, .description, .notServed, .wrongMethod, .unknown: common
        }
    }

    fileprivate var summary: String {
        switch self {
        case .exchange(.openAI): "OpenAI's chat completions"
        case .exchange(.responses): "OpenAI's responses; nothing is stored"
        case .exchange(.completions): "OpenAI's legacy completions"
        case .exchange(.embeddings): "OpenAI's embeddings, where the model's configuration allows them"
        case .exchange(.anthropic), .exchange(.gemini): "Anthropic's messages"
        case .tokenCount: "How many tokens a request of Anthropic's messages has, by the count that limits go by"
        case .moderation: "What the rules say of some texts, in the form of OpenAI's moderations"
        case .models: "The models that the key may use"
        case .model: "One model"
        case .appeals: "Appeal against a decision"
        case .appeal: "How an appeal stands"
        case .applications: "Apply to be served"
        case .application: "How an application stands, for whoever shows its secret"
        case .applicationKey: "The first key of an approved application, once"
        case .applyPage: "The page to apply by"
        case .permissions: "The organisation's permissions"
        case .permissionWish: "Ask for a permission"
        case .receipt: "The receipt of a decision"
        case .promise: "The signed promise of a receipt"
        case .logFile: "A file of the public log: its checkpoint, its tiles, its entries"
        case .health: "Whether the process lives"
        case .readiness: "Whether it can serve"
        case .description: "This description"
        case .notServed, .wrongMethod, .unknown: "Nothing"
        }
    }

    fileprivate var heading: String {
        switch self {
        case .exchange, .tokenCount, .moderation, .models, .model: "models"
        case .appeals, .appeal, .receipt, .promise, .logFile: "proof and appeal"
        case .applications, .application, .applicationKey, .applyPage, .permissions, .permissionWish: "access"
        case .health, .readiness, .description, .notServed, .wrongMethod, .unknown: "service"
        }
    }

    fileprivate var parameters: [Operation.Parameter] {
        switch self {
        case .exchange(.anthropic), .tokenCount: [.header("anthropic-version", "The version of the dialect")]
        case .exchange: [.header("traceparent", "A trace that this exchange belongs to")]
        default: []
        }
    }
}
