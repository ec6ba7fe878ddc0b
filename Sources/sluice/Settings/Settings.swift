import Configuration
import Dialects
import Gateway
import Glibc
import Ledger
import NIOCore
import Upstreams
import Yams

/// All settings, checked: what `sluice.yaml`, the environment and the flags say, once.
struct Settings: Sendable {
    var listenHost: String
    var listenPort: Int
    var directory: String
    var threads: Int
    var classifier: String
    var constitution: String
    var constitutionKey: String
    var durability: ExchangeLog.Durability
    var segmentBytes: Int
    var adminSocket: String
    var adminListen: (host: String, port: Int)?
    var keysFile: String
    var gateway: GatewaySettings

    /// Reads and checks a settings file, overridden by the environment.
    ///
    /// - Parameters:
    ///   - path: The file; nil means none, and every fallback.
    ///   - environment: The process's environment; also where the models' keys are.
    ///   - extraModels: Models that the caller adds, such as the embedded one.
    /// - Throws: `SettingsError` with everything that is wrong.
    static func load(
        path: String?, environment: [String: String], extraModels: [ModelRoute] = []
    ) throws(SettingsError) -> Settings {
        var file = SettingsFile()
        if let path {
            guard let text = TextFile.read(path) else {
                throw SettingsError(
                    file: path,
                    problems: [SettingsProblem(at: nil, "cannot be read: \(String(cString: strerror(errno)))")])
            }
            file = SettingsFile(yaml: text)
        }
        var reader = SettingsReader(file: file, environment: environment)
        let settings = reader.settings(extraModels: extraModels)
        guard reader.problems.isEmpty else {
            throw SettingsError(file: path ?? "environment", problems: reader.problems)
        }
        return settings
    }
}

/// Everything that is wrong with the settings, in one run.
struct SettingsError: Error, CustomStringConvertible {
    let file: String
    let problems: [SettingsProblem]

    var description: String { problems.map { "\(file): \($0)" }.joined(separator: "\n") }
}

/// Turns the texts of the file and the environment into checked values, and collects what is wrong.
struct SettingsReader {
    private let file: SettingsFile
    private let reader: ConfigReader
    private let environment: [String: String]
    private(set) var problems: [SettingsProblem]

