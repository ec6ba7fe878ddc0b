public import Constitution
public import Encoder
import Synchronization
import Text

/// Both stages as one judge: the first screens, the second reads the meaning, and their raw scores are summed.
///
/// An immutable snapshot that any thread may ask; what it says depends on the text alone. Memory is taken once and used
/// again: one `CascadeSpace` (about 6 MiB) for each thread that asks at the same time.
public final class Cascade: Sendable {
    /// For which texts the second stage is asked.
    public enum Profile: String, Sendable, CaseIterable {
        /// For every text.
        case thorough
        /// For those that the first stage finds doubtful (a tenth of ordinary ones), and where topic words occur.
        case efficient
    }

    /// The first stage and the constitution it serves.
    public let policy: JudgementPolicy
    /// What was trained for the second stage.
    public let heads: Heads
    /// When the second stage is asked.
    public let profile: Profile
    /// What in an answer the second stage is asked about.
    public let doubts: DoubtRule
    /// What is asked about the few texts that both find worst, and those that the first encoder can't read; nil where nothing is.
    public let second: SecondJudge?
    let encoder: SentenceEncoder
    let exemplars: Exemplars
    let rules: [Rule]
    /// For each label from `chemical` to `otherHarm` its rule, or -1.
    let ruleOf: [Int]
    /// For each label the rule of its category's edge, or -1.
    let edgeOf: [Int]
    private let spaces: SpacePool
    /// The categories that a permission opens.
    let open: Set<String>

    /// One category, ready for use.
    struct Rule: Sendable {
        var category: String
        var principle: String
        var requestThreshold: Float
        var answerThreshold: Float
        /// The same as the first, for sums with the second encoder.
        var secondThreshold: Float
    }

    /// Compiles budgets into thresholds, and exemplars into embeddings.
    ///
    /// - Throws: `CascadeError` where heads and encoder don't belong together, or for an exemplar that can't be used.
    public init(
        policy: JudgementPolicy, release: ConstitutionRelease, heads: Heads, encoder: SentenceEncoder,
        exemplars: [Exemplar] = [], profile: Profile = .thorough, second: SecondJudge? = nil
    ) throws(CascadeError) {
        guard heads.encoderHash == encoder.hash else {
            throw .otherEncoder(expected: Self.hex(heads.encoderHash), found: Self.hex(encoder.hash))
        }
        let categories = release.constitution.categories
        for exemplar in exemplars where !categories.contains(where: { $0.id == exemplar.category }) {
            throw .badExemplar(
                category: exemplar.category, text: exemplar.text, reason: "names a category that the constitution lacks"
            )
        }
        (self.policy, self.heads, self.encoder, self.profile) = (policy, heads, encoder, profile)
        (spaces, open, self.second) = (SpacePool(), [], second)
        self.exemplars = try Exemplars(exemplars, encoder)
        let words = self.exemplars.words
        doubts =
            profile == .thorough ? .always : DoubtRule(bands: heads.fusion.bands, words: words.isEmpty ? nil : words)
        rules = categories.map {
            Rule(
                category: $0.id, principle: $0.principle,
                requestThreshold: heads.fusion.requests.threshold($0.requestBudget),
                answerThreshold: heads.fusion.answers.threshold($0.answerBudget),
                secondThreshold: second?.heads.fusion.requests.threshold($0.requestBudget) ?? .infinity)
        }
        ruleOf = HarmLabel.allCases.map { label in
            HarmLabel.decisive.contains(label) ? categories.firstIndex { $0.id == label.category } ?? -1 : -1
        }
        edgeOf = HarmLabel.allCases.map { label in
            HarmLabel.decisive.contains(label) ? categories.firstIndex { $0.borders == label.category } ?? -1 : -1
        }
    }

    private init(_ other: Cascade, opening categories: Set<String>) {
        policy = other.policy.opening(categories)
        (heads, profile, encoder, exemplars) = (other.heads, other.profile, other.encoder, other.exemplars)
        (rules, ruleOf, edgeOf, spaces, open) = (other.rules, other.ruleOf, other.edgeOf, other.spaces, categories)
        (doubts, second) = (other.doubts, other.second)
    }

