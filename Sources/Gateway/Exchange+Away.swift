import Dialects
import NIOCore
import Upstreams

/// Judging elsewhere: what is long, or asks somebody else, leaves the loop and comes back by one hop.
///
/// Meanwhile nothing more is read from the upstream.
extension Exchange {
    /// Runs `work` on the compute pool and comes back with its result.
    ///
    /// - Parameters:
    ///   - deadline: When it is given up; nil where the work is bounded by itself.
    ///   - work: Gives nil where it could not judge.
    ///   - failed: What is done where nothing came back: the pool is full or late, or the work failed. Without it, the
    ///     classifier is named as a safeguard that cannot judge.
    func away<Value: Sendable>(
        for organisation: String, deadline: TimeAmount? = nil, work: @escaping @Sendable () -> Value?,
        back: @escaping (Value) -> Void, failed: (() -> Void)? = nil
    ) {
        phase = .away
        call?.setReading(false)
        journeys += 1
        let (loop, journey) = (lane.loop, journeys)
        let bound = NIOLoopBound((exchange: self, back: back, failed: failed), eventLoop: loop)
        let late = deadline.map { deadline in
            loop.scheduleTask(in: deadline) {
                bound.value.exchange.returned(from: journey, Value?.none, bound.value.back, bound.value.failed)
            }
        }
        let accepted = gateway.compute.submit(for: organisation) { outcome in
            let value = outcome == .run ? work() : nil
            loop.execute {
                late?.cancel()
                bound.value.exchange.returned(from: journey, value, bound.value.back, bound.value.failed)
            }
        }
        if !accepted {
            late?.cancel()
            returned(from: journey, Value?.none, back, failed)
        }
    }

    /// Waits for asynchronous work in the same way.
    func awayTask<Value: Sendable>(
        deadline: TimeAmount, work: @escaping @Sendable () async -> Value, back: @escaping (Value) -> Void,
        failed: @escaping () -> Void
    ) {
        phase = .away
        call?.setReading(false)
        journeys += 1
        let (loop, journey) = (lane.loop, journeys)
        let bound = NIOLoopBound((exchange: self, back: back, failed: failed), eventLoop: loop)
        let late = loop.scheduleTask(in: deadline) {
            bound.value.exchange.returned(from: journey, Value?.none, bound.value.back, bound.value.failed)
        }
        Task {
            let value = await work()
            loop.execute {
                late.cancel()
                bound.value.exchange.returned(from: journey, value, bound.value.back, bound.value.failed)
            }
        }
    }

    /// Waits for something that happens on this loop in the same way.
    ///
    /// - Parameter start: Begins it; it calls back once, or is too late.
    func awayHere<Value>(
        deadline: TimeAmount, start: (@escaping (Value?) -> Void) -> Void, back: @escaping (Value) -> Void,
        failed: @escaping () -> Void
    ) {
        phase = .away
        call?.setReading(false)
        journeys += 1
        let journey = journeys
        let late = lane.loop.assumeIsolated().scheduleTask(in: deadline) {
            self.returned(from: journey, Value?.none, back, failed)
        }
        start { value in
            late.cancel()
            self.returned(from: journey, value, back, failed)
        }
    }

    /// Back from the compute pool; who comes later than the deadline finds that the exchange has gone on.
    private func returned<Value>(
        from journey: Int, _ value: Value?, _ back: (Value) -> Void, _ failed: (() -> Void)?
    ) {
        guard !isDone, journey == journeys, case .away = phase else { return }
        guard value != nil || failed != nil else { return fail(.safeguard("classifier")) }
        phase = .preparing
        if let value { back(value) } else { failed?() }
        drainBacklog()
        guard !isDone else { return }
        flush()
        setReading(connection.isWritable)
    }

    /// Slows the upstream down to the client's pace.
    func setReading(_ wanted: Bool) {
        if case .away = phase { return }
        call?.setReading(wanted)
    }
}
