/// One guarded server's account of bytes: a value that is handed reports and says when a person must look, and when to stop.
///
/// Text is paid from a purse that fills at the pace of the hardware. What the purse does not cover, and what nobody can
/// explain, is owed. A debt is forgiven slowly, so that a drip is seen however slow it is, and honest noise is not.
public struct EgressAccount: Sendable, Equatable {
    /// What made a debt.
    public enum Cause: String, Sendable, CaseIterable {
        /// Bytes of the link that are neither text nor framing.
        case padding
        /// Text faster than the hardware makes it.
        case burst
        /// More text than the server's own count of tokens explains.
        case excess
    }

    /// What a report may lead to.
    public enum Sign: Sendable, Equatable {
        /// A quarter of the budget is owed.
        case alarm(Cause)
        /// The model must not be served any more.
        case stop(Cause)
    }

    /// The rules in force.
    public private(set) var rules: EgressRules
    /// What came in all.
    public private(set) var sum = EgressReport()
    private var debts: [Cause: Double] = [:]
    private var purse: Double
    private var at: Int64?
    private var isAlarmed = false
    /// Why the server is stopped, if it is.
    public private(set) var stopped: Cause?

    /// An account that owes nothing.
    public init(_ rules: EgressRules) {
        self.rules = rules
        purse = Double(rules.burst)
    }

    /// The bytes that are owed now.
    public var owed: Int64 { Int64(min(9e18, debts.values.reduce(0, +).rounded())) }

    /// The bytes of the link that are explained: what may be let through outside.
    public var explained: Int64 { max(0, sum.link.subtractingClamped(sum.padding)) }

    /// Takes a report.
    ///
    /// - Parameter now: Monotonic nanoseconds; a clock that goes back counts as one that stands.
    public mutating func take(_ report: EgressReport, under rules: EgressRules, at now: Int64) -> [Sign] {
        self.rules = rules
        pass(to: now)
        sum.link = sum.link.addingClamped(report.link)
        sum.text = sum.text.addingClamped(report.text)
        sum.tokens = sum.tokens.addingClamped(report.tokens)
        sum.padding = sum.padding.addingClamped(report.padding)
        sum.excess = sum.excess.addingClamped(report.excess)
        owe(Double(report.padding), .padding)
        owe(Double(report.excess), .excess)
        purse = min(Double(rules.burst), purse - Double(report.text))
        if purse < 0 {
            owe(-purse, .burst)
            purse = 0
        }
        return signs()
    }

    /// A person has looked: nothing is owed any more.
    public mutating func release() {
        debts = [:]
        purse = Double(rules.burst)
        isAlarmed = false
        stopped = nil
    }

    private mutating func owe(_ bytes: Double, _ cause: Cause) {
        guard bytes != 0 else { return }
        debts[cause] = max(0, debts[cause, default: 0] + bytes)
    }

    private mutating func pass(to now: Int64) {
        defer { at = max(now, at ?? now) }
        guard let at, now > at else { return }
        let seconds = Double(now - at) / 1e9
        purse = min(Double(rules.burst), purse + seconds * rules.pace)
        let all = debts.values.reduce(0, +)
        guard all > 0 else { return }
        let left = max(0, all - seconds * Double(rules.forgivenPerDay) / 86_400) / all
        debts = debts.mapValues { $0 * left }
        if isAlarmed, all * left < Double(rules.budget) / 8 { isAlarmed = false }
    }

    private mutating func signs() -> [Sign] {
        guard stopped == nil, let most = debts.max(by: { $0.value < $1.value }) else { return [] }
        let all = debts.values.reduce(0, +)
        if all >= Double(rules.budget) {
            stopped = most.key
            return [.stop(most.key)]
        }
        guard all >= Double(rules.budget) / 4, !isAlarmed else { return [] }
        isAlarmed = true
        return [.alarm(most.key)]
    }
}
