/// How much more may pass the link of a guarded server, as somebody outside the gateway sees it: a value, told once a tick.
///
/// The rules on the link let a margin pass and then nothing. The margin is refilled as long as what passed is explained by
/// what the gateway says it understood. A gateway that says nothing explains nothing.
public struct LinkGrant: Sendable, Equatable {
    /// Bytes that pass before the link closes.
    public let margin: Int64
    /// What packets add to the bytes that they carry, in percent.
    public let overhead: Int64
    private var granted: Int64 = 0
    private var spent: Int64 = 0
    private var last: Int64?

    /// A link that nothing has passed yet.
    public init(margin: Int64, overhead: Int64 = 50) {
        self.margin = max(1, margin)
        self.overhead = max(0, overhead)
    }

    /// Bytes that passed and that nobody has explained.
    public func debt(with used: Int64) -> Int64 {
        let explained = granted.addingClamped(granted / 100 * overhead)
        return max(0, spent.addingClamped(passed(used)).addingClamped(-explained))
    }

    /// Takes what is known at a tick.
    ///
    /// - Parameters:
    ///   - explained: What the gateway says it understood since its start; nil if it says nothing.
    ///   - used: Bytes that passed since the last refill.
    /// - Returns: Whether the margin is to be refilled now.
    public mutating func tick(explained: Int64?, used: Int64) -> Bool {
        guard let explained else { return false }
        // A gateway that has started anew counts from nothing; the first figure is where this one begins.
        if let last {
            let more = explained < last ? max(0, explained) : explained.subtractingClamped(last)
            granted = granted.addingClamped(more)
        }
        last = explained
        guard used > 0, debt(with: used) <= margin else { return false }
        spent = spent.addingClamped(passed(used))
        return true
    }

    /// Takes note of what passed between the look and the refill.
    public mutating func note(_ bytes: Int64) { spent = spent.addingClamped(max(0, bytes)) }

    /// What passed of what was counted: the rules count what they drop as well.
    private func passed(_ used: Int64) -> Int64 { min(max(0, used), margin.addingClamped(Self.packet)) }

    /// The largest packet that the rules see.
    private static let packet: Int64 = 65_536
}
