import Access
import Dialects
import Dispatch
import Foundation
import Ledger
import NIOCore
import Store
import Testing
import Upstreams

@testable import Gateway

@Suite("The gateway on sockets", .serialized)
struct LiveTests {
    /// Begins a stream on the first connection and leaves it open.
    private static let opens: Stage.Script = { _, _, channel in
        channel.writeAndFlush(
            ByteBuffer(string: Stage.head + (Event.content("Good morning") + Event.content(" to all")).chunk),
            promise: nil)
    }

    /// Answers every request with one whole stream.
    private static let streams: Stage.Script = { _, _, channel in
        channel.writeAndFlush(
            ByteBuffer(string: Stage.head + (Event.content("Good morning.") + Event.chatEnd).chunk + "0\r\n\r\n"),
            promise: nil)
    }

    private static func whole(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static let completion =
        #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Good morning."},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#

    @Test("A stream comes through as it was, is recorded once, and leaves nothing behind")
    func stream() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        client.send(stage.request())
        let text = try await client.wire.until("0\r\n\r\n")
        #expect(text.contains(Event.content("Good morning.")))
        #expect(text.contains("x-sluice-decision: dec_"))
        #expect(stage.gatekeeper.running == 0)
        let records = try await stage.finish()
        #expect(records.admissions.count == 1)
        #expect(records.completions.map(\.outcome) == [.complete])
    }

