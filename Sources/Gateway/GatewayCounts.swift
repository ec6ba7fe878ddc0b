import Dialects
public import Telemetry
import Upstreams

/// What all event loops have counted since the start, added up.
public struct GatewayCounts: Sendable {
    private var cells: [UInt64]
    private var refusals: [RefusalKey: UInt64]
    private var safeguards: [String: UInt64]
    private var routes: [String: UInt64]
    /// Client connections that stand now.
    public internal(set) var connections = 0

    /// Nothing counted.
    public init() {
        self.init(cells: Array(repeating: 0, count: LaneMetrics.count), refusals: [:], safeguards: [:], routes: [:])
    }

    init(
        cells: [UInt64], refusals: [RefusalKey: UInt64], safeguards: [String: UInt64], routes: [String: UInt64]
    ) {
        (self.cells, self.refusals, self.safeguards, self.routes) = (cells, refusals, safeguards, routes)
    }

    /// Adds another loop's numbers.
    mutating func merge(_ other: GatewayCounts) {
        for place in cells.indices where place < other.cells.count { cells[place] &+= other.cells[place] }
        refusals.merge(other.refusals, uniquingKeysWith: &+)
        safeguards.merge(other.safeguards, uniquingKeysWith: &+)
        routes.merge(other.routes, uniquingKeysWith: &+)
        connections += other.connections
    }

    /// Exchanges that reached a verdict of the rules, or more.
    public var judged: UInt64 { ends(except: [.rejected]) }
    /// Exchanges that a rule refused or stopped.
    public var refused: UInt64 { refusals.values.reduce(0, &+) }
    /// How often each safeguard could not judge.
    public var safeguardFailures: [String: UInt64] { safeguards }

    private func ends(except out: [LaneMetrics.End]) -> UInt64 {
        LaneMetrics.End.allCases.filter { !out.contains($0) }.reduce(0) { sum, end in
            (0..<LaneMetrics.dialects).reduce(sum) { $0 &+ self.end(end, $1) }
        }
    }

    private func end(_ end: LaneMetrics.End, _ dialect: Int) -> UInt64 {
        cells[LaneMetrics.endsAt + end.rawValue * LaneMetrics.dialects + dialect]
    }

    private subscript(_ counter: LaneMetrics.Counter) -> UInt64 { cells[counter.rawValue] }

    private func times(_ step: LaneMetrics.Step) -> LatencyCount {
        let base = LaneMetrics.stepsAt + step.rawValue * Latency.cells
        return LatencyCount(cells[base..<base + Latency.cells])
    }
}

// As a page.
extension GatewayCounts {
    /// Writes everything that was counted.
    public func write(to page: inout Exposition) {
        writeExchanges(to: &page)
        writeErrors(to: &page)
        writeTimes(to: &page)
    }

    private func writeExchanges(to page: inout Exposition) {
        page.counter(
            "sluice_exchanges_total", "Requests to models that are over, by how they ended.",
            LaneMetrics.End.allCases.flatMap { end in
                ["openai", "anthropic"].enumerated().map { place, dialect in
                    .init([("dialect", dialect), ("outcome", end.label)], self.end(end, place))
                }
            })
        page.gauge("sluice_exchanges_open", "Requests to models that run now.", open(.exchangesBegun, .exchangesEnded))
        page.gauge(
            "sluice_streams_open", "Answers that are being streamed now.", open(.streamsBegun, .streamsEnded))
        page.gauge("sluice_client_connections", "Connections of clients that stand now.", connections)
        page.counter(
            "sluice_tokens_total", "Tokens of answered requests, as they were settled.",
            [
                .init([("direction", "input")], self[.inputTokens]),
                .init([("direction", "output")], self[.outputTokens]),
            ])
        page.counter(
            "sluice_upstream_retries_total", "Requests that were sent again to another server.", self[.retries])
        page.counter(
            "sluice_cache_hits_total", "Answers that were given again, since the same had been asked.", self[.cacheHits]
        )
        page.counter(
            "sluice_mirrored_total", "Requests that a second model was asked as well, by how its answer was judged.",
            [
                .init([("outcome", "clear")], self[.mirrorsClear]),
                .init([("outcome", "stopped")], self[.mirrorsStopped]),
                .init([("outcome", "failed")], self[.mirrorsFailed]),
            ])
        page.counter(
            "sluice_http_requests_total", "Request heads that clients sent, whatever for.", self[.heads])
        page.counter(
            "sluice_http_other_requests_total", "Requests that are no exchange, by route.",
            routes.sorted { $0.key < $1.key }.map { .init([("route", $0.key)], $0.value) })
    }

