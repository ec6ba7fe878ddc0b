import Access
import Dialects
import NIOCore
import NIOHTTP1
import Store
import Upstreams

/// Where a request goes: to which servers of which models, again elsewhere, and with whom it stays.
extension Exchange {
    /// The call to the model's servers, and to those of the models it may fall back to; not sent yet.
    func routedCall(for request: ModelRequest, _ route: ModelRoute) -> RoutedCall {
        let legs = self.legs(for: request, route)
        let version = dialect == .anthropic ? headers.first(name: "anthropic-version") : nil
        let (lane, trace) = (lane, trace)
        var made: (model: String, bytes: ByteBuffer)?
        return RoutedCall(
            plans: legs.map(\.plan), owner: lease?.organisation.text ?? "",
            affinity: affinity(of: request, route.affinity), loop: lane.loop,
            pool: { lane.pool(for: $0) },
            request: { [weak self, translations, dialect] attempt in
                let route = legs[attempt.plan].route
                let speaks = route.dialect(of: attempt.upstream, for: dialect)
                self?.watch(attempt.upstream, of: route)
                let bytes: ByteBuffer
                let foreign = speaks == dialect ? nil : translations?.body(for: attempt.upstream, of: route)
                let profile = self?.profile(of: route) ?? route.profile
                self?.foreign =
                    foreign != nil || profile.changesAnswers ? ServerSpeech(dialect: speaks, profile: profile) : nil
                self?.ignored = foreign?.ignored ?? []
                if let foreign {
                    bytes = foreign.body
                } else if let made, made.model == attempt.upstream.model {
                    bytes = made.bytes
                } else {
                    bytes = request.upstreamBody(model: attempt.upstream.model)
                    made = (attempt.upstream.model, bytes)
                }
                var head = route.requestHead(
                    to: attempt.upstream, speaking: speaks, version: version, bodyLength: bytes.readableBytes,
                    isStreamed: request.stream)
                trace?.add(to: &head.headers)
                return (head, bytes)
            },
            receive: { [weak self] event in self?.receive(event) })
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
