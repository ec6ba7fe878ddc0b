public import Dialects
public import NIOCore
public import Upstreams

/// One model as clients name it, and the server behind it.
public struct ModelRoute: Sendable {
    /// The name clients use.
    public let name: String
    /// The dialect that the upstream speaks, and that clients of this model speak.
    public let dialect: Dialect
    /// Where the model server listens.
    public let address: UpstreamAddress
    /// The name the model server knows the model by.
    public let upstreamModel: String
    /// The key for the model server; never logged.
    public let upstreamKey: String?
    /// Parts of a request that no safeguard can read, or that reach past the messages, and that this model may take all the same.
    public let allowed: Set<SensitiveField.Kind>
    /// Whether the model is served at all today.
    public let isServed: Bool

    /// A model under its own name unless `upstreamModel` says otherwise.
    public init(
        name: String, dialect: Dialect, address: UpstreamAddress, upstreamModel: String? = nil,
        upstreamKey: String? = nil,
        allowed: Set<SensitiveField.Kind> = [], isServed: Bool = true
    ) {
        self.name = name
        self.dialect = dialect
        self.address = address
        self.upstreamModel = upstreamModel ?? name
        self.upstreamKey = upstreamKey
        self.allowed = allowed
        self.isServed = isServed
    }
}

/// What the data path needs to know; read once, replaced whole.
public struct GatewaySettings: Sendable {
    /// The models served, by the name clients use.
    public var models: [String: ModelRoute]
    /// Names in the order of the configuration, for the list of models.
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

    /// Settings with the limits of the design's table.
    public init(
        models: [ModelRoute], bodyLimit: Int = 32 << 20, allBodiesLimit: Int = 1 << 30,
        clientTimeout: TimeAmount = .seconds(20),
        keepAlive: TimeAmount = .seconds(75), writeTimeout: TimeAmount = .seconds(120),
        upstreamTimeouts: UpstreamTimeouts = UpstreamTimeouts(), drainLimit: TimeAmount = .seconds(30),
        refusalsAsErrors: Bool = false
    ) {
        self.models = Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        modelNames = models.map(\.name)
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
