import Access
import ArgumentParser
import Certificates
import Constitution
import Dialects
import Foundation
import Gateway
import Logging
import Safeguards
import Transparency
import Upstreams

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
            An example of sluice.yaml:
              listen: 127.0.0.1:8080
              models:
                - name: r1
                  upstream: http://127.0.0.1:8000
                  upstream_model: deepseek-r1

            Check it with `sluice doctor`, and make the first key before or after the start:
              sluice org create "Harbour Research"
              sluice key create --org "Harbour Research"

            Each model has:
              name               what clients call it
              dialect            what its servers speak: openai (the default), anthropic, openai-responses or gemini;
                                 clients of every served dialect may ask for it: it is translated
              aliases            a list of other names clients may use
              upstream           http://HOST:PORT or https://HOST, with or without /v1
              upstreams          or a list of servers, each with url, and if wanted weight, max_concurrency, upstream_model,
                                 key_env, key_file, health, dialect
              upstream_model     what its server calls it, if that is another name
              key_env, key_file  the variable or the file that holds the key for its server
              allow              a list of what may pass although no safeguard reads it:
                                 \(Self.kinds)
              served             false takes it out of service
              balance            least_loaded (the default) or weighted
              affinity           none (the default), conversation, or header:NAME
              max_concurrency    calls that may run at a server at once; more wait, as many as queue says
              fallback           models that answer in its place, in this order
              reasoning_key      reasoning_content (the default) or reasoning: where its servers take earlier reasoning
              reasoning          pass (the default) or withhold it; judged either way
              reasoning_inline   none (the default), think (between <think> and </think> at the content's beginning) or
                                 opened (before </think>, where the template has opened it)
              reasoning_as       reasoning or reasoning_content: the key that clients of chats get it under
              prefill            how its chat servers go on from an answer's beginning: continue (the default), prefix,
                                 plain or refuse
              cache              how long an answer is given again to whoever of the same organisation asks the very same,
                                 such as 10m; off (the default) never
              mirror             a model that requests are sent to as well: its answers are judged, counted, never given
              mirror_share       the share of requests that are (1), above 0 and at most 1
              max_tokens         tokens of an answer where the client does not say and the servers must be told (4096)
              health             a path that is asked every 5s, or path, every, within, fall, rise
              attempts, queue    for this model alone, as below
              timeouts           connect, first_byte, first_token, idle, total, queue: for this model alone

            Each entry of webhooks, a list beside models:
              url                where events are sent, signed as Standard Webhooks are
              secret_env, secret_file  the variable or the file that holds the secret (whsec_… or any 16 characters)
              name, events, attempts, backoff, timeout, trust  see sluice webhook --help

            Each other key, with its value where nothing is said. A variable overrides the file: SLUICE_ and the key in \
            capitals, with _ for a dot, such as SLUICE_LEDGER_DURABILITY=disk.
            \(SettingsKey.all.map { "  \($0.name): \($0.fallback)\n      \($0.meaning)" }.joined(separator: "\n"))

            Changes of the file, of the rules and of their signature act within a second, on requests that come after them; \
            `sluice reload` and SIGHUP do the same. A file with mistakes is refused, and what was in force stays. The \
            listener, var, threads, ledger and admin take a restart. Log lines are JSON, on standard error. SIGTERM or Ctrl-C stops: running \
            answers may end, within limits.drain.
            """)

    /// What a model's `allow` may name, in lines that fit beside their heading.
    private static var kinds: String {
        let kinds = Set(SensitiveField.Kind.allCases).subtracting(SensitiveField.Kind.allowedByDefault)
        let names = kinds.map(\.rawValue).sorted()
        let lines = stride(from: 0, to: names.count, by: 3).map { names[$0..<min($0 + 3, names.count)] }
        return lines.map { $0.joined(separator: ", ") }.joined(separator: ",\n" + String(repeating: " ", count: 21))
    }

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
        discussion: """
            Everything that is wrong with the settings, with its line, and with the files that they name is shown in one \
            run. If nothing is, the rules, the classifier and the directory are opened as a start would open them: what is missing there is made, and a directory that \
            a running server holds is refused. No port is opened and no model server is called. The exit code is 0 only \
            if all of it is good.

              sluice doctor --config sluice.yaml
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, problems) = try Settings.read(path: options.path, environment: options.environment)
        let wrong = problems.map { "\(options.path ?? "environment"): \($0)" } + DoctorChecks(settings).problems
        guard wrong.isEmpty else {
            for line in wrong { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
            throw ExitCode(1)
        }
        print("settings      good: \(options.path ?? "none, every fallback")")
        for name in settings.gateway.modelNames {
            guard let model = settings.gateway.models[name] else { continue }
            let allowed =
                model.allowed.isEmpty
                ? "" : "; may take unjudged: " + model.allowed.map(\.rawValue).sorted().joined(separator: ", ")
            guard name == model.name else {
                print("model         \(name) is another name of \(model.name)")
                continue
            }
            for upstream in model.upstreams {
                let limit = upstream.limit > 0 ? ", at most \(upstream.limit) at once" : ""
                let weight = model.upstreams.count > 1 ? ", weight \(upstream.weight)" : ""
                print(
                    "model         \(name) (\((model.speaking[upstream] ?? model.dialect).rawValue)) at \(upstream.address) as \(upstream.model)\(weight)\(limit)\(allowed)"
                )
            }
            if !model.fallback.isEmpty {
                print("              falls back to \(model.fallback.joined(separator: ", "))")
            }
        }
        WebhookCommand.tell(settings)
        let deployment = try await Deployment(settings, log: Logger(label: "sluice") { _ in SwiftLogNoOpLogHandler() })
        let release = deployment.rules.release
        print(
            "constitution  good: \(release.constitution.name) \(release.constitution.version), SHA-256 \(release.hashText)"
        )
        for warning in deployment.rules.warnings { print("warning       \(warning)") }
        print(
            "classifier    good: SHA-256 \(deployment.rules.policy.classifierHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())"
        )
        print("public log    \(deployment.publicLog.map { "good: " + $0.line } ?? "off")")
        if deployment.publicLog?.signer.key.name.hasSuffix(".sluice.invalid") == true {
            print(
                "              its name is made up; a name of yours (public_log.origin) must be given before the first start"
            )
        }
        print("directory     good: \(settings.directory)")
        for (port, certificate) in deployment.certificates.all {
            let days = (certificate.ends - SystemTime.wall / 1_000) / 86_400
            let state = days < 0 ? "OVER" : days < 14 ? "\(days) more days: renew it" : "\(days) more days"
            print("certificate   of the port for \(port): \(certificate.certificate), \(state)")
        }
        print("ready to serve on \(settings.listenHost):\(settings.listenPort)")
    }
}
