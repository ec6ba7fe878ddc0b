import HTTPTypes
import People

/// Who may use a route of the admin listener, and what its use leaves in the record.
struct RoutePermission: Sendable {
    /// Who may.
    enum Who: Sendable, Equatable {
        /// Anybody: what comes before one is signed in.
        case everyone
        /// Whoever is known: a person with any role, the machine's own operator, the bootstrap token.
        case known
        /// People with one of these roles, and the machine's own operator; the bootstrap token as an operator.
        case roles(Set<Role>)
        /// The machine's own operator alone.
        case machine
    }

    /// What a use leaves in the record.
    enum Mark: Sendable, Equatable {
        /// Nothing: it only shows.
        case none
        /// An event whose action begins so.
        case event(String)
    }

    let method: HTTPRequest.Method
    /// As the router prints it, `/admin/v1/keys/{reference}/revoke`.
    let path: String
    let who: Who
    let mark: Mark

    /// A route under `/admin/v1` that shows something.
    static func read(_ path: String, _ roles: Set<Role>) -> Self {
        Self(method: .get, path: "/admin/v1/" + path, who: .roles(roles), mark: .none)
    }

    /// A route under `/admin/v1` that changes something, and leaves an event.
    static func act(_ path: String, _ event: String, _ roles: Set<Role>) -> Self {
        Self(method: .post, path: "/admin/v1/" + path, who: .roles(roles), mark: .event(event))
    }

    /// The same for others than roles.
    static func act(_ path: String, _ event: String, by who: Who) -> Self {
        Self(method: .post, path: "/admin/v1/" + path, who: who, mark: .event(event))
    }

    /// A page for people with a browser.
    static func page(_ path: String, _ who: Who, method: HTTPRequest.Method = .get, leaves mark: Mark = .none) -> Self {
        Self(method: method, path: path, who: who, mark: mark)
    }
}

/// Every route of the admin listener, each with who may use it: the one place where that is said.
///
/// A route that is not here answers the machine's own operator alone, and a test fails.
enum RoutePermissions {
    private static let everyRole = Set(Role.allCases)

    static let all: [RoutePermission] =
        service + organisations + keys + money + register + distillation + cases + keeping + people + own + pages

    private static let service: [RoutePermission] = [
        .read("status", everyRole),
        .read("events", everyRole),
        .read("stops", everyRole),
        // A brake is for everybody who answers for something; letting go of it is not.
        .act("stops", "stop.set", [.operator, .safety, .compliance]),
        .act("stops/resume", "stop.lift", [.operator, .safety]),
        .act("reload", "settings.reload", [.operator]),
        .read("webhooks", everyRole),
        .act("webhooks/test", "webhook.", [.operator]),
        .act("forget", "decision.forget", [.compliance]),
        RoutePermission(method: .get, path: "/metrics", who: .known, mark: .none),
    ]

    private static let organisations: [RoutePermission] = [
        .read("organisations", everyRole),
        .act("organisations", "organisation.create", [.operator, .compliance]),
        .read("organisations/{reference}", everyRole),
        .act("organisations/{reference}/limits", "organisation.", [.operator]),
        .act("organisations/{reference}/suspend", "organisation.", [.operator, .safety, .compliance]),
        .act("organisations/{reference}/resume", "organisation.", [.operator, .compliance]),
        .act("organisations/{reference}/accounts", "account.create", [.operator]),
    ]

    private static let keys: [RoutePermission] = [
        .read("keys", everyRole),
        .act("keys", "key.create", [.operator]),
        .read("keys/{reference}", everyRole),
        .act("keys/{reference}/rotate", "key.rotate", [.operator]),
        .act("keys/{reference}/revoke", "key.revoke", [.operator, .safety, .compliance]),
    ]

    private static let money: [RoutePermission] = [
        .read("prices", everyRole),
        .act("prices", "price.", [.operator]),
        .read("budgets", everyRole),
        .act("budgets", "budget.", [.operator]),
        .read("budgets/{reference}", everyRole),
        .act("budgets/{reference}/remove", "budget.", [.operator]),
        .read("usage", everyRole),
        .read("limits", everyRole),
        .act("limits", "limits.", [.operator]),
        .read("end-users", everyRole),
        .act("end-users", "end_user.", [.operator, .safety, .compliance]),
    ]

    private static let register: [RoutePermission] = [
        .read("applications", everyRole),
        .act("applications", "application.", [.compliance]),
        .read("applications/{reference}", everyRole),
        .act("applications/{reference}/decide", "application.", [.compliance]),
        .read("organisations/{reference}/profile", everyRole),
        .act("organisations/{reference}/profile", "organisation.", [.compliance]),
        .act("screening/refresh", "list.", [.compliance]),
        .read("screening/lists", everyRole),
        .read("screening/reviews", everyRole),
        .act("screening/decide", "screening.", [.compliance]),
        .read("restrictions", everyRole),
        // Cutting somebody off is for everybody who answers for something; letting them in again is not.
        .act("restrictions", "", [.operator, .safety, .compliance]),
        .act("restrictions/{reference}/lift", "", [.compliance]),
        .read("permissions", everyRole),
        .act("permissions", "permission.", [.safety, .compliance]),
        .read("permissions/{reference}", everyRole),
        .act("permissions/{reference}/rule", "permission.", [.safety, .compliance]),
        .act("permissions/{reference}/revoke", "permission.", [.operator, .safety, .compliance]),
    ]

