import ArgumentParser
import Constitution
import Foundation
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier compare`.
    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what changes from one model to another, and whether it is chance.",
            discussion: """
                Both models judge the same development rows, at the built-in constitution's budgets. Recall at a fixed share of \
                ordinary texts flagged is compared with an interval from the same texts drawn again for both: one that \
                holds 0 may be chance.

                Example: sluice classifier compare Models/stage1.sluice var/private.sluice
                """)

        @Argument(help: "The model that is in use.")
        var first: String

        @Argument(help: "The model that may follow it.")
        var second: String

        @OptionGroup var source: Source

        func run() throws {
            let texts = try source.development()
            let bar = ProgressBar()
            let sets = try [first, second].map { path in
                try EvaluationSet(
                    JudgementPolicy(model: ModelFile.load(path), release: .builtIn), texts, progress: bar.show)
            }
            bar.clear()
            let result = ModelComparison(sets[0], sets[1])
            print("texts             how many  first  second  second alone  first alone")
            for change in result.changes {
                print(
                    String(
                        format: "%-17@ %8d %6d %7d %13d %12d", change.kind.rawValue, change.all, change.refused.first,
                        change.refused.second, change.newly, change.nolonger))
            }
            for recall in result.recalls {
                print(
                    String(
                        format: "mean recall at %.1f %%: %.3f -> %.3f, difference %+.3f to %+.3f",
                        100 * recall.falsePositives, recall.first, recall.second, recall.difference.lowerBound,
                        recall.difference.upperBound))
            }
        }
    }
}
