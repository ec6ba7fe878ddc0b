import ArgumentParser
import Dispatch
import Distillation
import Foundation

/// `sluice distill …`: finds accounts that extract the model together.
struct DistillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill",
        abstract: "Find groups of accounts that extract the model together.",
        discussion: """
            Reads a log of exchanges and says which accounts belong to one operation, with the evidence: cards, \
            addresses, clients and wording that unrelated organisations share, sign-ups and first uses close together, \
            load spread as a scheduler spreads it, the same rare questions. No single kind of evidence is enough, \
            and no text is kept.

            A running server watches its own traffic: watch, review, respond, approve, release, confirm and shared speak \
            to it. The others read logs and act on nobody.

            Example:
              sluice distill scan log.jsonl.gz --orgs orgs.csv --meta meta.json --out predictions.jsonl
              sluice distill explain campaign-1 log.jsonl.gz --orgs orgs.csv --meta meta.json --picture campaign-1.svg
              sluice distill review
            """,
        subcommands: [
            Scan.self, Explain.self, Sketch.self, Merge.self, Cluster.self, IndicatorsCommand.self, Test.self,
            Canaries.self, Watch.self, Review.self, Respond.self, Approve.self, Release.self, Confirm.self, Shared.self,
        ])

    /// What is known beside the log.
    struct Context: ParsableArguments {
        @Option(help: "What is known of the organisations, as CSV: org_id, created_ms, plan, verified, contract.")
        var orgs: String
        @Option(help: "The models and when each came out, as JSON.")
        var meta: String?
        @OptionGroup var key: Key

        func organisations() throws -> [String: OrganisationRecord] {
            guard let data = FileManager.default.contents(atPath: orgs) else {
                throw CommandProblem("cannot read the organisations '\(orgs)'; give a CSV file with --orgs")
            }
            do throws(ReadingError) {
                return try OrganisationRecord.read(csv: String(decoding: data, as: UTF8.self), path: orgs)
            } catch {
                throw CommandProblem("\(error)")
            }
        }

        func traffic() throws -> TrafficSketch { TrafficSketch(hash: try key.hash, releases: try modelReleases(meta)) }
    }

    /// The key of all hashes.
    struct Key: ParsableArguments {
        @Option(
            help: """
                A file with the secret that all hashes are made with. Sketches can be merged only if made with one \
                secret. Without it a fixed one is used, and whoever writes prompts could make them collide.
                """)
        var keyFile: String?

        var hash: KeyedHash {
            get throws {
                guard let keyFile else { return KeyedHash(secret: "sluice distill: no secret was given") }
                guard let data = FileManager.default.contents(atPath: keyFile), data.count >= 16 else {
                    throw CommandProblem("'\(keyFile)' must be a readable file of at least 16 random bytes")
                }
                return KeyedHash(secret: data.map { String($0, radix: 16) }.joined(separator: ","))
            }
        }
    }

    struct Scan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a log in order and write a verdict for each account.",
            discussion: """
                The log is JSON Lines, plain or gzip ('-' is standard input), in the order of time. Each line of the \
                output is {"account_id", "cluster_id", "score", "flagged", "detected_at"}. detected_at is the moment of \
                the exchange after which the account was flagged, from what came before it alone. Lines that cannot be \
                read are counted and reported, and the scan goes on. Ends with status 1 when something was found.
                """)

        @Argument(help: "The log.")
        var log: String
        @OptionGroup var context: Context
        @Option(help: "Where the verdicts go; standard output if not given. A name ending in .gz is compressed.")
        var out: String?
        @Option(help: "Families of evidence to leave out, to see what each is worth: \(familyNames).")
        var without: [String] = []
        @Flag(help: "Say nothing on standard error.")
        var quiet = false

        func run() async throws {
            var watch = TrafficWatch(try context.traffic(), organisations: try context.organisations())
            watch.removed = try families(without)
            let reader = ExchangeLogReader(path: log, isQuiet: quiet)
            try reader.feed(&watch)
            try write(watch.verdicts().map(\.json), to: out)
            if !quiet { reader.report(watch) }
            if !watch.assessment.campaigns.isEmpty { throw ExitCode(1) }
        }
    }

    struct Sketch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turn a part of a log into a sketch that can be merged with others.",
            discussion: """
                Reads exchanges as JSON Lines and writes one sketch, a few kilobytes an account and no text. Parts may be \
                cut anywhere. With --base64 the sketch is one line of text, so that an engine that pipes records can \
                carry it.

                Example:
                  zcat part-07.jsonl.gz | sluice distill sketch - --meta meta.json --out part-07.sketch
                """)

        @Argument(help: "The part of the log; '-' is standard input.")
        var log = "-"
        @Option(help: "The models and when each came out, as JSON.")
        var meta: String?
        @OptionGroup var key: Key
        @Option(help: "Where the sketch goes; standard output if not given.")
        var out: String?
        @Flag(help: "Write one line of base64.")
        var base64 = false

        func run() async throws {
            var traffic = TrafficSketch(hash: try key.hash, releases: try modelReleases(meta))
            try ExchangeLogReader(path: log, isQuiet: true).each(hash: traffic.hash) { exchange, features in
                traffic.add(exchange, features)
            }
            try write(sketch: traffic, to: out, base64: base64)
        }
    }

    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Merge sketches into one.",
            discussion: "The order of the sketches and how they are grouped make no difference.")

        @Argument(help: "Sketch files; none, or '-', reads lines of base64 from standard input.")
        var sketches: [String] = []
        @OptionGroup var key: Key
        @Option(help: "Where the sketch goes; standard output if not given.")
        var out: String?
        @Flag(help: "Write one line of base64.")
        var base64 = false

        func run() async throws {
            try write(sketch: try merged(sketches, hash: try key.hash), to: out, base64: base64)
        }
    }

    struct Cluster: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read sketches and write a verdict for each account.",
            discussion: """
                Gives the verdicts that 'scan' gives at the end of the same log. detected_at is the latest moment in the \
                sketches, since a sketch does not know what was clear when. Ends with status 1 when something was found.
                """)

        @Argument(help: "Sketch files; none, or '-', reads lines of base64 from standard input.")
        var sketches: [String] = []
        @OptionGroup var context: Context
        @Option(help: "Where the verdicts go; standard output if not given.")
        var out: String?

        func run() async throws {
            let traffic = try merged(sketches, hash: try context.key.hash)
            var watch = TrafficWatch(traffic, organisations: try context.organisations())
            watch.look()
            try write(watch.verdicts().map(\.json), to: out)
            if !watch.assessment.campaigns.isEmpty { throw ExitCode(1) }
        }
    }
}

