internal import NIOCore

/// How each kind looks in each dialect.
extension APIError {
    /// One row of the table of errors.
    struct Row {
        var openAIStatus: Int
        var openAIType: String
        var openAICode: String?
        var anthropicStatus: Int
        var anthropicType: String
        /// What `x-should-retry` says; nil leaves it out.
        var retry: Bool?

        init(
            _ status: Int, _ type: String, _ code: String?, _ anthropicType: String, anthropicStatus: Int? = nil,
            retry: Bool? = nil
        ) {
            openAIStatus = status
            openAIType = type
            openAICode = code
            self.anthropicStatus = anthropicStatus ?? status
            self.anthropicType = anthropicType
            self.retry = retry
        }
    }

    var row: Row {
        let bad = "invalid_request_error"
        let server = "server_error"
        let overloaded = "overloaded_error"
        return switch kind {
        case .invalidRequest: Row(400, bad, nil, bad)
        case .policy: Row(400, bad, "content_policy_violation", bad, retry: false)
        case .invalidKey: Row(401, bad, "invalid_api_key", "authentication_error", retry: false)
        case .revoked: Row(401, bad, "invalid_api_key", "permission_error", retry: false)
        case .permission(let code): Row(403, "permission_error", code, "permission_error", retry: false)
        case .unknownModel: Row(404, bad, "model_not_found", "not_found_error")
        case .unknownRoute: Row(404, bad, "unknown_url", "not_found_error")
        case .wrongMethod: Row(405, bad, "method_not_allowed", bad)
        case .rateLimited: Row(429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_error")
        case .concurrency: Row(429, "rate_limit_error", "concurrency_limit_exceeded", "rate_limit_error")
        case .budget: Row(429, "insufficient_quota", "insufficient_quota", "rate_limit_error", retry: false)
        case .tooLarge: Row(413, bad, "request_too_large", "request_too_large", retry: false)
        case .unknownCoding: Row(415, bad, "unsupported_content_encoding", bad, retry: false)
        case .expectationFailed: Row(417, bad, "expectation_failed", bad, retry: false)
        case .overloaded: Row(503, server, "server_is_overloaded", overloaded, anthropicStatus: 529, retry: true)
        case .safeguardUnavailable:
            Row(503, server, "safeguard_unavailable", overloaded, anthropicStatus: 529, retry: true)
        case .ledgerUnavailable: Row(503, server, "ledger_unavailable", overloaded, anthropicStatus: 529, retry: true)
        case .upstreamFailed: Row(502, server, "upstream_failed", "api_error")
        case .upstreamTimeout: Row(504, server, "upstream_timeout", "timeout_error")
        case .requestTimeout: Row(408, bad, "request_timeout", bad)
        case .draining: Row(503, server, "server_is_draining", overloaded, anthropicStatus: 529, retry: true)
        case .internal: Row(500, server, "internal_error", "api_error")
        }
    }

    /// The stable code of the error, for records, metrics and OpenAI's `error.code`.
    public var code: String? { row.openAICode }

    /// The message as a client reads it: a safeguard that cannot judge is named.
    var words: String {
        guard case .safeguardUnavailable(let name) = kind, !message.contains(name) else { return message }
        return "\(message) (safeguard: \(name))"
    }

    /// The whole HTTP answer.
    ///
    /// - Parameter requestID: Sent back as `x-request-id` (OpenAI) or `request-id` and in the body (Anthropic).
    public func reply(_ dialect: Dialect, requestID: String) -> Reply {
        let row = row
        var headers = [Reply.jsonType, (dialect != .anthropic ? "x-request-id" : "request-id", requestID)]
        if row.openAIStatus == 401, dialect != .anthropic { headers.append(("www-authenticate", "Bearer")) }
        // What can never succeed is not to be tried again.
        if let retry = retryAfter == .infinity ? false : row.retry {
            headers.append(("x-should-retry", retry ? "true" : "false"))
        }
        if let seconds = retrySeconds {
            headers.append(("retry-after", String(Int(seconds.rounded(.up)))))
            headers.append(("retry-after-ms", String(Int((seconds * 1000).rounded(.up)))))
        }
        let status = dialect != .anthropic ? row.openAIStatus : row.anthropicStatus
        return Reply(status: status, headers: headers, body: body(dialect, requestID: requestID))
    }

    /// When to try again: never for what must not be, one second where waiting helps and nobody said how long.
    private var retrySeconds: Double? {
        guard row.retry != false, retryAfter != .infinity else { return nil }
        if let retryAfter, retryAfter.isFinite { return min(max(retryAfter, 0), 86_400) }
        switch kind {
        case .rateLimited, .concurrency, .overloaded, .safeguardUnavailable, .ledgerUnavailable, .draining: return 1
        default: return nil
        }
    }

    func body(_ dialect: Dialect, requestID: String?) -> ByteBuffer {
        var writer = JSONWriter()
        switch dialect {
        case .openAI, .completions, .embeddings, .responses, .gemini:
            writer.raw("{\"error\":{\"message\":")
            writer.string(words)
            writer.raw(",\"type\":")
            writer.string(row.openAIType)
            writer.raw(",\"param\":")
            writer.string(orNull: param)
            writer.raw(",\"code\":")
            writer.string(orNull: row.openAICode)
            writer.raw("}}")
        case .anthropic:
            writer.raw("{\"type\":\"error\",\"error\":{\"type\":")
            writer.string(row.anthropicType)
            writer.raw(",\"message\":")
            writer.string(words)
            if case .budget = kind {
                writer.raw(",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}")
            }
            writer.raw("}")
            if let requestID {
                writer.raw(",\"request_id\":")
                writer.string(requestID)
            }
            writer.raw("}")
        }
        return writer.buffer
    }
}
