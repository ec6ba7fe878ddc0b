import Access
import Dialects
import Ledger
import NIOCore
import Upstreams

// What can go wrong, in the clients' words: every error of a room below becomes an `APIError` here and nowhere else.

extension APIError {
    static func tooLarge(limit: Int) -> APIError {
        APIError(
            .tooLarge,
            "The request body is larger than \(limit) bytes; send less text, or split it into several requests.")
    }

    static let overloadedBodies = APIError(
        .overloaded, "Too many large requests are being read at the moment; try again shortly.", retryAfter: 1)

    static let slowRequest = APIError(.requestTimeout, "The request did not arrive in time; send it without pauses.")

    static func invalidHTTP(_ what: String) -> APIError {
        APIError(.invalidRequest, "What arrived is not a valid HTTP/1.1 request (\(what)).")
    }

    static func expectation(_ what: String) -> APIError {
        APIError(
            .expectationFailed, "'expect: \(what.prefix(100))' cannot be met; 100-continue can, or leave the field out."
        )
    }

    static func unknownRoute(_ target: String) -> APIError {
        APIError(
            .unknownRoute,
            "There is no route \(target.prefix(200)). Served are /v1/chat/completions, /v1/responses, /v1/messages, "
                + "/v1/completions, /v1/embeddings, /v1/moderations and /v1/models; /openapi.json describes them all."
        )
    }

    /// What the dialects have and nothing here does.
    static func notServed(_ what: String) -> APIError {
        APIError(.unknownRoute, "Sluice does not serve \(what).")
    }

    static func wrongMethod(allow: String) -> APIError {
        APIError(.wrongMethod, "This route takes \(allow) requests only.")
    }

    static func unknownModel(_ name: String) -> APIError {
        APIError(
            .unknownModel, "The model '\(name.prefix(200))' does not exist here; GET /v1/models lists those that do.",
            param: "model")
    }

    static func modelNotServed(_ name: String) -> APIError {
        APIError(
            .permission(code: "model_not_served"),
            "The model '\(name)' is not served at the moment, by the operator's decision.",
            param: "model")
    }

    static func stopped(_ reason: String) -> APIError {
        APIError(
            .permission(code: "service_stopped"),
            "Nothing is served at the moment, by the operator's decision: \(reason)")
    }

    static func categoryStopped(_ category: String, _ reason: String) -> APIError {
        APIError(
            .permission(code: "category_stopped"),
            "Use of the category '\(category)' is stopped at the moment, by the operator's decision: \(reason)")
    }

    static func modelStopped(_ name: String, _ reason: String) -> APIError {
        APIError(
            .permission(code: "model_stopped"),
            "The model '\(name)' is not served at the moment, by the operator's decision: \(reason)", param: "model")
    }

    /// A field that would tell what the model's answers are not to tell.
    static func notServed(_ field: String, model: String) -> APIError {
        APIError(
            .invalidRequest,
            "'\(field)' is not served for the model '\(model)', whose answers are written anew here: leave it out.",
            param: field)
    }

    /// What the client is told of a model that the egress guard took out of service.
    static func egressStopped(_ name: String) -> APIError {
        .modelStopped(name, "more left its server than its answers explain; a person looks into it")
    }

    static func notAllowed(_ field: SensitiveField, model: String) -> APIError {
        let path = field.path
        guard field.kind != .stored else {
            return APIError(
                .invalidRequest,
                "'\(path)' is not served: nothing is stored here. Send the earlier turns themselves, and leave it out.",
                param: path, offset: field.place.offset)
        }
        return APIError(
            .invalidRequest,
            "'\(path)' is not allowed for the model '\(model)' (\(field.kind.rawValue)): no safeguard here can judge it. "
                + "Leave it out, or ask the operator to allow '\(field.kind.rawValue)' for this model.",
            param: path, offset: field.place.offset)
    }

    static func safeguard(_ name: String) -> APIError {
        APIError(
            .safeguardUnavailable(name),
            "The safeguard '\(name)' cannot judge this request at the moment; try again shortly.",
            retryAfter: 1)
    }

    static let ledger = APIError(
        .ledgerUnavailable, "The decision could not be recorded, so nothing is answered; try again shortly.",
        retryAfter: 1)

    static let draining = APIError(.draining, "This server is stopping; connect again.", retryAfter: 1)

    static func upstream(_ what: String) -> APIError { APIError(.upstreamFailed, "The model server failed: \(what).") }

    /// An error status of the model server, as a client sees it: its words where the request was wrong, ours where the server is.
    static func upstream(status: Int, says message: String?, retryAfter: String?) -> APIError {
        switch status {
        case 400, 413, 422:
            APIError(.invalidRequest, message ?? "The model server refused the request (status \(status)).")
        case 429:
            APIError(
                .rateLimited, "The model server is at its limit; try again later.",
                retryAfter: retryAfter.flatMap(Double.init))
        case 408, 504: APIError(.upstreamTimeout, "The model server did not answer in time (status \(status)).")
        default: .upstream("it answered with status \(status)")
        }
    }

