import Foundation
import NIOCore
import Testing

@testable import Dialects

/// What a server that speaks `upstream` gets of a request.
private func body(
    _ request: String, _ dialect: Dialect, for upstream: Dialect, profile: UpstreamProfile = UpstreamProfile()
) throws -> [String: Any] {
    let parsed = try parse(request, dialect)
    let made = try parsed.translated(to: upstream, model: "up", profile: profile)
    let object = try JSONSerialization.jsonObject(with: Data(made.body.readableBytesView)) as? [String: Any]
    return try #require(object)
}

/// One value of a body, as JSON with its keys in order.
private func show(_ value: Any?) throws -> String {
    guard let value else { return "nothing" }
    let data = try JSONSerialization.data(
        withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
}

@Suite("Requests in another dialect")
struct RequestTranslationTests {
    @Test(
        "A field of a chat becomes what messages call it",
        arguments: [
            (#","stop":"END""#, "stop_sequences", #"["END"]"#),
            (#","stop":["a","b"]"#, "stop_sequences", #"["a","b"]"#),
            (#","max_completion_tokens":7"#, "max_tokens", "7"),
            (#","temperature":0.25"#, "temperature", "0.25"),
            (#","user":"u""#, "metadata", #"{"user_id":"u"}"#),
            (#","reasoning_effort":"none""#, "thinking", #"{"type":"disabled"}"#),
            (#","reasoning_effort":"high""#, "output_config", #"{"effort":"high"}"#),
            (#","n":1,"logprobs":false,"presence_penalty":0,"store":false"#, "max_tokens", "4096"),
            (
                #","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none""#, "tool_choice",
                #"{"type":"none"}"#
            ),
            (
                #","tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false"#, "tool_choice",
                #"{"disable_parallel_tool_use":true,"type":"auto"}"#
            ),
            (
                #","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]"#, "tools",
                #"[{"input_schema":{"type":"object"},"name":"f"}]"#
            ),
        ])
    func chatToMessages(_ extra: String, _ key: String, _ expected: String) throws {
        #expect(try show(body(chatRequest(extra), .openAI, for: .anthropic)[key]) == expected)
    }

    @Test(
        "A field of messages becomes what a chat calls it",
        arguments: [
            (#","stop_sequences":["a"]"#, "stop", #"["a"]"#),
            ("", "max_completion_tokens", "9"),
            (
                #","system":"Be brief.""#, "messages",
                #"[{"content":"Be brief.","role":"system"},{"content":"hi","role":"user"}]"#
            ),
            (#","thinking":{"type":"disabled"}"#, "reasoning_effort", #""none""#),
            (#","thinking":{"type":"enabled","budget_tokens":2048}"#, "reasoning_effort", #""low""#),
            (#","thinking":{"type":"enabled","budget_tokens":30000}"#, "reasoning_effort", #""high""#),
            (#","thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#, "reasoning_effort", #""low""#),
            (#","output_config":{"effort":"low"},"thinking":{"type":"adaptive"}"#, "reasoning_effort", #""low""#),
            (#","tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"any"}"#, "tool_choice", #""required""#),
            (#","metadata":{"user_id":"u"}"#, "user", #""u""#),
            (#","stream":true"#, "stream_options", #"{"include_usage":true}"#),
        ])
    func messagesToChat(_ extra: String, _ key: String, _ expected: String) throws {
        #expect(try show(body(messagesRequest(extra), .anthropic, for: .openAI)[key]) == expected)
    }

    @Test(
        "What messages cannot say is refused by its name",
        arguments: [
            (#","n":2"#, "n"), (#","seed":1"#, "seed"), (#","top_logprobs":2,"logprobs":true"#, "logprobs"),
            (#","temperature":1.5"#, "temperature"), (#","presence_penalty":1"#, "presence_penalty"),
            (#","response_format":{"type":"json_object"}"#, "response_format"), (#","verbosity":"low""#, "verbosity"),
            (#","reasoning_effort":"xhigh""#, "reasoning_effort"), (#","x_new":1"#, "x_new"),
            (#","prediction":{"type":"content","content":"a"}"#, "prediction"),
            (#","service_tier":"priority""#, "service_tier"),
        ])
    func refusedByMessages(_ extra: String, _ param: String) throws {
        let request = try parse(chatRequest(extra))
        let error = #expect(throws: RequestError.self) { try request.translated(to: .anthropic, model: "up") }
        #expect(error?.param == param)
        #expect(error?.message.contains("Anthropic") == true)
    }

    @Test(
        "What a chat cannot say is refused by its name",
        arguments: [
            (#","top_k":2"#, "top_k"), (#","context_management":{}"#, "context_management"), (#","x_new":1"#, "x_new"),
            (#","output_config":{"x":1}"#, "output_config.x"),
            (#","tools":[{"name":"f","input_schema":{},"input_examples":[]}]"#, "tools[0].input_examples"),
        ])
    func refusedByChat(_ extra: String, _ param: String) throws {
        let request = try parse(messagesRequest(extra), .anthropic)
        let error = #expect(throws: RequestError.self) { try request.translated(to: .openAI, model: "up") }
        #expect(error?.param == param)
    }

    @Test(
        "A turn that the other dialect cannot hold is refused by its place",
        arguments: [
            (#"{"role":"system","content":"late"}"#, "messages[1]"),
            (#"{"role":"user","name":"kim","content":"a"}"#, "messages[1].name"),
            (#"{"role":"assistant","content":"a","reasoning_content":"b"}"#, "messages[1].reasoning_content"),
            (
                #"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"no"}}]}"#,
                "messages[1].tool_calls[0].function.arguments"
            ),
            (
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://a/b","detail":"low"}}]}"#,
                "messages[1].content[0]"
            ),
        ])
    func refusedTurns(_ turn: String, _ param: String) throws {
        let request = try parse(#"{"model":"m","messages":[{"role":"user","content":"a"},\#(turn)]}"#)
        let error = #expect(throws: RequestError.self) { try request.translated(to: .anthropic, model: "up") }
        #expect(error?.param == param)
    }

    @Test("A prefill is told to a chat server as the server reads it", arguments: UpstreamProfile.Prefill.allCases)
    func prefill(_ prefill: UpstreamProfile.Prefill) throws {
        var profile = UpstreamProfile()
        profile.prefill = prefill
        let request =
            #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#
        guard prefill != .refuse else {
            let parsed = try parse(request, .anthropic)
            #expect(throws: RequestError.self) { try parsed.translated(to: .openAI, model: "up", profile: profile) }
            return
        }
        let made = try body(request, .anthropic, for: .openAI, profile: profile)
        #expect((made["continue_final_message"] as? Bool == true) == (prefill == .continued))
        #expect(try show(made["messages"]).contains(#""prefix":true"#) == (prefill == .prefix))
    }

    @Test("What is said in one dialect and translated there and back says the same")
    func thereAndBack() throws {
        let turns =
            #"[{"role":"system","content":"S"},{"role":"user","content":"a"},"#
            + #"{"role":"assistant","content":"b","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},"#
            + #"{"role":"tool","tool_call_id":"c1","content":"r"},{"role":"user","content":"d"}]"#
        let request = try parse(#"{"model":"m","max_completion_tokens":5,"stop":["e"],"messages":\#(turns)}"#)
        let there = try request.translated(to: .anthropic, model: "m").body
        let back = try ModelRequest.parse(there, dialect: .anthropic).translated(to: .openAI, model: "m").body
        let (a, b) = (try ModelRequest.parse(back, dialect: .openAI), request)
        let said: (ModelRequest) -> [String] = { request in request.texts.map { $0.text.text }.sorted() }
        #expect(said(a) == said(b))
        let voices: (ModelRequest) -> [String] = { request in
            request.texts.map { "\($0.role)" }.filter { $0 != "other" }
        }
        #expect(voices(a) == voices(b))
        #expect(a.maxTokens == b.maxTokens)
    }
}

@Suite("Answers in another dialect")
struct AnswerTranslationTests {
    private static func chunk(_ delta: String, finish: String = "null") -> String {
        let head = #"data: {"id":"u","object":"chat.completion.chunk","created":1,"model":"up","choices":"#
        return head + #"[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
    }

    static let chat: String = {
        let deltas: [String] = [
            #"{"role":"assistant","content":""}"#, #"{"reasoning_content":"Low \"gauge\"."}"#, #"{"content":"Open "}"#,
            #"{"content":"the 水 gate."}"#,
            #"{"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]}"#,
            #"{"tool_calls":[{"index":1,"id":"c1","type":"function","function":{"name":"g","arguments":"{\"b\""}}]}"#,
            #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"#,
            #"{"tool_calls":[{"index":1,"function":{"arguments":":2}"}}]}"#,
        ]
        let usage =
            #"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":3}}"#
        let last =
            #"data: {"id":"u","object":"chat.completion.chunk","created":1,"model":"up","choices":[],"usage":\#(usage)}"#
        let body = deltas.map { chunk($0) }.joined()
        return body + chunk("{}", finish: #""tool_calls""#) + last + "\n\ndata: [DONE]\n\n"
    }()

    static let messages: String = {
        let rows: [String] = [
            #"{"type":"message_start","message":{"id":"u","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"usage":{"input_tokens":6,"cache_read_input_tokens":3,"output_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Low gauge."}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
            #"{"type":"content_block_stop","index":0}"#, #"{"type":"ping"}"#,
            #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ZGF0YQ=="}}"#,
            #"{"type":"content_block_stop","index":1}"#,
            #"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Open the \u6c34 gate."}}"#,
            #"{"type":"content_block_stop","index":2}"#,
            #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t0","name":"f","input":{}}}"#,
            #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
            #"{"type":"content_block_stop","index":3}"#,
            #"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"t1","name":"g","input":{}}}"#,
            #"{"type":"content_block_stop","index":4}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":4}}"#,
            #"{"type":"message_stop"}"#,
        ]
        return rows.map { data in "event: \(data.split(separator: "\"")[3])\ndata: \(data)\n\n" }.joined()
    }()

    /// What a client gets of a stream that comes in these pieces, were everything in it clear.
    static func translate(_ pieces: [ByteBuffer], _ request: ModelRequest, from upstream: Dialect) throws -> String {
        var sse = SSEDecoder(limit: 1 << 20)
        var decoder = AnswerDecoder(request, modelName: "m").speaking(upstream)
        var writer = AnswerWriter(request, modelName: "m", decision: "d", time: 1).answering(upstream)
        var events: [AnswerEvent] = []
        for piece in pieces {
            sse.append(piece)
            while let event = try sse.next() { try decoder.decode(event, into: &events) }
        }
        try sse.finish()
        try decoder.finish()
        var out = ByteBuffer()
        var usage: TokenUsage?
        for event in events {
            usage = event.usage ?? usage
            writer.release(event, into: &out)
        }
        out.writeImmutableBuffer(writer.end(usage: usage))
        return out.text
    }

    @Test("A chat's stream is read by a client of messages")
    func chatForMessages() throws {
        let request = try parse(messagesRequest(#","stream":true"#), .anthropic)
        let out = try Self.translate([buffer(Self.chat)], request, from: .openAI)
        let got = try StreamGrammar.messages(out, model: "m")
        #expect(got.ended)
        #expect(got.content[0] == "Open the 水 gate.")
        #expect(got.reasoning[0] == "Low \"gauge\".")
        #expect(got.arguments[0] == [2: #"{"a":1}"#, 3: #"{"b":2}"#])
        #expect(got.finish[0] == "tool_use")
        #expect(got.usage == ["input_tokens": 6, "cache_read_input_tokens": 3, "output_tokens": 4])
    }

    @Test("A stream of messages is read by a client of chats")
    func messagesForChat() throws {
        let request = try parse(chatRequest(#","stream":true,"stream_options":{"include_usage":true}"#))
        let out = try Self.translate([buffer(Self.messages)], request, from: .anthropic)
        let got = try StreamGrammar.chat(out, model: "m", wantsUsage: true)
        #expect(got.ended)
        #expect(got.content[0] == "Open the 水 gate.")
        #expect(got.reasoning[0] == "Low gauge.")
        #expect(got.arguments[0] == [0: #"{"a":1}"#, 1: "{}"])
        #expect(got.finish[0] == "tool_calls")
        #expect(got.usage?["prompt_tokens"] == 9)
        #expect(got.usage?["completion_tokens"] == 4)
        #expect(out.contains(#""reasoning_details":[{"type":"reasoning.text","text":"Low gauge.","signature":"c2ln""#))
        #expect(out.contains(#"{"type":"reasoning.encrypted","data":"ZGF0YQ==""#))
    }

    @Test("Where a stream is cut into reads changes nothing", arguments: [Dialect.openAI, .anthropic])
    func everyCut(_ upstream: Dialect) throws {
        let client: Dialect = upstream == .openAI ? .anthropic : .openAI
        let request = try parse(
            client == .openAI ? chatRequest(#","stream":true"#) : messagesRequest(#","stream":true"#), client)
        let bytes = Array((upstream == .openAI ? Self.chat : Self.messages).utf8)
        let whole = try Self.translate([ByteBuffer(bytes: bytes)], request, from: upstream)
        for cut in 1..<bytes.count {
            let pieces = [ByteBuffer(bytes: bytes[..<cut]), ByteBuffer(bytes: bytes[cut...])]
            #expect(try Self.translate(pieces, request, from: upstream) == whole)
        }
    }

    @Test("An answer of nothing is an answer")
    func nothing() throws {
        let request = try parse(chatRequest(#","stream":true"#))
        let stream =
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":1}}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":0}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        let out = try Self.translate([buffer(stream)], request, from: .anthropic)
        #expect(try StreamGrammar.chat(out, model: "m", wantsUsage: false).finish[0] == "stop")
    }

    @Test("A finish reason that nobody knows is a fault, not a success")
    func strangeFinish() throws {
        let request = try parse(messagesRequest(#","stream":true"#), .anthropic)
        let stream = Self.chat.replacing(#""finish_reason":"tool_calls""#, with: #""finish_reason":"abort""#)
        #expect(throws: UpstreamFault.self) { try Self.translate([buffer(stream)], request, from: .openAI) }
    }

    @Test("Arguments that are no object are no answer for a client of messages")
    func strangeArguments() throws {
        let request = try parse(messagesRequest(), .anthropic)
        let options = AnswerOptions(request, modelName: "m").speaking(.openAI)
        let call = #"{"id":"c","type":"function","function":{"name":"f","arguments":"[1"}}"#
        let body =
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[\#(call)]},"finish_reason":"tool_calls"}]}"#
        #expect(throws: UpstreamFault.self) { try AnswerBody.parse(buffer(body), for: options) }
    }

    @Test("What is refused does not leave, whatever number a server gives its only choice", arguments: [0, 3])
    func oddChoice(_ number: Int) throws {
        let request = try parse(messagesRequest(), .anthropic)
        let options = AnswerOptions(request, modelName: "m").speaking(.openAI)
        let body =
            #"{"choices":[{"index":\#(number),"message":{"role":"assistant","content":"violet"},"finish_reason":"stop"}]}"#
        let answer = try AnswerBody.parse(buffer(body), for: options)
        #expect(answer.body(refusing: [:]).text.contains("violet"))
        #expect(!answer.body(refusing: [number: AnswerWriterTests.refusal]).text.contains("violet"))
    }

    @Test(
        "A stop sequence is told if it is one of those asked for",
        arguments: [("END", "stop_sequence"), ("x", "end_turn")])
    func stopSequence(_ said: String, _ reason: String) throws {
        let request = try parse(messagesRequest(#","stream":true,"stop_sequences":["END"]"#), .anthropic)
        let choice =
            #"{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":"stop","stop_reason":"\#(said)"}"#
        let stream =
            #"data: {"id":"u","object":"chat.completion.chunk","created":1,"model":"up","choices":[\#(choice)]}"#
            + "\n\ndata: [DONE]\n\n"
        let out = try Self.translate([buffer(stream)], request, from: .openAI)
        #expect(try StreamGrammar.messages(out, model: "m").finish[0] == reason)
    }
}
