import Access
import Admin
import Constitution
import Dialects
import Foundation
import Gateway
import Ledger
import Logging
import NIOCore
import ServiceLifecycle
import Store
import UnixSignals
import Upstreams

/// One server with everything it needs, put together from its settings in the order of dependence.
struct Deployment {
    let settings: Settings
    let home: ServerDirectory
    let keys: DeploymentKeys
    let rules: Rules
    let access: AccessService
    let gateway: Gateway
    let admin: AdminService
    let log: Logger
    private let lock: DirectoryLock
    private let ledger: ExchangeLog
    private let store: Store

    /// Opens the directory, the rules, the ledger and the store.
    ///
    /// - Throws: What is wrong, with the file it is about; nothing listens yet.
    init(_ settings: Settings, log: Logger) async throws {
        self.settings = settings
        self.log = log
        ProcessLimits.prepare()
        home = ServerDirectory(settings.directory)
        try home.create()
        lock = try DirectoryLock(home)
        keys = try DeploymentKeys(home)
        rules = try Rules(settings, keys: keys)
        for warning in rules.warnings { log.warning("Rules", metadata: ["note": "\(warning)"]) }
        ledger = try ExchangeLog.open(
            directory: home.path + "/ledger", durability: settings.durability, segmentBytes: settings.segmentBytes)
        store = try await Store.open(path: home.store)
        let gatekeeper = Gatekeeper()
        access = try await AccessService.start(store: store, gatekeeper: gatekeeper)
        if !settings.keysFile.isEmpty { try await Self.adopt(settings.keysFile, access) }
        let threads = settings.threads == 0 ? ProcessLimits.cores : settings.threads
        gateway = try Gateway(
            snapshot: GatewaySnapshot(
                settings: settings.gateway, policy: rules.policy, constitution: rules.release.constitution),
            gatekeeper: gatekeeper, ledger: ledger, waitsForDisk: settings.durability == .disk, computeThreads: threads,
            log: log)
        let tally = gateway.tally
        let desk = AdminDesk(service: access) {
            Dictionary(tally.counts.map { ($0.name, "\($0.count)") }, uniquingKeysWith: { $1 })
        }
        var listeners = [AdminListener.unixSocket(path: settings.adminSocket)]
        if let tcp = settings.adminListen {
            listeners.append(.loopback(host: tcp.host, port: tcp.port, token: try keys.adminToken()))
        }
        admin = try AdminService(listeners: listeners, desk: desk, logger: log)
    }

    /// Bootstrap keys from a file: one `name:secret` a line, `#` begins a comment.
    private static func adopt(_ path: String, _ access: AccessService) async throws {
        guard let text = TextFile.read(path) else { throw StartProblem("cannot read the keys file '\(path)'") }
        var secrets: [(name: String, secret: String)] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimming(while: \.isWhitespace)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw StartProblem("\(path), line \(number + 1): must be NAME:SECRET")
            }
            secrets.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
        }
        try await access.adopt(secrets, organisation: "bootstrap", by: "keys_file")
    }

    /// Serves until a signal ends it; `started` is called once the listener stands.
    func run(alongside services: [any Service] = [], started: @escaping @Sendable () async throws -> Void = {})
        async throws
    {
        let threads = settings.threads == 0 ? ProcessLimits.cores : settings.threads
        let server = try await GatewayServer(gateway: gateway, threads: threads)
        let listener = GatewayService(
            server: server, host: settings.listenHost, port: settings.listenPort, log: log, started: started)
        let group = ServiceGroup(
            services: services + [AccessUpkeep(service: access, logger: log), admin, listener],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        do {
            try await group.run()
        } catch {
            try? await close()
            throw error
        }
        try await close()
    }

    private func close() async throws {
        ledger.close()
        try await access.maintain()
        try await store.close()
        withExtendedLifetime(lock) {}
    }
}

/// The listener for clients as a service: it stops in order, running answers first.
struct GatewayService: Service {
    let server: GatewayServer
    let host: String
    let port: Int
    let log: Logger
    let started: @Sendable () async throws -> Void

    func run() async throws {
        do {
            let address = try await server.start(host: host, port: port)
            log.info("Listening", metadata: ["address": "\(address?.description ?? host)"])
        } catch {
            try? await server.stop()
            throw StartProblem(
                "cannot listen on \(host):\(port): \(error). Is another server running there? Choose another port with 'listen'."
            )
        }
        try await started()
        try? await gracefulShutdown()
        log.info("Draining")
        try await server.stop()
    }
}
