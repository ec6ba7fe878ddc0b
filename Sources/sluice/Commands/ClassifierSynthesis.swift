import ArgumentParser
import Constitution
import Foundation
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier synthesise`.
    struct Synthesise: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "synthesise",
            abstract: "Print the texts that training writes for itself.",
            discussion: """
                Short requests that name a forbidden act in the general words of the built-in constitution, each with an \
                ordinary twin, and texts without content. No substance, amount, step or answer is among them. The same \
                seed gives the same texts; none is kept in a file by training.

                A line is: kind, categories, language, text, parted by tabs (or an object, with --json).
                Example: sluice classifier synthesise --seed 1 --count 20
                """)

        @Option(help: "Seed: the same seed gives the same texts.")
        var seed: UInt64 = 1

        @Option(help: "How many texts, at most 1000000.")
        var count = 20

        @Flag(help: "Print JSON lines with text, label, category and lang.")
        var json = false

        func validate() throws {
            guard 0...1_000_000 ~= count else { throw ValidationError("--count is 0 to 1000000") }
        }

        func run() throws {
            var synthesis = Synthesis(constitution: ConstitutionRelease.builtIn.constitution, seed: seed)
            for text in synthesis.texts(count) {
                let labels = HarmLabel.allCases.filter { $0 != .harmful && text.labels.contains($0) }
                let categories = labels.isEmpty ? ["none"] : labels.map { $0 == .wrapper ? "wrapper" : $0.category }
                let words = String(decoding: text.text, as: UTF8.self)
                guard json else {
                    let line = words.replacing("\n", with: " ").replacing("\t", with: " ")
                    print(text.kind.rawValue, categories.joined(separator: ","), text.language, line, separator: "\t")
                    continue
                }
                let fields = [
                    "text": words, "label": text.kind.rawValue, "lang": text.language,
                    "category": categories.joined(separator: ","),
                ]
                let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
                print(String(decoding: data, as: UTF8.self))
            }
        }
    }
}
