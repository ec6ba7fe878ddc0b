import ArgumentParser
import Foundation
import Glibc
import Transparency

/// `sluice witness …`: watches other people's logs.
struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Watch transparency logs, and cosign what only grows.",
        discussion: """
            A witness remembers the largest tree of each log that it knows, and cosigns a checkpoint only if that tree is \
            its beginning. A log that shows different people different histories needs a witness that helps it; that \
            is why clients ask for the cosignatures of several, run by others than the log.

            Example:
              sluice log key --witness witness.example/one > witness.key
              sluice witness serve --key witness.key --log "gateway.example/log+1f2e3d4c+AQ..."
            """,
        subcommands: [Serve.self])

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answer add-checkpoint requests (c2sp.org/tlog-witness).",
            discussion: """
                POST /add-checkpoint, as the specification says. What it has cosigned is stored, and on the disk, before \
                the answer leaves. GET /checkpoint/NAME, where NAME is the SHA-256 of a log's origin in hexadecimal, \
                gives the newest cosigned checkpoint, for auditors.
                """)

        @Option(help: "The file with the witness's key ('sluice log key --witness NAME').")
        var key: String
        @Option(name: .customLong("log"), help: "A log's verifier key; give it once for each log.")
        var logs: [String] = []
        @Option(help: "A file with a verifier key on each line; empty lines and those that begin with # do not count.")
        var logsFile: String?
        @Option(help: "Where the cosigned checkpoints are kept.")
        var directory = "var/witness"
        @Option(help: "Where to listen, as ADDRESS:PORT; port 0 takes a free one.")
        var listen = "127.0.0.1:8090"

        func run() async throws {
            guard let witness = Witness(signer: try LogFile.signer(key), logs: try known()) else {
                throw CommandProblem("'\(key)' is a log's key; 'sluice log key --witness NAME' makes a witness's")
            }
            guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
                (0...65_535).contains(port)
            else { throw ValidationError("--listen is ADDRESS:PORT.") }
            let store = try WitnessStore(directory: directory)
            let server = WitnessServer(witness: witness, store: store)
            try await server.run(host: String(listen[..<colon]), port: port) { address in
                print("witness \(witness.key) listening \(address)")
                fflush(nil)
            }
        }

        private func known() throws -> [VerifierKey] {
            var lines = logs
            if let logsFile {
                lines += String(decoding: try LogFile.bytes(logsFile), as: UTF8.self).split(separator: "\n").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
            }
            guard !lines.isEmpty else { throw ValidationError("Name a log with --log or --logs-file.") }
            return try lines.map { line in
                do {
                    return try VerifierKey(line)
                } catch {
                    throw CommandProblem("'\(line.prefix(60))': \(error)")
                }
            }
        }
    }
}
