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

                With --report FILE, the measurement is written as a page for a browser: recall at fixed shares of false \
                positives with bootstrap intervals, by source, language, category and length, hidden texts, over-refusal, \
                reliability, the load of a cascade, and the worst errors (ordinary texts in full, harmful ones by id).

                With --both-stages, heads of the second stage are trained without each group of sources too (the encoder's \
                file is needed; some minutes), and the page shows both stages together and the first alone.

                Example: sluice classifier eval --leave-sources-out --report report.html
                Example: sluice classifier eval --both-stages --report report.html
                """)

        @OptionGroup var source: Source

        @Option(help: "The model (not used by --leave-sources-out).")
        var model = ModelFile.standardPath

        @Flag(help: "Train without each group of sources, and measure on that group.")
        var leaveSourcesOut = false

        @Flag(help: "Train both stages without each group of sources, and measure on that group.")
        var bothStages = false

        @Option(help: "The encoder's file, for --both-stages.")
        var encoder = SecondStageFiles.encoderPath

        @Option(help: "The heads whose decisions on hidden texts are shown, for --both-stages.")
        var heads = SecondStageFiles.headsPath

        @Flag(help: "Hide the development rows in twelve ways, and measure what is still found.")
        var obfuscation = false

        @Option(help: "Write a page that opens in a browser.")
        var report: String?

        @Option(help: "The budget of each category, for --report with --leave-sources-out.")
        var budget = 0.002

        func validate() throws {
            guard 0.0...1 ~= budget else { throw ValidationError("--budget is a share, 0 to 1") }
        }

        func run() throws {
            if bothStages { return try measureBothStages() }
            if let report { return try write(report) }
            if leaveSourcesOut { return try measureUnseenSources() }
            if obfuscation { return try measureDisguises() }
            try measureDecision()
        }

        /// The page on both stages, or the figures alone.
        private func measureBothStages() throws {
            let (model, encoder) = (try ModelFile.load(model), try SecondStageFiles.encoder(encoder))
            let heads = try SecondStageFiles.heads(heads)
            let bar = ProgressBar()
            let stages = try BothStages(
                source, model: model, encoder: encoder, templates: Synthesis.headCount, recipe: HeadRecipe(), bar)
            bar.clear()
            if let report { return try stages.write(report, heads, source: source, budget: budget, bar) }
            let figures = stages.report
            print(String(format: "sources left out: area under the curve %.4f", figures.area))
            for share in [0.01, 0.003, 0.001] {
                let at = figures.at(falsePositives: share)
                print(
                    String(
                        format: "at %.1f %%: mean recall %.3f, borderline flagged %.3f", 100 * share, at.mean,
                        at.borderline))
            }
        }

        /// The page, from sources left out or from the development rows.
        private func write(_ path: String) throws {
            let bar = ProgressBar()
            let loaded = try ModelFile.load(model)
            let policy = try JudgementPolicy(model: loaded, release: .builtIn)
            let development = try source.development()
            let set: EvaluationSet
            let subject: String
            if leaveSourcesOut {
                let texts = try source.training()
                let builder = ModelBuilder(
                    texts, synthetic: source.written(), recipe: TrainingRecipe(), seed: source.seed, progress: bar.show)
                set = EvaluationSet(builder.leaveSourcesOut(progress: bar.show), texts, budget: budget)
                subject =
                    "What unseen prompts meet: every text was judged by a model that had not seen its source, nor any of its family. Five models; thresholds are taken within each. Hidden texts: the file named below, on development rows."
            } else {
                set = EvaluationSet(policy, development, progress: bar.show)
                subject =
                    "Development rows of the sources that the model was trained on: optimistic. Use --leave-sources-out for what unseen prompts meet."
            }
            var disguised = [EvaluationReport.Disguised(nil, DisguiseTally(policy, development, nil))]
            for (index, disguise) in Disguise.allCases.enumerated() {
                disguised.append(.init(disguise, DisguiseTally(policy, development, disguise)))
                bar.show("Hiding", Double(index + 1) / Double(Disguise.allCases.count))
            }
            let facts = [
                ("model", model), ("SHA-256", loaded.hash.map { String(format: "%02x", $0) }.joined()),
                ("note", loaded.note),
                ("data", source.data), ("texts judged", "\(set.texts.count)"), ("seed", "\(source.seed)"),
                ("budget of each category", leaveSourcesOut ? "\(budget)" : "the built-in constitution's"),
            ]
            let page = EvaluationReport(set, subject: subject, facts: facts, disguised: disguised).html()
            bar.clear()
            guard FileManager.default.createFile(atPath: path, contents: Data(page.utf8)) else {
                throw CommandProblem("cannot write '\(path)'")
            }
            let (mean, interval) = set.meanRecall(falsePositives: 0.01)
            print(
                String(
                    format: "%@: mean recall at 1 %% false positives %.3f (%.3f to %.3f), borderline flagged %.3f",
                    path,
                    mean, interval.lowerBound, interval.upperBound, set.flagged(.borderline, falsePositives: 0.01).value
                ))
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
