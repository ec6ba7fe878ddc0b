public import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What may be asked of the watch for distillation: the groups it found, and what is done about them.
///
/// The bodies are the watch's own business; here they are bytes.
public struct DistillationCall: Sendable {
    /// One route; the raw value is its method and path below `/admin/v1`.
    public enum Route: String, Sendable, CaseIterable {
        case status = "GET distillation"
        case listClusters = "GET distillation/clusters"
        case showCluster = "GET distillation/clusters/:reference"
        case picture = "GET distillation/clusters/:reference/picture"
        case indicators = "GET distillation/clusters/:reference/indicators"
        case review = "POST distillation/clusters/:reference/review"
        case respond = "POST distillation/clusters/:reference/respond"
        case release = "POST distillation/clusters/:reference/release"
        case confirmAccount = "POST distillation/accounts/:reference/confirm"
        case look = "POST distillation/look"

        /// `GET` or `POST`.
        public var method: String { String(rawValue.prefix { $0 != " " }) }
        /// The path, with `:reference` where one is named.
        public var path: String { String(rawValue.drop { $0 != " " }.dropFirst()) }
    }

    /// Which.
    public var route: Route
    /// What the path names, decoded; empty if nothing.
    public var reference: String
    /// What the query says.
    public var query: [String: String]
    /// UTF-8 JSON; empty if the call has none.
    public var body: Data

    /// Takes the parts as they are.
    public init(_ route: Route, _ reference: String = "", query: [String: String] = [:], body: Data = Data()) {
        self.route = route
        self.reference = reference
        self.query = query
        self.body = body
    }

    /// A call whose body is a value.
    public init(_ route: Route, _ reference: String = "", _ body: some Encodable) throws {
        self.init(route, reference, body: try JSONEncoder().encode(body))
    }

    func request() -> AdminCall.Request {
        var path = route.path.replacing(":reference", with: AdminCall.encoded(reference))
        let pairs = query.sorted { $0.key < $1.key }.map { "\($0.key)=\(AdminCall.encoded($0.value))" }
        if !pairs.isEmpty { path += "?" + pairs.joined(separator: "&") }
        return AdminCall.Request(method: route.method, path: "/admin/v1/\(path)", body: body)
    }
}

extension AdminRoutes {
    /// The routes of the watch for distillation.
    func addDistillation(to v1: RouterGroup<Context>) {
        for route in DistillationCall.Route.allCases {
            let method = route.method == "GET" ? HTTPRequest.Method.get : .post
            v1.on(RouterPath(route.path), method: method) { request, context in
                await distillation(route, request, context)
            }
        }
    }

    private func distillation(
        _ route: DistillationCall.Route, _ request: Request, _ context: Context
    ) async -> Response {
        let reference = context.parameters.get("reference").map { $0.removingPercentEncoding } ?? ""
        guard let reference else { return Self.wrongReference }
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        guard let body = try? await Self.body(of: request) else {
            let message = "the body is larger than \(Self.largestBody) bytes, or broke off"
            return Response(AdminDesk.failure(413, "too_large", nil, message))
        }
        return await answer(.distillation(DistillationCall(route, reference, query: query, body: body)))
    }
}
