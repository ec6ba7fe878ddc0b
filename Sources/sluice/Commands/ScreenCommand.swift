import ArgumentParser
import ExportControl
import Foundation

/// `sluice screen …`: names against lists of restricted parties.
struct ScreenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Compare names with lists of restricted parties.",
        discussion: """
            A hit is a question to a person, never a verdict: it says which listed words were set against which words of \
            the name, and how likely both mean one party. Not legal advice.

            Example:
              sluice screen search "Example Trading Co., Ltd." --list parties.jsonl
            """,
        subcommands: [
            ImportList.self, Search.self, Batch.self, Queue.self, Clear.self, Confirm.self, ShowLists.self, Review.self,
            Measure.self,
        ])

    /// Reads a file whole.
    static func read(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read '\(path)'")
        }
        return data
    }

    /// The lists that are screened against: a file, or all that were imported.
    struct Lists: ParsableArguments {
        @Option(help: "A file of listed parties, one JSON object a line, instead of the imported lists.")
        var list: String?
        @Option(help: "The directory of the imported lists.")
        var directory = "var/lists"

        /// The parties, and what each list's version is called.
        func parties() throws -> (parties: [ListedParty], versions: [String: ListVersion]) {
            if let list { return (try ScreenCommand.parties(list), [:]) }
            let archive = ListArchive(directory: directory)
            var parties: [ListedParty] = []
            var versions: [String: ListVersion] = [:]
            for name in try archive.lists() {
                guard let stored = try archive.current(name) else { continue }
                parties += stored.parties
                for list in Set(stored.parties.map(\.list)) { versions[list] = stored.version }
            }
            guard !parties.isEmpty else {
                throw CommandProblem("no list was imported into '\(directory)'; import one, or name a file with --list")
            }
            return (parties, versions)
        }
    }

    /// The parties of a file in Sluice's own format.
    static func parties(_ path: String) throws -> [ListedParty] {
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        return try read(path).withUnsafeBytes { try PartyLines.read($0.bindMemory(to: UInt8.self), list: name) }
    }

    struct Batch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cases",
            abstract: "Answer test cases, a line for a line.",
            discussion: """
                Reads JSON lines of kind "search" ({"id", "kind", "query"}) and "pair" ({"id", "kind", "query", \
                "candidate"}) and writes for each, in order, {"id", "hits": [{"id", "score"}]} or {"id", "score", \
                "is_match"}. Scores are 0…1. A line that cannot be read ends the run with status 1 and names the line.

                Example: sluice screen cases --list parties.jsonl --cases match.jsonl > answers.jsonl
                """)

        @Option(help: "The listed parties, one JSON object a line.")
        var list: String
        @Option(help: "The cases, one JSON object a line.")
        var cases: String
        @Option(help: "Leave out hits below this score.")
        var floor: Float = 0.01
        @Flag(help: "Add the features of each answer, in the order that Tools/fit-screening.py expects.")
        var evidence = false

        func run() async throws {
            let index = ScreeningIndex(try ScreenCommand.parties(list))
            var answers = ScreeningCases(index, floor: floor, withEvidence: evidence)
            let data = try ScreenCommand.read(cases)
            let bar = ProgressBar()
            var output = Data()
            try data.withUnsafeBytes { raw in
                let bytes = raw.bindMemory(to: UInt8.self)
                var start = 0
                var number = 0
                while start < bytes.count {
                    number += 1
                    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                    let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
                    start = end + 1
                    guard line.contains(where: { $0 > 0x20 }) else { continue }
                    output.append(contentsOf: try answers.answer(line, number: number).utf8)
                    output.append(0x0A)
                    bar.show("cases", Double(start) / Double(bytes.count))
                    if output.count > 1 << 16 {
                        FileHandle.standardOutput.write(output)
                        output.removeAll(keepingCapacity: true)
                    }
                }
            }
            bar.clear()
            FileHandle.standardOutput.write(output)
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search a list for a name.",
            discussion: """
                Shows the likeliest entries with the words that were matched. Ends with status 1 if there is a hit at or \
                above --floor, with 0 if there is none.

                Example: sluice screen search "Example Trading Co., Ltd." --list parties.jsonl --json
                """)

        @Argument(help: "The name, in any script.")
        var name: String
        @OptionGroup var lists: Lists
        @Option(help: "The kind of party: person, organization, vessel or aircraft.")
        var kind: String?
        @Option(help: "A country of registration or headquarters (ISO code); for organisations alone. May be repeated.")
        var country: [String] = []
        @Option(help: "A register or tax number. May be repeated.")
        var identifier: [String] = []
        @Option(help: "Leave out hits below this score.")
        var floor: Float = 0.5
        @Option(help: "How many hits to show.")
        var limit = 10
        @Flag(help: "Write one JSON object per hit.")
        var json = false

        func run() async throws {
            let kind = try ScreenCommand.kind(kind)
            guard
                name.unicodeScalars.contains(where: { $0.properties.isAlphabetic || $0.properties.numericType != nil })
            else { throw ValidationError("The name has no letter and no digit: nothing can be searched for.") }
            let (parties, versions) = try lists.parties()
            var screener = Screener(ScreeningIndex(parties))
            let subject = ScreeningSubject(names: [name], kind: kind, countries: country, identifiers: identifier)
            let hits = screener.search(subject, floor: floor, limit: limit)
            for hit in hits {
                let version = versions[parties[hit.party].list]?.label
                print(
                    json
                        ? hit.json(in: screener.index, version)
                        : hit.lines(in: screener.index, version).joined(separator: "\n"))
            }
            if hits.isEmpty, !json { print("No hit at or above \(floor) among \(parties.count) entries.") }
            if !hits.isEmpty { throw ExitCode(1) }
        }
    }

    /// A kind of party by its name.
    static func kind(_ name: String?) throws -> ListedParty.Kind {
        guard let name else { return .unknown }
        guard let kind = ListedParty.Kind(rawValue: name) else {
            throw ValidationError("'\(name)' is no kind of party: say person, organization, vessel or aircraft.")
        }
        return kind
    }
}

