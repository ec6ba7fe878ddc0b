/// The guard models that can be asked, each by the format that its makers document.
public enum GuardKind: String, Sendable, CaseIterable {
    /// Meta's Llama Guard 3 and 4.
    case llamaGuard = "llama-guard"
    /// Alibaba's Qwen3Guard-Gen.
    case qwen3Guard = "qwen3guard"
    /// OpenAI's gpt-oss-safeguard, which reads the constitution as its policy.
    case gptOSSSafeguard = "gpt-oss-safeguard"
    /// Google's ShieldGemma, asked once for each category.
    case shieldGemma = "shieldgemma"
    /// AllenAI's WildGuard.
    case wildGuard = "wildguard"
    /// PolyGuard, which speaks WildGuard's form with categories.
    case polyGuard = "polyguard"
    /// IBM's Granite Guardian, asked once for each category by criteria of its own.
    case graniteGuardian = "granite-guardian"
    /// OpenAI's moderation route.
    case openAIModeration = "openai-moderation"

    /// The labels of a guard, and the categories of the built-in constitution that each may stand for.
    ///
    /// Labels that no category forbids are not here: what the constitution permits, no guard refuses.
    public var labels: [String: [String]] {
        switch self {
        case .llamaGuard, .polyGuard:
            [
                "S1": ["other_harm", "conventional_weapons_military"], "S2": ["other_harm", "cyber"],
                "S3": ["other_harm"], "S4": ["other_harm"],
                "S9": [
                    "biological", "chemical", "nuclear_radiological", "conventional_weapons_military",
                ], "S11": ["other_harm"], "S14": ["cyber"],
            ]
        case .qwen3Guard:
            [
                "Violent": [
                    "conventional_weapons_military", "other_harm", "biological", "chemical", "nuclear_radiological",
                ],
                "Non-violent Illegal Acts": ["other_harm", "cyber", "chemical", "biological"],
                "Suicide & Self-Harm": ["other_harm"], "Unethical Acts": ["other_harm"],
                "Sexual Content or Sexual Acts": [],
            ]
        case .openAIModeration:
            [
                "illicit": ["other_harm", "cyber"],
                "illicit/violent": [
                    "conventional_weapons_military", "chemical", "biological", "nuclear_radiological", "other_harm",
                ], "self-harm/intent": ["other_harm"], "self-harm/instructions": ["other_harm"],
                "sexual/minors": ["other_harm"], "violence": ["other_harm"], "hate/threatening": ["other_harm"],
                "harassment/threatening": ["other_harm"],
            ]
        // These are asked in the constitution's own categories, or name none.
        case .gptOSSSafeguard, .shieldGemma, .graniteGuardian, .wildGuard: [:]
        }
    }

    /// Whether the guard says under which label; if not, a finding falls under the category that is in doubt.
    var isLabelling: Bool { self != .wildGuard }
}

/// What a guard is asked about: a conversation that ends with a request, and the answer to it, if there is one.
public struct GuardExchange: Sendable, Equatable {
    /// One turn.
    public struct Turn: Sendable, Equatable {
        /// Whether the model wrote it.
        public var isModel: Bool
        /// Its text.
        public var text: String

        /// A turn of either side.
        public init(isModel: Bool, text: String) { (self.isModel, self.text) = (isModel, text) }
    }

    /// The turns in order; the last is the request.
    public var turns: [Turn]
    /// The answer to the last turn.
    public var answer: String?

    /// Turns and an answer; of long ones the end is kept, of each turn its begin and its end.
    public init(turns: [Turn], answer: String? = nil) {
        self.turns = turns.suffix(Self.mostTurns).map { Turn(isModel: $0.isModel, text: Self.bounded($0.text)) }
        self.answer = answer.map(Self.bounded)
    }

    static let mostTurns = 8
    static let mostBytes = 8_192

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > mostBytes else { return text }
        let half = mostBytes / 2
        return String(decoding: text.utf8.prefix(half), as: UTF8.self) + "\n…\n"
            + String(decoding: text.utf8.suffix(half), as: UTF8.self)
    }

    var request: String { turns.last?.text ?? "" }
}

/// One HTTP call to a guard.
public struct GuardCall: Sendable, Equatable {
    /// Where it goes, under the guard's address.
    public var path: String
    /// The JSON body.
    public var body: [UInt8]
    /// The category it asks about, where a guard is asked once for each.
    public var category: String?
}

/// What a guard said: a score, labels, and the categories they stand for.
///
/// Its prose is not kept.
public struct GuardOpinion: Sendable, Equatable {
    /// How sure the guard is, 0…1.
    public var score: Float
    /// The guard's own labels.
    public var labels: [String] = []
    /// Categories of the constitution that the labels may stand for, the likeliest first; empty where it forbids none of them.
    public var categories: [String] = []
    /// The scores of all of the guard's labels, 0…1, where it tells them.
    public var scores: [String: Float] = [:]

    /// An opinion.
    public init(score: Float, labels: [String] = [], categories: [String] = []) {
        (self.score, self.labels, self.categories) = (score, labels, categories)
    }
}

/// Why a guard's reply is none.
public enum GuardFault: Error, Sendable, Equatable {
    /// It is no JSON of the documented form.
    case notAReply
    /// The model said something that the format does not know.
    case garbled
    /// Another status than 200.
    case status(Int)
    /// Nothing came in time.
    case late
    /// It could not be reached, or the connection broke.
    case unreachable
    /// It failed so often that it is not asked for a while.
    case open
    /// What may be spent on it today is spent.
    case overBudget

    /// One word for the record.
    public var word: String {
        switch self {
        case .notAReply: "not-a-reply"
        case .garbled: "garbled"
        case .status(let status): "status-\(status)"
        case .late: "late"
        case .unreachable: "unreachable"
        case .open: "breaker-open"
        case .overBudget: "over-budget"
        }
    }
}
