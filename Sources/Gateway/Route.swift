import Dialects
import NIOHTTP1

/// What a request line asks for.
///
/// Everything that is not here is refused, never passed through.
enum Route: Equatable {
    /// A request to a model, in the dialect of its path.
    case exchange(Dialect)
    /// How many tokens a request of Anthropic's dialect has.
    case tokenCount
    /// The list of models.
    case models
    /// One model by name.
    case model(String)
    /// Whether the process lives.
    case health
    /// Whether it can serve: the ledger writes, the classifier judges.
    case readiness
    /// An appeal against a decision.
    case appeals
    /// How a case that a client opened stands.
    case appeal(String)
    /// An application to be served; no key is needed.
    case applications
    /// How an application stands, for whoever shows its secret.
    case application(String)
    /// The first key of an approved application.
    case applicationKey(String)
    /// The page to apply by.
    case applyPage
    /// The organisation's permissions, or a wish for one.
    case permissions
    case permissionWish
    /// The receipt of a decision.
    case receipt(String)
    /// The signed promise of a receipt.
    case promise(String)
    /// A file of the public log.
    case logFile(String)
    /// What the rules say of some texts, in OpenAI's form.
    case moderation
    /// The description of the interface.
    case description
    /// What the dialects have and Sluice does not, with words that say so.
    case notServed(String)
    /// A known path with the wrong method; the right one is named.
    case wrongMethod(allow: String)
    /// Nothing Sluice serves.
    case unknown

    /// The route of a request target; a query is ignored.
    init(method: HTTPMethod, target: String) {
        if let rows = RouteTable.rows(exactly: target), let row = rows.first(where: { $0.method == method }) {
            self = row.route("")
            return
        }
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        let (rows, name) = RouteTable.rows(at: Substring(path))
        guard !rows.isEmpty else {
            self = RouteTable.absence(at: Substring(path)).map(Route.notServed) ?? .unknown
            return
        }
        let isMatch = { (row: RouteRow) in row.method == method || method == .HEAD && row.method == .GET }
        self =
            rows.first(where: isMatch)?.route(name)
            ?? .wrongMethod(allow: rows.map(\.method.rawValue).joined(separator: ", "))
    }

    /// Whether a key must be shown before the body is read.
    var isForKeys: Bool {
        switch self {
        case .exchange, .tokenCount, .moderation, .appeals, .appeal, .permissions, .permissionWish, .receipt, .promise:
            true
        default: false
        }
    }

    /// Whether whoever is held or suspended may ask all the same.
    var isForStopped: Bool {
        switch self {
        case .appeals, .appeal: true
        // The exchange itself says why, and puts it on record.
        case .exchange, .tokenCount: true
        default: false
        }
    }

    /// The largest body that the route takes; nil for what the settings allow.
    var bodyLimit: Int? {
        switch self {
        case .applications, .permissionWish: 64 << 10
        case .applicationKey: 1 << 10
        case .moderation: 1 << 20
        default: nil
        }
    }

    /// The pattern of the route, for keys' scopes, logs and measurements; never the path itself.
    var pattern: String {
        switch self {
        case .exchange(.openAI): "chat/completions"
        case .exchange(.anthropic): "messages"
        case .exchange(.responses): "responses"
        case .exchange(.completions): "completions"
        case .exchange(.embeddings): "embeddings"
        case .exchange(.gemini): "unknown"
        case .moderation: "moderations"
        case .description: "openapi"
        case .tokenCount: "messages/count_tokens"
        case .models, .model: "models"
        case .appeals, .appeal: "appeals"
        case .applications, .application, .applicationKey, .applyPage: "applications"
        case .permissions, .permissionWish: "permissions"
        case .receipt, .promise: "receipts"
        case .logFile: "log"
        case .health: "healthz"
        case .readiness: "readyz"
        case .wrongMethod, .unknown, .notServed: "unknown"
        }
    }

    /// The dialect of the error bodies on this path.
    static func dialect(method: HTTPMethod, target: String, headers: HTTPHeaders) -> Dialect {
        if target.hasPrefix("/v1/messages") || headers.contains(name: "anthropic-version") { return .anthropic }
        return .openAI
    }
}
