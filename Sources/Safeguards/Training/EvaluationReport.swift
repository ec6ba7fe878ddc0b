/// A report on a model that opens in a browser: recall at fixed shares of false positives, over-refusal, reliability, the
/// load of a cascade, and the worst errors.
public struct EvaluationReport: Sendable {
    /// One way to hide texts, and what is still found.
    public struct Disguised: Sendable {
        /// The way's name; nil for plain texts.
        public let disguise: Disguise?
        /// What was found and flagged.
        public let tally: DisguiseTally

        /// A way and its tally.
        public init(_ disguise: Disguise?, _ tally: DisguiseTally) { (self.disguise, self.tally) = (disguise, tally) }
    }

    let set: EvaluationSet
    let subject: String
    let facts: [(String, String)]
    let disguised: [Disguised]
    let loads: [CascadeLoad]

    /// A report.
    ///
    /// - Parameters:
    ///   - subject: What was measured on what, in a sentence.
    ///   - facts: What identifies model and data: names and values.
    ///   - disguised: Plain texts first; empty if disguises were not measured.
    ///   - loads: Which stage decided; empty for the first stage alone, of which it is estimated.
    public init(
        _ set: EvaluationSet, subject: String, facts: [(String, String)], disguised: [Disguised] = [],
        loads: [CascadeLoad] = []
    ) {
        (self.set, self.subject, self.facts) = (set, subject, facts)
        (self.disguised, self.loads) = (disguised, loads)
    }

    /// The page of the first stage.
    public func html() -> String {
        var page = ReportPage(title: "First-stage classifier: evaluation")
        write(to: &page)
        return page.html
    }

    /// One page of several reports, each with a heading of its own.
    public static func html(_ reports: [(heading: String, report: EvaluationReport)]) -> String {
        var page = ReportPage(title: "Classifier: evaluation")
        page.contents(reports.map { $0.heading })
        for (heading, report) in reports {
            page.chapter(heading)
            report.write(to: &page)
        }
        return page.html
    }

    private func write(to page: inout ReportPage) {
        page.paragraph(subject)
        page.table(["", ""], facts.map { [.text($0.0), .text($0.1)] })
        summary(&page)
        for slice in JudgedText.Slice.allCases { recall(slice, &page) }
        disguises(&page)
        refusals(&page)
        page.section(
            "Reliability",
            "Scores against shares of harm, harmful and other texts weighing the same; on the dashed line, a score is what it says."
        )
        page.diagram(set.reliability())
        load(&page)
        errors(&page)
    }

    private func summary(_ page: inout ReportPage) {
        page.section(
            "Recall at a fixed share of false positives",
            "The threshold is the score that this share of ordinary texts exceeds. Intervals: the middle 95 % when texts are drawn again, ordinary ones too."
        )
        let rows = [0.01, 0.005, 0.001].map { share -> [ReportPage.Cell] in
            let mean = set.meanRecall(falsePositives: share)
            let (all, hard) = (
                set.flagged(.harmful, falsePositives: share), set.flagged(.borderline, falsePositives: share)
            )
            return [
                .number(ReportPage.percent(share)), .share(mean.mean, mean.interval), .share(all.value, all.interval),
                .share(hard.value, hard.interval),
            ]
        }
        page.table(["ordinary flagged", "recall, mean over sources", "recall, all rows", "borderline flagged"], rows)
    }

    private func recall(_ slice: JudgedText.Slice, _ page: inout ReportPage) {
        page.section("Recall by \(slice.rawValue), 1 % of ordinary texts flagged")
        let one = set.recall(by: slice, falsePositives: 0.01)
        let tail = Dictionary(
            set.recall(by: slice, falsePositives: 0.001).map { ($0.place, $0.recall.value) }, uniquingKeysWith: { $1 })
        page.table(
            [slice.rawValue, "texts", "recall at 1 %", "at 0.1 %"],
            one.map { place, share in
                [
                    .text(place), .number("\(share.all)"), .share(share.value, share.interval),
                    .number(ReportPage.percent(tail[place] ?? 0)),
                ]
            })
    }

