/// Which header fields pass through, by lower-case name.
///
/// Everything else stays behind.
public enum HeaderRules {
    /// Whether a client's header field may reach the upstream.
    ///
    /// Keys, cookies, organisation and beta headers never do: the gateway sets its own.
    public static func passesToUpstream(_ name: some StringProtocol) -> Bool {
        switch name {
        case "content-type", "accept", "accept-language", "idempotency-key", "anthropic-version", "traceparent",
            "tracestate":
            true
        default: false
        }
    }

    /// Whether an upstream's header field may reach the client.
    ///
    /// Cookies, organisation ids, request ids, rate limits and the server's name never do.
    public static func passesToClient(_ name: some StringProtocol) -> Bool {
        switch name {
        case "content-type", "content-language", "cache-control", "retry-after", "retry-after-ms",
            "openai-processing-ms", "openai-version":
            true
        default: false
        }
    }

    /// The dialect of a model route: Anthropic's if the request has `anthropic-version`.
    public static func dialect(hasAnthropicVersion: Bool) -> Dialect { hasAnthropicVersion ? .anthropic : .openAI }
}
