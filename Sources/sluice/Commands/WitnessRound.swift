import ArgumentParser
import Foundation
import NIOCore
import Transparency

/// Asks the witnesses of a policy to cosign a log's newest checkpoint.
struct WitnessRound {
    let policy: WitnessPolicy
    /// What each witness has cosigned last, as far as this program knows.
    private var sizes: [String: UInt64] = [:]
    /// What went wrong with each witness that did not cosign.
    private(set) var problems: [String] = []

    init(policy: WitnessPolicy) {
        self.policy = policy
    }

    /// Adds to a checkpoint the cosignatures of every witness that gives one; all are asked at once.
    ///
    /// - Throws: what reading the log's files throws.
    mutating func cosign(_ note: SignedNote, files: inout LogFiles) throws -> SignedNote {
        var note = note
        let size = try Checkpoint(text: note.text).size
        problems = []
        var left = policy.witnesses.filter { $0.url != nil }
        // A witness that stands elsewhere than was thought says where, and is asked again.
        for _ in 0..<3 where !left.isEmpty {
            var asked: [(witness: WitnessPolicy.Party, answer: EventLoopFuture<HTTPCall.Answer>)] = []
            for witness in left {
                let old = min(sizes[witness.name] ?? 0, size)
                let request = AddCheckpoint(
                    old: old, proof: try files.consistency(from: old, to: size),
                    checkpoint: SignedNote(text: note.text, signatures: note.signatures))
                let url = (witness.url ?? "") + ((witness.url ?? "").hasSuffix("/") ? "" : "/") + "add-checkpoint"
                do {
                    asked.append(
                        (witness, try HTTPCall.post(url, body: Array(request.body.utf8), seconds: 5)))
                } catch {
                    problems.append("\(witness.name): \(error)")
                }
            }
            left = []
            for (witness, answer) in asked {
                do {
                    if try take(answer.wait(), witness, size, &note) { left.append(witness) }
                } catch {
                    problems.append("\(witness.name): \(error)")
                }
            }
        }
        return note
    }

    /// Takes an answer; true if the witness has to be asked again.
    private mutating func take(
        _ answer: HTTPCall.Answer, _ witness: WitnessPolicy.Party, _ size: UInt64, _ note: inout SignedNote
    ) throws -> Bool {
        switch answer.status {
        case 200:
            note.add(try Witness.cosignatures(in: answer.body, over: note, by: witness.key))
            sizes[witness.name] = size
            return false
        case 409:
            let text = String(decoding: answer.body, as: UTF8.self)
            guard text.hasSuffix("\n"), let known = Decimal.parse(text.dropLast()), known <= size else {
                throw CommandProblem(
                    "it has already cosigned a tree of \(text.prefix(24)), which is larger than \(size)")
            }
            sizes[witness.name] = known
            return true
        default:
            throw CommandProblem("status \(answer.status): \(String(decoding: answer.body.prefix(200), as: UTF8.self))")
        }
    }
}

extension LogCommand {
    struct Cosign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the witnesses of a policy to cosign the newest checkpoint.",
            discussion: """
                Sends the checkpoint in DIRECTORY to each witness of the policy that has a URL, and replaces it by one \
                with their cosignatures if the policy's quorum is met. Ends with status 1 if it is not.
                """)

        @Option(help: "The public log's directory.")
        var directory = "var/log"
        @Option(help: "The policy: logs, witnesses with URLs, groups and a quorum (c2sp.org/tlog-policy).")
        var policy: String

        func run() async throws {
            var round = WitnessRound(policy: try LogFile.policy(policy, key: nil))
            var files = try LogFile.files(directory)
            let note = try round.cosign(files.checkpoint(), files: &files)
            for problem in round.problems { FileHandle.standardError.write(Data("\(problem)\n".utf8)) }
            do {
                let (_, cosignatures) = try round.policy.verify(note)
                try Data(note.description.utf8).write(
                    to: URL(fileURLWithPath: directory + "/checkpoint"), options: .atomic)
                print("cosigned by \(cosignatures.map(\.key.name).joined(separator: ", "))")
            } catch let error as NoteError {
                FileHandle.standardError.write(Data("\(error)\n".utf8))
                throw ExitCode(1)
            }
        }
    }
}
