import Access
public import Cases
import Hummingbird
import People
import Store

/// The desk of cases as the admin API sees it, and what a granted case brings about.
public struct CaseControls: Sendable {
    let desk: CaseDesk
    let granted: @Sendable (Case, [UInt8]?) async -> Void

    /// - Parameter granted: Called once a case is granted, with its text where one is kept.
    public init(desk: CaseDesk, granted: @escaping @Sendable (Case, [UInt8]?) async -> Void) {
        self.desk = desk
        self.granted = granted
    }
}

extension AdminDesk {
    func reply(to call: CaseCall) async throws -> AdminReply {
        guard let cases else {
            return Self.failure(
                503, "unavailable", nil, "no server runs on this directory; cases are decided while one does")
        }
        let now = SystemTime.wall
        do throws(CaseDesk.Problem) {
            switch call {
            case .list(let kind, let onlyOpen):
                let found = await cases.desk.list(kind, onlyOpen: onlyOpen)
                return try ok(ListView(data: found.map { CaseView($0, now: now) }))
            case .show(let name):
                return try ok(CaseView(try await cases.desk.find(try Self.id(name)), now: now))
            case .text(let name):
                let id = try Self.id(name)
                if let refusal = Self.refusal(try await cases.desk.find(id)) { return refusal }
                let text = try await cases.desk.text(of: id, for: Self.ruler.name, at: now)
                return try ok(CaseTextView(text: String(decoding: text, as: UTF8.self)))
            case .rule(let name, let body):
                let id = try Self.id(name)
                let found = try await cases.desk.find(id)
                if let refusal = Self.refusal(found) { return refusal }
                if let refusal = await unsigned(found) { return refusal }
                let one = try await cases.desk.rule(
                    id, grants: body.grants, by: Self.ruler, reason: body.reason, at: now)
                if one.state == .granted {
                    await cases.granted(one, try? await cases.desk.text(of: one.id, for: Self.ruler.name, at: now))
                }
                return try ok(CaseView(one, now: now))
            }
        } catch {
            return Self.reply(error)
        }
    }

    /// Who rules in this task; a name comes from a session, the system or a token, never from the call.
    static var ruler: Ruler {
        Ruler(name: Caller.current?.name ?? "nobody", isSignedIn: Caller.current?.isSignedIn ?? false)
    }

    /// Whoever may rule on some kinds of cases may not on others.
    private static func refusal(_ one: Case) -> AdminReply? {
        guard let caller = Caller.current, caller.kind != .machine else { return nil }
        let rulers = RoutePermissions.rulers(of: one.kind.rawValue)
        guard rulers.isDisjoint(with: caller.role.split(separator: " ").compactMap { Role(rawValue: String($0)) })
        else { return nil }
        let names = Role.allCases.filter { rulers.contains($0) }.map(\.rawValue).joined(separator: " or ")
        return failure(403, "forbidden", nil, "a case of the kind \(one.kind.rawValue) takes the role \(names)")
    }

    /// Where somebody could sign in and rule on an appeal, nobody rules on it without having signed in.
    private func unsigned(_ one: Case) async -> AdminReply? {
        guard one.kind == .appeal, Caller.current?.isSignedIn != true, let people = people?.desk else { return nil }
        let rulers = RoutePermissions.rulers(of: one.kind.rawValue)
        let able = await people.everybody().first { person in
            !person.isDisabled && person.lastSignIn != nil && !rulers.isDisjoint(with: person.roles)
        }
        guard let able else { return nil }
        return Self.failure(
            403, "forbidden", nil,
            "an appeal is decided by a person who has signed in, since there are some who may, such as \(able.name): "
                + "sign in with sluice admin login")
    }

    private func ok(_ view: some Encodable) throws(CaseDesk.Problem) -> AdminReply {
        do { return try Self.ok(view) } catch { throw .damaged("\(error)") }
    }

    private static func id(_ name: String) throws(CaseDesk.Problem) -> CaseID {
        guard let id = CaseID(name) else { throw .notTaken(.unknown(name)) }
        return id
    }

    private static func reply(_ problem: CaseDesk.Problem) -> AdminReply {
        switch problem {
        case .notTaken(.unknown), .noText: failure(404, "not_found", nil, problem.description)
        case .notTaken(.badText(let field)): failure(400, "invalid", field, problem.description)
        case .notTaken: failure(409, "conflict", nil, problem.description)
        case .store, .damaged, .unreadable, .text: failure(503, "unavailable", nil, problem.description)
        }
    }
}

extension AdminRoutes {
    func addCases(to v1: RouterGroup<Context>) {
        v1.get("cases") { request, _ in
            let kind = request.uri.queryParameters["kind"].map { String($0) }
            guard let kind else {
                return await answer(.cases(.list(kind: nil, onlyOpen: Self.onlyOpen(request))))
            }
            guard let known = Case.Kind(rawValue: kind) else {
                let names = Case.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                return Response(AdminDesk.failure(400, "invalid", "kind", "must be one of \(names)"))
            }
            return await answer(.cases(.list(kind: known, onlyOpen: Self.onlyOpen(request))))
        }
        v1.get("cases/:reference") { _, context in await answer(context) { .cases(.show($0)) } }
        v1.post("cases/:reference/text") { _, context in await answer(context) { .cases(.text($0)) } }
        v1.post("cases/:reference/rule") { request, context in
            await answer(request, context, RulingRequest.self, ["grants", "reason"]) { .cases(.rule($0, $1)) }
        }
    }

    private static func onlyOpen(_ request: Request) -> Bool { request.uri.queryParameters["open"] == "true" }
}
