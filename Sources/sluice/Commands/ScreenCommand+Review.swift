import ArgumentParser
import ExportControl
import Foundation

extension ScreenCommand {
    struct Review: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Screen applicants and decide the hits.",
            discussion: """
                Keeps the cases in one file. A decision stands until the listed entry or the applicant changes; then the \
                case is open again. A hit by a number asks for a hold at once, a hit by name only for a person's look.

                Example:
                  sluice screen review run --applicants applicants.jsonl
                  sluice screen review list
                  sluice screen review clear "acme/OFAC/1234" --by rosa --reason "other registration number"
                """,
            subcommands: [Run.self, List.self, Clear.self, Confirm.self])

        struct File: ParsableArguments {
            @Option(help: "The file of the cases.")
            var cases = "var/screening-cases.json"

            func read() throws -> ScreeningReviews {
                guard FileManager.default.fileExists(atPath: cases) else { return ScreeningReviews() }
                do {
                    return try JSONDecoder().decode(ScreeningReviews.self, from: try ScreenCommand.read(cases))
                } catch is DecodingError {
                    throw CommandProblem("'\(cases)' is no file of cases, or is damaged")
                }
            }

            /// Replaces the file by a rename.
            func write(_ reviews: ScreeningReviews) throws {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                let url = URL(fileURLWithPath: cases)
                do {
                    let folder = url.deletingLastPathComponent()
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    try encoder.encode(reviews).write(to: url, options: .atomic)
                } catch {
                    throw CommandProblem("cannot write '\(cases)'")
                }
            }
        }

        struct Run: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Screen applicants against the imported lists.",
                discussion: """
                    Applicants are JSON lines: {"id", "name", "aliases", "type", "country", "ids"}. Ends with status 1 if \
                    a case was opened.
                    """)

            @Option(help: "The applicants, one JSON object a line.")
            var applicants: String
            @Option(help: "The directory of the imported lists.")
            var directory = "var/lists"
            @OptionGroup var file: File
            @Option(help: "Leave out hits below this score.")
            var floor: Float = 0.5
            @Flag(help: "Write the opened cases as JSON lines.")
            var json = false

            func run() async throws {
                let applicants = try ScreenCommand.parties(applicants)
                let archive = ListArchive(directory: directory)
                var reviews = try file.read()
                var opened: [String] = []
                let now = ISO8601DateFormatter().string(from: Date())
                let bar = ProgressBar()
                for name in try archive.lists() {
                    guard let stored = try archive.current(name) else { continue }
                    var screener = Screener(ScreeningIndex(stored.parties))
                    for (place, applicant) in applicants.enumerated() {
                        let subject = ScreeningSubject(
                            names: applicant.names, kind: applicant.kind, countries: applicant.countries,
                            identifiers: applicant.identifiers.map(\.value))
                        let hits = screener.search(subject, floor: floor)
                        opened += reviews.take(
                            hits, in: screener.index, applicant: applicant.id, subject: subject,
                            version: stored.version,
                            at: now)
                        bar.show(name, Double(place + 1) / Double(applicants.count))
                    }
                }
                bar.clear()
                try file.write(reviews)
                show(opened.compactMap { reviews.cases[$0] }, json: json)
                if !opened.isEmpty { throw ExitCode(1) }
            }
        }

        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "List the open cases, or all.")

            @OptionGroup var file: File
            @Flag(help: "List the decided ones too.")
            var all = false
            @Flag(help: "Write JSON lines.")
            var json = false

            func run() async throws {
                let reviews = try file.read()
                show(all ? reviews.cases.values.sorted { $0.id < $1.id } : reviews.open, json: json)
            }
        }

        struct Clear: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Say that an applicant is not the listed party.")
            @OptionGroup var decision: Decision
            func run() async throws { try decision.take(.cleared) }
        }

        struct Confirm: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Say that an applicant is the listed party.")
            @OptionGroup var decision: Decision
            func run() async throws { try decision.take(.confirmed) }
        }

        struct Decision: ParsableArguments {
            @Argument(help: "The case's id.")
            var id: String
            @Option(help: "Who decides.")
            var by: String
            @Option(help: "Why.")
            var reason: String
            @OptionGroup var file: File

            func take(_ outcome: ScreeningReviews.Outcome) throws {
                var reviews = try file.read()
                do {
                    try reviews.decide(
                        id, outcome, by: by, reason: reason, at: ISO8601DateFormatter().string(from: Date()))
                } catch {
                    throw CommandProblem("\(error)")
                }
                try file.write(reviews)
                print("\(id): \(outcome.rawValue)")
            }
        }
    }
}

/// Prints cases, one each line.
private func show(_ cases: [ScreeningReviews.Case], json: Bool) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for found in cases {
        if json {
            guard let data = try? encoder.encode(found) else { continue }
            print(String(decoding: data, as: UTF8.self))
        } else {
            let hold = found.asksForHold ? "  HOLD" : ""
            print(
                String(format: "%-9@ %.3f  ", found.state.rawValue as NSString, found.score)
                    + "\(found.id)  \(found.name)\(hold)")
        }
    }
}
