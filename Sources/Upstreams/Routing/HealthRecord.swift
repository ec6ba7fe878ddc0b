/// How a model server's own health route is asked, and how its answers are taken.
public struct HealthRules: Sendable, Hashable {
    /// The path that is asked with GET; a status of 200 to 299 within `limit` is good.
    public var path: String
    /// Nanoseconds between two questions.
    public var interval: Int64
    /// Nanoseconds that an answer may take.
    public var limit: Int64
    /// Bad answers in a row that take a server out.
    public var fall: Int
    /// Good answers in a row that bring it back.
    public var rise: Int

    /// The documented numbers: every 5 s, within 2 s; 3 bad ones take it out, 2 good ones bring it back.
    public init(
        path: String, interval: Int64 = 5_000_000_000, limit: Int64 = 2_000_000_000, fall: Int = 3, rise: Int = 2
    ) {
        self.path = path
        self.interval = interval
        self.limit = limit
        self.fall = fall
        self.rise = rise
    }
}

/// What the questions to one server's health route have shown; a server that was never asked counts as up.
public struct HealthRecord: Sendable, Equatable {
    /// Whether calls may go there.
    public private(set) var isUp = true
    private var against = 0

    /// A server of which nothing is known.
    public init() {}

    /// Takes one answer.
    ///
    /// - Returns: Whether the server went out or came back by it.
    public mutating func note(isGood: Bool, _ rules: HealthRules) -> Bool {
        guard isGood != isUp else {
            against = 0
            return false
        }
        against += 1
        guard against >= (isUp ? rules.fall : rules.rise) else { return false }
        isUp.toggle()
        against = 0
        return true
    }
}
