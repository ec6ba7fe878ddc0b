import Dialects
import NIOCore
import Safeguards

/// What the safeguards say of a request: every text alone, the turns as one conversation, and the prefill as an answer's beginning.
struct RequestVerdict: Sendable {
    /// The first rule that was met, if one was.
    var finding: Finding?
    /// The message it was met in, if it was one.
    let turn: Int?
    /// Where it was met.
    let part: Explainer.Part
    /// The highest score of any text, 0...1.
    var peak: Float
    /// The category that the stages speak for most, whether or not it crosses its line; nil where that was not looked at.
    var leaning: String?
    /// What safeguards said that the text alone does not tell again: failures, guards outside, what a rehearsal let pass.
    var notes: [String] = []
    /// The categories that were crossed and did not stop the request, because a permission opens them.
    var opened: Set<String>

    init(finding: Finding?, turn: Int?, part: Explainer.Part, peak: Float, opened: Set<String> = []) {
        (self.finding, self.turn, self.part, self.peak, self.opened) = (finding, turn, part, peak, opened)
    }

    init(of request: ModelRequest, under policy: JudgementPolicy) {
        var judge = RequestJudge(policy: policy)
        var verdict: (Finding, Explainer.Part, Int?)?
        for text in request.texts {
            let found = text.text.withUnsafeReadableBytes { bytes in
                judge.judge(bytes.assumingMemoryBound(to: UInt8.self), continuing: text.role.isConversation)
            }
            guard let found else { continue }
            verdict = (
                found, judge.foundInConversation ? .conversation : .request(path: text.place.description), text.turn
            )
            break
        }
        finding = verdict?.0
        turn = verdict?.2
        part = verdict?.1 ?? .conversation
        peak = judge.peak
        opened = judge.opened
    }

    /// What each choice of the answer goes on from, where the client began it: a prefill, or a legacy completion's text.
    static func beginnings(of request: ModelRequest, under policy: JudgementPolicy) -> Beginnings? {
        var judges: [Int: TextJudge] = [:]
        for text in request.texts where text.role == .prefill {
            let prompt = request.dialect == .completions ? text.turn ?? 0 : 0
            var next = judges[prompt] ?? TextJudge(policy: policy, side: .answer)
            text.text.withUnsafeReadableBytes { next.feed($0.assumingMemoryBound(to: UInt8.self)) }
            next.mark()
            judges[prompt] = next
        }
        guard !judges.isEmpty else { return nil }
        return Beginnings(judges: judges, choicesOfEach: max(1, request.choices / max(1, request.prompts)))
    }
}

/// The judges that the choices of an answer start from: one for each text that the client wants continued.
struct Beginnings: Sendable {
    fileprivate let judges: [Int: TextJudge]
    fileprivate let choicesOfEach: Int

    /// The judge of a choice; nil where the client did not begin it.
    func judge(of choice: Int) -> TextJudge? { judges[choice / choicesOfEach] }
}

extension RequestText.Role {
    /// Whether texts of this role follow one another as turns do.
    fileprivate var isConversation: Bool {
        switch self {
        case .system, .developer, .user, .assistant, .tool, .prefill: true
        case .definition, .prediction, .other: false
        }
    }
}
