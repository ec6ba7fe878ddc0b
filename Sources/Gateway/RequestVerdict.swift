import Dialects
import Ledger
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
    /// The digest of the request's body, where it was made on the way.
    var digest: TextDigest?
    /// The categories that were crossed and did not stop the request, because a permission opens them.
    var opened: Set<String>

    init(finding: Finding?, turn: Int?, part: Explainer.Part, peak: Float, opened: Set<String> = []) {
        (self.finding, self.turn, self.part, self.peak, self.opened) = (finding, turn, part, peak, opened)
    }

    init(of request: ModelRequest, under policy: JudgementPolicy) {
        var judge = RequestJudge(policy: policy, bytes: request.texts.bytes)
        var found: Found?
        // By number: a text that is taken out of the list is copied.
        for index in request.texts.indices {
            found = Self.judge(request.texts[index], by: &judge)
            if found != nil { break }
        }
        self.init(
            finding: found?.finding, turn: found?.turn, part: found?.part ?? .conversation, peak: judge.peak,
            opened: judge.opened)
    }

    /// The same with one more note for the record.
    func noting(_ note: String) -> RequestVerdict {
        var noted = self
        noted.notes.append(note)
        return noted
    }

    /// The same verdict, from what is known of the request's beginning; what it comes to is kept for the next time.
    init(
        of request: ModelRequest, under policy: JudgementPolicy, recalling known: Recollection, in memory: TurnMemory
    ) {
        var found: Found?
        var peak: Float = 0
        var opened: Set<String> = []
        var kept: [(key: TurnHash.Value, state: RequestJudge)] = []
        for stretch in known.stretches where found == nil {
            var judge = stretch.known?.judge ?? RequestJudge(policy: policy)
            var branches = stretch.branches[...]
            for count in (stretch.known?.texts ?? 0)..<stretch.texts.count {
                found = Self.judge(request.texts[stretch.texts.lowerBound + count], by: &judge)
                if found != nil { break }
                guard branches.first == count + 1 else { continue }
                branches.removeFirst()
                if kept.count < Self.mostKept, let key = stretch.key(behind: count + 1) { kept.append((key, judge)) }
            }
            peak = max(peak, judge.peak)
            opened.formUnion(judge.opened)
        }
        memory.keep(kept, of: known.owner)
        self.init(
            finding: found?.finding, turn: found?.turn, part: found?.part ?? .conversation, peak: peak,
            opened: opened)
    }

    /// How many judges of one request are kept at most.
    private static let mostKept = 8

    private typealias Found = (finding: Finding, part: Explainer.Part, turn: Int?)

    private static func judge(_ text: RequestText, by judge: inout RequestJudge) -> Found? {
        let finding = text.withBytes { bytes in
            judge.judge(bytes.assumingMemoryBound(to: UInt8.self), continuing: text.role.isConversation)
        }
        guard let finding else { return nil }
        return (finding, judge.foundInConversation ? .conversation : .request(path: text.place.description), text.turn)
    }

    /// What each choice of the answer goes on from, where the client began it: a prefill, or a legacy completion's text.
    static func beginnings(of request: ModelRequest, under policy: JudgementPolicy) -> Beginnings? {
        var judges: [Int: TextJudge] = [:]
        for index in request.texts.indices where request.texts.role(at: index) == .prefill {
            let text = request.texts[index]
            let prompt = request.dialect == .completions ? text.turn ?? 0 : 0
            var next = judges[prompt] ?? TextJudge(policy: policy, side: .answer)
            text.withBytes { next.feed($0.assumingMemoryBound(to: UInt8.self)) }
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
    /// Whether texts of this role say what the model is to be.
    var isSystem: Bool { self == .system || self == .developer }

    /// Whether texts of this role follow one another as turns do.
    var isConversation: Bool {
        switch self {
        case .system, .developer, .user, .assistant, .tool, .prefill: true
        case .definition, .prediction, .other: false
        }
    }
}
