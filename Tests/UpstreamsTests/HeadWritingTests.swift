import NIOCore
import NIOHTTP1
import Testing

@testable import Upstreams

@Suite("Heads of requests")
struct HeadWritingTests {
    private func head(_ uri: String = "/v1", _ headers: HTTPHeaders = [:]) -> RequestHead {
        RequestHead(HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: headers))
    }

    @Test("A control character anywhere in a value keeps the field out; a tab and any other byte do not")
    func values() {
        for length in 1...26 {
            for place in 0..<length {
                for byte in 0..<UInt8(0x80) {
                    // Among letters of even and of odd codes, and of both.
                    for letters in ["b", "a", "ab", "abbbbbbb"] {
                        var value = (0..<length).map { Array(letters.utf8)[$0 % letters.utf8.count] }
                        value[place] = byte
                        let text = String(decoding: value, as: UTF8.self)
                        let isPlain = byte == 0x09 || byte >= 0x20 && byte != 0x7F
                        guard ByteBuffer.isField("x", text) == isPlain else {
                            Issue.record("\(byte) at \(place) of \(length) among \(letters)")
                            return
                        }
                    }
                }
            }
        }
        #expect(ByteBuffer.isField("x", "Ätherwellen 水位 \u{80}\u{9F}ÿ"))
    }

    @Test("A head that is kept gives each request its own fields and the length of its own body")
    func kept() throws {
        let kept = head("/v1", ["host": "h", "content-length": "99", "accept": "*/*"])
        for (more, length) in [([], 0), ([("traceparent", "00-a-b-01")], 5)] as [([(String, String)], Int)] {
            let request = UpstreamRequest(kept, more, body: ByteBuffer(repeating: 0x61, count: length))
            var bytes = ByteBuffer()
            #expect(request.writeHead(to: &bytes))
            let fields = more.map { "\($0.0): \($0.1)\r\n" }.joined()
            let expected = "POST /v1 HTTP/1.1\r\nhost: h\r\naccept: */*\r\n\(fields)content-length: \(length)\r\n\r\n"
            #expect(String(buffer: bytes) == expected)
            let parts = try #require(request.parts)
            #expect(parts.headers["content-length"] == ["\(length)"])
            #expect(parts.headers.count == 3 + more.count)
        }
    }

    @Test("What could end a head before its time is not sent, in bytes or in parts", arguments: [0, 1, 2])
    func smuggled(_ which: Int) {
        let bad = "x\r\ny: z"
        let kept = [head("/v1 HTTP/1.1\r\nx: y"), head("/v1", ["host": bad]), head()][which]
        let request = UpstreamRequest(kept, which == 2 ? [("tracestate", bad)] : [], body: ByteBuffer())
        var bytes = ByteBuffer()
        #expect(!request.writeHead(to: &bytes))
        #expect(request.parts == nil)
    }
}
