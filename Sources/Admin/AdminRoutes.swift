import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Store

/// The routes of the admin API, under `/admin/v1`.
struct AdminRoutes: Sendable {
    typealias Context = AdminContext

    /// Bodies larger than this are refused: names and scopes are short.
    static let largestBody = 256 * 1024

    let desk: AdminDesk
    /// Who is let in here, and how they are known.
    let door: AdminDoor

    static let limits = Set(LimitsBody.CodingKeys.allCases.map { "limits.\($0.rawValue)" } + ["limits"])

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.addMiddleware { Doorkeeper(door: door, people: desk.people?.desk) }
        let v1 = router.group("/admin/v1")
        v1.get("status") { _, _ in await answer(.status) }
        v1.get("events") { request, _ in
            await answer(.events(limit: request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 100))
        }
        let stop: Set<String> = ["kind", "name", "reason"]
        v1.get("stops") { _, _ in await answer(.listStops) }
        v1.post("stops") { request, _ in await answer(request, StopRequest.self, stop) { .stop($0) } }
        v1.post("stops/resume") { request, _ in await answer(request, StopRequest.self, stop) { .resume($0) } }
        v1.post("forget") { request, _ in await answer(request, ForgetRequest.self, ["decision"]) { .forget($0) } }
        v1.post("reload") { _, _ in await answer(.reload) }
        addOrganisations(to: v1.group("organisations"))
        addKeys(to: v1.group("keys"))
        addMoney(to: v1)
        addCases(to: v1)
        addRegister(to: v1)
        addDistillation(to: v1)
        addWatching(to: v1)
        addEgress(to: v1)
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: AdminInterface.document)))
        }
        router.get("metrics") { _, _ in await metrics() }
        addPeople(to: v1)
        addSessions(to: v1)
        if let people = desk.people { AdminPages(people: people, door: door).add(to: router) }
        addKeeping(to: v1.group("keeping"))
        return router
    }

    private func addOrganisations(to group: RouterGroup<Context>) {
        group.get { _, _ in await answer(.listOrganisations) }
        group.post { request, _ in
            await answer(request, OrganisationRequest.self, Self.limits.union(["name"])) { .createOrganisation($0) }
        }
        group.get(":reference") { _, context in await answer(context) { .showOrganisation($0) } }
        group.post(":reference/limits") { request, context in
            let known = Set(LimitsBody.CodingKeys.allCases.map(\.rawValue))
            return await answer(request, context, LimitsBody.self, known) { .limitOrganisation($0, $1) }
        }
        group.post(":reference/suspend") { request, context in
            await answer(request, context, ReasonRequest.self, ["reason"]) { .suspendOrganisation($0, $1) }
        }
        group.post(":reference/resume") { _, context in await answer(context) { .resumeOrganisation($0) } }
        group.post(":reference/accounts") { request, context in
            await answer(request, context, AccountRequest.self, ["name"]) { .createAccount($0, $1) }
        }
    }

    private func addKeys(to group: RouterGroup<Context>) {
        group.get { request, _ in
            let organisation = request.uri.queryParameters["organisation"].map { String($0) }
            return await answer(.listKeys(organisation: organisation))
        }
        group.post { request, _ in
            let known: Set<String> = ["organisation", "account", "name", "models", "routes", "expires_in"]
            return await answer(request, KeyRequest.self, known.union(Self.limits)) { .createKey($0) }
        }
        group.get(":reference") { _, context in await answer(context) { .showKey($0) } }
        group.post(":reference/rotate") { request, context in
            await answer(request, context, RotationRequest.self, ["overlap", "expires_in"]) { .rotateKey($0, $1) }
        }
        group.post(":reference/revoke") { _, context in await answer(context) { .revokeKey($0) } }
    }

    func answer(_ call: AdminCall) async -> Response {
        Response(await desk.perform(call, by: Caller.current?.name ?? "nobody"))
    }

    func answer(_ context: Context, _ call: (String) -> AdminCall) async -> Response {
        guard let reference = Self.reference(context) else { return Self.wrongReference }
        return await answer(call(reference))
    }

    func answer<Body: Decodable>(
        _ request: Request, _ type: Body.Type, _ known: Set<String>, _ call: (Body) -> AdminCall
    ) async -> Response {
        switch await Self.decoded(request, type, known) {
        case .failure(let refusal): Response(refusal.reply)
        case .success(let body): await answer(call(body))
        }
    }

    /// Why a body is not taken, as a reply.
    struct BodyRefusal: Error {
        var reply: AdminReply
    }

    static func decoded<Body: Decodable>(
        _ request: Request, _ type: Body.Type, _ known: Set<String>
    ) async -> Result<Body, BodyRefusal> {
        do {
            return .success(try AdminBody.decode(type, from: try await body(of: request), known: known))
        } catch let fault as AdminBody.Fault {
            return .failure(BodyRefusal(reply: AdminDesk.failure(400, "invalid", fault.field, fault.message)))
        } catch {
            let message = "the body is larger than \(largestBody) bytes, or broke off"
            return .failure(BodyRefusal(reply: AdminDesk.failure(413, "too_large", nil, message)))
        }
    }

    func answer<Body: Decodable>(
        _ request: Request, _ context: Context, _ type: Body.Type, _ known: Set<String>,
        _ call: (String, Body) -> AdminCall
    ) async -> Response {
        guard let reference = Self.reference(context) else { return Self.wrongReference }
        return await answer(request, type, known) { call(reference, $0) }
    }

    static func body(of request: Request) async throws -> Data {
        let buffer = try await request.body.collect(upTo: largestBody)
        return Data(buffer.readableBytesView)
    }

    static func reference(_ context: Context) -> String? {
        context.parameters.get("reference")?.removingPercentEncoding
    }

    static var wrongReference: Response {
        Response(AdminDesk.failure(400, "invalid", "reference", "is not percent-encoded UTF-8"))
    }
}

extension Response {
    init(_ reply: AdminReply) {
        self.init(
            status: .init(code: reply.status),
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}
