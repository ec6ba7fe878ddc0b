import Foundation
import NIOCore
import Testing

@testable import Dialects

@Suite("What the gateway writes of its own")
struct AnswerWriterTests {
    typealias Chat = ChatDecoderTests
    typealias Claude = MessagesDecoderTests
    static let refusal = Refusal(
        category: "chemical", principle: "p1", explanation: "Refused: \"chemical\" \n(p1), turn 1, dec_1",
        decision: "dec_1", stopCategory: "bio")

    /// Releases the first events of a stream; what they are in bytes, and the writer after them.
    static func released(_ stream: String, _ request: ModelRequest, _ count: Int) throws -> (String, AnswerWriter) {
        var sse = SSEDecoder(limit: 1 << 20)
        var decoder = AnswerDecoder(request, modelName: "m")
        var events: [AnswerEvent] = []
        sse.append(buffer(stream))
        while let event = try sse.next() { try decoder.decode(event, into: &events) }
        var writer = AnswerWriter(request, modelName: "m", decision: "dec_1", time: 7)
        var out = ""
        for event in events.prefix(count) where event.isForClient {
            writer.released(event)
            out += event.raw.text
        }
        return (out, writer)
    }

    static let chatStream =
        Chat.delta(#"{"role":"assistant","content":""}"#) + Chat.delta(#"{"reasoning_content":"R"}"#)
        + Chat.delta(#"{"content":"C"}"#)
        + Chat.delta(#"{"role":"assistant","content":"D"}"#, index: 1)
        + Chat.delta(
            #"{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\""}}]}"#)
        + Chat.delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"x\\n"}}]}"#)
        + Chat.delta("{}", finish: #""tool_calls""#)
        + Chat.delta("{}", index: 1, finish: #""stop""#)
        + Chat.chunk("", extra: #","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}"#)
        + "data: [DONE]\n\n"

    @Test("A chat refused after any event ends as the dialect says", arguments: 0...10, [false, true])
    func refusesChats(_ count: Int, _ wantsUsage: Bool) throws {
        let request = try Chat.request(#","n":2"# + (wantsUsage ? #","stream_options":{"include_usage":true}"# : ""))
        var (out, writer) = try Self.released(Self.chatStream, request, count)
        for choice in 0..<2 { out += writer.refusal(choice: choice, Self.refusal, usage: nil).text }
        out += writer.end(usage: TokenUsage(input: 1, output: 2)).text
        out +=
            writer.end(usage: TokenUsage()).text + writer.failure(APIError(.internal, "x")).text
            + writer.refusal(choice: 0, Self.refusal, usage: nil).text
        let result = try StreamGrammar.chat(out, model: "m", wantsUsage: wantsUsage)
        #expect(result.ended)
        #expect(
            result.finish == [0: count < 7 ? "content_filter" : "tool_calls", 1: count < 8 ? "content_filter" : "stop"])
        #expect(result.refusal[0] == (count < 7 ? Self.refusal.explanation : ""))
        #expect((result.usage != nil) == wantsUsage)
        if let usage = result.usage { #expect(usage["total_tokens"] == 3) }
    }

    @Test("A chat refused in one choice goes on in the other")
    func refusesOneChoice() throws {
        var (out, writer) = try Self.released(Self.chatStream, try Chat.request(#","n":2"#), 4)
        out += writer.refusal(choice: 0, Self.refusal, usage: nil).text
        for event in try decode(Self.chatStream, try Chat.request(#","n":2"#)).dropFirst(4)
        where event.choice != 0 && event.isForClient {
            writer.released(event)
            out += event.raw.text
        }
        out += writer.end(usage: nil).text
        let result = try StreamGrammar.chat(out, model: "m", wantsUsage: false)
        #expect(result.finish == [0: "content_filter", 1: "stop"])
        #expect(result.content == [0: "C", 1: "D"])
        #expect(result.ended)
    }

    @Test("The judged rest of a piece is a chunk of its own, whatever was sent", arguments: 0...6)
    func writesPartialChunks(_ count: Int) throws {
        var (out, writer) = try Self.released(Self.chatStream, try Chat.request(#","n":2"#), count)
        out += writer.partial(choice: 0, channel: .reasoning, text: buffer("r")).text
        out += writer.partial(choice: 0, channel: .content, text: buffer("é\n")).text
        out += writer.partial(choice: 0, channel: AnswerChannel(.toolArguments, 0), text: buffer(#"y\n""#)).text
        for channel in [
            AnswerChannel(.toolName, 0), AnswerChannel(.logprobs, 1), AnswerChannel(.unknown, 1),
            AnswerChannel(.toolArguments, 5),
        ] {
            #expect(writer.partial(choice: 0, channel: channel, text: buffer("x")).readableBytes == 0)
        }
        #expect(writer.partial(choice: 0, channel: .content, text: ByteBuffer()).readableBytes == 0)
        // Choice 1 may not have a second role: only what is there is checked.
        let result = try StreamGrammar.chat(out, model: "m", wantsUsage: false)
        #expect(result.content[0] == (count < 3 ? "" : "C") + "é\n")
        #expect(result.reasoning[0] == (count < 2 ? "" : "R") + "r")
        let arguments = [5: #"{"a":"y\n""#, 6: #"{"a":"x\ny\n""#]
        #expect(result.arguments[0]?[0] == arguments[count])
        #expect(
            writer.partial(choice: 1, channel: AnswerChannel(.reasoning, 1), text: buffer("r")).text.contains(
                #""reasoning":"r""#))
    }

    @Test("A failure ends a chat with an error and the end marker", arguments: 0...10)
    func failsChats(_ count: Int) throws {
        var (out, writer) = try Self.released(Self.chatStream, try Chat.request(#","n":2"#), count)
        out += writer.failure(APIError(.upstreamFailed, "The upstream broke off.")).text + writer.end(usage: nil).text
        let result = try StreamGrammar.chat(out, model: "m", wantsUsage: false)
        #expect(result.ended)
        #expect(result.error == (count < 10 ? "upstream_failed" : nil))
    }

    static let messageStream =
        Claude.start + Claude.block(#"{"type":"thinking","thinking":"","signature":""}"#)
        + Claude.delta(#"{"type":"thinking_delta","thinking":"R"}"#) + Claude.stop()
        + Claude.block(#"{"type":"text","text":""}"#, 1) + Claude.delta(#"{"type":"text_delta","text":"C"}"#, 1)
        + Claude.stop(1)
        + Claude.block(#"{"type":"tool_use","id":"t","name":"f","input":{}}"#, 2)
        + Claude.delta(#"{"type":"input_json_delta","partial_json":"{\"a\":\""}"#, 2)
        + Claude.stop(2) + Claude.end

    @Test("A message refused after any event ends as the dialect says", arguments: 0...12)
    func refusesMessages(_ count: Int) throws {
        var (out, writer) = try Self.released(Self.messageStream, try Claude.request(), count)
        out += writer.refusal(choice: 0, Self.refusal, usage: TokenUsage(input: 7, output: 3, cached: 2)).text
        out +=
            writer.end(usage: nil).text + writer.refusal(choice: 0, Self.refusal, usage: nil).text
            + writer.failure(APIError(.internal, "x")).text
        let result = try StreamGrammar.messages(out, model: "m")
        #expect(result.ended)
        #expect(result.finish[0] == (count < 11 ? "refusal" : "end_turn"))
        #expect(result.content[0, default: ""] == (count < 2 ? Self.refusal.explanation : count < 6 ? "" : "C"))
        guard count < 11 else { return }
        #expect(result.stopDetails == ["type": "refusal", "category": "bio", "explanation": Self.refusal.explanation])
        #expect(result.usage == ["input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3])
    }

    @Test("The judged rest of a piece is a delta of its own, in a block that fits", arguments: 0...10)
    func writesPartialDeltas(_ count: Int) throws {
        var (out, writer) = try Self.released(Self.messageStream, try Claude.request(), count)
        out += writer.partial(choice: 0, channel: AnswerChannel(.toolArguments, 2), text: buffer(#"x\n"#)).text
        out += writer.partial(choice: 0, channel: .reasoning, text: buffer("r")).text
        out += writer.partial(choice: 0, channel: .content, text: buffer("c")).text
        out += writer.partial(choice: 0, channel: AnswerChannel(.toolName, 2), text: buffer("x")).text
        out += writer.refusal(choice: 0, Self.refusal, usage: nil).text
        let result = try StreamGrammar.messages(out, model: "m")
        #expect(result.content[0] == (count < 6 ? "" : "C") + "c")
        #expect(result.reasoning[0] == (count < 3 ? "" : "R") + "r")
        let arguments = [8: #"x\n"#, 9: #"{"a":"x\n"#, 10: #"{"a":""#]
        #expect(result.arguments[0]?[2] == arguments[count])
        #expect(result.finish[0] == "refusal")
    }

    @Test("A failure ends a message with an error event", arguments: 0...12)
    func failsMessages(_ count: Int) throws {
        var (out, writer) = try Self.released(Self.messageStream, try Claude.request(), count)
        out += writer.failure(APIError(.draining, "Stopping."), requestID: "req_1").text + writer.end(usage: nil).text
        let result = try StreamGrammar.messages(out, model: "m")
        #expect(result.error == (count < 12 ? "overloaded_error" : nil))
    }

    @Test("A refusal before the answer is a normal answer, streamed or not, or an error")
    func refusesBeforeTheAnswer() throws {
        func reply(_ request: ModelRequest, asError: Bool = false) -> Reply {
            AnswerWriter.wholeRefusal(Self.refusal, request: request, modelName: "m", asError: asError, time: 7)
        }
        let chat = reply(try Chat.request(#","n":2,"stream_options":{"include_usage":true}"#))
        let chatResult = try StreamGrammar.chat(chat.body.text, model: "m", wantsUsage: true)
        #expect(chat.status == 200)
        #expect(chatResult.finish == [0: "content_filter", 1: "content_filter"])
        #expect(chatResult.refusal[1] == Self.refusal.explanation)
        #expect(chatResult.usage != nil && chatResult.ended)
        let message = try StreamGrammar.messages(reply(try Claude.request()).body.text, model: "m")
        #expect(message.content[0] == Self.refusal.explanation)
        #expect(message.finish[0] == "refusal" && message.ended)

        let wholeChat = reply(try parse(chatRequest(#","n":2"#)))
        let read = try AnswerBody.parse(wholeChat.body, request: try parse(chatRequest(#","n":2"#)), modelName: "m")
        #expect(read.choices.map(\.finish) == ["content_filter", "content_filter"])
        #expect(channels(read.choices[0].pieces) == ["refusal(0): \(Self.refusal.explanation)"])
        let anthropic = try parse(messagesRequest(), .anthropic)
        let wholeMessage = try AnswerBody.parse(reply(anthropic).body, request: anthropic, modelName: "m")
        #expect(wholeMessage.choices[0].finish == "refusal")
        let said = wholeMessage.choices[0].pieces.filter(\.channel.isPlain)
        #expect(channels(said) == ["content(0): \(Self.refusal.explanation)"])

        let error = reply(try parse(chatRequest()), asError: true)
        #expect(error.status == 400)
        #expect(error.body.text.contains(#""code":"content_policy_violation""#))
        #expect(error.headers.contains { $0 == ("x-should-retry", "false") })
        #expect(reply(anthropic, asError: true).body.text.contains(#""type":"invalid_request_error""#))
    }
}
