import Testing

@testable import Dialects

/// Requests as clients send them.
enum RequestSamples {
    struct Sample: Sendable, CustomTestStringConvertible {
        var dialect: Dialect
        var body: String
        var testDescription: String { String(body.prefix(40)) }
    }

    static let all: [Sample] = [
        Sample(dialect: .openAI, body: chatRequest()),
        Sample(
            dialect: .openAI,
            body: #"{"model":"m","stream":true,"stream_options":{"include_usage":false},"n":2,"temperature":0.5,"#
                + #""messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"hé\n"},"#
                + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null,"#
                + #""tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"q\":\"x\"}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_1","content":"42"}],"tools":[{"type":"function","function":"#
                + #"{"name":"f","description":"finds","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]}"#
        ),
        Sample(dialect: .anthropic, body: messagesRequest()),
        Sample(
            dialect: .anthropic,
            body:
                #"{"model":"m","max_tokens":64,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],"#
                + #""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","#
                + #""signature":"QUJD"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"q":"x"}}]},{"role":"user","content":"#
                + #"[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"42"}]}]}],"#
                + #""tools":[{"name":"f","description":"finds","input_schema":{"type":"object"}}],"metadata":{"user_id":"u1"}}"#
        ),
    ]
}
