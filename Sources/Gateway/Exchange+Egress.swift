import Dialects
import NIOCore
import Upstreams

/// A guarded model at one address.
struct GuardedServer: Sendable {
    let place: EgressGuard.Place
    let rules: EgressRules

    /// The guarded models behind each address.
    static func all(of settings: GatewaySettings) -> [UpstreamAddress: [GuardedServer]] {
        var all: [UpstreamAddress: [GuardedServer]] = [:]
        for route in settings.models.values.sorted(by: { $0.name < $1.name }) {
            guard let rules = route.egress else { continue }
            for address in Set(route.upstreams.map(\.address)) {
                let place = EgressGuard.Place(model: route.name, address: address.description)
                // Aliases lead to the same route.
                guard all[address]?.contains(where: { $0.place == place }) != true else { continue }
                all[address, default: []].append(GuardedServer(place: place, rules: rules))
            }
        }
        return all
    }
}

/// What comes over the links of guarded models' servers is accounted for while it comes.
extension Exchange {
    /// Why the guard does not let a model be served; nil if it does.
    func guardObjection(to route: ModelRoute) -> APIError? {
        guard route.egress != nil, gateway.egress.isStopped(route.name) else { return nil }
        return .egressStopped(route.name)
    }

    /// A request is about to go to a server: if its model is guarded, what comes back is counted.
    func watch(_ upstream: Upstream, of route: ModelRoute) {
        guarded = nil
        guard route.egress != nil else { return egress = nil }
        guarded = snapshot.guarded[upstream.address]?.first { $0.place.model == route.name }
        egress = guarded.map { EgressCount($0.rules) }
        call?.isWatched = guarded != nil
    }

    /// Tells the guard what has come, if it is worth telling.
    ///
    /// - Parameter isStream: Whether a stream has just read it.
    /// - Returns: Whether the exchange may go on; it has been cut otherwise.
    func accountsForLink(isStream: Bool) -> Bool {
        guard let link = call?.linkBytes else { return true }
        guard answer != nil else { return tell(egress?.report(link: link, tokens: 0)) }
        // A stream's bytes are told once it has read what they are.
        guard isStream else { return true }
        let tokens = answer?.gate.tokens ?? 0
        return tell(answer?.egress?.report(link: link, tokens: tokens))
    }

    /// Tells the guard the rest of an attempt that is over.
    func accountForTheRest() {
        guard let link = call?.linkBytes ?? leftLink, guarded != nil else { return }
        let claimed = (answer?.gate.usage ?? usage).map { Int64(clamping: $0.output) }
        if answer == nil {
            _ = tell(egress?.report(link: link, tokens: 0, claimed: claimed, isOver: true), isOver: true)
        } else {
            // What a server counted before the end says nothing of the text.
            let (tokens, isWhole) = (answer?.gate.tokens ?? 0, answer?.gate.isWhole == true)
            let rest = answer?.egress?.report(
                link: link, tokens: tokens, claimed: isWhole ? claimed : nil, isOver: true)
            _ = tell(rest, isOver: true)
        }
        egress = nil
        answer?.egress = nil
    }

    private func tell(_ report: EgressReport?, isOver: Bool = false) -> Bool {
        guard let report, let guarded else { return true }
        let now = Int64(clamping: NIODeadline.now().uptimeNanoseconds)
        let mayGoOn = gateway.egress.take(report, from: guarded.place, under: guarded.rules, at: now)
        guard !mayGoOn, !isOver else { return true }
        cut(.egressStopped(guarded.place.model))
        return false
    }
}

extension Lane {
    /// Bytes that a guarded model's server sends unasked are accounted for too.
    func watch(_ pool: UpstreamPool, at address: UpstreamAddress, _ snapshot: GatewaySnapshot) {
        guard let servers = snapshot.guarded[address] else { return pool.onStray = nil }
        pool.onStray = { [gateway] link, padding in
            let now = Int64(clamping: NIODeadline.now().uptimeNanoseconds)
            for server in servers {
                let report = EgressReport(link: link, padding: padding)
                _ = gateway.egress.take(report, from: server.place, under: server.rules, at: now)
            }
        }
    }
}
