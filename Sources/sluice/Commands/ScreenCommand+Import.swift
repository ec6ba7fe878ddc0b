import ArgumentParser
import ExportControl
import Foundation

extension ScreenCommand {
    struct ImportList: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Import a list as its publisher wrote it, as a new version.",
            discussion: """
                Reads the US Consolidated Screening List (CSV, JSON), OFAC's lists (CSV with --companion ALT.CSV and \
                ADD.CSV, XML), the EU's, the UK's (XML, CSV) and the UN's (XML), and JSON lines of your own. The version \
                takes force by one rename, once it is complete and on disk; until then the one before is in force.

                A list that lost more than a tenth of its entries is refused unless you say --confirm-shrink; an empty one \
                always. A file that is already in force is not imported again. A server that runs on the directory above screens \
                everybody at once.

                Example:
                  sluice screen import sdn.csv --companion alt.csv --companion add.csv --name ofac-sdn
                """)

        @Argument(help: "The file.")
        var file: String
        @Option(help: "The list's name; its publisher's if none is given.")
        var name: String?
        @Option(help: "The format, if it should not be told by how the file begins: \(formats).")
        var format: String?
        @Option(help: "A file of aliases or addresses that belongs to an OFAC CSV file. May be repeated.")
        var companion: [String] = []
        @Option(help: "The directory of the imported lists.")
        var directory = "var/lists"
        @Flag(help: "Take the list although more than a tenth of the entries in force would go.")
        var confirmShrink = false
        @Flag(help: "Write the version as one JSON object.")
        var json = false

        private static var formats: String { ListFormat.allCases.map(\.rawValue).joined(separator: ", ") }

        func run() async throws {
            let format = try format.map { text in
                guard let format = ListFormat(rawValue: text) else {
                    throw ValidationError("'\(text)' is no format: say one of \(Self.formats).")
                }
                return format
            }
            let files = try ([file] + companion).map { [UInt8](try ScreenCommand.read($0)) }
            do {
                try store(files, format)
                try ScreenCommand.tellServer(of: directory)
            } catch let error as ListError {
                throw CommandProblem("\(file) was not imported. \(error)")
            }
        }

        private func store(_ files: [[UInt8]], _ format: ListFormat?) throws {
            let parsed = try files[0].withUnsafeBufferPointer { bytes in
                try ParsedList.read(bytes, format: format, list: name, companions: Array(files.dropFirst()))
            }
            let archive = ListArchive(directory: directory)
            let sha256 = ListVersion.hash(files)
            let old = try archive.current(parsed.list)
            if let old, old.version.sha256 == sha256 { return say(old.version, isNew: false) }
            let version = try ListVersion.next(
                parsed, sha256: sha256, after: old.map { ($0.version, $0.parties) },
                at: ISO8601DateFormatter().string(from: Date()), confirmShrink: confirmShrink)
            try archive.put(ListArchive.Stored(version: version, parties: parsed.parties))
            say(version, isNew: true)
        }

        private func say(_ version: ListVersion, isNew: Bool) {
            let difference = version.difference
            if json {
                print(
                    "{\"list\":\(JSONText.string(version.list)),\"version\":\(version.number),\"new\":\(isNew),"
                        + "\"sha256\":\"\(version.sha256)\",\"format\":\"\(version.format.rawValue)\","
                        + "\"count\":\(version.count),\"unreadable\":\(version.unreadable),"
                        + "\"added\":\(JSONText.strings(difference.added)),"
                        + "\"removed\":\(JSONText.strings(difference.removed)),"
                        + "\"changed\":\(JSONText.strings(difference.changed))}")
                return
            }
            guard isNew else { return print("\(version.label) is this file, and in force already.") }
            print("\(version.label) is in force: \(version.count) entries (\(version.format.rawValue)).")
            print(
                "\(difference.added.count) new, \(difference.removed.count) gone, \(difference.changed.count) changed"
                    + (version.unreadable > 0 ? "; \(version.unreadable) entries could not be read" : "") + ".")
        }
    }
}
