import Crypto
import Dialects
import Ledger
import Metering
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
    /// The categories that were crossed and did not stop a choice, because a permission opens them.
    let opened: Set<String>
    /// Our own count of the model's output.
    let tokens: Int64
    /// Bytes of the model's text, given to the client or not.
    let bytes: Int64
    /// The SHA-256 of the text of each choice, as the client gets it; of nothing where a choice was stopped.
    let digests: [[UInt8]]

    /// Reasoning that must be summarised before any of this is given, by choice.
    let reasoning: [(choice: Int, text: ByteBuffer)]

    /// Whether the second stage has to be asked before any of this stands.
    let isDoubtful: Bool

    /// Judges an upstream's body, or says why it is no answer.
    ///
    /// - Parameters:
    ///   - server: What it is in, if it has to be written anew.
    ///   - asking: Puts doubts to the second stage; without it, an answer that raises any is returned as doubtful.
    static func judge(
        _ body: ByteBuffer, _ facts: RequestFacts, from server: ServerSpeech? = nil,
        asking: (([AnswerDoubt]) -> StageFinding?)? = nil, summaries: [Int: ByteBuffer]? = nil
    ) -> Result<WholeAnswer, UpstreamFault> {
        do throws(UpstreamFault) {
            let options = facts.answerOptions(from: server)
            let answer = try AnswerBody.parse(body, for: options)
            if answer.isTranslated {
                answer.decision = facts.decision.description
                answer.time = Int(facts.decision.milliseconds / 1_000)
            }
            guard let summaries else { return .success(WholeAnswer(answer, facts, original: nil, asking)) }
            // What is replaced was judged when it was read for the first time.
            let original = try AnswerBody.parse(body, for: options)
            answer.replaceReasoning(by: summaries)
            return .success(WholeAnswer(answer, facts, original: original, asking))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter original: The answer as it came, where its reasoning has been replaced by summaries since.
    private init(
        _ answer: AnswerBody, _ facts: RequestFacts, original: AnswerBody?,
        _ asking: (([AnswerDoubt]) -> StageFinding?)?
    ) {
        reasoning = original == nil ? answer.reasoning(most: Exchange.longestReasoning) : []
        var isDoubtful = false
        var refusals: [Int: Refusal] = [:]
        var first: Finding?
        var digests: [[UInt8]] = []
        var tokens: Int64 = 0
        var bytes: Int64 = 0
        var opened: Set<String> = []
        let inOrder = answer.choices.count > 1 ? answer.choices.sorted { $0.index < $1.index } : answer.choices
        for choice in inOrder {
            var gate = ChoiceGate(
                index: choice.index, policy: facts.policy, beginning: facts.beginnings?.judge(of: choice.index),
                doubts: facts.doubts)
            let finding = gate.judge(whole: choice.pieces, asking: asking) { answer.writes($0) }
            isDoubtful = isDoubtful || !gate.doubts.isEmpty
            tokens += gate.tokens
            if let original { tokens += Self.tokens(ofReasoningIn: original, choice.index) }
            bytes += gate.countedBytes
            if gate.hasOpened { opened.formUnion(gate.opened) }
            digests.append(gate.outputDigest.withUnsafeBytes { Array($0) })
            guard let finding else { continue }
            first = first ?? finding
            refusals[choice.index] = facts.explainer.refusal(for: finding, in: .answer)
        }
        self.isDoubtful = isDoubtful
        finding = first
        choicesCut = refusals.count
        self.digests = digests
        self.opened = opened
        self.tokens = tokens
        self.bytes = bytes
        usage = answer.usage
        body = answer.body(refusing: refusals)
    }

    /// Our own count of what was replaced by a summary.
    private static func tokens(ofReasoningIn answer: AnswerBody, _ index: Int) -> Int64 {
        var counter = TokenCounter()
        for piece in answer.choices.first(where: { $0.index == index })?.pieces ?? AnswerPieces()
        where piece.channel.kind == .reasoning {
            piece.text.withUnsafeReadableBytes { counter.add($0) }
        }
        return counter.tokens
    }
}