private let familyNames = EvidenceFamily.allCases.map(\.rawValue).joined(separator: ", ")

/// The families with these names.
private func families(_ names: [String]) throws -> Set<EvidenceFamily> {
    Set(
        try names.flatMap { $0.split(separator: ",") }.map { name in
            guard let family = EvidenceFamily(rawValue: String(name)) else {
                throw ValidationError("'\(name)' is no family of evidence; there are \(familyNames).")
            }
            return family
        })
}

/// The models' dates from a meta file.
func modelReleases(_ path: String?) throws -> [(model: String, time: Int64)] {
    guard let path else { return [] }
    struct Meta: Decodable {
        struct Model: Decodable {
            let id: String
            let released_ms: Int64?
        }
        let models: [Model]?
    }
    guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandProblem("cannot read '\(path)'; give a JSON file with --meta, or leave it out")
    }
    do {
        let meta = try JSONDecoder().decode(Meta.self, from: data)
        return (meta.models ?? []).compactMap { model in model.released_ms.map { (model.id, $0) } }
    } catch {
        throw CommandProblem("'\(path)': models must be a list of {\"id\": text, \"released_ms\": number or null}")
    }
}

/// Merges sketch files, or lines of base64 from standard input.
private func merged(_ paths: [String], hash: KeyedHash) throws -> TrafficSketch {
    var traffic = TrafficSketch(hash: hash)
    func take(_ data: Data, _ name: String) throws {
        do throws(SketchError) {
            try traffic.merge(bytes: Array(data))
        } catch {
            throw CommandProblem("\(name): \(error)")
        }
    }
    guard !paths.isEmpty, paths != ["-"] else {
        var number = 0
        while let line = readLine(strippingNewline: true) {
            number += 1
            guard !line.isEmpty else { continue }
            guard let data = Data(base64Encoded: line) else {
                throw CommandProblem("standard input, line \(number): this is no base64")
            }
            try take(data, "standard input, line \(number)")
        }
        return traffic
    }
    for path in paths {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read the sketch '\(path)'")
        }
        try take(data, path)
    }
    return traffic
}

private func write(sketch: TrafficSketch, to path: String?, base64: Bool) throws {
    let data = Data(sketch.bytes())
    try writeFile(base64 ? data.base64EncodedData() + Data("\n".utf8) : data, to: path)
}

private func write(_ lines: [String], to path: String?) throws {
    let text = Data(lines.joined(separator: "\n").utf8) + Data(lines.isEmpty ? "".utf8 : "\n".utf8)
    try writeFile(path?.hasSuffix(".gz") == true ? Data(gzip(Array(text))) : text, to: path)
}

func writeFile(_ data: Data, to path: String?) throws {
    guard let path else { return FileHandle.standardOutput.write(data) }
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw CommandProblem("cannot write '\(path)'; check that its directory exists and may be written")
    }
}
