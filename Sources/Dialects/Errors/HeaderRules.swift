/// Which header fields pass through, by lower-case name.
///
/// Everything else stays behind.
public enum HeaderRules {
    /// Whether an upstream's header field may reach the client.
    ///
    /// Cookies, organisation ids, request ids, rate limits and the server's name never do.
    public static func passesToClient(_ name: String) -> Bool {
        switch name {
        case "content-type", "content-language", "cache-control", "retry-after", "retry-after-ms",
            "openai-processing-ms", "openai-version":
            true
        default: false
        }
    }

    /// Whether a value is a number, a date or a short code: nobody judges headers, so nothing that reads as a sentence passes.
    public static func isPlain(_ value: String) -> Bool {
        guard value.utf8.count <= 64, value.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let words = value.split { !($0.isLetter || $0.isNumber) }.filter { $0.count > 1 && $0.allSatisfy(\.isLetter) }
        let letters = words.reduce(0) { $0 + $1.count }
        return letters <= 24 && (words.count <= 2 || letters * 5 < value.utf8.count * 3)
    }
}
