public import Access
public import Foundation
public import Ledger
public import Metering
import Store
public import Transparency

/// A status and a JSON body.
public struct AdminReply: Sendable {
    /// An HTTP status.
    public var status: Int
    /// UTF-8 JSON.
    public var body: Data

    /// Takes both as they are.
    public init(status: Int, body: Data) { (self.status, self.body) = (status, body) }
}

/// Carries out admin calls, whether they came over a socket or from a command that works without a server.
public struct AdminDesk: Sendable {
    let service: AccessService
    let metering: MeteringService?
    let controls: AdminControls?
    let cases: CaseControls?
    let register: RegisterControls?
    /// What Prometheus is told; nil where no server runs.
    public var metrics: (@Sendable () async -> String)?
    /// Who is told of alarms; nil where no server runs.
    public var webhooks: WebhookControls?
    /// Carries out a call of the watch for distillation, and gets who asks; nil where no server runs, or it is off.
    public var distillation: (@Sendable (DistillationCall, String) async -> AdminReply)?
    /// The accounts of guarded models' servers; nil where no server runs.
    public var egress: EgressControls?
    let people: PeopleControls?
    let keeping: KeepingControls?
    private let facts: @Sendable () async -> [String: String]
    /// Takes what the world may know of an act that was carried out; nil where nothing is published.
    public var publish: (@Sendable (Leaf.Content) -> Void)?
    /// Throws the salts and kept texts of a decision away; nil where that cannot be done.
    public var forget: (@Sendable (DecisionID) async throws -> ForgottenDecisionView)?

    /// - Parameters:
    ///   - metering: What adds up the ledger; without it nobody can say what was used.
    ///   - cases: What people decide, while a server runs.
    ///   - register: Papers, screening, restrictions and permissions, while a server runs.
    ///   - people: Who may sign in.
    ///   - keeping: What is kept, while a server runs.
    ///   - controls: What a running server lets one do to it; nil where none runs.
    ///   - facts: What the server says of itself under `status`, by name; nothing secret.
    public init(
        service: AccessService, metering: MeteringService? = nil, cases: CaseControls? = nil,
        register: RegisterControls? = nil, people: PeopleControls? = nil, keeping: KeepingControls? = nil,
        controls: AdminControls? = nil,
        facts: @escaping @Sendable () async -> [String: String] = { [:] }
    ) {
        self.service = service
        self.metering = metering
        self.cases = cases
        self.register = register
        self.people = people
        self.keeping = keeping
        self.controls = controls
        self.facts = facts
    }

    /// Carries out one call; what goes wrong is in the reply.
    ///
    /// - Parameter actor: Who asks, for the record of changes.
    public func perform(_ call: AdminCall, by actor: String) async -> AdminReply {
        do {
            let reply = try await reply(to: call, by: actor)
            tell(call, reply)
            return reply
        } catch let error as AccessError {
            return Self.reply(error)
        } catch let error as StoreError {
            return Self.reply(.store(error))
        } catch let error as LedgerError {
            return Self.failure(503, "unavailable", nil, error.description)
        } catch {
            return Self.failure(500, "unavailable", nil, "the reply could not be written")
        }
    }

    /// An error as JSON.
    static func failure(_ status: Int, _ code: String, _ field: String?, _ message: String) -> AdminReply {
        let view = ErrorView(error: .init(code: code, field: field, message: message))
        return AdminReply(status: status, body: (try? encode(view)) ?? Data("{}".utf8))
    }

