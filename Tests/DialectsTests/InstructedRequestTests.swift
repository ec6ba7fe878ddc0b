import NIOCore
import Testing

@testable import Dialects

@Suite("Requests with an instruction of the gateway's")
struct InstructedRequestTests {
    private let said = #"Say "hum"."#

    private func instructed(_ body: String, _ dialect: Dialect) throws -> String? {
        try ModelRequest.parse(ByteBuffer(string: body), dialect: dialect).instructed(by: said)
            .map { String(buffer: $0.upstreamBody(model: "m")) }
    }

    @Test(
        "It stands behind the system text of its dialect, and every other byte stays",
        arguments: [
            (
                .openAI, #"{"model":"m", "messages":[{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m", "messages":[{"role":"system","content":"Say \"hum\"."},{"role":"user","content":"Hi"}]}"#
            ),
            (
                .openAI,
                #"{"model":"m","messages":[{"role":"system","content":"B\u0065 k\n"},{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m","messages":[{"role":"system","content":"B\u0065 k\n\n\nSay \"hum\"."},{"role":"user","content":"Hi"}]}"#
            ),
            (
                .openAI, #"{"model":"m","messages":[{"content":[{"type":"text","text":"a"}],"role":"developer"}]}"#,
                #"{"model":"m","messages":[{"content":[{"type":"text","text":"a"},{"type":"text","text":"Say \"hum\"."}],"role":"developer"}]}"#
            ),
            (
                .openAI, #"{"model":"m","messages":[{"role":"system","content":""},{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m","messages":[{"role":"system","content":"Say \"hum\"."},{"role":"user","content":"Hi"}]}"#
            ),
            (
                .anthropic, #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"system":"Say \"hum\"."}"#
            ),
            (
                .anthropic,
                #"{"model":"m","system":"Be kind.","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m","system":"Be kind.\n\nSay \"hum\".","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
            ),
            (
                .anthropic,
                #"{"model":"m","system":[{"type":"text","text":"a"} ],"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#,
                #"{"model":"m","system":[{"type":"text","text":"a"} ,{"type":"text","text":"Say \"hum\"."}],"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
            ),
            (
                .responses, #"{"model":"m","input":"Hi","store":false}"#,
                #"{"model":"m","input":"Hi","store":false,"instructions":"Say \"hum\"."}"#
            ),
            (
                .responses, #"{"model":"m","instructions":null,"input":"Hi","store":false}"#,
                #"{"model":"m","instructions":"Say \"hum\".","input":"Hi","store":false}"#
            ),
        ] as [(Dialect, String, String)])
    func stands(_ dialect: Dialect, _ given: String, _ expected: String) throws {
        #expect(try instructed(given, dialect) == expected)
    }

    @Test("Legacy completions have no system text: nothing is put there")
    func nowhere() throws {
        #expect(try instructed(#"{"model":"m","prompt":"Once"}"#, .completions) == nil)
    }

    @Test("A translation carries it", arguments: [Dialect.openAI, .anthropic, .responses])
    func translated(_ target: Dialect) throws {
        let body =
            #"{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}]}"#
        let request = try ModelRequest.parse(ByteBuffer(string: body), dialect: .openAI)
        let marked = try #require(request.instructed(by: said))
        #expect(marked.texts.count == request.texts.count)
        guard target != .openAI else { return }
        let out = try marked.translated(to: target, model: "m", profile: UpstreamProfile())
        #expect(String(buffer: out.body).contains(#"Say \"hum\"."#))
    }
}
