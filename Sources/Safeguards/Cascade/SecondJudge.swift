public import Encoder

/// The second encoder and its heads: asked about the few texts that both stages find worst.
public final class SecondJudge: Sendable {
    /// What was trained for it.
    public let heads: SecondHeads
    let encoder: TransformerEncoder

    /// - Throws: `CascadeError.otherEncoder` where heads and encoder don't belong together.
    public init(heads: SecondHeads, encoder: TransformerEncoder) throws(CascadeError) {
        guard heads.encoderHash == encoder.hash else {
            throw .otherEncoder(expected: Cascade.hex(heads.encoderHash), found: Cascade.hex(encoder.hash))
        }
        (self.heads, self.encoder) = (heads, encoder)
    }
}

extension Cascade {
    /// The verdict on a request's text with what the second encoder says of it, where it is asked.
    func reconsidered(
        _ verdict: CascadeVerdict, _ text: UnsafeBufferPointer<UInt8>, _ space: CascadeSpace
    ) -> CascadeVerdict {
        guard let second, let sum = verdict.sum, verdict.finding == nil || verdict.finding?.stage == .encoder else {
            return verdict
        }
        let fusion = second.heads.fusion
        let (bytes, isCut) = SecondReading.bytes(of: text)
        let reading = bytes.withUnsafeBufferPointer { Reading.bytes(of: $0, policy.storage.model.lexicon) }
        let pieces = reading.withUnsafeBufferPointer { encoder.tokenize($0, in: space.encoder) }
        let own = reading.withUnsafeBufferPointer { second.encoder.tokenize($0, in: space.encoder) }
        let isForeign = SecondReading.isForeign(reading, firstPieces: pieces, secondPieces: own)
        guard isForeign || sum > fusion.line else { return verdict }
        let embedding = reading.withUnsafeBufferPointer {
            second.encoder.embed($0, in: space.encoder, space.transformed)
        }
        let scores = withUnsafeTemporaryAllocation(of: Float.self, capacity: HeadShape.input) { scaled in
            guard let start = scaled.baseAddress else { return space.scores([], embedding.numbers, rows: 1) }
            second.heads.scaling.apply(embedding.numbers, to: start)
            return space.scores(second.heads.members, start, rows: 1)
        }
        let joined = fusion.sum(
            sum, scores[0], isForeign: isForeign, isWhole: embedding.isWhole && !isCut)
        return decided(verdict, joined, leading: joined > sum ? leading(scores) : 0, reading, text.count)
    }

    /// The verdict at a new sum: under the label that the second encoder names, or else under the one before.
    private func decided(
        _ old: CascadeVerdict, _ sum: Float, leading label: Int, _ reading: [UInt8], _ count: Int
    ) -> CascadeVerdict {
        var verdict = old
        verdict.sum = sum
        verdict.score = heads.fusion.curve.value(sum)
        (verdict.finding, verdict.opened) = (nil, [])
        let named = label > 0 ? rules[ruleOf[label]].category : old.leaning
        verdict.leaning = named
        guard let place = HarmLabel.decisive.first(where: { $0.category == named })?.rawValue, ruleOf[place] >= 0 else {
            return verdict
        }
        let offset = LongText.isChinese(reading) ? second?.heads.fusion.chineseOffset ?? 0 : 0
        verdict.margin = sum - offset
        let crossed = [ruleOf[place], edgeOf[place]].first { $0 >= 0 && sum > rules[$0].secondThreshold + offset }
        guard let crossed else { return verdict }
        let rule = rules[crossed]
        guard !open.contains(rule.category) else {
            verdict.opened = [rule.category]
            return verdict
        }
        verdict.finding = CascadeFinding(
            category: rule.category, principle: rule.principle, stage: .encoder, score: verdict.score,
            position: old.finding?.position ?? count)
        return verdict
    }
}
