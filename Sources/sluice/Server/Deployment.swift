import Access
import Admin
import Cases
import Certificates
import Constitution
import Dialects
import Foundation
import Gateway
import Keeping
import Ledger
import Logging
import Metering
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle
import Store
import Transparency
import UnixSignals
import Upstreams
import Webhooks

/// One server with everything it needs, put together from its settings in the order of dependence.
struct Deployment {
    let settings: Settings
    let home: ServerDirectory
    let keys: DeploymentKeys
    let rules: Rules
    let access: AccessService
    let metering: MeteringService
    let gateway: Gateway
    let upstreams: UpstreamRegistry
    let stops: Stops
    let cases: CaseDesk
    let register: RegisterDesk
    let books: AddressBooks
    /// The watch for distillation; nil where it is off.
    let watch: WatchDesk?
    private let journal: ActJournal
    private let egress: EgressDesk
    let administration: Administration
    /// The certificates of the ports.
    let certificates: CertificateShelf
    /// Every text that is kept, sealed.
    let texts: KeptTexts
    /// How much room there is.
    let disk: DiskWatch
    /// What keeps the ledger within its bounds.
    let upkeep: LedgerUpkeep
    let admin: AdminService
    let log: Logger
    /// Who is told of alarms.
    let webhooks = WebhookDesk()
    /// What they have not been told yet.
    let backlog: WebhookBacklogFile
    /// The listener, once it stands.
    let serving = NIOLockedValueBox<GatewayServer?>(nil)
    /// What puts changes in force, once the server runs.
    let reloading = NIOLockedValueBox<Reloader?>(nil)
    /// What proves the ledger to everybody; nil where that is off.
    let publicLog: ServerLog?
    private let lock: DirectoryLock
    let ledger: ExchangeLog
    let store: Store

