import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Upstreams

@Suite("Connections to model servers")
struct UpstreamPoolTests {
    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Runs `calls` calls, one after another, against a scripted server; returns what each brought and the server.
    private func run(
        calls: Int, timeouts: UpstreamTimeouts = UpstreamTimeouts(),
        script: @escaping @Sendable (Int, Int) -> [RawServer.Step]
    ) async throws -> (words: [[String]], server: RawServer) {
        let loop = Self.group.next()
        let server = RawServer(script)
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let address = try UpstreamAddress("http://127.0.0.1:\(port)")
        let pool = try await loop.submit {
            NIOLoopBound(UpstreamPool(loop: loop, address: address, tls: nil), eventLoop: loop)
        }.get()
        var words: [[String]] = []
        for _ in 0..<calls {
            let record = Record(on: loop)
            try await loop.submit {
                let head = HTTPRequestHead(
                    version: .http1_1, method: .POST, uri: "/", headers: ["host": "h", "content-length": "2"])
                _ = pool.value.send(
                    UpstreamRequest(RequestHead(head), body: ByteBuffer(string: "{}")), timeouts: timeouts
                ) { record.note($0) }
            }.get()
            try await record.done.futureResult.get()
            words.append(record.words.withLockedValue { $0 })
        }
        try await listener.close().get()
        return (words, server)
    }

    @Test("A kept connection carries one call after another")
    func reuse() async throws {
        let (words, server) = try await run(calls: 3) { _, _ in [.send(Self.ok)] }
        #expect(words == Array(repeating: ["head 200", "hi", "end"], count: 3))
        #expect(server.connections.withLockedValue { $0 } == 1)
    }

