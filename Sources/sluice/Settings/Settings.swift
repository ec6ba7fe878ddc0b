import Configuration
import Dialects
import Gateway
import Glibc
import Ledger
import NIOCore
import Places
import Safeguards
import Upstreams
import Yams

/// All settings, checked: what `sluice.yaml`, the environment and the flags say, once.
struct Settings: Sendable {
    var listenHost: String
    var listenPort: Int
    var directory: String
    var threads: Int
    var classifier: String
    /// The second stage's profile; nil where the first judges alone.
    var secondStage: Cascade.Profile?
    /// Whether a second encoder is asked beside the second stage's own.
    var secondEncoder = false
    /// Guards outside this process.
    var guards: [GuardSettings] = []
    var encoder: String
    var heads: String
    /// Milliseconds that the text of an appeal is kept.
    var textRetention: Int64
    var constitution: String
    var constitutionKey: String
    var durability: ExchangeLog.Durability
    var segmentBytes: Int
    var adminSocket: String
    var adminListen: (host: String, port: Int)?
    var keysFile: String
    /// Where clients' addresses come from, and what says where they are.
    var addresses: AddressSettings
    /// Whether applications that nothing speaks against are approved by rule.
    var decidesByRule: Bool
    /// Whether anybody may apply.
    var takesApplications: Bool
    /// nil where there is no public log.
    var publicLog: PublicLogSettings?
    /// Who administers the deployment, and how they sign in.
    var people = PeopleSettings()
    var keeping = KeepingSettings()
    /// The watch for groups of accounts that extract a model together.
    var distillation = DistillationSettings()
    var gateway: GatewaySettings
    /// The client port's certificate; nil where it speaks in the clear.
    var tls: TLSFiles?
    /// Metrics, alarms and who is told of them.
    var watching = WatchSettings()
    /// Where they were read from, so that they can be read again.
    var path: String?
    var environment: [String: String] = [:]
    var extraModels: [ModelRoute] = []
    /// Every file that was read for them.
    var files: [String] = []

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
        let read = try read(path: path, environment: environment, extraModels: extraModels)
        guard read.problems.isEmpty else {
            throw SettingsError(file: path ?? "environment", problems: read.problems)
        }
        return read.settings
    }

    /// The same, with what is wrong beside what could be read: where a value is wrong, its fallback stands.
    ///
    /// - Throws: `SettingsError` for a file that cannot be read at all.
    static func read(
        path: String?, environment: [String: String], extraModels: [ModelRoute] = []
    ) throws(SettingsError) -> (settings: Settings, problems: [SettingsProblem]) {
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
        var settings = reader.settings(extraModels: extraModels)
        reader.watching(&settings)
        settings.distillation = reader.distillation()
        reader.http(&settings)
        (settings.path, settings.environment, settings.extraModels) = (path, environment, extraModels)
        settings.files = [path].compactMap { $0 } + reader.keyFiles
        return (settings, reader.problems)
    }
}

extension Settings {
    /// What of these settings takes a restart, having been something else before: each with its key.
    func needsRestart(after old: Settings) -> [String] {
        let fixed: [(SettingsKey, Bool)] = [
            (.listen, listenHost != old.listenHost || listenPort != old.listenPort),
            (.directory, directory != old.directory), (.threads, threads != old.threads),
            (.durability, durability != old.durability), (.segmentBytes, segmentBytes != old.segmentBytes),
            (.adminSocket, adminSocket != old.adminSocket),
            (.adminListen, adminListen?.host != old.adminListen?.host || adminListen?.port != old.adminListen?.port),
            (.textRetention, textRetention != old.textRetention), (.keysFile, keysFile != old.keysFile),
            (.publicLog, publicLog != old.publicLog), (.tlsCertificate, tls != old.tls),
            (.upstreamTrust, gateway.upstreamTrust != old.gateway.upstreamTrust),
            (.upstreamTwo, gateway.upstreamSpeaksTwo != old.gateway.upstreamSpeaksTwo),
        ]
        let all =
            fixed + keeping.fixed(against: old.keeping) + distillation.fixed(against: old.distillation)
            + watching.needsRestart(after: old.watching) + people.changes(after: old.people)
        return all.filter(\.1).map { "'\($0.0.name)' has changed; the new value takes a restart" }
    }

