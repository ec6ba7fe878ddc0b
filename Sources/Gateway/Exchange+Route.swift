import Access
import Dialects
import NIOCore
import NIOHTTP1
import Store
import Upstreams

/// What the model's servers are sent, until the client is given something.
final class Outgoing {
    let request: ModelRequest
    let legs: [GatewaySnapshot.Leg]
    /// The client's `anthropic-version`, if it sent one.
    let version: String?
    /// The body that was made last, and for which server's name of the model.
    var made: (model: String, bytes: ByteBuffer)?

    init(_ request: ModelRequest, _ legs: [GatewaySnapshot.Leg], version: String?) {
        (self.request, self.legs, self.version) = (request, legs, version)
    }

    /// The client's own body, with the server's name of the model.
    func body(naming model: String) -> ByteBuffer {
        if let made, made.model == model { return made.bytes }
        let bytes = request.upstreamBody(model: model)
        made = (model, bytes)
        return bytes
    }
}

/// Where a request goes: to which servers of which models, again elsewhere, and with whom it stays.
extension Exchange: CallMaker {
    /// The call to the model's servers, and to those of the models it may fall back to; not sent yet.
    func routedCall(for request: ModelRequest, _ route: ModelRoute) -> RoutedCall {
        let legs = self.legs(for: request, route)
        outgoing = Outgoing(
            lease?.curb == nil ? request : marked(request), legs,
            version: dialect == .anthropic ? headers.first(name: "anthropic-version") : nil)
        return RoutedCall(
            plans: legs.map(\.plan), owner: lease?.organisation.text ?? "",
            affinity: affinity(of: request, route.affinity), loop: lane.loop, maker: self)
    }

    func pool(for address: UpstreamAddress) -> UpstreamPool { lane.pool(for: address) }

    func request(for attempt: RoutedCall.Attempt) -> UpstreamRequest? {
        guard let outgoing else { return nil }
        let leg = outgoing.legs[attempt.plan]
        let speaks = leg.dialect(of: attempt, for: dialect)
        if leg.isGuarded { watch(attempt.upstream, of: leg.route) } else { (guarded, egress) = (nil, nil) }
        let translated = speaks == dialect ? nil : translations?.body(for: attempt.upstream, of: leg.route)
        let profile = profile(from: leg.profile, hasSummariser: leg.hasSummariser)
        foreign = translated != nil || profile.changesAnswers ? ServerSpeech(dialect: speaks, profile: profile) : nil
        ignored = translated?.ignored ?? []
        let bytes = translated?.body ?? outgoing.body(naming: attempt.upstream.model)
        let head = leg.head(
            of: attempt, speaking: speaks, version: outgoing.version, isStreamed: outgoing.request.stream)
        return UpstreamRequest(head, trace?.fields ?? [], body: bytes)
    }

    /// The model that was asked for, and behind it those it may fall back to that this key, this request and today allow.
    private func legs(for request: ModelRequest, _ route: ModelRoute) -> [GatewaySnapshot.Leg] {
        let all = translations?.possible ?? snapshot.courses[route.name] ?? []
        guard all.count > 1 else { return all }
        let visitor = try? gateway.gatekeeper.identify(
            key: headers.clientKey, from: connection.clientAddress, now: Int64(started.uptimeNanoseconds)
        ).get()
        return all.prefix(1)
            + all.dropFirst().filter { leg in
                leg.route.isServed && guardObjection(to: leg.route) == nil
                    && snapshot.stops.models[leg.route.name] == nil
                    && visitor?.mayUse(model: leg.route.name) == true
                    && request.sensitive(notIn: leg.route.allowed).isEmpty
                    && !(profile(of: leg.route).changesAnswers && request.unservedWhereRewritten != nil)
            }
    }

    /// The conversation as the model's servers see it: whoever holds its beginning answers sooner.
    private func affinity(of request: ModelRequest, _ rule: AffinityRule) -> Affinity? {
        guard let organisation = lease?.organisation.text else { return nil }
        switch rule {
        case .none: return nil
        case .header(let name):
            return headers.first(name: name).map { Affinity(organisation: organisation).adding($0.utf8) }
        case .conversation:
            var affinity = Affinity(organisation: organisation)
            for text in request.texts {
                affinity = text.withBytes { affinity.adding($0.prefix(Self.headLimit)) }
                if text.role == .user { break }
            }
            return affinity
        }
    }

    /// Bytes of each text that tell conversations apart.
    private static let headLimit = 4_096

    /// The model whose servers were asked last, if it is not the one that the client named.
    var fallbackModel: String? {
        guard let attempt = call?.current, attempt.plan > 0 else { return nil }
        return call?.model
    }

    /// What came back is no answer: asks another server, if nothing of an answer was given to the client yet.
    ///
    /// - Returns: True if the request is on its way again.
    func retry(after verdict: AttemptVerdict) -> Bool {
        guard !hasBegun, let call else { return false }
        if guarded != nil { accountForTheRest() }
        let before = phase
        phase = .forwarding
        guard call.retry(after: verdict) else {
            phase = before
            return false
        }
        lane.metrics.add(.retries)
        answer = nil
        usage = nil
        upstreamHeaders = []
        collected = ByteBuffer()
        return true
    }
}
