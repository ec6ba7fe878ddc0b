import Access
import Dialects
import Foundation
import NIOCore
import NIOHTTP1
import Places
import Testing

@testable import Gateway

@Suite("How connections arrive")
struct ArrivalTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private static func binary(_ kind: UInt8, _ family: UInt8, _ rest: [UInt8], more: [UInt8] = []) -> [UInt8] {
        signature + [kind, family, UInt8(rest.count >> 8), UInt8(rest.count & 255)] + rest + more
    }

    @Test(
        "A preface names the client, and exactly its own bytes",
        arguments: [
            (Array("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\nGET /".utf8), "192.0.2.7", 5),
            (Array("PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n".utf8), "2001:db8::7", 0),
            (Array("PROXY UNKNOWN\r\nx".utf8), "", 1),
            (Array("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".utf8), "", 0),
            (binary(0x21, 0x11, [192, 0, 2, 9, 198, 51, 100, 1, 0, 1, 0, 2], more: [71, 69]), "192.0.2.9", 2),
            (
                binary(
                    0x21, 0x21,
                    [0x20, 1, 0xD, 0xB8] + Array(repeating: 0, count: 11) + [9] + Array(repeating: 0, count: 20)),
                "2001:db8::9", 0
            ),
            // With what proxies add behind the addresses.
            (binary(0x21, 0x11, [192, 0, 2, 9, 1, 1, 1, 1, 0, 1, 0, 2, 4, 0, 1, 7]), "192.0.2.9", 0),
            (binary(0x20, 0x00, []), "", 0), (binary(0x21, 0x31, Array(repeating: 0, count: 216)), "", 0),
        ])
    func prefaces(_ bytes: [UInt8], _ client: String, _ rest: Int) {
        let whole = ProxyPreface.whole(client.isEmpty ? nil : NetworkAddress(client), length: bytes.count - rest)
        #expect(ProxyPreface(ByteBuffer(bytes: bytes)) == whole)
        for cut in 0..<(bytes.count - rest) {
            #expect(ProxyPreface(ByteBuffer(bytes: bytes[..<cut])) == .incomplete, "cut at \(cut)")
        }
    }

    @Test(
        "What is no preface is wrong at once, or when its length is known",
        arguments: [
            Array("GET / HTTP/1.1\r\n".utf8), Array("PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n".utf8),
            Array("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443 \r\n".utf8),
            Array("PROXY TCP4 2001:db8::7 198.51.100.1 40000 443\r\n".utf8),
            Array("PROXY TCP4 192.0.2.7 198.51.100.1 40000 70000\r\n".utf8),
            Array("PROXY TCP4 192.0.2.7:80 198.51.100.1 40000 443\r\n".utf8),
            Array("PROXY TCP4 192.0.2.7  40000 443\r\n".utf8), Array("PROXY \n".utf8), Array("PROXY\r\n".utf8),
            Array("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\n".utf8),
            Array(("PROXY UNKNOWN " + String(repeating: "x", count: 120)).utf8),
            binary(0x22, 0x11, []), binary(0x11, 0x11, []), binary(0x21, 0x11, [1, 2, 3]),
            signature + [0x21, 0x11, 0xFF, 0xFF],
        ])
    func wrongPrefaces(_ bytes: [UInt8]) {
        guard case .wrong = ProxyPreface(ByteBuffer(bytes: bytes)) else {
            Issue.record("taken: \(String(decoding: bytes, as: UTF8.self)) \(ProxyPreface(ByteBuffer(bytes: bytes)))")
            return
        }
    }

    @Test("No bytes make it trap, and no more than it says are its own")
    func hostilePrefaces() {
        var generator = SeededNumbers(state: 7)
        let starts: [[UInt8]] = [Self.signature, Array("PROXY TCP4 ".utf8), Array("PROXY ".utf8), []]
        for round in 0..<20_000 {
            var bytes = starts[round % starts.count]
            for _ in 0..<Int(generator.next() % 60) {
                let pool = Array(" .:0123456789abcdef\r\n".utf8) + [UInt8(truncatingIfNeeded: generator.next())]
                bytes.append(pool[Int(generator.next() % UInt64(pool.count))])
            }
            if case .whole(_, let length) = ProxyPreface(ByteBuffer(bytes: bytes)) {
                #expect(length > 0 && length <= bytes.count)
            }
        }
    }

    /// Numbers that are the same in every run.
    private struct SeededNumbers {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    @Test("Sites are told what their pages may do, others are told nothing")
    func crossOrigin() throws {
        var wrong = ""
        let sites = try #require(CrossOrigin("https://app.example, http://localhost:5173", wrong: &wrong))
        let known = HTTPHeaders([("Origin", "https://app.example")])
        #expect(sites.headers(for: known).contains { $0 == ("access-control-allow-origin", "https://app.example") })
        for stranger in ["https://app.example.evil.test", "http://app.example", "null", "https://app.example:444"] {
            let told = sites.headers(for: HTTPHeaders([("Origin", stranger)]))
            #expect(!told.contains { $0.0 == "access-control-allow-origin" }, "\(stranger)")
            #expect(told.contains { $0 == ("vary", "origin") })
        }
        var head = HTTPRequestHead(version: .http1_1, method: .OPTIONS, uri: "/v1/messages", headers: known)
        #expect(sites.preflight(head) == nil)
        head.headers.add(name: "access-control-request-method", value: "POST")
        head.headers.add(name: "access-control-request-headers", value: "authorization, x-stainless-os")
        let answer = try #require(sites.preflight(head))
        #expect(answer.contains { $0 == ("access-control-allow-headers", "authorization, x-stainless-os") })
        #expect(!answer.contains { $0.0 == "access-control-allow-credentials" })
        let anybody = try #require(CrossOrigin("*", wrong: &wrong))
        #expect(anybody.headers(for: known).contains { $0 == ("access-control-allow-origin", "*") })
    }

    @Test(
        "What is no site is refused by name",
        arguments: ["app.example", "https://", "https://a/b", "https://*.a", "ftp://a"])
    func wrongSites(_ text: String) {
        var wrong = ""
        #expect(CrossOrigin("https://good.example " + text, wrong: &wrong) == nil)
        #expect(wrong == text)
    }

    @Test("The routes that keys can be bound to are those that requests are admitted under")
    func scopedRoutes() {
        let admitted = Set(Dialect.allCases.map { Route.exchange($0).pattern } + [Route.tokenCount.pattern])
        #expect(admitted.subtracting(["unknown"]).subtracting(ScopedRoute.all).isEmpty)
        #expect(Set(ScopedRoute.all).count == ScopedRoute.all.count)
    }
}
