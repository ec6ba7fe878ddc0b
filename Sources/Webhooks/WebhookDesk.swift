public import Outbound
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Who is told, and of what.
public struct WebhookReceiver: Sendable {
    /// Its name, for operators.
    public var name: String
    /// Where it listens.
    public var url: OutboundURL
    /// What our messages are signed with.
    public var secret: WebhookSecret
    /// What it is told of; nil for everything.
    public var kinds: Set<WebhookEvent.Kind>?
    /// How often and how long a message is tried.
    public var rules: DeliveryQueue.Rules
    /// How long one try may take.
    public var limit: Duration
    /// A PEM file of the only certificates that are trusted; the system's where there is none.
    public var trust: String?

    /// Takes the parts.
    public init(
        name: String, url: OutboundURL, secret: WebhookSecret, kinds: Set<WebhookEvent.Kind>? = nil,
        rules: DeliveryQueue.Rules = DeliveryQueue.Rules(), limit: Duration = .seconds(10), trust: String? = nil
    ) {
        self.name = name
        self.url = url
        self.secret = secret
        self.kinds = kinds
        self.rules = rules
        self.limit = limit
        self.trust = trust
    }
}

/// How one receiver's messages stand.
public struct WebhookReport: Sendable {
    /// The receiver's name.
    public let name: String
    /// Scheme, host and port; the rest may be secret.
    public let place: String
    /// What it is told of; nil for everything.
    public let kinds: [String]?
    /// How its queue stands.
    public let standing: DeliveryQueue.Standing
}

/// Takes events from anywhere without waiting, and brings them to their receivers, one message at a time to each.
///
/// A receiver that hangs or errs delays its own messages and nothing else.
public final class WebhookDesk: Sendable {
    struct Line: Sendable {
        var receiver: WebhookReceiver
        var queue: DeliveryQueue
        let generation: UInt64
    }

    struct State: Sendable {
        /// Another number whenever what waits has changed.
        var revision: UInt64 = 0
        var lines: [String: Line] = [:]
        var generation: UInt64 = 0
    }

    let state = Mutex(State())
    let clock: @Sendable () -> Int64

    /// A desk that tells nobody yet.
    ///
    /// - Parameter clock: Milliseconds since 1970.
    public init(clock: @escaping @Sendable () -> Int64 = WebhookDesk.wall) { self.clock = clock }

    /// Milliseconds since 1970 by the machine's clock.
    public static func wall() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Puts other receivers in force; those that stay, by name and address, keep what waits for them.
    public func replace(_ receivers: [WebhookReceiver]) {
        state.withLock { state in
            state.generation += 1
            state.revision += 1
            var lines: [String: Line] = [:]
            for receiver in receivers {
                var line = Line(
                    receiver: receiver, queue: DeliveryQueue(receiver.rules), generation: state.generation)
                if let known = state.lines[receiver.name], known.receiver.url == receiver.url,
                    known.receiver.rules == receiver.rules, !known.queue.standing.isGone
                {
                    line = known
                    line.receiver = receiver
                }
                lines[receiver.name] = line
            }
            state.lines = lines
        }
    }

    /// Whether anybody is told of anything.
    public var isSilent: Bool { state.withLock { $0.lines.isEmpty } }

    /// Takes an event in for everybody who is told of its kind; returns at once.
    ///
    /// - Returns: How many are told.
    @discardableResult
    public func post(_ event: WebhookEvent) -> Int {
        let now = clock()
        return state.withLock { state in
            var count = 0
            for name in state.lines.keys {
                let kinds = state.lines[name]?.receiver.kinds
                guard event.kind == .test || kinds?.contains(event.kind) ?? true else { continue }
                state.lines[name]?.queue.add(event, id: Self.makeID(), now: now)
                state.revision += 1
                count += 1
            }
            return count
        }
    }

    /// How every receiver's messages stand, in the order of their names.
    public var reports: [WebhookReport] {
        state.withLock { state in
            state.lines.values.sorted { $0.receiver.name < $1.receiver.name }.map { line in
                WebhookReport(
                    name: line.receiver.name, place: line.receiver.url.description,
                    kinds: line.receiver.kinds.map { $0.map(\.rawValue).sorted() }, standing: line.queue.standing)
            }
        }
    }

    /// Delivers until the task is cancelled; what is under way then waits again (`backlog`).
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            while !Task.isCancelled {
                for job in jobs() { group.addTask { await self.carry(job) } }
                try? await Task.sleep(for: .milliseconds(100))
            }
            group.cancelAll()
        }
    }

    private struct Job: Sendable {
        let receiver: WebhookReceiver
        let message: DeliveryQueue.Message
        let generation: UInt64
    }

    /// What is to be sent now, at most one message for each receiver; what is taken counts as under way.
    private func jobs() -> [Job] {
        let now = clock()
        return state.withLock { state in
            var jobs: [Job] = []
            for name in state.lines.keys {
                guard case .send(let message)? = state.lines[name]?.queue.next(now: now),
                    let line = state.lines[name]
                else { continue }
                jobs.append(Job(receiver: line.receiver, message: message, generation: line.generation))
            }
            return jobs
        }
    }

    private func carry(_ job: Job) async {
        let result = await Self.send(job.message, to: job.receiver, at: clock())
        let now = clock()
        state.withLock { state in
            // A receiver that was replaced meanwhile has another queue.
            guard state.lines[job.receiver.name]?.generation == job.generation else { return }
            state.lines[job.receiver.name]?.queue.finished(result, spread: .random(in: 0...1), now: now)
            state.revision += 1
        }
    }

    private static func send(
        _ message: DeliveryQueue.Message, to receiver: WebhookReceiver, at now: Int64
    ) async -> DeliveryQueue.Result {
        let seconds = now / 1_000
        let call = OutboundCall(
            .post, receiver.url,
            headers: [
                ("content-type", "application/json"), ("webhook-id", message.id), ("webhook-timestamp", "\(seconds)"),
                (
                    "webhook-signature",
                    receiver.secret.signature(id: message.id, seconds: seconds, body: message.body)
                ),
            ], body: message.body, limit: receiver.limit, largestAnswer: 65_536, trust: receiver.trust)
        do throws(OutboundError) {
            let answer = try await call.send()
            switch answer.status {
            case 200...299: return .delivered
            case 410: return .gone
            default: return .failed("status \(answer.status)")
            }
        } catch {
            return .failed(error.description)
        }
    }

    private static func makeID() -> String {
        let (one, other) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return "msg_" + String(one, radix: 36) + String(other, radix: 36)
    }
}
