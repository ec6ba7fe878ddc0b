import Access
import Dialects
import NIOCore
import NIOHTTP1
import Upstreams

extension HTTPHeaders {
    /// The API key as the client presented it: `x-api-key`, or `authorization: Bearer …`.
    var clientKey: String? {
        if let key = first(name: "x-api-key") { return key }
        guard let value = first(name: "authorization"), value.utf8.count > 7 else { return nil }
        guard value.utf8.prefix(7).elementsEqual("bearer ".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        return String(decoding: value.utf8.dropFirst(7), as: UTF8.self)
    }
}

extension HTTPHeaders {
    /// Of an upstream's headers those that reach the client; what describes the body is written anew.
    var passedToClient: [(String, String)] {
        compactMap { name, value in
            let name = name.lowercased()
            guard HeaderRules.passesToClient(name), name != "content-type", name != "cache-control",
                HeaderRules.isPlain(value)
            else { return nil }
            return (name, value)
        }
    }
}

extension Dialect {
    /// Its place among all of them.
    var number: Int {
        switch self {
        case .openAI: 0
        case .anthropic: 1
        case .responses: 2
        case .completions: 3
        case .embeddings: 4
        case .gemini: 5
        }
    }
}

extension ModelRoute {
    /// The head of the request to the model server: our own key, and of the client's headers only those on the list.
    ///
    /// - Parameter version: The client's `anthropic-version`, if it sent one.
    func requestHead(
        to upstream: Upstream, speaking dialect: Dialect, version: String?, isStreamed: Bool
    ) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "host": upstream.address.hostHeader, "content-type": "application/json",
            "accept": isStreamed ? "text/event-stream" : "application/json",
            "accept-encoding": "identity", "user-agent": "sluice",
        ]
        switch dialect {
        case .openAI, .completions, .embeddings, .responses:
            if let key = upstream.key { headers.add(name: "authorization", value: "Bearer " + key) }
        case .anthropic:
            if let key = upstream.key { headers.add(name: "x-api-key", value: key) }
            headers.add(name: "anthropic-version", value: version ?? "2023-06-01")
        case .gemini:
            if let key = upstream.key { headers.add(name: "x-goog-api-key", value: key) }
        }
        let path =
            switch dialect {
            case .openAI: "/v1/chat/completions"
            case .anthropic: "/v1/messages"
            case .responses: "/v1/responses"
            case .completions: "/v1/completions"
            case .embeddings: "/v1/embeddings"
            case .gemini:
                "/v1beta/models/\(upstream.model):" + (isStreamed ? "streamGenerateContent?alt=sse" : "generateContent")
            }
        return HTTPRequestHead(
            version: .http1_1, method: .POST, uri: upstream.address.basePath + path, headers: headers)
    }
}

extension LimitStatus {
    /// The limits as the dialect's headers tell them.
    func headers(_ dialect: Dialect) -> [(String, String)] {
        guard requests != nil || tokens != nil else { return [] }
        return RateLimitStatus(requests: requests.map(\.quantity), tokens: tokens.map(\.quantity))
            .headers(dialect, now: Double(SystemTime.wall) / 1_000)
    }
}

extension LimitStatus.Window {
    fileprivate var quantity: RateLimitStatus.Quantity {
        RateLimitStatus.Quantity(limit: limit, remaining: remaining, reset: reset)
    }
}

extension AccessRefusal {
    /// The limits to tell with the refusal, where it is about limits.
    var limits: LimitStatus? { if case .limited(let refusal) = self { refusal.status } else { nil } }
}
