import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Transparency

/// The cosigned checkpoints of a witness: one file for each log, replaced whole and on the disk before anyone hears of it.
///
/// Only the server's one event loop uses it, so between a decision and its storage nobody else decides.
final class WitnessStore: @unchecked Sendable {
    private let directory: String
    private let descriptor: Int32

    /// Takes a directory for this process alone.
    ///
    /// - Throws: `CommandProblem` when it cannot be made, or another process has it.
    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandProblem("cannot open '\(directory)': \(String(cString: strerror(errno)))")
        }
        // Whatever was opened is closed by `deinit`, which runs for an initializer that throws as well.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandProblem("another process is the witness in '\(directory)'")
        }
    }

    deinit {
        close(descriptor)
    }

    static func name(of origin: String) -> String { TreeHash.digest(of: Array(origin.utf8)).hexadecimal }

    /// The newest cosigned checkpoint of a log, as it was stored.
    func note(named name: String) -> [UInt8]? {
        guard name.utf8.count == 64, TreeHash(hexadecimal: name) != nil else { return nil }
        return FileManager.default.contents(atPath: directory + "/" + name).map { [UInt8]($0) }
    }

    /// What is remembered of a log; `nil` for nothing.
    ///
    /// - Throws: `CommandProblem` for a file that is not well formed: then nothing may be cosigned.
    func latest(_ origin: String) throws -> WitnessedHead? {
        guard let bytes = note(named: Self.name(of: origin)) else { return nil }
        guard let note = try? SignedNote(bytes), let checkpoint = try? Checkpoint(text: note.text) else {
            throw CommandProblem("the stored checkpoint of '\(origin)' is damaged")
        }
        return WitnessedHead(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root)
    }

    /// Stores a checkpoint, with its signatures, and waits for the disk.
    func store(_ note: SignedNote, origin: String) throws {
        let path = directory + "/" + Self.name(of: origin)
        let bytes = Array(note.description.utf8)
        let file = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw CommandProblem("cannot store: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(path + ".new", path) == 0,
            fsync(descriptor) == 0
        else { throw CommandProblem("cannot store: \(String(cString: strerror(errno)))") }
    }
}

/// Serves a witness over HTTP/1.1 on one event loop.
struct WitnessServer: Sendable {
    let witness: Witness
    let store: WitnessStore

    /// What is sent back.
    struct Reply {
        var status: HTTPResponseStatus
        var type = "text/plain; charset=utf-8"
        var body = ""
    }

    /// Runs until the process is told to end.
    func run(host: String, port: Int, started: (String) -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(WitnessHandler(self))
                }
            }.bind(host: host, port: port).get()
        started("\(host):\(channel.localAddress?.port ?? port)")
        try await channel.closeFuture.get()
        try await group.shutdownGracefully()
    }

    func reply(_ method: HTTPMethod, _ path: String, _ body: [UInt8]) -> Reply {
        switch (method, path) {
        case (.POST, "/add-checkpoint"):
            return add(body)
        case (.GET, _) where path.hasPrefix("/checkpoint/"):
            guard let note = store.note(named: String(path.dropFirst("/checkpoint/".count))) else {
                return Reply(status: .notFound, body: "no checkpoint of that log is stored\n")
            }
            return Reply(status: .ok, body: String(decoding: note, as: UTF8.self))
        case (_, "/add-checkpoint"):
            return Reply(status: .methodNotAllowed, body: "send a POST\n")
        default:
            return Reply(status: .notFound, body: "POST /add-checkpoint is what a witness answers\n")
        }
    }

    private func add(_ body: [UInt8]) -> Reply {
        do {
            let origin = Witness.origin(of: body)
            let latest = try origin.flatMap { try store.latest($0) }
            switch witness.decide(body, latest: latest) {
            case .refuse(let status, let text, let reason):
                let isSize = status == 409
                return Reply(
                    status: .init(statusCode: status), type: isSize ? Witness.sizeType : "text/plain; charset=utf-8",
                    body: isSize ? text : reason + "\n")
            case .cosign(let head, let text):
                var note = try AddCheckpoint(body).checkpoint
                guard let line = witness.cosignature(on: text, time: UInt64(Date().timeIntervalSince1970)) else {
                    return Reply(status: .internalServerError, body: "the key does not sign\n")
                }
                let logs = witness.logs
                note = SignedNote(
                    text: text, signatures: note.signatures.filter { line in logs.contains { line.isBy($0) } })
                note.add([line])
                try store.store(note, origin: head.origin)
                return Reply(status: .ok, body: line.line)
            }
        } catch {
            return Reply(status: .internalServerError, body: "\(error)\n")
        }
    }
}

/// Collects a request and writes the reply.
private final class WitnessHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// More than 64 signatures and 63 hashes need.
    private static let longestBody = 1 << 20

    private let server: WitnessServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ server: WitnessServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            guard body.count + part.readableBytes <= Self.longestBody else {
                head = nil
                write(.init(status: .payloadTooLarge, body: "a request has at most 1 MiB\n"), context, keepAlive: false)
                return
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            write(server.reply(head.method, head.uri, body), context, keepAlive: head.isKeepAlive)
            self.head = nil
            body = []
        }
    }

    private func write(_ reply: WitnessServer.Reply, _ context: ChannelHandlerContext, keepAlive: Bool) {
        var head = HTTPResponseHead(version: .http1_1, status: reply.status)
        head.headers = ["content-type": reply.type, "content-length": "\(reply.body.utf8.count)"]
        if !keepAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if !keepAlive { channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
