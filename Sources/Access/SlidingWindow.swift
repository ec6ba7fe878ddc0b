/// How much was used in the last 60 seconds.
///
/// Time is cut into buckets of 250 ms, and the whole of the oldest one counts. So no 60 seconds ever hold more than the
/// limit, and steady use gets 60/60.25 of it (0.4 % less). Only buckets in which something was used take memory.
struct SlidingWindow: Sendable {
    /// The length of a bucket, in nanoseconds.
    static let width: Int64 = 250_000_000
    /// Full buckets in the window; the running one comes on top.
    static let span: Int64 = 240

    private struct Bucket: Sendable {
        let number: Int64
        var amount: Int
    }

    /// In the order of their numbers; those in front of `first` have left the window.
    private var buckets: [Bucket] = []
    private var first = 0
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
        current = index
        while first < buckets.count, buckets[first].number < index - Self.span {
            used -= buckets[first].amount
            first += 1
        }
        if first == buckets.count {
            buckets.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 128 {
            buckets.removeFirst(first)
            first = 0
        }
    }

    /// Adds to the running bucket and says which that is.
    mutating func charge(_ amount: Int) -> Int64 {
        used += amount
        if first < buckets.count, buckets[buckets.count - 1].number == current {
            buckets[buckets.count - 1].amount += amount
        } else {
            buckets.append(Bucket(number: current, amount: amount))
        }
        return current
    }

    /// Takes back what was charged to a bucket, unless that has left the window.
    mutating func refund(_ amount: Int, to bucket: Int64) {
        guard bucket <= current, bucket >= current - Self.span else { return }
        var place = buckets.count - 1
        while place >= first, buckets[place].number > bucket { place -= 1 }
        guard place >= first, buckets[place].number == bucket else { return }
        let back = min(amount, buckets[place].amount)
        buckets[place].amount -= back
        used -= back
    }

    /// Nanoseconds until `amount` fits under `limit`: 0 if it does, `nil` if it never will.
    func wait(for amount: Int, under limit: Int, now: Int64) -> Int64? {
        guard amount <= limit else { return nil }
        var excess = used + amount - limit
        guard excess > 0 else { return 0 }
        for bucket in buckets[first...] {
            excess -= bucket.amount
            if excess <= 0 { return max(1, (bucket.number + Self.span + 1) * Self.width - now) }
        }
        return (Self.span + 1) * Self.width
    }

    /// Nanoseconds until nothing is left in the window, if nothing is added.
    func untilEmpty(now: Int64) -> Int64 {
        guard used > 0, let last = buckets[first...].last(where: { $0.amount > 0 }) else { return 0 }
        return max(0, (last.number + Self.span + 1) * Self.width - now)
    }
}
