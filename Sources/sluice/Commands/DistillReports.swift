import ArgumentParser
import Distillation
import Foundation

extension DistillCommand {
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what ties the accounts of a campaign together.",
            discussion: """
                Scans the log again and explains one of the campaigns that 'scan' names: in words, with counts, a \
                timeline and, with --picture, a graph of who shares what. Ends with status 1 if there is none of that name.

                Example:
                  sluice distill explain campaign-1 log.jsonl.gz --orgs orgs.csv --picture campaign-1.svg
                """)

        @Argument(help: "The campaign, as 'scan' names it.")
        var cluster: String
        @Argument(help: "The log.")
        var log: String
        @OptionGroup var context: Context
        @Option(help: "Where a picture goes, as SVG.")
        var picture: String?
        @Flag(help: "Write one JSON object.")
        var json = false

        func run() async throws {
            var watch = TrafficWatch(try context.traffic(), organisations: try context.organisations())
            try ExchangeLogReader(path: log, isQuiet: false).feedOnce(&watch)
            guard let explanation = watch.explain(cluster) else {
                let count = watch.assessment.campaigns.count
                FileHandle.standardError.write(
                    Data("there is no '\(cluster)' in this log: it has \(count) campaigns, campaign-1 and so on\n".utf8)
                )
                throw ExitCode(1)
            }
            print(json ? explanation.json : explanation.lines.joined(separator: "\n"))
            if let picture { try writeFile(Data(explanation.svg.utf8), to: picture) }
        }
    }

    struct IndicatorsCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "indicators",
            abstract: "Share and use the signatures of campaigns, as STIX 2.1, hashes only.",
            subcommands: [Export.self, Check.self])

        struct Export: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Write the signatures of a log's campaigns as a STIX 2.1 bundle.",
                discussion: "The bundle has keyed hashes and counters: no text, account, organisation or address.")

            @Argument(help: "The log.")
            var log: String
            @OptionGroup var context: Context
            @Option(help: "Where the bundle goes; standard output if not given.")
            var out: String?

            func run() async throws {
                var watch = TrafficWatch(try context.traffic(), organisations: try context.organisations())
                try ExchangeLogReader(path: log, isQuiet: false).feedOnce(&watch)
                let names = watch.assessment.campaigns.indices.map { "campaign-\($0 + 1)" }
                let found = names.compactMap { name in watch.explain(name).map { (name, $0.signature) } }
                let now = Int64(Date().timeIntervalSince1970 * 1000)
                try writeFile(Data(Indicators.bundle(found, now: now).utf8), to: out)
            }
        }

        struct Check: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Look for the campaigns of a bundle among the accounts of a log.",
                discussion: """
                    Writes a line {"account_id", "indicator", "likeness"} for each account that looks like a member; \
                    likeness is about 1 for a member. Works on accounts with a few exchanges, so it recognises \
                    replacements early. The key must be the one of the export. Ends with status 1 when one was found.
                    """)

            @Argument(help: "The bundle.")
            var bundle: String
            @Argument(help: "The log.")
            var log: String
            @OptionGroup var key: Key
            @Option(help: "The least likeness to report, in 0…1.")
            var least = 0.7

            func run() async throws {
                let signatures = try load()
                var traffic = TrafficSketch(hash: try key.hash)
                guard signatures.allSatisfy({ $0.1.key == traffic.hash.fingerprint }) else {
                    throw CommandProblem("'\(bundle)' was made with another key; give that one with --key-file")
                }
                try ExchangeLogReader(path: log, isQuiet: false).each(hash: traffic.hash) { exchange, features in
                    traffic.add(exchange, features)
                }
                var hits = 0
                for sketch in traffic.accounts {
                    let likeness = signatures.map { ($0.0, $0.1.likeness(of: sketch)) }
                    guard let best = likeness.max(by: { $0.1 < $1.1 }), best.1 >= least else { continue }
                    hits += 1
                    let rounded = (best.1 * 1000).rounded() / 1000
                    let row = ["account_id": sketch.id, "indicator": best.0]
                    let text = row.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(json($0.value))" }
                    print("{\(text.joined(separator: ",")),\"likeness\":\(rounded)}")
                }
                if hits > 0 { throw ExitCode(1) }
            }

            private func json(_ text: String) -> String {
                let data = try? JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed)
                return String(decoding: data ?? Data("\"\"".utf8), as: UTF8.self)
            }

            private func load() throws -> [(String, CampaignSignature)] {
                guard let data = FileManager.default.contents(atPath: bundle),
                    let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                    object["type"] as? String == "bundle", let objects = object["objects"] as? [[String: Any]]
                else { throw CommandProblem("'\(bundle)' is no STIX bundle") }
                return try objects.compactMap { entry in
                    guard entry["type"] as? String == "indicator",
                        entry["pattern_type"] as? String == Indicators.patternType
                    else { return nil }
                    guard let pattern = entry["pattern"] as? String, let id = entry["id"] as? String else {
                        throw CommandProblem("'\(bundle)': an indicator lacks its id or pattern")
                    }
                    do throws(SketchError) {
                        return (id, try Indicators.signature(pattern: pattern))
                    } catch {
                        throw CommandProblem("'\(bundle)', \(id): \(error)")
                    }
                }
            }
        }
    }
}
