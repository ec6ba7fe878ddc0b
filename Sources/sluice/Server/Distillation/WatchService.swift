import Access
import Cases
import Distillation
import Foundation
import Gateway
import Glibc
import Logging
import ServiceLifecycle
import Store
import Telemetry

/// Runs the watch: its threads, and the desk that hears of what they find.
struct WatchService: Service {
    let desk: WatchDesk
    let log: Logger

    func run() async throws {
        do { try desk.watcher.start() } catch {
            throw StartProblem("distillation: what is known of traffic cannot be opened: \(error)")
        }
        await withGracefulShutdownHandler {
            for await news in desk.watcher.news { await desk.take(news) }
        } onGracefulShutdown: { [watcher = desk.watcher] in
            // Waits for the last save, on a thread that may wait.
            Thread.detachNewThread { watcher.stop() }
        }
    }
}

extension WatchDesk {
    /// The watch of a deployment, opened; nil where it is off.
    static func open(
        _ settings: DistillationSettings, home: ServerDirectory, keys: DeploymentKeys, gateway: Gateway,
        access: AccessService, cases: CaseDesk, around: Surroundings, log: Logger
    ) async throws -> WatchDesk? {
        guard settings.isOn else { return nil }
        let folder = home.path + "/distillation"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let gatekeeper = access.gatekeeper
        let watcher = TrafficWatcher(
            feed: gateway.traffic, folder: folder, hash: try keys.trafficHash(),
            wishes: .init(every: settings.every, saveEvery: settings.saveEvery, accounts: settings.accounts), log: log
        ) {
            let snapshot = gatekeeper.snapshot
            return Dictionary(
                snapshot.organisations.values.map { organisation in
                    let isVetted = snapshot.facts[organisation.id]?.isVetted ?? false
                    return (
                        organisation.id.text, OrganisationRecord(created: organisation.created, isVerified: isVetted)
                    )
                }, uniquingKeysWith: { $1 })
        }
        let desk = WatchDesk(
            watcher: watcher, access: access, cases: cases, settings: settings, folder: folder, around: around,
            log: log)
        try await desk.open()
        return desk
    }

    /// Writes how the groups stand.
    func write(to page: inout Exposition) {
        watcher.write(to: &page)
        page.gauge(
            "sluice_clusters", "Groups of accounts that act together, by where they stand.",
            Cluster.State.allCases.map { state in
                .init([("state", state.rawValue)], book.clusters.values.count { $0.state == state })
            })
        page.gauge(
            "sluice_cluster_accounts", "Accounts of groups, by whether measures hold for them.",
            [
                .init(
                    [("limited", "yes")], access.gatekeeper.snapshot.curbs.values.reduce(0) { $0 + $1.accounts.count }),
                .init(
                    [("limited", "no")],
                    book.clusters.values.reduce(0) { $0 + ($1.measures.isEmpty ? $1.active.count : 0) }),
            ])
    }

    /// The groups that an organisation has accounts in, and that measures hold for.
    func groups(of organisation: String) -> [String] {
        book.clusters.values.filter { cluster in
            !cluster.measures.isEmpty && cluster.active.values.contains { $0.organisation == organisation }
        }.map(\.id).sorted()
    }
}

extension DeploymentKeys {
    /// The hash of the watch's sketches, under a key that is made at the first start.
    func trafficHash() throws -> KeyedHash {
        let path = folder + "/distillation.key"
        let key: [UInt8]
        if let file = TextFile.bytes(path) {
            guard file.count == 32 else { throw StartProblem("\(path) must hold 32 bytes; put the right file back") }
            key = file
        } else {
            var generator = SystemRandomNumberGenerator()
            key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            guard TextFile.create(path, key, secret: true) else { throw StartProblem("cannot write \(path)") }
        }
        return KeyedHash(secret: key.map { String($0, radix: 16) }.joined(separator: ","))
    }
}
