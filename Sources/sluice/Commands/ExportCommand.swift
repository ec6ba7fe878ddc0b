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
        subcommands: [Classify.self, Ownership.self, Compute.self, Rules.self])

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

    struct Ownership: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "See through owners: ultimate parent, 50 % rules, headquarters rule, the group's compute.",
            discussion: """
                Reads one JSON object a line: {"id", "edges": [{"owner", "owned", "pct", "from", "until", "control"}], \
                "listed": {party: list}, "query": party, "date": "2026-01-31", "hq": {party: "CN"}, "holdings": \
                {party: TPP}}. A pct of null is an unknown share. Writes {"id", "result", "path", "remarks", \
                "missing"}; if a line has "expected", the result has its keys, else all of them. The date decides which \
                rules are in force: see `sluice export rules`.

                Example:
                  echo '{"id":1,"edges":[{"owner":"L","owned":"A","pct":60}],"listed":{"L":"BIS Entity List"},\
                "query":"A","date":"2025-10-15"}' | sluice export ownership --cases /dev/stdin

                For a whole register: --edges is a CSV with owner, owned, pct and, if you have them, from, until, \
                control; --lists a CSV with party, list. Every party is written with its ultimate parent and whether a \
                50 % rule reaches it. --changes (a CSV like --edges) sets edges one after another behind that; with \
                --time, the times are said on standard error.

                Ends with status 1 when a line could not be read.
                """)

        @Option(help: "A file of cases, one JSON object a line.")
        var cases: String?
        @OptionGroup var register: OwnershipRegister

        func run() throws {
            guard let cases else { return try register.run() }
            var output = ExportOutput()
            var problems = 0
            for (index, line) in try ExportFile.lines(cases) {
                do throws(OwnershipCase.Problem) {
                    let asked = try OwnershipCase(line)
                    output.line(asked.json(asked.question.answer()).json)
                } catch {
                    problems += 1
                    output.line(
                        ExactJSON.object([
                            ("line", .number(String(index))), ("field", .string(error.field)),
                            ("error", .string(error.message)),
                        ]).json)
                }
            }
            output.flush()
            if problems > 0 { throw ExitCode(1) }
        }
    }

    struct Compute: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Count compute by ultimate parent, country and year; find split purchases and signs of diversion.",
            discussion: """
                --customers: JSON lines {"id", "name", "hq", "role", "owners", "addresses", "address_kind", "payments", \
                "payment_countries", "devices", "usage", "first_advanced_purchase", "facts"}. --orders: JSON lines \
                {"customer", "date", "tpp", "quantity", "destination", "declared_as", "rerouted"}. --edges, a CSV as in \
                `export ownership`, puts customers under their ultimate parents.

                Writes JSON lines of four kinds: "sum" (parent, country, year), "usage" (a sum against a cap of the \
                rule version), "structuring" (linked customers, each below the limit that they pass together) and \
                "red_flag" (one of the eleven published signs, with its evidence).

                Example:
                  sluice export compute --customers customers.jsonl --orders orders.jsonl --rules diffusion-2025

                Ends with status 1 when a cap is passed or a split purchase is found.
                """)

        @Option(help: "A file of customers, one JSON object a line.")
        var customers: String
        @Option(help: "A file of orders, one JSON object a line.")
        var orders: String
        @Option(help: "A CSV of who owns whom.")
        var edges: String?
        @Option(help: "The day on which shares count (2026-01-31); the newest order's if none is given.")
        var on: String?
        @Option(help: "The rule version whose caps count.")
        var rules = RuleVersion.diffusion2025.rawValue
        @Option(help: "What one buyer may take within a year, in TPP, for finding split purchases.")
        var limit: Int?

        func run() throws {
            let version = try ExportFile.version(rules)
            let customers = try ExportFile.objects(customers, ComputeReader.customer)
            let orders = try ExportFile.objects(orders, ComputeReader.order)
            if let on, CalendarDay(on) == nil { throw ValidationError("--on takes a day: 2026-01-31.") }
            let day = on.flatMap { CalendarDay($0) } ?? orders.map(\.day).max()
            let graph = try edges.map {
                OwnershipGraph(try ExportFile.table($0, OwnershipTable.records), listed: [], on: day)
            }
            let ledger = ComputeLedger(customers: customers, orders: orders, owners: graph)
            var settings = StructuringSearch.Settings()
            if let limit { settings.limit = Quantity(limit) }
            let schemes = StructuringSearch(settings).schemes(customers, orders)
            let usage = ledger.usage(under: version)
            var output = ExportOutput()
            (ledger.sumLines + usage.map(\.json) + schemes.map(\.json)).forEach { output.line($0.json) }
            let bought = Dictionary(grouping: orders, by: \.customer)
            for customer in customers {
                for evidence in DiversionFlag.evidence(of: customer, bought[customer.id] ?? []) {
                    output.line(evidence.json(of: customer.id).json)
                }
            }
            output.flush()
            if ledger.strayOrders > 0 {
                FileHandle.standardError.write(
                    Data("\(ledger.strayOrders) orders name a customer that is not there; they count nowhere.\n".utf8))
            }
            if !schemes.isEmpty || usage.contains(where: \.isOver) { throw ExitCode(1) }
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
