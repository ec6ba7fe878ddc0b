extension EvaluationSet {
    /// Recall at a share of ordinary texts flagged, by the places of a slicing; the largest groups first.
    public func recall(by slice: JudgedText.Slice, falsePositives share: Double, least: Int = 10) -> [(
        place: String, recall: Share
    )] {
        let groups = Dictionary(grouping: texts.filter { $0.text.kind == .harmful }) { $0.place(slice) }
        let drawn = drawnCuts(share)
        let cuts = cuts(share)
        return groups.filter { $0.value.count >= least }
            .map { ($0.key, Self.share(of: $0.value, above: cuts, drawn: drawn)) }
            .sorted { ($1.1.all, $0.0) < ($0.1.all, $1.0) }
    }

    /// The mean over harmful sources of recall at a share of ordinary texts flagged, with its interval.
    public func meanRecall(falsePositives share: Double, least: Int = 10) -> (
        mean: Double, interval: ClosedRange<Double>
    ) {
        let groups = Dictionary(grouping: texts.filter { $0.text.kind == .harmful }) { $0.text.source }
            .filter { $0.value.count >= least }.sorted { $0.key < $1.key }.map(\.value)
        guard !groups.isEmpty else { return (0, 0...0) }
        let cuts = cuts(share)
        let mean = groups.reduce(0) { $0 + Self.share(of: $1, above: cuts, drawn: []).value } / Double(groups.count)
        var generator = SeededGenerator(seed: 11)
        let means = drawnCuts(share).map { cuts in
            groups.reduce(0) { $0 + Self.drawn($1, above: cuts, &generator) } / Double(groups.count)
        }
        return (mean, Self.middle(means, around: mean))
    }

    /// The share of texts of a kind that score above what a share of ordinary texts does.
    public func flagged(_ kind: LabelledText.Kind, falsePositives share: Double) -> Share {
        Self.share(of: texts.filter { $0.text.kind == kind }, above: cuts(share), drawn: drawnCuts(share))
    }

    /// The share of texts of a kind that is refused at the decision, by language or source; the largest groups first.
    public func refused(_ kind: LabelledText.Kind, by slice: JudgedText.Slice, least: Int) -> [(
        place: String, refused: Share
    )] {
        Dictionary(grouping: texts.filter { $0.text.kind == kind }) { $0.place(slice) }
            .filter { $0.value.count >= least }
            .map { ($0.key, Self.refused($0.value)) }
            .sorted { ($1.1.all, $0.0) < ($0.1.all, $1.0) }
    }

    /// The share of texts of a kind that is refused at the decision.
    public func refused(_ kind: LabelledText.Kind) -> Share { Self.refused(texts.filter { $0.text.kind == kind }) }

    /// Of the refused harmful texts whose category is known, how many were refused under it.
    public func rightCategory() -> [(category: String, right: Share)] {
        let refused = texts.filter {
            $0.text.kind == .harmful && $0.refusedAs != nil && !$0.text.labels.contains(.wrapper)
        }
        let groups = Dictionary(grouping: refused) { $0.place(.category) }
        return groups.map { place, members in
            let right = members.filter { member in
                member.text.labels.contains { $0 != .harmful && $0.category == member.refusedAs }
            }
            return (place, Self.interval(right.count, members.count))
        }.sorted { $0.category < $1.category }
    }

    /// One column of a reliability diagram.
    public struct Column: Sendable {
        /// The scores in it.
        public let range: Range<Double>
        /// Their mean.
        public let score: Double
        /// The share of harm among texts of these scores, harmful and other texts weighing the same in all.
        public let harm: Double
        /// How many texts.
        public let texts: Int
    }

    /// What scores say against what texts are: ten columns.
    public func reliability() -> [Column] {
        let harmful = Double(max(1, texts.filter { $0.text.kind == .harmful }.count))
        let others = Double(max(1, texts.count) - Int(harmful))
        return (0..<10).compactMap { index in
            let range = Double(index) / 10..<Double(index + 1) / 10
            let members = texts.filter { range.contains(min(0.999_999, Double($0.score))) }
            guard !members.isEmpty else { return nil }
            let harm = members.reduce(0) { $0 + ($1.text.kind == .harmful ? 1 / harmful : 0) }
            let rest = members.reduce(0) { $0 + ($1.text.kind == .harmful ? 0 : 1 / max(1, others)) }
            let mean = members.reduce(0) { $0 + Double($1.score) } / Double(members.count)
            return Column(range: range, score: mean, harm: harm / (harm + rest), texts: members.count)
        }
    }

    /// What the first stage leaves to the second, if that judges what scores above a share of ordinary texts.
    public struct Load: Sendable {
        /// What kind of text.
        public let kind: LabelledText.Kind
        /// Refused by the first stage alone; of what is left, judged again; let through.
        public let refused: Double
        /// Judged by the second stage.
        public let escalated: Double
        /// Let through by the first stage alone.
        public let cleared: Double
    }

    /// The load of a cascade, by kind of text.
    public func load(escalating share: Double) -> [Load] {
        let cuts = cuts(share)
        return [LabelledText.Kind.benign, .borderline, .harmful].map { kind in
            let members = texts.filter { $0.text.kind == kind }
            let all = Double(max(1, members.count))
            let refused = members.filter { $0.refusedAs != nil }.count
            let escalated = members.filter { $0.refusedAs == nil && $0.raw > cuts[$0.fold] ?? .infinity }.count
            return Load(
                kind: kind, refused: Double(refused) / all, escalated: Double(escalated) / all,
                cleared: (all - Double(refused + escalated)) / all)
        }
    }

    /// The texts of a kind that the model is furthest wrong about: those let through last come first if harmful.
    public func worst(_ kind: LabelledText.Kind, _ count: Int) -> [JudgedText] {
        let cuts = cuts(0.01)
        func distance(_ text: JudgedText) -> Float { text.raw - (cuts[text.fold] ?? 0) }
        let members = texts.filter { $0.text.kind == kind }
        return Array(
            members.sorted { kind == .harmful ? distance($0) < distance($1) : distance($0) > distance($1) }
                .prefix(count))
    }

    private func drawnCuts(_ share: Double) -> [[Int: Float]] {
        var generator = SeededGenerator(seed: 7)
        return (0..<draws).map { _ in cuts(share, drawnBy: &generator) }
    }

    private static func share(of members: [JudgedText], above cuts: [Int: Float], drawn: [[Int: Float]]) -> Share {
        let hits = members.filter { $0.raw > cuts[$0.fold] ?? .infinity }.count
        let value = Double(hits) / Double(max(1, members.count))
        var generator = SeededGenerator(seed: 13)
        let values = drawn.map { Self.drawn(members, above: $0, &generator) }
        return Share(hits: hits, all: members.count, interval: middle(values, around: value))
    }

    /// The share above the cuts among members drawn again with replacement.
    private static func drawn(_ members: [JudgedText], above cuts: [Int: Float], _ generator: inout SeededGenerator)
        -> Double
    {
        var hits = 0
        var all = 0
        for member in members {
            let times = poisson(&generator)
            all += times
            if member.raw > cuts[member.fold] ?? .infinity { hits += times }
        }
        return Double(hits) / Double(max(1, all))
    }

    private static func refused(_ members: [JudgedText]) -> Share {
        interval(members.filter { $0.refusedAs != nil }.count, members.count)
    }

    private static func interval(_ hits: Int, _ all: Int) -> Share {
        Share(hits: hits, all: all, interval: ClopperPearson.interval(hits, of: all, confidence: 0.95))
    }

    private static func middle(_ values: [Double], around value: Double) -> ClosedRange<Double> {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return value...value }
        let low = sorted.count >= 40 ? sorted[sorted.count / 40] : first
        let high = sorted.count >= 40 ? sorted[sorted.count - 1 - sorted.count / 40] : last
        return min(low, value)...max(high, value)
    }
}
