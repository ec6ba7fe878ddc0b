/// Why a request was not admitted; the dialects turn it into a status and an error body.
public enum AccessRefusal: Error, Sendable, Equatable {
    /// No key was presented (401).
    case missingKey
    /// What was presented cannot be a key of ours: a typing error, or another service's key (401, as for an unknown key).
    case malformedKey
    /// A well-formed key that is not ours (401).
    case unknownKey
    /// The key's time is over (401).
    case expired
    /// The key was revoked (401).
    case revoked
    /// This address has presented too many wrong keys (429).
    case tooManyFailures(retryAfter: Double)
    /// An operator has suspended the organisation (403).
    case organisationSuspended(reason: String)
    /// A desk holds the organisation until it has decided (403).
    case organisationHeld(reason: String)
    /// A restriction of the organisation, the account or the destination (403).
    case restricted(RestrictionNotice)
    /// The key may not use this model (403).
    case modelNotPermitted
    /// The key may not use this route (403).
    case routeNotPermitted
    /// The model is out of service for everyone (403).
    case modelWithdrawn(reason: String)
    /// The end user that the client named may not use anything (403).
    case endUserBlocked(reason: String)
    /// A limit is reached (429).
    case limited(LimitRefusal)

    /// Seconds after which a second try makes sense; `nil` where waiting doesn't help.
    public var retryAfter: Double? {
        switch self {
        case .tooManyFailures(let seconds): seconds
        case .limited(let limit): limit.retryAfter
        default: nil
        }
    }
}

extension AccessRefusal {
    /// Whether the key itself is good, and its holder may still ask why and appeal.
    var leavesAppeal: Bool {
        switch self {
        case .organisationSuspended, .organisationHeld, .restricted: true
        default: false
        }
    }
}

/// Which limit was reached, and what the client is told about it.
public struct LimitRefusal: Sendable, Equatable {
    /// Whose limit it is.
    public enum Holder: String, Sendable { case key, account, organisation, group, model, endUser }

    /// What is limited.
    public enum Measure: String, Sendable {
        /// Requests in 60 seconds.
        case requests
        /// Tokens in 60 seconds.
        case tokens
        /// Exchanges at the same time.
        case concurrency
    }

    /// Whose limit it is.
    public let holder: Holder
    /// What is limited.
    public let measure: Measure
    /// The limit.
    public let limit: Int
    /// What was asked for: 1, or the estimate of tokens.
    public let requested: Int
    /// Seconds until the request fits; `nil` if it is larger than the limit and never will.
    public let retryAfter: Double?
    /// All limits, for the headers.
    public internal(set) var status: LimitStatus
}

/// Why a running exchange must end at once.
public indirect enum RevocationReason: Sendable, Equatable {
    /// The key was revoked.
    case keyRevoked
    /// The key may no longer use this model or route.
    case permissionWithdrawn
    /// An operator has suspended the organisation.
    case organisationSuspended(reason: String)
    /// A desk holds the organisation.
    case organisationHeld(reason: String)
    /// A restriction of the organisation, the account or the destination.
    case restricted(RestrictionNotice)
    /// The permission under which the exchange runs has ended.
    case permissionEnded
    /// The model was taken out of service.
    case modelWithdrawn(reason: String)
    /// The end user was stopped; others of the organisation go on.
    case endUserBlocked(reason: String)
}
