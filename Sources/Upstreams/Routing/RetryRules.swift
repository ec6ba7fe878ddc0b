/// What an attempt that gave no answer says: whose fault it was, and whether another server may be asked.
///
/// Whether it is still early enough to ask is not its matter: that ends with the first byte the client is given.
public struct AttemptVerdict: Sendable, Equatable {
    /// What the balancer is told of the server.
    public let outcome: CallOutcome
    /// Whether another server might do better.
    public let mayTryElsewhere: Bool

    /// A server that could not be reached, was late, broke off, or said what is no answer.
    public static let serverFailed = AttemptVerdict(outcome: .failed, mayTryElsewhere: true)
    /// Nothing against this server, but another one can be reached.
    public static let oursAlone = AttemptVerdict(outcome: .unknown, mayTryElsewhere: true)
    /// Nothing that another server could mend, and nothing against this one.
    public static let final = AttemptVerdict(outcome: .unknown, mayTryElsewhere: false)

    /// A status other than 200.
    ///
    /// - Parameters:
    ///   - status: As the server sent it.
    ///   - retryAfter: Seconds it asked to be left alone, if it said so.
    public init(status: Int, retryAfter: Double?) {
        let pause = retryAfter.flatMap { $0.isFinite && $0 >= 0 ? Int64(min($0, 60) * 1e9) : nil }
        switch status {
        // The key or the name we use there is wrong, or it is no model server.
        case 401, 403, 404, 300...399: self = .serverFailed
        case 408: self = .serverFailed
        case 425, 429: self = AttemptVerdict(outcome: .busy(pause ?? 1_000_000_000), mayTryElsewhere: true)
        case 503, 529:
            self = AttemptVerdict(outcome: pause.map { .busy($0) } ?? .failed, mayTryElsewhere: true)
        case 500...599: self = .serverFailed
        // The request's own fault: every server would say the same, and this one works.
        default: self = AttemptVerdict(outcome: .answered, mayTryElsewhere: false)
        }
    }

    private init(outcome: CallOutcome, mayTryElsewhere: Bool) {
        self.outcome = outcome
        self.mayTryElsewhere = mayTryElsewhere
    }
}

/// The course of one request over the servers of its model, and of the models it may fall back to.
struct RouteCourse: Sendable {
    /// Which model of the chain is being tried; 0 is the one that was asked for.
    var model: Int { Int(place) }
    private var place: Int32 = 0
    /// Which of its servers have failed this request, one bit each.
    private(set) var tried: UInt64 = 0
    /// Attempts made, for all models.
    var attempts: Int { Int(made) }
    private var made: Int32 = 0
    private var madeHere: Int32 = 0
    private let models: Int32
    private let attemptsPerModel: Int32

    init(models: Int, attemptsPerModel: Int) {
        self.models = Int32(clamping: models)
        self.attemptsPerModel = Int32(clamping: max(1, attemptsPerModel))
    }

    /// Whether this model may be tried once more.
    var mayTryHere: Bool { madeHere < attemptsPerModel }

    /// An attempt begins at this model's server.
    mutating func begin(candidate: Int) {
        made += 1
        madeHere += 1
        if candidate < 64 { tried |= 1 << UInt64(candidate) }
    }

    /// This model can do nothing more for the request.
    ///
    /// - Returns: False if it was the last.
    mutating func fallBack() -> Bool {
        guard place + 1 < models else { return false }
        place += 1
        tried = 0
        madeHere = 0
        return true
    }
}
