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
            load spread as a scheduler spreads it, the same rare questions. No single kind of evidence is enough. \
            Nothing here acts on an account, and no text is kept.

            Example:
              sluice distill scan log.jsonl.gz --orgs orgs.csv --meta meta.json --out predictions.jsonl
              sluice distill explain campaign-1 log.jsonl.gz --orgs orgs.csv --meta meta.json --picture campaign-1.svg
            """,
        subcommands: [Scan.self, Sketch.self, Merge.self, Cluster.self])

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

        func traffic() throws -> TrafficSketch { TrafficSketch(hash: try key.hash, releases: try releases(meta)) }
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
            let reader = LogReader(path: log, isQuiet: quiet)
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
            var traffic = TrafficSketch(hash: try key.hash, releases: try releases(meta))
            try LogReader(path: log, isQuiet: true).each(hash: traffic.hash) { exchange, features in
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
private func releases(_ path: String?) throws -> [(model: String, time: Int64)] {
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

/// Reads a log line by line, with a progress bar and an account of what could not be read.
private final class LogReader {
    private let path: String
    private let isQuiet: Bool
    private var refused = 0
    private var lines = 0
    private var spent = Duration.zero

    init(path: String, isQuiet: Bool) {
        self.path = path
        self.isQuiet = isQuiet
    }

    /// Feeds a watch; while one thread looks, the other reads on.
    func feed(_ watch: inout TrafficWatch) throws {
        let hash = watch.traffic.hash
        let looking = Looking()
        try each(hash: hash) { exchange, features in
            guard watch.takeOnly(exchange, features) else { return }
            looking.finish(&watch)
            looking.start(watch.begin())
        }
        looking.finish(&watch)
        watch.look()
    }

    func each(
        hash: KeyedHash, _ body: (borrowing Exchange, borrowing PromptFeatures) -> Void
    ) throws {
        let clock = ContinuousClock()
        let begin = clock.now
        var problem: ReadingError?
        do throws(ReadingError) {
            let source = try LineSource(path: path)
            let showsBar = !isQuiet && isatty(STDERR_FILENO) == 1 && source.size > 0
            var features = PromptFeatures(hash: hash)
            var parser = ExchangeParser()
            try source.forEachLine { number, bytes in
                lines += 1
                do throws(ReadingError) {
                    try parser.read(bytes, line: number) { exchange in
                        features.read(exchange.prompt)
                        body(exchange, features)
                    }
                } catch {
                    refused += 1
                    if !isQuiet, refused <= 5 { say("\(error)\n") }
                }
                if showsBar, lines & 0x3FFF == 0 { bar(source.bytesRead, of: source.size) }
                return true
            }
            if showsBar { say("\r\u{1B}[K") }
        } catch {
            problem = error
        }
        spent = clock.now - begin
        if let problem { throw CommandProblem("\(path): \(problem)") }
        if lines > 0, refused == lines { throw CommandProblem("\(path): no line could be read as an exchange") }
    }

    func report(_ watch: TrafficWatch) {
        let seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        let flagged = watch.assessment.campaigns.reduce(0) { $0 + $1.members.count }
        var text = "\(watch.traffic.exchanges) exchanges of \(watch.traffic.accounts.count) accounts"
        if watch.traffic.doubles > 0 { text += ", \(watch.traffic.doubles) doubles left out" }
        if refused > 0 { text += ", \(refused) lines refused" }
        text += String(format: "; %.0f a second, looked %d times\n", Double(lines) / max(seconds, 1e-9), watch.looks)
        text += "\(watch.assessment.campaigns.count) campaigns, \(flagged) accounts flagged\n"
        for (number, campaign) in watch.assessment.campaigns.enumerated() {
            let evidence = campaign.families.map(\.rawValue).sorted().joined(separator: ", ")
            text +=
                "  campaign-\(number + 1): \(campaign.members.count) accounts of \(campaign.organisations) organisations"
            text += String(format: ", log-odds %.1f: ", campaign.score) + evidence + "\n"
        }
        say(text)
    }

    private func bar(_ done: Int, of size: Int) {
        let share = min(1, Double(done) / Double(max(1, size)))
        let full = Int(share * 30)
        let line = String(repeating: "#", count: full) + String(repeating: ".", count: 30 - full)
        say("\r[\(line)] \(Int(share * 100)) %")
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// One look at a time on a thread of its own.
private final class Looking: @unchecked Sendable {
    // Safe: `found` is written before the signal and read after the wait.
    private let done = DispatchSemaphore(value: 0)
    private var current: TrafficWatch.Look?
    private var found: Assessment?

    func start(_ look: TrafficWatch.Look) {
        current = look
        DispatchQueue.global().async { [self] in
            found = look.search()
            done.signal()
        }
    }

    func finish(_ watch: inout TrafficWatch) {
        guard let look = current else { return }
        done.wait()
        if let found { watch.end(found, of: look) }
        (current, found) = (nil, nil)
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
    try write(base64 ? data.base64EncodedData() + Data("\n".utf8) : data, to: path)
}

private func write(_ lines: [String], to path: String?) throws {
    let text = Data(lines.joined(separator: "\n").utf8) + Data(lines.isEmpty ? "".utf8 : "\n".utf8)
    try write(path?.hasSuffix(".gz") == true ? Data(gzip(Array(text))) : text, to: path)
}

private func write(_ data: Data, to path: String?) throws {
    guard let path else { return FileHandle.standardOutput.write(data) }
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw CommandProblem("cannot write '\(path)'; check that its directory exists and may be written")
    }
}
