import NIOCore
import NIOHTTP1
import Testing

@testable import Upstreams

@Suite("Plain HTTP")
struct PlainReaderTests {
    /// What is read of a text that comes in two pieces, cut at `place`.
    private func read(_ text: String, isRequest: Bool, cutAt place: Int) -> [String] {
        var reader = PlainReader(isRequest: isRequest)
        var parts: [String] = []
        let bytes = Array(text.utf8)
        for piece in [bytes[..<place], bytes[place...]] where !piece.isEmpty {
            reader.add(ByteBuffer(bytes: piece))
            reading: while true {
                switch reader.next() {
                case .head(let head): parts.append("\(head.start) \(head.framing)")
                case .body(let bytes):
                    let text = String(buffer: bytes)
                    if let last = parts.last, last.hasPrefix("body ") {
                        parts[parts.count - 1] += text
                    } else {
                        parts.append("body " + text)
                    }
                case .end: parts.append("end")
                case .more: break reading
                case .foreign(let rest, let isInChunks):
                    // All of it, whatever comes later, is the decoder's.
                    let all =
                        String(buffer: rest)
                        + (piece.endIndex < bytes.count ? String(decoding: bytes[place...], as: UTF8.self) : "")
                    return parts + ["foreign \(isInChunks) \(all)"]
                case .broken: return parts + ["broken"]
                }
            }
        }
        return parts
    }