    /// Opens the directory, the rules, the ledger and the store.
    ///
    /// - Throws: What is wrong, with the file it is about; nothing listens yet.
    init(_ settings: Settings, log: Logger) async throws {
        self.settings = settings
        self.log = log
        ProcessLimits.prepare()
        certificates = try CertificateShelf(settings)
        home = ServerDirectory(settings.directory)
        try home.create()
        lock = try DirectoryLock(home)
        keys = try DeploymentKeys(home)
        ledger = try ExchangeLog.open(
            directory: home.path + "/ledger", durability: settings.durability, segmentBytes: settings.segmentBytes)
        let path = home.path
        publicLog = try settings.publicLog.map { try ServerLog($0, home: path, ledger: path + "/ledger") }
        store = try await Store.open(path: home.store)
        stops = Stops(try await store.stops())
        rules = try Rules(settings, keys: keys, stops: stops)
        try await store.commit([], event: rules.event)
        for warning in rules.warnings { log.warning("Rules", metadata: ["note": "\(warning)"]) }
        let gatekeeper = Gatekeeper()
        access = try await AccessService.start(store: store, gatekeeper: gatekeeper)
        if !settings.keysFile.isEmpty { try await Self.adopt(settings.keysFile, access) }
        let snapshot = gatekeeper.snapshot
        metering = try await MeteringService.start(
            store: store, ledger: home.path + "/ledger", prices: snapshot.prices, budgets: snapshot.budgets
        ) { gatekeeper.line(ofKey: $0) }
        let threads = settings.threads == 0 ? ProcessLimits.cores : settings.threads
        webhooks.replace(settings.watching.webhooks)
        backlog = WebhookBacklogFile(path: home.path + "/webhooks.waiting", log: log)
        backlog.restore(webhooks)
        upstreams = UpstreamRegistry { [webhooks] in
            Self.tell($0, log)
            webhooks.post(WebhookEvent($0))
        }
        gateway = try Gateway(
            snapshot: GatewaySnapshot(
                settings: settings.gateway, policy: rules.policy, secondStage: rules.secondStage, guards: rules.guards,
                constitution: rules.release.constitution, stops: stops, upstreams: upstreams),
            gatekeeper: gatekeeper, ledger: ledger, waitsForDisk: settings.durability == .disk, computeThreads: threads,
            meter: metering.meter, promises: publicLog?.terms,
            log: log)
        if let publicLog {
            let receipts = ReceiptService(publicLog, ledger: home.path + "/ledger")
            gateway.giveReceipts { await receipts.answer($0) }
        }
        let contentKeys = ContentKeys(settings.keeping, keys: keys.folder, environment: settings.environment)
        texts = KeptTexts(store: store, ring: try contentKeys.ring()) { try contentKeys.replace(with: $0) }
        cases = try await CaseDesk.open(store: store, texts: texts, retention: settings.textRetention)
        disk = DiskWatch(
            paths: [home.path, home.path + "/ledger"], warnsBelow: settings.keeping.diskWarning, gateway: gateway,
            log: log)
        upkeep = LedgerUpkeep(
            ledger: ledger, metering: metering, publicLog: settings.publicLog?.directory ?? home.path + "/log",
            publishes: publicLog != nil, retention: settings.keeping.ledger, segmentAge: settings.keeping.segmentAge,
            log: log)
        let (journal, tail) = try await ActJournal.open(
            store: store, ledger: ledger, directory: home.path + "/ledger")
        self.journal = journal
        gatekeeper.set(permissionUses: tail.uses)
        register = RegisterDesk(
            access: access, cases: cases, lists: home.path + "/lists",
            around: Self.surroundings(gateway, settings, publicLog, log), log: log)
        try await register.open()
        watch = try await WatchDesk.open(
            settings.distillation, home: home, keys: keys, gateway: gateway, access: access, cases: cases,
            around: Self.watchSurroundings(gateway, publicLog, webhooks, log), log: log)
        books = AddressBooks(plan: gateway.addresses, log: log)
        await books.follow(settings.addresses)
        let (register, books) = (register, books)
        let appeals = AppealService(
            desk: cases, gateway: gateway, ledger: home.path + "/ledger", dueIn: settings.watching.appealsDue,
            people: settings.people.appealPeople, groups: { [watch] in await watch?.groups(of: $0) ?? [] }
        ) { organisation in
            let snapshot = gatekeeper.snapshot
            return snapshot.restrictions.values.filter { record in
                record.subject == organisation
                    || record.kind == .account
                        && snapshot.accounts[AccountID(record.subject)]?.organisation.text == organisation
            }.map(\.id).sorted()
        }
        gateway.takeAppeals { call in
            switch call.wish {
            case .submit, .look: await appeals.answer(call)
            case .askPermission, .permissions: await register.answer(call)
            }
        }
        if settings.takesApplications { gateway.takeApplications { await register.answer($0) } }
        let (access, denials) = (access, gateway)
        let tally = gateway.tally
        let (gateway, reloading, publicLog) = (gateway, reloading, publicLog)
        let egress = EgressDesk(
            gateway: gateway, store: store, cases: cases, webhooks: webhooks, reloading: reloading,
            publish: { if let publicLog { Self.publish($0, publicLog, log) } }, log: log)
        self.egress = egress
        let drafts = CaseControls(desk: cases) { [home, gateway, log] granted, text in
            if granted.kind == .egress, let last = granted.rulings.last {
                try? await egress.lift(granted.subject, by: last.person, because: last.reason)
            }
            guard granted.kind == .appeal else { return }
            gateway.countOverRefusal()
            guard let draft = text.flatMap({ ExemplarDraft(granted, body: $0) }) else { return }
            do {
                try draft.write(in: home.path)
            } catch {
                log.error("A draft cannot be written", metadata: ["reason": "\(error)"])
            }
        }
        administration = try await Administration(
            settings.people, store: store, keys: keys, listen: settings.adminListen)
        var desk = AdminDesk(
            service: access, metering: metering, cases: drafts,
            register: RegisterControls { call, actor in
                let reply = await register.answer(call, by: actor)
                denials.forgetDenials()
                return reply
            }, people: administration.controls,
            keeping: Self.keeping(texts, contentKeys, upkeep, store, ledger, home),
            controls: Self.controls(reloading, gateway)
        ) {
            var facts = Dictionary(tally.counts.map { ($0.name, "\($0.count)") }, uniquingKeysWith: { $1 })
            for report in gateway.snapshot.upstreamReports { facts[report.name] = report.line }
            if let reloader = reloading.withLockedValue({ $0 }) { facts.merge(await reloader.facts) { $1 } }
            facts.merge(await books.facts) { $1 }
            facts["restrictions"] = "\(access.restrictions.count)"
            if let publicLog { facts["public log"] = publicLog.line }
            return facts
        }
        let page = MetricsPage(
            gateway: gateway, serving: serving, ledger: ledger, meter: metering.meter, access: access,
            webhooks: webhooks, watch: watch)
        if let watch { desk.distillation = { await watch.answer($0, by: $1) } }
        desk.metrics = { await page.text() }
        desk.webhooks = WebhookControls(webhooks)
        desk.egress = EgressControls(
            accounts: { await egress.accounts() }, release: { try await egress.release($0, by: $1) })
        if let publicLog { desk.publish = { Self.publish($0, publicLog, log) } }
        desk.forget = { [ledger, texts] decision in try await Forgetting(ledger: ledger, texts: texts).forget(decision)
        }
        var listeners = [AdminListener.unixSocket(path: settings.adminSocket)]
        if let port = try administration.listener(settings.adminListen, keys: keys, tls: certificates.admin) {
            listeners.append(port)
        }
        admin = try AdminService(listeners: listeners, desk: desk, logger: log)
    }