    private func reply(to call: AdminCall, by actor: String) async throws -> AdminReply {
        switch call {
        case .status: return try await status()
        case .events(let limit):
            let events = try await service.store.events(limit: min(max(1, limit), 1000))
            return try Self.ok(ListView(data: events.map { EventView($0) }))
        case .listOrganisations:
            return try Self.ok(ListView(data: service.organisations.map { OrganisationView($0) }))
        case .createOrganisation(let body):
            let limits = body.limits?.limits ?? Limits()
            let made = try await service.createOrganisation(name: body.name, limits: limits, by: actor)
            return try Self.ok(OrganisationView(made, accounts: service.accounts(of: made.id)), status: 201)
        case .showOrganisation(let reference):
            let organisation = try service.organisation(reference)
            return try Self.ok(OrganisationView(organisation, accounts: service.accounts(of: organisation.id)))
        case .limitOrganisation(let reference, let body):
            let changed = try await service.setLimits(body.limits, organisation: reference, by: actor)
            return try Self.ok(OrganisationView(changed))
        case .suspendOrganisation(let reference, let body):
            let standing = Standing.suspended(reason: body.reason)
            return try Self.ok(
                OrganisationView(try await service.setStanding(standing, organisation: reference, by: actor)))
        case .resumeOrganisation(let reference):
            return try Self.ok(
                OrganisationView(try await service.setStanding(.active, organisation: reference, by: actor)))
        case .createAccount(let reference, let body):
            let made = try await service.createAccount(name: body.name, organisation: reference, by: actor)
            return try Self.ok(AccountView(made), status: 201)
        case .listKeys, .createKey, .showKey, .rotateKey, .revokeKey:
            return try await keyReply(to: call, by: actor)
        case .money(let call): return try await reply(to: call, by: actor)
        case .cases(let call): return try await reply(to: call)
        case .register(let call):
            guard let register else {
                return Self.failure(503, "unavailable", nil, "no server runs on this directory; start one first")
            }
            return await register.perform(call, actor)
        case .distillation(let call):
            guard let distillation else {
                return Self.failure(
                    503, "unavailable", nil, "no server watches here; start one, with 'distillation.watch' on")
            }
            return await distillation(call, actor)
        case .webhooks(let call): return try await reply(to: call)
        case .forget(let body): return try await forgetReply(body, by: actor)
        case .people(let call): return try await reply(to: call)
        case .session: return Self.withoutPeople
        case .keeping(let call): return try await reply(to: call, by: actor)
        case .egress(let call): return try await reply(to: call)
        case .listStops, .stop, .resume, .reload:
            return try await stopReply(to: call, by: actor)
        }
    }

    private func keyReply(to call: AdminCall, by actor: String) async throws -> AdminReply {
        switch call {
        case .listKeys(let reference):
            let organisation = try reference.map { try service.organisation($0).id }
            let uses = await service.lastUses()
            let now = SystemTime.wall
            let views = service.keys(of: organisation).map { KeyView($0, lastUsed: uses[$0.id], now: now) }
            return try Self.ok(ListView(data: views))
        case .createKey(let body):
            let wish = NewKey(
                organisation: body.organisation, account: body.account ?? "default", name: body.name ?? "key",
                models: body.models, routes: body.routes, limits: body.limits?.limits ?? Limits(),
                lifetime: body.expiresIn)
            return try await Self.ok(issued(service.createKey(wish, by: actor)), status: 201)
        case .rotateKey(let reference, let body):
            let made = try await service.rotateKey(
                reference, overlap: body.overlap, lifetime: body.expiresIn, by: actor)
            return try await Self.ok(issued(made), status: 201)
        case .revokeKey(let reference):
            return try await Self.ok(view(service.revokeKey(reference, by: actor)))
        case .showKey(let reference):
            return try await Self.ok(view(service.key(reference)))
        default:
            return Self.failure(404, "not_found", nil, "there is no such route")
        }
    }

    private func status() async throws -> AdminReply {
        let now = SystemTime.wall
        let live = service.keys().count { $0.revoked == nil && ($0.expires ?? .max) > now }
        return try await Self.ok(
            StatusView(
                organisations: service.organisations.count, keys: live, running: service.gatekeeper.running,
                facts: facts()))
    }

    private func view(_ key: KeyRecord) async -> KeyView {
        KeyView(key, lastUsed: await service.lastUsed(key.id), now: SystemTime.wall)
    }

    private func issued(_ issued: IssuedKey) async -> IssuedKeyView {
        IssuedKeyView(key: await view(issued.key), secret: issued.secret.text)
    }

    static func ok(_ view: some Encodable, status: Int = 200) throws -> AdminReply {
        AdminReply(status: status, body: try encode(view))
    }

    private static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(view)
    }

    private static func reply(_ error: AccessError) -> AdminReply {
        switch error {
        case .invalid(let field, let message): failure(400, "invalid", field, message)
        case .notFound(let field, let message): failure(404, "not_found", field, message)
        case .conflict(let field, let message): failure(409, "conflict", field, message)
        case .store(let error): failure(503, "unavailable", nil, error.description)
        }
    }
}
