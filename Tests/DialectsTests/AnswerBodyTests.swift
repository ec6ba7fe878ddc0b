import NIOCore
import Testing

@testable import Dialects

@Suite("Whole answers")
struct AnswerBodyTests {
    static let chat =
        #"{ "id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A\u00e9","reasoning":"R","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"q\":\"\\u00e9\"}"}}]},"logprobs":null,"finish_reason":"tool_calls"},{"index":1,"message":{"role":"assistant","content":"B","odd":"C"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8} }"#
    static let message =
        #"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"R","signature":"QUJD"},{"type":"text","text":"A","citations":null},{"type":"text","text":"B"},{"type":"tool_use","id":"t","name":"f","input":{"q":"\u00e9\n"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":3}}"#

    private func chatRequest() throws -> ModelRequest { try parse(DialectsTests.chatRequest(#","n":2"#)) }
    private func messageRequest() throws -> ModelRequest { try parse(messagesRequest(), .anthropic) }

    @Test("A completion is read, choice by choice, and passes as it came")
    func readsCompletions() throws {
        let answer = try AnswerBody.parse(buffer(Self.chat).displaced, request: chatRequest(), modelName: "m")
        #expect(answer.choices.map(\.finish) == ["tool_calls", "stop"])
        #expect(
            channels(answer.choices[0].pieces) == [
                "reasoning(1): R", "content(0): Aé", "toolName(0): f", #"toolArguments(0): {"q":"\u00e9"}"#,
            ])
        #expect(channels(answer.choices[1].pieces) == ["content(0): B", "unknown(0): odd\n", "unknown(1): C"])
        #expect(answer.usage == TokenUsage(input: 5, output: 3))
        #expect(answer.body(refusing: [:]).text == Self.chat)
    }

    @Test("A message is read, and passes as it came")
    func readsMessages() throws {
        let answer = try AnswerBody.parse(buffer(Self.message).displaced, request: messageRequest(), modelName: "m")
        #expect(
            channels(answer.choices[0].pieces) == [
                "reasoning(0): R", "content(0): AB", "toolName(3): f", #"toolArguments(3): {"q":"\u00e9\n"}"#,
            ])
        #expect(answer.choices[0].finish == "tool_use")
        #expect(answer.usage == TokenUsage(input: 5, output: 3))
        #expect(answer.body(refusing: [:]).text == Self.message)
    }

    @Test("Only the model's name changes where it is another one")
    func renames() throws {
        let chat = try AnswerBody.parse(buffer(Self.chat), request: chatRequest(), modelName: "mine")
        #expect(chat.body(refusing: [:]).text == Self.chat.replacing(#""model":"m""#, with: #""model":"mine""#))
        let message = try AnswerBody.parse(buffer(Self.message), request: messageRequest(), modelName: "mine")
        #expect(message.body(refusing: [:]).text == Self.message.replacing(#""model":"m""#, with: #""model":"mine""#))
    }

    @Test("A refused choice is replaced, the others and the usage stay")
    func refusesChoices() throws {
        let refusal = AnswerWriterTests.refusal
        let answer = try AnswerBody.parse(buffer(Self.chat), request: chatRequest(), modelName: "m")
        let body = answer.body(refusing: [0: refusal])
        #expect(!body.text.contains("A\\u00e9") && !body.text.contains("tool_calls\":["))
        #expect(
            body.text.hasPrefix(
                #"{ "id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"Refused"#
            ))
        #expect(
            body.text.hasSuffix(
                #"{"index":1,"message":{"role":"assistant","content":"B","odd":"C"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8} }"#
            ))
        let again = try AnswerBody.parse(body, request: chatRequest(), modelName: "m")
        #expect(again.choices.map(\.finish) == ["content_filter", "stop"])
        #expect(again.usage == answer.usage)
        let both = try AnswerBody.parse(
            answer.body(refusing: [0: refusal, 1: refusal]), request: chatRequest(), modelName: "m")
        #expect(channels(both.choices[1].pieces) == ["refusal(0): \(refusal.explanation)"])
    }

    @Test("A refused message keeps its id and usage, and nothing of its content")
    func refusesMessages() throws {
        let refusal = AnswerWriterTests.refusal
        let answer = try AnswerBody.parse(buffer(Self.message), request: messageRequest(), modelName: "m")
        let body = answer.body(refusing: [0: refusal])
        let again = try AnswerBody.parse(body, request: messageRequest(), modelName: "m")
        #expect(channels(again.choices[0].pieces.filter(\.channel.isPlain)) == ["content(0): \(refusal.explanation)"])
        #expect(again.choices[0].finish == "refusal")
        #expect(body.text.hasPrefix(#"{"id":"msg_1","#))
        #expect(body.text.hasSuffix(#""usage":{"input_tokens":5,"output_tokens":3}}"#))
    }

    @Test("Unknown top-level text counts as the first choice's, and goes with it")
    func judgesTopLevelText() throws {
        let body = Self.chat.replacing(#""usage":"#, with: #""sources":["S"],"usage":"#)
        let answer = try AnswerBody.parse(buffer(body), request: chatRequest(), modelName: "m")
        #expect(channels(answer.choices[0].pieces).contains("unknown(1): S"))
        #expect(answer.body(refusing: [:]).text == body)
        let plain = try AnswerBody.parse(buffer(Self.chat), request: chatRequest(), modelName: "m")
        let refused = plain.body(refusing: [1: AnswerWriterTests.refusal]).text
        #expect(answer.body(refusing: [1: AnswerWriterTests.refusal]).text == refused)
    }

    static let nonsense: [(Dialect, String, UpstreamFault.What)] = [
        (.openAI, "", .malformed), (.openAI, "<html>", .malformed), (.openAI, "[]", .malformed),
        (.openAI, "{}", .malformed),
        (.openAI, #"{"choices":[]}"#, .malformed), (.openAI, #"{"error":{"message":"m"}}"#, .reported),
        (.openAI, #"{"object":"error","message":"m","code":400}"#, .reported),
        (.openAI, #"{"detail":"no"}"#, .malformed),
        (.openAI, #"{"choices":[{"index":0,"message":{"content":"x"}}]}"#, .unfinished),
        (.openAI, #"{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":null}]}"#, .unfinished),
        (.openAI, #"{"choices":[{"index":0,"finish_reason":"stop"},{"index":0,"finish_reason":"stop"}]}"#, .malformed),
        (.openAI, #"{"choices":[{"index":"0","finish_reason":"stop"}]}"#, .malformed),
        (.anthropic, "{}", .malformed),
        (.anthropic, #"{"type":"error","error":{"type":"x","message":"m"}}"#, .reported),
        (.anthropic, #"{"content":[]}"#, .unfinished), (.anthropic, #"{"content":[],"stop_reason":null}"#, .unfinished),
        (.anthropic, #"{"content":[7],"stop_reason":"end_turn"}"#, .malformed),
        (.anthropic, #"{"content":[{}],"stop_reason":"end_turn"}"#, .malformed),
    ]

    @Test("What is no answer is a fault, whatever its status was", arguments: nonsense)
    func refusesNonsense(_ dialect: Dialect, _ body: String, _ what: UpstreamFault.What) throws {
        let request = dialect == .openAI ? try chatRequest() : try messageRequest()
        let fault = #expect(throws: UpstreamFault.self) {
            try AnswerBody.parse(buffer(body), request: request, modelName: "m")
        }
        #expect(fault?.what == what)
    }

    @Test("The upstream's own words are kept, cut short")
    func quotesTheUpstream() throws {
        let request = try chatRequest()
        let body = #"{"error":{"message":"\#(String(repeating: "long ", count: 1000))"}}"#
        let fault = #expect(throws: UpstreamFault.self) {
            try AnswerBody.parse(buffer(body), request: request, modelName: "m")
        }
        #expect(fault?.message.contains("long long") == true)
        #expect((fault?.message.utf8.count ?? 0) < 400)
    }
}
