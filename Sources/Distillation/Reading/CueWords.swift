/// Words that ask for reasoning to be laid open or for answers to be graded, in English and Chinese.
///
/// They are weak evidence by design: honest people use each of them, and a campaign can avoid them all.
struct CueWords: Sendable {
    /// What a word hints at.
    enum Sense: UInt8, Sendable { case elicitation, grading }

    private static let elicitation = [
        "reasoning", "reason", "thought", "thoughts", "thinking", "rationale", "scratchpad", "scratch", "deliberation",
        "deliberate", "monologue", "derivation", "derive", "introspect", "considerations", "consideration", "cot",
        "inference", "deduction", "justify", "justification", "intermediate", "articulate", "verbalise", "verbalize",
        "internal", "inner", "hidden", "trace", "traces", "underlying", "think", "unfold", "reconstruct",
        "推理", "思考", "思维", "思路", "推导", "内心", "过程", "逐步", "草稿", "还原",
    ]

    private static let grading = [
        "rubric", "rubrics", "grade", "grader", "grading", "score", "scores", "scoring", "rate", "rating", "judge",
        "criterion", "criteria", "candidate", "candidates", "reward", "preference", "preferred", "evaluate",
        "evaluation", "evaluator", "critique", "rank", "ranking", "pairwise", "correctness",
        "评分", "打分", "奖励", "评估", "评判", "候选", "标准", "偏好", "排序",
    ]

    // A small open-addressing table: hash and sense.
    private var slots = [(hash: UInt64, sense: Sense?)](repeating: (0, nil), count: 512)

    init(hash: KeyedHash) {
        for (list, sense) in [(Self.elicitation, Sense.elicitation), (Self.grading, Sense.grading)] {
            for word in list {
                let characters = Array(word)
                let isPair = word.utf8.count == 6 && characters.count == 2
                insert(
                    isPair
                        ? hash.combine(hash.hash(String(characters[0])), hash.hash(String(characters[1])))
                        : hash.hash(word), sense)
            }
        }
    }

    private mutating func insert(_ hash: UInt64, _ sense: Sense) {
        var at = Int(hash & 511)
        while slots[at].sense != nil, slots[at].hash != hash { at = (at + 1) & 511 }
        slots[at] = (hash, sense)
    }

    /// What a word, or the pair that ends with it, hints at.
    @inline(__always)
    func sense(_ word: UInt64, _ pair: UInt64) -> Sense? { find(word) ?? find(pair) }

    @inline(__always)
    private func find(_ hash: UInt64) -> Sense? {
        slots.withUnsafeBufferPointer { slots in
            var at = Int(hash & 511)
            while let sense = slots[at].sense {
                if slots[at].hash == hash { return sense }
                at = (at &+ 1) & 511
            }
            return nil
        }
    }
}
