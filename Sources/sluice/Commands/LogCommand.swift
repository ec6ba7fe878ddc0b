import ArgumentParser
import Transparency

/// `sluice log …`: the public transparency log.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Check the public transparency log, and prove what is in it.",
        discussion: """
            The log is a folder of static files (c2sp.org/tlog-tiles) that any web server can serve. It proves what was \
            decided, in which order and under which rules, without a word of what was asked.

            Example:
              sluice log vectors own_merkle.json own_notes.json
            """,
        subcommands: [Vectors.self])

    struct Vectors: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run test vectors for proofs, tiles, notes and witnesses.",
            discussion: """
                Reads JSON files with Merkle inclusion and consistency proofs (also of subtrees), roots, tile paths and \
                trees, notes, bad keys, checkpoints, cosignatures, proof files with policies, and conversations with a \
                witness. Prints how many of each passed. Ends with status 1 if any failed.
                """)

        @Argument(help: "Files of vectors.")
        var files: [String]
        @Flag(help: "Write the counts as one JSON object.")
        var json = false

        func run() throws {
            var vectors = LogVectors()
            for file in files { try vectors.run(file) }
            if json {
                print("{\"passed\":\(vectors.passed),\"failed\":\(vectors.failed)}")
            } else {
                for (kind, tally) in vectors.tallies {
                    let name = kind + String(repeating: " ", count: max(1, 22 - kind.count))
                    print("\(name)\(tally.passed) passed, \(tally.failures.count) failed")
                    for failure in tally.failures { print("  \(failure)") }
                }
                print("\(vectors.passed) passed, \(vectors.failed) failed")
            }
            if vectors.failed > 0 { throw ExitCode(1) }
        }
    }
}