    init(file: SettingsFile, environment: [String: String]) {
        self.file = file
        self.environment = environment
        problems = file.problems
        let values = file.scalars.map { name, value in
            (
                AbsoluteConfigKey(["sluice"] + name.split(separator: ".").map(String.init)),
                ConfigValue(.string(value.text), isSecret: false)
            )
        }
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment),
            InMemoryProvider(values: Dictionary(values, uniquingKeysWith: { first, _ in first })),
        ]).scoped(to: "sluice")
    }

    mutating func settings(extraModels: [ModelRoute]) -> Settings {
        let (host, port) = endpoint(.listen) ?? ("127.0.0.1", 8080)
        let directory = text(.directory)
        let socket = text(.adminSocket)
        let models = self.models() + extraModels
        if models.isEmpty { problems.append(SettingsProblem(at: nil, "no model is named; add one under 'models:'")) }
        let gateway = GatewaySettings(
            models: models, bodyLimit: number(.bodyBytes, 1_024...(1 << 30)),
            allBodiesLimit: number(.allBodiesBytes, 1_024...(1 << 40)),
            clientTimeout: time(.clientTimeout), keepAlive: time(.keepAlive), writeTimeout: time(.writeTimeout),
            upstreamTimeouts: UpstreamTimeouts(
                connect: time(.connectTimeout), firstByte: time(.firstByteTimeout), idle: time(.idleTimeout)),
            drainLimit: time(.drain), refusalsAsErrors: choice(.refusals, ["answer", "error"]) == "error")
        return Settings(
            listenHost: host, listenPort: port, directory: directory, threads: number(.threads, 0...256),
            classifier: text(.classifier), constitution: text(.constitution), constitutionKey: text(.constitutionKey),
            durability: choice(.durability, ["process", "disk"]) == "disk" ? .disk : .process,
            segmentBytes: number(.segmentBytes, 65_536...(1 << 40)),
            adminSocket: socket.isEmpty ? directory + "/admin.sock" : socket,
            adminListen: text(.adminListen).isEmpty ? nil : endpoint(.adminListen), keysFile: text(.keysFile),
            gateway: gateway)
    }

    // MARK: Scalars

    private func text(_ key: SettingsKey) -> String {
        reader.string(forKey: ConfigKey(key.name), default: key.fallback)
    }

    /// Where a wrong value came from: a line of the file, or a variable.
    private mutating func complain(_ key: SettingsKey, _ message: String) {
        if environment[key.variable] != nil {
            problems.append(SettingsProblem(at: nil, "\(key.variable) \(message)"))
        } else {
            problems.append(SettingsProblem(at: file.scalars[key.name]?.place, "'\(key.name)' \(message)"))
        }
    }

    private mutating func number(_ key: SettingsKey, _ range: ClosedRange<Int>) -> Int {
        let value = text(key)
        guard let number = Int(value), range.contains(number) else {
            complain(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(value)'")
            return Int(key.fallback) ?? range.lowerBound
        }
        return number
    }

    private mutating func choice(_ key: SettingsKey, _ options: [String]) -> String {
        let value = text(key)
        if !options.contains(value) {
            complain(key, "must be one of \(options.joined(separator: ", ")), not '\(value)'")
        }
        return value
    }

    private mutating func time(_ key: SettingsKey) -> TimeAmount {
        let value = text(key)
        for (unit, scale) in [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)] {
            guard value.hasSuffix(unit), let count = Int64(value.dropLast(unit.count)), count >= 0, count <= 1_000_000
            else { continue }
            return .milliseconds(count * Int64(scale))
        }
        complain(key, "must be a time such as 500ms, 20s or 2m, not '\(value)'")
        return .seconds(60)
    }

    private mutating func endpoint(_ key: SettingsKey) -> (host: String, port: Int)? {
        let value = text(key)
        guard let colon = value.lastIndex(of: ":"), let port = Int(value[value.index(after: colon)...]),
            (0...65_535).contains(port),
            colon != value.startIndex
        else {
            complain(key, "must be ADDRESS:PORT, such as 127.0.0.1:8080, not '\(value)'")
            return nil
        }
        return (value[..<colon].trimming(while: { $0 == "[" || $0 == "]" }), port)
    }

    // MARK: Models

    private mutating func models() -> [ModelRoute] {
        var seen: Set<String> = []
        return file.models.compactMap { node in
            guard let route = model(node) else { return nil }
            guard seen.insert(route.name).inserted else {
                problems.append(SettingsProblem(node.mark, "model '\(route.name)' is named twice"))
                return nil
            }
            return route
        }
    }

    private mutating func model(_ node: Node) -> ModelRoute? {
        let known = ["name", "dialect", "upstream", "upstream_model", "key_env", "key_file", "allow", "served"]
        guard case .mapping(let fields) = node else {
            problems.append(SettingsProblem(node.mark, "a model is a list of fields: \(known.joined(separator: ", "))"))
            return nil
        }
        for (key, _) in fields where !known.contains(key.string ?? "") {
            let name = key.string ?? "?"
            problems.append(
                SettingsProblem(key.mark, "unknown field '\(name)'\(SettingsFile.suggestion(for: name, among: known))"))
        }
        guard let name = fields["name"]?.string, !name.isEmpty else {
            problems.append(SettingsProblem(node.mark, "a model needs a 'name'"))
            return nil
        }
        guard let dialect = Dialect(rawValue: fields["dialect"]?.string ?? "openai") else {
            problems.append(
                SettingsProblem(fields["dialect"]?.mark, "'dialect' of model '\(name)' must be openai or anthropic"))
            return nil
        }
        let address: UpstreamAddress
        do throws(UpstreamAddress.Problem) {
            address = try UpstreamAddress(fields["upstream"]?.string ?? "")
        } catch {
            problems.append(
                SettingsProblem(fields["upstream"]?.mark ?? node.mark, "'upstream' of model '\(name)': \(error)"))
            return nil
        }
        return ModelRoute(
            name: name, dialect: dialect, address: address, upstreamModel: fields["upstream_model"]?.string,
            upstreamKey: key(of: name, fields), allowed: allowed(of: name, fields),
            isServed: fields["served"]?.bool ?? true)
    }

    /// The model server's key, from a variable or a file; never from the YAML itself.
    private mutating func key(of model: String, _ fields: Node.Mapping) -> String? {
        if let variable = fields["key_env"]?.string {
            if let key = environment[variable], !key.isEmpty { return key }
            problems.append(
                SettingsProblem(fields["key_env"]?.mark, "model '\(model)': the variable \(variable) is not set"))
        }
        if let path = fields["key_file"]?.string {
            if let key = TextFile.read(path)?.trimming(while: \.isWhitespace), !key.isEmpty { return key }
            problems.append(
                SettingsProblem(
                    fields["key_file"]?.mark, "model '\(model)': the file \(path) cannot be read or is empty"))
        }
        return nil
    }

    private mutating func allowed(of model: String, _ fields: Node.Mapping) -> Set<SensitiveField.Kind> {
        guard let list = fields["allow"] else { return [] }
        var allowed: Set<SensitiveField.Kind> = []
        for item in list.sequence.map(Array.init) ?? [list] {
            let word = item.string ?? ""
            guard let kind = SensitiveField.Kind(rawValue: word) else {
                let known = SensitiveField.Kind.allCases.map(\.rawValue)
                problems.append(
                    SettingsProblem(
                        item.mark,
                        "'allow' of model '\(model)': '\(word)' is not a kind\(SettingsFile.suggestion(for: word, among: known))"
                    ))
                continue
            }
            allowed.insert(kind)
        }
        return allowed
    }
}

extension StringProtocol {
    /// The text without the characters at both ends that `drop` names.
    func trimming(while drop: (Character) -> Bool) -> String {
        var rest = self[...]
        while let first = rest.first, drop(first) { rest = rest.dropFirst() }
        while let last = rest.last, drop(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
