import Crypto
import Outbound
import Synchronization

/// What waits for receivers, as text that outlives the process.
extension WebhookDesk {
    /// The first line of a backlog; another says that another version wrote it.
    static let heading = "sluice/webhooks/v1"

    /// What is still to be delivered.
    public struct Backlog: Sendable {
        /// Another number whenever something waits that did not, or no longer waits.
        public var revision: UInt64
        /// The text that `restore` takes; nil if nothing waits.
        public var text: String?
    }

    /// What waits now, what is under way included: nobody knows whether it has arrived.
    public var backlog: Backlog {
        let (revision, lines) = state.withLock { state in
            (state.revision, state.lines.values.map { ($0.receiver, $0.queue.backlog) })
        }
        var text = Self.heading + "\n"
        for (receiver, messages) in lines.sorted(by: { $0.0.name < $1.0.name }) {
            let whose = Self.fingerprint(receiver)
            for one in messages {
                text += "\(whose) \(one.id) \(one.kind.rawValue) \(one.attempts) \(one.due) "
                text += String(decoding: one.body, as: UTF8.self) + "\n"
            }
        }
        return Backlog(revision: revision, text: text.utf8.count > Self.heading.utf8.count + 1 ? text : nil)
    }

    /// A number that changes with the backlog; reading it costs next to nothing.
    public var revision: UInt64 { state.withLock { $0.revision } }

    /// Takes in what waited when the process before this one ended.
    ///
    /// A message keeps its identifier, so a receiver that has it already can tell.
    ///
    /// - Returns: How many messages were taken in, and how many lines were for nobody or could not be read.
    public func restore(_ text: String) -> (taken: Int, lost: Int) {
        let lines = text.split(separator: "\n")
        guard lines.first.map({ $0 == Self.heading }) ?? false else { return (0, lines.count) }
        var found: [String: [DeliveryQueue.Message]] = [:]
        var lost = 0
        for line in lines.dropFirst() {
            guard let (whose, message) = Self.read(line) else {
                lost += 1
                continue
            }
            found[whose, default: []].append(message)
        }
        let now = clock()
        return state.withLock { state in
            var taken = 0
            for name in state.lines.keys {
                guard let receiver = state.lines[name]?.receiver,
                    let messages = found.removeValue(forKey: Self.fingerprint(receiver))
                else { continue }
                state.lines[name]?.queue.restore(messages, now: now)
                taken += messages.count
            }
            state.revision += 1
            return (taken, lost + found.values.reduce(0) { $0 + $1.count })
        }
    }

    private static func read(_ line: Substring) -> (whose: String, DeliveryQueue.Message)? {
        let fields = line.split(separator: " ", maxSplits: 5)
        guard fields.count == 6, fields[0].utf8.count == 64, (1...100).contains(fields[1].utf8.count),
            let kind = WebhookEvent.Kind(rawValue: String(fields[2])), let attempts = Int(fields[3]),
            (0...1_000_000).contains(attempts), let due = Int64(fields[4]), due >= 0, fields[5].hasPrefix("{"),
            fields[5].utf8.count <= 65_536
        else { return nil }
        return (
            String(fields[0]),
            DeliveryQueue.Message(
                id: String(fields[1]), kind: kind, body: Array(fields[5].utf8), attempts: attempts, due: due)
        )
    }

    /// Whose messages they are, without repeating an address that may hold a secret.
    private static func fingerprint(_ receiver: WebhookReceiver) -> String {
        let url = receiver.url
        let text = "\(receiver.name)\n\(url.isSecure)\n\(url.authority)\n\(url.target)"
        return SHA256.hash(data: Array(text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
