/// An error as a client gets it, in either dialect.
///
/// A refusal by the rules is none, unless the deployment prefers errors.
public struct APIError: Error, Sendable, Equatable {
    /// What went wrong: the rows of the table of errors.
    public enum Kind: Sendable, Hashable {
        /// Nonsense in the request: 400.
        case invalidRequest
        /// Refused by the rules, where the deployment prefers errors: 400.
        case policy
        /// No key, an unknown one, or an expired one: 401.
        case invalidKey
        /// A revoked key: 401 for new requests, the end of running streams.
        case revoked
        /// Not permitted here, with a code that says why (`unsupported_country`, `organization_suspended` …): 403.
        case permission(code: String)
        /// No such model: 404.
        case unknownModel
        /// No such route: 404.
        case unknownRoute
        /// The route exists, for another method: 405.
        case wrongMethod
        /// Too many requests or tokens: 429.
        case rateLimited
        /// Too many requests at once: 429.
        case concurrency
        /// The budget is used up: 429, not to be tried again.
        case budget
        /// The body is over its limit: 413.
        case tooLarge
        /// The body is coded in a way that is not read: 415.
        case unknownCoding
        /// The client expects of the server what it cannot do: 417.
        case expectationFailed
        /// All bodies together are over theirs: 503, or 529.
        case overloaded
        /// A safeguard cannot judge; it is named: 503, or 529.
        case safeguardUnavailable(String)
        /// The ledger cannot be written: 503, or 529.
        case ledgerUnavailable
        /// The upstream failed after retries: 502.
        case upstreamFailed
        /// The upstream took too long: 504.
        case upstreamTimeout
        /// The client took too long to send its request: 408.
        case requestTimeout
        /// The gateway is stopping: 503, or 529.
        case draining
        /// Our own mistake: 500.
        case `internal`
    }

    /// What went wrong.
    public var kind: Kind
    /// What was wrong, where, and the way out, in a sentence.
    public var message: String
    /// The path of the field, if it is about one.
    public var param: String?
    /// The offset of the byte in the body, if it is about one.
    public var offset: Int?
    /// When to try again, in seconds; nil leaves it to the client, infinity says never.
    public var retryAfter: Double?

    /// Makes an error.
    public init(
        _ kind: Kind, _ message: String, param: String? = nil, offset: Int? = nil, retryAfter: Double? = nil
    ) {
        self.kind = kind
        self.message = message
        self.param = param
        self.offset = offset
        self.retryAfter = retryAfter
    }
}