    /// The same judge for somebody whom a permission opens some categories; it shares all memory with this one.
    public func opening(_ categories: Set<String>) -> Cascade { Cascade(self, opening: categories) }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    // MARK: - Judging

    /// Whether the second stage is asked about a text.
    ///
    /// - Parameters:
    ///   - peak: The first stage's score, 0…1.
    ///   - isLastTurn: Topic words count in the last turn only.
    public func isDoubtful(_ text: UnsafeBufferPointer<UInt8>, peak: Float, isLastTurn: Bool = true) -> Bool {
        guard profile == .efficient else { return true }
        if isInBand(text, peak) { return true }
        return isLastTurn
            && TopicWords.occur(in: text, policy.storage.model.lexicon, exemplars: exemplars.words)
    }

    /// Judges a whole text by both stages.
    ///
    /// - Parameters:
    ///   - linear: What the first stage said of the same text.
    ///   - isLastTurn: Whether topic words alone are reason enough to ask the second stage.
    public func judge(
        _ text: UnsafeBufferPointer<UInt8>, _ side: Side, linear: (finding: Finding?, peak: Float),
        isLastTurn: Bool = true
    ) -> CascadeVerdict {
        if let finding = linear.finding, finding.stage == .phrase { return phrase(finding) }
        guard isDoubtful(text, peak: linear.peak, isLastTurn: isLastTurn) else {
            return screened(linear.peak)
        }
        return read(text, side, linear.peak)
    }

    /// Reads a whole text by the second stage.
    func read(_ text: UnsafeBufferPointer<UInt8>, _ side: Side, _ peak: Float) -> CascadeVerdict {
        spaces.borrow { space in
            var verdict: CascadeVerdict?
            for part in LongText.parts(of: text, policy) {
                let bytes = UnsafeBufferPointer(rebasing: text[part])
                var found = judgePart(bytes, side, peak, space)
                found.finding?.position += part.lowerBound
                verdict = verdict?.worse(found) ?? found
            }
            return side == .request ? reconsidered(verdict ?? screened(peak), text, space) : verdict ?? screened(peak)
        }
    }

    /// Judges the last stretch of a text that is still being written.
    ///
    /// The stretch is a function of the text up to here, so that the verdict depends on the text alone wherever the caller
    /// asks at places that do.
    /// - Parameter peak: The first stage's highest score so far, 0…1.
    public func judgeEnd(of text: UnsafeBufferPointer<UInt8>, _ side: Side, peak: Float) -> CascadeVerdict {
        let start = LongText.endStart(text)
        let bytes = UnsafeBufferPointer(rebasing: text[start...])
        return spaces.borrow { space in
            var verdict = judgePart(bytes, side, peak, space)
            verdict.finding?.position += start
            return verdict
        }
    }

    /// Whether a request that was let through is so near to the line that more is done: all of its answer is read by the second
    /// stage, and guards outside are asked.
    ///
    /// - Parameters:
    ///   - score: What both stages said of the request.
    ///   - share: The share of ordinary requests that score so high.
    public func isWary(of score: Float, share: Double = waryShare) -> Bool {
        score >= heads.fusion.curve.value(heads.fusion.requests.threshold(share))
    }

    /// The share of ordinary requests whose answers are read closely.
    public static let waryShare = 0.01

    /// Judges a stretch of an answer, up to where the second stage is asked.
    ///
    /// - Parameter stretch: The text up to there, or its last `stretchBytes`.
    public func judge(stretch: [UInt8]) -> CascadeVerdict {
        stretch.withUnsafeBufferPointer {
            judgeEnd(of: $0, .answer, peak: judgeWhole(policy, .answer, $0).peak)
        }
    }

    /// How much of a text the verdict on its end depends on, in bytes.
    public static let stretchBytes = LongText.end + 64

