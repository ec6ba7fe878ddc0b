import NIOCore
import Testing

@testable import Dialects

@Suite("Streamed messages")
struct MessagesDecoderTests {
    static func event(_ type: String, _ fields: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(fields)}\n\n"
    }
    static let start = event(
        "message_start",
        #","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":1}}"#
    )
    static func block(_ block: String, _ index: Int = 0) -> String {
        event("content_block_start", #","index":\#(index),"content_block":\#(block)"#)
    }
    static func delta(_ delta: String, _ index: Int = 0) -> String {
        event("content_block_delta", #","index":\#(index),"delta":\#(delta)"#)
    }
    static func stop(_ index: Int = 0) -> String { event("content_block_stop", #","index":\#(index)"#) }
    static let text = block(#"{"type":"text","text":""}"#)
    static let end =
        event("message_delta", #","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}"#)
        + event("message_stop")
    static func request() throws -> ModelRequest { try parse(messagesRequest(#","stream":true"#), .anthropic) }

    @Test("A plain stream passes as it came")
    func passesPlainStreams() throws {
        let stream =
            Self.start + Self.event("ping") + Self.text + Self.delta(#"{"type":"text_delta","text":"Hé"}"#)
            + Self.stop() + Self.end
        let events = try decode(stream, try Self.request())
        #expect(events.map(\.raw.text).joined() == stream)
        #expect(
            events.map(\.kind) == [
                .opening, .ping, .blockStart(index: 0, type: "text"), .output, .blockStop(index: 0),
                .finish(reason: "end_turn"), .end,
            ])
        #expect(channels(events.flatMap(\.pieces)) == ["content(0): Hé"])
        #expect(events[0].usage == TokenUsage(input: 7, output: 1, cached: 2))
        #expect(events[5].usage == TokenUsage(input: 7, output: 9, cached: 2))
        #expect(events.map(\.choice) == [nil, nil, 0, 0, 0, 0, nil])
    }

    static let outputs: [(String, [String])] = [
        (block(#"{"type":"text","text":"A"}"#) + delta(#"{"type":"text_delta","text":"B"}"#), ["content(0): AB"]),
        (
            block(#"{"type":"thinking","thinking":"A","signature":""}"#)
                + delta(#"{"type":"thinking_delta","thinking":"B"}"#)
                + delta(#"{"type":"signature_delta","signature":"QUJD=="}"#), ["reasoning(0): AB"]
        ),
        (
            block(#"{"type":"thinking","thinking":""}"#)
                + delta(#"{"type":"signature_delta","signature":"in plain words"}"#), ["annotation(1): in plain words"]
        ),
        (block(#"{"type":"redacted_thinking","data":"QUJD"}"#), []),
        (block(#"{"type":"redacted_thinking","data":"plain words"}"#), ["annotation(1): plain words"]),
        (
            block(#"{"type":"tool_use","id":"t1","name":"A","input":{}}"#)
                + delta(#"{"type":"input_json_delta","partial_json":""}"#)
                + delta(#"{"type":"input_json_delta","partial_json":"{\"q\":\"\\u00"}"#)
                + delta(#"{"type":"input_json_delta","partial_json":"e9\"}"}"#),
            ["toolName(0): A", #"toolArguments(0): {"q":"\u00e9"}"#]
        ),
        (
            block(#"{"type":"tool_use","id":"t1","name":"A","input":{"b":"C"}}"#),
            ["toolName(0): A", #"toolArguments(0): {"b":"C"}"#]
        ),
        (
            text
                + delta(
                    #"{"type":"citations_delta","citation":{"type":"char_location","cited_text":"A","document_title":"B"}}"#
                ), ["annotation(1): char_location", "annotation(2): A", "annotation(3): B"]
        ),
        (
            text + delta(#"{"type":"novel_delta","news":"A"}"#),
            ["annotation(1): novel_delta", "unknown(0): news\n", "unknown(2): A"]
        ),
        (
            text + delta(#"{"type":"text_delta","text":"A","odd":"B"}"#),
            ["content(0): A", "unknown(0): odd\n", "unknown(1): B"]
        ),
        (
            block(
                #"{"type":"web_search_tool_result","tool_use_id":"t","content":[{"type":"x","title":"A","url":"B"}]}"#
            ), ["annotation(1): t", "annotation(2): x", "annotation(3): A", "annotation(4): B"]
        ),
        (
            block(#"{"type":"novel","news":"A"}"#) + delta(#"{"type":"text_delta","text":"B"}"#),
            ["unknown(0): news\n", "unknown(1): A", "content(0): B"]
        ),
        (
            event("content_block_start", #","index":0,"content_block":{"type":"text","text":""},"odd":"A""#),
            ["unknown(0): odd\n", "unknown(1): A"]
        ),
    ]

    @Test(
        "All output of a block is found, in its channels",
        arguments: outputs)
    func findsOutput(_ events: String, _ expected: [String]) throws {
        let events = try decode(Self.start + events + Self.stop() + Self.end, try Self.request())
        #expect(channels(events.flatMap(\.pieces)) == expected)
    }

    @Test("Content in message_start, and unknown fields of message and ending, are output")
    func findsOutputAtTheEdges() throws {
        let start = Self.start.replacing(#""content":[]"#, with: #""content":[{"type":"text","text":"A"}],"odd":"B""#)
        let end = Self.end.replacing(#""stop_sequence":null"#, with: #""stop_sequence":"S","odd":"C""#)
        let events = try decode(start + end, try Self.request())
        #expect(
            channels(events.flatMap(\.pieces)) == [
                "annotation(1): text", "annotation(2): A", "unknown(0): odd\n", "unknown(3): B", "annotation(4): S",
                "unknown(5): C",
            ])
        #expect(events[0].choice == 0)
    }

    @Test("Blocks of text are one channel; each tool call has its own")
    func joinsTextBlocks() throws {
        let stream =
            Self.start + Self.block(#"{"type":"text","text":"A"}"#) + Self.stop()
            + Self.block(#"{"type":"text","text":"B"}"#, 1) + Self.stop(1)
            + Self.block(#"{"type":"tool_use","id":"t","name":"C","input":{}}"#, 2) + Self.stop(2) + Self.end
        #expect(
            channels(try decode(stream, try Self.request()).flatMap(\.pieces)) == ["content(0): AB", "toolName(2): C"])
    }

    @Test("The model is renamed where it differs; events of unknown names and signs of life carry nothing")
    func renamesAndDrops() throws {
        let stream =
            Self.start.replacing(#""model":"m""#, with: #""model":"up""#) + Self.event("novel", #","news":"A""#)
            + Self.event("ping", #","news":"B""#) + Self.end
        let events = try decode(stream, try Self.request())
        #expect(events.map(\.raw.text).joined() == Self.start + Self.event("ping") + Self.end)
    }

    @Test("An event without a name gets the one of its type")
    func namesEvents() throws {
        let stream = (Self.start + Self.end).split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.hasPrefix("event:")
        }.joined(separator: "\n")
        #expect(try decode(stream, try Self.request()).map(\.raw.text).joined() == Self.start + Self.end)
    }

    static let nonsense: [(String, UpstreamFault.What)] = [
        ("data: nonsense\n\n", UpstreamFault.What.malformed), ("data: {}\n\n", .malformed),
        ("data: []\n\n", .malformed),
        (event("error", #","error":{"type":"overloaded_error","message":"m"}"#), .reported),
        (#"data: {"error":"m"}"# + "\n\n", .reported),
        (start + event("error", #","error":{"message":"m"}"#), .reported),
        (text, .order), (start + start, .order), (start + text + text, .order),
        (start + text + block(#"{"type":"text"}"#, 1), .order),
        (start + block(#"{"type":"text"}"#, 1), .order), (start + stop(), .order),
        (start + delta(#"{"type":"text_delta","text":"x"}"#), .order),
        (start + text + stop(1), .order), (start + text + delta(#"{"type":"text_delta","text":"x"}"#, 1), .order),
        (start + text + delta(#"{"type":"thinking_delta","thinking":"x"}"#), .order),
        (start + text + delta(#"{"type":"input_json_delta","partial_json":"x"}"#), .order),
        (start + block(#"{"type":"thinking"}"#) + delta(#"{"type":"text_delta","text":"x"}"#), .order),
        (start + block(#"{"type":"tool_use"}"#) + delta(#"{"type":"text_delta","text":"x"}"#), .order),
        (
            start + block(#"{"type":"redacted_thinking","data":"QQ"}"#)
                + delta(#"{"type":"thinking_delta","thinking":"x"}"#), .order
        ),
        (start + text + end, .order), (start + end + text, .unfinished),
        (start + event("message_stop"), .unfinished),
        (start, .unfinished), ("", .unfinished), (start + text + stop(), .unfinished),
        (start.replacing("event: message_start", with: "event: ping"), .order),
        (start + event("message_delta"), .malformed), (event("message_start"), .malformed),
        (start + event("content_block_start"), .malformed),
        (start + text + delta("{}"), .malformed),
        (start + event("message_delta", #","delta":{"stop_reason":"in several words"}"#), .malformed),
        (
            start + event("message_delta", #","delta":{"stop_reason":"end_turn"}"#)
                + event("message_delta", #","delta":{"stop_reason":"end_turn"}"#), .order
        ),
    ]

    @Test(
        "What is no answer is a fault",
        arguments: nonsense)
    func refusesNonsense(_ stream: String, _ what: UpstreamFault.What) throws {
        let request = try Self.request()
        if what == .unfinished, stream.hasSuffix(Self.text), stream.contains("message_stop") {
            // What follows message_stop is dropped.
            let events = try decode(stream, request)
            #expect(events.last?.kind == .end)
            return
        }
        let fault = #expect(throws: UpstreamFault.self) { try decode(stream, request) }
        #expect(fault?.what == what)
    }

    @Test("Output after the stop reason is a fault")
    func refusesOutputAfterTheEnd() throws {
        let request = try Self.request()
        let stop = Self.event("message_delta", #","delta":{"stop_reason":"end_turn"}"#)
        #expect(throws: UpstreamFault.self) { try decode(Self.start + stop + Self.text, request) }
    }
}
