import NIOCore
import Testing

@testable import Dialects

@Suite("Event streams")
struct SSETests {
    struct Event: Equatable, CustomStringConvertible {
        var name: String?
        var data: String
        var raw: String
        init(_ event: SSEEvent) { (name, data, raw) = (event.name?.text, event.data.text, event.raw.text) }
        init(_ data: String, raw: String? = nil, name: String? = nil) {
            self.name = name
            self.data = data
            self.raw = raw ?? (name.map { "event: \($0)\n" } ?? "") + "data: \(data)\n\n"
        }
        var description: String { "\(name ?? "-")|\(data)|\(raw.debugDescription)" }
    }

    static func events(_ chunks: [[UInt8]]) throws -> [Event] {
        var decoder = SSEDecoder(limit: 1000)
        var events: [Event] = []
        for chunk in chunks {
            decoder.append(ByteBuffer(bytes: chunk))
            while let event = try decoder.next() { events.append(Event(event)) }
        }
        try? decoder.finish()
        while let event = try decoder.next() { events.append(Event(event)) }
        return events
    }

    static let streams: [(String, [Event])] = [
        ("data: a\n\ndata: b\n\n", [Event("a"), Event("b")]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", [Event("a", raw: "data: a\r\n\r\n"), Event("b", raw: "data: b\r\n\r\n")]),
        ("data: a\r\rdata: b\r\r", [Event("a", raw: "data: a\r\r"), Event("b", raw: "data: b\r\r")]),
        ("data: a\r\r\ndata: b\n\n", [Event("a", raw: "data: a\r\r"), Event("b")]),
        ("data: a\rdata: b\r\n\r\n", [Event("a\nb", raw: "data: a\rdata: b\r\n\r")]),
        ("data: a\n\r\ndata: b\r\n\n", [Event("a", raw: "data: a\n\r\n"), Event("b", raw: "data: b\r\n\n")]),
        ("\u{FEFF}data: a\n\n", [Event("a")]),
        ("data:a\n\n", [Event("a", raw: "data:a\n\n")]),
        ("data:  a\n\n", [Event(" a", raw: "data:  a\n\n")]),
        ("event: x\ndata: a\n\n", [Event("a", name: "x")]),
        ("data: a\nevent: x\n\n", [Event("a", raw: "data: a\nevent: x\n\n", name: "x")]),
        ("data: a\ndata\ndata: b\n\n", [Event("a\n\nb", raw: "data: a\ndata\ndata: b\n\n")]),
        (": comment\n\n\n\ndata: a\n\n", [Event("a")]),
        (": hidden\ndata: a\nid: 7\nretry: 5\nother: x\n\n", [Event("a")]),
        ("event: x\nevent: y\ndata: a\n\n", [Event("a", name: "y")]),
        ("event: x\n\ndata: a\n\n", [Event("a")]),
        ("event:\ndata: a\n\n", [Event("a", raw: "event:\ndata: a\n\n")]),
        ("data:\n\ndata: \n\n", []),
        ("datax: a\ndata: b\n\n", [Event("b")]),
        ("data: a\n\ndata: never ends", [Event("a")]),
        ("data: a\n\ndata: never ends\n", [Event("a")]),
        ("data: 中😀\n\n", [Event("中😀")]),
        ("", []),
    ]

    @Test("Any stream gives its events, however it is cut", arguments: streams)
    func decodes(_ stream: String, _ expected: [Event]) throws {
        let bytes = Array(stream.utf8)
        #expect(try Self.events([bytes]) == expected)
        #expect(try Self.events(bytes.map { [$0] }) == expected)
        for cut in bytes.indices {
            #expect(try Self.events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
    }

    @Test("An event in bare CRs does not wait for the next")
    func doesNotWait() throws {
        var decoder = SSEDecoder(limit: 100)
        decoder.append(buffer("data: a\r\r"))
        #expect(try decoder.next()?.data.text == "a")
    }

    @Test(
        "An event over the limit is a fault, ended or not",
        arguments: ["data: 0123456789\n\n", "data: 0123456789", ":0123456789012\n"])
    func boundsEvents(_ stream: String) {
        var decoder = SSEDecoder(limit: 12)
        let fault = #expect(throws: UpstreamFault.self) {
            for byte in stream.utf8 {
                decoder.append(ByteBuffer(bytes: [byte]))
                while try decoder.next() != nil {}
            }
        }
        #expect(fault?.what == .tooLarge)
    }

    @Test(
        "A stream that ends inside an event is a fault, but for a last [DONE]",
        arguments: [
            ("data: {\"a\"", true), ("data: x\n", true), ("data: [DONE]\n", false), ("data: [DONE]", false),
            (": bye", false), ("data: x\n\n", false),
        ])
    func noticesTruncation(_ stream: String, _ isFault: Bool) throws {
        var decoder = SSEDecoder(limit: 100)
        decoder.append(buffer(stream))
        while try decoder.next() != nil {}
        if isFault {
            #expect(throws: UpstreamFault.self) { try decoder.finish() }
        } else {
            try decoder.finish()
        }
    }

    @Test("A long event in single bytes takes linear time")
    func isLinear() throws {
        var decoder = SSEDecoder(limit: 1 << 20)
        for _ in 0..<200_000 {
            decoder.append(buffer("x"))
            #expect(try decoder.next() == nil)
        }
    }
}
