import ArgumentParser
import Constitution
import Crypto
import Foundation
import Safeguards

/// `sluice classifier`: trains, measures and explains the first stage.
struct ClassifierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classifier",
        abstract: "Train, measure and explain the first-stage classifier.",
        discussion: """
            The first stage is a linear model over hashed words and character n-grams. It is trained on labelled prompts
            and set to budgets of false refusals that are measured on sources it was not trained on.

            Example: sluice classifier train --data data/safety --out Models/stage1.sluice --seed 1
            """,
        subcommands: [
            Train.self, TrainHeads.self, TrainSecondHeads.self, Evaluate.self, Calibrate.self, Compare.self,
            Explain.self, Synthesise.self,
            Shadow.self,
        ])

    /// Where labelled prompts come from.
    struct Source: ParsableArguments {
        @Option(help: "Folder with train.jsonl, train_permissive.jsonl and, for eval, dev.jsonl, dev_permissive.jsonl.")
        var data = "data/safety"

        @Option(help: "Seed: the same data, seed and program give the same file.")
        var seed: UInt64 = 1

        @Flag(
            inversion: .prefixedNo,
            help: "Train also on texts written by template from the seed ('sluice classifier synthesise' prints them).")
        var synthetic = true

        /// What is trained on only; nothing where it is switched off.
        func written() -> [LabelledText] {
            guard synthetic else { return [] }
            var synthesis = Synthesis(constitution: ConstitutionRelease.builtIn.constitution, seed: seed)
            return synthesis.texts(Synthesis.standardCount)
        }

        func training() throws -> [LabelledText] {
            try LabelledRows.read(data, ["train.jsonl", "train_permissive.jsonl"])
        }

        func development() throws -> [LabelledText] {
            try LabelledRows.read(data, ["dev.jsonl", "dev_permissive.jsonl"])
        }
    }

    /// `sluice classifier train`.
    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Train a model on labelled prompts and write its file.",
            discussion: """
                Rows under a NonCommercial licence are left out, so that the weights may be shipped. Texts written by template from \
                the seed are added (--no-synthetic leaves them out); they exist during training only.

                The shipped weights are public, so anyone can search off line for words that pass. With --key FILE, a secret decides \
                which fifth of the table stays silent, which texts are written by template, and the order of training: \
                what passes the shipped weights need not pass these. Keep the file of the key, and the model, to yourself.
                """)

        @OptionGroup var source: Source

        @Option(help: "The file to write.")
        var out = ModelFile.standardPath

        @Option(help: "A file with a secret of 16 bytes or more: the weights depend on it, and stay private with it.")
        var key: String?

        func run() throws {
            var (source, recipe) = (source, TrainingRecipe())
            if let key { (source.seed, recipe.key) = try Self.secret(key, source.seed) }
            let texts = try source.training()
            let bar = ProgressBar()
            let synthetic = source.written()
            let builder = ModelBuilder(
                texts, synthetic: synthetic, recipe: recipe, seed: source.seed, progress: bar.show)
            let left = builder.leaveSourcesOut(progress: bar.show)
            let mean = left.meanRecall(texts, falsePositives: 0.01)
            let note =
                "texts \(texts.count)\(synthetic.isEmpty ? "" : ", synthetic \(synthetic.count)"), "
                + (key == nil ? "seed \(source.seed), " : "private, ") + "mean recall of sources left out at 1 % "
                + String(format: "%.3f", mean)
            let file = builder.file(left, note: note, progress: bar.show)
            bar.clear()
            guard FileManager.default.createFile(atPath: out, contents: Data(file)) else {
                throw CommandProblem("cannot write '\(out)'")
            }
            _ = try ModelFile.load(out)
            print("\(out): \(file.count) bytes; \(note)")
        }

        /// A seed and a key for rows, from a file's bytes.
        private static func secret(_ path: String, _ seed: UInt64) throws -> (seed: UInt64, key: UInt64?) {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandProblem("cannot read the key '\(path)'; make one: head -c 32 /dev/urandom > \(path)")
            }
            guard data.count >= 16 else {
                throw CommandProblem("the key '\(path)' has \(data.count) bytes; a secret needs 16 or more")
            }
            let hash = Array(SHA256.hash(data: data))
            let numbers = [hash[0..<8], hash[8..<16]].map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
            return (numbers[0] ^ seed, numbers[1])
        }
    }

    /// `sluice classifier explain`.
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the n-grams that carried a text's score.",
            discussion: "Example: echo 'a text' | sluice classifier explain")

        @Option(help: "The model.")
        var model = ModelFile.standardPath

        @Option(help: "How many n-grams to show.")
        var limit = 20

        func run() throws {
            let model = try ModelFile.load(model)
            let text = Array(FileHandle.standardInput.readDataToEndOfFile())
            let parts = text.withUnsafeBufferPointer { Explanation(model, $0, limit: max(1, limit)).parts }
            for part in parts { print(String(format: "%+8.3f", part.weight), part.ngram) }
        }
    }
}

/// A bar on standard error, drawn only on a terminal.
final class ProgressBar {
    private let isTerminal = isatty(2) == 1
    private var last = ""

    /// Draws the bar of one step of the work, `done` in 0…1.
    func show(_ step: String, _ done: Double) {
        guard isTerminal else { return }
        let filled = Int(max(0, min(1, done)) * 30)
        let line =
            "\r\(step) [" + String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled) + "]"
        guard line != last else { return }
        last = line
        FileHandle.standardError.write(Data((line + "\u{1B}[K").utf8))
    }

    /// Removes the bar.
    func clear() {
        guard isTerminal else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
