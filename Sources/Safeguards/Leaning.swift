extension JudgementPolicy {
    /// The category that the first stage's score of a text speaks for most, whatever its line is; nil where none has a label.
    ///
    /// It judges the text twice, so it is for the rare case that a later stage cannot be asked.
    public func leaning(of text: UnsafeBufferPointer<UInt8>, _ side: Side) -> String? {
        var judge = TextJudge(policy: self, side: side)
        judge.feed(text)
        judge.finish()
        if let finding = judge.finding { return finding.category }
        let line = judge.rawPeak - 0.01
        guard line.isFinite, let eager = try? JudgementPolicy(self, line: line) else { return nil }
        return judgeWhole(eager, side, text).finding?.category
    }

    /// The same policy with one line for all categories that have a label, and without phrases.
    private init(_ policy: JudgementPolicy, line: Float) throws(SafeguardError) {
        storage = Storage(
            model: policy.storage.model, constitutionHash: policy.storage.constitutionHash,
            rules: policy.storage.rules.map {
                Rule(category: $0.category, principle: $0.principle, requestThreshold: line, answerThreshold: line)
            },
            ruleOf: policy.storage.ruleOf,
            edgeOf: [Int](repeating: -1, count: HarmLabel.allCases.count),
            phrases: try PhraseSet([], lexicon: policy.storage.model.lexicon))
    }
}