    @Test("A connection that has been without work for too long is closed")
    func idleLimit() async throws {
        let loop = Self.group.next()
        let server = RawServer { _, _ in [.send(Self.ok)] }
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try UpstreamAddress("http://127.0.0.1:\(listener.localAddress?.port ?? 0)")
        let pool = try await loop.submit {
            NIOLoopBound(
                UpstreamPool(
                    loop: loop, address: address, tls: nil, flushes: FlushBatch(loop: loop),
                    idleLimit: .milliseconds(400)),
                eventLoop: loop)
        }.get()
        let record = Record(on: loop)
        try await loop.submit {
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: ["content-length": "0"])
            _ = pool.value.send(UpstreamRequest(RequestHead(head), body: ByteBuffer()), timeouts: UpstreamTimeouts()) {
                record.note($0)
            }
        }.get()
        try await record.done.futureResult.get()
        #expect(record.words.withLockedValue { $0.last } == "end")
        for _ in 0..<2_000 where server.closed.withLockedValue({ $0 }) == 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(server.closed.withLockedValue { $0 } == 1)
        #expect(try await loop.submit { pool.value.connectionCount }.get() == 0)
        try await listener.close().get()
    }

    @Test("A connection that the server does not keep is not used again")
    func noKeepAlive() async throws {
        let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
        let (words, server) = try await run(calls: 2) { _, _ in [.send(answer), .close] }
        #expect(words == Array(repeating: ["head 200", "hi", "end"], count: 2))
        #expect(server.connections.withLockedValue { $0 } == 2)
    }

    @Test("A kept connection that closes before its first byte is replaced once, and the request is sent again")
    func staleConnection() async throws {
        let (words, server) = try await run(calls: 2) { connection, request in
            connection == 1 && request == 2 ? [.close] : [.send(Self.ok)]
        }
        #expect(words.last == ["head 200", "hi", "end"])
        #expect(server.requests.withLockedValue { $0 } == 3)
    }

    @Test("A kept connection that is reset is replaced too, and an answer that was begun is never asked for again")
    func resetConnection() async throws {
        let (words, server) = try await run(calls: 2) { connection, request in
            connection == 1 && request == 2 ? [.reset] : [.send(Self.ok)]
        }
        #expect(words.last == ["head 200", "hi", "end"])
        #expect(server.requests.withLockedValue { $0 } == 3)
        let (others, begun) = try await run(calls: 2) { _, request in
            request == 2 ? [.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi"), .reset] : [.send(Self.ok)]
        }
        #expect(others.last?.last?.hasPrefix("failed") == true)
        #expect(begun.requests.withLockedValue { $0 } == 2)
    }

    @Test("An answer of which a piece of the head has come is not asked for again", arguments: [true, false])
    func begunHead(_ resets: Bool) async throws {
        let (words, server) = try await run(calls: 2) { _, request in
            request == 2 ? [.send("HTTP/1.1 200 OK\r\ncontent-"), resets ? .reset : .close] : [.send(Self.ok)]
        }
        #expect(words.last == ["failed \(UpstreamFailure.closedEarly)"])
        #expect(server.requests.withLockedValue { $0 } == 2)
    }

    @Test("What a server sends behind its answer ends the connection, whole or not")
    func behindTheAnswer() async throws {
        for more in ["HTTP/1.1 200 OK\r\ncontent-", Self.ok, "x"] {
            let (words, server) = try await run(calls: 2) { _, _ in [.send(Self.ok + more)] }
            #expect(words == Array(repeating: ["head 200", "hi", "end"], count: 2))
            #expect(server.connections.withLockedValue { $0 } == 2, "\(more)")
        }
    }

    @Test("An address that asks for TLS is never called in the clear")
    func neverInTheClear() async throws {
        let loop = Self.group.next()
        let record = Record(on: loop)
        try await loop.submit {
            let pool = UpstreamPool(loop: loop, address: try UpstreamAddress("https://127.0.0.1:9"), tls: nil)
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
            _ = pool.send(UpstreamRequest(RequestHead(head), body: ByteBuffer()), timeouts: UpstreamTimeouts()) {
                record.note($0)
            }
        }.get()
        try await record.done.futureResult.get()
        #expect(record.words.withLockedValue { $0 } == ["failed \(UpstreamFailure.unreachable("TLS is not set up"))"])
    }

    @Test(
        "A call that was left keeps its connection if the answer ends, and loses it if the answer goes on",
        arguments: [true, false])
    func leave(_ ends: Bool) async throws {
        let loop = Self.group.next()
        let server = RawServer { _, _ in
            [
                .send(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n"
                        + (ends ? "0\r\n\r\n" : "2\r\nho\r\n"))
            ]
        }
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try UpstreamAddress("http://127.0.0.1:\(listener.localAddress?.port ?? 0)")
        let left = loop.makePromise(of: Void.self)
        let pool = try await loop.submit {
            let pool = UpstreamPool(loop: loop, address: address, tls: nil)
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
            var call: UpstreamCall?
            call = pool.send(UpstreamRequest(RequestHead(head), body: ByteBuffer()), timeouts: UpstreamTimeouts()) {
                event in
                guard case .body = event else { return }
                call?.leave()
                call = nil
                left.succeed()
            }
            return NIOLoopBound(pool, eventLoop: loop)
        }.get()
        try await left.futureResult.get()
        for _ in 0..<200 where !ends && server.closed.withLockedValue({ $0 }) == 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await loop.submit { pool.value.connectionCount }.get() == (ends ? 1 : 0))
        try await listener.close().get()
    }

    @Test("A new connection that closes before its first byte is a failure, and nothing is sent twice")
    func closedEarly() async throws {
        let (words, server) = try await run(calls: 1) { _, _ in [.close] }
        #expect(words == [["failed \(UpstreamFailure.closedEarly)"]])
        #expect(server.requests.withLockedValue { $0 } == 1)
    }

    @Test(
        "An answer cut in the middle is a failure, never an end",
        arguments: ["content-length: 20", "transfer-encoding: chunked"])
    func cutInTheMiddle(_ framing: String) async throws {
        let body = framing.hasPrefix("content") ? "hi" : "2\r\nhi\r\n"
        let (words, _) = try await run(calls: 1) { _, _ in
            [.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n\(body)"), .close]
        }
        let call = try #require(words.first)
        #expect(call.first == "head 200")
        #expect(call.last?.hasPrefix("failed") == true)
        #expect(!call.contains("end"))
    }

    @Test(
        "A server that says nothing is a time-out that names the phase",
        arguments: [("", "first byte"), ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi", "next byte")])
    func silence(_ beginning: String, _ phase: String) async throws {
        let timeouts = UpstreamTimeouts(
            connect: .seconds(5), firstByte: beginning.isEmpty ? .milliseconds(50) : .seconds(20),
            idle: .milliseconds(50))
        let (words, _) = try await run(calls: 1, timeouts: timeouts) { _, _ in
            beginning.isEmpty ? [.silence] : [.send(beginning)]
        }
        #expect(words.first?.last?.contains(phase) == true)
    }

    @Test(
        "Bytes that are not HTTP are a failure",
        arguments: ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\u{0}\u{1}\r\n\r\n"])
    func notHTTP(_ bytes: String) async throws {
        let (words, _) = try await run(calls: 1) { _, _ in [.send(bytes)] }
        #expect(words.first?.last?.hasPrefix("failed") == true)
    }

    @Test("A server that does not listen cannot be reached")
    func unreachable() async throws {
        let loop = Self.group.next()
        let listener = try await ServerBootstrap(group: Self.group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close().get()
        let address = try UpstreamAddress("http://127.0.0.1:\(port)")
        let record = Record(on: loop)
        try await loop.submit {
            let pool = UpstreamPool(loop: loop, address: address, tls: nil)
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
            _ = pool.send(UpstreamRequest(RequestHead(head), body: ByteBuffer()), timeouts: UpstreamTimeouts()) {
                record.note($0)
            }
        }.get()
        try await record.done.futureResult.get()
        #expect(record.words.withLockedValue { $0 }.last?.contains("cannot be reached") == true)
    }

    @Test("Cancelling a call in mid-answer closes its connection, so that the server stops")
    func cancel() async throws {
        let loop = Self.group.next()
        let server = RawServer { _, _ in [.send("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nhi")] }
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let address = try UpstreamAddress("http://127.0.0.1:\(port)")
        let began = loop.makePromise(of: Void.self)
        let call = try await loop.submit {
            let pool = UpstreamPool(loop: loop, address: address, tls: nil)
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
            let call = pool.send(UpstreamRequest(RequestHead(head), body: ByteBuffer()), timeouts: UpstreamTimeouts()) {
                event in
                if case .head = event { began.succeed() }
            }
            return NIOLoopBound((call, pool), eventLoop: loop)
        }.get()
        try await began.futureResult.get()
        try await loop.submit { call.value.0.cancel() }.get()
        for _ in 0..<200 where server.closed.withLockedValue({ $0 }) == 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(server.closed.withLockedValue { $0 } == 1)
        let standing = try await loop.submit { call.value.1.connectionCount }.get()
        #expect(standing == 0)
        try await listener.close().get()
    }
}
