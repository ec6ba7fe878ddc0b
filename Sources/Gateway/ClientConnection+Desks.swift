import Access
import Dialects
import NIOCore
import NIOHTTP1
import Places
import Store

// What is no exchange with a model, and takes people, files or the store: it is answered away from the loop.
extension ClientConnection {
    /// Asks the people's desk.
    func ask(_ wish: AppealCall.Wish, _ head: HTTPRequestHead) {
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        switch lane.gateway.gatekeeper.identify(
            key: head.headers.clientKey, from: clientAddress, now: now, evenIfStopped: true)
        {
        case .failure(let refusal): fail(head, refusal.apiError)
        case .success(let visitor):
            guard let answer = lane.gateway.appealDesk else { return fail(head, .unknownRoute(head.uri)) }
            let call = AppealCall(organisation: visitor.organisation.description, wish: wish)
            sendLater { await answer(call) }
        }
    }

    /// Asks those who answer without a key.
    func apply(_ wish: PublicCall.Wish, _ head: HTTPRequestHead) {
        guard let answer = lane.gateway.publicDesk else { return fail(head, .unknownRoute(head.uri)) }
        let rules = lane.gateway.addresses.rules
        let address = peer.map { rules.client(peer: $0, headers: head.headers) }
        let call = PublicCall(
            wish: wish, address: address.map { "\($0.customer)" } ?? clientAddress, secret: head.headers.clientKey ?? ""
        )
        sendLater { await answer(call) }
    }

    /// Asks for a receipt or a file of the public log.
    func askForProof(_ route: Route, _ head: HTTPRequestHead) {
        guard let answer = lane.gateway.receiptDesk else { return fail(head, .unknownRoute(head.uri)) }
        var organisation = ""
        if route.isForKeys {
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            switch lane.gateway.gatekeeper.identify(key: head.headers.clientKey, from: clientAddress, now: now) {
            case .failure(let refusal): return fail(head, refusal.apiError)
            case .success(let visitor): organisation = visitor.organisation.description
            }
        }
        guard let call = Self.receiptCall(route, of: organisation) else { return fail(head, .unknownRoute(head.uri)) }
        sendLater { await answer(call) }
    }

    /// Sends what comes back, if the client still waits for it.
    private func sendLater(_ answer: @escaping @Sendable () async -> Reply) {
        let loop = lane.loop
        let bound = NIOLoopBound(self, eventLoop: loop)
        Task {
            let reply = await answer()
            loop.execute { if bound.value.isAnswering { bound.value.send(reply) } }
        }
    }
}
