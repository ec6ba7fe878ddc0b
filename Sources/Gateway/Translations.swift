import Access
import Dialects
import Ledger
import NIOCore
import Store
import Upstreams

/// A request in the dialects of those servers that do not speak the client's: made once, before anything is judged.
struct Translations: Sendable {
    private struct Key: Hashable {
        let dialect: Dialect
        let model: String
        let profile: UpstreamProfile
    }

    private var made: [Key: Result<ModelRequest.Translated, RequestError>] = [:]
    /// The ways that the request can be said on: of each model only the servers that understand it.
    private(set) var possible: [GatewaySnapshot.Leg] = []
    /// Why no server of the model itself does.
    private(set) var objection: RequestError?

    private let client: Dialect

    /// Translates a request for all servers that it may reach.
    init(_ request: ModelRequest, _ course: [GatewaySnapshot.Leg]) {
        client = request.dialect
        for (number, leg) in course.enumerated() {
            var first: RequestError?
            var understood = 0
            for upstream in leg.plan.upstreams {
                do throws(RequestError) {
                    try translate(request, for: upstream, of: leg.route)
                    understood += 1
                } catch {
                    first = first ?? error
                }
            }
            if number == 0, understood == 0 { objection = first }
            if understood == leg.plan.upstreams.count {
                possible.append(leg)
            } else if understood > 0 {
                let plan = leg.plan.keeping { speaks($0, of: leg.route) }
                possible.append(GatewaySnapshot.Leg(route: leg.route, plan: plan))
            }
        }
    }

    /// Whether any server on the way speaks another dialect.
    static func areNeeded(for dialect: Dialect, _ course: [GatewaySnapshot.Leg]) -> Bool {
        course.contains { $0.route.dialect != dialect || !$0.route.speaking.isEmpty }
    }

    /// The body for a server, if it speaks another dialect.
    func body(for upstream: Upstream, of route: ModelRoute) -> ModelRequest.Translated? {
        try? made[key(upstream, route)]?.get()
    }

    private mutating func translate(
        _ request: ModelRequest, for upstream: Upstream, of route: ModelRoute
    ) throws(RequestError) {
        let key = key(upstream, route)
        guard key.dialect != request.dialect else { return }
        if let known = made[key] {
            _ = try known.get()
            return
        }
        do throws(RequestError) {
            made[key] = .success(
                try request.translated(to: key.dialect, model: key.model, profile: key.profile))
        } catch {
            made[key] = .failure(error)
            throw error
        }
    }

    private func speaks(_ upstream: Upstream, of route: ModelRoute) -> Bool {
        route.dialect(of: upstream, for: client) == client || body(for: upstream, of: route) != nil
    }

    private func key(_ upstream: Upstream, _ route: ModelRoute) -> Key {
        Key(
            dialect: route.dialect(of: upstream, for: client), model: upstream.model, profile: route.profile)
    }
}

/// What a server answers in.
struct ServerSpeech: Sendable {
    let dialect: Dialect
    let profile: UpstreamProfile
}

extension ModelRoute {
    /// The dialect in which a server of the model is asked what a client asks in its own; servers of chats know embeddings too.
    func dialect(of upstream: Upstream, for client: Dialect) -> Dialect {
        let own = speaking.isEmpty ? dialect : speaking[upstream] ?? dialect
        return client == .embeddings && (own == .openAI || own == .completions) ? .embeddings : own
    }
}

extension Exchange {
    /// Puts the request into the dialects of its servers, where they speak another one, and goes on to judge it.
    func translate(_ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute) {
        let course = snapshot.courses[route.name] ?? []
        if profile(of: route).changesAnswers, let field = request.unservedWhereRewritten {
            return fail(.notServed(field, model: route.name))
        }
        guard Translations.areNeeded(for: dialect, course) else { return judge(request, body, route) }
        let said = marked(request)
        guard body.readableBytes > Self.parseLimit else {
            return translated(Translations(said, course), request, body, route)
        }
        away(for: lease?.organisation.description ?? "") {
            Translations(said, course)
        } back: {
            self.translated($0, request, body, route)
        }
    }

    private func translated(
        _ translations: Translations, _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute
    ) {
        if let objection = translations.objection { return fail(objection.apiError) }
        self.translations = translations
        judge(request, body, route)
    }
}

extension Dialect {
    /// The dialect as the ledger names it.
    var recorded: Admission.Dialect {
        switch self {
        case .openAI, .gemini: .openAI
        case .anthropic: .anthropic
        case .responses: .responses
        case .completions: .completions
        case .embeddings: .embeddings
        }
    }

    /// The header in which answers carry the exchange's id.
    var requestIDHeader: String {
        switch self {
        case .openAI, .completions, .embeddings, .responses, .gemini: "x-request-id"
        case .anthropic: "request-id"
        }
    }
}
