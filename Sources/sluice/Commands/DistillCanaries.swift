import ArgumentParser
import Distillation
import Foundation

/// The file of an operator's canaries: JSON Lines of name, instruction, question and mark.
enum CanaryFile {
    /// Reads and checks it.
    ///
    /// - Throws: What is wrong, with its line; it does not name the file.
    static func read(_ path: String) throws -> CanaryList {
        guard let text = TextFile.read(path) else { throw CommandProblem("'\(path)' cannot be read as text") }
        var canaries: [Canary] = []
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            do {
                canaries.append(try JSONDecoder().decode(Canary.self, from: Data(line.utf8)))
            } catch {
                throw CommandProblem(
                    "line \(place + 1) must be {\"name\", \"instruction\", \"question\", \"mark\"}, all of them text")
            }
        }
        do throws(CanaryList.Problem) {
            return try CanaryList(canaries)
        } catch {
            throw CommandProblem("\(error)")
        }
    }
}

extension DistillCommand {
    struct Canaries: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which canaries the answers of a group bear, and open what the record holds of them.",
            discussion: """
                Of the file of `distillation.canaries` each group's answers bear one half, which a keyed lot decides; the \
                other half are controls. The record holds a commitment to each: the SHA-256 of the nonce, the group, name, \
                instruction, question and mark, each of these behind a line feed. Whoever is given this command's \
                output can check it against the record. Keep the file as secret as the key.

                Example:
                  sluice distill canaries canaries.jsonl --cluster clu_7Qd3… --key-file var/keys/distillation.key
                """)

        @Argument(help: "The canaries, as JSON Lines.")
        var file: String
        @Option(help: "The group, clu_…")
        var cluster: String
        @OptionGroup var key: Key
        @Flag(help: "Write one JSON object for each.")
        var json = false

        private struct Row: Encodable {
            let canary: Canary
            let planted: Bool
            let nonce, commitment: String
        }

        func run() async throws {
            let list: CanaryList
            do { list = try CanaryFile.read(file) } catch { throw CommandProblem("'\(file)': \(error)") }
            let plan = list.plan(for: cluster, by: try key.hash)
            guard !json else {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                for one in plan {
                    let row = Row(
                        canary: one.canary, planted: one.isPlanted, nonce: one.nonce, commitment: one.commitment)
                    print(String(decoding: try encoder.encode(row), as: UTF8.self))
                }
                return
            }
            for one in plan {
                print("\(one.isPlanted ? "planted" : "control")  \(one.canary.name): \(one.canary.mark)")
                print("         commitment \(one.commitment)")
                print("         nonce      \(one.nonce)")
            }
            print("all that is planted: \(CanaryList.commitment(to: plan))")
        }
    }
}
