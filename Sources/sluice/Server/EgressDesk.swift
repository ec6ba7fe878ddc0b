import Access
import Admin
import Cases
import Gateway
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Store
import Transparency
import Upstreams
import Webhooks

/// Acts on what the egress guard notices: a model whose server sends too much is out of service until a person releases it.
///
/// The guard itself has refused and cut everything by then; this makes it last over a restart, and tells people.
actor EgressDesk {
    static let actor = "egress guard"

    private let gateway: Gateway
    private let store: Store
    private let cases: CaseDesk
    private let webhooks: WebhookDesk
    private let reloading: NIOLockedValueBox<Reloader?>
    private let publish: @Sendable (Leaf.Content) -> Void
    private let log: Logger
    private let notices: AsyncStream<EgressGuard.Notice>

    init(
        gateway: Gateway, store: Store, cases: CaseDesk, webhooks: WebhookDesk,
        reloading: NIOLockedValueBox<Reloader?>, publish: @escaping @Sendable (Leaf.Content) -> Void, log: Logger
    ) {
        (self.gateway, self.store, self.cases, self.webhooks) = (gateway, store, cases, webhooks)
        (self.reloading, self.publish, self.log) = (reloading, publish, log)
        let (notices, sink) = AsyncStream.makeStream(
            of: EgressGuard.Notice.self, bufferingPolicy: .bufferingNewest(1_024))
        self.notices = notices
        gateway.egress.tell { sink.yield($0) }
    }

    /// Acts on notices until it is cancelled.
    func run() async {
        for await notice in notices { await act(on: notice) }
    }

    private func act(on notice: EgressGuard.Notice) async {
        let now = SystemTime.wall
        switch notice.sign {
        case .alarm(let cause):
            webhooks.post(WebhookEvent(.egressAlarm, at: now, notice.facts(cause)))
            log.warning(
                "A guarded model's server sends more than its answers explain",
                metadata: ["model": "\(notice.place.model)", "upstream": "\(notice.place.address)"])
        case .stop(let cause):
            webhooks.post(WebhookEvent(.egressStopped, at: now, notice.facts(cause)))
            log.error(
                "A guarded model is out of service",
                metadata: [
                    "model": "\(notice.place.model)", "upstream": "\(notice.place.address)",
                    "cause": "\(cause.rawValue)",
                ])
            await stop(notice, cause, now)
        }
    }

    /// Writes the stop down, and opens the case; what fails is tried again, since the guard holds meanwhile.
    private func stop(_ notice: EgressGuard.Notice, _ cause: EgressAccount.Cause, _ now: Int64) async {
        let model = notice.place.model
        let detail = notice.detail(cause)
        await insist("A stop by the egress guard cannot be recorded") {
            try await self.store.stop(
                Stop(subject: .model(model), reason: "egress guard: \(cause.rawValue)", since: now),
                event: ChangeEvent(
                    time: now, actor: Self.actor, action: "egress.stop", subject: "model \(model)", detail: detail))
            try await self.inForce()
        }
        publish(.revocation(.init(subject: .model, reason: "egress")))
        await insist("A case of the egress guard cannot be opened") {
            guard await self.openCase(of: model) == nil else { return }
            let evidence = detail.sorted { $0.key < $1.key }.map { Case.Evidence($0.key, $0.value) }
            try await self.cases.open(
                try Case(
                    kind: .egress, subject: model, applicant: Self.actor,
                    request: "More left the server of '\(model)' than its answers explain. May it be served again?",
                    evidence: evidence, now: now),
                by: Self.actor)
        }
    }

    private func insist(_ what: Logger.Message, _ work: () async throws -> Void) async {
        for attempt in 1...8 {
            do { return try await work() } catch {
                log.error(what, metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(100 << attempt))
            }
        }
    }

    private func inForce() async throws {
        let stops = Stops(try await store.stops())
        guard let reloader = reloading.withLockedValue({ $0 }) else { throw StartProblem("the server is starting") }
        try await reloader.apply(stops)
    }

    private func openCase(of model: String) async -> Case? {
        await cases.list(.egress, onlyOpen: true).first { $0.subject == model }
    }

    // MARK: What people ask

    /// Every guarded server's account.
    func accounts() async -> [EgressView] {
        let open = await cases.list(.egress, onlyOpen: true)
        let stopped = gateway.snapshot.stops.models
        return gateway.egress.accounts.map { place, account in
            let reason = stopped[place.model].flatMap {
                $0.hasPrefix("egress guard: ") ? String($0.dropFirst(14)) : nil
            }
            return EgressView(
                model: place.model, address: place.address, link: account.sum.link, explained: account.explained,
                text: account.sum.text, tokens: account.sum.tokens, owed: account.owed,
                budget: Int64(account.rules.budget), stopped: account.stopped?.rawValue ?? reason,
                case: open.first { $0.subject == place.model }?.id.text)
        }
    }

    /// A person lets a model serve again: the case is granted, if there is one, and the stop is lifted.
    func release(_ body: EgressReleaseRequest, by ruler: Ruler) async throws {
        if let one = await openCase(of: body.model) {
            _ = try await cases.rule(one.id, grants: true, by: ruler, reason: body.reason, at: SystemTime.wall)
        } else {
            guard try await store.stops().contains(where: { $0.subject == .model(body.model) }) else {
                throw AccessError.notFound(field: "model", message: "'\(body.model.prefix(100))' is not stopped")
            }
        }
        try await lift(body.model, by: ruler.name, because: body.reason)
    }

    /// Lifts the stop of a model whose case was granted.
    func lift(_ model: String, by person: String, because reason: String) async throws {
        let event = ChangeEvent(
            time: SystemTime.wall, actor: person, action: "stop.lift", subject: "model \(model)",
            detail: ["reason": String(reason.prefix(200)), "of": Self.actor])
        if try await store.resume(.model(model), event: event) {
            publish(.override(.init(action: .setAside, category: "", principle: "", reason: "egress_released")))
        }
        try await inForce()
    }
}

/// Keeps the desk at work.
struct EgressService: Service {
    let desk: EgressDesk

    func run() async throws { await cancelWhenGracefulShutdown { await desk.run() } }
}

extension EgressGuard.Notice {
    fileprivate func facts(_ cause: EgressAccount.Cause) -> [String: WebhookEvent.Value] {
        [
            "model": .text(place.model), "upstream": .text(place.address), "cause": .text(cause.rawValue),
            "owed_bytes": .number(account.owed), "budget_bytes": .number(Int64(account.rules.budget)),
            "link_bytes": .number(account.sum.link), "text_bytes": .number(account.sum.text),
            "tokens": .number(account.sum.tokens),
        ]
    }

    fileprivate func detail(_ cause: EgressAccount.Cause) -> [String: String] {
        [
            "cause": cause.rawValue, "upstream": place.address, "owed bytes": "\(account.owed)",
            "link bytes": "\(account.sum.link)", "text bytes": "\(account.sum.text)",
            "tokens": "\(account.sum.tokens)",
        ]
    }
}
