/// What was decided about a request, written before any of its answer may be seen.
public struct Admission: Sendable, Equatable {
    /// What was decided.
    public enum Decision: Sendable, Equatable {
        /// The exchange may begin; a `Completion` will say how it ended.
        case admitted
        /// The rules forbid it: the constitution's category and principle, the stage that said so, and the turn, from 0.
        case refused(category: String, principle: String, stage: Stage, turn: Int?)
        /// Access, a quota or a model's gate forbids it, under a code of the API's.
        case denied(code: String)
    }

    /// The part of the safeguards that reached a verdict.
    public enum Stage: UInt8, Sendable, Equatable, CaseIterable {
        /// A phrase listed in the constitution.
        case phrase = 1
        /// The linear classifier.
        case linear = 2
        /// The encoder, asked when the linear classifier is in doubt.
        case encoder = 3
        /// A guard model outside this process.
        case external = 4
    }

    /// The wire format that the client speaks.
    public enum Dialect: UInt8, Sendable, Equatable, CaseIterable {
        /// OpenAI's chat completions.
        case openAI = 1
        /// Anthropic's messages.
        case anthropic = 2
        /// OpenAI's responses.
        case responses = 3
        /// OpenAI's legacy completions.
        case completions = 4
        /// OpenAI's embeddings.
        case embeddings = 5
    }

    /// What an admitted exchange may cost, in the words of metering.
    public struct Charge: Sendable, Equatable {
        /// The number of the price that applies; 0 when the model has none.
        public var price: UInt64
        /// What is reserved, in micro-units.
        public var reserved: UInt64
        /// The day in UTC on which the exchange counts, in days since 1970.
        public var day: UInt32

        /// Puts a charge together.
        public init(price: UInt64, reserved: UInt64, day: UInt32) {
            self.price = price
            self.reserved = reserved
            self.day = day
        }
    }

    /// The decision's name, as the client and an appeal know it.
    public var decisionID: DecisionID
    /// When it was made, in milliseconds since 1970.
    public var time: Int64
    /// The organisation's id, at most 1,024 bytes of UTF-8 like every text of a record.
    public var organisation: String
    /// The account's id.
    public var account: String
    /// The id of the key, never the key.
    public var key: String
    /// The model the client asked for.
    public var model: String
    /// The wire format of the request.
    public var dialect: Dialect
    /// Whether the client asked for a stream.
    public var isStream: Bool
    /// What was decided.
    public var decision: Decision
    /// The commitment to the request; `nil` when the body was not read.
    public var requestCommitment: SealedCommitment?
    /// SHA-256 of the constitution that was applied; `nil` when none was.
    public var constitutionHash: Hash256?
    /// SHA-256 of the classifier that judged; `nil` when none did.
    public var classifierHash: Hash256?
    /// SHA-256 of the scaling policy in force; `nil` when there is none.
    public var scalingPolicyHash: Hash256?
    /// The digest of the model that answers; `nil` when it is not known.
    public var modelDigest: Hash256?
    /// The kinds of input that went to the model although no safeguard could read them; at most 64.
    public var unjudged: [String]
    /// The highest score of the request, 0...1; `nil` when it was not judged.
    public var score: Float?
    /// The pseudonym of the end user that the client named; empty when it named none.
    public var endUser: String
    /// What is reserved; `nil` when nothing is metered, and in records of version 1.
    public var charge: Charge?
    /// The permission without which the request would have been refused; empty where none was needed.
    public var permission: String

    /// What safeguards said that the text alone does not tell again: failures, guards outside, stops in force; at most 64.
    public var notes: [String] = []

    /// Puts an admission together.
    public init(
        decisionID: DecisionID, time: Int64, organisation: String, account: String, key: String, model: String,
        dialect: Dialect, isStream: Bool, decision: Decision, requestCommitment: SealedCommitment?,
        constitutionHash: Hash256? = nil, classifierHash: Hash256? = nil, scalingPolicyHash: Hash256? = nil,
        modelDigest: Hash256? = nil, unjudged: [String] = [], score: Float? = nil, endUser: String = "",
        charge: Charge? = nil, permission: String = ""
    ) {
        self.decisionID = decisionID
        self.time = time
        self.organisation = organisation
        self.account = account
        self.key = key
        self.model = model
        self.dialect = dialect
        self.isStream = isStream
        self.decision = decision
        self.requestCommitment = requestCommitment
        self.constitutionHash = constitutionHash
        self.classifierHash = classifierHash
        self.scalingPolicyHash = scalingPolicyHash
        self.modelDigest = modelDigest
        self.unjudged = unjudged
        self.score = score
        self.endUser = endUser
        self.charge = charge
        self.permission = permission
    }
}
