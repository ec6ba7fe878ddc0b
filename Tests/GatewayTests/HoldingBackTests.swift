import Dialects
import NIOCore
import Testing

@testable import Gateway

@Suite("What is held back, and for how long")
struct HoldingBackTests {
    private static let chat = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}"#
    private static let message =
        #"{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hello"}]}"#

    /// What has left after these events, with the stream still open.
    private static func open(_ events: [String], _ dialect: Dialect) throws -> (text: String, pipeline: AnswerPipeline)
    {
        var pipeline = try Fixtures.facts(dialect == .openAI ? chat : message, dialect).makePipeline()
        var out = ByteBuffer()
        _ = pipeline.read(ByteBuffer(string: events.joined()))
        pipeline.judge(into: &out)
        return (String(buffer: out), pipeline)
    }

    private static func call(_ index: Int, name: String? = nil, _ arguments: String) -> String {
        let name = name.map { "\"name\":\"\($0)\"," } ?? ""
        return Event.chat(
            "{\"tool_calls\":[{\"index\":\(index),\"id\":\"call_\(index)\",\"type\":\"function\",\"function\":{\(name)\"arguments\":\"\(arguments)\"}}]}"
        )
    }

    @Test("The name of a tool does not hold its arguments back")
    func toolName() throws {
        let events = [
            Self.call(0, name: "get_weather", ""), Self.call(0, "{\\\"city\\\":"), Self.call(0, " \\\"Delft\\\""),
            Self.call(0, "}"),
        ]
        let text = try Self.open(events, .openAI).text
        #expect(text.contains("get_weather"))
        #expect(text.contains("city"))
    }

    @Test("A second call does not wait for the end of the answer")
    func secondCall() throws {
        let events = [
            Self.call(0, name: "get_weather", ""), Self.call(0, "{}"), Self.call(1, name: "get_tides", ""),
            Self.call(1, "{\\\"city\\\": "),
            Self.call(1, "\\\"Delft\\\""), Self.call(1, "}"),
        ]
        let text = try Self.open(events, .openAI).text
        #expect(text.contains("get_tides"))
        #expect(text.contains("city"))
    }

    @Test("The name of another call does not end a word of the arguments of a call that goes on")
    func interleavedCalls() throws {
        let events = [
            Self.call(0, name: "note", ""),
            Self.call(0, "{\\\"text\\\": \\\"of the crimson origami ritual of the ninth fo"),
            Self.call(1, name: "get_tides", ""), Self.call(0, "ld then more"),
        ]
        let (text, pipeline) = Fixtures.run(try Fixtures.facts(Self.chat, .openAI), [events.joined(), Event.chatEnd])
        #expect(pipeline.gate.findings.count == 1)
        #expect(text.contains("of the "))
        #expect(!text.contains("ninth fo"))
    }

    @Test("A tool block passes as it comes, in the other dialect too")
    func toolBlock() throws {
        let events = [
            Event.start, Event.block(0, "\"type\":\"text\",\"text\":\"\""),
            Event.delta(0, "text_delta", "text", "I shall look"),
            Event.stop(0),
            Event.block(
                1,
                "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"get_weather\",\"input\":{},\"caller\":{\"type\":\"direct\"}"
            ),
            Event.delta(1, "input_json_delta", "partial_json", "{\\\"city\\\": "),
            Event.delta(1, "input_json_delta", "partial_json", "\\\"Delft\\\""),
        ]
        let text = try Self.open(events, .anthropic).text
        #expect(text.contains("get_weather"))
        #expect(text.contains("city"))
    }

    @Test(
        "A word that goes on after other output is judged as the word that the client reads",
        arguments: [
            "{\"reasoning_content\":\"so \"}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}",
        ])
    func resumed(_ other: String) throws {
        let stream =
            Event.content("of the crimson origami ritual of the ninth fo") + Event.chat(other)
            + Event.content("ld then more")
            + Event.chatEnd
        let (text, pipeline) = Fixtures.run(try Fixtures.facts(Self.chat, .openAI), [stream])
        #expect(pipeline.gate.findings.count == 1)
        #expect(!text.contains("ld then"))
        #expect(!text.contains("more"))
    }

    @Test("A phrase that two blocks of text share is found in a stream as it is in a whole message")
    func twoBlocks() throws {
        let (head, tail) = ("the crimson origami ritual of the ninth fo", "ld then")
        let stream =
            Event.start + Event.block(0, "\"type\":\"text\",\"text\":\"\"") + Event.delta(0, "text_delta", "text", head)
            + Event.stop(0)
            + Event.block(1, "\"type\":\"text\",\"text\":\"\"") + Event.delta(1, "text_delta", "text", tail)
            + Event.stop(1)
            + Event.messageEnd
        let whole =
            "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"\(head)\"},"
            + "{\"type\":\"text\",\"text\":\"\(tail)\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"
        let facts = try Fixtures.facts(Self.message, .anthropic)
        let answer = try WholeAnswer.judge(ByteBuffer(string: whole), facts).get()
        let (text, pipeline) = Fixtures.run(facts, [stream])
        #expect((answer.finding == nil) == pipeline.gate.findings.isEmpty)
        #expect(!text.contains("ld then"))
    }

    @Test("What is counted and committed to is what the client was given")
    func counted() throws {
        let event = Self.call(0, name: "crimson", "{\\\"x\\\": \\\"crimson origami ritual of the ninth fold then\\\"}")
        let (text, pipeline) = try Self.open([event], .openAI)
        #expect(pipeline.gate.findings.count == 1)
        #expect(!text.contains("crimson"))
        #expect(pipeline.gate.releasedBytes == 0)
    }
}
