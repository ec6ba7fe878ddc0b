import ArgumentParser
import ExportControl
import Foundation

/// `sluice export …`: chips, owners and compute under the export rules.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Classify chips, see through owners, count compute: under dated export rules.",
        discussion: """
            Every answer names the clause, the numbers and what is missing; an unknown value that could change an \
            answer makes it "undetermined". None of this is legal advice.

            Example:
              sluice export classify --chips chips.csv --cases cases.csv
              sluice export ownership --cases ownership.jsonl
              sluice export rules --rules current
            """,
        subcommands: [Classify.self, Rules.self])

    struct Classify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Classify chips and memory stacks for a destination.",
            discussion: """
                In batches: --chips is a CSV with vendor, name, market, tpp (or fp16_dense_tflops, fp8_dense_tflops, \
                int8_dense_tops, fp4_dense_tflops), die_area_mm2, performance_density, memory_bw_gbs, \
                interconnect_gbs, release_date; and, if you have them, item_kind and designer_hq. --cases is a CSV with \
                vendor, name, rule_version (2022, 2023, diffusion-2025, current), destination; and, if you have them, \
                headquarters, ultimate_parent, as_of. One JSON object per case goes to standard output. A blank cell is \
                an unknown value; a column that is not there is taken for granted as each answer says.

                One at a time: give the numbers themselves. What you do not give is unknown.

                Example:
                  sluice export classify --tpp 4992 --die-area 826 --interconnect 600 --memory-bandwidth 2039 \\
                    --vendor NVIDIA --market datacenter --to CN --headquarters CN --parent CN

                Ends with status 1 when a cell could not be read; the answers say which.
                """)

        @Option(help: "A CSV of chips.")
        var chips: String?
        @Option(help: "A CSV of cases.")
        var cases: String?
        @OptionGroup var single: SingleItem

        func run() throws {
            if chips != nil || cases != nil {
                guard let chips, let cases else { throw ValidationError("--chips and --cases go together.") }
                try batch(chips, cases)
            } else {
                try single.run()
            }
        }

        private func batch(_ chips: String, _ cases: String) throws {
            let items = try ExportFile.table(chips, ItemReader.init).items()
            let asked = try ExportFile.table(cases, ClassificationCase.read)
            let batch = ClassificationBatch(items)
            var output = ExportOutput()
            var problems = 0
            for one in asked {
                let answer = batch.answer(one)
                if !answer.problems.isEmpty || !one.problems.isEmpty { problems += 1 }
                output.line(answer.json(for: one).json)
            }
            output.flush()
            guard problems > 0 else { return }
            FileHandle.standardError.write(
                Data("\(problems) of \(asked.count) answers name a problem with the input.\n".utf8))
            throw ExitCode(1)
        }
    }

    struct SingleItem: ParsableArguments {
        @Option(help: "The maker.")
        var vendor: String?
        @Option(help: "The product's name.")
        var name: String?
        @Option(help: "processor, hbm_stack, computer, model_weights, manufacturing_equipment or other.")
        var kind = "processor"
        @Option(help: "datacenter, consumer, workstation, console …")
        var market: String?
        @Option(help: "Total processing performance: dense TOPS times bits, the largest.")
        var tpp: String?
        @Option(help: "Applicable die area in mm²; for a memory stack that of its package.")
        var dieArea: String?
        @Option(help: "Memory bandwidth in GB/s.")
        var memoryBandwidth: String?
        @Option(help: "I/O to other ICs, both directions together, in GB/s.")
        var interconnect: String?
        @Option(help: "The destination: an ISO code (AE), or a subdivision's (UA-43).")
        var to: String?
        @Option(help: "Where the buyer is headquartered.")
        var headquarters: String?
        @Option(help: "Where the buyer's ultimate parent is headquartered.")
        var parent: String?
        @Option(help: "A day (2026-01-31), where the answer depends on it.")
        var asOf: String?
        @Option(help: "The rule version; every one if none is given.")
        var rules: String?
        @Flag(help: "Write one JSON object per version.")
        var json = false

        func run() throws {
            guard let to else {
                throw ValidationError("Give --chips and --cases, or an item's numbers and --to. See --help.")
            }
            let versions = try rules.map { [try ExportFile.version($0)] } ?? RuleVersion.allCases
            let reader = try ItemReader(
                CellTable(cells: [
                    ("vendor", vendor ?? ""), ("name", name ?? ""), ("item_kind", kind), ("market", market ?? ""),
                    ("tpp", tpp ?? ""), ("die_area_mm2", dieArea ?? ""), ("memory_bw_gbs", memoryBandwidth ?? ""),
                    ("interconnect_gbs", interconnect ?? ""), ("designer_hq", ""),
                ]))
            var output = ExportOutput()
            for version in versions {
                let table = CellTable(cells: [
                    ("vendor", vendor ?? ""), ("name", name ?? ""), ("rule_version", version.rawValue),
                    ("destination", to), ("headquarters", headquarters ?? ""), ("ultimate_parent", parent ?? ""),
                    ("as_of", asOf ?? ""),
                ])
                for asked in try ClassificationCase.read(table) {
                    guard let item = reader.items().first?.item, let rules = asked.rules else { continue }
                    let answer = Classifier(rules).classify(item, to: asked.consignment)
                    if json {
                        output.line(answer.json(for: asked).json)
                    } else {
                        answer.lines(for: asked).forEach { output.line($0) }
                    }
                }
            }
            if !json { output.line(Notice.text) }
            output.flush()
        }
    }

    struct Rules: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the rule book: clauses, thresholds, dates, countries, sources.",
            discussion: "What is stated from memory is marked so.")

        @Option(help: "One version: 2022, 2023, diffusion-2025 or current.")
        var rules: String?
        @Flag(help: "Write one JSON object per version.")
        var json = false

        func run() throws {
            let versions = try rules.map { [try ExportFile.version($0)] } ?? RuleVersion.allCases
            var output = ExportOutput()
            for version in versions {
                let edition = RuleBook.edition(version)
                if json {
                    output.line(edition.json.json)
                } else {
                    edition.lines.forEach { output.line($0) }
                    output.line("")
                }
            }
            if !json {
                PlaceGroups.lines.forEach { output.line($0) }
                output.line(Notice.text)
            }
            output.flush()
        }
    }
}

/// What the export commands read from files.
enum ExportFile {
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read '\(path)'")
        }
        return Array(data)
    }

    /// A table, with the file's name before what is wrong with it.
    static func table<Result>(
        _ path: String, _ read: (CellTable) throws(CellTable.Problem) -> Result
    ) throws -> Result {
        let bytes = try bytes(path)
        do throws(CellTable.Problem) {
            return try read(try CellTable(bytes))
        } catch {
            throw CommandProblem("\(path), \(error)")
        }
    }

    static func version(_ name: String) throws -> RuleVersion {
        guard let version = RuleVersion(rawValue: name) else {
            let known = RuleVersion.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(name)' is no rule version; there are \(known).")
        }
        return version
    }
}

/// Lines for standard output, written in large pieces.
struct ExportOutput {
    private var waiting = Data()

    mutating func line(_ text: String) {
        waiting.append(contentsOf: text.utf8)
        waiting.append(0x0A)
        if waiting.count > 1 << 16 { flush() }
    }

    mutating func flush() {
        FileHandle.standardOutput.write(waiting)
        waiting.removeAll(keepingCapacity: true)
    }
}
