import Yams

/// `sluice.yaml` as text with places: every scalar by its dotted key, and the list of models.
struct SettingsFile {
    /// A value and where it stands.
    struct Value {
        let text: String
        let place: Place
    }

    /// A line and column of the file, counted from one.
    struct Place: Sendable, Equatable, CustomStringConvertible {
        let line: Int
        let column: Int
        var description: String { "line \(line), column \(column)" }

        init(_ mark: Mark?) {
            line = mark?.line ?? 1
            column = mark?.column ?? 1
        }
    }

    private(set) var scalars: [String: Value] = [:]
    private(set) var models: [Node] = []
    private(set) var webhooks: [Node] = []
    private(set) var guards: [Node] = []
    private(set) var problems: [SettingsProblem] = []

    /// No file at all: every setting has its fallback.
    init() {}

    /// Reads the text of a settings file; what is wrong is collected, not thrown, so that one run shows everything.
    init(yaml: String) {
        do {
            guard let root = try Yams.compose(yaml: yaml) else { return }
            guard case .mapping(let mapping) = root else {
                problems.append(SettingsProblem(root.mark, "the file must be a list of 'key: value' lines"))
                return
            }
            walk(mapping, prefix: "")
        } catch let error as YamlError {
            problems.append(error.problem)
        } catch {
            problems.append(SettingsProblem(nil, "not readable: \(error)"))
        }
    }

    private mutating func walk(_ mapping: Node.Mapping, prefix: String) {
        for (key, value) in mapping {
            guard let word = key.string else {
                problems.append(SettingsProblem(key.mark, "a key must be a word"))
                continue
            }
            let name = prefix + word
            guard value.anchor == nil, key.anchor == nil else {
                problems.append(
                    SettingsProblem(
                        value.mark, "'\(name)': references (&, *) are not allowed here; write the value out"))
                continue
            }
            switch value {
            case .scalar(let scalar):
                if SettingsKey.all.contains(where: { $0.name == name }) {
                    scalars[name] = Value(text: scalar.string, place: Place(scalar.mark ?? key.mark))
                } else {
                    problems.append(SettingsProblem(key.mark, "unknown key '\(name)'\(Self.suggestion(for: name))"))
                }
            case .mapping(let inner) where SettingsKey.all.contains { $0.name.hasPrefix(name + ".") }:
                walk(inner, prefix: name + ".")
            case .sequence(let list) where name == "models":
                models = Array(list)
            case .sequence(let list) where name == "webhooks":
                webhooks = Array(list)
            case .sequence(let list) where name == "guards":
                guards = Array(list)
            default:
                problems.append(SettingsProblem(key.mark, "unknown key '\(name)'\(Self.suggestion(for: name))"))
            }
        }
    }

    /// ", did you mean …" with the nearest known key, if one is near.
    static func suggestion(
        for name: String,
        among known: [String] = SettingsKey.all.map(\.name) + [
            "models", "webhooks", "guards", "limits", "ledger", "admin", "upstream", "destinations", "applications",
            "public_log", "content", "disk", "distillation", "tls", "http",
        ]
    ) -> String {
        let near = known.map { ($0, distance($0, name)) }.min { $0.1 < $1.1 }
        guard let near, near.1 <= max(2, name.count / 3) else {
            return "; known keys: \(known.joined(separator: ", "))"
        }
        return "; did you mean '\(near.0)'?"
    }

    /// The number of single-letter edits between two words (Levenshtein 1966).
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b.unicodeScalars.prefix(64))
        var row = Array(0...b.count)
        for (i, x) in a.unicodeScalars.prefix(64).enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }
}

extension YamlError {
    /// The error with its place, on one line.
    fileprivate var problem: SettingsProblem {
        switch self {
        case .scanner(_, let what, let mark, _), .parser(_, let what, let mark, _), .composer(_, let what, let mark, _):
            SettingsProblem(mark, "not valid YAML: \(what)")
        case .duplicatedKeysInMapping(let keys, let context):
            SettingsProblem(
                context.mark, "a key is there twice: \(keys.sorted().joined(separator: ", "))")
        default: SettingsProblem(nil, "not valid YAML: \(self)")
        }
    }
}

/// One thing that is wrong with the settings, where it stands, and the way out.
struct SettingsProblem: Sendable, CustomStringConvertible {
    let place: SettingsFile.Place?
    let message: String

    init(_ mark: Mark?, _ message: String) {
        place = mark.map { SettingsFile.Place($0) }
        self.message = message
    }

    init(at place: SettingsFile.Place?, _ message: String) {
        self.place = place
        self.message = message
    }

    var description: String { place.map { "\($0): \(message)" } ?? message }
}
