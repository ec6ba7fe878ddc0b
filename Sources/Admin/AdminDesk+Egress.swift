import Access
public import Cases
import Hummingbird
import Store

/// What may be asked of the egress guard.
public enum EgressCall: Sendable {
    case show
    case release(EgressReleaseRequest)
}

/// Which model may be served again.
public struct EgressReleaseRequest: Codable, Sendable {
    /// The model's own name.
    public var model: String
    /// What was found out, in words for the record.
    public var reason: String

    /// Takes the fields.
    public init(model: String, reason: String) { (self.model, self.reason) = (model, reason) }
}

/// One guarded server's account as JSON.
public struct EgressView: Codable, Sendable, Equatable {
    /// The model's own name.
    public var model: String
    /// Where its server listens.
    public var address: String
    /// Bytes that came over its link.
    public var link: Int64
    /// Bytes of the link that are text, or framing that repeats: what may be let through outside.
    public var explained: Int64
    /// Bytes of the model's text, and tokens by our own count.
    public var text: Int64
    /// Tokens by our own count.
    public var tokens: Int64
    /// Bytes that nobody can explain and that are not forgiven yet.
    public var owed: Int64
    /// Bytes that may be owed before the model is out of service.
    public var budget: Int64
    /// Why it is out of service: `padding`, `burst` or `excess`; nil if it is not.
    public var stopped: String?
    /// The case in which a person decides, if it is out of service.
    public var `case`: String?

    /// Takes the figures.
    public init(
        model: String, address: String, link: Int64, explained: Int64, text: Int64, tokens: Int64, owed: Int64,
        budget: Int64, stopped: String?, case: String?
    ) {
        (self.model, self.address, self.link, self.explained) = (model, address, link, explained)
        (self.text, self.tokens, self.owed, self.budget) = (text, tokens, owed, budget)
        (self.stopped, self.case) = (stopped, `case`)
    }
}

/// The egress guard as the admin API sees it.
public struct EgressControls: Sendable {
    let accounts: @Sendable () async -> [EgressView]
    let release: @Sendable (EgressReleaseRequest, Ruler) async throws -> Void

    /// - Parameters:
    ///   - accounts: Every guarded server's account.
    ///   - release: Lets a model serve again; throws `AccessError` or `CaseDesk.Problem`.
    public init(
        accounts: @escaping @Sendable () async -> [EgressView],
        release: @escaping @Sendable (EgressReleaseRequest, Ruler) async throws -> Void
    ) {
        (self.accounts, self.release) = (accounts, release)
    }
}

extension EgressCall {
    func request() throws -> AdminCall.Request {
        switch self {
        case .show: AdminCall.get("egress")
        case .release(let body): try AdminCall.post("egress/release", body)
        }
    }
}

extension AdminDesk {
    func reply(to call: EgressCall) async throws -> AdminReply {
        guard let egress else {
            return Self.failure(503, "unavailable", nil, "no server runs on this directory; start one first")
        }
        switch call {
        case .show: return try Self.ok(ListView(data: await egress.accounts()))
        case .release(let body):
            do {
                try await egress.release(body, Self.ruler)
            } catch let problem as CaseDesk.Problem {
                return Self.failure(409, "conflict", nil, problem.description)
            }
            return try Self.ok(ListView(data: await egress.accounts()))
        }
    }
}

extension AdminRoutes {
    func addEgress(to v1: RouterGroup<Context>) {
        v1.get("egress") { _, _ in await answer(.egress(.show)) }
        v1.post("egress/release") { request, _ in
            await answer(request, EgressReleaseRequest.self, ["model", "reason"]) { .egress(.release($0)) }
        }
    }
}