    @Test("A byte in a value that is not printable ASCII is never taken for a part of it, whatever stands beside it")
    func values() {
        for length in 1...26 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    for letters in ["b", "a", "ab", "abbbbbbb"] {
                        var value = (0..<length).map { Array(letters.utf8)[$0 % letters.utf8.count] }
                        value[place] = byte
                        let bytes = Array("GET / HTTP/1.1\r\nhost: h\r\nx: ".utf8) + value + Array("\r\n\r\n".utf8)
                        let outcome = bytes.withUnsafeBytes { PlainHead.read($0, isRequest: true) }
                        let isEnd = place == 0 || place == length - 1
                        let isPlain = byte >= 0x20 && byte < 0x7F && !(byte == 0x20 && isEnd)
                        var isRead = false
                        if case .plain(let head, _) = outcome {
                            isRead = head.headers["x"] == [String(decoding: value, as: UTF8.self)]
                        }
                        // One space before a value is not a part of it.
                        guard isRead == isPlain || byte == 0x20 && place == 0 else {
                            Issue.record("\(byte) at \(place) of \(length) among \(letters)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test(
        "A message is read the same wherever it is cut",
        arguments: [
            (
                "POST /v1?a=b HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc", true,
                ["request(NIOHTTP1.HTTPMethod.POST, target: \"/v1?a=b\") length(3)", "body abc", "end"]
            ),
            (
                "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true,
                ["request(NIOHTTP1.HTTPMethod.GET, target: \"/\") length(0)", "end"]
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false,
                ["answer(200 OK) length(3)", "body abc", "end"]
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", false,
                ["answer(200 OK) chunks", "body abcd", "end"]
            ),
        ])
    func cuts(_ text: String, _ isRequest: Bool, _ expected: [String]) {
        for place in 0...text.utf8.count {
            #expect(read(text, isRequest: isRequest, cutAt: place) == expected, "cut at \(place)")
        }
    }

    @Test(
        "What readers of HTTP disagree about is left to the decoder whole",
        arguments: [
            "POST /v1 HTTP/1.1\ncontent-length: 1\r\n\r\nx", "POST /v1 HTTP/1.1\r\ncontent-length : 1\r\n\r\nx",
            "POST /v1 HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx",
            "POST /v1 HTTP/1.1\r\ncontent-length: +1\r\n\r\nx",
            "POST /v1 HTTP/1.1\r\ncontent-length: 0x1\r\n\r\nx", "POST /v1 HTTP/1.1\r\ncontent-length: 1,1\r\n\r\nx",
            "POST /v1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nhost: h\r\n folded\r\n\r\n", "POST /v1 HTTP/1.1\r\nhost: \r\n\r\n",
            "POST /v1 HTTP/1.1\r\nhost:  h\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nhost: h \r\n\r\n", "POST /v1 HTTP/1.1\r\nh\u{e9}: x\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nx: \u{e9}\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nx: a\rb\r\n\r\n", "POST /v1 HTTP/1.1\r\nx: a\0b\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nx: a\tb\r\n\r\n",
            "POST /v1 HTTP/1.1\r\nupgrade: h2c\r\n\r\n", "POST /v1 HTTP/1.1\r\nconnection: upgrade\r\n\r\n",
            "POST /v1 HTTP/1.0\r\n\r\n", "POST  /v1 HTTP/1.1\r\n\r\n", "POST http://h/ HTTP/1.1\r\n\r\n",
            "post /v1 HTTP/1.1\r\n\r\n",
            "POST /a#b HTTP/1.1\r\n\r\n", "\r\nPOST /v1 HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{03}\u{01}",
        ])
    func foreignRequests(_ text: String) {
        #expect(read(text, isRequest: true, cutAt: text.utf8.count) == ["foreign false \(text)"])
        #expect(read(text, isRequest: true, cutAt: 1) == ["foreign false \(text)"])
    }

    @Test(
        "An answer that does not tell its end, or tells it twice, is left to the decoder",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 2000 OK\r\ncontent-length: 3\r\n\r\n", "HTTP/1.1 200\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n", "SSH-2.0-x\r\n",
        ])
    func foreignAnswers(_ text: String) {
        #expect(read(text, isRequest: false, cutAt: text.utf8.count) == ["foreign false \(text)"])
    }

    @Test(
        "Chunks that are not plain are left to the decoder from their line on; one that is longer than it says is an error"
    )
    func chunks() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        for rest in ["2;x=y\r\nde\r\n0\r\n\r\n", "0\r\nx: y\r\n\r\n", "2\nde\r\n", "x\r\n", "12345678\r\n"] {
            let expected = ["answer(200 OK) chunks", "body abc", "foreign true \(rest)"]
            let text = "\(head)3\r\nabc\r\n\(rest)"
            for place in 0...text.utf8.count {
                #expect(read(text, isRequest: false, cutAt: place) == expected, "\(rest) cut at \(place)")
            }
        }
        for rest in ["d\r\n0\r\n\r\n", "0\r\n\r\n", "\n0\r\n\r\n", "\rx"] {
            #expect(read("\(head)3\r\nabc\(rest)", isRequest: false, cutAt: 5).last == "broken")
        }
    }

    @Test(
        "The sets of characters are those that their words say",
        arguments: [(PlainScan.names, "-_"), (PlainScan.targets, "-_!$%&'()*+,./:;=?@~")])
    func characters(_ set: PlainScan.Characters, _ others: String) {
        for byte in UInt8.min...UInt8.max {
            let isLetter = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A && byte >= 0x41 && byte < 0x80
            let isDigit = byte >= 0x30 && byte <= 0x39
            #expect(PlainScan.isOf(set, byte) == (isLetter || isDigit || others.utf8.contains(byte)), "\(byte)")
        }
    }

    @Test("Nothing is read behind the last message of a connection")
    func last() {
        let one = "POST /v1 HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        let expected = ["request(NIOHTTP1.HTTPMethod.POST, target: \"/v1\") length(0)", "end"]
        #expect(read(one + one, isRequest: true, cutAt: 9) == expected)
        let both = "GET / HTTP/1.1\r\nconnection: close\r\nconnection: keep-alive\r\n\r\n"
        #expect(read(both, isRequest: true, cutAt: 9) == ["foreign false \(both)"])
    }

    @Test("A head that drips is read again a few times and then left to the decoder, and so is a very long one")
    func dripping() {
        var reader = PlainReader(isRequest: true)
        var left = 0
        for byte in "POST /v1 HTTP/1.1\r\n".utf8 {
            reader.add(ByteBuffer(bytes: [byte]))
            left += 1
            if case .foreign(let rest, _) = reader.next() {
                #expect(rest.readableBytes == left && left > 2)
                return
            }
        }
        Issue.record("still read")
    }
}
