import Dialects
import NIOHTTP1
import OpenAPI
import Testing

@testable import Gateway

@Suite("The description of what clients are served")
struct ClientInterfaceTests {
    @Test("Every route of the table is described, and nothing else")
    func everyRouteIsDescribed() {
        let described = ClientInterface.description.json["paths"]
        let operations = (described?.names ?? []).flatMap { path in
            (described?[path]?.names ?? []).map { "\($0.uppercased()) \(path)" }
        }
        #expect(operations.sorted() == RouteTable.rows.map { "\($0.method.rawValue) \($0.path)" }.sorted())
    }

    @Test("Every row of the table is what its path asks for", arguments: RouteTable.rows.indices)
    func everyRowIsReached(_ index: Int) {
        let row = RouteTable.rows[index]
        let target = row.path.replacing(/\{[a-z]+\}/, with: "a1")
        let wanted = row.route(row.around == nil ? "" : "a1")
        #expect(Route(method: row.method, target: target) == wanted)
        #expect(Route(method: row.method, target: target + "?x=1") == wanted)
    }

    @Test("Every dialect that clients may speak has a route, and each has words, a body and errors")
    func everyDialectIsDescribed() {
        let served = RouteTable.rows.compactMap { row -> Dialect? in
            if case .exchange(let dialect) = row.route("") { dialect } else { nil }
        }
        #expect(Set(served) == Set(Dialect.allCases).subtracting([.gemini]))
        for operation in ClientInterface.description.operations {
            #expect(!operation.summary.isEmpty && operation.summary != "Nothing", "\(operation.path)")
            #expect(operation.answers.contains { $0.status < 300 }, "\(operation.path)")
            #expect(Set(operation.answers.map(\.status)).count == operation.answers.count, "\(operation.path)")
            #expect(operation.method == "GET" || operation.body != nil || operation.path.hasSuffix("/key"))
        }
    }
}
