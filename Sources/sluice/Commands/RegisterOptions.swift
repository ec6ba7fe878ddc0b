import Admin
import ArgumentParser
import Foundation

extension AdminOptions {
    /// Performs a call of the register and shows what came back: as it is with --json, else by `show`.
    func register(_ call: RegisterCall, _ show: (JSONFields) -> Void) async throws {
        let fields = try await perform(.register(call), as: JSONFields.self)
        if !json { show(fields) }
    }
}

/// Any JSON value, for showing replies of which a command prints a few fields.
enum JSONFields: Decodable {
    case object([String: JSONFields])
    case list([JSONFields])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONFields].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONFields].self))
        }
    }

    /// The value as JSON, names in the order of the alphabet.
    var json: String {
        func quoted(_ text: String) -> String { JSONLogHandler.quoted(text) }
        return switch self {
        case .object(let fields):
            "{" + fields.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\($0.value.json)" }.joined(separator: ",")
                + "}"
        case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
        case .text(let text): quoted(text)
        case .number, .flag: line
        case .null: "null"
        }
    }

    subscript(_ name: String) -> JSONFields {
        if case .object(let fields) = self { fields[name] ?? .null } else { .null }
    }

    /// The elements of a list; of `data` where it is an object with one.
    var rows: [JSONFields] {
        switch self {
        case .list(let list): list
        case .object(let fields): fields["data"]?.rows ?? []
        default: []
        }
    }

    /// The value on one line, without anything that a terminal would obey.
    var line: String {
        switch self {
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.line)" }.joined(separator: " ")
        case .list(let list): list.map(\.line).joined(separator: ", ")
        case .text(let text):
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
        case .flag(let flag): "\(flag)"
        case .null: ""
        }
    }

    /// Prints the named fields that have a value, one a line.
    func print(_ names: [String]) {
        for name in names where !self[name].line.isEmpty {
            Swift.print("  \(name)\(String(repeating: " ", count: max(1, 16 - name.count)))\(self[name].line)")
        }
    }

    /// Prints rows with the named columns.
    func table(_ names: [String], empty: String) {
        guard !rows.isEmpty else { return Swift.print(empty) }
        printTable(
            names.map { $0.uppercased().replacing("_", with: " ") }, rows.map { row in names.map { row[$0].line } })
    }
}

/// A file of papers as JSON, `-` for standard input.
struct PapersFile: ParsableArguments {
    @Argument(help: "A JSON file of the organisation's papers, or - for standard input; see `sluice org apply --help`.")
    var file: String

    func read() throws -> Data {
        guard file != "-" else { return FileHandle.standardInput.readDataToEndOfFile() }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandProblem("cannot read '\(file)'")
        }
        return data
    }
}

/// Why somebody decides as they do.
struct ReasonOption: ParsableArguments {
    @Option(help: "Why; it is kept, and others will read it.")
    var reason: String
}

/// The body of a call that carries a reason.
struct ReasonBody: Encodable {
    var reason: String
    var approve: Bool?
    var grants: Bool?
    var id: String?
    var outcome: String?
}