    /// What the register needs to know of the deployment.
    private static func surroundings(
        _ gateway: Gateway, _ settings: Settings, _ publicLog: ServerLog?, _ log: Logger
    ) -> RegisterDesk.Surroundings {
        RegisterDesk.Surroundings(
            // Reasoning that a model keeps back may be opened like a category.
            categories: {
                gateway.snapshot.constitution.categories.map { ($0.id, $0.isAbsolute, $0.borders) }
                    + [("reasoning", false, nil)]
            },
            models: { gateway.snapshot.modelNames }, decidesByRule: settings.decidesByRule,
            publish: { act in
                if let publicLog, let leaf = act.leaf { publish(leaf, publicLog, log) }
            })
    }

    /// Hands what an operator did to the public log.
    static func publish(_ act: Leaf.Content, _ server: ServerLog, _ log: Logger) {
        do throws(LedgerError) {
            try server.outbox.post(act)
            server.log.wake()
        } catch {
            log.error("An act cannot be handed to the public log", metadata: ["reason": "\(error)"])
        }
    }

    private static func keeping(
        _ texts: KeptTexts, _ keys: ContentKeys, _ upkeep: LedgerUpkeep, _ store: Store, _ ledger: ExchangeLog,
        _ home: ServerDirectory
    ) -> KeepingControls {
        KeepingControls(
            texts: texts,
            rekey: { actor in
                // What the operator keeps is read anew: its first line is the new key.
                let given = keys.isOurs ? nil : try keys.ring()
                return try await texts.rekey(given, by: actor, at: SystemTime.wall)
            },
            prune: { try await upkeep.prune($0, by: $1) },
            backup: { actor in
                try await upkeep.metering.advance(now: SystemTime.wall)
                let point = try await BackupPoint.fix(store, ledger, in: home.path)
                try await store.commit(
                    [],
                    event: ChangeEvent(time: SystemTime.wall, actor: actor, action: "backup.make", subject: home.path))
                return point.view
            })
    }

