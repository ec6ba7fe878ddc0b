import NIOCore
import Testing

@testable import Dialects

@Suite("An answer that the gateway ends at its length")
struct LengthEndTests {
    typealias Writers = AnswerWriterTests

    @Test("A chat ends as the dialect says, after any event", arguments: 0...10, [false, true])
    func chats(_ count: Int, _ wantsUsage: Bool) throws {
        let request = try ChatDecoderTests.request(
            #","n":2"# + (wantsUsage ? #","stream_options":{"include_usage":true}"# : ""))
        var (out, writer) = try Writers.released(Writers.chatStream, request, count)
        let usage = TokenUsage(input: 1, output: 2)
        for choice in 0..<2 { out += writer.length(choice: choice, usage: usage).text }
        out += writer.length(choice: 0, usage: usage).text + writer.end(usage: usage).text
        out += writer.end(usage: usage).text + writer.length(choice: 1, usage: usage).text
        let result = try StreamGrammar.chat(out, model: "m", wantsUsage: wantsUsage)
        #expect(result.ended)
        #expect(result.finish == [0: count < 7 ? "length" : "tool_calls", 1: count < 8 ? "length" : "stop"])
        #expect((result.usage != nil) == wantsUsage)
    }

    @Test("A message ends as the dialect says, after any event", arguments: 0...12)
    func messages(_ count: Int) throws {
        var (out, writer) = try Writers.released(Writers.messageStream, try MessagesDecoderTests.request(), count)
        let usage = TokenUsage(input: 7, output: 3, cached: 2)
        out += writer.length(choice: 0, usage: usage).text + writer.length(choice: 0, usage: usage).text
        out += writer.end(usage: usage).text + writer.end(usage: usage).text
        let result = try StreamGrammar.messages(out, model: "m")
        #expect(result.ended)
        #expect(result.finish[0] == (count < 11 ? "max_tokens" : "end_turn"))
        guard count < 11 else { return }
        #expect(result.usage == ["input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3])
    }
}