    /// The new settings, but what takes a restart as these have it.
    func keepingStart(of new: Settings) -> Settings {
        var kept = new
        kept.tls = tls
        (kept.listenHost, kept.listenPort, kept.directory, kept.threads) = (listenHost, listenPort, directory, threads)
        (kept.durability, kept.segmentBytes, kept.keysFile) = (durability, segmentBytes, keysFile)
        (kept.textRetention, kept.publicLog, kept.keeping) = (textRetention, publicLog, keeping)
        (kept.adminSocket, kept.adminListen, kept.people) = (adminSocket, adminListen, people)
        kept.distillation.isOn = distillation.isOn
        return kept
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
    let file: SettingsFile
    private let reader: ConfigReader
    let environment: [String: String]
    var problems: [SettingsProblem]
    /// The files that model servers' keys were read from.
    var keyFiles: [String] = []
    /// Servers that speak another dialect than their model's.
    var speaking: [Upstream: Dialect] = [:]

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
        let timeouts = self.timeouts()
        let models = self.models(timeouts) + extraModels
        if models.isEmpty, file.problems.isEmpty {
            problems.append(SettingsProblem(at: nil, "no model is named; add one under 'models:'"))
        }
        let keeping = self.keeping()
        var gateway = GatewaySettings(
            models: models, bodyLimit: number(.bodyBytes, 1_024...(1 << 30)),
            allBodiesLimit: number(.allBodiesBytes, 1_024...(1 << 40)),
            clientTimeout: time(.clientTimeout), keepAlive: time(.keepAlive), writeTimeout: time(.writeTimeout),
            upstreamTimeouts: timeouts,
            drainLimit: time(.drain), refusalsAsErrors: choice(.refusals, ["answer", "error"]) == "error")
        gateway.secondStageDeadline = time(.secondStageDeadline)
        if let drill = SafeguardDrill(text(.drill)) {
            gateway.drill = drill
        } else {
            complain(.drill, "must be like fail=0.1,delay=20, not '\(text(.drill))'")
        }
        let adminListen = text(.adminListen).isEmpty ? nil : endpoint(.adminListen)
        gateway.keptRequestBytes = keeping.keepsRefused ? keeping.largest : 0
        gateway.cacheBytes = number(.cacheBytes, 0...(1 << 40))
        gateway.turnsKept = number(.turnsKept, 0...1_000_000)
        gateway.unjudgedCategories = choice(.unjudgedCategories, ["refuse", "omit"]) == "omit" ? .omit : .refuse
        gateway.isShadow = choice(.enforcement, ["enforce", "shadow"]) == "shadow"
        if let share = Double(text(.guardShare)), share > 0, share <= 0.05 {
            gateway.guardShare = share
        } else {
            complain(.guardShare, "must be above 0 and at most 0.05, not '\(text(.guardShare))'")
        }
        let guards = self.guards()
        if !guards.isEmpty, text(.secondStage) == "off" {
            problems.append(
                SettingsProblem(
                    at: nil, "'guards' are asked what the second stage leaves in doubt; set 'second_stage' as well"))
        }
        if text(.secondEncoder) == "on", text(.secondStage) == "off" {
            problems.append(
                SettingsProblem(
                    at: nil, "'second_encoder' is asked what the second stage finds worst; set 'second_stage' as well"))
        }
        return Settings(
            listenHost: host, listenPort: port, directory: directory, threads: number(.threads, 0...256),
            classifier: text(.classifier),
            secondStage: Cascade.Profile(rawValue: choice(.secondStage, ["off", "efficient", "thorough"])),
            secondEncoder: choice(.secondEncoder, ["off", "on"]) == "on",
            guards: guards, encoder: text(.encoder), heads: text(.heads),
            textRetention: time(.textRetention).nanoseconds / 1_000_000, constitution: text(.constitution),
            constitutionKey: text(.constitutionKey),
            durability: choice(.durability, ["process", "disk"]) == "disk" ? .disk : .process,
            segmentBytes: number(.segmentBytes, 65_536...(1 << 40)),
            adminSocket: socket.isEmpty ? directory + "/admin.sock" : socket,
            adminListen: adminListen, keysFile: text(.keysFile),
            addresses: addressSettings(), decidesByRule: choice(.decideApplications, ["person", "rules"]) == "rules",
            takesApplications: choice(.takeApplications, ["on", "off"]) == "on", publicLog: publicLog(in: directory),
            people: people(listen: adminListen), keeping: keeping, gateway: gateway)
    }

