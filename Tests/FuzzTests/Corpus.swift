import Dialects

/// What inputs are made from: every dialect's documents as servers and clients write them.
enum Corpus {
    /// The phrase that is refused wherever it stands; no answer may carry it out.
    static let phrase = "crimson origami ritual of the ninth fold"

    static let requests: [(dialect: Dialect, bytes: [UInt8])] = {
        let chats = [
            #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true},"n":2,"temperature":0.5,"logprobs":true,"top_logprobs":2,"#
                + #""messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"hé\n"},"#
                + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null,"#
                + #""tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"q\":\"x\"}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_1","content":"42"}],"tools":[{"type":"function","function":"#
                + #"{"name":"f","description":"finds","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","reasoning_content":"c"},"#
                + #"{"role":"user","content":"d"}],"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"},"strict":true}},"#
                + #""stop":["x","y"],"max_completion_tokens":9,"reasoning_effort":"low","parallel_tool_calls":false,"tool_choice":"auto","seed":4,"user":"u"}"#,
        ]
        let messages = [
            #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#,
            #"{"model":"m","max_tokens":64,"stream":true,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],"#
                + #""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","#
                + #""signature":"QUJD"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"q":"x"}}]},{"role":"user","content":"#
                + #"[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"42"}]},"#
                + #"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t"}]}],"#
                + #""tools":[{"name":"f","description":"finds","input_schema":{"type":"object"}}],"metadata":{"user_id":"u1"},"#
                + #""thinking":{"type":"enabled","budget_tokens":1024},"stop_sequences":["z"],"top_k":3,"tool_choice":{"type":"any"}}"#,
        ]
        let responses = [
            #"{"model":"m","input":"hi"}"#,
            #"{"model":"m","stream":true,"instructions":"Be kind.","input":[{"role":"user","content":[{"type":"input_text","text":"a"},"#
                + #"{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},"#
                + #"{"type":"function_call_output","call_id":"c","output":"42"},{"type":"reasoning","id":"r","summary":[],"encrypted_content":"QUJD"}],"#
                + #""tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}],"max_output_tokens":9,"#
                + #""text":{"format":{"type":"json_object"}},"reasoning":{"effort":"low"},"store":false,"user":"u"}"#,
        ]
        let completions = [
            #"{"model":"m","prompt":"Open the","max_tokens":9}"#,
            #"{"model":"m","prompt":["Open the"],"stream":true,"stream_options":{"include_usage":true},"n":2,"best_of":2,"logprobs":1,"#
                + #""stop":["x"],"temperature":0.5,"seed":4,"user":"u","echo":false,"suffix":"","logit_bias":{}}"#,
        ]
        return chats.map { (.openAI, Array($0.utf8)) } + messages.map { (.anthropic, Array($0.utf8)) }
            + responses.map { (.responses, Array($0.utf8)) } + completions.map { (.completions, Array($0.utf8)) }
    }()

