/// How an admitted exchange ended.
public struct Completion: Sendable, Equatable {
    /// What the client was left with.
    public enum Outcome: Sendable, Equatable {
        /// Every choice reached its own end.
        case complete
        /// The safeguards stopped the last open choice under a category and its principle.
        case refusedMidStream(category: String, principle: String, stage: Admission.Stage)
        /// The gateway ended it for another reason: a revocation, a drain, a gate.
        case cut(reason: String)
        /// The upstream or a safeguard failed.
        case failed(reason: String)
        /// The client went away.
        case clientLeft
    }

    /// The tokens that count: the upstream's, held against our own count; ours where it gave none.
    public struct Usage: Sendable, Equatable {
        /// Prompt tokens.
        public var input: UInt64
        /// Completion tokens.
        public var output: UInt64
        /// Prompt tokens read from a cache.
        public var cached: UInt64
        /// Completion tokens spent on reasoning.
        public var reasoning: UInt64

        /// Puts counts together; negative ones count as 0.
        public init(input: Int = 0, output: Int = 0, cached: Int = 0, reasoning: Int = 0) {
            self.input = UInt64(max(0, input))
            self.output = UInt64(max(0, output))
            self.cached = UInt64(max(0, cached))
            self.reasoning = UInt64(max(0, reasoning))
        }
    }

    /// The sequence number of the admission that this completes.
    public var sequence: UInt64
    /// When it ended, in milliseconds since 1970.
    public var time: Int64
    /// How it ended.
    public var outcome: Outcome
    /// The commitment to what the client was given; `nil` when that was nothing.
    public var answerCommitment: SealedCommitment?
    /// The tokens that count; `nil` when none were used.
    public var usage: Usage?
    /// The number of choices that the client was given.
    public var choices: UInt16
    /// How many of them the safeguards cut.
    public var choicesCut: UInt16
    /// The time from the request's last byte to the answer's, in milliseconds.
    public var duration: UInt32
    /// The highest score of the answer, 0...1; `nil` when nothing was judged.
    public var score: Float?
    /// What was charged, in micro-units; `nil` when nothing is metered, and in records of version 1.
    public var settled: UInt64?
    /// The permission under which the answer was let pass; empty where none was needed.
    public var permission: String
    /// What safeguards said of the answer that its text alone does not tell again; at most 64.
    public var notes: [String] = []

    /// Puts a completion together.
    public init(
        sequence: UInt64, time: Int64, outcome: Outcome, answerCommitment: SealedCommitment?, usage: Usage? = nil,
        choices: UInt16 = 1, choicesCut: UInt16 = 0, duration: UInt32 = 0, score: Float? = nil,
        settled: UInt64? = nil, permission: String = ""
    ) {
        self.sequence = sequence
        self.time = time
        self.outcome = outcome
        self.answerCommitment = answerCommitment
        self.usage = usage
        self.choices = choices
        self.choicesCut = choicesCut
        self.duration = duration
        self.score = score
        self.settled = settled
        self.permission = permission
    }
}

/// A time in which the ledger could not be written and every request was refused.
public struct Interruption: Sendable, Equatable {
    /// When a write failed first, in milliseconds since 1970.
    public var since: Int64
    /// When one worked again, in milliseconds since 1970.
    public var until: Int64
    /// What the first failure was.
    public var reason: String
}

/// One record of the ledger.
public enum LedgerRecord: Sendable, Equatable {
    /// A decision on a request.
    indirect case admission(Admission)
    /// The end of an exchange.
    indirect case completion(Completion)
    /// A time without a ledger.
    case interruption(Interruption)
    /// A running exchange has reserved more.
    case growth(Growth)
    /// What somebody did to the deployment.
    case act(Act)

    /// When it was written, in milliseconds since 1970, as the clock then stood.
    var moment: Int64 {
        switch self {
        case .admission(let admission): admission.time
        case .completion(let completion): completion.time
        case .interruption(let interruption): interruption.until
        case .growth(let growth): growth.time
        case .act(let act): act.time
        }
    }
}
