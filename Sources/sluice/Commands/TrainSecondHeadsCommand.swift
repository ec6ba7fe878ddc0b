import ArgumentParser
import Constitution
import Encoder
import Foundation
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier train-second-heads`.
    struct TrainSecondHeads: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train-second-heads",
            abstract: "Train the heads behind the second encoder and write their file.",
            discussion: """
                The second encoder reads about a hundred languages and costs about ten times as much as the first, so it is asked \
                about the few texts that the first two stages find worst, and those that the first encoder can't read. Its \
                heads are trained and summed as those of the second stage are: what each weighs and where decisions \
                fall is set by sources left out of training, of which the figures are printed, without and with it. \
                Embedding takes most of the time; --cache keeps the embeddings for the next run.

                Example: sluice classifier train-second-heads --data data/safety --out Models/stage2b.sluice
                """)

        @OptionGroup var source: Source

        @Option(help: "The first stage that is summed with.")
        var model = ModelFile.standardPath

        @Option(help: "The first encoder's file.")
        var encoder = SecondStageFiles.encoderPath

        @Option(help: "The second stage's heads that are summed with.")
        var heads = SecondStageFiles.headsPath

        @Option(help: "The second encoder's file.")
        var secondEncoder = SecondStageFiles.secondEncoderPath

        @Option(help: "How many texts written by template the new heads learn from.")
        var templates = 6000

        @Option(help: "A file that embeddings are kept in.")
        var cache: String?

        @Option(help: "The file to write.")
        var out = SecondStageFiles.secondHeadsPath

        func run() throws {
            let bar = ProgressBar()
            let model = try ModelFile.load(model)
            let encoder = try SecondStageFiles.encoder(encoder)
            let second = try SecondStageFiles.secondEncoder(secondEncoder)
            let heads = try SecondStageFiles.heads(heads)
            let stages = try BothStages(
                source, model: model, encoder: encoder, templates: Synthesis.headCount, recipe: HeadRecipe(), bar)
            var synthesis = Synthesis(constitution: ConstitutionRelease.builtIn.constitution, seed: source.seed)
            let kept = EmbeddingFile(path: cache, encoder: second.hash)
            var known = kept.read()
            var recipe = HeadRecipe()
            // Fewer templates than the first heads learn from, so each weighs more.
            recipe.syntheticWeight *= Float(Synthesis.headCount) / Float(max(1, templates))
            recipe.syntheticWeight = min(1, recipe.syntheticWeight)
            let builder = SecondHeadBuilder(
                stages.texts, synthetic: synthesis.texts(templates), sums: stages.fitter.sums, first: encoder,
                encoder: second, lexicon: model.lexicon, recipe: recipe, seed: source.seed, known: &known,
                progress: bar.show)
            try kept.write(known)
            let fitter = SecondFusionFitter(builder, builder.leaveSourcesOut(progress: bar.show), stages.fitter)
            bar.clear()
            let before = CascadeReport(stages.texts, stages.fitter.sums, folds: FusionFitter.folds(stages.texts))
            let after = CascadeReport(stages.texts, fitter.sums, folds: FusionFitter.folds(stages.texts))
            Self.show("stages 1 and 2", before)
            Self.show("with the second encoder (\(fitter.summary))", after)
            Self.decisions("stages 1 and 2", stages.texts, stages.fitter.decided) {
                stages.fitter.threshold(budget: $0)
            }
            Self.decisions("with the second encoder", stages.texts, fitter.decided) { fitter.threshold(budget: $0) }
            let note =
                "texts \(stages.texts.count), templates \(templates), seed \(source.seed), \(fitter.summary), "
                + String(format: "mean recall of sources left out at 1 %% %.3f", after.at(falsePositives: 0.01).mean)
            let file = builder.file(
                fitter, headsHash: heads.hash, linearHash: model.hash, note: note, progress: bar.show)
            bar.clear()
            guard FileManager.default.createFile(atPath: out, contents: Data(file)) else {
                throw CommandProblem("cannot write '\(out)'")
            }
            _ = try SecondStageFiles.secondHeads(out)
            print("\(out): \(file.count) bytes; \(note)")
        }

        private static func show(_ name: String, _ report: CascadeReport) {
            print(name + String(format: ": area under the curve %.4f", report.area))
            for share in [0.01, 0.003, 0.001] {
                let at = report.at(falsePositives: share)
                print(
                    String(
                        format: "  at %.1f %%: mean recall %.3f, mass casualty %.3f, Chinese %.3f, borderline %.3f",
                        share * 100, at.mean, at.massCasualty, at.chinese, at.borderline))
                guard share != 0.003 else { continue }
                print("  " + at.languages.map { String(format: "%@ %.2f", $0.name, $0.recall) }.joined(separator: ", "))
                print("  " + at.sources.map { String(format: "%@ %.2f", $0.name, $0.recall) }.joined(separator: ", "))
            }
        }

        private static func decisions(
            _ name: String, _ texts: [LabelledText], _ decided: [Float], _ threshold: (Double) -> Float
        ) {
            let report = CascadeReport(texts, decided, folds: FusionFitter.folds(texts))
            for budget in [0.005, 0.002, 0.001] {
                let (at, ordinary) = report.at(threshold: threshold(budget))
                let languages = report.refusedByLanguage(threshold: threshold(budget)).prefix(6)
                    .map { String(format: "%@ %.2f %%", $0.language, $0.share * 100) }
                print(
                    String(
                        format: "%@, budget %.3f: ordinary %.2f %%, borderline %.1f %%, mean recall %.3f; most in %@",
                        name,
                        budget, ordinary * 100, at.borderline * 100, at.mean, languages.joined(separator: ", ")))
            }
        }
    }
}

/// Embeddings that a run leaves for the next one: SHA-256 of the encoder, then for each two hashes of its text and its numbers.
struct EmbeddingFile {
    let path: String?
    let encoder: [UInt8]
    private static let entry = 16 + 4 * TransformerEncoder.width

    init(path: String?, encoder: [UInt8]) { (self.path, self.encoder) = (path, encoder) }

    /// What is there; nothing where the file is missing or another encoder's.
    func read() -> SecondHeadBuilder.Known {
        guard let path, let data = FileManager.default.contents(atPath: path), data.prefix(32).elementsEqual(encoder)
        else { return [:] }
        var known: SecondHeadBuilder.Known = [:]
        data.withUnsafeBytes { bytes in
            for start in stride(from: 32, through: bytes.count - Self.entry, by: Self.entry) {
                let key = EmbeddingKey(
                    first: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self),
                    second: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
                known[key] = (0..<TransformerEncoder.width).map {
                    bytes.loadUnaligned(fromByteOffset: start + 16 + 4 * $0, as: Float.self)
                }
            }
        }
        return known
    }

    func write(_ known: SecondHeadBuilder.Known) throws {
        guard let path else { return }
        var data = Data(encoder)
        data.reserveCapacity(32 + known.count * Self.entry)
        for (key, numbers) in known {
            withUnsafeBytes(of: key.first) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: key.second) { data.append(contentsOf: $0) }
            numbers.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        guard FileManager.default.createFile(atPath: path, contents: data) else {
            throw CommandProblem("cannot write '\(path)'")
        }
    }
}