    /// How an exchange that ended with this error is recorded.
    var outcome: Completion.Outcome {
        switch kind {
        case .revoked: .cut(reason: "revoked")
        case .permission(let code): .cut(reason: code)
        case .draining: .cut(reason: "draining")
        case .upstreamFailed: .failed(reason: "upstream")
        case .upstreamTimeout: .failed(reason: "upstream_timeout")
        case .overloaded: .failed(reason: "upstream_busy")
        case .safeguardUnavailable(let name): .failed(reason: "safeguard:\(name)")
        case .ledgerUnavailable: .failed(reason: "ledger")
        default: .failed(reason: "upstream_refused")
        }
    }
}

extension AccessRefusal {
    /// The refusal as a client sees it.
    ///
    /// Why a key is wrong is not told to those who do not hold one.
    var apiError: APIError {
        switch self {
        case .missingKey:
            APIError(.invalidKey, "No API key was sent; send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.")
        case .malformedKey, .unknownKey: APIError(.invalidKey, "The API key is not valid.")
        case .expired: APIError(.invalidKey, "The API key has expired; ask for a new one.")
        case .revoked: APIError(.invalidKey, "The API key was revoked.")
        case .tooManyFailures(let seconds):
            APIError(.rateLimited, "Too many requests with wrong API keys came from this address.", retryAfter: seconds)
        case .organisationSuspended(let reason):
            APIError(.permission(code: "organization_suspended"), "This organisation is suspended: \(reason)")
        case .organisationHeld(let reason):
            APIError(
                .permission(code: "organization_held"), "This organisation is held until a person has looked: \(reason)"
            )
        case .restricted(let notice): notice.apiError
        case .modelNotPermitted:
            APIError(.permission(code: "model_not_permitted"), "This API key may not use this model.", param: "model")
        case .routeNotPermitted:
            APIError(.permission(code: "route_not_permitted"), "This API key may not use this route.")
        case .modelWithdrawn(let reason):
            APIError(.permission(code: "model_withdrawn"), "This model is out of service: \(reason)", param: "model")
        case .endUserBlocked(let reason):
            APIError(
                .permission(code: "end_user_blocked"), "The end user that this request names is stopped: \(reason)")
        case .limited(let limit): limit.apiError
        }
    }
}

extension RestrictionNotice {
    /// The restriction as a client sees it; `Exchange` adds the way to appeal.
    var apiError: APIError {
        let what =
            switch code {
            case "organization_held": "This organisation is held until a person has looked: \(reason)"
            case "organization_revoked": "This organisation's access was revoked: \(reason)"
            case "account_held": "This account is held until a person has looked: \(reason)"
            case "account_revoked": "This account's access was revoked: \(reason)"
            case "unsupported_country": "Not served here: \(reason)"
            case "verification_required": "This account waits for verification: \(reason)"
            default: reason
            }
        return APIError(.permission(code: code), "\(what) [\(id)]")
    }
}

extension LimitRefusal {
    fileprivate var apiError: APIError {
        let whose =
            switch holder {
            case .key: "this API key"
            case .account: "this account"
            case .organisation: "this organisation"
            case .group: "the accounts that this one acts together with"
            case .model: "this model"
            case .endUser: "this end user"
            }
        switch measure {
        case .concurrency:
            return APIError(
                .concurrency, "The limit of \(limit) requests at the same time for \(whose) is reached.",
                retryAfter: retryAfter ?? 1)
        case .requests, .tokens:
            return APIError(
                .rateLimited,
                "The limit of \(limit) \(measure.rawValue) a minute for \(whose) is reached (asked for: \(requested)).",
                retryAfter: retryAfter ?? .infinity)
        }
    }
}

extension RevocationReason {
    /// The end of a running exchange as a client sees it.
    var apiError: APIError {
        switch self {
        case .keyRevoked: APIError(.revoked, "The API key was revoked.")
        case .permissionWithdrawn:
            APIError(.permission(code: "permission_withdrawn"), "This API key may no longer use this model.")
        case .organisationSuspended(let reason): AccessRefusal.organisationSuspended(reason: reason).apiError
        case .organisationHeld(let reason): AccessRefusal.organisationHeld(reason: reason).apiError
        case .restricted(let notice): notice.apiError
        case .permissionEnded:
            APIError(.permission(code: "permission_ended"), "The permission that this exchange ran under has ended.")
        case .modelWithdrawn(let reason): AccessRefusal.modelWithdrawn(reason: reason).apiError
        case .endUserBlocked(let reason): AccessRefusal.endUserBlocked(reason: reason).apiError
        }
    }
}

extension UpstreamFailure {
    /// The failure as a client sees it; addresses of ours stay out.
    var apiError: APIError {
        switch self {
        case .timedOut(.queue), .busy:
            APIError(
                .overloaded,
                "The model's servers are at their limit, and as many requests wait as may; try again shortly.",
                retryAfter: 1)
        case .timedOut(let phase):
            APIError(.upstreamTimeout, "The model server did not answer in time (\(phase.rawValue)).")
        case .unreachable: .upstream("it cannot be reached")
        case .closedEarly: .upstream("it closed the connection before its answer was complete")
        case .notHTTP: .upstream("what it sent is not HTTP")
        }
    }
}