    // MARK: Scalars

    func text(_ key: SettingsKey) -> String {
        reader.string(forKey: ConfigKey(key.name), default: key.fallback)
    }

    /// Where a wrong value came from: a line of the file, or a variable.
    mutating func complain(_ key: SettingsKey, _ message: String) {
        if environment[key.variable] != nil {
            problems.append(SettingsProblem(at: nil, "\(key.variable) \(message)"))
        } else {
            problems.append(SettingsProblem(at: file.scalars[key.name]?.place, "'\(key.name)' \(message)"))
        }
    }

    mutating func number(_ key: SettingsKey, _ range: ClosedRange<Int>) -> Int {
        let value = text(key)
        guard let number = Int(value), range.contains(number) else {
            complain(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(value)'")
            return Int(key.fallback) ?? range.lowerBound
        }
        return number
    }

    mutating func choice(_ key: SettingsKey, _ options: [String]) -> String {
        let value = text(key)
        if !options.contains(value) {
            complain(key, "must be one of \(options.joined(separator: ", ")), not '\(value)'")
        }
        return value
    }

    /// Where clients' addresses come from.
    private mutating func addressSettings() -> AddressSettings {
        var wrong = ""
        let proxies = AddressSet(text(.trustedProxies), wrong: &wrong)
        if proxies == nil { complain(.trustedProxies, "must be networks such as 10.0.0.0/8, not '\(wrong)'") }
        let header = text(.clientHeader).lowercased()
        if !header.isEmpty, text(.trustedProxies).isEmpty {
            complain(.clientHeader, "is believed from trusted proxies alone; name them in destinations.trusted_proxies")
        }
        return AddressSettings(
            countries: text(.addresses), hosting: text(.hostingNetworks), header: header,
            proxies: proxies ?? AddressSet())
    }

    mutating func time(_ key: SettingsKey) -> TimeAmount {
        if let time = Self.time(text(key)) { return time }
        complain(key, "must be a time such as 500ms, 20s or 2m, not '\(text(key))'")
        return .seconds(60)
    }

    /// A time as people write it: `500ms`, `20s`, `2m`, `1h`, `30d`.
    static func time(_ text: String) -> TimeAmount? {
        for (unit, scale) in [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)] {
            guard text.hasSuffix(unit), let count = Int64(text.dropLast(unit.count)), count >= 0, count <= 1_000_000
            else { continue }
            return .milliseconds(count * Int64(scale))
        }
        return nil
    }

    /// The limits of a call's phases for all models.
    private mutating func timeouts() -> UpstreamTimeouts {
        UpstreamTimeouts(
            connect: time(.connectTimeout), firstByte: time(.firstByteTimeout),
            firstToken: text(.firstTokenTimeout).isEmpty ? nil : time(.firstTokenTimeout), idle: time(.idleTimeout),
            total: time(.totalTimeout), queue: time(.queueTimeout))
    }

    mutating func endpoint(_ key: SettingsKey) -> (host: String, port: Int)? {
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
