import Access
import Distillation
import Gateway
import Store

/// Turns exchanges into sketches, and compares accounts with the signatures of groups that were found; one thread's own.
final class TrafficIntake {
    /// An account that looks like a member of a group.
    struct Recognised: Sendable, Equatable {
        var account: String
        var organisation: String
        var cluster: String
        var likeness: Double
    }

    private(set) var watch: TrafficWatch
    /// What has come since it was last taken.
    private var interval: TrafficSketch
    private let hash: KeyedHash
    private var features: PromptFeatures
    private var bytes: [UInt8] = []
    /// For each account, how many exchanges it had when it was last compared.
    private var compared: [Int64] = []

    /// How alike an account must be: half of it wording, half shared objects; 0.7 takes both.
    static let leastLikeness = 0.8

    init(_ traffic: TrafficSketch) {
        hash = traffic.hash
        watch = TrafficWatch(traffic, organisations: [:])
        interval = TrafficSketch(hash: traffic.hash, tellsDoubles: false)
        features = PromptFeatures(hash: traffic.hash)
    }

    /// Takes one exchange.
    func add(_ seen: borrowing WatchedExchange) {
        bytes.removeAll(keepingCapacity: true)
        let (account, organisation) = (put(seen.account), put(seen.organisation))
        let (address, model) = (put(seen.address), put(seen.model))
        let (client, system) = (put(seen.client), put(seen.system))
        var exchange = Exchange()
        exchange.time = seen.time
        exchange.promptTokens = Int64(seen.promptTokens)
        exchange.completionTokens = seen.succeeded ? Int64(seen.completionTokens) : 0
        exchange.maxTokens = Int64(seen.maxTokens)
        exchange.temperature = seen.temperature.map { Int64($0) }
        (exchange.isStreamed, exchange.hasTools) = (seen.isStreamed, seen.hasTools)
        exchange.status = seen.succeeded ? 200 : 500
        bytes.withUnsafeBytes { all in
            func piece(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: all[range]) }
            (exchange.account, exchange.organisation) = (piece(account), piece(organisation))
            (exchange.address, exchange.model) = (piece(address), piece(model))
            (exchange.client, exchange.system) = (piece(client), piece(system))
            seen.prompt.withUnsafeBytes { prompt in
                exchange.prompt = prompt
                features.read(prompt)
                let doubles = watch.traffic.doubles
                _ = watch.takeOnly(exchange, features)
                interval.add(exchange, features, isDouble: watch.traffic.doubles > doubles)
            }
        }
    }

    private func put(_ text: String) -> Range<Int> {
        var text = text
        let start = bytes.count
        text.withUTF8 { bytes.append(contentsOf: $0) }
        return start..<bytes.count
    }

    /// A hash as its bytes; none where there is none.
    private func put(_ hash: UInt64) -> Range<Int> {
        let start = bytes.count
        if hash != 0 { withUnsafeBytes(of: hash.littleEndian) { bytes.append(contentsOf: $0) } }
        return start..<bytes.count
    }

    /// What has come since the last call; nil if nothing has.
    func takeInterval() -> TrafficSketch? {
        guard interval.exchanges > 0 else { return nil }
        defer { interval = TrafficSketch(hash: hash, tellsDoubles: false) }
        return interval
    }

    /// What is known now, to be searched elsewhere.
    func look(_ organisations: [String: OrganisationRecord]) -> LiveLook {
        watch.organisations = organisations
        return watch.beginLive()
    }

    /// Takes over what was found.
    func end(_ found: LiveLook.Found) { watch.end(found) }

    /// Forgets the accounts that have been silent the longest; no search may run meanwhile.
    ///
    /// - Returns: Whether there were too many.
    func forget(beyond most: Int) -> Bool {
        // A tenth at once, so that it is seldom.
        guard watch.traffic.accounts.count > most else { return false }
        watch = TrafficWatch(watch.traffic.keeping(most - most / 10), organisations: watch.organisations)
        compared = []
        return true
    }

    /// The accounts that have come to look like members of a group; each is compared when it has a half more exchanges.
    func recognise(_ signatures: [String: CampaignSignature], except members: Set<String>) -> [Recognised] {
        let accounts = watch.traffic.accounts
        if compared.count < accounts.count {
            compared += [Int64](repeating: 0, count: accounts.count - compared.count)
        }
        guard !signatures.isEmpty else { return [] }
        var found: [Recognised] = []
        for (place, sketch) in accounts.enumerated() {
            guard (3...400).contains(sketch.exchanges), sketch.exchanges >= compared[place] + compared[place] / 2,
                sketch.exchanges > compared[place]
            else { continue }
            compared[place] = sketch.exchanges
            guard !members.contains(sketch.id) else { continue }
            let best = signatures.map { ($0.key, $0.value.likeness(of: sketch)) }.max { ($0.1, $1.0) < ($1.1, $0.0) }
            guard let best, best.1 >= Self.leastLikeness else { continue }
            found.append(
                Recognised(
                    account: sketch.id, organisation: sketch.organisation, cluster: best.0, likeness: best.1))
        }
        return found
    }
}
