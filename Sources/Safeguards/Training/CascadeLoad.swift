/// Which share of texts each stage decided.
public struct CascadeLoad: Sendable {
    /// What kind of text.
    public let kind: LabelledText.Kind
    /// How many.
    public let texts: Int
    /// Let through by the first stage, without asking the second.
    public let cleared: Double
    /// The second stage was asked and let them through.
    public let acquitted: Double
    /// The second stage was asked and they were refused.
    public let convicted: Double
    /// Refused for a phrase, without asking the second stage.
    public let named: Double

    /// The load of a judge, by kind of text.
    public static func loads(_ cascade: Cascade, _ texts: [LabelledText]) -> [CascadeLoad] {
        let verdicts = cascade.judge(texts, nil)
        return [LabelledText.Kind.benign, .borderline, .harmful].map { kind in
            let members = texts.indices.filter { texts[$0].kind == kind }.map { verdicts[$0] }
            func share(_ isMeant: (CascadeVerdict) -> Bool) -> Double {
                Double(members.filter(isMeant).count) / Double(max(1, members.count))
            }
            return CascadeLoad(
                kind: kind, texts: members.count,
                cleared: share { !$0.wasAsked && $0.finding == nil },
                acquitted: share { $0.wasAsked && $0.finding == nil },
                convicted: share { $0.wasAsked && $0.finding != nil },
                named: share { !$0.wasAsked && $0.finding != nil })
        }
    }
}

extension Cascade {
    /// Judges each of many texts as a request of one turn.
    func judge(_ texts: [LabelledText], _ disguise: Disguise?) -> [CascadeVerdict] {
        Parallel.map(texts.count, { _ in }) { _ in
            0
        } _: { _, index in
            let text = texts[index].text
            let bytes = disguise?.apply(String(decoding: text, as: UTF8.self)) ?? text
            return bytes.withUnsafeBufferPointer { self.judge(request: [$0]) }
        }
    }
}
