import NIOCore
import Testing

@testable import Dialects

@Suite("Requests")
struct RequestTests {
    @Test("The settings of a chat request are read")
    func readsChatSettings() throws {
        let request = try parse(
            chatRequest(
                #","stream":true,"n":3,"max_tokens":5,"max_completion_tokens":7,"user":"u","safety_identifier":"s","stream_options":{"include_usage":true}"#
            ))
        #expect(request.model == "m")
        #expect(request.stream && request.wantsUsage)
        #expect(request.choices == 3)
        #expect(request.maxTokens == 7)
        #expect(request.endUser == "s")
    }

    @Test("The settings of a messages request are read")
    func readsMessagesSettings() throws {
        let request = try parse(messagesRequest(#","stream":false,"metadata":{"user_id":"u1"}"#), .anthropic)
        #expect(request.maxTokens == 9)
        #expect(request.endUser == "u1")
        #expect(!request.stream)
        #expect(texts(request) == ["user messages[0].content: hi"])
    }

    @Test("Null stands for a field that is absent")
    func takesNull() throws {
        let request = try parse(
            chatRequest(
                #","stream":null,"n":null,"tools":null,"stop":null,"logit_bias":null,"user":null,"max_tokens":null"#))
        #expect(request.choices == 1)
        #expect(!request.stream)
        #expect(request.sensitive.isEmpty)
    }

    @Test(
        "Everything before the model is a text, in its role and at its place",
        arguments: [
            (
                #""messages":[{"role":"system","content":"A"},{"role":"developer","content":"B"},{"role":"user","name":"N","content":[{"type":"text","text":"C"},"D"]},{"role":"assistant","content":null,"reasoning_content":"E","reasoning":"F","refusal":"G","tool_calls":[{"id":"i1","type":"function","function":{"name":"H","arguments":"{\"a\":\"\\u0042\"}"}}]},{"role":"tool","tool_call_id":"i1","content":"J"}]"#,
                [
                    "system messages[0].content: A", "developer messages[1].content: B", "user messages[2].name: N",
                    "user messages[2].content[0].text: C", "user messages[2].content[1]: D",
                    "assistant messages[3].reasoning_content: E", "assistant messages[3].reasoning: F",
                    "assistant messages[3].refusal: G", "assistant messages[3].tool_calls[0].id: i1",
                    "assistant messages[3].tool_calls[0].function.name: H",
                    #"assistant messages[3].tool_calls[0].function.arguments: {"a":"\u0042"}"#,
                    "tool messages[4].tool_call_id: i1", "tool messages[4].content: J",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B"}]"#,
                ["user messages[0].content: A", "prefill messages[1].content: B"]
            ),
            (
                #""messages":[{"role":"user","content":"A"},{"role":"assistant","function_call":{"name":"B","arguments":"C"}},{"role":"function","name":"B","content":"D"}]"#,
                [
                    "user messages[0].content: A", "assistant messages[1].function_call.name: B",
                    "assistant messages[1].function_call.arguments: C", "tool messages[2].name: B",
                    "tool messages[2].content: D",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A"}],"tools":[{"type":"function","function":{"name":"B","description":"C","parameters":{"type":"object","properties":{"D":{"type":"string","description":"E","enum":["F"]}}}}}],"tool_choice":{"type":"function","function":{"name":"B"}}"#,
                [
                    "user messages[0].content: A", "definition tools[0].function.name: B",
                    "definition tools[0].function.description: C",
                    "definition tools[0].function.parameters.properties.D: D",
                    "definition tools[0].function.parameters.properties.D.description: E",
                    "definition tools[0].function.parameters.properties.D.enum[0]: F",
                    "definition tool_choice.function.name: B",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A"}],"functions":[{"name":"B"}],"response_format":{"type":"json_schema","json_schema":{"name":"C","schema":{"properties":{"D":{}}}}},"prediction":{"type":"content","content":"E"},"stop":["F"],"guided_regex":"G","grammar":"H""#,
                [
                    "user messages[0].content: A", "definition functions[0].name: B",
                    "definition response_format.json_schema.name: C",
                    "definition response_format.json_schema.schema.properties.D: D", "prediction prediction.content: E",
                    "other stop[0]: F", "definition guided_regex: G", "definition grammar: H",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A","odd":{"B":["C"]}}],"strange":{"D":"E"}"#,
                [
                    "user messages[0].content: A", "other messages[0].odd: odd", "other messages[0].odd.B: B",
                    "other messages[0].odd.B[0]: C", "other strange: strange", "other strange.D: D",
                    "other strange.D: E",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A"}],"user":"U","metadata":{"x":"Y"},"safety_identifier":"S""#,
                ["user messages[0].content: A"]
            ),
        ] as [(String, [String])])
    func collectsTexts(_ fields: String, _ expected: [String]) throws {
        #expect(texts(try parse(#"{"model":"m",\#(fields)}"#)) == expected)
    }

    @Test(
        "Everything before Claude is a text too",
        arguments: [
            (
                #""system":"A","messages":[{"role":"user","content":"B"}]"#,
                ["system system: A", "user messages[0].content: B"]
            ),
            (
                #""system":[{"type":"text","text":"A","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":false,"content":[{"type":"text","text":"B"}]},{"type":"document","title":"C","context":"D","source":{"type":"text","media_type":"text/plain","data":"E"}}]}]"#,
                [
                    "system system[0].text: A", "user messages[0].content[0].tool_use_id: t1",
                    "tool messages[0].content[0].content[0].text: B", "user messages[0].content[1].title: C",
                    "user messages[0].content[1].context: D",
                    "user messages[0].content[1].source.media_type: text/plain",
                    "user messages[0].content[1].source.data: E",
                ]
            ),
            (
                #""messages":[{"role":"user","content":"A"},{"role":"assistant","content":[{"type":"thinking","thinking":"B","signature":"QUJD"},{"type":"tool_use","id":"t1","name":"C","input":{"D":"E"}}]},{"role":"assistant","content":[{"type":"text","text":"F"}]}]"#,
                [
                    "user messages[0].content: A", "assistant messages[1].content[0].thinking: B",
                    "assistant messages[1].content[1].id: t1", "assistant messages[1].content[1].name: C",
                    "assistant messages[1].content[1].input.D: D", "assistant messages[1].content[1].input.D: E",
                    "prefill messages[2].content[0].text: F",
                ]
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"search_result","source":"A","title":"B","content":[{"type":"text","text":"C"}]}]}],"tools":[{"name":"D","description":"E","input_schema":{"type":"object","properties":{"F":{"type":"string"}}}}],"stop_sequences":["G"],"output_config":{"format":{"type":"json_schema","schema":{"description":"H"}}}"#,
                [
                    "user messages[0].content[0].source: A", "user messages[0].content[0].title: B",
                    "user messages[0].content[0].content[0].text: C", "definition tools[0].name: D",
                    "definition tools[0].description: E", "definition tools[0].input_schema.properties.F: F",
                    "other stop_sequences[0]: G", "definition output_config.format.schema.description: H",
                ]
            ),
        ] as [(String, [String])])
    func collectsClaudeTexts(_ fields: String, _ expected: [String]) throws {
        let request = try parse(#"{"model":"m","max_tokens":1,\#(fields)}"#, .anthropic)
        #expect(texts(request).filter { !$0.contains("format: format") } == expected)
        #expect(request.sensitive.filter { $0.kind != .cache }.isEmpty)
    }

    @Test("A text knows its turn")
    func knowsTurns() throws {
        let request = try parse(
            #"{"model":"m","messages":[{"role":"user","content":"A"},{"role":"user","content":"B"}],"stop":"C"}"#)
        #expect(request.texts.map(\.turn) == [0, 1, nil])
    }

    @Test("A text without escapes shares the body's memory; one with them is unescaped")
    func slicesTheBody() throws {
        let body = buffer(
            #"{"model":"m","messages":[{"role":"user","content":"plain"},{"role":"user","content":"a\u00e9\ud83d\ude00\n"}]}"#
        )
        let request = try ModelRequest.parse(body, dialect: .openAI)
        #expect(request.texts.map(\.text.text) == ["plain", "aé😀\n"])
        func address(_ bytes: UnsafeRawBufferPointer) -> Int { bytes.baseAddress.map { Int(bitPattern: $0) } ?? 0 }
        let start = body.withUnsafeReadableBytes(address)
        let slice = request.texts[0].text.withUnsafeReadableBytes(address)
        let isInside = (start..<start + body.readableBytes).contains(slice)
        #expect(isInside)
    }

    @Test(
        "What is wrong is named by its field and its byte",
        arguments: [
            (#"[]"#, "the body must be a JSON object (byte 0)"),
            (#"{}"#, "model is missing: it must be the name of a model"),
            (#"{"model":"m"}"#, "messages is missing: it must be an array of messages"),
            (#"{"model":"","messages":[]}"#, "messages must hold at least one message (byte 23)"),
            (#"{"model":1,"messages":[]}"#, "model must be a string (byte 9)"),
            (#"{"model":"m","messages":{}}"#, "messages must be an array of messages (byte 24)"),
            (#"{"model":"m","messages":[1]}"#, "messages[0] must be an object (byte 25)"),
            (#"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0] lacks a role (byte 25)"),
            (
                #"{"model":"m","messages":[{"role":"alien"}]}"#,
                "messages[0].role must be one of system, developer, user, assistant, tool, function (byte 33)"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":1}]}"#,
                "messages[0].content must be a string or an array of parts (byte 50)"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[7]}]}"#,
                "messages[0].content[0] must be an object (byte 51)"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}"#,
                "messages[0].content[0].text must be a string (byte 73)"
            ),
            (#"{"model":"m","n":0,"messages":[]}"#, "n must be a whole number from 1 to 128 (byte 17)"),
            (#"{"model":"m","n":1.5,"messages":[]}"#, "n must be a whole number from 1 to 128 (byte 17)"),
            (
                #"{"model":"m","n":99999999999999999999,"messages":[]}"#,
                "n must be a whole number from 1 to 128 (byte 17)"
            ),
            (#"{"model":"m","stream":"yes","messages":[]}"#, "stream must be true or false (byte 22)"),
            (#"{"model":"m","temperature":"hot","messages":[]}"#, "temperature must be a number (byte 27)"),
            (
                #"{"model":"m","top_logprobs":-1,"messages":[]}"#,
                "top_logprobs must be a whole number from 0 to 20 (byte 28)"
            ),
            (#"{"model":"m","tools":{},"messages":[]}"#, "tools must be an array of tools (byte 21)"),
            (#"{"model":"m","Messages":[]}"#, "Messages differs from \"messages\" only in case (byte 24)"),
            (
                "{\"model\":\"m\",\"me\u{17F}\u{17F}ages\":[]}",
                "me\u{17F}\u{17F}ages differs from \"messages\" only in case (byte 26)"
            ),
            (#"{"model":"m","TEMPLATE":"x"}"#, "TEMPLATE differs from \"template\" only in case (byte 24)"),
            (#"{"model":"m","model":"x"}"#, "the key \"model\" occurs twice in one object (byte 13)"),
            (#"{"model":"m""#, "the JSON ends too early (byte 12)"),
        ])
    func namesWhatIsWrong(_ body: String, _ message: String) {
        let error = #expect(throws: RequestError.self) { try parse(body) }
        #expect(error?.message == message)
    }

    @Test("An error carries field and offset for the client")
    func carriesFieldAndOffset() {
        let error = #expect(throws: RequestError.self) {
            try parse(#"{"model":"m","messages":[{"role":"user","content":1}]}"#)
        }
        #expect(error?.param == "messages[0].content")
        #expect(error?.offset == 50)
        #expect(error?.apiError.reply(.openAI, requestID: "r").status == 400)
    }

    @Test("Samples of real clients are taken", arguments: RequestSamples.all)
    func takesSamples(_ sample: RequestSamples.Sample) throws {
        let request = try parse(sample.body, sample.dialect)
        #expect(request.model == "m")
        #expect(!request.texts.isEmpty)
    }
}
