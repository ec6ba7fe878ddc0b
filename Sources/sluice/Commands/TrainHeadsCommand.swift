import ArgumentParser
import Constitution
import Encoder
import Foundation
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier train-heads`.
    struct TrainHeads: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train-heads",
            abstract: "Train the second stage's heads on labelled prompts and write their file.",
            discussion: """
                The second stage is a sentence encoder, whose weights stay as they are, and small heads behind it that this \
                command trains. How it is summed with the first stage, and where decisions fall, is set by training both \
                without each group of sources and judging that group; the figures of it are printed. Rows under a \
                NonCommercial licence are left out. The same data, seed and program give the same file.

                Example: sluice classifier train-heads --data data/safety --out Models/stage2.sluice
                """)

        @OptionGroup var source: Source

        @Option(help: "The first stage that the heads will be summed with.")
        var model = ModelFile.standardPath

        @Option(help: "The encoder's file.")
        var encoder = SecondStageFiles.encoderPath

        @Option(help: "How many texts written by template are learned from beside the data.")
        var templates = Synthesis.headCount

        @Option(help: "How many requests of the data are put into the frames of its wrappers, and learned from too.")
        var framed = HeadRecipe().framed

        @Option(help: "How many requests of the data are put into frames written by template, and learned from too.")
        var wrapped = HeadRecipe().wrapped

        @Option(help: "How many in a hundred of these are harmful requests.")
        var wrappedHarmful = HeadRecipe().wrappedHarmful

        @Option(help: "Of long texts that are not harmful, how many stretches are learned from beside the worst.")
        var further = HeadRecipe().further

        @Option(help: "How many heads, whose raw scores are averaged: 1 to 8.")
        var members = HeadRecipe().members

        @Option(help: "The file to write.")
        var out = SecondStageFiles.headsPath

        func validate() throws {
            guard 0...1_000_000 ~= templates else { throw ValidationError("--templates is 0 to 1000000") }
            guard 0...100_000 ~= framed else { throw ValidationError("--framed is 0 to 100000") }
            guard 0...100_000 ~= wrapped else { throw ValidationError("--wrapped is 0 to 100000") }
            guard 0...100 ~= wrappedHarmful else { throw ValidationError("--wrapped-harmful is 0 to 100") }
            guard 0...16 ~= further else { throw ValidationError("--further is 0 to 16") }
            guard 1...8 ~= members else { throw ValidationError("--members is 1 to 8") }
        }

        @Option(help: "Write a page for a browser on both stages, too.")
        var report: String?

        func run() throws {
            let model = try ModelFile.load(model)
            let encoder = try SecondStageFiles.encoder(encoder)
            let bar = ProgressBar()
            var recipe = HeadRecipe()
            (recipe.framed, recipe.wrapped, recipe.members) = (framed, wrapped, members)
            (recipe.wrappedHarmful, recipe.further) = (wrappedHarmful, further)
            let stages = try BothStages(
                source, model: model, encoder: encoder, templates: templates, recipe: recipe, bar)
            let mean = String(format: "%.3f", stages.report.at(falsePositives: 0.01).mean)
            let heads = members == HeadRecipe().members ? "" : "\(members) heads, "
            let note =
                "texts \(stages.texts.count), templates \(templates), \(framed > 0 ? "framed \(framed), " : "")"
                + "\(wrapped > 0 ? "wrapped \(wrapped) (\(wrappedHarmful) % harmful), " : "")"
                + "\(further > 0 ? "further \(further), " : "")\(heads)seed \(source.seed), "
                + "mean recall of sources left out at 1 % \(mean)"
            let file = stages.builder.file(
                stages.left, linear: stages.linear.scores, linearHash: model.hash, note: note, progress: bar.show)
            bar.clear()
            guard FileManager.default.createFile(atPath: out, contents: Data(file)) else {
                throw CommandProblem("cannot write '\(out)'")
            }
            let written = try SecondStageFiles.heads(out)
            print(stages.report, stages.fitter, stages.texts)
            Swift.print("\(out): \(file.count) bytes; \(note)")
            guard let report else { return }
            try stages.write(report, written, source: source, budget: 0.002, bar)
        }

        private func print(_ report: CascadeReport, _ fitter: FusionFitter, _ texts: [LabelledText]) {
            Swift.print(String(format: "sources left out of training: area under the curve %.4f", report.area))
            for share in [0.01, 0.003, 0.001] {
                let at = report.at(falsePositives: share)
                Swift.print(
                    String(
                        format:
                            "at %.1f %% of ordinary: mean recall %.3f, mass casualty %.3f, Chinese %.3f, borderline %.3f",
                        share * 100, at.mean, at.massCasualty, at.chinese, at.borderline))
                guard share == 0.01 else { continue }
                for (name, recall, rows) in at.sources + at.languages {
                    Swift.print(String(format: "%8.3f  %5d  %@", recall, rows, name))
                }
            }
            let decided = CascadeReport(texts, fitter.decided, folds: FusionFitter.folds(texts))
            for budget in [0.005, 0.002, 0.001] {
                let threshold = fitter.threshold(budget: budget)
                let (at, ordinary) = decided.at(threshold: threshold)
                let languages = decided.refusedByLanguage(threshold: threshold).prefix(6)
                    .map { String(format: "%@ %.2f %%", $0.language, $0.share * 100) }
                Swift.print(
                    String(
                        format: "budget %.3f: ordinary %.2f %%, borderline %.1f %%, mean recall %.3f; most in %@",
                        budget, ordinary * 100, at.borderline * 100, at.mean, languages.joined(separator: ", ")))
            }
        }
    }
}
