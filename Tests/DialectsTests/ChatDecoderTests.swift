import NIOCore
import Testing

@testable import Dialects

@Suite("Streamed chat completions")
struct ChatDecoderTests {
    static func chunk(_ choices: String, model: String = "m", extra: String = "") -> String {
        #"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"\#(model)","choices":[\#(choices)]\#(extra)}"#
            + "\n\n"
    }
    static func delta(_ delta: String, index: Int = 0, finish: String = "null", extra: String = "") -> String {
        chunk(#"{"index":\#(index),"delta":\#(delta),"finish_reason":\#(finish)\#(extra)}"#)
    }
    static let end = delta("{}", finish: #""stop""#) + "data: [DONE]\n\n"
    static func request(_ extra: String = "") throws -> ModelRequest {
        try parse(chatRequest(#","stream":true"# + extra))
    }

    @Test("A plain stream passes as it came")
    func passesPlainStreams() throws {
        let stream =
            Self.delta(#"{"role":"assistant","content":""}"#) + Self.delta(#"{"content":"Hé"}"#)
            + Self.delta(#"{"content":"\u006clo"}"#) + Self.end
        let events = try decode(stream, try Self.request())
        #expect(events.map(\.raw.text).joined() == stream)
        #expect(events.map(\.kind) == [.opening, .output, .output, .finish(reason: "stop"), .end])
        #expect(channels(events.flatMap(\.pieces)) == ["content(0): Héllo"])
        #expect(events.map(\.choice) == [0, 0, 0, 0, nil])
        #expect(events.filter { !$0.isForClient }.isEmpty)
    }

    @Test(
        "All output of a delta is found, in its channels",
        arguments: [
            (#"{"reasoning_content":"A","content":"B"}"#, ["reasoning(0): A", "content(0): B"]),
            (#"{"content":"B","reasoning":"A"}"#, ["reasoning(1): A", "content(0): B"]),
            (#"{"reasoning":"A","reasoning_content":"A"}"#, ["reasoning(1): A"]),
            (#"{"reasoning":"A","reasoning_content":"B"}"#, ["reasoning(1): A", "reasoning(0): B"]),
            (#"{"refusal":"A"}"#, ["refusal(0): A"]),
            (
                #"{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"A","arguments":""}}]}"#,
                ["toolName(0): A"]
            ),
            (
                #"{"tool_calls":[{"index":1,"function":{"arguments":"A"}},{"index":0,"function":{"arguments":"B"}}]}"#,
                ["toolArguments(1): A", "toolArguments(0): B"]
            ),
            (
                #"{"tool_calls":[{"index":0,"type":"custom","custom":{"name":"A","input":"B"}}]}"#,
                ["toolName(0): A", "toolArguments(0): B"]
            ),
            (
                #"{"tool_calls":[{"id":"an id with words","function":{"name":"A","arguments":{"x":1}}}]}"#,
                ["annotation(1): an id with words", "toolName(0): A", "toolArguments(0): {\"x\":1}"]
            ),
            (
                #"{"function_call":{"name":"A","arguments":"B"}}"#,
                ["toolName(16777215): A", "toolArguments(16777215): B"]
            ),
            (#"{"odd":"A"}"#, ["unknown(0): odd\n", "unknown(1): A"]),
            (#"{"odd":{"deep":["A","B"],"n":1}}"#, ["unknown(0): odd\ndeep\nn\n", "unknown(1): AB"]),
            (#"{"role":"villain"}"#, ["unknown(0): role\n", "unknown(1): villain"]),
            (
                #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"A"}]},{"type":"text","text":"B"}]}"#,
                ["reasoning(0): A", "content(0): B"]
            ),
            (#"{"content":{"x":"A"}}"#, ["unknown(0): x\n", "unknown(1): A"]),
        ] as [(String, [String])])
    func findsOutput(_ delta: String, _ expected: [String]) throws {
        let events = try decode(Self.delta(delta) + Self.end, try Self.request())
        #expect(channels(events.flatMap(\.pieces)) == expected)
    }

    @Test(
        "Output beside the delta is found",
        arguments: [
            (#","odd":"A""#, ["content(0): x", "unknown(0): odd\n", "unknown(1): A"]),
            (#","stop_reason":"A""#, ["content(0): x", "annotation(1): A"]),
            (
                #","stop_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}"#,
                ["content(0): x", "annotation(1): safe"]
            ),
            (
                #","logprobs":{"content":[{"token":"x","logprob":-1,"bytes":[120],"top_logprobs":[{"token":"A","logprob":-9999.0,"bytes":null},{"token":"B","logprob":-2}]}],"refusal":null}"#,
                ["content(0): x", "logprobs(1): A", "logprobs(2): B"]
            ),
            (
                #","logprobs":{"content":[{"token":"y","logprob":-1,"bytes":[120],"top_logprobs":[]}]}"#,
                ["content(0): x", "logprobs(0): y"]
            ),
            (#","logprobs":{"refusal":[{"token":"A","logprob":-1}]}"#, ["content(0): x", "logprobs(0): A"]),
            (
                #","logprobs":{"content":[{"token":"x","note":"A"}],"odd":["B"]}"#,
                ["content(0): x", "unknown(0): note\nodd\n", "unknown(1): A", "unknown(2): B"]
            ),
            (#","logprobs":{"tokens":["A"]}"#, ["content(0): x", "unknown(0): tokens\n", "unknown(1): A"]),
        ] as [(String, [String])])
    func findsOutputBesideTheDelta(_ extra: String, _ expected: [String]) throws {
        let events = try decode(Self.delta(#"{"content":"x"}"#, extra: extra) + Self.end, try Self.request())
        #expect(channels(events.flatMap(\.pieces)) == expected)
    }

    @Test("An unknown top-level field that holds text is judged with the first choice, and dropped where there is none")
    func judgesTopLevelText() throws {
        let stream =
            Self.chunk(#"{"index":0,"delta":{"content":"x"}}"#, extra: #","sources":["A"]"#)
            + Self.chunk("", extra: #","sources":["B"],"timings":{"prompt_ms":1}"#) + Self.end
        let events = try decode(stream, try Self.request())
        #expect(channels(events.flatMap(\.pieces)) == ["content(0): x", "unknown(0): sources\n", "unknown(1): A"])
        #expect(events[0].raw.text.contains(#""sources":[""]"#))
        #expect(events[1].raw.text.contains(#""choices":[],"timings":{"prompt_ms":1}}"#))
    }

    @Test("Numbers that spell tokens do not pass unless they were asked for")
    func dropsTokenNumbers() throws {
        let stream = Self.delta(#"{"content":"x"}"#, extra: #","token_ids":[1,2]"#) + Self.end
        let dropped = try decode(stream, try Self.request())
        #expect(dropped[0].raw.text.contains(#""token_ids":null"#))
        let kept = try decode(stream, try Self.request(#","return_token_ids":true"#))
        #expect(kept[0].raw.text.contains(#""token_ids":[1,2]"#))
    }

    @Test("The model is renamed only where it differs")
    func renames() throws {
        let stream = Self.chunk(#"{"index":0,"delta":{"content":"x"}}"#, model: "upstream/m") + Self.end
        let events = try decode(stream, try Self.request())
        #expect(events[0].raw.text == Self.chunk(#"{"index":0,"delta":{"content":"x"}}"#))
    }

    @Test("A chunk with several choices becomes one event for each")
    func splitsChoices() throws {
        let both = Self.chunk(#"{"index":0,"delta":{"content":"A"}}, {"index":1,"delta":{"content":"B","odd":"C"}}"#)
        let stream = both + Self.delta("{}", index: 1, finish: #""length""#) + Self.end
        let events = try decode(stream, try Self.request(#","n":2"#))
        #expect(events[0].raw.text == Self.chunk(#"{"index":0,"delta":{"content":"A"}}"#))
        // Judged, and left out: part of a field that nobody knows could not be given.
        #expect(events[1].raw.text == Self.chunk(#"{"index":1,"delta":{"content":"B","odd":""}}"#))
        #expect(events.map(\.choice) == [0, 1, 1, 0, nil])
        #expect(channels(events[0].pieces) == ["content(0): A"])
        #expect(channels(events[1].pieces) == ["content(0): B", "unknown(0): odd\n", "unknown(1): C"])
    }

    @Test("Usage goes to the client only if it asked")
    func hidesUsage() throws {
        let usage =
            #","usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}}"#
        let stream =
            Self.delta(#"{"content":"x"}"#) + Self.delta("{}", finish: #""stop""#) + Self.chunk("", extra: usage)
            + "data: [DONE]\n\n"
        for (wish, isForClient) in [("", false), (#","stream_options":{"include_usage":true}"#, true)] {
            let events = try decode(stream, try Self.request(wish))
            let told = TokenUsage(input: 5, output: 3, cached: 2, reasoning: 1)
            #expect(events[2].kind == .usage)
            #expect(events[2].usage == told)
            #expect(events.map(\.isForClient) == [true, true, isForClient, true])
        }
    }

    @Test("An empty list of tool calls is never handed on")
    func dropsEmptyToolCalls() throws {
        let events = try decode(Self.delta(#"{"content":"x","tool_calls":[]}"#) + Self.end, try Self.request())
        #expect(events[0].raw.text == Self.delta(#"{"content":"x","tool_calls":null}"#))
    }

    static let nonsense: [(String, UpstreamFault.What)] = [
        ("data: nonsense\n\n", UpstreamFault.What.malformed), ("data: [1]\n\n", .malformed),
        ("data: {}\n\n", .malformed),
        (#"data: {"error":{"message":"m"}}"# + "\n\n", .reported),
        (#"data: {"choices":[],"error":"m"}"# + "\n\n", .reported),
        (#"data: {"object":"error","message":"m"}"# + "\n\n", .reported),
        ("event: error\ndata: {\"choices\":[]}\n\n", .reported),
        (delta(#"{"content":"x"}"#) + "data: [DONE]\n\n", .unfinished), ("data: [DONE]\n\n", .unfinished),
        (delta(#"{"content":"x"}"#), .unfinished), ("", .unfinished),
        (delta("{}", finish: #""stop""#) + delta(#"{"content":"x"}"#), .order),
        (delta("{}", index: 1), .malformed), (delta("{}", index: -1), .malformed), (chunk("7"), .malformed),
        (delta("{}", finish: "7"), .malformed), (delta("{}", finish: #""a reason in words""#), .malformed),
        (delta(#"{"tool_calls":[{"index":99999}]}"#), .malformed), (delta(#"{"tool_calls":[7]}"#), .malformed),
        (delta(#"{"content":"a","content":"b"}"#), .malformed), (chunk(#"{"delta":{},"message":{}}"#), .malformed),
        ("data: {\"choices\":[\n", .truncated),
    ]

    @Test(
        "What is no answer is a fault",
        arguments: nonsense)
    func refusesNonsense(_ stream: String, _ what: UpstreamFault.What) throws {
        let request = try Self.request()
        let fault = #expect(throws: UpstreamFault.self) { try decode(stream, request) }
        #expect(fault?.what == what)
    }

    @Test("A missing end marker is no fault once all choices have finished, and what follows it is dropped")
    func toleratesMissingEnd() throws {
        #expect(try decode(Self.delta("{}", finish: #""stop""#), try Self.request()).count == 1)
        #expect(try decode(Self.end + Self.delta(#"{"content":"x"}"#), try Self.request()).count == 2)
    }

    @Test("Unknown fields are bounded")
    func boundsUnknownFields() throws {
        let request = try Self.request()
        let stream = (0..<100).map { Self.delta(#"{"field\#($0)":"x"}"#) }.joined() + Self.end
        #expect(throws: UpstreamFault.self) { try decode(stream, request) }
    }

    @Test("The same bytes in any chunks give the same events")
    func isIndependentOfChunks() throws {
        let stream =
            Self.delta(#"{"role":"assistant","content":"Hé 😀"}"#)
            + Self.delta(#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"a"}}]}"#) + Self.end
        let bytes = Array(stream.utf8)
        let whole = try decode(stream, try Self.request()).map(\.raw)
        for cut in bytes.indices {
            var sse = SSEDecoder(limit: 1000)
            var decoder = AnswerDecoder(try Self.request(), modelName: "m")
            var events: [AnswerEvent] = []
            for part in [bytes[..<cut], bytes[cut...]] {
                sse.append(ByteBuffer(bytes: part))
                while let event = try sse.next() { try decoder.decode(event, into: &events) }
            }
            try decoder.finish()
            #expect(events.map(\.raw) == whole)
        }
    }
}
