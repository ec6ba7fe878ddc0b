import HTTPTypes
import Hummingbird
import HummingbirdTesting
import People
import Store
import Testing

@testable import Admin

@Suite("Who may use which route")
struct PermissionTests {
    private static let senders: [Stage.Sender] =
        [.nobody, .machine, .bootstrap, .bearer("slu-unknown")] + Role.allCases.map { .role($0) }

    /// Whether the table lets somebody in.
    private func isAllowed(_ sender: Stage.Sender, _ who: RoutePermission.Who) -> Bool {
        switch (who, sender) {
        case (.everyone, _): true
        case (_, .nobody), (_, .bearer), (_, .browser): false
        case (_, .machine): true
        case (.machine, _): false
        case (.known, _): true
        case (.roles(let roles), .bootstrap): roles.contains(.operator)
        case (.roles(let roles), .role(let role)): roles.contains(role)
        }
    }

    @Test("Every route has exactly one row, and every row a route")
    func rows() async throws {
        let stage = try await Stage()
        let routes = AdminService.router(stage.desk, door: AdminDoor()).routes.map {
            "\($0.method.rawValue) \($0.path)"
        }
        let rows = RoutePermissions.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(routes).subtracting(rows).isEmpty, "routes without a row in RoutePermissions")
        #expect(Set(rows).subtracting(routes).isEmpty, "rows without a route")
        #expect(Set(rows).count == rows.count, "a route has two rows")
    }

    @Test("Each route lets in whom its row names, and nobody else")
    func everyRouteAndRole() async throws {
        let stage = try await Stage()
        var refused = 0
        for row in RoutePermissions.all {
            let path = row.path.replacing("{reference}", with: "none")
            for sender in Self.senders {
                let answer = try await stage.ask(row.method, path, row.method == .post ? "{}" : nil, as: sender)
                let isRefused =
                    ["send a session's token", "this session is over"].contains { answer.message.hasPrefix($0) }
                    || answer.message.hasPrefix("this takes the role")
                    || answer.message.hasPrefix("this is done on the machine itself")
                #expect(isRefused != isAllowed(sender, row.who), "\(row.method) \(path) as \(sender): \(answer.text)")
                if isRefused { #expect(answer.status == (sender.isKnown ? 403 : 401)) }
                refused += isRefused ? 1 : 0
            }
        }
        #expect(refused > RoutePermissions.all.count)
    }

    @Test("An auditor changes nothing but what is their own, and nobody over the network recovers an account")
    func bounds() {
        for row in RoutePermissions.all where row.mark != .none {
            if case .roles(let roles) = row.who { #expect(!roles.contains(.auditor), "\(row.path)") }
        }
        #expect(RoutePermissions.row(.post, "/admin/v1/people/{reference}/recover")?.who == .machine)
        for row in RoutePermissions.all where row.who == .everyone {
            let isSignIn = ["sign-in", "sign-out", "enrol", "oidc", "style.css"].contains { row.path.contains($0) }
            let isFront = ["/", "/admin", AdminInterface.path].contains(row.path)
            #expect(isSignIn || isFront, "\(row.path) is open to everyone")
        }
        for row in RoutePermissions.all where row.method != .get && row.path != "/admin/v1/enrol/authenticator" {
            #expect(row.mark != .none, "\(row.path) changes something and says not what it leaves in the record")
        }
    }

    @Test("A route without a row answers the machine alone")
    func unlisted() async throws {
        let stage = try await Stage()
        for (door, token) in [
            (AdminDoor(machine: "m"), nil), (AdminDoor(token: Stage.bootstrap), Stage.bootstrap),
            (AdminDoor(token: Stage.bootstrap), stage.tokens[.operator]?.text),
        ] {
            let router = AdminService.router(stage.desk, door: door)
            router.get("/admin/v1/unlisted") { _, _ in Response(status: .ok) }
            let headers: HTTPFields = token.map { [.authorization: "Bearer \($0)"] } ?? [:]
            let status = try await Application(router: router).test(.router) { client in
                try await client.execute(uri: "/admin/v1/unlisted", method: .get, headers: headers).status
            }
            #expect(status == (token == nil ? .ok : .forbidden))
        }
    }

    @Test("Roles act at once: those that are taken away, and those that are given")
    func changedRoles() async throws {
        let stage = try await Stage()
        let (person, _, recovery) = try await stage.enrolled("bob", [.auditor])
        let signedIn = try await stage.people.signIn(
            name: "bob", password: Stage.password, code: recovery[0], holder: .command, from: "x",
            at: .now)
        func create(_ name: String) async throws -> Int {
            try await stage.ask(
                .post, "/admin/v1/organisations", "{\"name\":\"\(name)\"}", as: .bearer(signedIn.token.text)
            ).status
        }
        #expect(try await create("a") == 403)
        let roles = #"{"roles":["operator"]}"#
        #expect(try await stage.ask(.post, "/admin/v1/people/bob/roles", roles, as: .role(.operator)).status == 200)
        #expect(try await create("a") == 201)
        #expect(try await stage.ask(.post, "/admin/v1/people/bob/disable", as: .role(.operator)).status == 200)
        #expect(try await create("b") == 401)
        #expect(person.name == "bob")
    }
}

extension Stage.Sender {
    /// Whether the listener knows who it is.
    fileprivate var isKnown: Bool {
        switch self {
        case .nobody, .bearer, .browser: false
        default: true
        }
    }
}
