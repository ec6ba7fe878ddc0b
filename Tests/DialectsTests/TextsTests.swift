import NIOCore
import Testing

@testable import Dialects

@Suite("Requests that are texts and no conversation")
struct TextsTests {
    private func parse(_ body: String, _ dialect: Dialect) throws(RequestError) -> ModelRequest {
        try ModelRequest.parse(ByteBuffer(string: body), dialect: dialect)
    }

    @Test("Every prompt is judged as the beginning of its answers, and n counts for each")
    func prompts() throws {
        let one = try parse(#"{"model":"m","prompt":"Once upon","n":2}"#, .completions)
        #expect(one.texts.map(\.role) == [.prefill] && one.choices == 2 && one.prompts == 1 && one.maxTokens == 16)
        let two = try parse(#"{"model":"m","prompt":["a","b"],"n":3,"max_tokens":9}"#, .completions)
        #expect(two.texts.map(\.turn) == [0, 1] && two.choices == 6 && two.prompts == 2 && two.maxTokens == 9)
    }

    @Test(
        "What is put in as numbers, or reaches around the text, is flagged by name",
        arguments: [
            (#""prompt":[1,2]"#, SensitiveField.Kind.rawPrompts), (#""prompt":[[1],[2]]"#, .rawPrompts),
            (#""prompt":"a","suffix":"b""#, .rawPrompts),
            (#""prompt":"a","echo":true,"logprobs":1"#, .tokenProbabilities),
            (#""prompt":"a","logit_bias":{"1":2}"#, .logitBias), (#""prompt":"a","prompt_embeds":"QUJD""#, .embeddings),
        ])
    func flagged(_ fields: String, _ kind: SensitiveField.Kind) throws {
        #expect(try parse("{\"model\":\"m\",\(fields)}", .completions).sensitive.map(\.kind) == [kind])
    }

    @Test(
        "Nonsense is refused with its place",
        arguments: [
            (#"{"model":"m"}"#, "prompt"), (#"{"model":"m","prompt":null}"#, "prompt"),
            (#"{"model":"m","prompt":[]}"#, "prompt"), (#"{"model":"m","prompt":["a",1]}"#, "prompt[1]"),
            (#"{"model":"m","prompt":[[1,"a"]]}"#, "prompt[0][1]"), (#"{"model":"m","prompt":{}}"#, "prompt"),
            (#"{"model":"m","prompt":["a","b"],"n":100}"#, "prompt"),
            (#"{"model":"m","prompt":"a","logprobs":true}"#, "logprobs"),
        ])
    func nonsense(_ body: String, _ place: String) {
        #expect { _ = try parse(body, .completions) } throws: { ($0 as? RequestError)?.param == place }
    }

    @Test("Embeddings must be allowed, and each input is a text of its own")
    func embeddings() throws {
        let request = try parse(#"{"model":"m","input":["a","b"],"encoding_format":"base64"}"#, .embeddings)
        #expect(request.sensitive.map(\.kind) == [.embeddings] && request.texts.map(\.role) == [.other, .other])
        #expect(request.encoding == .base64 && request.maxTokens == 0)
        #expect(throws: RequestError.self) {
            try parse(#"{"model":"m","input":"a","encoding_format":"int8"}"#, .embeddings)
        }
        #expect(throws: RequestError.self) { try parse(#"{"model":"m"}"#, .embeddings) }
    }

    private func vectors(_ answer: String, _ encoding: String) throws -> String {
        let request = try parse("{\"model\":\"m\",\"input\":\"a\"\(encoding)}", .embeddings)
        let body = try AnswerBody.parse(ByteBuffer(string: answer), request: request, modelName: "m")
        return String(buffer: body.body(refusing: [:]))
    }

    @Test("Vectors are written as asked, and nothing else of the answer is")
    func writesVectors() throws {
        let list =
            #"{"data":[{"index":0,"embedding":[0.5,-1.25,3],"note":"x"}],"model":"q","usage":{"prompt_tokens":4},"note":"y"}"#
        let plain = try vectors(list, "")
        #expect(plain.contains("[0.5,-1.25,3]") && plain.contains("\"model\":\"m\"") && !plain.contains("note"))
        let coded = try vectors(list, #","encoding_format":"base64""#)
        #expect(coded.contains("\"AAAAPwAAoL8AAEBA\""))
        let back = try vectors(#"{"data":[{"embedding":"AAAAPwAAoL8AAEBA"}]}"#, #","encoding_format":"float""#)
        #expect(back.contains("[0.5,-1.25,3.0]"))
    }

    @Test(
        "What is no vector is no answer",
        arguments: [
            "{}", #"{"data":[]}"#, #"{"data":[{"embedding":"harm in words"}]}"#, #"{"data":[{"embedding":["a"]}]}"#,
            #"{"data":[{"embedding":{"a":1}}]}"#, #"{"data":[{}]}"#, #"{"error":{"message":"no"}}"#,
            #"{"data":[{"embedding":"QUI="}]}"#,
        ])
    func noVector(_ answer: String) {
        #expect(throws: UpstreamFault.self) { try vectors(answer, "") }
    }

    @Test("Base64 is its own inverse", arguments: 0..<40)
    func base64(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 7) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.encode(Array("Man".utf8)) == Array("TWFu".utf8))
        #expect(
            Base64.decode("A".utf8) == nil && Base64.decode("AA=A".utf8) == nil && Base64.decode("A*==".utf8) == nil)
    }

    @Test("A completion becomes a user's turn, and what a chat cannot say is named")
    func translates() throws {
        let request = try parse(#"{"model":"m","prompt":"Go \"on\"","stop":"x","temperature":0.5,"n":2}"#, .completions)
        let body = String(buffer: try request.translated(to: .openAI, model: "up").body)
        #expect(body.contains(#"[{"role":"user","content":"Go \"on\""}]"#) && body.contains("\"n\":2"))
        for field in [#""echo":true"#, #""logprobs":1"#, #""best_of":2"#] {
            let asked = try parse("{\"model\":\"m\",\"prompt\":\"a\",\(field)}", .completions)
            #expect(throws: RequestError.self) { try asked.translated(to: .anthropic, model: "up") }
        }
        let chat = try parse(#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#, .openAI)
        #expect(throws: RequestError.self) { try chat.translated(to: .completions, model: "up") }
    }

    @Test("Moderations take texts, lists and parts, and nothing that is no text")
    func moderations() throws {
        func texts(_ input: String) throws -> [String] {
            try ModerationRequest.parse(ByteBuffer(string: "{\"input\":\(input)}")).texts.map { String(buffer: $0) }
        }
        #expect(try texts(#""a""#) == ["a"])
        #expect(try texts(#"["a","b"]"#) == ["a", "b"])
        #expect(try texts(#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#) == ["a\nb"])
        for input in ["[]", "1", #"[{"type":"image_url"}]"#, #"["a",{"type":"text","text":"b"}]"#, #"[{"text":"a"}]"#] {
            #expect(throws: RequestError.self) { try texts(input) }
        }
        let both = ModerationResult([
            .init(key: "illicit", isFlagged: true, score: .nan), .init(key: "a\"b", isFlagged: false, score: 0.87),
        ])
        let reply = String(buffer: ModerationResult.reply([both], id: "d").body)
        #expect(reply.contains(#""category_scores":{"illicit":0.0,"a\"b":0.8}"#) && reply.contains(#""flagged":true"#))
    }
}
