import Store

/// What one holder of limits has used: a line of keys, an account, an organisation, a model or an end user.
///
/// Guarded by its meter's lock.
struct Allowance: Sendable {
    private var requests: SlidingWindow?
    private var tokens: SlidingWindow?

    /// Exchanges that run now.
    var running = 0

    /// What stands in the way of one more request, if anything; nothing is charged.
    mutating func obstacle(
        to estimate: Int, under limits: Limits, holder: LimitRefusal.Holder, now: Int64
    ) -> LimitRefusal? {
        if let limit = limits.requestsPerMinute {
            let wait = Self.window(&requests, now).wait(for: 1, under: limit, now: now)
            if wait != 0 { return refusal(holder, .requests, limit, 1, wait, limits, now) }
        }
        if let limit = limits.tokensPerMinute {
            let wait = Self.window(&tokens, now).wait(for: estimate, under: limit, now: now)
            if wait != 0 { return refusal(holder, .tokens, limit, estimate, wait, limits, now) }
        }
        if let limit = limits.concurrency, running >= limit {
            return refusal(holder, .concurrency, limit, 1, 1_000_000_000, limits, now)
        }
        return nil
    }

    /// Charges one request and its estimate right after `obstacle` found none, and takes a place among those that run.
    ///
    /// - Returns: The bucket that the estimate went to.
    mutating func take(_ estimate: Int, under limits: Limits) -> Int64 {
        running += 1
        if limits.requestsPerMinute != nil { _ = requests?.charge(1) }
        return limits.tokensPerMinute == nil ? 0 : tokens?.charge(estimate) ?? 0
    }

    /// Corrects the charge for tokens: up counts from now on, down goes back to the bucket it came from.
    mutating func correct(by difference: Int, under limits: Limits, bucket: Int64, now: Int64) {
        guard limits.tokensPerMinute != nil else { return }
        _ = Self.window(&tokens, now)
        if difference > 0 {
            _ = tokens?.charge(difference)
        } else {
            tokens?.refund(-difference, to: bucket)
        }
    }

    /// Where the limits stand, as of the last check.
    func status(under limits: Limits, now: Int64) -> LimitStatus {
        LimitStatus(
            requests: Self.status(requests, limits.requestsPerMinute, now),
            tokens: Self.status(tokens, limits.tokensPerMinute, now))
    }

    /// Gives the windows' memory back if they are empty.
    mutating func trim(now: Int64) {
        requests?.advance(to: now)
        tokens?.advance(to: now)
        if requests?.used == 0 { requests = nil }
        if tokens?.used == 0 { tokens = nil }
    }

    /// Whether it has left its table: whoever still has it must ask for another.
    private(set) var isRetired = false

    /// Retires it if nothing runs and nothing was used for a minute.
    mutating func retire(now: Int64) -> Bool {
        trim(now: now)
        isRetired = running == 0 && requests == nil && tokens == nil
        return isRetired
    }

    /// What is in the windows at `now`, for tests.
    mutating func used(now: Int64) -> (requests: Int, tokens: Int) {
        requests?.advance(to: now)
        tokens?.advance(to: now)
        return (requests?.used ?? 0, tokens?.used ?? 0)
    }

    private func refusal(
        _ holder: LimitRefusal.Holder, _ measure: LimitRefusal.Measure, _ limit: Int, _ requested: Int, _ wait: Int64?,
        _ limits: Limits, _ now: Int64
    ) -> LimitRefusal {
        LimitRefusal(
            holder: holder, measure: measure, limit: limit, requested: requested,
            retryAfter: wait.map { Double($0) / 1e9 }, status: status(under: limits, now: now))
    }

    private static func window(_ window: inout SlidingWindow?, _ now: Int64) -> SlidingWindow {
        if window == nil {
            window = SlidingWindow(now: now)
        } else {
            window?.advance(to: now)
        }
        return window ?? SlidingWindow(now: now)
    }

    private static func status(_ window: SlidingWindow?, _ limit: Int?, _ now: Int64) -> LimitStatus.Window? {
        guard let limit else { return nil }
        guard let window else { return .init(limit: limit, remaining: limit, reset: 0) }
        return .init(
            limit: limit, remaining: max(0, limit - window.used), reset: Double(window.untilEmpty(now: now)) / 1e9)
    }
}
