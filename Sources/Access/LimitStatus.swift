/// How far the limits are used up, for the rate-limit headers of an answer.
///
/// Where a key and its organisation are both limited, the one with less left is told.
public struct LimitStatus: Sendable, Equatable {
    /// One limit over 60 seconds.
    public struct Window: Sendable, Equatable {
        /// How much is allowed in 60 seconds.
        public var limit: Int
        /// How much is left at this moment, at least 0.
        public var remaining: Int
        /// Seconds until all of it is there again.
        public var reset: Double
    }

    /// Requests, if they are limited.
    public var requests: Window?
    /// Tokens, if they are limited.
    public var tokens: Window?

    /// Nothing is limited.
    public static let unlimited = LimitStatus(requests: nil, tokens: nil)

    /// The tighter of the two, limit by limit.
    func tightened(by other: LimitStatus) -> LimitStatus {
        LimitStatus(
            requests: Self.tighter(requests, other.requests), tokens: Self.tighter(tokens, other.tokens))
    }

    private static func tighter(_ one: Window?, _ other: Window?) -> Window? {
        guard let one else { return other }
        guard let other else { return one }
        return other.remaining < one.remaining ? other : one
    }
}
