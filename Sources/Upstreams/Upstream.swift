/// One model server as a configuration names it.
public final class Upstream: Sendable, Hashable {
    /// Where it listens.
    public let address: UpstreamAddress
    /// The name it knows the model by.
    public let model: String
    /// The key for it; never logged.
    public let key: String?
    /// Its share of the model's requests, 1...1000.
    public let weight: Int
    /// Calls that may run there at once; 0 is any number.
    public let limit: Int
    /// How its health is asked; nil if it is not.
    public let health: HealthRules?

    /// A server that takes any number of calls unless `limit` says otherwise.
    public init(
        address: UpstreamAddress, model: String, key: String? = nil, weight: Int = 1, limit: Int = 0,
        health: HealthRules? = nil
    ) {
        self.address = address
        self.model = model
        self.key = key
        self.weight = min(max(1, weight), 1_000)
        self.limit = max(0, limit)
        self.health = health
    }

    /// Whether both are the same server with the same rules.
    public static func == (a: Upstream, b: Upstream) -> Bool {
        a === b
            || a.address == b.address && a.model == b.model && a.key == b.key && a.weight == b.weight
                && a.limit == b.limit && a.health == b.health
    }

    /// Feeds what tells servers apart to a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(address)
        hasher.combine(model)
    }

    /// A number that is the same for the same address and model, in every process.
    var identity: UInt64 { Affinity(organisation: address.description).adding(model.utf8).value }
}
