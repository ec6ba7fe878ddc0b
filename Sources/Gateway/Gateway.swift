public import Access
public import Constitution
import Crypto
import Dialects
public import Ledger
public import Logging
public import Metering
import NIOCore
import NIOHTTP1
import NIOSSL
public import Safeguards
import Synchronization
import Telemetry
public import Upstreams

/// What a request is judged by and where it may go; one of these is taken per request, and it is replaced whole.
public final class GatewaySnapshot: Sendable {
    /// Models and limits.
    public let settings: GatewaySettings
    /// The compiled safeguards.
    public let policy: JudgementPolicy
    /// Both stages together, for the requests that the first one leaves in doubt; nil where it judges alone.
    public let secondStage: Cascade?
    /// Guards outside this process, for what both stages let through only just; nil where there are none.
    public let guards: GuardPanel?
    /// Stands for every classifier that judges, 32 bytes.
    public let classifierHash: [UInt8]
    /// The constitution's and the classifiers' hashes as decisions record them.
    let releases: (constitution: Hash256?, classifier: Hash256?)
    /// The written rules behind them.
    public let constitution: Constitution

    /// Each model's way to its servers, then to those of the models it may fall back to, by the model's own name.
    let courses: [String: [Leg]]
    /// What an operator has stopped.
    public let stops: Stops
    /// Whether there are any.
    let hasStops: Bool
    /// The guarded models behind each address.
    let guarded: [UpstreamAddress: [GuardedServer]]

    /// Answers that may be given again.
    let cache: ResponseCache

    /// The judges for those whom permissions open something, by what they open.
    private let openJudges = Mutex<[Set<String>: Judges]>([:])

    /// What an exchange is judged by.
    struct Judges: Sendable {
        let policy: JudgementPolicy
        let secondStage: Cascade?
        /// What of conversations was judged by it before; nil where that is off.
        var turns: TurnMemory?
    }

    /// The judges for whom no permission opens anything.
    private let plainJudges: Judges

    /// What an exchange is judged by whose permissions open these categories; an absolute one is never open.
    func judges(opening categories: Set<String>) -> Judges {
        guard !categories.isEmpty else { return plainJudges }
        let open = categories.filter { constitution.category($0)?.isAbsolute == false }
        guard !open.isEmpty else { return plainJudges }
        return openJudges.withLock { known in
            if let judges = known[open] { return judges }
            var made = Judges(policy: policy.opening(open), secondStage: secondStage?.opening(open))
            made.turns = Self.memory(settings)
            known[open] = made
            return made
        }
    }

    private static func memory(_ settings: GatewaySettings) -> TurnMemory? {
        settings.turnsKept > 0 ? TurnMemory(most: settings.turnsKept) : nil
    }

    /// One model on the way of a request.
    final class Leg: Sendable {
        let route: ModelRoute
        let plan: RoutePlan
        /// The heads of requests to each of its servers, by dialect and by whether a stream is asked for.
        private let heads: [[RequestHead]]
        /// The dialects that each of its servers is asked in, by the client's.
        private let spoken: [[Dialect]]
        /// What of the route every request asks for: taken out of it, since whoever reads the whole of it copies it.
        let profile: UpstreamProfile
        /// Whether what leaves the model is counted, and whether somebody makes summaries of its reasoning.
        let isGuarded, hasSummariser: Bool

        init(route: ModelRoute, plan: RoutePlan) {
            (self.route, self.plan) = (route, plan)
            (profile, isGuarded, hasSummariser) = (route.profile, route.egress != nil, route.summariser != nil)
            spoken = plan.upstreams.map { upstream in
                Dialect.allCases.map { route.dialect(of: upstream, for: $0) }
            }
            heads = plan.upstreams.map { upstream in
                Dialect.allCases.flatMap { dialect in
                    [false, true].map {
                        RequestHead(route.requestHead(to: upstream, speaking: dialect, version: nil, isStreamed: $0))
                    }
                }
            }
        }

        /// The dialect that one of the model's servers is asked in.
        func dialect(of attempt: RoutedCall.Attempt, for client: Dialect) -> Dialect {
            guard attempt.candidate < spoken.count else { return route.dialect(of: attempt.upstream, for: client) }
            return spoken[attempt.candidate][client.number]
        }

        /// The head of a request to one of the model's servers.
        ///
        /// - Parameter version: The client's `anthropic-version`, if it sent one.
        func head(
            of attempt: RoutedCall.Attempt, speaking dialect: Dialect, version: String?, isStreamed: Bool
        ) -> RequestHead {
            let place = 2 * dialect.number + (isStreamed ? 1 : 0)
            if version == nil, attempt.candidate < heads.count { return heads[attempt.candidate][place] }
            return RequestHead(
                route.requestHead(
                    to: attempt.upstream, speaking: dialect, version: version, isStreamed: isStreamed))
        }
    }

