package import NIOCore
import NIOHTTP1

/// Asks model servers' health routes, each in its own time, on one event loop.
package final class HealthProber {
    /// How often it looks whether a question is due.
    private static let grain = TimeAmount.milliseconds(100)

    private final class Check {
        let plan: RoutePlan
        let place: Int
        let rules: HealthRules
        var due = NIODeadline.now()
        var call: UpstreamCall?

        init(_ plan: RoutePlan, _ place: Int, _ rules: HealthRules) {
            (self.plan, self.place, self.rules) = (plan, place, rules)
        }

        var key: String { "\(plan.model)\n\(plan.upstreams[place].identity)\n\(rules)" }
    }

    private let loop: any EventLoop
    private let pool: (UpstreamAddress) -> UpstreamPool
    private var checks: [String: Check] = [:]
    private var timer: Scheduled<Void>?

    /// A prober that asks nobody yet; `pool` gives the connections of its loop to an address.
    package init(loop: any EventLoop, pool: @escaping (UpstreamAddress) -> UpstreamPool) {
        self.loop = loop
        self.pool = pool
    }

    /// From now on the servers of these plans are asked, where their configuration says so.
    package func follow(_ plans: some Sequence<RoutePlan>) {
        var next: [String: Check] = [:]
        for plan in plans {
            for (place, upstream) in plan.upstreams.enumerated() {
                guard let rules = upstream.health else { continue }
                let check = Check(plan, place, rules)
                next[check.key] = checks[check.key] ?? check
            }
        }
        for (key, check) in checks where next[key] == nil { check.call?.cancel() }
        checks = next
        if timer == nil, !checks.isEmpty { tick() }
    }

    /// Asks nobody any more.
    package func stop() {
        timer?.cancel()
        timer = nil
        follow([RoutePlan]())
    }

    private func tick() {
        let now = NIODeadline.now()
        for check in checks.values where check.due <= now && check.call == nil { ask(check, now) }
        timer = nil
        guard !checks.isEmpty else { return }
        timer = loop.assumeIsolated().scheduleTask(in: Self.grain) { [weak self] in self?.tick() }
    }

    private func ask(_ check: Check, _ now: NIODeadline) {
        check.due = now + .nanoseconds(check.rules.interval)
        let upstream = check.plan.upstreams[check.place]
        let limit = TimeAmount.nanoseconds(check.rules.limit)
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: check.rules.path,
            headers: ["host": upstream.address.hostHeader, "accept": "*/*", "user-agent": "sluice"])
        check.call = pool(upstream.address).send(
            UpstreamRequest(RequestHead(head), body: ByteBuffer()),
            timeouts: UpstreamTimeouts(connect: limit, firstByte: limit, idle: limit),
            mustEnd: now + limit
        ) { event in
            switch event {
            case .head(let head): Self.answered(check, isGood: (200..<300).contains(head.status.code))
            case .failed: Self.answered(check, isGood: false)
            case .body, .pause, .end: break
            }
        }
    }

    private static func answered(_ check: Check, isGood: Bool) {
        check.call?.leave()
        check.call = nil
        check.plan.gate.noteHealth(slot: check.plan.candidates[check.place].slot, isGood: isGood, check.rules)
    }
}
