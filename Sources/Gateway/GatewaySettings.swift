public import Dialects
public import NIOCore
import Safeguards
public import Upstreams

/// One model as clients name it, and the servers behind it.
public struct ModelRoute: Sendable {
    /// The name clients use.
    public let name: String
    /// Other names that clients may use for it.
    public var aliases: [String] = []
    /// The dialect that its servers speak, unless `speaking` says otherwise; clients may speak any.
    public let dialect: Dialect
    /// The model servers, one at least.
    public let upstreams: [Upstream]
    /// How one of them is chosen.
    public var rules = BalancingRules()
    /// Whether, and by what, requests of one conversation stay with one server.
    public var affinity = AffinityRule.none
    /// Servers that one request may try before any of its answer is given to the client.
    public var attempts = 3
    /// Limits for each phase of a call, where they are not those of all models.
    public var timeouts: UpstreamTimeouts?
    /// Servers of it that speak another dialect than the others.
    public var speaking: [Upstream: Dialect] = [:]
    /// What is peculiar to its servers.
    public var profile = UpstreamProfile()
    /// Models that answer in its place when none of its servers does, in this order.
    public var fallback: [String] = []
    /// Parts of a request that no safeguard can read, or that reach past the messages, and that this model may take all the same.
    public let allowed: Set<SensitiveField.Kind>
    /// Where some of its requests go a second time; nil for nowhere.
    public var mirror: Mirror?
    /// How long its answers are given again to whoever of the same organisation asks the same; nil for never.
    public var cacheLifetime: TimeAmount?
    /// Whether a request that a safeguard cannot judge may be served where its category's rule says so too.
    public var failsOpen = false
    /// Whether the model is served at all today.
    public let isServed: Bool
    /// How much may come from its servers, if its weights are guarded.
    public var egress: EgressRules?
    /// The model that makes summaries of its reasoning, where clients are given those.
    public var summariser: String?

    /// A model with its servers.
    public init(
        name: String, dialect: Dialect, upstreams: [Upstream], allowed: Set<SensitiveField.Kind> = [],
        isServed: Bool = true
    ) {
        self.name = name
        self.dialect = dialect
        self.upstreams = upstreams
        self.allowed = allowed
        self.isServed = isServed
    }

    /// A model with one server, under its own name there unless `upstreamModel` says otherwise.
    public init(
        name: String, dialect: Dialect, address: UpstreamAddress, upstreamModel: String? = nil,
        upstreamKey: String? = nil, allowed: Set<SensitiveField.Kind> = [], isServed: Bool = true
    ) {
        self.init(
            name: name, dialect: dialect,
            upstreams: [Upstream(address: address, model: upstreamModel ?? name, key: upstreamKey)], allowed: allowed,
            isServed: isServed)
    }
}

/// Whether requests of one conversation stay with one model server, which still holds their prefix in its cache.
public enum AffinityRule: Sendable, Equatable {
    /// Any server is as good as another.
    case none
    /// The organisation and the conversation's beginning, up to its first turn of the user, name it.
    case conversation
    /// The organisation and the value of this header of the client name it; without the header, nothing does.
    case header(String)
}

/// What the data path needs to know; read once, replaced whole.
public struct GatewaySettings: Sendable {
    /// The models served, by the names clients use, aliases too.
    public var models: [String: ModelRoute]
    /// Names in the order of the configuration, each model's aliases behind it, for the list of models.
    public var modelNames: [String]
    /// The largest body of a request or of a whole answer, in bytes.
    public var bodyLimit: Int
    /// All request bodies together, in bytes.
    public var allBodiesLimit: Int
    /// How long a client may take to send its request's head, and each next part of its body.
    public var clientTimeout: TimeAmount
    /// How long a kept connection may stay without a request.
    public var keepAlive: TimeAmount
    /// How long a client may leave its answer unread.
    public var writeTimeout: TimeAmount
    /// Limits for each phase of a call to a model server.
    public var upstreamTimeouts: UpstreamTimeouts
    /// How long running answers may go on after the order to stop.
    public var drainLimit: TimeAmount
    /// Whether refusals are sent as 400 errors instead of normal answers that say why.
    public var refusalsAsErrors: Bool
    /// How long the second stage may take for one question before it counts as one that cannot judge.
    public var secondStageDeadline = TimeAmount.seconds(2)
    /// Whether refusals are recorded only, and requests pass: to see what rules would do before they do it.
    public var isShadow = false
    /// The share of ordinary requests that guards outside are asked about.
    public var guardShare = Cascade.waryShare
    /// A rehearsal of a second stage that fails.
    public var drill = SafeguardDrill()
    /// What is done with a client's `traceparent`.
    public var tracing = Tracing.join
    /// Which exchanges get a line in the log.
    public var exchangeLogging = ExchangeLogging.traced
    /// How many states of judges are kept, two to four of each conversation, so that only what is new of it is judged; 0 keeps none.
    public var turnsKept = 4_096
    /// Bytes of all answers that models keep to give them again.
    public var cacheBytes = 64 << 20
    /// What moderations do about keys that nobody judges, unless the request says.
    public var unjudgedCategories = UnjudgedCategories.refuse
    /// How connections of clients are taken.
    public var connections = ConnectionRules()
    /// PEM file of certificates that model servers' may be signed by, beside the system's; empty for none.
    public var upstreamTrust = ""
    /// Whether HTTP/2 is spoken with model servers that choose it.
    public var upstreamSpeaksTwo = true
    /// The largest body of a refused request that is kept, sealed, for people to look at; 0 keeps none.
    public var keptRequestBytes = 0

    /// Settings with the limits of the design's table.
    public init(
        models: [ModelRoute], bodyLimit: Int = 32 << 20, allBodiesLimit: Int = 1 << 30,
        clientTimeout: TimeAmount = .seconds(20),
        keepAlive: TimeAmount = .seconds(75), writeTimeout: TimeAmount = .seconds(120),
        upstreamTimeouts: UpstreamTimeouts = UpstreamTimeouts(), drainLimit: TimeAmount = .seconds(30),
        refusalsAsErrors: Bool = false
    ) {
        let named = models.map { ($0.name, $0) } + models.flatMap { model in model.aliases.map { ($0, model) } }
        self.models = Dictionary(named, uniquingKeysWith: { first, _ in first })
        modelNames = models.flatMap { [$0.name] + $0.aliases }
        self.bodyLimit = bodyLimit
        self.allBodiesLimit = allBodiesLimit
        self.clientTimeout = clientTimeout
        self.keepAlive = keepAlive
        self.writeTimeout = writeTimeout
        self.upstreamTimeouts = upstreamTimeouts
        self.drainLimit = drainLimit
        self.refusalsAsErrors = refusalsAsErrors
    }
}
