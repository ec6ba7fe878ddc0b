/// What was used: tokens by the four rates that prices have.
public struct TokenCounts: Sendable, Hashable {
    /// Prompt tokens, those read from a cache included.
    public var input: Int64
    /// Prompt tokens read from a cache.
    public var cached: Int64
    /// Completion tokens, reasoning included.
    public var output: Int64
    /// Completion tokens spent on reasoning.
    public var reasoning: Int64

    /// The most tokens that one exchange can be charged for.
    public static let most: Int64 = 1_000_000_000_000

    /// Takes counts as they come: each is put into 0...10¹², cached into input, reasoning into output.
    public init(input: Int64 = 0, cached: Int64 = 0, output: Int64 = 0, reasoning: Int64 = 0) {
        self.input = min(max(0, input), Self.most)
        self.output = min(max(0, output), Self.most)
        self.cached = min(max(0, cached), self.input)
        self.reasoning = min(max(0, reasoning), self.output)
    }
}

/// What tokens of one model cost: micro-units for a million tokens of each kind.
public struct Rates: Sendable, Hashable {
    /// Prompt tokens that were not read from a cache.
    public let input: Int64
    /// Prompt tokens read from a cache.
    public let cached: Int64
    /// Completion tokens that are no reasoning.
    public let output: Int64
    /// Completion tokens spent on reasoning.
    public let reasoning: Int64

    /// The highest rate: a unit for each token.
    public static let highest: Int64 = 1_000_000 * Amount.unit
    /// The most that one exchange can cost, in micro-units.
    public static let highestCost: Int64 = 1_000_000_000_000_000

    /// Takes rates in micro-units for a million tokens; each is put into 0...`highest`.
    ///
    /// - Parameters:
    ///   - cached: As `input` if left out.
    ///   - reasoning: As `output` if left out.
    public init(input: Int64, output: Int64, cached: Int64? = nil, reasoning: Int64? = nil) {
        func clamped(_ rate: Int64) -> Int64 { min(max(0, rate), Self.highest) }
        self.input = clamped(input)
        self.output = clamped(output)
        self.cached = clamped(cached ?? input)
        self.reasoning = clamped(reasoning ?? output)
    }

    /// Nothing costs anything.
    public static let free = Rates(input: 0, output: 0)

    /// What an exchange costs, in micro-units: all four kinds added up exactly, then rounded up once.
    public func cost(of counts: TokenCounts) -> Int64 {
        let counts = TokenCounts(
            input: counts.input, cached: counts.cached, output: counts.output, reasoning: counts.reasoning)
        // At most 4 × 10¹² tokens × 10¹² micro-units: far inside 128 bits.
        let sum =
            Int128(counts.input - counts.cached) * Int128(input) + Int128(counts.cached) * Int128(cached)
            + Int128(counts.output - counts.reasoning) * Int128(output) + Int128(counts.reasoning) * Int128(reasoning)
        return Int64(clamping: min((sum + 999_999) / 1_000_000, Int128(Self.highestCost)))
    }

    /// The rates by which a promise is made before it is known which kind the tokens will be: the dearer of two.
    var worst: Rates {
        Rates(
            input: max(input, cached), output: max(output, reasoning), cached: max(input, cached),
            reasoning: max(output, reasoning))
    }

    /// How many more completion tokens an amount buys, at most.
    func outputTokens(for micros: Int64) -> Int64 {
        let rate = max(output, reasoning)
        guard rate > 0 else { return TokenCounts.most }
        return Int64(clamping: Int128(max(0, micros)) * 1_000_000 / Int128(rate))
    }
}

/// What a model costs from a moment on.
public struct Price: Sendable, Hashable {
    /// Its number, by which records name it; from 1.
    public let version: UInt64
    /// The model's name, as clients use it.
    public let model: String
    /// From when on it holds, milliseconds since 1970.
    public let starts: Int64
    /// What tokens cost.
    public let rates: Rates

    /// Puts a price together.
    public init(version: UInt64, model: String, starts: Int64, rates: Rates) {
        self.version = version
        self.model = model
        self.starts = starts
        self.rates = rates
    }
}

/// All prices, past and future: an immutable list that is replaced whole.
public struct PriceList: Sendable {
    /// By model, the latest beginning first; of two that begin together the newer version first.
    private let byModel: [String: [Price]]
    private let byVersion: [UInt64: Price]

    /// Takes prices in any order.
    public init(_ prices: [Price] = []) {
        byVersion = Dictionary(prices.map { ($0.version, $0) }, uniquingKeysWith: { first, _ in first })
        byModel = Dictionary(grouping: prices, by: \.model).mapValues { prices in
            prices.sorted { ($0.starts, $0.version) > ($1.starts, $1.version) }
        }
    }

    /// The price of a model at a moment; `nil` where it has none, which is not the same as free.
    public func price(of model: String, at time: Int64) -> Price? {
        byModel[model]?.first { $0.starts <= time }
    }

    /// The price of a number.
    public func price(version: UInt64) -> Price? { byVersion[version] }

    /// Every price, by model, the latest beginning first.
    public var all: [Price] { byModel.sorted { $0.key < $1.key }.flatMap(\.value) }
}
