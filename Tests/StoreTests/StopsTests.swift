import Foundation
import Testing

@testable import Store

@Suite("What is stopped, in the store")
struct StopsTests {
    private func event(_ action: String) -> ChangeEvent {
        ChangeEvent(time: 7, actor: "test", action: action, subject: "x", detail: [:])
    }

    @Test("A stop outlives the store's closing, its reason can be changed, and resuming takes it away once")
    func roundTrip() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/sluice.db"
        let store = try await Store.open(path: path)
        let subjects: [Stop.Subject] = [.all, .model("r1"), .category("r1")]
        for (number, subject) in subjects.enumerated() {
            let stop = Stop(subject: subject, reason: "because", since: Int64(number))
            try await store.stop(stop, event: event("stop.set"))
        }
        try await store.stop(Stop(subject: .all, reason: "anew", since: 0), event: event("stop.set"))
        try await store.close()
        let again = try await Store.open(path: path)
        #expect(try await again.stops().map(\.subject) == subjects)
        #expect(try await again.stops().map(\.reason) == ["anew", "because", "because"])
        #expect(try await again.resume(.model("r1"), event: event("stop.lift")))
        #expect(try await again.resume(.model("r1"), event: event("stop.lift")) == false)
        #expect(try await again.stops().map(\.subject) == [.all, .category("r1")])
        // Each change has its event, and what changed nothing has none.
        #expect(
            try await again.events(limit: 99).map(\.action) == ["stop.lift"] + Array(repeating: "stop.set", count: 4))
    }

    @Test(
        "A kind and a name make a subject, or do not",
        arguments: [
            ("all", "", true), ("all", "x", false), ("model", "", false), ("model", "r1", true),
            ("category", "cyber", true), ("category", String(repeating: "x", count: 201), false), ("key", "k", false),
        ])
    func subjects(_ kind: String, _ name: String, _ isOne: Bool) {
        let subject = Stop.Subject(kind: kind, name: name)
        #expect((subject != nil) == isOne)
        #expect(subject.map { $0.kind == kind && $0.name == name } ?? true)
    }
}
