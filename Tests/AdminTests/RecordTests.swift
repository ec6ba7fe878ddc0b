import Access
import Cases
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Admin
@testable import People

@Suite("What administrative acts leave in the record")
struct RecordTests {
    /// A request that succeeds, for each route that changes something.
    private static let requests: [String: String] = [
        "stops": #"{"kind":"all","reason":"an inquiry"}"#, "stops/resume": #"{"kind":"model","name":"r1"}"#,
        "reload": "", "organisations": #"{"name":"Another"}"#,
        "organisations/{reference}/limits": #"{"concurrency":5}"#,
        "organisations/{reference}/suspend": #"{"reason":"unpaid"}"#, "organisations/{reference}/resume": "",
        "organisations/{reference}/accounts": #"{"name":"team"}"#, "keys": #"{"organisation":"Harbour"}"#,
        "keys/{reference}/rotate": #"{"overlap":60}"#, "keys/{reference}/revoke": "",
        "prices": #"{"prices":[{"model":"r1","input":"1","output":"2"}]}"#,
        "budgets": #"{"subject":{"organisation":"Harbour"},"per":"day","limit":"10"}"#,
        "budgets/{reference}/remove": "", "limits": #"{"subject":{"model":"r1"},"limits":{"concurrency":9}}"#,
        "end-users": #"{"organisation":"Harbour","end_user":"u1","reason":"misuse"}"#, "cases/{reference}/text": "",
        "cases/{reference}/rule": #"{"grants":true,"reason":"a lesson"}"#,
        "people": #"{"name":"carol","roles":["auditor"]}"#, "people/{reference}/roles": #"{"roles":["safety"]}"#,
        "people/{reference}/disable": "", "people/{reference}/enable": "", "people/{reference}/end-sessions": "",
        "people/{reference}/recover": "",
    ]

    /// Whoever may do it, with the least rights.
    private func sender(_ who: RoutePermission.Who) -> Stage.Sender {
        guard case .roles(let roles) = who, let role = Role.allCases.last(where: { roles.contains($0) }) else {
            return .machine
        }
        return .role(role)
    }

    /// What the route's reference stands for.
    private func reference(_ path: String, _ stage: Stage) async throws -> String {
        switch path.split(separator: "/").first {
        case "organisations": return "Harbour"
        case "keys":
            let made = try await stage.service.createKey(NewKey(organisation: "Harbour", name: "k"), by: "t")
            return made.key.id.text
        case "budgets":
            let body = #"{"subject":{"organisation":"Harbour"},"per":"month","limit":"10"}"#
            let made = try await stage.ask(.post, "/admin/v1/budgets", body, as: .machine)
            return made.json["id"] as? String ?? "?"
        case "cases":
            let one = try Case(
                kind: .appeal, subject: "dec_\(UUID())", applicant: "org_a", request: "r", now: SystemTime.wall)
            try await stage.cases.open(one, text: Array("the text".utf8), by: "org_a")
            return one.id.text
        default: return "bob"
        }
    }

    @Test("Each leaves an event that names who, in which role, what, on what, when and why")
    func everyAct() async throws {
        let stage = try await Stage()
        _ = try await stage.service.createOrganisation(name: "Harbour", by: "t")
        _ = try await stage.enrolled("bob", [.auditor])
        let stopped = #"{"kind":"model","name":"r1"}"#
        _ = try await stage.ask(.post, "/admin/v1/stops", stopped, as: .machine)
        for row in RoutePermissions.all where row.path.hasPrefix("/admin/v1/") && row.method == .post {
            guard case .event(let action) = row.mark, row.who != .everyone, row.who != .known else { continue }
            let route = String(row.path.dropFirst(10))
            // The register lives with the server: EndToEnd/test_access.py has its acts.
            let isRegister = RegisterCall.Route.allCases.contains {
                $0.path.replacing(":reference", with: "{reference}") == route && $0.method == "POST"
            }
            // So does what is kept: EndToEnd/test_keeping.py has its acts.
            // So does the watch: EndToEnd/test_distillation_watch.py has its acts.
            let isWatch = route.hasPrefix("distillation/")
            // And the egress guard: EndToEnd/test_egress.py has its act.
            let others = ["webhooks/test", "forget", "egress/release"]
            if isRegister || isWatch || others.contains(route) || route.hasPrefix("keeping/") { continue }
            guard let body = Self.requests[route] else {
                Issue.record("RecordTests has no request for \(route)")
                continue
            }
            if route == "people/{reference}/enable" { _ = try? await stage.people.setDisabled("bob", true, at: .now) }
            if route == "people/{reference}/disable" {
                _ = try? await stage.people.setDisabled("bob", false, at: .now)
            }
            let path = row.path.replacing("{reference}", with: try await reference(route, stage))
            let before = try await stage.latest().count
            let sender = sender(row.who)
            let answer = try await stage.ask(
                row.method, path, body.isEmpty ? nil : body, as: sender,
                headers: [.actReason: "weekly%20check"])
            #expect((200...299).contains(answer.status), "\(route): \(answer.text)")
            let fresh = try await stage.latest().dropLast(before)
            #expect(!fresh.isEmpty, "\(route) leaves nothing in the record")
            guard let event = fresh.first(where: { $0.action.hasPrefix(action) }) else {
                Issue.record("\(route) leaves \(fresh.map(\.action)), not \(action)")
                continue
            }
            let isPerson = if case .role = sender { true } else { false }
            #expect(event.actor == (isPerson ? sender.description : "unix:test"), "\(route)")
            #expect(event.detail["role"] == (isPerson ? sender.description : "machine"), "\(route)")
            #expect(event.detail["reason"] != nil, "\(route) does not say why")
            #expect((event.detail["session"] != nil) == isPerson, "\(route)")
            #expect(!event.subject.isEmpty && abs(event.time - SystemTime.wall) < 60_000, "\(route)")
        }
    }

