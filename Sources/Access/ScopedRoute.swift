/// The routes that keys can be bound to, by the names that the gateway admits requests under.
public enum ScopedRoute {
    /// Every one of them, in the order of the documentation.
    public static let all = [
        "chat/completions", "responses", "completions", "embeddings", "moderations", "messages",
        "messages/count_tokens",
    ]
}
