import Access
import Dialects
import Foundation
import Ledger
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Store
import Upstreams

@testable import Gateway

/// What came over one connection so far, and whether it ended; whoever waits for something in it is woken.
final class Wire: Sendable {
    struct Silence: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var text = ""
        var isClosed = false
        var waiting: [(isMet: @Sendable (String, Bool) -> Bool, promise: EventLoopPromise<String>)] = []
    }

    private let state = NIOLockedValueBox(State())

    var text: String { state.withLockedValue { $0.text } }
    var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    func note(_ text: String = "", closed: Bool = false) {
        let met = state.withLockedValue { state -> [(EventLoopPromise<String>, String)] in
            state.text += text
            if closed { state.isClosed = true }
            let (text, isClosed) = (state.text, state.isClosed)
            let met = state.waiting.filter { $0.isMet(text, isClosed) }
            state.waiting.removeAll { $0.isMet(text, isClosed) }
            return met.map { ($0.promise, text) }
        }
        for (promise, text) in met { promise.succeed(text) }
    }

    /// Waits, at most ten seconds, until the text and whether the connection ended are as wanted.
    @discardableResult
    func until(_ isMet: @escaping @Sendable (_ text: String, _ isClosed: Bool) -> Bool) async throws -> String {
        let loop = Stage.group.next()
        let promise = loop.makePromise(of: String.self)
        let now = state.withLockedValue { state -> String? in
            if isMet(state.text, state.isClosed) { return state.text }
            state.waiting.append((isMet, promise))
            return nil
        }
        if let now { promise.succeed(now) }
        let limit = loop.scheduleTask(in: .seconds(10)) {
            promise.fail(
                Silence(description: "waited in vain; so far: \(self.text.suffix(2_000)) closed: \(self.isClosed)"))
        }
        defer { limit.cancel() }
        return try await promise.futureResult.get()
    }

    /// Waits until the text contains another.
    @discardableResult
    func until(_ part: String) async throws -> String { try await until { text, _ in text.contains(part) } }

    func untilClosed() async throws { try await until { $1 } }
}

