import Dialects
import Ledger
import Safeguards

/// How an exchange ended, as the ledger's completion tells it.
struct Ending {
    let outcome: Completion.Outcome
    var commitment: SealedCommitment?
    var usage: TokenUsage?
    var choices: UInt16 = 0
    var choicesCut: UInt16 = 0
    /// The categories that the answer crossed, and that a permission opened.
    var opened: Set<String> = []
    /// What the exchange used; nil if nothing.
    var spending: Spending?

    /// What an exchange used, by both counts.
    struct Spending {
        /// As the upstream counted, if it did.
        var reported: TokenUsage?
        /// Our own count of the model's output.
        var output: Int64 = 0
        /// Whether the upstream counted to the end.
        var isWhole = false
    }

    /// An end without any model output.
    init(_ outcome: Completion.Outcome) { self.outcome = outcome }

    /// The end of a stream.
    init(_ outcome: Completion.Outcome, _ gate: AnswerGate) {
        self.outcome = outcome
        usage = gate.knownUsage
        opened = gate.opened
        choices = UInt16(clamping: gate.choiceCount)
        choicesCut = UInt16(clamping: gate.findings.count)
        spending = Spending(reported: gate.usage, output: gate.tokens, isWhole: gate.isWhole)
        guard gate.releasedBytes > 0 else { return }
        commitment = Self.commit(to: gate.outputDigests)
    }

    /// The end of a whole answer.
    init(_ whole: WholeAnswer) {
        outcome = whole.finding.map(Completion.Outcome.init) ?? .complete
        usage = whole.usage
        opened = whole.opened
        choices = UInt16(clamping: whole.digests.count)
        choicesCut = UInt16(clamping: whole.choicesCut)
        spending = Spending(reported: whole.usage, output: whole.tokens, isWhole: true)
        commitment = Self.commit(to: whole.digests)
    }

    /// The end of an answer that was given before, and cost nothing now.
    init(again digests: [[UInt8]]) {
        outcome = .complete
        usage = TokenUsage()
        choices = UInt16(clamping: digests.count)
        commitment = Self.commit(to: digests)
    }

    /// The commitment to an answer: over the SHA-256 of each choice's text, in the order of the choices' numbers.
    private static func commit(to digests: [[UInt8]]) -> SealedCommitment {
        var commitment = Commitment(to: .answer)
        for digest in digests { commitment.update(digest) }
        return commitment.seal()
    }
}

extension Completion.Outcome {
    /// A stop by a rule.
    init(_ finding: Finding) {
        self = .refusedMidStream(
            category: finding.category, principle: finding.principle, stage: finding.stage.recorded)
    }
}

extension Admission.Decision {
    /// A refusal by a rule, before the answer.
    static func refused(_ finding: Finding, turn: Int?) -> Admission.Decision {
        .refused(category: finding.category, principle: finding.principle, stage: finding.stage.recorded, turn: turn)
    }
}

extension Finding.Stage {
    /// The stage as the ledger names it.
    fileprivate var recorded: Admission.Stage {
        switch self {
        case .phrase: .phrase
        case .linear: .linear
        case .encoder, .exemplar: .encoder
        case .external: .external
        }
    }
}
