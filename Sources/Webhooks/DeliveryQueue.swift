/// The messages that one receiver is still to get: bounded, each with its next try; a value that is handed the time.
public struct DeliveryQueue: Sendable {
    /// How often and how long a message is tried.
    public struct Rules: Sendable, Equatable {
        /// Tries before a message is given up.
        public var attempts: Int
        /// The wait before the second try, in milliseconds; each next one waits four times as long.
        public var backoff: Int64
        /// The longest wait.
        public var longest: Int64
        /// Messages that may wait; where more come, the oldest is dropped.
        public var capacity: Int

        /// The documented numbers: 8 tries, after 5 s, 20 s, 80 s … up to an hour; 1,000 may wait.
        public init(attempts: Int = 8, backoff: Int64 = 5_000, longest: Int64 = 3_600_000, capacity: Int = 1_000) {
            self.attempts = max(1, attempts)
            self.backoff = min(max(1, backoff), 1 << 50)
            self.longest = min(max(1, longest), 1 << 50)
            self.capacity = max(1, capacity)
        }
    }

    /// One message on its way.
    public struct Message: Sendable, Equatable {
        /// The same for every try, so that a receiver can tell a repetition.
        public let id: String
        /// What it tells.
        public let kind: WebhookEvent.Kind
        /// Its bytes.
        public let body: [UInt8]
        /// Tries so far.
        public fileprivate(set) var attempts = 0
        /// Milliseconds; not before then.
        public fileprivate(set) var due: Int64
    }

    /// What is done next.
    public enum Step: Sendable, Equatable {
        /// This message is tried now, and `finished` is told what came of it.
        case send(Message)
        /// Nothing before this time.
        case wait(until: Int64)
        /// Nothing waits.
        case rest
    }

    /// What came of a try.
    public enum Result: Sendable, Equatable {
        /// The receiver has it.
        case delivered
        /// It may be tried again.
        case failed(String)
        /// The receiver wants nothing more (410).
        case gone
    }

    /// How it stands, for an operator.
    public struct Standing: Sendable, Equatable {
        /// Messages that wait.
        public var waiting = 0
        /// Messages that arrived.
        public var delivered: UInt64 = 0
        /// Tries that failed.
        public var failed: UInt64 = 0
        /// Messages given up after the last try.
        public var givenUp: UInt64 = 0
        /// Messages dropped because too many waited.
        public var dropped: UInt64 = 0
        /// Whether the receiver said that it wants nothing more.
        public var isGone = false
        /// Why the last try failed; nil after one that did not.
        public var problem: String?
        /// When a message last arrived, milliseconds since 1970.
        public var lastDelivery: Int64?
    }

    private let rules: Rules
    private var waiting: [Message] = []
    /// The one that is being tried.
    private var current: Message?
    private var counts = Standing()

    /// An empty queue.
    public init(_ rules: Rules = Rules()) { self.rules = rules }

    /// How it stands.
    public var standing: Standing {
        var standing = counts
        standing.waiting = waiting.count + (current == nil ? 0 : 1)
        return standing
    }

    /// What is still to be delivered, the one that is being tried first.
    var backlog: [Message] { (current.map { [$0] } ?? []) + waiting }

    /// Takes in what waited in another process, in front of what has come since.
    mutating func restore(_ messages: [Message], now: Int64) {
        guard !counts.isGone else { return }
        waiting.insert(
            contentsOf: messages.map { message in
                var message = message
                // A clock that was wrong then must not hold it back for ever.
                message.due = min(message.due, now &+ rules.longest)
                return message
            }, at: 0)
        guard waiting.count > rules.capacity else { return }
        counts.dropped += UInt64(waiting.count - rules.capacity)
        waiting.removeFirst(waiting.count - rules.capacity)
    }

    /// Takes a message in.
    public mutating func add(_ event: WebhookEvent, id: String, now: Int64) {
        guard !counts.isGone else { return }
        if waiting.count >= rules.capacity {
            waiting.removeFirst()
            counts.dropped += 1
        }
        waiting.append(Message(id: id, kind: event.kind, body: event.body, due: now))
    }

    /// What is to be done at `now`; one message at a time.
    public mutating func next(now: Int64) -> Step {
        guard current == nil, !waiting.isEmpty else { return .rest }
        guard let place = waiting.firstIndex(where: { $0.due <= now }) else {
            return .wait(until: waiting.map(\.due).min() ?? now)
        }
        var message = waiting.remove(at: place)
        message.attempts += 1
        current = message
        return .send(message)
    }

    /// Takes what came of the message that was being tried.
    ///
    /// - Parameter spread: A random number in 0…1, so that many servers do not try again at the same moment.
    public mutating func finished(_ result: Result, spread: Double, now: Int64) {
        guard var message = current else { return }
        current = nil
        switch result {
        case .delivered:
            counts.delivered += 1
            counts.problem = nil
            counts.lastDelivery = now
        case .gone:
            counts = gone
            waiting = []
        case .failed(let why):
            counts.failed += 1
            counts.problem = why
            guard message.attempts < rules.attempts else {
                counts.givenUp += 1
                return
            }
            message.due = now &+ wait(after: message.attempts, spread)
            waiting.append(message)
        }
    }

    private var gone: Standing {
        var next = counts
        next.isGone = true
        next.problem = "the receiver wants nothing more (410)"
        return next
    }

    /// Four fifths to all of the backoff.
    private func wait(after attempts: Int, _ spread: Double) -> Int64 {
        var wait = rules.backoff
        for _ in 1..<max(1, attempts) where wait < rules.longest { wait &*= 4 }
        let whole = Double(min(wait, rules.longest))
        return Int64(whole * (0.8 + 0.2 * min(max(spread.isFinite ? spread : 0, 0), 1)))
    }
}