    /// The models by every name that clients may use.
    let named: [String: Leg]

    /// Puts a snapshot together.
    ///
    /// - Parameter upstreams: What is known of the model servers; the same for every snapshot of one gateway, so that running
    ///   calls, breakers and queues outlive a change of settings.
    public init(
        settings: GatewaySettings, policy: JudgementPolicy, secondStage: Cascade? = nil, guards: GuardPanel? = nil,
        constitution: Constitution,
        stops: Stops = Stops(), upstreams: UpstreamRegistry = UpstreamRegistry()
    ) {
        self.settings = settings
        cache = ResponseCache(most: settings.cacheBytes)
        plainJudges = Judges(policy: policy, secondStage: secondStage, turns: Self.memory(settings))
        self.policy = policy
        self.secondStage = secondStage
        self.guards = guards
        classifierHash = Self.classifierHash(policy, secondStage)
        releases = (Hash256(policy.constitutionHash), Hash256(classifierHash))
        self.constitution = constitution
        self.stops = stops
        hasStops = !stops.isEmpty
        guarded = GuardedServer.all(of: settings)
        let routes = Dictionary(settings.models.values.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let legs = routes.mapValues { route in
            Leg(
                route: route,
                plan: upstreams.plan(
                    model: route.name, upstreams: route.upstreams, rules: route.rules, attempts: route.attempts,
                    timeouts: route.timeouts ?? settings.upstreamTimeouts))
        }
        named = settings.models.compactMapValues { legs[$0.name] }
        courses = legs.mapValues { leg in
            [leg]
                + leg.route.fallback.compactMap { legs[$0] }.filter { $0.route.name != leg.route.name }
        }
    }

    /// The hash that stands for every classifier that judges, as decisions name it.
    public static func classifierHash(_ policy: JudgementPolicy, _ secondStage: Cascade?) -> [UInt8] {
        guard let secondStage else { return policy.classifierHash }
        var hash = SHA256()
        hash.update(data: policy.classifierHash)
        hash.update(data: secondStage.heads.hash)
        hash.update(data: secondStage.heads.encoderHash)
        hash.update(data: Array(secondStage.profile.rawValue.utf8))
        if let second = secondStage.second {
            hash.update(data: second.heads.hash)
            hash.update(data: second.heads.encoderHash)
        }
        return Array(hash.finalize())
    }

    /// The models' own names, without aliases, in the order of the alphabet.
    public var modelNames: [String] { courses.keys.sorted() }

    /// How every model's servers stand.
    public var upstreamReports: [UpstreamReport] {
        UpstreamRegistry.report(courses.values.compactMap { $0.first?.plan }.sorted { $0.model < $1.model })
    }

    /// The addresses that requests may go to.
    var addresses: Set<UpstreamAddress> {
        Set(courses.values.flatMap { $0.flatMap { $0.plan.upstreams.map(\.address) } })
    }
}

/// What all event loops share: the gate, the rules, the ledger, the compute pool.
public final class Gateway: Sendable {
    let gatekeeper: Gatekeeper
    let ledger: ExchangeLog
    /// What exchanges may cost; nil where nothing is metered.
    let meter: SpendingMeter?
    let waitsForDisk: Bool
    let compute: ComputePool
    let bodies = ByteBudget()
    /// Connections of clients that stand.
    let clients = Atomic<Int>(0)
    let denials = Denials()
    /// Where clients' addresses come from.
    public let addresses = AddressPlan()
    let log: Logger
    private let current: Mutex<GatewaySnapshot>
    private let tls = Mutex<NIOSSLContext?>(nil)
    /// Who answers appeals, once somebody does.
    private let appeals = Mutex<AppealDesk?>(nil)
    private let publicDesks = Mutex<PublicDesk?>(nil)
    /// Who answers about the public log, once somebody does.
    private let receipts = Mutex<ReceiptDesk?>(nil)
    /// What every answer promises of the public log; nil where there is none.
    let promises: PromiseTerms?
    let denied = DeniedLately()

    let listeners = Listeners()
    /// The accounts of guarded models' servers.
    public let egress = EgressGuard()

    /// Verdicts so far.
    public let tally = Tally()
    /// Exchanges that are over and wait to be written to the log.
    public let journal = ExchangeJournal()
    /// Where those take completed exchanges who watch traffic.
    public let traffic = TrafficFeed()
    /// What bodies began with that came before.
    let beginnings = BodyMemory()
    /// Names spans of traces.
    let spans = SpanNames()

