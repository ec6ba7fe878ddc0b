import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Upstreams

/// Notes the parts of messages, bodies in one piece.
private final class PartNotes<In: Sendable>: ChannelInboundHandler {
    typealias InboundIn = In

    private(set) var parts: [String] = []
    private(set) var failed = false

    func note(_ part: String) { parts.append(part) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case HTTPServerRequestPart.head(let head) as Any:
            note("\(head.version) \(head.method) \(head.uri) \(fields(head.headers))")
        case HTTPClientResponsePart.head(let head) as Any:
            note("\(head.version) \(head.status.code) \(fields(head.headers))")
        case HTTPServerRequestPart.body(let bytes) as Any, HTTPClientResponsePart.body(let bytes) as Any:
            note(body: bytes)
        default: note("end")
        }
    }

    func note(body bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        let text = bytes.readableBytesView.map { String($0, radix: 16) }.joined(separator: " ")
        if let last = parts.last, last.hasPrefix("body ") {
            parts[parts.count - 1] = last + " " + text
        } else {
            note("body " + text)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { failed = true }

    func fields(_ headers: HTTPHeaders) -> String { headers.map { "\($0): \($1)" }.joined(separator: ", ") }
}

extension Fuzzing {
    @Test("What is read as plain HTTP is what NIO's decoder reads, message for message, however it is cut")
    func plain() throws {
        let (requests, answers) = (Self.plainRequests, Self.plainAnswers)
        let wrong = try FuzzRun.run("plain", percent: 5) { random, shows in
            let isRequest = random.chance(50)
            let sources = isRequest ? requests : answers
            var bytes = random.pick(sources)
            if random.chance(90) { bytes = Mutator.mutate(bytes, random.pick(sources), &random) }
            if shows { print(shown(bytes)) }
            let (ours, isBroken) = Self.readPlain(bytes, isRequest, &random)
            let theirs = try Self.readByDecoder(bytes, isRequest)
            guard theirs.parts.count >= ours.count else { return "more than the decoder read: \(ours) \(theirs.parts)" }
            for (number, (one, other)) in zip(ours, theirs.parts).enumerated() {
                // The last piece of a body may go on.
                let isSame = number == ours.count - 1 ? other.hasPrefix(one) : one == other
                guard isSame else { return "\(one) is \(other)" }
            }
            return isBroken && !theirs.failed ? "broken for us alone" : nil
        }
        #expect(wrong == [])
    }

    /// The parts of plain messages up to where something else comes.
    private static func readPlain(
        _ bytes: [UInt8], _ isRequest: Bool, _ random: inout SeededGenerator
    ) -> (parts: [String], isBroken: Bool) {
        let notes = PartNotes<HTTPServerRequestPart>()
        var reader = PlainReader(isRequest: isRequest)
        for piece in Mutator.cut(bytes, &random) {
            reader.add(ByteBuffer(bytes: bytes[piece]))
            reading: while true {
                switch reader.next() {
                case .head(let head):
                    switch head.start {
                    case .request(let method, let target):
                        notes.note("HTTP/1.1 \(method) \(target) \(notes.fields(head.headers))")
                    case .answer(let status): notes.note("HTTP/1.1 \(status.code) \(notes.fields(head.headers))")
                    }
                case .body(let bytes): notes.note(body: bytes)
                case .end:
                    notes.note("end")
                    // What stands behind an answer was not asked for; its connection is closed.
                    if !isRequest { return (notes.parts, false) }
                case .more: break reading
                case .foreign: return (notes.parts, false)
                case .broken: return (notes.parts, true)
                }
            }
        }
        return (notes.parts, false)
    }

    private static func readByDecoder(_ bytes: [UInt8], _ isRequest: Bool) throws -> (parts: [String], failed: Bool) {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        guard isRequest else {
            let notes = PartNotes<HTTPClientResponsePart>()
            try pipeline.addHandlers([
                FramedRequests(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)), notes,
            ])
            channel.write(
                HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")), promise: nil)
            _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
            return (notes.parts, notes.failed)
        }
        let notes = PartNotes<HTTPServerRequestPart>()
        try pipeline.addHandlers([ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)), notes])
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        return (notes.parts, notes.failed)
    }

    private static let plainRequests: [[UInt8]] = {
        let head =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nx-Some_thing: a b  c~\r\n"
        return [
            "\(head)Content-Length: 5\r\n\r\nabcde",
            "GET /v1/models?x=%41&y=(1) HTTP/1.1\r\nhost: h\r\nconnection: keep-alive\r\n\r\n",
            "\(head)content-length: 2\r\n\r\n{}\(head)content-length: 0\r\n\r\nGET / HTTP/1.1\r\nConnection: Close\r\nhost: h\r\n\r\n",
            "\(head)transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "\(head)content-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
            "\(head)content-length: 5\r\nexpect: 100-continue\r\n\r\nabcde",
            "\(head)x:  y \r\nz:\r\n folded\r\ncontent-length: 1\r\n\r\nx",
            "\(head)connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 1\r\n\r\nx", "\(head)\r\n",
            "PUT / HTTP/1.1\r\nhost: h\r\n\r\n",
        ].map { Array($0.utf8) }
    }()

    private static let plainAnswers: [[UInt8]] = {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ndate: Mon, 23 Nov 2026 05:00:00 GMT\r\n"
        return [
            "\(head)content-length: 4\r\n\r\nabcd",
            "\(head)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n",
            "\(head)transfer-encoding: Chunked\r\nconnection: keep-alive\r\n\r\n3;x=y\r\nabc\r\n0\r\nx: y\r\n\r\n",
            "\(head)transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
            "\(head)transfer-encoding: chunked\r\n\r\n3\nabc\r\n000\r\n\r\n",
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 599 \r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 204 No Content\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 100 Continue\r\n\r\n\(head)content-length: 1\r\n\r\nx",
            "\(head)\r\nuntil the end", "\(head)content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ].map { Array($0.utf8) }
    }()
}