    private static func controls(_ reloading: NIOLockedValueBox<Reloader?>, _ gateway: Gateway) -> AdminControls {
        AdminControls(
            reload: {
                guard let reloader = reloading.withLockedValue({ $0 }) else {
                    return ReloadView(accepted: false, notes: ["the server is starting"])
                }
                return switch await reloader.reload() {
                case .accepted(let notes): ReloadView(accepted: true, notes: notes)
                case .refused(let reasons): ReloadView(accepted: false, notes: reasons)
                }
            },
            apply: { stops in
                guard let reloader = reloading.withLockedValue({ $0 }) else {
                    throw StartProblem("the server is starting")
                }
                try await reloader.apply(Stops(stops))
            },
            models: { gateway.snapshot.modelNames }, categories: { gateway.snapshot.constitution.categories.map(\.id) })
    }

    /// One line for each model server that goes out or comes back.
    private static func tell(_ report: UpstreamReport, _ log: Logger) {
        let facts: Logger.Metadata = [
            "model": "\(report.model)", "upstream": "\(report.address)", "breaker": "\(report.breaker.rawValue)",
            "health": report.isUp ? "up" : "down",
        ]
        if report.isUp, report.breaker == .closed {
            log.notice("A model server is back", metadata: facts)
        } else {
            log.warning("A model server is kept out", metadata: facts)
        }
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
        serving.withLockedValue { $0 = server }
        try publicLog?.releases.tell(rules, gateway.snapshot)
        let reloader = Reloader(self, server: server)
        reloading.withLockedValue { $0 = reloader }
        let listener = GatewayService(
            server: server, host: settings.listenHost, port: settings.listenPort, certificate: certificates.client,
            log: log, started: started)
        let watching: [any Service] = watch.map { [WatchService(desk: $0, log: log)] } ?? []
        let proving: [any Service] = publicLog.map { [ServerLogService(server: $0, log: log)] } ?? []
        let group = ServiceGroup(
            services: services + proving + watching + [
                AccessUpkeep(service: access, logger: log),
                MeteringUpkeep(service: metering, logger: log) { [webhooks] in webhooks.post(WebhookEvent($0)) },
                CaseUpkeep(desk: cases, log: log), PeopleUpkeep(people: administration.people, logger: log), disk,
                upkeep,
                RegisterUpkeep(register: register, journal: journal, access: access, books: books, log: log),
                ContentKeeper(
                    texts: texts, retention: settings.keeping.contentRetention, gateway: gateway, log: log),
                ReloadService(reloader: reloader), EgressService(desk: egress),
                CertificateWatch(shelf: certificates, log: log), admin,
            ] + watchers(reloader) + [listener],
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
        backlog.save(webhooks)
        ledger.close()
        publicLog?.log.close()
        try await metering.advance(now: SystemTime.wall)
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
    let certificate: ServerCertificate?
    let log: Logger
    let started: @Sendable () async throws -> Void

    func run() async throws {
        do {
            let address = try await server.start(host: host, port: port, certificate: certificate)
            log.info(
                "Listening",
                metadata: [
                    "address": "\(address?.description ?? host)", "tls": "\(certificate != nil)",
                    "memory": "\(Allocator.name)",
                ])
        } catch {
            try? await server.stop()
            throw StartProblem(
                "cannot listen on \(host):\(port): \(error). Is another server running there? Choose another port with 'listen'."
            )
        }
        try await started()
        ResidentCode.release()
        try? await gracefulShutdown()
        log.info("Draining")
        try await server.stop()
    }
}

extension UpstreamReport {
    fileprivate var name: String { "upstream \(model) \(address)" }

    /// How the server stands, on one line.
    fileprivate var line: String {
        let health = isUp ? "" : ", health route says no"
        return
            "breaker \(breaker.rawValue)\(health), \(inFlight) running, \(waiting) waiting, \(calls) calls, \(failures) failed"
    }
}
