import Access
import Foundation
import Ledger
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Store
import Testing

@testable import Gateway
@testable import Upstreams

extension Fuzzing {
    @Test("What a model server sends as HTTP ends in exactly one way, and nothing follows it")
    func servers() throws {
        let address = try UpstreamAddress("http://127.0.0.1:9")
        let wrong = try FuzzRun.run("servers", percent: 5) { random, shows in
            let bytes = Mutator.mutate(random.pick(Self.answers), random.pick(Self.answers), &random)
            if shows { print(shown(bytes)) }
            let loop = EmbeddedEventLoop()
            let pool = UpstreamPool(loop: loop, address: address, tls: nil)
            let connection = UpstreamConnection(pool: pool)
            let channel = EmbeddedChannel(
                handler: connection, loop: loop)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 9), promise: nil)
            var (terminals, late, body) = (0, 0, 0)
            let call = UpstreamCall(
                request: UpstreamRequest(
                    RequestHead(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1")),
                    body: ByteBuffer(string: "{}")),
                timeouts: UpstreamTimeouts()
            ) { event in
                late += terminals > 0 ? 1 : 0
                switch event {
                case .end, .failed: terminals += 1
                case .body(let bytes): body += bytes.readableBytes
                case .head, .pause: break
                }
            }
            connection.start(call)
            loop.run()
            for piece in Mutator.cut(bytes, &random) where channel.isActive {
                _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[piece]))
                loop.run()
            }
            _ = try? channel.finish(acceptAlreadyClosed: true)
            loop.run()
            guard body <= bytes.count else { return "more body than bytes" }
            return terminals == 1 && late == 0 ? nil : "\(terminals) ends, \(late) events behind them"
        }
        #expect(wrong == [])
    }

    @Test("What a client sends as HTTP is answered as HTTP or not at all, and leaves nothing behind")
    func clients() throws {
        let directory = NSTemporaryDirectory() + "sluice-fuzz-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ledger = try ExchangeLog.open(directory: directory, durability: .process)
        defer { ledger.close() }
        let secret = KeySecret.random()
        let gateway = try Self.gateway(secret, ledger)
        let sources = Self.calls(secret.text)
        // One for all inputs, as a server has one for each of its loops: a gateway remembers its lanes.
        let loop = EmbeddedEventLoop()
        let lane = Lane(gateway: gateway, loop: loop)
        // A channel that is never closed is never freed: one is enough to ask who comes.
        let arrival = Arrival(EmbeddedChannel(loop: loop))
        let wrong = try FuzzRun.run("clients", percent: 3) { random, shows in
            let bytes = Mutator.mutate(random.pick(sources), random.pick(sources), &random)
            if shows { print(shown(bytes)) }
            let channel = EmbeddedChannel(
                handler: ClientConnection(lane: lane, arrival: arrival), loop: loop)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 9), promise: nil)
            for piece in Mutator.cut(bytes, &random) where channel.isActive {
                _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[piece]))
                loop.run()
            }
            var written = ByteBuffer()
            while let part = try channel.readOutbound(as: ByteBuffer.self) { written.writeImmutableBuffer(part) }
            _ = try? channel.finish(acceptAlreadyClosed: true)
            // Deadlines that were let go of leave the loop when their time has come, which on this one is when we say.
            loop.advanceTime(to: .now())
            guard lane.connectionCount == 0, gateway.bodies.count == 0 else { return "something is left behind" }
            let text = String(buffer: written)
            guard text.isEmpty || text.hasPrefix("HTTP/1.") else { return "no HTTP: \(text.prefix(100))" }
            return text.contains("HTTP/1.1 5") ? "an error of ours: \(text.prefix(400))" : nil
        }
        #expect(wrong == [])
    }

    private static func gateway(_ secret: KeySecret, _ ledger: ExchangeLog) throws -> Gateway {
        let organisation = Organisation(id: .random(), name: "Harbour", created: 1)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        let key = KeyRecord(
            id: .random(), organisation: organisation.id, account: account.id, hash: secret.hash, hint: secret.hint,
            name: "fuzz", limits: Limits(), created: 1)
        let gatekeeper = Gatekeeper()
        gatekeeper.replace(
            AccessSnapshot(AccessRecords(organisations: [organisation], accounts: [account], keys: [key])))
        var log = Logger(label: "fuzz")
        log.logLevel = .critical
        return try Gateway(
            snapshot: snapshot, gatekeeper: gatekeeper, ledger: ledger, waitsForDisk: false, computeThreads: 1, log: log
        )
    }

    /// Requests that end at the door: no model of this gateway has the name that they ask for.
    private static func calls(_ key: String) -> [[UInt8]] {
        let bodies = Corpus.requests.map { String(decoding: $0.bytes, as: UTF8.self) }
        let paths = [
            "/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/messages/count_tokens", "/v1/appeals",
        ]
        var calls: [String] = []
        for (number, body) in bodies.enumerated() {
            let head =
                "POST \(paths[number % paths.count]) HTTP/1.1\r\nhost: h\r\nauthorization: Bearer \(key)\r\nx-api-key: \(key)\r\n"
            calls.append("\(head)content-length: \(body.utf8.count)\r\n\r\n\(body)")
            let half = body.utf8.count / 2
            let (one, two) = (
                String(decoding: body.utf8.prefix(half), as: UTF8.self),
                String(decoding: body.utf8.dropFirst(half), as: UTF8.self)
            )
            calls.append(
                "\(head)expect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n\(String(half, radix: 16));x=y\r\n\(one)\r\n"
                    + "\(String(two.utf8.count, radix: 16))\r\n\(two)\r\n0\r\nx-trailer: 1\r\n\r\n")
        }
        for path in ["/v1/models", "/v1/models/m", "/healthz", "/nowhere?x=%00", "*", "http://h/v1/models"] {
            calls.append("GET \(path) HTTP/1.1\r\nhost: h\r\nauthorization: Bearer \(key)\r\n\r\n")
            calls.append(
                "HEAD \(path) HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /healthz HTTP/1.1\r\nhost: h\r\n\r\n")
        }
        calls.append(calls[0] + calls[1] + calls[2])
        return calls.map { Array($0.utf8) }
    }

    private static let answers: [[UInt8]] = {
        let body = String(decoding: Corpus.streams[0].bytes, as: UTF8.self)
        let chunks = body.components(separatedBy: "\n\n").dropLast().map { event in
            "\(String(event.utf8.count + 2, radix: 16))\r\n\(event)\n\n\r\n"
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        return [
            "\(head)transfer-encoding: chunked\r\n\r\n\(chunks.joined())0\r\n\r\n",
            "\(head)transfer-encoding: chunked\r\ntrailer: x\r\n\r\n\(chunks.joined())0\r\nx: y\r\n\r\n",
            "\(head)content-length: \(body.utf8.count)\r\n\r\n\(body)",
            "\(head)connection: close\r\n\r\n\(body)",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n\(head)content-length: 2\r\n\r\n{}",
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n\(body)",
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        ].map { Array($0.utf8) }
    }()
}
