import NIOCore
import Testing

@testable import Dialects

/// Documents that begin as another one did are scanned from there, and come to the same.
@Suite("Known beginnings of documents")
struct JSONBeginningTests {
    private struct Scanned: Equatable {
        var tokens: [[UInt32]] = []
        var fault: JSONFault?

        init(_ bytes: [UInt8], from beginning: JSONBeginning? = nil) {
            var tape = JSONTape(most: 64)
            bytes.withUnsafeBytes { raw in
                do throws(JSONFault) { try tape.scan(raw, acceptsLoneSurrogates: false, from: beginning) } catch {
                    fault = error
                }
            }
            if fault == nil {
                tokens = tape.tokens.map {
                    [UInt32($0.kind.rawValue), $0.isEscaped ? 1 : 0, $0.start, $0.end, $0.link]
                }
            }
        }
    }

    private static let ends = [
        "]}", "}]}", "\"}]}", ",\"model\":\"x\"}", "]},{\"a\":\"b\"}]}", ",\"role\":\"user\"}],\"n\":1}", ":1}", "",
        "]", "]}]}x",
        ",\"content\":[]}]}", ",\"t\":{\"t\":{}},\"u\":[1,2,[3]]}]}", " \n ] , \"m\" : null } ",
    ]

    @Test("From any string on, whatever follows, a document is read as from its first byte", arguments: 0..<4)
    func readsOn(_ seed: Int) throws {
        var random = SeededGenerator(UInt64(seed) + 4_100)
        let document = Array(
            #"{"model":"m","system":"é","messages":[{"role":"user","content":[{"type":"text","text":"h\"i"},{"a":{"b":["c"]}}]},{"role":"assistant","content":"中"}],"n":1}"#
                .utf8)
        var tape = JSONTape()
        try document.withUnsafeBytes { try tape.scan($0, acceptsLoneSurrogates: false) }
        let strings = tape.tokens.indices.filter { tape.tokens[$0].kind == .string }
        var (whole, faulty) = (0, 0)
        for _ in 0..<4_000 {
            let last = try #require(strings.randomElement(using: &random))
            let beginning = try #require(JSONBeginning(of: tape.tokens, through: last))
            var next = Array(document[..<beginning.end])
            if Bool.random(using: &random) {
                next += (Self.ends.randomElement(using: &random) ?? "").utf8
            } else {
                // What followed, with a piece of it gone or doubled.
                let rest = Array(document[beginning.end...])
                let cut = Int.random(in: 0...rest.count, using: &random)
                next +=
                    rest[..<cut] + rest[min(rest.count, cut + Int.random(in: -2...3, using: &random)).clamped(cut)...]
            }
            let plain = Scanned(next)
            #expect(Scanned(next, from: beginning) == plain, "\(String(decoding: next, as: UTF8.self)) at \(last)")
            if plain.fault == nil { whole += 1 } else { faulty += 1 }
        }
        #expect(whole > 200 && faulty > 200)
    }

    @Test("Only a string that stands in something ends a beginning")
    func onlyStrings() throws {
        var tape = JSONTape()
        let document = Array(#"{"a":1,"b":["c"]}"#.utf8)
        try document.withUnsafeBytes { try tape.scan($0, acceptsLoneSurrogates: false) }
        let ends = (-1...tape.tokens.count).map { JSONBeginning(of: tape.tokens, through: $0)?.end }
        #expect(ends.compactMap { $0 } == [document.count - 2])
        let text = Array(#""alone""#.utf8)
        try text.withUnsafeBytes { try tape.scan($0, acceptsLoneSurrogates: false) }
        #expect(JSONBeginning(of: tape.tokens, through: 0) == nil)
    }

    @Test(
        "A request read on from a beginning has the texts of one read whole", arguments: [Dialect.openAI, .anthropic])
    func requests(_ dialect: Dialect) throws {
        func body(_ turns: Int, _ end: String = "}") -> ByteBuffer {
            let list = (0..<turns).map {
                "{\"content\":\"turn \($0) says\\n\",\"role\":\"\($0 % 2 == 0 ? "user" : "assistant")\"}"
            }
            return ByteBuffer(
                string: "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[\(list.joined(separator: ","))]\(end)")
        }
        let first = try ModelRequest.parse(body(5), dialect: dialect)
        let beginning = try #require(first.beginning(texts: 5))
        #expect(beginning.texts == 5 && beginning.begins(first))
        for end in ["}", ",\"stream\":true}", ",\"stop\":[\"x\"]}"] {
            let whole = try ModelRequest.parse(body(7, end), dialect: dialect)
            let read = try ModelRequest.parse(body(7, end), dialect: dialect, from: beginning)
            #expect(read.texts.map(\.text) == whole.texts.map(\.text))
            #expect(read.texts.map(\.role) == whole.texts.map(\.role))
            #expect(read.texts.map(\.place.description) == whole.texts.map(\.place.description))
            #expect((read.stream, read.stops) == (whole.stream, whole.stops))
            #expect(beginning.begins(read))
        }
        let other = try ModelRequest.parse(body(4), dialect: dialect)
        #expect(!beginning.begins(other))
        #expect(first.beginning(texts: 0) == nil && first.beginning(texts: 6) == nil)
    }
}

extension Int {
    fileprivate func clamped(_ least: Int) -> Int { Swift.max(self, least) }
}