/// One end of a connection of raw bytes.
final class Line: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let wire = Wire()
    let onText: @Sendable (String, any Channel) -> Void

    init(onText: @escaping @Sendable (String, any Channel) -> Void = { _, _ in }) { self.onText = onText }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        wire.note(text)
        onText(text, context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) { wire.note(closed: true) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A client of raw bytes.
struct Client: Sendable {
    let channel: any Channel
    let wire: Wire

    func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func close() { channel.close(promise: nil) }
}

/// A gateway on loopback with one organisation, one key, a ledger of its own, and a model server of raw bytes behind it.
final class Stage: Sendable {
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    static let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    /// What the model server does when a request, or a part of one, has come.
    typealias Script = @Sendable (_ server: Stage.Server, _ text: String, _ channel: any Channel) -> Void

    /// The model server's side: its connections in the order they came.
    final class Server: Sendable {
        let lines = NIOLockedValueBox<[(line: Line, channel: any Channel)]>([])

        func send(_ text: String, on connection: Int = 0) {
            lines.withLockedValue { $0[connection].channel }.writeAndFlush(ByteBuffer(string: text), promise: nil)
        }

        var count: Int { lines.withLockedValue { $0.count } }
        func wire(_ connection: Int = 0) -> Wire { lines.withLockedValue { $0[connection].line.wire } }
    }

    let secret = KeySecret.random()
    let key: KeyRecord
    let organisation: Organisation
    let gatekeeper = Gatekeeper()
    let gateway: Gateway
    let ledger: ExchangeLog
    let upstream = Server()
    private let directory: String
    private let server: GatewayServer
    private let listener: any Channel
    private let port: Int

    init(
        durability: ExchangeLog.Durability = .process, limits: Limits = Limits(),
        settings change: (inout GatewaySettings) -> Void = { _ in }, script: @escaping Script
    ) async throws {
        directory = NSTemporaryDirectory() + "sluice-stage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let upstream = upstream
        listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                let line = Line { text, channel in script(upstream, text, channel) }
                upstream.lines.withLockedValue { $0.append((line, channel)) }
                return channel.pipeline.addHandler(line)
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try UpstreamAddress("http://127.0.0.1:\(listener.localAddress?.port ?? 0)")
        var settings = GatewaySettings(models: [
            ModelRoute(name: "m", dialect: .openAI, address: address),
            ModelRoute(name: "c", dialect: .anthropic, address: address),
        ])
        settings.drainLimit = .milliseconds(200)
        change(&settings)
        organisation = Organisation(id: .random(), name: "Harbour", created: 1)
        let account = Account(id: .random(), organisation: organisation.id, name: "default", created: 1)
        key = KeyRecord(
            id: .random(), organisation: organisation.id, account: account.id, hash: secret.hash, hint: secret.hint,
            name: "test", limits: limits, created: 1)
        gatekeeper.replace(
            AccessSnapshot(AccessRecords(organisations: [organisation], accounts: [account], keys: [key])))
        ledger = try ExchangeLog.open(directory: directory + "/ledger", durability: durability)
        var log = Logger(label: "test")
        log.logLevel = .critical
        gateway = try Gateway(
            snapshot: GatewaySnapshot(
                settings: settings, policy: Fixtures.snapshot.policy, constitution: Fixtures.snapshot.constitution),
            gatekeeper: gatekeeper, ledger: ledger, waitsForDisk: durability == .disk, computeThreads: 1, log: log)
        server = try await GatewayServer(gateway: gateway, threads: 1)
        port = try await server.start(host: "127.0.0.1", port: 0)?.port ?? 0
    }

    /// A new connection of a client.
    func connect() async throws -> Client {
        let line = Line()
        let channel = try await ClientBootstrap(group: Self.group)
            .channelInitializer { $0.pipeline.addHandler(line) }
            .connect(host: "127.0.0.1", port: port).get()
        return Client(channel: channel, wire: line.wire)
    }

    /// A request for an answer, as bytes.
    func request(
        _ text: String = "hello", stream: Bool = true, model: String = "m", version: String = "1.1",
        headers: String = ""
    ) -> String {
        let path = model == "m" ? "/v1/chat/completions" : "/v1/messages"
        let body =
            "{\"model\":\"\(model)\",\"max_tokens\":9,\"stream\":\(stream),\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]}"
        return
            "POST \(path) HTTP/\(version)\r\nhost: h\r\nx-api-key: \(secret.text)\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Tokens that the key may still use in this minute.
    var remainingTokens: Int {
        let now = SystemTime.monotonic
        let result = gatekeeper.admit(
            key: secret.text, model: "m", route: "messages", from: "here", tokens: 0, now: now)
        guard case .admitted(let lease) = result else { return 0 }
        defer { lease.end() }
        return lease.limits.tokens?.remaining ?? 0
    }

    func connections() async throws -> Int { try await server.connectionCount() }

    func stop() async throws { try await server.stop() }

    /// Closes everything and reads the ledger: its records in order.
    func finish() async throws -> [LedgerRecord] {
        try await server.stop()
        try await listener.close().get()
        ledger.close()
        var records: [LedgerRecord] = []
        let reader = try LedgerReader(directory: directory + "/ledger")
        while let entry = try reader.next() { records.append(entry.record) }
        try? FileManager.default.removeItem(atPath: directory)
        return records
    }
}

extension [LedgerRecord] {
    var completions: [Completion] {
        compactMap { if case .completion(let completion) = $0 { completion } else { nil } }
    }

    var admissions: [Admission] {
        compactMap { if case .admission(let admission) = $0 { admission } else { nil } }
    }
}

extension String {
    /// The text as one chunk of a chunked body.
    var chunk: String { "\(String(utf8.count, radix: 16))\r\n\(self)\r\n" }
}

/// Events of both dialects, as upstreams write them.
enum Event {
    static func chat(_ delta: String, choice: Int = 0, finish: String? = nil) -> String {
        let end = finish.map { "\"\($0)\"" } ?? "null"
        return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
            + "[{\"index\":\(choice),\"delta\":\(delta),\"finish_reason\":\(end)}]}\n\n"
    }

    static func content(_ text: String, choice: Int = 0) -> String { chat("{\"content\":\"\(text)\"}", choice: choice) }
    static let chatEnd = chat("{}", finish: "stop") + "data: [DONE]\n\n"

    static func message(_ type: String, _ rest: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest.isEmpty ? "" : ",")\(rest)}\n\n"
    }

    static let start = message(
        "message_start",
        "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],"
            + "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}")

    static func block(_ index: Int, _ fields: String) -> String {
        message("content_block_start", "\"index\":\(index),\"content_block\":{\(fields)}")
    }

    static func delta(_ index: Int, _ kind: String, _ field: String, _ text: String) -> String {
        message("content_block_delta", "\"index\":\(index),\"delta\":{\"type\":\"\(kind)\",\"\(field)\":\"\(text)\"}")
    }

    static func stop(_ index: Int) -> String { message("content_block_stop", "\"index\":\(index)") }

    static let messageEnd =
        message(
            "message_delta",
            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}")
        + message("message_stop")
}
