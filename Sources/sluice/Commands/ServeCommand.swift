import ArgumentParser
import Constitution
import Dialects
import Foundation
import Gateway
import Logging
import Safeguards

/// Where the settings come from.
struct SettingsOptions: ParsableArguments {
    @Option(help: "The settings file; sluice.yaml in this folder if it is there.")
    var config: String?

    @Option(name: .customLong("var"), help: "The directory for store, ledger, keys and sockets; overrides the file.")
    var directory: String?

    @Option(help: "ADDRESS:PORT for clients; overrides the file.")
    var listen: String?

    /// The settings file, if there is one.
    var path: String? {
        config ?? (FileManager.default.fileExists(atPath: "sluice.yaml") ? "sluice.yaml" : nil)
    }

    /// The environment with what the flags say.
    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        if let directory { environment[SettingsKey.directory.variable] = directory }
        if let listen { environment[SettingsKey.listen.variable] = listen }
        return environment
    }
}

/// `sluice serve`: the gateway in front of configured model servers.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve clients in front of the model servers of a settings file.",
        discussion: """
            Settings (sluice.yaml; the variable in brackets overrides it):
            \(SettingsKey.all.map { "  \($0.name)  \($0.meaning) [\($0.variable)]" }.joined(separator: "\n"))
              models  a list of {name, dialect: openai|anthropic, upstream: URL, upstream_model, key_env, key_file, allow, served}

            Example:
              listen: 0.0.0.0:8080
              models:
                - {name: r1, dialect: openai, upstream: "http://127.0.0.1:8000", upstream_model: deepseek-r1}

            Log lines are JSON, on standard error. SIGTERM or Ctrl-C drains and stops.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        LoggingSystem.bootstrap { JSONLogHandler(label: $0) }
        let settings = try Settings.load(path: options.path, environment: options.environment)
        let deployment = try await Deployment(settings, log: Logger(label: "sluice"))
        try await deployment.run()
    }
}

/// `sluice doctor`: what is wrong with a configuration, and what it would do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check a settings file, the rules, the classifier and the directory, without serving.",
        discussion: "Everything that is wrong is shown in one run, with its line. The exit code is 0 only if a server could start.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try Settings.load(path: options.path, environment: options.environment)
        print("settings      good: \(options.path ?? "none, every fallback")")
        for name in settings.gateway.modelNames {
            guard let model = settings.gateway.models[name] else { continue }
            let allowed = model.allowed.isEmpty ? "" : "; may take unjudged: " + model.allowed.map(\.rawValue).sorted().joined(separator: ", ")
            print("model         \(name) (\(model.dialect.rawValue)) at \(model.address) as \(model.upstreamModel)\(allowed)")
        }
        let deployment = try await Deployment(settings, log: Logger(label: "sluice") { _ in SwiftLogNoOpLogHandler() })
        let release = deployment.rules.release
        print("constitution  good: \(release.constitution.name) \(release.constitution.version), SHA-256 \(release.hashText)")
        for warning in deployment.rules.warnings { print("warning       \(warning)") }
        print("classifier    good: SHA-256 \(deployment.rules.policy.classifierHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())")
        print("directory     good: \(settings.directory)")
        print("ready to serve on \(settings.listenHost):\(settings.listenPort)")
    }
}
