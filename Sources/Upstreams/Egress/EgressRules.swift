/// How much may come from a guarded model's server: what its hardware can make, and what is let pass beyond that.
///
/// The numbers are bytes of the link. What can be learnt from a byte that only repeats the event before it is nothing, so
/// framing that repeats is not counted.
public struct EgressRules: Sendable, Hashable {
    /// Tokens a second that one server can make.
    public var tokensPerSecond = 10_000
    /// Bytes of text a token may have, on average; also what a server's own count of tokens is held against, twice over.
    public var bytesPerToken = 8
    /// Bytes of text that may come at once, above that pace: whole answers come in one piece.
    public var burst = 3 << 20
    /// Bytes nobody can explain that end the service of the model.
    public var budget = 2 << 20
    /// New framing that every event may have: clocks and counters.
    public var perEvent = 16
    /// What every answer may have once: its head, its first and last event, its usage.
    public var perAnswer = 6 << 10
    /// Unexplained bytes that are forgiven in a day.
    public var forgivenPerDay = 64 << 10

    /// The documented numbers.
    public init() {}

    /// Bytes of text a second that the server can make.
    var pace: Double { Double(max(1, tokensPerSecond)) * Double(max(1, bytesPerToken)) }

    /// The bytes that may leave before the model is out of service, at worst, beside what its hardware makes.
    public var worst: Int { burst.addingClamped(budget) }
}

extension FixedWidthInteger {
    /// The sum, or the nearest number there is.
    func addingClamped(_ other: Self) -> Self {
        let (sum, isTooMuch) = addingReportingOverflow(other)
        return isTooMuch ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the nearest number there is.
    func subtractingClamped(_ other: Self) -> Self {
        let (difference, isTooMuch) = subtractingReportingOverflow(other)
        return isTooMuch ? (other < 0 ? .max : .min) : difference
    }
}
