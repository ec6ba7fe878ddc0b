/// Holds an upstream's count of tokens against what our own counter saw of the same exchange.
///
/// A tokeniser that differs from ours by more than a factor of four, over a whole prompt or answer, is not one: a token is
/// hardly ever less than one byte or more than sixteen. So each of the two counts is moved into *a quarter to four times*
/// our own, with an allowance for templates and markers. Completion tokens that nobody can see (hidden reasoning) are
/// believed up to what was reserved for the answer.
public struct UsageBounds: Sendable, Equatable {
    /// Tokens of templates and markers that an upstream may count on top, for the prompt and for each choice.
    public static let allowance: Int64 = 64

    /// Our count of the text put before the model.
    public var input: Int64
    /// Prompt tokens that no counter of ours can see: images, audio, files.
    public var unreadInput: Int64
    /// Our count of the model's output, all channels, whether the client got it or not.
    public var output: Int64
    /// The completion tokens that are reserved.
    public var reservedOutput: Int64
    /// Whether the upstream's count covers the whole answer.
    public var isWhole: Bool

    /// Takes our own counts.
    public init(input: Int64, unreadInput: Int64 = 0, output: Int64, reservedOutput: Int64, isWhole: Bool = true) {
        self.input = max(0, input)
        self.unreadInput = max(0, unreadInput)
        self.output = max(0, output)
        self.reservedOutput = max(0, reservedOutput)
        self.isWhole = isWhole
    }

    /// The counts to charge for.
    ///
    /// - Parameter reported: What the upstream said; `nil` if it said nothing, and then our own counts stand.
    public func settle(_ reported: TokenCounts?) -> TokenCounts {
        guard let reported else { return TokenCounts(input: input.addingClamped(unreadInput), output: output) }
        let asked = Self.clamped(reported.input, own: input, unseen: unreadInput)
        let hidden = min(reported.reasoning, reservedOutput)
        var answered = Self.clamped(reported.output, own: output, unseen: hidden)
        // It stopped counting before we stopped reading.
        if !isWhole { answered = max(answered, output) }
        return TokenCounts(
            input: asked, cached: reported.cached, output: answered, reasoning: reported.reasoning)
    }

    private static func clamped(_ reported: Int64, own: Int64, unseen: Int64) -> Int64 {
        let own = min(own, TokenCounts.most)
        let most = (own * 4).addingClamped(allowance).addingClamped(min(unseen, TokenCounts.most))
        return min(max(reported, own / 4), most)
    }
}
