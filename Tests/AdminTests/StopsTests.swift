import Access
import Foundation
import Store
import Synchronization
import Testing

@testable import Admin

@Suite("Stopping things over the admin API")
struct StopsTests {
    private struct Broken: Error {}

    private final class Server: Sendable {
        let applied = Mutex<[[Stop]]>([])
        let isBroken = Mutex(false)
        let settings = Mutex(ReloadView(accepted: true, notes: ["'listen' has changed"]))

        var controls: AdminControls {
            AdminControls(
                reload: { self.settings.withLock { $0 } },
                apply: { stops in
                    guard !self.isBroken.withLock({ $0 }) else { throw Broken() }
                    self.applied.withLock { $0.append(stops) }
                },
                models: { ["r1", "r2"] }, categories: { ["cyber"] })
        }
    }

    private let service: AccessService
    private let server = Server()

    init() async throws {
        service = try await AccessService.start(store: try await Store.open(path: ":memory:"), gatekeeper: Gatekeeper())
    }

    private func perform(_ call: AdminCall, serving: Bool = true) async -> (status: Int, text: String) {
        let desk = AdminDesk(service: service, controls: serving ? server.controls : nil)
        let reply = await desk.perform(call, by: "test")
        return (reply.status, String(decoding: reply.body, as: UTF8.self))
    }

    @Test("A stop is in the store, in force and among the events before the call returns; so is its end")
    func inForce() async throws {
        #expect(await perform(.stop(StopRequest(kind: "model", name: "r1", reason: "inquiry"))).status == 200)
        #expect(await perform(.stop(StopRequest(kind: "all"))).status == 200)
        let both: [Stop.Subject] = [.model("r1"), .all]
        #expect(server.applied.withLock { $0.map { Set($0.map(\.subject)) } } == [[.model("r1")], Set(both)])
        #expect(await perform(.listStops).text.contains("inquiry"))
        #expect(await perform(.resume(StopRequest(kind: "model", name: "r1"))).status == 200)
        #expect(server.applied.withLock { $0.last?.map(\.subject) } == [.all])
        let events = try await service.store.events(limit: 9)
        #expect(events.map(\.action) == ["stop.lift", "stop.set", "stop.set"])
        #expect(events.map(\.subject) == ["model r1", "all", "model r1"])
        #expect(events.allSatisfy { $0.actor == "test" })
    }

    @Test(
        "What cannot be meant is refused, and changes nothing",
        arguments: [
            (StopRequest(kind: "model", name: "r9"), 404, "there are: r1, r2"),
            (StopRequest(kind: "category", name: "weather"), 404, "there are: cyber"),
            (StopRequest(kind: "model"), 400, "kind"), (StopRequest(kind: "all", name: "x"), 400, "kind"),
            (StopRequest(kind: "key", name: "k"), 400, "kind"),
            (StopRequest(kind: "all", reason: ""), 400, "reason"),
            (StopRequest(kind: "all", reason: "two\nlines"), 400, "reason"),
            (StopRequest(kind: "all", reason: String(repeating: "x", count: 301)), 400, "reason"),
        ])
    func refused(_ body: StopRequest, _ status: Int, _ words: String) async throws {
        let reply = await perform(.stop(body))
        #expect(reply.status == status && reply.text.contains(words), "\(reply)")
        #expect(try await service.store.stops().isEmpty)
        #expect(try await service.store.events(limit: 9).isEmpty)
        #expect(server.applied.withLock { $0.isEmpty })
    }

    @Test("Without a server a stop is written for the next start, and there is nothing to reload")
    func offline() async throws {
        #expect(await perform(.stop(StopRequest(kind: "model", name: "r9")), serving: false).status == 200)
        #expect(try await service.store.stops().map(\.subject) == [.model("r9")])
        #expect(await perform(.resume(StopRequest(kind: "all")), serving: false).status == 404)
        #expect(await perform(.reload, serving: false).status == 409)
    }

    @Test("A stop that is recorded and not in force says so")
    func broken() async throws {
        server.isBroken.withLock { $0 = true }
        let reply = await perform(.stop(StopRequest(kind: "all")))
        #expect(reply.status == 500 && reply.text.contains("not yet in force"))
        #expect(try await service.store.stops().count == 1)
    }

    @Test("Settings that are refused are told with their reasons", arguments: [true, false])
    func reload(_ accepted: Bool) async throws {
        server.settings.withLock { $0 = ReloadView(accepted: accepted, notes: ["line 3: no"]) }
        let reply = await perform(.reload)
        #expect(reply.status == (accepted ? 200 : 422) && reply.text.contains("line 3: no"))
    }
}