extension ScreeningHit {
    /// One JSON object.
    func json(in index: ScreeningIndex, _ version: String?) -> String {
        let party = index.parties[self.party]
        let matched = words.map {
            "{\"asked\":\(JSONText.string($0.asked)),\"listed\":\(JSONText.string($0.listed)),"
                + "\"likeness\":\(JSONText.number($0.likeness))}"
        }
        return "{\"id\":\(JSONText.string(party.id)),\"score\":\(JSONText.number(score)),"
            + "\"name\":\(JSONText.string(party.names[name])),\"list\":\(JSONText.string(party.list)),"
            + "\"type\":\(JSONText.string(party.kind.rawValue)),\"countries\":\(JSONText.strings(party.countries)),"
            + "\"list_version\":\(version.map(JSONText.string) ?? "null"),"
            + "\"same_country\":\(circumstance?.isSameCountry.map(String.init) ?? "null"),"
            + "\"same_type\":\(circumstance?.isSameKind.map(String.init) ?? "null"),"
            + "\"identifier\":\(circumstance?.identifier.map(JSONText.string) ?? "null"),"
            + "\"words\":[\(matched.joined(separator: ","))]}"
    }

    /// A few lines for a person.
    func lines(in index: ScreeningIndex, _ version: String?) -> [String] {
        let party = index.parties[self.party]
        let matched = words.map { $0.likeness == 1 ? $0.listed : "\($0.asked) ~ \($0.listed)" }
        return [
            String(format: "%.3f  ", score) + party.names[name],
            "       \(party.list)  \(party.id)  \(party.kind.rawValue)  \(party.countries.joined(separator: " "))",
            "       words: " + (matched.isEmpty ? "none" : matched.joined(separator: ", ")),
        ]
            + [
                circumstance?.identifier.map { "       the same number: \($0)" },
                version.map { "       list version: \($0)" },
            ]
            .compactMap(\.self)
    }
}