    @Test("What people do about themselves is recorded under their names, without their secrets")
    func ownActs() async throws {
        let stage = try await Stage()
        let (_, secret, recovery) = try await stage.enrolled("ada", [.operator])
        let body = #"{"name":"ada","password":"\#(Stage.password)","code":"\#(recovery[0])"}"#
        let signedIn = try await stage.ask(.post, "/admin/v1/sign-in", body, as: .nobody)
        #expect(signedIn.status == 201)
        let token = signedIn.json["token"] as? String ?? ""
        let change = #"{"old":"\#(Stage.password)","new":"violet harbour 99","code":"\#(Stage.code(secret))"}"#
        let changed = try await stage.ask(.post, "/admin/v1/me/password", change, as: .bearer(token))
        #expect(changed.status == 200, "\(changed.text)")
        let later = OneTimeCode.code(secret, counter: SystemTime.wall / OneTimeCode.step + 1)
        let renewed = try await stage.ask(
            .post, "/admin/v1/me/recovery-codes", #"{"code":"\#(later)"}"#, as: .bearer(token))
        #expect(renewed.status == 201, "\(renewed.text)")
        let session = (signedIn.json["session"] as? [String: Any])?["id"] as? String ?? ""
        #expect(
            try await stage.ask(.post, "/admin/v1/sessions/\(session)/end", as: .bearer(token)).status == 200)
        let actions = try await stage.latest().filter { $0.actor == "ada" }.map(\.action)
        #expect(
            actions.prefix(4) == ["session.end", "person.recovery_codes", "person.password", "session.begin"])
        let text = "\(try await stage.latest())"
        for hidden in [token, Stage.password, "violet harbour 99", recovery[0]] { #expect(!text.contains(hidden)) }
    }

    @Test("A name in the body is no name: the session says who rules, and the same person does not rule twice")
    func rulings() async throws {
        let stage = try await Stage()
        let one = try Case(
            kind: .appeal, subject: "dec_1", applicant: "org_a", request: "r", required: 2, now: SystemTime.wall)
        try await stage.cases.open(one, by: "org_a")
        func rule(_ sender: Stage.Sender, _ body: String = #"{"grants":true,"reason":"r"}"#) async throws
            -> Stage.Answer
        {
            try await stage.ask(.post, "/admin/v1/cases/\(one.id)/rule", body, as: sender)
        }
        #expect(try await rule(.role(.reviewer), #"{"grants":true,"person":"eve","reason":"r"}"#).status == 400)
        #expect(try await rule(.role(.reviewer)).json["state"] as? String == "open")
        #expect(try await rule(.role(.reviewer)).status == 409)
        #expect(try await rule(.machine).status == 403)
        #expect(try await rule(.bootstrap).status == 403)
        #expect(try await rule(.role(.compliance)).status == 403)
        let granted = try await rule(.role(.safety))
        #expect(granted.json["state"] as? String == "granted")
        let names = (granted.json["rulings"] as? [[String: Any]] ?? []).compactMap { $0["person"] as? String }
        #expect(names == ["reviewer", "safety"])
    }
}

extension Int64 {
    static var now: Int64 { SystemTime.wall }
}
