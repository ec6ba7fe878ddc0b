import Synchronization

/// A completed exchange, as those see it who watch traffic for coordinated accounts; gone once they have hashed it.
public struct WatchedExchange: Sendable {
    /// When the request came, milliseconds since 1970.
    public var time: Int64
    /// Whose key it was, by identifier.
    public var organisation: String
    /// The account of that key.
    public var account: String
    /// The client's address as text.
    public var address: String
    /// A hash of the client's program and the order of its headers; 0 if there is none.
    public var client: UInt64
    /// The model by its own name.
    public var model: String
    /// A hash of the system prompt; 0 if there is none.
    public var system: UInt64
    /// The start of the last turn of the user, at most `longestPrompt` bytes of UTF-8.
    public var prompt: [UInt8]
    /// Tokens of the request.
    public var promptTokens: Int
    /// Tokens of the answer.
    public var completionTokens = 0
    /// The limit on the answer's tokens that was asked for; 0 if none.
    public var maxTokens: Int
    /// The temperature in thousandths; nil if it is not given.
    public var temperature: Int?
    /// Whether the answer was streamed.
    public var isStreamed: Bool
    /// Whether tools were offered.
    public var hasTools: Bool
    /// Whether it was answered.
    public var succeeded = false

    /// How much of a prompt is looked at.
    public static let longestPrompt = 1_024
}

/// Hands completed exchanges from the event loops to whoever watches, without waiting for them.
///
/// Each event loop has a queue with a bound; what does not fit is counted and left out. Nothing is captured while it is closed.
public final class TrafficFeed: Sendable {
    private let queues = Mutex<[TrafficQueue]>([])
    private let isOpenFlag = Atomic<Bool>(false)

    init() {}

    /// Whether somebody takes what is offered.
    public var isOpen: Bool { isOpenFlag.load(ordering: .relaxed) }

    /// Begins, or ends, to take what is offered.
    public func open(_ isOpen: Bool = true) { isOpenFlag.store(isOpen, ordering: .relaxed) }

    /// A new queue for an event loop.
    func queue() -> TrafficQueue {
        let made = TrafficQueue()
        queues.withLock { $0.append(made) }
        return made
    }

    /// Takes what waits, the oldest first of each loop.
    ///
    /// - Parameter body: Gets each exchange; it runs outside the queues' locks.
    public func take(_ body: (WatchedExchange) -> Void) {
        for queue in queues.withLock({ $0 }) { queue.take(body) }
    }

    /// Exchanges that found their queue full.
    public var lost: UInt64 { queues.withLock { $0 }.reduce(0) { $0 &+ $1.lost } }

    /// Exchanges that wait.
    public var waiting: Int { queues.withLock { $0 }.reduce(0) { $0 + $1.waiting } }
}

/// One event loop's queue: two lists that change places, so that offering never allocates for the list itself.
final class TrafficQueue: Sendable {
    /// The most that wait.
    static let most = 8_192

    private struct State: Sendable {
        var items: [WatchedExchange] = []
        var spare: [WatchedExchange] = []
        var lost: UInt64 = 0
    }

    private let state: Mutex<State>

    init() {
        var state = State()
        state.items.reserveCapacity(1_024)
        state.spare.reserveCapacity(1_024)
        self.state = Mutex(state)
    }

    /// Takes one more, unless the queue is full.
    func offer(_ exchange: WatchedExchange) {
        state.withLock { state in
            guard state.items.count < Self.most else {
                state.lost &+= 1
                return
            }
            state.items.append(exchange)
        }
    }

    func take(_ body: (WatchedExchange) -> Void) {
        var taken = state.withLock { state in
            let items = state.items
            state.items = state.spare
            state.spare = []
            return items
        }
        for item in taken { body(item) }
        taken.removeAll(keepingCapacity: true)
        state.withLock { [taken] state in state.spare = taken }
    }

    var lost: UInt64 { state.withLock { $0.lost } }
    var waiting: Int { state.withLock { $0.items.count } }
}
