import NIOCore
import Testing

@testable import Dialects

@Suite("The body for the upstream")
struct UpstreamBodyTests {
    @Test(
        "Only the model's name and the wish for usage change; every other byte stays",
        arguments: [
            (Dialect.openAI, #"{ "model" : "m" ,"messages":[{"role":"user","content":"\u0061"}], "x":1e5 }"#, "m", nil),
            (
                .openAI, #"{ "model" : "m" ,"messages":[{"role":"user","content":"\u0061"}]}"#, "up/\"stream\"",
                #"{ "model" : "up/\"stream\"" ,"messages":[{"role":"user","content":"\u0061"}]}"#
            ),
            (
                .openAI, #"{"stream":true,"messages":[{"role":"user","content":"a"}],"model":"m"}"#, "m",
                #"{"stream":true,"messages":[{"role":"user","content":"a"}],"model":"m","stream_options":{"include_usage":true}}"#
            ),
            (
                .openAI,
                #"{"stream":true,"stream_options":null,"messages":[{"role":"user","content":"a"}],"model":"m" } "#, "n",
                #"{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"a"}],"model":"n" } "#
            ),
            (
                .openAI,
                #"{"stream":true,"stream_options":{ },"messages":[{"role":"user","content":"a"}],"model":"m"}"#, "m",
                #"{"stream":true,"stream_options":{"include_usage":true },"messages":[{"role":"user","content":"a"}],"model":"m"}"#
            ),
            (
                .openAI,
                #"{"stream":true,"stream_options":{"a":1,"include_usage":false},"messages":[{"role":"user","content":"a"}],"model":"m"}"#,
                "m",
                #"{"stream":true,"stream_options":{"a":1,"include_usage":true},"messages":[{"role":"user","content":"a"}],"model":"m"}"#
            ),
            (
                .openAI,
                #"{"stream":true,"stream_options":{"a":1},"messages":[{"role":"user","content":"a"}],"model":"m"}"#,
                "m",
                #"{"stream":true,"stream_options":{"include_usage":true,"a":1},"messages":[{"role":"user","content":"a"}],"model":"m"}"#
            ),
            (
                .openAI,
                #"{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"a"}],"model":"m"}"#,
                "m", nil
            ),
            (.openAI, #"{"stream":false,"messages":[{"role":"user","content":"a"}],"model":"m"}"#, "m", nil),
            (.anthropic, #"{"stream":true,"messages":[{"role":"user","content":"a"}],"model":"m"}"#, "m", nil),
            (
                .anthropic, #"{"stream":true,"messages":[{"role":"user","content":"a"}],"model":"m"}"#, "x",
                #"{"stream":true,"messages":[{"role":"user","content":"a"}],"model":"x"}"#
            ),
        ] as [(Dialect, String, String, String?)])
    func splices(_ dialect: Dialect, _ body: String, _ model: String, _ expected: String?) throws {
        for body in [buffer(body), buffer(body).displaced] {
            let request = try ModelRequest.parse(body, dialect: dialect)
            #expect(request.upstreamBody(model: model).text == expected ?? body.text)
        }
    }
}
