import NIOCore
import NIOPosix
import Outbound
import Synchronization
import Testing

@testable import Webhooks

@Suite("The desk of webhooks", .serialized) struct WebhookDeskTests {
    @Test("brings events to who is told of them, and one that hangs delays nobody")
    func delivery() async throws {
        let (good, silent) = (Hits(), Hits())
        let answering = try await listen(good, answers: true)
        let hanging = try await listen(silent, answers: false)
        let secret = try #require(WebhookSecret("0123456789abcdef"))
        let desk = WebhookDesk()
        desk.replace([
            WebhookReceiver(name: "good", url: try url(answering), secret: secret, kinds: [.upstreamDown]),
            WebhookReceiver(name: "hangs", url: try url(hanging), secret: secret, limit: .seconds(30)),
        ])
        let work = Task { await desk.run() }
        #expect(desk.post(WebhookEvent(.upstreamDown, at: 1, ["model": .text("m")])) == 2)
        #expect(desk.post(WebhookEvent(.diskPressure, at: 1)) == 1)
        for _ in 0..<200 where desk.reports.first?.standing.delivered != 1 {
            try await Task.sleep(for: .milliseconds(20))
        }
        work.cancel()
        _ = await work.value
        let reports = desk.reports
        #expect(reports.map(\.name) == ["good", "hangs"])
        #expect(reports[0].standing.delivered == 1)
        #expect(reports[0].standing.waiting == 0)
        #expect(reports[1].standing.delivered == 0)
        let request = good.text
        #expect(request.contains("webhook-signature: v1,"))
        #expect(request.contains(#""type":"upstream.down""#))
        #expect(!request.contains("0123456789abcdef"))
        try await answering.close()
        try await hanging.close()
    }

    @Test("hands what waits to the next process under the same ids, and drops what nobody is told of any more")
    func backlog() async throws {
        let secret = try #require(WebhookSecret("0123456789abcdef"))
        let hits = Hits()
        let answering = try await listen(hits, answers: true)
        let there = WebhookReceiver(name: "a \n b", url: try url(answering), secret: secret)
        let gone = WebhookReceiver(name: "gone", url: try OutboundURL("http://127.0.0.1:9/?token=1"), secret: secret)
        let first = WebhookDesk(clock: { 1_000 })
        #expect(first.backlog.text == nil)
        first.replace([there, gone])
        let before = first.revision
        first.post(WebhookEvent(.upstreamDown, at: 1, ["model": .text("m\nb \u{85}")]))
        first.post(WebhookEvent(.diskPressure, at: 2))
        #expect(first.revision != before)
        let text = try #require(first.backlog.text)
        #expect(!text.contains("token") && text.split(separator: "\n").count == 5)

        let next = WebhookDesk()
        next.replace([there])
        #expect(next.restore(text) == (2, 2))
        #expect(next.reports.map(\.standing.waiting) == [2])
        let again = WebhookDesk()
        again.replace([there])
        #expect(again.restore(try #require(next.backlog.text)) == (2, 0))
        #expect(again.backlog.text == next.backlog.text)
        let work = Task { await next.run() }
        for _ in 0..<200 where next.reports.first?.standing.delivered != 2 {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(next.backlog.text == nil)
        work.cancel()
        _ = await work.value
        #expect(hits.text.contains("disk.pressure") && hits.text.contains("upstream.down"))
        try await answering.close()
    }

    @Test(
        "takes nothing from a backlog that is none",
        arguments: [
            "", "\n", "sluice/webhooks/v2\nx", "sluice/webhooks/v1\nshort", "sluice/webhooks/v1\na b c d e {}",
            "sluice/webhooks/v1\n" + String(repeating: "a", count: 64) + " msg_1 disk.pressure -1 0 {}",
            "sluice/webhooks/v1\n" + String(repeating: "a", count: 64) + " msg_1 disk.pressure 1 9e9 {}",
            "sluice/webhooks/v1\n" + String(repeating: "a", count: 64) + " msg_1 no.such 1 9 {}",
        ])
    func hostileBacklog(_ text: String) throws {
        let desk = WebhookDesk()
        let secret = try #require(WebhookSecret("0123456789abcdef"))
        desk.replace([WebhookReceiver(name: "a", url: try OutboundURL("http://127.0.0.1:9/"), secret: secret)])
        #expect(desk.restore(text).taken == 0)
        #expect(desk.backlog.text == nil)
    }

    @Test("keeps what waits for a receiver that stays, and forgets one that goes")
    func replace() throws {
        let secret = try #require(WebhookSecret("0123456789abcdef"))
        let here = WebhookReceiver(name: "a", url: try OutboundURL("http://127.0.0.1:9/"), secret: secret)
        let desk = WebhookDesk()
        #expect(desk.isSilent)
        desk.replace([here])
        desk.post(WebhookEvent(.test, at: 0))
        desk.replace([here])
        #expect(desk.reports.map(\.standing.waiting) == [1])
        desk.replace([WebhookReceiver(name: "a", url: try OutboundURL("http://127.0.0.1:8/"), secret: secret)])
        #expect(desk.reports.map(\.standing.waiting) == [0])
        desk.replace([])
        #expect(desk.post(WebhookEvent(.test, at: 0)) == 0)
    }

    private func url(_ channel: any Channel) throws -> OutboundURL {
        try OutboundURL("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/hook")
    }

    private func listen(_ hits: Hits, answers: Bool) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(hits, answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

private final class Hits: Sendable {
    private let all = Mutex("")
    var text: String { all.withLock { $0 } }
    func add(_ part: String) { all.withLock { $0 += part } }
}

private final class Receiver: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hits: Hits
    private let answers: Bool

    init(_ hits: Hits, answers: Bool) {
        self.hits = hits
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = String(buffer: unwrapInboundIn(data))
        hits.add(part)
        guard answers, part.contains("}}") else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n")), promise: nil)
    }
}
