import Dialects
import NIOHTTP1

/// One row of the table of routes: what is asked with which method under which path.
struct RouteRow: Sendable {
    let method: HTTPMethod
    /// The path; a part in braces at its end, or before a last word, stands for a name.
    let path: String
    /// What is asked for; the name is the one that the path holds.
    let route: @Sendable (_ name: String) -> Route

    /// What stands before the name, and behind it; nil where the path holds none.
    let around: (before: String, behind: String)?

    init(_ method: HTTPMethod, _ path: String, _ route: @escaping @Sendable (String) -> Route) {
        (self.method, self.path, self.route) = (method, path, route)
        around = path.split(separator: "{", maxSplits: 1).count == 2 ? Self.parts(of: path) : nil
    }

    /// A row whose path is always the same.
    init(_ method: HTTPMethod, _ path: String, _ route: Route) { self.init(method, path) { _ in route } }

    private static func parts(of path: String) -> (String, String)? {
        guard let open = path.firstIndex(of: "{"), let close = path.firstIndex(of: "}") else { return nil }
        return (String(path[..<open]), String(path[path.index(after: close)...]))
    }

    /// The name in a path that this row is for; nil for any other path.
    func name(in path: some StringProtocol) -> String? {
        guard let around, path.utf8.count > around.before.utf8.count + around.behind.utf8.count,
            path.hasPrefix(around.before), path.hasSuffix(around.behind)
        else { return nil }
        return String(path.dropFirst(around.before.count).dropLast(around.behind.count))
    }
}

/// Every route that clients are served: the one place where they stand.
///
/// The description of the interface is made from the same rows.
enum RouteTable {
    static let rows: [RouteRow] = [
        RouteRow(.POST, "/v1/chat/completions", .exchange(.openAI)),
        RouteRow(.POST, "/v1/responses", .exchange(.responses)),
        RouteRow(.POST, "/v1/completions", .exchange(.completions)),
        RouteRow(.POST, "/v1/embeddings", .exchange(.embeddings)),
        RouteRow(.POST, "/v1/moderations", .moderation),
        RouteRow(.POST, "/v1/messages", .exchange(.anthropic)),
        RouteRow(.POST, "/v1/messages/count_tokens", .tokenCount),
        RouteRow(.GET, "/v1/models", .models),
        RouteRow(.GET, "/v1/models/{model}") { .model($0) },
        RouteRow(.POST, "/sluice/v1/appeals", .appeals),
        RouteRow(.GET, "/sluice/v1/appeals/{case}") { .appeal($0) },
        RouteRow(.POST, "/sluice/v1/applications", .applications),
        RouteRow(.POST, "/sluice/v1/applications/{application}/key") { .applicationKey($0) },
        RouteRow(.GET, "/sluice/v1/applications/{application}") { .application($0) },
        RouteRow(.GET, "/sluice/apply", .applyPage),
        RouteRow(.GET, "/sluice/v1/permissions", .permissions),
        RouteRow(.POST, "/sluice/v1/permissions", .permissionWish),
        RouteRow(.GET, "/sluice/v1/receipts/{decision}") { .receipt($0) },
        RouteRow(.GET, "/sluice/v1/promises/{decision}") { .promise($0) },
        RouteRow(.GET, "/sluice/log/{file}") { .logFile($0) },
        RouteRow(.GET, "/healthz", .health),
        RouteRow(.GET, "/readyz", .readiness),
        RouteRow(.GET, "/openapi.json", .description),
    ]

    /// The rows whose path is always the same, by path.
    private static let exact = Dictionary(grouping: rows.filter { $0.around == nil }, by: \.path)
    private static let named = rows.filter { $0.around != nil }

    /// The rows of a path that is always the same, without a query.
    static func rows(exactly path: String) -> [RouteRow]? { exact[path] }

    /// The rows that a path is one of, and the name in it.
    static func rows(at path: Substring) -> (rows: [RouteRow], name: String) {
        if let rows = exact[String(path)] { return (rows, "") }
        for row in named {
            if let name = row.name(in: path) { return ([row], name) }
        }
        return ([], "")
    }

    /// What the dialects have and nothing here does: the beginnings of paths, and what to do instead.
    private static let absent: [(beginning: String, what: String)] = [
        ("/v1/files", "files: nothing is stored here. Put the text into the request itself"),
        ("/v1/uploads", "files: nothing is stored here. Put the text into the request itself"),
        ("/v1/batches", "batches: send the requests one by one; each is judged as it comes"),
        ("/v1/messages/batches", "batches: send the requests one by one; each is judged as it comes"),
        ("/v1/responses/", "stored responses: nothing is stored here. Send the earlier turns themselves"),
        ("/v1/conversations", "stored conversations: nothing is stored here. Send the earlier turns themselves"),
        ("/v1/threads", "stored conversations: nothing is stored here. Send the earlier turns themselves"),
        ("/v1/assistants", "assistants: nothing is stored here. Send instructions and tools with each request"),
        ("/v1/vector_stores", "vector stores: nothing is stored here"),
        ("/v1/containers", "containers: tools that the provider runs are not served"),
        ("/v1/images", "images: no safeguard here can judge them"),
        ("/v1/videos", "videos: no safeguard here can judge them"),
        ("/v1/audio", "audio: no safeguard here can judge it"),
        ("/v1/realtime", "realtime sessions: no safeguard here can judge sound"),
        ("/v1/fine_tuning", "fine-tuning: the models here are served as they are"),
        ("/v1/evals", "evaluations"),
        ("/v1/skills", "skills: tools that the provider runs are not served"),
        ("/v1/complete", "Anthropic's text completions: use /v1/messages"),
    ]

    /// What of the dialects' own a path would be that is not served.
    static func absence(at path: Substring) -> String? {
        absent.first {
            path.hasPrefix($0.beginning)
                && ($0.beginning.hasSuffix("/") || path.utf8.count == $0.beginning.utf8.count
                    || path.dropFirst($0.beginning.count).first == "/")
        }?.what
    }
}