    /// Streams by the dialect of the server.
    static let streams: [(dialect: Dialect, bytes: [UInt8])] = [
        (.openAI, chat(#"{"role":"assistant","content":""}"#, #"{"content":"Open "}"#, #"{"content":"the 水 gate."}"#)),
        (
            .openAI,
            chat(
                #"{"role":"assistant","content":""}"#, #"{"reasoning_content":"Low \"gauge\"."}"#,
                #"{"content":"\u6c34 "}"#,
                #"{"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"c1","type":"function","function":{"name":"g","arguments":"{\"b\""}}]}"#,
                #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"#,
                #"{"tool_calls":[{"index":1,"function":{"arguments":":2}"}}]}"#, finish: "tool_calls")
        ),
        (
            .openAI,
            chat(#"{"role":"assistant","content":"<think>so"}"#, #"{"content":"</think>Yes."}"#, #"{"refusal":"No."}"#)
        ),
        (
            .openAI,
            chat(
                #"{"role":"assistant","content":"The crimson origami "}"#,
                #"{"content":"ritual of the ninth fold, then"}"#)
        ),
        (
            .anthropic,
            named(
                start, block(0, #""type":"text","text":"""#), delta(0, #""type":"text_delta","text":"Open it.""#),
                stop(0), end)
        ),
        (
            .anthropic,
            named(
                start, #"{"type":"ping"}"#, block(0, #""type":"thinking","thinking":"","signature":"""#),
                delta(0, #""type":"thinking_delta","thinking":"Low.""#),
                delta(0, #""type":"signature_delta","signature":"c2ln""#), stop(0),
                block(1, #""type":"redacted_thinking","data":"ZGF0YQ==""#), stop(1),
                block(2, #""type":"text","text":"""#),
                delta(2, #""type":"text_delta","text":"The \#(phrase), then""#), stop(2),
                block(3, #""type":"tool_use","id":"t0","name":"f","input":{}"#),
                delta(3, #""type":"input_json_delta","partial_json":"{\"a\":1}""#), stop(3), end)
        ),
        (
            .responses,
            named(
                response, item(0), part,
                #"{"type":"response.output_text.delta","sequence_number":4,"item_id":"i0","output_index":0,"content_index":0,"delta":"Open it."}"#,
                textDone, partDone, itemDone, completed)
        ),
        (
            .responses,
            named(
                response,
                #"{"type":"response.output_item.added","output_index":0,"item":{"id":"f0","type":"function_call","call_id":"c0","name":"f","arguments":"","status":"in_progress"}}"#,
                #"{"type":"response.function_call_arguments.delta","item_id":"f0","output_index":0,"delta":"{\"a\":1}"}"#,
                #"{"type":"response.function_call_arguments.done","item_id":"f0","output_index":0,"name":"f","arguments":"{\"a\":1}"}"#,
                #"{"type":"response.output_item.done","output_index":0,"item":{"id":"f0","type":"function_call","call_id":"c0","name":"f","arguments":"{\"a\":1}","status":"completed"}}"#,
                completed)
        ),
        (.completions, completion(#""text":"Open ""#, #""text":"the gate.","logprobs":null"#)),
        (
            .completions,
            completion(
                #""text":"The crimson origami","logprobs":{"tokens":["The"," crimson"," origami"],"token_logprobs":[-1,-2,-3],"#
                    + #""top_logprobs":[{"The":-1,"A":-2},{" crimson":-2},null],"text_offset":[0,3,11]}"#,
                #""text":" ritual of the ninth fold, then""#)
        ),
        (
            .gemini,
            gemini(
                #"{"text":"Low.","thought":true}"#, #"{"text":"Open it."}"#,
                #"{"functionCall":{"name":"f","args":{"a":1}}}"#)
        ),
        (.gemini, gemini(#"{"text":"The crimson origami "}"#, #"{"text":"ritual of the ninth fold, then"}"#)),
        (
            .gemini,
            Array(#"data: {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":2}}"#.utf8) + [
                0x0A, 0x0A,
            ]
        ),
    ]

    /// Whole answers by the dialect of the server.
    static let bodies: [(dialect: Dialect, bytes: [UInt8])] = [
        (
            .openAI,
            Array(
                (#"{"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"Open it.","reasoning_content":"Low.","#
                    + #""tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"logprobs":{"content":[{"token":"Open","logprob":-0.1,"bytes":[79],"top_logprobs":[]}]},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#).utf8)
        ),
        (
            .openAI,
            Array(
                #"{"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"The \#(phrase), then"},"finish_reason":"stop"}]}"#
                    .utf8)
        ),
        (
            .completions,
            Array(
                (#"{"id":"c","object":"text_completion","created":1,"model":"up","choices":[{"index":0,"text":"The \#(phrase), then","logprobs":{"tokens":["The"],"#
                    + #""token_logprobs":[-1],"top_logprobs":[{"The":-1}],"text_offset":[0]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#)
                    .utf8)
        ),
        (
            .anthropic,
            Array(
                (#"{"id":"m","type":"message","role":"assistant","model":"up","content":[{"type":"thinking","thinking":"Low.","signature":"c2ln"},{"type":"text","text":"Open it."},"#
                    + #"{"type":"tool_use","id":"t","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":4}}"#)
                    .utf8)
        ),
        (
            .responses,
            Array(
                (#"{"id":"r","object":"response","created_at":1,"model":"up","status":"completed","error":null,"incomplete_details":null,"output":[{"id":"m","type":"message","role":"assistant","status":"completed","#
                    + #""content":[{"type":"output_text","text":"Open it.","annotations":[],"logprobs":[]}]},{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":"{}","status":"completed"}],"usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}"#)
                    .utf8)
        ),
        (
            .gemini,
            Array(
                (#"{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Low.","thought":true},{"text":"The \#(phrase), then"},{"functionCall":{"name":"f","args":{"a":1}}}]},"finishReason":"STOP"}],"#
                    + #""usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7},"modelVersion":"up"}"#)
                    .utf8)
        ),
    ]

    private static func chat(_ deltas: String..., finish: String = "stop") -> [UInt8] {
        let head = #"data: {"id":"u","object":"chat.completion.chunk","created":1,"model":"up","choices":["#
        let rows = deltas.map { "\(head){\"index\":0,\"delta\":\($0),\"finish_reason\":null}]}\n\n" }
        let end = "\(head){\"index\":0,\"delta\":{},\"finish_reason\":\"\(finish)\"}]}\n\n"
        let usage = "\(head)],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}\n\n"
        return Array((rows.joined() + end + usage + "data: [DONE]\n\n").utf8)
    }

    private static func completion(_ choices: String...) -> [UInt8] {
        let head = #"data: {"id":"u","object":"text_completion","created":1,"model":"up","choices":["#
        let rows = choices.map { "\(head){\"index\":0,\($0),\"finish_reason\":null}]}\n\n" }
        let end = "\(head){\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n"
        return Array((rows.joined() + end + "data: [DONE]\n\n").utf8)
    }

    private static func named(_ rows: String...) -> [UInt8] {
        Array(rows.map { "event: \($0.split(separator: "\"")[3])\ndata: \($0)\n\n" }.joined().utf8)
    }

    private static func gemini(_ parts: String...) -> [UInt8] {
        let rows = parts.map {
            "data: {\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[\($0)]}}]}\n\n"
        }
        let end =
            #"data: {"candidates":[{"index":0,"content":{"role":"model","parts":[]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}"#
        return Array((rows.joined() + end + "\n\n").utf8)
    }

    private static let start =
        #"{"type":"message_start","message":{"id":"u","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"usage":{"input_tokens":6,"output_tokens":1}}}"#
    private static func block(_ index: Int, _ fields: String) -> String {
        "{\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":{\(fields)}}"
    }
    private static func delta(_ index: Int, _ fields: String) -> String {
        "{\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":{\(fields)}}"
    }
    private static func stop(_ index: Int) -> String { "{\"type\":\"content_block_stop\",\"index\":\(index)}" }
    private static let end =
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}"#
        + "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}"

    private static let head = #""id":"r","object":"response","created_at":1,"model":"up","error":null"#
    private static let response =
        "{\"type\":\"response.created\",\"response\":{\(head),\"status\":\"in_progress\",\"output\":[]}}"
    private static func item(_ index: Int) -> String {
        "{\"type\":\"response.output_item.added\",\"output_index\":\(index),\"item\":{\"id\":\"i\(index)\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\",\"content\":[]}}"
    }
    private static let part =
        #"{"type":"response.content_part.added","item_id":"i0","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#
    private static let said = #"{"type":"output_text","text":"Open it.","annotations":[]}"#
    private static let textDone =
        #"{"type":"response.output_text.done","item_id":"i0","output_index":0,"content_index":0,"text":"Open it."}"#
    private static let partDone =
        "{\"type\":\"response.content_part.done\",\"item_id\":\"i0\",\"output_index\":0,\"content_index\":0,\"part\":\(said)}"
    private static let itemDone =
        "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"i0\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[\(said)]}}"
    private static let completed =
        "{\"type\":\"response.completed\",\"response\":{\(head),\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":4,\"total_tokens\":7}}}"
}