    private static let distillation: [RoutePermission] = [
        .read("distillation", everyRole),
        .read("distillation/clusters", everyRole),
        .read("distillation/clusters/{reference}", everyRole),
        .read("distillation/clusters/{reference}/picture", everyRole),
        .read("distillation/clusters/{reference}/indicators", [.safety]),
        .act("distillation/clusters/{reference}/review", "cluster.", [.safety]),
        .act("distillation/clusters/{reference}/respond", "cluster.", [.safety]),
        .act("distillation/clusters/{reference}/release", "cluster.", [.safety]),
        .act("distillation/accounts/{reference}/confirm", "account.confirm", [.safety, .compliance]),
        .act("distillation/look", "cluster.look", [.operator, .safety]),
    ]

    private static let keeping: [RoutePermission] = [
        .read("keeping/texts", [.safety, .compliance, .operator, .auditor]),
        // A look at a text is an act: it is recorded with who looked.
        .act("keeping/texts/{reference}/read", "content.read", [.reviewer, .safety, .compliance]),
        .act("keeping/forget", "content.forget", [.compliance]),
        .act("keeping/rekey", "content.rekey", [.operator]),
        .act("keeping/prune", "ledger.prune", [.operator]),
        .act("keeping/backup", "backup.make", [.operator]),
    ]

    private static let cases: [RoutePermission] = [
        .read("cases", everyRole),
        .read("cases/{reference}", everyRole),
        // A look at a text is an act: it is recorded with who looked.
        .act("cases/{reference}/text", "appeal.read", [.reviewer, .safety, .compliance]),
        .act("cases/{reference}/rule", "appeal.", [.reviewer, .safety, .compliance]),
    ]

    private static let people: [RoutePermission] = [
        .read("people", everyRole),
        .act("people", "person.create", [.operator]),
        .read("people/{reference}", everyRole),
        .act("people/{reference}/roles", "person.roles", [.operator]),
        .act("people/{reference}/disable", "person.disable", [.operator]),
        .act("people/{reference}/enable", "person.enable", [.operator]),
        .act("people/{reference}/end-sessions", "person.end_sessions", [.operator, .safety, .compliance]),
        .act("people/{reference}/recover", "person.recover", by: .machine),
    ]

    // What everybody does about themselves.
    private static let own: [RoutePermission] = [
        RoutePermission(method: .get, path: "/admin/v1/me", who: .known, mark: .none),
        RoutePermission(method: .get, path: "/admin/v1/sessions", who: .known, mark: .none),
        .act("sessions/{reference}/end", "session.end", by: .known),
        .act("me/password", "person.password", by: .known),
        .act("me/recovery-codes", "person.recovery_codes", by: .known),
        .act("sign-out", "session.end", by: .known),
        RoutePermission(method: .get, path: "/admin/v1/sign-in", who: .everyone, mark: .none),
        .act("sign-in", "session.begin", by: .everyone),
        .act("sign-in/fetch", "session.begin", by: .everyone),
        // Derives what an authenticator app needs; nothing changes yet.
        RoutePermission(method: .post, path: "/admin/v1/enrol/authenticator", who: .everyone, mark: .none),
        .act("enrol", "person.enrol", by: .everyone),
    ]

    private static let pages: [RoutePermission] = [
        .page("/", .everyone),
        .page("/admin", .everyone),
        .page("/admin/style.css", .everyone),
        .page("/admin/sign-in", .everyone),
        .page("/admin/sign-in", .everyone, method: .post, leaves: .event("session.begin")),
        .page("/admin/sign-out", .everyone, method: .post, leaves: .event("session.end")),
        .page("/admin/enrol", .everyone),
        .page("/admin/enrol", .everyone, method: .post, leaves: .event("person.enrol")),
        .page("/admin/oidc/start", .everyone),
        .page("/admin/oidc/callback", .everyone, leaves: .event("session.begin")),
    ]

    private static let index: [String: RoutePermission] = Dictionary(
        all.map { ("\($0.method.rawValue) \($0.path)", $0) }, uniquingKeysWith: { first, _ in first })

    /// The row of a route, by the path as the router prints it.
    static func row(_ method: HTTPRequest.Method, _ path: String) -> RoutePermission? {
        index["\(method.rawValue) \(path)"]
    }

    /// The roles that rule on a kind of case; the machine's own operator stands in for each where one person is
    /// enough; for appeals only until somebody who may rule has signed in once.
    static func rulers(of kind: String) -> Set<Role> {
        switch kind {
        case "appeal": [.reviewer, .safety]
        case "cluster", "override": [.safety]
        case "screening", "hold", "application": [.compliance]
        default: [.safety, .compliance]
        }
    }
}
