import Access
import Dialects
import Ledger
import NIOCore
import NIOHTTP1
import Store
import Telemetry

/// What is counted and timed of an exchange, its place in a trace, and its line in the log.
extension Exchange {
    /// The end of a step: its time is what has passed since the end of the one before.
    func step(_ step: LaneMetrics.Step) {
        let now = NIODeadline.now()
        lane.metrics.time(step, now - mark)
        mark = now
    }

    /// Notes how the exchange ended; `complete` calls it once.
    func note(_ ending: Ending) {
        guard ended == nil else { return }
        if error != nil, !wasRecorded {
            ended = .rejected
        } else if wasRefused {
            ended = .refused
        } else {
            ended = LaneMetrics.End(ending.outcome)
        }
    }

    /// Counts the end of the exchange, and has it written to the log if that is wanted.
    func closeBooks(at now: NIODeadline) {
        let end = ended ?? .clientLeft
        lane.metrics.add(.exchangesEnded)
        if hasBegun { lane.metrics.add(.streamsEnded) }
        lane.metrics.ended(end, dialect)
        lane.metrics.time(.exchange, now - started)
        if let usage {
            // The upstream's counts may be anything.
            lane.metrics.add(.inputTokens, UInt64(min(max(0, usage.input), 1 << 32)))
            lane.metrics.add(.outputTokens, UInt64(min(max(0, usage.output), 1 << 32)))
        }
        switch snapshot.settings.exchangeLogging {
        case .none: return
        case .traced: if trace == nil { return }
        case .all: break
        }
        gateway.journal.note(
            ExchangeLine(
                time: decision.milliseconds, decision: decision.description, route: Route.exchange(dialect).pattern,
                model: modelName, organisation: lease?.organisation.text, key: lease?.key.text, outcome: end.label,
                error: error?.label, milliseconds: Double((now - started).nanoseconds) / 1e6, input: usage?.input,
                output: usage?.output, trace: trace?.context.traceText, span: trace.map { TraceContext.text($0.span) },
                parent: trace.flatMap { $0.isOurs ? nil : TraceContext.text($0.context.parent) }))
    }
}

/// An exchange's place in a trace.
struct ExchangeTrace: Sendable {
    /// Whose child it is; where the trace is ours, the exchange's own span stands there.
    let context: TraceContext
    /// The exchange's own span, the parent of what the model server does.
    let span: UInt64
    /// Whether the trace began here.
    let isOurs: Bool
    /// What other tracing systems said of it.
    let state: String?

    init?(_ headers: HTTPHeaders, _ decision: DecisionID, _ tracing: Tracing, _ names: SpanNames) {
        guard tracing != .off else { return nil }
        if let value = headers.first(name: "traceparent"), let context = TraceContext(value.utf8),
            headers[canonicalForm: "traceparent"].count == 1
        {
            self.context = context
            span = names.span(of: decision.words)
            isOurs = false
            let state = headers["tracestate"].joined(separator: ",")
            self.state = TraceState.isWellFormed(state) ? state : nil
            return
        }
        guard tracing == .start else { return nil }
        span = names.span(of: decision.words)
        guard let context = TraceContext(trace: names.trace(of: decision.words), parent: span, flags: 1) else {
            return nil
        }
        (self.context, isOurs, state) = (context, true, nil)
    }

    /// The fields that name the exchange's span as the parent of what follows.
    var fields: [(String, String)] {
        let parent = ("traceparent", context.header(span: span))
        return state.map { [parent, ("tracestate", $0)] } ?? [parent]
    }
}

extension LaneMetrics.End {
    /// The end of an exchange that was admitted.
    init(_ outcome: Completion.Outcome) {
        switch outcome {
        case .complete: self = .complete
        case .refusedMidStream: self = .stopped
        case .cut: self = .cut
        case .failed: self = .failed
        case .clientLeft: self = .clientLeft
        }
    }
}
