import HTTPTypes
import OpenAPI
import Testing

@testable import Admin

@Suite("The description of the admin API")
struct InterfaceTests {
    @Test("Every route of the table of permissions is described, and nothing else")
    func everyRouteIsDescribed() {
        let described = AdminInterface.description.json["paths"]
        let operations = (described?.names ?? []).flatMap { path in
            (described?[path]?.names ?? []).map { "\($0.uppercased()) \(path)" }
        }
        #expect(operations.sorted() == RoutePermissions.all.map { "\($0.method.rawValue) \($0.path)" }.sorted())
    }

    @Test("Every body belongs to a route that changes something, and its fields are found")
    func everyBodyHasARoute() {
        let posts = Set(RoutePermissions.all.filter { $0.method == .post }.map(\.path))
        for path in AdminInterface.bodies.keys { #expect(posts.contains("/admin/v1/" + path), "\(path)") }
        #expect(
            AdminInterface.bodies["keys"]?.json["properties"]?.names
                == ["organisation", "account", "name", "models", "routes", "limits", "expires_in"])
        #expect(AdminInterface.bodies["keys"]?.json["required"] == ["organisation"])
        let limit = AdminInterface.bodies["organisations/{reference}/limits"]?.json["properties"]?["concurrency"]
        #expect(limit == ["anyOf": [["type": "integer"], ["type": "null"]]])
        #expect(AdminInterface.bodies["budgets"]?.json["properties"]?["subject"]?["additionalProperties"] == false)
        #expect(AdminInterface.bodies["sign-in"]?.json["required"] == ["name", "password", "code"])
        #expect(AdminInterface.bodies["prices"]?.json["required"] == ["prices"])
    }
}
