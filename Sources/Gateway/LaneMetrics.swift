import Dialects
import NIOCore
import Safeguards
import Telemetry

/// What one event loop has counted: plain numbers in one block of memory, written by that loop alone.
///
/// Counting is an addition without a lock, an atomic or an allocation; the loops' numbers are added up when somebody asks.
/// Confined to its loop.
final class LaneMetrics {
    /// What is timed.
    enum Step: Int, CaseIterable {
        case parse, admit, judgeRequest, ledger, upstreamFirstByte, judgeAnswer, watch, firstByte, exchange
    }

    /// What is counted, beside how exchanges ended.
    enum Counter: Int, CaseIterable {
        case exchangesBegun, exchangesEnded, streamsBegun, streamsEnded, inputTokens, outputTokens, retries, heads,
            cacheHits
        case mirrorsSent, mirrorsClear, mirrorsStopped, mirrorsFailed
    }

    /// How an exchange ended.
    enum End: Int, CaseIterable {
        case complete, refused, stopped, cut, failed, clientLeft, rejected
    }

    static let dialects = 2
    static let errors = APIError.Kind.names.count
    static let endsAt = Counter.allCases.count
    static let errorsAt = endsAt + End.allCases.count * dialects
    static let stepsAt = errorsAt + errors
    static let count = stepsAt + Step.allCases.count * Latency.cells

    /// A pointer and no array, which would be asked for its bounds and its other owners at each addition.
    ///
    /// It is allocated in `init` with `count` cells, freed in `deinit`, and never leaves this type.
    private let cells: UnsafeMutablePointer<UInt64>
    private var refusals: [RefusalKey: UInt64] = [:]
    private var safeguards: [String: UInt64] = [:]
    private var routes: [String: UInt64] = [:]
    private var sample: UInt8 = 0

    init() {
        cells = .allocate(capacity: Self.count)
        cells.initialize(repeating: 0, count: Self.count)
    }

    deinit { cells.deallocate() }

    @inline(__always)
    func add(_ counter: Counter, _ amount: UInt64 = 1) { cells[counter.rawValue] &+= amount }

    func time(_ step: Step, _ time: TimeAmount) {
        let base = Self.stepsAt + step.rawValue * Latency.cells
        cells[base + Latency.bucket(of: time.nanoseconds)] &+= 1
        cells[base + Latency.buckets] &+= UInt64(max(0, time.nanoseconds))
    }

    /// Whether this event of a stream is one whose judging is timed: one of 16.
    func isSampled() -> Bool {
        sample &+= 1
        return sample & 15 == 0
    }

    func ended(_ end: End, _ dialect: Dialect) {
        cells[Self.endsAt + end.rawValue * Self.dialects + (dialect == .anthropic ? 1 : 0)] &+= 1
    }

    /// An error was told to a client.
    func failed(_ kind: APIError.Kind) {
        cells[Self.errorsAt + kind.number] &+= 1
        guard case .safeguardUnavailable(let name) = kind else { return }
        safeguards[name, default: 0] += 1
    }

    /// A rule was met.
    func refused(_ finding: Finding, inAnswer: Bool) {
        let key = RefusalKey(category: finding.category, stage: finding.stage.rawValue, inAnswer: inAnswer)
        refusals[key, default: 0] += 1
    }

    /// A request that is no exchange came, or one that was turned away at the door.
    func other(_ route: Route) { routes[route.pattern, default: 0] += 1 }

    /// All of it as a value.
    var counts: GatewayCounts {
        GatewayCounts(
            cells: Array(UnsafeBufferPointer(start: cells, count: Self.count)), refusals: refusals,
            safeguards: safeguards, routes: routes)
    }
}

/// Which rule was met, where, and what found it: all of it the operator's words.
struct RefusalKey: Hashable, Sendable {
    let category: String
    let stage: String
    let inAnswer: Bool
}

extension APIError.Kind {
    /// The kinds as labels, in the order of their numbers.
    static let names = [
        "invalid_request", "policy", "invalid_key", "revoked", "permission", "unknown_model", "unknown_route",
        "wrong_method", "rate_limited", "concurrency", "budget", "too_large", "overloaded", "safeguard_unavailable",
        "ledger_unavailable", "upstream_failed", "upstream_timeout", "request_timeout", "draining",
        "unknown_coding", "expectation_failed", "internal",
    ]

    var number: Int {
        switch self {
        case .invalidRequest: 0
        case .policy: 1
        case .invalidKey: 2
        case .revoked: 3
        case .permission: 4
        case .unknownModel: 5
        case .unknownRoute: 6
        case .wrongMethod: 7
        case .rateLimited: 8
        case .concurrency: 9
        case .budget: 10
        case .tooLarge: 11
        case .overloaded: 12
        case .safeguardUnavailable: 13
        case .ledgerUnavailable: 14
        case .upstreamFailed: 15
        case .upstreamTimeout: 16
        case .requestTimeout: 17
        case .draining: 18
        case .unknownCoding: 19
        case .expectationFailed: 20
        default: Self.names.count - 1
        }
    }

    /// The kind as a label.
    var label: String { Self.names[number] }
}
