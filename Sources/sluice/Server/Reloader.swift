import Constitution
import Gateway
import Logging
import Safeguards
import ServiceLifecycle
import Store
import UnixSignals
import Upstreams
import Webhooks

/// What a change of the settings or the rules came to.
enum ReloadOutcome: Sendable, Equatable {
    /// In force; the notes say what was left as it was, and what an operator should know.
    case accepted(notes: [String])
    /// Refused for these reasons; what was in force before still is.
    case refused([String])
}

/// Puts changed settings, rules and stops in force while the server runs.
///
/// A change is read whole, checked whole, made into one snapshot and put in force by one exchange of a reference; a request
/// keeps the snapshot that was in force when its head came. Changes are made one after the other.
actor Reloader {
    private let path: String?
    private let environment: [String: String]
    private let extraModels: [ModelRoute]
    private let keys: DeploymentKeys
    private let upstreams: UpstreamRegistry
    private let store: Store
    private let server: GatewayServer
    private let books: AddressBooks
    private let webhooks: WebhookDesk
    private let watchDesk: WatchDesk?
    private let log: Logger
    private let releases: ReleaseBook?
    private var settings: Settings
    private var rules: Rules
    private var ruleStamps: [FileStamp]
    private var stops: Stops
    private var watch: FileWatch
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Why the files as they are were refused; empty if they are in force.
    private(set) var refusal: [String] = []
    /// Changes put in force since the start.
    private(set) var count = 0

    init(_ deployment: Deployment, server: GatewayServer) {
        let settings = deployment.settings
        (path, environment, extraModels) = (settings.path, settings.environment, settings.extraModels)
        (keys, upstreams, log) = (deployment.keys, deployment.upstreams, deployment.log)
        releases = deployment.publicLog?.releases
        store = deployment.store
        self.server = server
        books = deployment.books
        webhooks = deployment.webhooks
        watchDesk = deployment.watch
        self.settings = settings
        rules = deployment.rules
        stops = deployment.stops
        ruleStamps = Self.ruleStamps(settings)
        watch = FileWatch(Self.files(settings))
    }

    /// Where alarms begin, by the settings in force.
    var alarmRules: Alarms.Rules { settings.watching.alarms }

    /// What the server says of its settings, by name.
    var facts: [String: String] {
        [
            "settings": refusal.isEmpty ? "in force" : "refused: " + refusal.joined(separator: "; "),
            "reloads": "\(count)",
        ]
    }

    // MARK: What brings a change

    /// Looks at the files once, and acts if they have changed and are at rest.
    func look() async {
        guard watch.look() else { return }
        _ = await reload()
    }

    /// Reads the settings and the rules anew, changed or not.
    func reload() async -> ReloadOutcome {
        await enter()
        defer { leave() }
        let outcome = await renew()
        watch.act(on: Self.files(settings))
        switch outcome {
        case .accepted(let notes):
            refusal = []
            count += 1
            log.info("Settings are in force", metadata: ["rules": "\(rules.release.hashText.prefix(16))"])
            for note in notes { log.warning("Settings", metadata: ["note": "\(note)"]) }
        case .refused(let reasons):
            refusal = reasons
            for reason in reasons {
                log.error("Settings refused; those from before stay in force", metadata: ["reason": "\(reason)"])
            }
        }
        return outcome
    }

    /// Puts other stops in force; running exchanges that they concern are cut before this returns.
    func apply(_ stops: Stops) async throws {
        await enter()
        defer { leave() }
        let rules =
            stops.categories == self.stops.categories ? self.rules : try Rules(settings, keys: keys, stops: stops)
        try await install(settings, rules, stops)
    }

    // MARK: What a change consists of

    private func renew() async -> ReloadOutcome {
        let fresh: Settings
        do throws(SettingsError) {
            fresh = try Settings.load(path: path, environment: environment, extraModels: extraModels)
        } catch {
            return .refused(error.problems.map { "\(error.file): \($0)" })
        }
        do {
            let stamps = Self.ruleStamps(fresh)
            let isSame =
                stamps == ruleStamps && fresh.secondStage == settings.secondStage
                && fresh.secondEncoder == settings.secondEncoder && fresh.guards == settings.guards
            let rules = isSame ? self.rules : try Rules(fresh, keys: keys, stops: stops)
            try await install(fresh, rules, stops)
            ruleStamps = stamps
            return .accepted(notes: fresh.needsRestart(after: settings) + rules.warnings)
        } catch {
            return .refused(["\(error)"])
        }
    }

    private func install(_ settings: Settings, _ rules: Rules, _ stops: Stops) async throws {
        let snapshot = GatewaySnapshot(
            settings: settings.gateway, policy: rules.policy, secondStage: rules.secondStage, guards: rules.guards,
            constitution: rules.release.constitution, stops: stops, upstreams: upstreams)
        // Before it is in force: no decision is published before the release that it names.
        try releases?.tell(rules, snapshot)
        try await server.replace(snapshot)
        if rules.release.hash != self.rules.release.hash
            || rules.policy.classifierHash != self.rules.policy.classifierHash
        {
            // From here on decisions name it: the journal carries it into the ledger.
            try await store.commit([], event: rules.event)
        }
        await books.follow(settings.addresses)
        webhooks.replace(settings.watching.webhooks)
        await watchDesk?.follow(settings.distillation)
        (self.settings, self.rules, self.stops) = (self.settings.keepingStart(of: settings), rules, stops)
    }

    private static func files(_ settings: Settings) -> [String] { settings.files + ruleFiles(settings) }

    private static func ruleFiles(_ settings: Settings) -> [String] {
        var files = [settings.classifier.isEmpty ? ShippedFiles.classifier : settings.classifier]
        if settings.constitution != "built-in" { files += [settings.constitution, settings.constitution + ".sig"] }
        if !settings.constitutionKey.isEmpty { files.append(settings.constitutionKey) }
        if settings.secondStage != nil { files += [settings.encoder, settings.heads].filter { !$0.isEmpty } }
        return files
    }

    private static func ruleStamps(_ settings: Settings) -> [FileStamp] { ruleFiles(settings).map { FileStamp($0) } }

    private func enter() async {
        if isBusy {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isBusy = true
        }
    }

    private func leave() {
        if waiting.isEmpty {
            isBusy = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// Looks at the files four times a second, and at SIGHUP.
struct ReloadService: Service {
    /// Two looks see a change and its rest: together they stay well below a second.
    static let interval = Duration.milliseconds(250)

    let reloader: Reloader

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.interval)
                        await reloader.look()
                    }
                }
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { _ = await reloader.reload() }
                }
            }
        }
    }
}
