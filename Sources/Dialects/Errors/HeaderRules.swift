/// Which header fields pass through, by lower-case name.
///
/// Everything else stays behind.
public enum HeaderRules {
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
}
