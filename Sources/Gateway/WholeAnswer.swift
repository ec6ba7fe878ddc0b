import Crypto
import Dialects
import NIOCore
import Safeguards

/// A whole answer after judging: the body the client gets, and what was found.
///
/// It goes through the same judges, in the same order of channels, as a stream would.
struct WholeAnswer: Sendable {
    let body: ByteBuffer
    let usage: TokenUsage?
    let finding: Finding?
    let choicesCut: Int
    /// Our own count of the model's output.
    let tokens: Int64
    /// The SHA-256 of the text of each choice, as the client gets it; of nothing where a choice was stopped.
    let digests: [[UInt8]]

    /// Judges an upstream's body, or says why it is no answer.
    static func judge(_ body: ByteBuffer, _ facts: RequestFacts) -> Result<WholeAnswer, UpstreamFault> {
        do throws(UpstreamFault) {
            return .success(
                WholeAnswer(try AnswerBody.parse(body, for: facts.decoder), facts))
        } catch {
            return .failure(error)
        }
    }

    private init(_ answer: AnswerBody, _ facts: RequestFacts) {
        var refusals: [Int: Refusal] = [:]
        var first: Finding?
        var digests: [[UInt8]] = []
        var tokens: Int64 = 0
        for choice in answer.choices.sorted(by: { $0.index < $1.index }) {
            var gate = ChoiceGate(index: choice.index, policy: facts.policy, beginning: facts.beginning)
            let finding = gate.judge(whole: choice.pieces)
            tokens += gate.tokens
            digests.append(Array(gate.outputDigest))
            guard let finding else { continue }
            first = first ?? finding
            refusals[choice.index] = facts.explainer.refusal(for: finding, in: .answer)
        }
        finding = first
        choicesCut = refusals.count
        self.digests = digests
        self.tokens = tokens
        usage = answer.usage
        body = answer.body(refusing: refusals)
    }
}