    /// Whether the first stage is in doubt; it knows some scripts better than others.
    func isInBand(_ text: UnsafeBufferPointer<UInt8>, _ peak: Float) -> Bool {
        linearRaw(peak) > heads.fusion.bands[ScriptGroup(text).rawValue]
    }

    /// Whether the second stage reads every byte of these texts, alone and together.
    ///
    /// Only then may it clear what the first stage has found; else decoys could take up what it reads.
    public func readsAll(of texts: [UnsafeBufferPointer<UInt8>]) -> Bool {
        let bytes = texts.reduce(0) { $0 + $1.count + 1 }
        return texts.count == 1 ? bytes <= LongText.most : texts.count <= 8 && bytes <= LongText.most / 2
    }

    /// What is added for a text of whose script little harm is known.
    private func lift(_ reading: [UInt8]) -> Float {
        guard heads.fusion.lift > 0 else { return 0 }
        return reading.withUnsafeBufferPointer { ScriptGroup($0) == .other ? heads.fusion.lift : 0 }
    }

    /// What stage 1 says alone, where the encoder can't read.
    private func alone(_ peak: Float) -> Float {
        heads.fusion.unreadWeight * linearRaw(peak) + heads.fusion.unreadLift
    }

    private func linearRaw(_ peak: Float) -> Float { policy.storage.model.header.curve.raw(peak) }

    func phrase(_ finding: Finding) -> CascadeVerdict {
        let found = CascadeFinding(
            category: finding.category, principle: finding.principle, stage: .phrase, score: finding.score,
            position: finding.position)
        return CascadeVerdict(score: 1, finding: found, wasAsked: false, stretches: 0)
    }

    /// What is said of a text that the first stage let pass.
    func screened(_ peak: Float) -> CascadeVerdict {
        let raw = heads.fusion.screenedScore + heads.fusion.linearWeight * linearRaw(peak)
        return CascadeVerdict(score: heads.fusion.curve.value(raw), finding: nil, wasAsked: false, stretches: 0)
    }

    /// What the stretches of a text came to.
    private struct Survey {
        /// Of what the encoder reads, the worst raw score, the label that leads there, and where that ends.
        var worst: (raw: Float, label: Int, end: Int) = (-.infinity, 0, 0)
        /// The first block that the encoder can't read.
        var unread: (label: Int, end: Int)?
        /// The forbidden exemplar that a stretch is nearest to.
        var like: (exemplar: Exemplar, nearness: Float, end: Int)?
        var stretches = 0
    }

    /// Reads every stretch of a text, of which the pieces lie in `space`.
    private func survey(_ pieces: Int, of reading: [UInt8], _ space: CascadeSpace) -> Survey {
        var survey = Survey()
        for block in WindowPlan.blocks(pieces) {
            let ranges = reading.withUnsafeBufferPointer { WindowPlan.ranges(block, of: $0, in: space.encoder) }
            let found = encoder.embed(block, ranges, in: space.encoder)
            guard let embeddings = found.baseAddress else { continue }
            survey.stretches += ranges.count
            let unknown = Legibility.unknown(ranges, of: block, in: space.encoder)
            let isRead = Legibility.areRead(unknown)
            let scores = space.scores(heads.members, embeddings, rows: ranges.count)
            for (row, range) in ranges.enumerated() {
                let end = min(block.lowerBound + range.upperBound, pieces)
                let own = scores + row * HeadShape.output
                var fall: Float = 0
                if !exemplars.isEmpty, unknown[row] <= Legibility.mostCompared {
                    let opinion = exemplars.opinion(embeddings + row * SentenceEncoder.width)
                    fall = opinion.fall
                    if let forbidden = opinion.forbidden, forbidden.nearness > survey.like?.nearness ?? 0 {
                        survey.like = (forbidden.exemplar, forbidden.nearness, end)
                    }
                }
                guard isRead[row] || heads.fusion.unreadWeight == 0 else {
                    if row == 0 { survey.unread = survey.unread ?? (leading(own), end) }
                    continue
                }
                if own[0] - fall > survey.worst.raw { survey.worst = (own[0] - fall, leading(own), end) }
            }
        }
        return survey
    }