    /// Joins the parts that every exchange goes through.
    ///
    /// - Throws: `NIOSSLError` if a model server is reached by TLS and the system's certificates cannot be read.
    public init(
        snapshot: GatewaySnapshot, gatekeeper: Gatekeeper, ledger: ExchangeLog, waitsForDisk: Bool, computeThreads: Int,
        meter: SpendingMeter? = nil, promises: PromiseTerms? = nil, log: Logger
    ) throws {
        current = Mutex(snapshot)
        self.gatekeeper = gatekeeper
        self.ledger = ledger
        self.meter = meter
        self.promises = promises
        self.waitsForDisk = waitsForDisk
        compute = ComputePool(threads: computeThreads)
        self.log = log
        if snapshot.settings.models.values.contains(where: { $0.upstreams.contains { $0.address.isTLS } }) {
            _ = try clientTLS()
        }
    }

    /// What calls to model servers by TLS trust; made when the first one is served.
    func clientTLS() throws -> NIOSSLContext {
        try tls.withLock { context in
            if let context { return context }
            let settings = snapshot.settings
            var configuration = TLSConfiguration.makeClientConfiguration()
            if !settings.upstreamTrust.isEmpty { configuration.additionalTrustRoots = [.file(settings.upstreamTrust)] }
            configuration.applicationProtocols = settings.upstreamSpeaksTwo ? ["h2", "http/1.1"] : ["http/1.1"]
            let made = try NIOSSLContext(configuration: configuration)
            context = made
            return made
        }
    }

    /// The snapshot in force.
    public var snapshot: GatewaySnapshot { current.withLock { $0 } }

    /// Puts another snapshot in force, for requests from now on.
    public func replace(_ snapshot: GatewaySnapshot) { current.withLock { $0 = snapshot } }

    /// Who answers those who have no key; nil where nobody does.
    var publicDesk: PublicDesk? { publicDesks.withLock { $0 } }

    /// Answers those who have no key from now on; without this the routes are unknown.
    public func takeApplications(_ desk: @escaping PublicDesk) { publicDesks.withLock { $0 = desk } }

    /// What was denied before says nothing any more.
    public func forgetDenials() { denials.forget() }

    /// Who answers appeals; nil where nobody does.
    var appealDesk: AppealDesk? { appeals.withLock { $0 } }

    /// Takes appeals from now on; without this the routes are unknown.
    public func takeAppeals(_ desk: @escaping AppealDesk) { appeals.withLock { $0 = desk } }

    /// Who answers about the public log; nil where nobody does.
    var receiptDesk: ReceiptDesk? { receipts.withLock { $0 } }

    /// Gives receipts and the log's files from now on; without this the routes are unknown.
    public func giveReceipts(_ desk: @escaping ReceiptDesk) { receipts.withLock { $0 = desk } }

    /// What keeps this gateway from serving; nil if nothing does.
    public var impediment: String? {
        switch ledger.health {
        case .writable: stopper
        case .failing(let reason): "ledger: \(reason)"
        }
    }
}

/// The bytes of all request bodies that are in memory together.
final class ByteBudget: Sendable {
    private let used = Atomic<Int>(0)

    /// Takes `count` bytes if the sum stays within `limit`.
    func take(_ count: Int, limit: Int) -> Bool {
        let (_, sum) = used.wrappingAdd(count, ordering: .relaxed)
        guard sum > limit else { return true }
        used.wrappingSubtract(count, ordering: .relaxed)
        return false
    }

    /// Bytes that are taken now.
    var count: Int { max(0, used.load(ordering: .relaxed)) }

    /// Gives bytes back.
    func give(back count: Int) {
        guard count > 0 else { return }
        used.wrappingSubtract(count, ordering: .relaxed)
    }
}

/// How many requests and answers were judged, and how many of them were stopped.
public final class Tally: Sendable {
    private let requests = Atomic<UInt64>(0)
    private let requestsRefused = Atomic<UInt64>(0)
    private let answers = Atomic<UInt64>(0)
    private let answersStopped = Atomic<UInt64>(0)
    private let overRefusals = Atomic<UInt64>(0)

    func wasOverRefusal() { overRefusals.wrappingAdd(1, ordering: .relaxed) }

    func judgedRequest(refused: Bool) {
        requests.wrappingAdd(1, ordering: .relaxed)
        if refused { requestsRefused.wrappingAdd(1, ordering: .relaxed) }
    }

    func judgedAnswer(stopped: Bool) {
        answers.wrappingAdd(1, ordering: .relaxed)
        if stopped { answersStopped.wrappingAdd(1, ordering: .relaxed) }
    }

    /// The counts by name, since the start of the process.
    public var counts: [(name: String, count: UInt64)] {
        [
            ("requests_judged", requests.load(ordering: .relaxed)),
            ("requests_refused", requestsRefused.load(ordering: .relaxed)),
            ("answers_judged", answers.load(ordering: .relaxed)),
            ("answers_stopped", answersStopped.load(ordering: .relaxed)),
            ("over_refusals_granted", overRefusals.load(ordering: .relaxed)),
        ]
    }
}
