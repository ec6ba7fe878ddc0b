/// What both stages said of one text of a request.
///
/// A function of the text alone, so that whoever meets the text again, in a conversation that is sent once more, need not read it again.
public struct TextOpinion: Sendable {
    let linear: (finding: Finding?, peak: Float)
    /// Whether the first stage is in doubt.
    let isInBand: Bool
    /// What the second stage said of it; nil while it was not asked.
    var reading: CascadeVerdict?

    /// What is said of a text without words.
    public static let ofNothing = TextOpinion(linear: (nil, 0), isInBand: false)
}

extension Cascade {
    /// Judges the texts of a request: each alone, and where there are several, the end of them as one text.
    ///
    /// At most the last eight texts are read by the second stage, and of the others those that the first stage finds
    /// doubtful, eight at most.
    public func judge(request texts: [UnsafeBufferPointer<UInt8>]) -> CascadeVerdict {
        var opinions = [TextOpinion?](repeating: nil, count: texts.count)
        return judge(request: texts, knowing: &opinions)
    }

    /// The same verdict, from what is known of some of the texts.
    ///
    /// - Parameter known: For each text what was said of it before, if anything; afterwards what has been said of it by now.
    public func judge(
        request texts: [UnsafeBufferPointer<UInt8>], knowing known: inout [TextOpinion?]
    ) -> CascadeVerdict {
        var verdict = screened(0)
        var others = 8
        for (index, text) in texts.enumerated() where known.indices.contains(index) {
            var opinion = known[index] ?? opinion(of: text)
            defer { known[index] = opinion }
            let isRecent = index >= texts.count - 8
            if !isRecent, opinion.linear.finding?.stage != .phrase {
                guard others > 0, opinion.isInBand else {
                    verdict = verdict.worse(screened(opinion.linear.peak))
                    continue
                }
                others -= 1
            }
            verdict = verdict.worse(judge(text, &opinion, isLastTurn: index == texts.count - 1))
        }
        guard texts.count > 1, verdict.finding == nil else { return verdict }
        let end = LongText.joinedEnd(of: texts)
        return end.withUnsafeBufferPointer {
            verdict.worse(judge($0, .request, linear: judgeWhole(policy, .request, $0)))
        }
    }

    /// What the first stage says of a text.
    private func opinion(of text: UnsafeBufferPointer<UInt8>) -> TextOpinion {
        let linear = judgeWhole(policy, .request, text)
        return TextOpinion(linear: linear, isInBand: isInBand(text, linear.peak))
    }

    /// What both stages say of a text; what the second says is added to the opinion.
    private func judge(
        _ text: UnsafeBufferPointer<UInt8>, _ opinion: inout TextOpinion, isLastTurn: Bool
    ) -> CascadeVerdict {
        let peak = opinion.linear.peak
        if let finding = opinion.linear.finding, finding.stage == .phrase { return phrase(finding) }
        guard opinion.isInBand || isDoubtful(text, peak: peak, isLastTurn: isLastTurn) else { return screened(peak) }
        if let reading = opinion.reading { return reading }
        let reading = read(text, .request, peak)
        opinion.reading = reading
        return reading
    }
}
