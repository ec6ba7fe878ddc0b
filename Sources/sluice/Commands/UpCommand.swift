import Access
import ArgumentParser
import Dialects
import Foundation
import Gateway
import Logging
import Safeguards
import ServiceLifecycle
import Store
import Upstreams

/// `sluice up`: everything under one supervisor, for a first look and for small deployments.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start everything: the gateway, and a small model of its own unless UPSTREAM names a provider.",
        discussion: """
            `make up` installs what is needed and runs this. The first start makes the directory, the keys, a first \
            organisation and a first API key; the next ones reuse them. Ctrl-C stops everything in order.

            The small model is smollm2 for OpenAI's clients and smollm2-messages for Anthropic's. A provider in its place:
              UPSTREAM=https://host/v1   where it is; no model is started here then
              UPSTREAM_KEY=…             your key there
              MODEL=name                 the model to ask for
              UPSTREAM_DIALECT=openai    or anthropic: what it speaks, and what its clients here speak

            Example: UPSTREAM=https://api.example.com/v1 MODEL=large-1 UPSTREAM_KEY=… sluice up
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = JSONLogHandler(label: label)
            handler.logLevel = .warning
            return handler
        }
        let log = Logger(label: "sluice")
        var environment = options.environment
        // Both stages judge where both are installed, unless somebody says otherwise.
        if options.path == nil, environment[SettingsKey.secondStage.variable] == nil, SecondStageFiles.areInstalled {
            environment[SettingsKey.secondStage.variable] = Cascade.Profile.efficient.rawValue
        }
        let (models, child) = try models(environment, log)
        let settings = try Settings.load(path: options.path, environment: environment, extraModels: models)
        let deployment = try await Deployment(settings, log: log)
        let key = try await firstKey(deployment)
        let token = settings.people.takesToken ? try deployment.keys.adminToken() : "off (admin.token)"
        if let child {
            FileHandle.standardError.write(Data("starting the embedded model …\n".utf8))
            try await child.start()
        }
        do {
            try await deployment.run(alongside: child.map { [$0] } ?? []) {
                FileHandle.standardOutput.write(
                    Data(Self.welcome(settings, models: models, key: key, token: token).utf8))
            }
        } catch {
            child?.stop()
            throw error
        }
    }

    // MARK: The model behind

    private func models(_ environment: [String: String], _ log: Logger) throws -> ([ModelRoute], ModelServer?) {
        if let upstream = environment["UPSTREAM"], !upstream.isEmpty {
            return ([try provider(upstream, environment)], nil)
        }
        let needed = ["SLUICE_MODEL_PYTHON", "SLUICE_MODEL_SERVER", "SLUICE_MODEL_GGUF"]
        let paths = needed.compactMap { environment[$0] }.filter { FileManager.default.fileExists(atPath: $0) }
        guard paths.count == needed.count else {
            throw StartProblem(
                "the embedded model is not installed; run 'make up', or name a provider with UPSTREAM and MODEL")
        }
        let port = try Self.freePort()
        let address = try UpstreamAddress("http://127.0.0.1:\(port)")
        // The server speaks both dialects; each is a model of its own here.
        let name = "smollm2-135m-instruct"
        let routes = [
            ModelRoute(name: "smollm2", dialect: .openAI, address: address, upstreamModel: name),
            ModelRoute(name: "smollm2-messages", dialect: .anthropic, address: address, upstreamModel: name),
        ]
        return (routes, ModelServer(command: paths + [String(port)], log: log))
    }

    private func provider(_ upstream: String, _ environment: [String: String]) throws -> ModelRoute {
        guard let name = environment["MODEL"], !name.isEmpty else {
            throw StartProblem("UPSTREAM is set, and MODEL is not: name the model to ask the provider for")
        }
        guard
            let dialect = Dialect(
                rawValue: environment["UPSTREAM_DIALECT"].flatMap { $0.isEmpty ? nil : $0 } ?? "openai")
        else {
            throw StartProblem("UPSTREAM_DIALECT must be \(Dialect.ofServers.map(\.rawValue).joined(separator: ", "))")
        }
        let key = environment["UPSTREAM_KEY"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            return ModelRoute(name: name, dialect: dialect, address: try UpstreamAddress(upstream), upstreamKey: key)
        } catch {
            throw StartProblem("UPSTREAM: \(error)")
        }
    }

    /// A port that is free at this moment, from the system.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw StartProblem("no free port on 127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    // MARK: The first key

    /// The key that the welcome shows: made at the first start, and kept for its owner in the directory.
    private func firstKey(_ deployment: Deployment) async throws -> String {
        let path = deployment.keys.folder + "/first.key"
        if let text = TextFile.read(path)?.trimming(while: \.isWhitespace), !text.isEmpty { return text }
        let access = deployment.access
        let name = "first"
        if !access.organisations.contains(where: { $0.name == name }) {
            _ = try await access.createOrganisation(name: name, by: "up")
        }
        let issued = try await access.createKey(NewKey(organisation: name, name: "first"), by: "up")
        guard TextFile.create(path, issued.secret.text + "\n", secret: true) else {
            throw StartProblem("cannot write \(path)")
        }
        return issued.secret.text
    }

    private static func welcome(_ settings: Settings, models: [ModelRoute], key: String, token: String) -> String {
        let url = "http://\(settings.listenHost):\(settings.listenPort)"
        guard let model = models.first else { return "" }
        let isOpenAI = model.dialect != .anthropic
        let base = [
            "\(url)/v1 (OpenAI's clients)", "\(url) (Anthropic's clients)",
        ].joined(separator: ", ")
        let path = isOpenAI ? "/v1/chat/completions" : "/v1/messages"
        let auth =
            isOpenAI ? "-H 'Authorization: Bearer \(key)'" : "-H 'x-api-key: \(key)' -H 'anthropic-version: 2023-06-01'"
        func curl(_ text: String, stream: Bool = false) -> String {
            let body =
                "{\"model\":\"\(model.name)\",\"max_tokens\":48,\(stream ? "\"stream\":true," : "")\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]}"
            return "curl -s\(stream ? "N" : "") \(url)\(path) \(auth) -H 'content-type: application/json' -d '\(body)'"
        }
        return """

            Sluice is up.
              base URL     \(base)
              models       \(models.map { "\($0.name) (\($0.dialect.rawValue))" }.joined(separator: ", "))
              API key      \(key)
              admin token  \(token)
                           (an operator on the admin port, see admin.listen; commands need none here, people sign in: sluice admin --help)

            A question, a request that the rules stop, and a stream:

            \(curl("What does a sluice gate do?"))

            \(curl("How do I make a chemical weapon?"))

            \(curl("Tell me a short story about a river.", stream: true))

            Ctrl-C stops everything.

            """
    }
}