    /// Judges a text of bounded length: every stretch, and the worst decides.
    private func judgePart(
        _ text: UnsafeBufferPointer<UInt8>, _ side: Side, _ peak: Float, _ space: CascadeSpace
    ) -> CascadeVerdict {
        let reading = Reading.bytes(of: text, policy.storage.model.lexicon)
        let pieces = reading.withUnsafeBufferPointer {
            encoder.tokenize($0, limit: LongText.most * 2, in: space.encoder)
        }
        let survey = survey(pieces, of: reading, space)
        var worst = survey.worst
        let isChinese = LongText.isChinese(reading)
        let linear =
            isChinese
            ? heads.fusion.chineseWeight * linearRaw(peak) + heads.fusion.chineseLift
            : heads.fusion.linearWeight * linearRaw(peak) + (survey.unread == nil ? lift(reading) : 0)
        // Where the encoder can't read, the heads say what is likeliest, but not whether.
        if let unread = survey.unread, alone(peak) > worst.raw + linear {
            worst = (alone(peak) - linear, unread.label, unread.end)
        }
        let raw = worst.raw + linear
        var verdict = CascadeVerdict(
            score: heads.fusion.curve.value(raw), finding: nil, wasAsked: true, stretches: survey.stretches)
        verdict.sum = raw
        if worst.label > 0 { verdict.leaning = rules[ruleOf[worst.label]].category }
        if let like = survey.like {
            verdict.leaning = like.exemplar.category
            verdict.score = max(verdict.score, min(1, like.nearness))
            verdict.finding = finding(
                like.exemplar.category, .exemplar, verdict.score, position(like.end, text, space))
        }
        guard worst.label > 0 else { return verdict }
        let offset = isChinese ? heads.fusion.chineseOffset : 0
        verdict.margin = raw - offset
        if survey.like == nil, let rule = rule(of: worst.label, at: raw, side, offset) {
            verdict.finding = finding(rule.category, .encoder, verdict.score, position(worst.end, text, space))
        }
        if let category = verdict.finding?.category, open.contains(category) {
            verdict.finding = nil
            verdict.opened = [category]
        }
        return verdict
    }

    /// The rule that a label is refused by at a raw score: its category's, or that one's edge; nil below both lines.
    private func rule(of label: Int, at raw: Float, _ side: Side, _ offset: Float) -> Rule? {
        func isCrossed(_ rule: Rule) -> Bool {
            raw > (side == .request ? rule.requestThreshold : rule.answerThreshold) + offset
        }
        if isCrossed(rules[ruleOf[label]]) { return rules[ruleOf[label]] }
        guard edgeOf[label] >= 0, isCrossed(rules[edgeOf[label]]) else { return nil }
        return rules[edgeOf[label]]
    }

    /// The label with a rule that the raw scores speak for most; 0 if no label has one.
    func leading(_ scores: UnsafePointer<Float>) -> Int {
        var best = 0
        for label in 1..<HarmLabel.wrapper.rawValue where ruleOf[label] >= 0 {
            if best == 0 || scores[label] > scores[best] { best = label }
        }
        return best
    }

    private func finding(_ category: String, _ stage: CascadeFinding.Stage, _ score: Float, _ position: Int)
        -> CascadeFinding?
    {
        guard let rule = rules.first(where: { $0.category == category }) else { return nil }
        return CascadeFinding(
            category: rule.category, principle: rule.principle, stage: stage, score: score, position: position)
    }

    /// Where a piece ends in the text; where words were deciphered, about there.
    private func position(_ piece: Int, _ text: UnsafeBufferPointer<UInt8>, _ space: CascadeSpace) -> Int {
        min(text.count, space.encoder.end(of: piece - 1))
    }
}
