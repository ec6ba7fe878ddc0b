import ArgumentParser
import Constitution
import Foundation
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier eval`.
    struct Evaluate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "eval",
            abstract: "Measure recall and false refusals.",
            discussion: """
                Without a flag: the model at its shipped decision on development rows of the sources it was trained on \
                (optimistic). --leave-sources-out trains without each group of sources and measures on it: what \
                unseen prompts meet. --obfuscation hides prompts in twelve ways and compares.
                """)

        @OptionGroup var source: Source

        @Option(help: "The model (not used by --leave-sources-out).")
        var model = ModelFile.standardPath

        @Flag(help: "Train without each group of sources, and measure on that group.")
        var leaveSourcesOut = false

        @Flag(help: "Hide the development rows in twelve ways, and measure what is still found.")
        var obfuscation = false

        func run() throws {
            if leaveSourcesOut { return try measureUnseenSources() }
            if obfuscation { return try measureDisguises() }
            try measureDecision()
        }

        private func measureDisguises() throws {
            let policy = try JudgementPolicy(model: ModelFile.load(model), release: .builtIn)
            let texts = try source.development()
            let plain = DisguiseTally(policy, texts, nil)
            print(String(format: "%-10@ recall %.3f, benign flagged %.4f", "plain", plain.recall, plain.falsePositives))
            for disguise in Disguise.allCases {
                let hidden = DisguiseTally(policy, texts, disguise)
                print(
                    String(
                        format: "%-10@ recall %.3f (%.0f %% of plain), benign flagged %.4f",
                        disguise.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0), hidden.recall,
                        100 * hidden.recall / max(plain.recall, 1e-9), hidden.falsePositives))
            }
        }

        private func measureUnseenSources() throws {
            let texts = try source.training()
            let bar = ProgressBar()
            let builder = ModelBuilder(
                texts, synthetic: source.written(), recipe: TrainingRecipe(), seed: source.seed, progress: bar.show)
            let left = builder.leaveSourcesOut(progress: bar.show)
            bar.clear()
            print("recall of harmful sources left out, at 1 % of ordinary prompts of left-out sources flagged")
            for (name, recall, rows) in left.recalls(texts, falsePositives: 0.01) {
                print(String(format: "%6.3f  %5d  %@", recall, rows, name))
            }
            for share in [0.01, 0.005, 0.001] {
                print(
                    String(
                        format: "mean at %.1f %%: %.3f; borderline flagged: %.3f", share * 100,
                        left.meanRecall(texts, falsePositives: share), left.borderline(texts, falsePositives: share)))
            }
            printDecision(left, texts)
        }

        private func printDecision(_ left: LeaveSourcesOut, _ texts: [LabelledText]) {
            for budget in [0.005, 0.002, 0.001] {
                let refused = [LabelledText.Kind.harmful, .borderline, .benign].map {
                    100 * left.refused($0, budget: budget, texts)
                }
                print(
                    String(
                        format: "budget %.3f a category: harmful %.1f %%, borderline %.1f %%, ordinary %.2f %% refused",
                        budget, refused[0], refused[1], refused[2]))
            }
        }

        private func measureDecision() throws {
            let policy = try JudgementPolicy(model: ModelFile.load(model), release: .builtIn)
            var tally: [LabelledText.Kind: (Int, Int)] = [:]
            for text in try source.development() {
                let found = text.text.withUnsafeBufferPointer { judgeWhole(policy, .request, $0).finding }
                let (hit, all) = tally[text.kind] ?? (0, 0)
                tally[text.kind] = (hit + (found == nil ? 0 : 1), all + 1)
            }
            print("refused at the shipped decision (development rows of trained sources)")
            for kind in [LabelledText.Kind.harmful, .borderline, .benign] {
                let (hit, all) = tally[kind] ?? (0, 0)
                print(String(format: "%6.3f  %5d  %@", Double(hit) / Double(max(1, all)), all, kind.rawValue))
            }
        }
    }
}
