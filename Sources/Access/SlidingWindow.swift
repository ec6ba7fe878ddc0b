/// How much was used in the last 60 seconds.
///
/// Time is cut into buckets of 250 ms, and the whole of the oldest one counts. So no 60 seconds ever hold more than the
/// limit, and steady use gets 60/60.25 of it (0.4 % less).
struct SlidingWindow: Sendable {
    /// The length of a bucket, in nanoseconds.
    static let width: Int64 = 250_000_000
    /// Full buckets in the window; the running one comes on top.
    static let span: Int64 = 240
    private static let mask: Int64 = 255

    private var counts = [Int](repeating: 0, count: 256)
    private var current: Int64

    /// What is in the window, as of the last `advance`.
    private(set) var used = 0

    init(now: Int64) {
        current = now / Self.width
    }

    /// Moves on to `now`; a clock that goes back is taken to stand still.
    mutating func advance(to now: Int64) {
        let index = now / Self.width
        guard index > current else { return }
        if used == 0 || index - current > Self.span {
            clear()
        } else {
            for entering in (current + 1)...index {
                let leaving = Int((entering - Self.span - 1) & Self.mask)
                used -= counts[leaving]
                counts[leaving] = 0
            }
        }
        current = index
    }

    /// Adds to the running bucket and says which that is.
    mutating func charge(_ amount: Int) -> Int64 {
        let slot = Int(current & Self.mask)
        counts[slot] += amount
        used += amount
        return current
    }

    /// Takes back what was charged to a bucket, unless that has left the window.
    mutating func refund(_ amount: Int, to bucket: Int64) {
        guard bucket <= current, bucket >= current - Self.span else { return }
        let slot = Int(bucket & Self.mask)
        let back = min(amount, counts[slot])
        counts[slot] -= back
        used -= back
    }

    /// Nanoseconds until `amount` fits under `limit`: 0 if it does, `nil` if it never will.
    func wait(for amount: Int, under limit: Int, now: Int64) -> Int64? {
        guard amount <= limit else { return nil }
        var excess = used + amount - limit
        guard excess > 0 else { return 0 }
        for bucket in (current - Self.span)...current {
            excess -= counts[Int(bucket & Self.mask)]
            if excess <= 0 { return max(1, (bucket + Self.span + 1) * Self.width - now) }
        }
        return (Self.span + 1) * Self.width
    }

    /// Nanoseconds until nothing is left in the window, if nothing is added.
    func untilEmpty(now: Int64) -> Int64 {
        guard used > 0 else { return 0 }
        var bucket = current
        while bucket > current - Self.span, counts[Int(bucket & Self.mask)] == 0 { bucket -= 1 }
        return max(0, (bucket + Self.span + 1) * Self.width - now)
    }

    private mutating func clear() {
        used = 0
        for slot in counts.indices { counts[slot] = 0 }
    }
}