    @Test("A kept connection to the model server carries one stream after another")
    func reuse() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        for number in 1...3 {
            client.send(stage.request())
            try await client.wire.until { text, _ in text.components(separatedBy: "\r\n0\r\n\r\n").count == number + 1 }
        }
        #expect(stage.upstream.count == 1)
        #expect(try await stage.finish().completions.count == 3)
    }

    @Test("A client that leaves ends the model server's work, is charged for what it got, and is recorded once")
    func clientLeaves() async throws {
        let stage = try await Stage(limits: Limits(tokensPerMinute: 100_000), script: Self.opens)
        let client = try await stage.connect()
        client.send(stage.request())
        try await client.wire.until("Good")
        client.close()
        try await stage.upstream.wire().untilClosed()
        let records = try await stage.finish()
        #expect(records.completions.map(\.outcome) == [.clientLeft])
        #expect(stage.gatekeeper.running == 0)
        #expect(stage.remainingTokens < 100_000)
    }

    @Test(
        "A revoked key cuts its running stream in the dialect's words, and the model server's too",
        arguments: ["m", "c"])
    func revocation(_ model: String) async throws {
        let stage = try await Stage { server, text, channel in
            let events =
                model == "m"
                ? Event.content("Good morning") + Event.content(" to")
                : Event.start + Event.block(0, "\"type\":\"text\",\"text\":\"\"")
                    + Event.delta(0, "text_delta", "text", "Good morning to")
            channel.writeAndFlush(ByteBuffer(string: Stage.head + events.chunk), promise: nil)
        }
        let client = try await stage.connect()
        client.send(stage.request(model: model))
        try await client.wire.until(model == "m" ? "Good" : "content_block_start")
        stage.gatekeeper.revoke(key: stage.key.id, at: 2)
        let text = try await client.wire.until("0\r\n\r\n")
        #expect(text.contains(model == "m" ? "data: {\"error\"" : "event: error"))
        #expect(model == "c" || text.hasSuffix("data: [DONE]\n\n\r\n0\r\n\r\n"))
        try await stage.upstream.wire().untilClosed()
        #expect(stage.gatekeeper.running == 0)
        client.send(stage.request(model: model))
        try await client.wire.until("HTTP/1.1 401")
        #expect(try await stage.finish().completions.map(\.outcome) == [.cut(reason: "revoked")])
    }

    @Test("Where nothing can be recorded nothing is answered, and the model server is told to stop")
    func ledgerFailure() async throws {
        let stage = try await Stage(script: Self.opens)
        stage.ledger.close()
        let client = try await stage.connect()
        client.send(stage.request())
        let text = try await client.wire.until("\r\n\r\n{")
        #expect(text.hasPrefix("HTTP/1.1 503"))
        #expect(!text.contains("Good"))
        #expect(stage.gatekeeper.running == 0)
        #expect(try await stage.finish().isEmpty)
    }

    @Test("With records that wait for the disk, the answer comes after its record")
    func durable() async throws {
        let stage = try await Stage(durability: .disk, script: Self.streams)
        let client = try await stage.connect()
        for number in 1...3 {
            client.send(stage.request())
            try await client.wire.until { text, _ in text.components(separatedBy: "\r\n0\r\n\r\n").count == number + 1 }
        }
        #expect(try await stage.finish().completions.count == 3)
    }

    @Test("A refused request is answered and recorded, and never reaches the model server")
    func refused() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        client.send(stage.request("the \(Fixtures.phrase) please", stream: false))
        let text = try await client.wire.until("\r\n\r\n{")
        #expect(text.contains("content_filter"))
        #expect(stage.upstream.count == 0)
        #expect(stage.gatekeeper.running == 0)
        let records = try await stage.finish()
        #expect(records.admissions.count == 1)
        #expect(records.completions.isEmpty)
    }

    @Test("A whole answer comes through as it was, also one that is judged on the pool", arguments: [1, 8_000])
    func whole(_ length: Int) async throws {
        let text = String(repeating: "water flows. ", count: length)
        let body = Self.completion.replacing("Good morning.", with: text)
        let answer = Self.whole(body)
        let stage = try await Stage { _, _, channel in channel.writeAndFlush(ByteBuffer(string: answer), promise: nil) }
        let client = try await stage.connect()
        client.send(stage.request(stream: false))
        try await client.wire.until(body)
        let records = try await stage.finish()
        #expect(records.completions.map(\.outcome) == [.complete])
        #expect(records.completions.first?.usage == Completion.Usage(input: 7, output: 5))
    }

    @Test("A stream that brings much at once is judged on the pool and comes through in order")
    func muchAtOnce() async throws {
        let words = (0..<4_000).map { "\($0) drops. " }
        let stage = try await Stage { _, _, channel in
            let events = words.map { Event.content($0) }.joined() + Event.chatEnd
            channel.writeAndFlush(ByteBuffer(string: Stage.head + events.chunk + "0\r\n\r\n"), promise: nil)
        }
        let client = try await stage.connect()
        client.send(stage.request())
        let text = try await client.wire.until { text, _ in text.hasSuffix("\r\n0\r\n\r\n") }
        let got = text.split(separator: "\"content\":\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(got.map(String.init) == words)
        #expect(stage.gatekeeper.running == 0)
        #expect(try await stage.finish().completions.map(\.outcome) == [.complete])
    }

    @Test("A client that leaves while its request is judged elsewhere leaves nothing behind")
    func leavesWhileAway() async throws {
        let stage = try await Stage(script: Self.streams)
        let gate = DispatchSemaphore(value: 0)
        #expect(stage.gateway.compute.submit(for: "another") { _ in gate.wait() })
        let client = try await stage.connect()
        client.send(stage.request(String(repeating: "water flows. ", count: 2_000)))
        while stage.gatekeeper.running == 0 { try await Task.sleep(for: .milliseconds(2)) }
        client.close()
        while try await stage.connections() > 0 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(stage.gatekeeper.running == 0)
        gate.signal()
        while stage.gateway.compute.depth > 0 { try await Task.sleep(for: .milliseconds(2)) }
        let records = try await stage.finish()
        #expect(records.isEmpty)
        #expect(stage.upstream.count == 0)
    }

    @Test("A client that stops reading slows the model server down, and gets everything once it reads on")
    func backPressure() async throws {
        let events = 9_000
        let stage = try await Stage { _, _, channel in
            channel.write(ByteBuffer(string: Stage.head), promise: nil)
            for number in 0..<events {
                channel.write(ByteBuffer(string: Event.content("\(number) drops. ").chunk), promise: nil)
            }
            channel.writeAndFlush(ByteBuffer(string: Event.chatEnd.chunk + "0\r\n\r\n"), promise: nil)
        }
        let client = try await stage.connect()
        try await client.channel.setOption(.socketOption(.so_rcvbuf), value: 65_536).get()
        try await client.channel.setOption(.autoRead, value: false).get()
        client.send(stage.request())
        try await Task.sleep(for: .milliseconds(500))
        try await client.channel.setOption(.autoRead, value: true).get()
        let text = try await client.wire.until { text, _ in text.hasSuffix("\r\n0\r\n\r\n") }
        #expect(text.components(separatedBy: " drops. ").count == events + 1)
        #expect(try await stage.finish().completions.map(\.outcome) == [.complete])
    }

    @Test("Counts that no answer can have do no harm")
    func absurdCounts() async throws {
        let body = Self.completion.replacing("\"prompt_tokens\":7", with: "\"prompt_tokens\":\(Int.max)")
        let stage = try await Stage(limits: Limits(tokensPerMinute: 100_000)) { _, _, channel in
            channel.writeAndFlush(ByteBuffer(string: Self.whole(body)), promise: nil)
        }
        let client = try await stage.connect()
        client.send(stage.request(stream: false))
        try await client.wire.until(body)
        #expect(try await stage.finish().completions.map(\.outcome) == [.complete])
        #expect(stage.remainingTokens == 0)
    }

    @Test("What never reached a model server is not charged for")
    func unreachable() async throws {
        let nowhere = try UpstreamAddress("http://127.0.0.1:1")
        let stage = try await Stage(
            limits: Limits(tokensPerMinute: 100_000),
            settings: { settings in
                settings = GatewaySettings(
                    models: [
                        ModelRoute(name: "m", dialect: .openAI, address: nowhere)
                    ],
                    drainLimit: .zero)
            }, script: Self.streams)
        let client = try await stage.connect()
        client.send(stage.request())
        try await client.wire.until("HTTP/1.1 502")
        let records = try await stage.finish()
        #expect(records.completions.map(\.outcome) == [.failed(reason: "upstream")])
        #expect(stage.remainingTokens == 100_000)
    }

    @Test("A stream that is cut while a part of it is judged elsewhere ends at once, and that part is never sent")
    func cutWhileAway() async throws {
        let stage = try await Stage(script: Self.opens)
        let client = try await stage.connect()
        client.send(stage.request())
        try await client.wire.until("Good")
        let gate = DispatchSemaphore(value: 0)
        #expect(stage.gateway.compute.submit(for: "another") { _ in gate.wait() })
        while stage.gateway.compute.depth > 0 { try await Task.sleep(for: .milliseconds(2)) }
        stage.upstream.send(Event.content(String(repeating: " much water", count: 3_000)).chunk)
        while stage.gateway.compute.depth == 0 { try await Task.sleep(for: .milliseconds(2)) }
        stage.gatekeeper.revoke(key: stage.key.id, at: 2)
        try await client.wire.until("\r\n0\r\n\r\n")
        gate.signal()
        while stage.gateway.compute.depth > 0 { try await Task.sleep(for: .milliseconds(2)) }
        let records = try await stage.finish()
        #expect(!client.wire.text.contains("much"))
        #expect(client.wire.text.components(separatedBy: "[DONE]").count == 2)
        #expect(records.completions.map(\.outcome) == [.cut(reason: "revoked")])
        #expect(stage.gatekeeper.running == 0)
    }

    @Test("Where too much waits to be judged, a long request is told to come back, and holds no place")
    func fullPool() async throws {
        let stage = try await Stage(script: Self.streams)
        let gate = DispatchSemaphore(value: 0)
        // First the threads are made busy, then the queue is filled: else a thread would take a job and leave a place.
        for _ in 0..<stage.gateway.compute.threadCount {
            #expect(stage.gateway.compute.submit(for: "another") { _ in gate.wait() })
            while stage.gateway.compute.depth > 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        while stage.gateway.compute.submit(for: "another", work: { _ in gate.wait() }) {}
        let client = try await stage.connect()
        client.send(stage.request(String(repeating: "water flows. ", count: 2_000)))
        let text = try await client.wire.until("\"error\"")
        #expect(text.hasPrefix("HTTP/1.1 503"))
        #expect(text.contains("classifier"))
        #expect(stage.gatekeeper.running == 0)
        for _ in 0..<2_000 { gate.signal() }
        #expect(try await stage.finish().isEmpty)
    }

    @Test(
        "What the model server does wrong is the dialect's own error, and is recorded as a failure",
        arguments: [
            ("HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}", "502", "upstream"),
            (
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: {}\n", "502",
                "upstream"
            ),
            ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}", "502", "upstream"),
            ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", "502", "upstream"),
            (
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 104\r\n\r\n"
                    + #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}]}"#,
                "502", "upstream"
            ),
            ("HTTP/1.1 429 Busy\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}", "429", "upstream_refused"),
            ("garbage\r\n\r\n", "502", "upstream"),
        ])
    func upstreamFaults(_ answer: String, _ status: String, _ reason: String) async throws {
        let stage = try await Stage { _, _, channel in channel.writeAndFlush(ByteBuffer(string: answer), promise: nil) }
        let client = try await stage.connect()
        client.send(stage.request())
        let text = try await client.wire.until("\"error\"")
        #expect(text.hasPrefix("HTTP/1.1 \(status)"))
        #expect(stage.gatekeeper.running == 0)
        #expect(try await stage.finish().completions.map(\.outcome) == [.failed(reason: reason)])
    }

    @Test("A stream that breaks after its beginning ends with an error, and what was held back is never sent")
    func brokenStream() async throws {
        let stage = try await Stage { _, _, channel in
            channel.writeAndFlush(
                ByteBuffer(string: Stage.head + (Event.content("Good") + Event.content(" mor")).chunk), promise: nil)
        }
        let client = try await stage.connect()
        client.send(stage.request())
        try await client.wire.until("Good")
        stage.upstream.send("data: {\"error\":{\"message\":\"out of memory\"}}\n\n".chunk)
        let text = try await client.wire.until("\r\n0\r\n\r\n")
        #expect(text.contains("data: {\"error\""))
        #expect(!text.contains(" mor"))
        #expect(try await stage.finish().completions.map(\.outcome) == [.failed(reason: "upstream")])
    }

    @Test("Stopping lets a running answer go on for its time, then ends it in the dialect's words")
    func drain() async throws {
        let stage = try await Stage(script: Self.opens)
        let (idle, busy) = (try await stage.connect(), try await stage.connect())
        busy.send(stage.request())
        try await busy.wire.until("Good")
        let records = try await stage.finish()
        try await idle.wire.untilClosed()
        try await busy.wire.untilClosed()
        #expect(busy.wire.text.contains("data: {\"error\""))
        #expect(busy.wire.text.hasSuffix("data: [DONE]\n\n\r\n0\r\n\r\n"))
        #expect(records.completions.map(\.outcome) == [.cut(reason: "draining")])
    }

    @Test("Pipelined requests are answered in order")
    func pipelined() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        client.send(stage.request() + "GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n" + stage.request())
        let text = try await client.wire.until { text, _ in text.components(separatedBy: "[DONE]").count == 3 }
        #expect(text.components(separatedBy: "HTTP/1.1 200").count == 4)
        #expect(try await stage.finish().completions.count == 2)
    }

    @Test("An answer to HEAD has no body")
    func headRequests() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        for path in ["/healthz", "/readyz", "/nothing", "/v1/messages"] {
            client.send("HEAD \(path) HTTP/1.1\r\nhost: h\r\n\r\n")
        }
        client.send("GET /healthz HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        try await client.wire.untilClosed()
        #expect(client.wire.text.components(separatedBy: "{").count == 2)
        #expect(client.wire.text.components(separatedBy: "HTTP/1.1 ").count == 6)
        _ = try await stage.finish()
    }

    @Test("A client of HTTP/1.0 gets no chunks, and the end of the connection is the end of its answer")
    func oldClients() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        client.send(stage.request(version: "1.0", headers: "expect: 100-continue\r\nconnection: keep-alive\r\n"))
        try await client.wire.untilClosed()
        #expect(client.wire.text.hasPrefix("HTTP/1.0 200"))
        #expect(!client.wire.text.contains("chunked"))
        #expect(client.wire.text.hasSuffix("\r\n\r\n" + Event.content("Good morning.") + Event.chatEnd))
        _ = try await stage.finish()
    }

    @Test("What is not HTTP gets a 400, on a kept connection too")
    func notHTTP() async throws {
        let stage = try await Stage(script: Self.streams)
        let client = try await stage.connect()
        client.send("GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n")
        try await client.wire.until("ok")
        client.send("GET  /x y z HTTP/9\r\n\r\n")
        try await client.wire.untilClosed()
        #expect(client.wire.text.contains("HTTP/1.1 400"))
        _ = try await stage.finish()
    }

    @Test("A slow request, a body beyond the limit and a stranger's body are refused without being read")
    func refusedEarly() async throws {
        let stage = try await Stage(
            settings: {
                $0.bodyLimit = 1_000
                $0.clientTimeout = .milliseconds(100)
            }, script: Self.streams)
        let (slow, large, stranger) = (try await stage.connect(), try await stage.connect(), try await stage.connect())
        let head = try await stage.connect()
        head.send("POST /v1/messages HTTP/1.1\r\nhost: ")
        slow.send(String(stage.request().dropLast(3)))
        large.send(stage.request(String(repeating: "water ", count: 1_000)))
        stranger.send("POST /v1/messages HTTP/1.1\r\nhost: h\r\ncontent-length: 900\r\n\r\n{")
        try await slow.wire.until("HTTP/1.1 408")
        try await large.wire.until("HTTP/1.1 413")
        try await stranger.wire.until("HTTP/1.1 401")
        try await head.wire.untilClosed()
        #expect(try await stage.finish().isEmpty)
    }

    @Test("A client that never reads its last answer does not hold its connection open")
    func neverReads() async throws {
        let stage = try await Stage(
            settings: { settings in
                let routes = (0..<60_000).map {
                    ModelRoute(
                        name: "model-\($0)-" + String(repeating: "x", count: 200), dialect: .openAI,
                        address: settings.models["m"]!.upstreams[0].address)
                }
                settings = GatewaySettings(models: routes, writeTimeout: .milliseconds(200), drainLimit: .zero)
            }, script: Self.streams)
        let client = try await stage.connect()
        try await client.channel.setOption(.autoRead, value: false).get()
        client.send(
            "GET /v1/models HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-api-key: \(stage.secret.text)\r\n\r\n")
        let limit = ContinuousClock.now + .seconds(15)
        try await Task.sleep(for: .milliseconds(50))
        while try await stage.connections() > 0, ContinuousClock.now < limit {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await stage.connections() == 0)
        _ = try await stage.finish()
    }
}
