import NIOCore
import Testing

@testable import Dialects

@Suite("What stands around an answer")
struct EnvelopeTests {
    private static func chunk(_ fields: String, _ choices: String = Self.said) -> String {
        "data: {\(fields),\"choices\":[\(choices)]}\n\n"
    }
    private static let said = #"{"index":0,"delta":{"content":"A"},"finish_reason":null}"#
    private static let end = chunk(#""id":"c""#, #"{"index":0,"delta":{},"finish_reason":"stop"}"#) + "data: [DONE]\n\n"

    private static func events(_ chunks: String..., request: String = "") throws -> [AnswerEvent] {
        let request = try ChatDecoderTests.request(#","stream_options":{"include_usage":true}"# + request)
        return try decode(chunks.joined() + end, request)
    }

    @Test(
        "Identifiers, numbers and the formats' words pass as they came",
        arguments: [
            #""id":"chatcmpl-9aBcDeFgHi","object":"chat.completion.chunk","created":1790000000"#,
            #""id":"3f2b8c1e-aaaa-4d11-bbbb-1234567890ab","system_fingerprint":"fp_44709d6fcb","service_tier":"default""#,
            #""id":"","object":null,"provider":"Groq","model":"m""#,
            #""usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0}}"#,
            #""timings":{"prompt_n":3,"prompt_ms":1.25e2},"moderation":null"#,
            #""prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]"#,
        ])
    func passes(_ fields: String) throws {
        let events = try Self.events(Self.chunk(fields))
        #expect(events[0].raw.text == Self.chunk(fields))
        #expect(channels(events[0].pieces) == ["content(0): A"])
    }

    @Test(
        "Text where an identifier or a number should be is judged",
        arguments: [
            (#""id":"one two three""#, "annotation(1): one two three"),
            (#""id":"one-two-three""#, "annotation(1): one-two-three"),
            (#""object":"one_two_three_four""#, "annotation(1): one_two_three_four"),
            (#""id":"onetwothreefourfivesixseveneight""#, "annotation(1): onetwothreefourfivesixseveneight"),
            (#""created":"水 one""#, "annotation(1): 水 one"),
            (#""system_fingerprint":{"name":"one two"}"#, "annotation(1): one two"),
            (#""usage":{"prompt_tokens":"one two"}"#, "unknown(1): one two"),
            (#""usage":"one two""#, "unknown(1): one two"),
            (#""error":"""#, ""),
            (#""prompt_filter_results":[{"severity":"one two"}]"#, "annotation(1): one two"),
            (#""one two three":1"#, "unknown(0): one two three\n"),
            (#""usage":{"one two":1}"#, "unknown(0): usage\none two\n"),
        ])
    func judges(_ fields: String, _ found: String) throws {
        let first = try Self.events(Self.chunk(fields))[0]
        let wanted = ["content(0): A"] + (found.isEmpty ? [] : [found])
        #expect(channels(first.pieces).filter { !$0.hasPrefix("unknown(0): usage\n") || $0 == found } == wanted)
    }

    @Test("What should stay the same stays the same")
    func staysTheSame() throws {
        let events = try Self.events(
            Self.chunk(#""id":"c","system_fingerprint":"how","service_tier":"default""#),
            Self.chunk(#""id":"to","system_fingerprint":"go","service_tier":"default""#))
        #expect(events[1].raw.text == Self.chunk(#""id":"c","system_fingerprint":"how","service_tier":"default""#))
        #expect(channels(events[1].pieces) == ["content(0): A"])
    }

    @Test("Padding keeps its length and says nothing")
    func padding() throws {
        let first = try Self.events(Self.chunk(#""id":"c","obfuscation":"howto""#))[0]
        #expect(first.raw.text == Self.chunk(#""id":"c","obfuscation":"00000""#))
    }

    @Test("A chunk without choices tells nothing that nobody judged")
    func withoutChoices() throws {
        let usage = #"{"prompt_tokens":3,"completion_tokens":"one two","one two":4}"#
        let events = try Self.events(
            Self.chunk(#""x one":1,"id":"one two","x":{"y":"one"},"usage":\#(usage),"z":"one""#, ""))
        let own =
            #"{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}"#
        #expect(events[0].raw.text == Self.chunk(#""id":"","usage":\#(own)"#, ""))
        #expect(events[0].pieces.isEmpty)
    }

    @Test("With several choices, what is judged with the first is in its event alone")
    func severalChoices() throws {
        let other = #"{"index":1,"delta":{"content":"B"},"finish_reason":null}"#
        let ends = Self.chunk(#""id":"c""#, #"{"index":1,"delta":{},"finish_reason":"stop"}"#)
        let events = try Self.events(
            Self.chunk(#""x one":1,"id":"c","y":{"z":"one"}"#, Self.said + "," + other), ends, request: #","n":2"#)
        #expect(events[0].raw.text == Self.chunk(#""x one":1,"id":"c","y":{"z":""}"#))
        #expect(events[1].raw.text == Self.chunk(#""id":"c""#, other))
    }

    @Test("A refused whole answer says nothing more around it")
    func refusedWhole() throws {
        let body =
            #"{"one two":1,"id":"one two three","usage":{"prompt_tokens":"one two"},"choices":[\#(Self.whole)],"x":"one"}"#
        let answer = try AnswerBody.parse(buffer(body), request: try ChatDecoderTests.request(), modelName: "m")
        let refusal = Refusal(category: "c", principle: "p", explanation: "why", decision: "d", stopCategory: nil)
        let text = answer.body(refusing: [0: refusal]).text
        #expect(!text.contains("one") && text.hasPrefix(#"{"id":"","usage":{"prompt_tokens":0,"#))
        #expect(buffer(text).isJSONObject)
    }
    private static let whole = #"{"index":0,"message":{"content":"A"},"finish_reason":"stop"}"#

    @Test(
        "Messages: what is not what it should be is judged",
        arguments: [
            (#""id":"msg_01AbC""#, #""stop_sequence":null"#, [String]()),
            (#""id":"one two three""#, #""stop_sequence":null"#, ["annotation(1): one two three"]),
            (#""id":"m","type":"one-two-three-four""#, #""stop_sequence":null"#, ["annotation(1): one-two-three-four"]),
            (#""id":"m""#, #""stop_sequence":"one""#, ["annotation(1): one"]),
            (#""id":"m""#, #""stop_sequence":"END""#, []),
            (
                #""id":"m""#, #""stop_details":{"type":"refusal","category":null,"explanation":"one two"}"#,
                ["annotation(1): refusal", "annotation(2): one two"]
            ),
        ])
    func messages(_ head: String, _ end: String, _ found: [String]) throws {
        let stream =
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\(head),\"usage\":{\"input_tokens\":1}}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\(end)}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        let request = try parse(messagesRequest(#","stream":true,"stop_sequences":["END"]"#), .anthropic)
        let events = try decode(stream, request)
        #expect(channels(events.flatMap(\.pieces)) == found)
        #expect(events.map(\.raw.text).joined() == stream)
    }

    @Test("A field that another kind of event has is judged in this one")
    func foreignFields() throws {
        typealias Known = MessagesDecoderTests
        let stream =
            Known.start + Known.text + Known.delta(#"{"type":"text_delta","text":"A"},"message":"one two""#)
            + Known.stop() + Known.end
        let found = channels(try decode(stream, try Known.request()).flatMap(\.pieces))
        #expect(found == ["unknown(0): message\n", "unknown(1): one two", "content(0): A"])
    }

    @Test("Members are taken out of an object with their names and commas, whichever they are")
    func takesMembersOut() {
        for mask in 0..<64 {
            let all = (0..<6).map { "\"k\($0)\": {\"v\": [\($0)]}" }
            let text = buffer("{ \(all.joined(separator: " , ")) }")
            var tape = JSONTape()
            _ = text.withUnsafeReadableBytes { try? tape.scan($0, acceptsLoneSurrogates: true) }
            let left = JSONView.read(text, tape.tokens) { view in
                var edits = Splice()
                let gone = view.keys(of: 0).enumerated().filter { mask >> $0.offset & 1 == 1 }.map(\.element)
                edits.remove(members: gone, of: 0, view)
                return edits.applied(to: text)
            }
            let kept = all.indices.filter { mask >> $0 & 1 == 0 }.map { all[$0] }
            #expect(left.isJSONObject)
            #expect(left.text.filter { $0 != " " } == "{\(kept.joined(separator: ","))}".filter { $0 != " " })
        }
    }

    @Test(
        "Headers of a server pass as numbers, dates and codes, and as nothing else",
        arguments: [
            ("12", true), ("Wed, 21 Oct 2015 07:28:00 GMT", true), ("en-US", true), ("2020-10-01", true),
            ("how to fold it", false), ("crimson-origami-ritual", false), ("水", false),
            (String(repeating: "1", count: 65), false),
        ])
    func headers(_ value: String, _ passes: Bool) { #expect(HeaderRules.isPlain(value) == passes) }
}

@Suite("What a stream holds on to")
struct StreamMemoryTests {
    @Test("A stream of one dialect carries no state of another")
    func sizes() {
        print("decoder \(MemoryLayout<AnswerDecoder>.size), writer \(MemoryLayout<AnswerWriter>.size)")
        #expect(MemoryLayout<AnswerDecoder>.size <= 192)
        #expect(MemoryLayout<AnswerWriter>.size <= 192)
    }

    @Test("A box begins at nothing, and its copies part when one is written")
    func boxes() {
        var first = Boxed<MessagesState>()
        #expect(!first.state.started)
        first.state.started = true
        first.state.nextBlock = 3
        var second = first
        second.state.nextBlock += 1
        #expect((first.state.nextBlock, second.state.nextBlock) == (3, 4))
        #expect(first.state.started && second.state.started)
    }
}