    private func open(_ begun: LaneMetrics.Counter, _ ended: LaneMetrics.Counter) -> UInt64 {
        self[begun] >= self[ended] ? self[begun] - self[ended] : 0
    }

    private func writeErrors(to page: inout Exposition) {
        let names = APIError.Kind.names
        page.counter(
            "sluice_errors_total", "Errors that clients were told, by kind.",
            names.indices.map { .init([("kind", names[$0])], cells[LaneMetrics.errorsAt + $0]) })
        page.counter(
            "sluice_refusals_total", "Rules that were met, by category, by what found it and where.",
            refusals.sorted { ($0.key.category, $0.key.stage) < ($1.key.category, $1.key.stage) }.map { key, count in
                .init(
                    [
                        ("category", key.category), ("stage", key.stage),
                        ("side", key.inAnswer ? "answer" : "request"),
                    ], count)
            })
        page.counter(
            "sluice_safeguard_failures_total", "Times that a safeguard could not judge, and the request failed for it.",
            safeguards.sorted { $0.key < $1.key }.map { .init([("safeguard", $0.key)], $0.value) })
    }

    private func writeTimes(to page: inout Exposition) {
        page.histogram(
            "sluice_step_seconds",
            "Times of a request's steps; of streams one of 16 pieces is timed while it is judged.",
            LaneMetrics.Step.allCases.filter { $0 != .exchange && $0 != .firstByte }.map {
                ([("step", $0.label)], times($0))
            })
        page.histogram(
            "sluice_first_byte_seconds", "From the end of a request to the first byte of its streamed answer.",
            [([], times(.firstByte))])
        page.histogram(
            "sluice_exchange_seconds", "From the end of a request to the end of its answer.", [([], times(.exchange))])
    }
}

extension LaneMetrics.End {
    /// The end as a label.
    var label: String {
        switch self {
        case .complete: "complete"
        case .refused: "refused"
        case .stopped: "stopped"
        case .cut: "cut"
        case .failed: "failed"
        case .clientLeft: "client_left"
        case .rejected: "rejected"
        }
    }
}

extension LaneMetrics.Step {
    /// The step as a label.
    var label: String {
        switch self {
        case .parse: "parse"
        case .admit: "admit"
        case .judgeRequest: "judge_request"
        case .ledger: "ledger"
        case .upstreamFirstByte: "upstream_first_byte"
        case .judgeAnswer: "judge_answer"
        case .watch: "watch"
        case .firstByte: "first_byte"
        case .exchange: "exchange"
        }
    }
}

extension Gateway {
    /// Writes what is not counted by event loops: queues, and how each model's servers stand.
    public func writeStandings(to page: inout Exposition) {
        page.gauge("sluice_compute_queue_depth", "Texts that wait for a thread of the compute pool.", compute.depth)
        page.gauge("sluice_compute_threads", "Threads of the compute pool.", compute.threadCount)
        page.gauge("sluice_body_bytes", "Bytes of request bodies in memory.", bodies.count)
        let reports = snapshot.upstreamReports
        func label(_ report: UpstreamReport) -> [Exposition.Label] {
            [("model", report.model), ("upstream", report.address)]
        }
        page.counter(
            "sluice_upstream_calls_total", "Calls to a model server.", reports.map { .init(label($0), $0.calls) })
        page.counter(
            "sluice_upstream_failures_total", "Calls that failed by the server's fault.",
            reports.map { .init(label($0), $0.failures) })
        page.gauge(
            "sluice_upstream_running", "Calls that run at a model server.",
            reports.map { .init(label($0), $0.inFlight) })
        page.gauge(
            "sluice_upstream_up", "Whether a server's health route, if it is asked, lets calls go there.",
            reports.map { .init(label($0), $0.isUp ? 1 : 0) })
        page.gauge(
            "sluice_upstream_breaker", "Where a server's breaker stands.",
            reports.flatMap { report in
                [CircuitBreaker.Phase.closed, .open, .halfOpen].map { phase in
                    .init(label(report) + [("state", phase.rawValue)], report.breaker == phase ? 1 : 0)
                }
            })
        var waiting: [String: Int] = [:]
        for report in reports { waiting[report.model] = report.waiting }
        page.gauge(
            "sluice_model_queue_depth", "Requests that wait for a place at one of a model's servers.",
            waiting.sorted { $0.key < $1.key }.map { .init([("model", $0.key)], $0.value) })
    }
}