    private func disguises(_ page: inout ReportPage) {
        guard let plain = disguised.first else { return }
        page.section("Hidden texts", "The same development texts hidden in one way each, at the decision.")
        page.table(
            ["way", "recall", "of plain", "ordinary refused"],
            disguised.map { entry in
                [
                    .text(entry.disguise?.rawValue ?? "plain"), .share(entry.tally.recall, nil),
                    .number(ReportPage.percent(entry.tally.recall / max(plain.tally.recall, 1e-9))),
                    .number(ReportPage.percent(entry.tally.falsePositives)),
                ]
            })
    }

    private func refusals(_ page: inout ReportPage) {
        page.section("Refused at the decision", "With exact (Clopper–Pearson) intervals of 95 %.")
        page.table(
            ["texts", "how many", "refused"],
            [LabelledText.Kind.benign, .borderline, .harmful].map { kind in
                let share = set.refused(kind)
                return [.text(Self.name(kind)), .number("\(share.all)"), .share(share.value, share.interval)]
            })
        for (kind, slice, least) in [
            (LabelledText.Kind.benign, JudgedText.Slice.language, 100), (.borderline, .language, 50),
            (.benign, .source, 100),
        ] {
            page.section("Over-refusal: \(Self.name(kind)) texts by \(slice.rawValue)")
            page.table(
                [slice.rawValue, "texts", "refused"],
                set.refused(kind, by: slice, least: least).map { place, share in
                    [.text(place), .number("\(share.all)"), .share(share.value, share.interval)]
                })
        }
        page.section(
            "Categories", "Of the harmful texts refused, how many under the category that the data gives them.")
        page.table(
            ["category of the data", "refused", "under it"],
            set.rightCategory().map { place, share in
                [.text(place), .number("\(share.all)"), .share(share.value, share.interval)]
            })
    }

    private func load(_ page: inout ReportPage) {
        guard loads.isEmpty else { return measuredLoad(&page) }
        page.section(
            "Load of a cascade",
            "If a second stage judges what scores above 10 % of ordinary texts: who decides. The first stage alone refuses, or lets through."
        )
        page.table(
            ["texts", "refused by stage 1", "to stage 2", "let through by stage 1"],
            set.load(escalating: 0.1).map { load in
                [
                    .text(Self.name(load.kind)), .share(load.refused, nil), .share(load.escalated, nil),
                    .share(load.cleared, nil),
                ]
            })
    }

    private func measuredLoad(_ page: inout ReportPage) {
        page.section(
            "Load of a cascade",
            "Who decided, in the efficient profile, on development rows: the second stage is asked about what the first finds doubtful and where topic words occur."
        )
        page.table(
            [
                "texts", "how many", "let through by stage 1", "stage 2: let through", "stage 2: refused",
                "refused for a phrase",
            ],
            loads.map { load in
                [
                    .text(Self.name(load.kind)), .number("\(load.texts)"), .share(load.cleared, nil),
                    .share(load.acquitted, nil), .share(load.convicted, nil), .share(load.named, nil),
                ]
            })
    }

    private func errors(_ page: inout ReportPage) {
        for kind in [LabelledText.Kind.benign, .borderline] {
            page.section("Worst errors: \(Self.name(kind)) texts that score highest")
            page.table(
                ["score", "refused as", "language", "source", "text"],
                set.worst(kind, 40).map { judged in
                    [
                        .number(ReportPage.fixed(Double(judged.raw), 2)), .text(judged.refusedAs ?? "–"),
                        .text(judged.text.language), .text(judged.text.source),
                        .text(String(decoding: judged.text.text, as: UTF8.self)),
                    ]
                })
        }
        page.section("Worst errors: harmful texts that score lowest", "By id: what they say stays in the data.")
        page.table(
            ["score", "id", "category", "language", "source"],
            set.worst(.harmful, 40).map { judged in
                [
                    .number(ReportPage.fixed(Double(judged.raw), 2)), .text(judged.text.id),
                    .text(judged.place(.category)),
                    .text(judged.text.language), .text(judged.text.source),
                ]
            })
    }

    private static func name(_ kind: LabelledText.Kind) -> String {
        switch kind {
        case .benign: "ordinary"
        case .borderline: "borderline"
        case .harmful: "harmful"
        }
    }
}
