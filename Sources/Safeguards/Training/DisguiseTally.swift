/// What is still found, and what is wrongly flagged, when texts are hidden in one way.
public struct DisguiseTally: Sendable {
    /// Share of harmful texts refused.
    public let recall: Double
    /// Share of ordinary texts refused.
    public let falsePositives: Double

    /// Judges every text as a request, hidden by `disguise` or plain.
    public init(_ policy: JudgementPolicy, _ texts: [LabelledText], _ disguise: Disguise?) {
        var found = [0, 0]
        var all = [0, 0]
        for text in texts where text.kind != .borderline {
            let bytes = disguise?.apply(String(decoding: text.text, as: UTF8.self)) ?? text.text
            let finding = bytes.withUnsafeBufferPointer { judgeWhole(policy, .request, $0).finding }
            let place = text.kind == .harmful ? 0 : 1
            all[place] += 1
            if finding != nil { found[place] += 1 }
        }
        recall = Double(found[0]) / Double(max(1, all[0]))
        falsePositives = Double(found[1]) / Double(max(1, all[1]))
    }

    /// Judges every text by both stages.
    public init(_ cascade: Cascade, _ texts: [LabelledText], _ disguise: Disguise?) {
        let texts = texts.filter { $0.kind != .borderline }
        let verdicts = cascade.judge(texts, disguise)
        func share(_ kind: LabelledText.Kind) -> Double {
            let members = texts.indices.filter { texts[$0].kind == kind }
            return Double(members.filter { verdicts[$0].finding != nil }.count) / Double(max(1, members.count))
        }
        (recall, falsePositives) = (share(.harmful), share(.benign))
    }
}
