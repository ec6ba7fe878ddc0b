import HTTPTypes
import Hummingbird
import OpenAPI
import People

/// The description of the admin API, at `/openapi.json` of its listeners: every row of the table of permissions, and no other.
enum AdminInterface {
    static let path = "/openapi.json"

    static let document = description.json.text + "\n"

    static let description = Description(
        title: "Sluice's admin API",
        words: "For operators, on a socket of their own and, if asked for, a port. Each route says who may use it.",
        version: "0.1.0",
        securitySchemes: [
            ("session", ["type": "http", "scheme": "bearer", "description": "A session, or the bootstrap token"])
        ],
        schemas: [
            (
                "Error",
                .object([
                    .required(
                        "error",
                        .object([
                            .required("code", .string), .required("message", .string),
                            .optional("field", Schema.string.orNull),
                        ]))
                ])
            )
        ],
        operations: RoutePermissions.all.map(operation))

    /// What a row of the table is to its readers.
    private static func operation(_ row: RoutePermission) -> Operation {
        let isPage = !row.path.hasPrefix("/admin/v1/") && row.path != path
        let body = bodies[row.path.replacing("/admin/v1/", with: "")]
        var operation = Operation(
            row.method.rawValue, row.path, row.words, tag: row.heading,
            security: row.who == .everyone ? [] : ["session"],
            parameters: row.method == .get ? parameters[row.path.replacing("/admin/v1/", with: "")] ?? [] : [],
            body: row.method == .post && !isPage ? body : nil, answers: isPage ? row.pageAnswers : row.answers)
        operation.needsBody = true
        return operation
    }

    /// What the bodies of routes hold, by path under `/admin/v1`; a route that is not here takes none.
    static let bodies: [String: Schema] = {
        var all: [String: Schema] = [:]
        func add<Body: Decodable>(_ path: String, _ type: Body.Type) { all[path] = BodySchema.of(type) ?? .anyObject }
        for path in ["stops", "stops/resume"] { add(path, StopRequest.self) }
        add("forget", ForgetRequest.self)
        add("organisations", OrganisationRequest.self)
        add("organisations/{reference}/limits", LimitsBody.self)
        add("organisations/{reference}/suspend", ReasonRequest.self)
        add("organisations/{reference}/accounts", AccountRequest.self)
        add("keys", KeyRequest.self)
        add("keys/{reference}/rotate", RotationRequest.self)
        add("prices", PricesRequest.self)
        add("budgets", BudgetRequest.self)
        add("limits", SharedLimitsRequest.self)
        add("end-users", EndUserRequest.self)
        add("people", PersonRequest.self)
        add("people/{reference}/roles", RolesRequest.self)
        add("sign-in", SignInRequest.self)
        add("sign-in/fetch", FetchRequest.self)
        add("enrol/authenticator", AuthenticatorRequest.self)
        add("enrol", EnrolRequest.self)
        add("me/password", PasswordRequest.self)
        add("me/recovery-codes", CodeRequest.self)
        add("keeping/forget", KeptForgetting.self)
        add("keeping/prune", PruneRequest.self)
        add("cases/{reference}/rule", RulingRequest.self)
        // What the register and the watch take is checked behind the API, field by field.
        let others =
            RegisterCall.Route.allCases.map { ($0.method, $0.path) }
            + DistillationCall.Route.allCases.map { ($0.method, $0.path) }
        for (method, path) in others where method == "POST" {
            all[path.replacing(":reference", with: "{reference}")] = .anyObject
        }
        return all
    }()

    private static let parameters: [String: [Operation.Parameter]] = [
        "events": [.query("limit", .integer(1...10_000), "How many, the newest first")],
        "keys": [.query("organisation", .string, "Of this organisation alone")],
        "end-users": [.query("organisation", .string, "Of this organisation alone")],
        "cases": [
            .query("kind", .string, "Of this kind alone"), .query("open", .words(["true"]), "Those that are open"),
        ],
        "sessions": [.query("all", .words(["true"]), "Everybody's")],
        "usage": ["from", "to", "by", "organisation", "account", "key", "model"].map {
            .query($0, .string, "As `sluice usage` takes it")
        },
    ]
}

extension RoutePermission {
    /// What it is for, and who may, in a line.
    fileprivate var words: String {
        let people =
            switch who {
            case .everyone: "anybody"
            case .known: "whoever is signed in"
            case .machine: "the machine's own operator"
            case .roles(let roles): roles.map(\.rawValue).sorted().joined(separator: ", ")
            }
        let trace =
            if case .event(let name) = mark { name.isEmpty ? "; on record" : "; on record as \(name)" } else { "" }
        return "For \(people)\(trace)"
    }

    /// The first word of the path that says something.
    fileprivate var heading: String {
        let words = path.split(separator: "/").filter { $0 != "admin" && $0 != "v1" }
        return words.first.map { String($0) } ?? "pages"
    }

    fileprivate var answers: [Operation.Answer] {
        let failures = [400, 401, 403, 404, 405, 409, 413, 422, 429, 503].map {
            Operation.Answer.json($0, "What was wrong, with the field", .named("Error"))
        }
        if path == "/metrics" { return [Operation.Answer(200, "Figures", [("text/plain", .string)])] + failures }
        return [.json(200, "Done, or shown", .anyObject), .json(201, "Made", .anyObject)] + failures
    }

    fileprivate var pageAnswers: [Operation.Answer] {
        if path == "/metrics" { return answers }
        let page = [("text/html", Schema.string), ("text/css", Schema.string), ("application/json", .anyObject)]
        return [Operation.Answer(303, "The page is elsewhere", [("text/plain", .string)])]
            + [200, 400, 401, 403, 404, 409, 413, 429, 502, 503].map { Operation.Answer($0, "A page", page) }
    }
}
