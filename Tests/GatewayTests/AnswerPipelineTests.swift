import Dialects
import Foundation
import NIOCore
import Safeguards
import Testing

@testable import Gateway

/// Events of both dialects, as upstreams write them.
private enum Say {
    static func openAI(_ delta: String, choice: Int = 0, finish: String? = nil) -> String {
        let end = finish.map { "\"\($0)\"" } ?? "null"
        return
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":\(choice),\"delta\":\(delta),\"finish_reason\":\(end)}]}\n\n"
    }

    static func content(_ text: String, choice: Int = 0) -> String {
        openAI("{\"content\":\"\(text)\"}", choice: choice)
    }

    static let done = "data: [DONE]\n\n"

    static func anthropic(_ type: String, _ rest: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest.isEmpty ? "" : ",")\(rest)}\n\n"
    }

    static let start = anthropic(
        "message_start",
        "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"
    )

    static func block(_ index: Int, _ kind: String, _ field: String) -> String {
        anthropic(
            "content_block_start", "\"index\":\(index),\"content_block\":{\"type\":\"\(kind)\",\"\(field)\":\"\"}")
    }

    static func delta(_ index: Int, _ kind: String, _ field: String, _ text: String) -> String {
        anthropic("content_block_delta", "\"index\":\(index),\"delta\":{\"type\":\"\(kind)\",\"\(field)\":\"\(text)\"}")
    }

    static func stop(_ index: Int) -> String { anthropic("content_block_stop", "\"index\":\(index)") }

    static let end =
        anthropic(
            "message_delta",
            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}")
        + anthropic("message_stop")
}

@Suite("What a client gets of a stream")
struct AnswerPipelineTests {
    private static let chat = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}"#
    private static let two = #"{"model":"m","stream":true,"n":2,"messages":[{"role":"user","content":"hello"}]}"#
    private static let message =
        #"{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hello"}]}"#

    @Test("A clean stream passes byte for byte")
    func clean() throws {
        let stream =
            Say.openAI("{\"role\":\"assistant\",\"content\":\"\"}") + Say.content("Good") + Say.content(" morning")
            + Say.content(".")
            + Say.openAI("{}", finish: "stop") + Say.done
        let (text, pipeline) = Fixtures.run(try Fixtures.facts(Self.chat, .openAI), [stream])
        #expect(text == stream)
        #expect(pipeline.gate.findings.isEmpty)
    }

    @Test("A word that has not ended stays")
    func heldBack() throws {
        var pipeline = try Fixtures.facts(Self.chat, .openAI).makePipeline()
        var out = ByteBuffer()
        _ = pipeline.read(ByteBuffer(string: Say.content("Good") + Say.content(" mor")))
        pipeline.judge(into: &out)
        #expect(String(buffer: out) == Say.content("Good"))
    }

    @Test("A stop in the middle of a stream ends it in the dialect's words, and nothing of the phrase's end leaves")
    func stopped() throws {
        let stream =
            Say.content("Of the crimson origami") + Say.content(" ritual of the ninth fold and") + Say.content(" more")
            + Say.done
        let (text, pipeline) = Fixtures.run(try Fixtures.facts(Self.chat, .openAI), [stream])
        #expect(text.contains("Of the crimson origami"))
        #expect(text.contains(" ritual of the ninth "))
        #expect(!text.contains("fold"))
        #expect(!text.contains("more"))
        #expect(text.contains("\"finish_reason\":\"content_filter\""))
        #expect(text.hasSuffix(Say.done))
        #expect(pipeline.gate.findings.map(\.category) == ["origami_ritual"])
    }

    @Test("A stop ends its own choice, and the others go on")
    func otherChoices() throws {
        let stream =
            Say.content("The \(Fixtures.phrase) now", choice: 1) + Say.content("Clear water", choice: 0)
            + Say.content("lost", choice: 1)
            + Say.openAI("{}", choice: 0, finish: "stop") + Say.openAI("{}", choice: 1, finish: "stop") + Say.done
        let (text, _) = Fixtures.run(try Fixtures.facts(Self.two, .openAI), [stream])
        #expect(text.contains("Clear water"))
        #expect(!text.contains("fold"))
        #expect(!text.contains("lost"))
        #expect(text.contains("\"finish_reason\":\"stop\""))
        #expect(text.contains("\"finish_reason\":\"content_filter\""))
        #expect(text.hasSuffix(Say.done))
    }

    @Test(
        "A phrase that begins in a thinking block is stopped in the text, wherever the pieces are cut",
        arguments: [
            ["ninth fold then"], ["ninth fold zzafter river canal"], ["ninth ", "fold then"],
            ["n", "inth f", "old then"], ["ninth fold", " then"],
        ])
    func crossing(_ pieces: [String]) throws {
        let stream =
            Say.start + Say.block(0, "thinking", "thinking")
            + Say.delta(0, "thinking_delta", "thinking", "by the crimson origami ritual of the")
            + Say.delta(0, "signature_delta", "signature", "c2ln") + Say.stop(0) + Say.block(1, "text", "text")
            + pieces.map { Say.delta(1, "text_delta", "text", $0) }.joined() + Say.stop(1) + Say.end
        let (text, pipeline) = Fixtures.run(try Fixtures.facts(Self.message, .anthropic), [stream])
        #expect(pipeline.gate.findings.count == 1)
        #expect(pipeline.gate.releasedBytes == "by the crimson origami ritual of the".utf8.count + "ninth ".utf8.count)
        #expect(!text.contains("fold"))
        #expect(text.contains("\"stop_reason\":\"refusal\""))
    }

    @Test("Escapes inside a tool call's arguments hide nothing, and what leaves is as the model wrote it")
    func argumentEscapes() throws {
        func call(_ arguments: String) -> String {
            Say.openAI("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\(arguments)\"}}]}")
        }
        let name = Say.openAI(
            "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}"
        )
        let facts = try Fixtures.facts(Self.chat, .openAI)
        let written = #"{\"q\":\"the cr\\u0069mson origami\\nritual of the ninth f\\u006fld now"#
        let whole = Fixtures.run(facts, [name + call(written) + Say.done])
        #expect(whole.pipeline.gate.findings.count == 1)
        #expect(whole.text.contains(#"ritual of the ninth "#))
        #expect(!whole.text.contains("006fld"))
        let bits = Fixtures.run(
            facts,
            [
                name, call(#"{\"q\":\"the cr\\u0069mson ori"#), call(#"gami\\nritual of the ni"#),
                call(#"nth f\\u006fld now"#), Say.done,
            ])
        #expect(bits.pipeline.gate.releasedBytes == whole.pipeline.gate.releasedBytes)
    }

    @Test("A field that nobody knows does not hold the text back")
    func strangeField() throws {
        var pipeline = try Fixtures.facts(Self.chat, .openAI).makePipeline()
        var out = ByteBuffer()
        _ = pipeline.read(
            ByteBuffer(
                string: Say.openAI("{\"content\":\"Good\",\"origin\":\"somewhere\"}") + Say.content(" morning")
                    + Say.content(" to")))
        pipeline.judge(into: &out)
        #expect(String(buffer: out).contains("Good"))
        #expect(String(buffer: out).contains(" morning"))
    }

    @Test("Nothing follows the end of a stopped stream")
    func nothingFollows() throws {
        let stream =
            Say.start + Say.block(0, "text", "text")
            + Say.delta(0, "text_delta", "text", "the crimson origami ritual of the ninth")
            + Say.anthropic("ping") + Say.delta(0, "text_delta", "text", " fold then") + Say.anthropic("ping")
            + Say.stop(0) + Say.end
        let (text, _) = Fixtures.run(try Fixtures.facts(Self.message, .anthropic), [stream])
        #expect(text.hasSuffix(Say.anthropic("message_stop")))
        #expect(text.components(separatedBy: "message_stop\"").count == 2)
    }

    @Test("How an upstream's bytes are cut into reads changes nothing", arguments: 1...7)
    func reads(_ size: Int) throws {
        let stream =
            Say.openAI("{\"role\":\"assistant\",\"content\":\"\"}")
            + Say.openAI("{\"reasoning_content\":\"d\\u00e9j\\u00e0 vu, 水闸\"}")
            + Say.content("Then the crimson ori") + Say.content("gami rit") + Say.content("ual of the ninth")
            + Say.content(" fold.")
            + Say.done
        let facts = try Fixtures.facts(Self.chat, .openAI)
        let whole = Fixtures.run(facts, [stream]).text
        let bytes = Array(stream.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            ByteBuffer(bytes: bytes[$0..<min($0 + size, bytes.count)])
        }
        #expect(Fixtures.run(facts, pieces).text == whole)
        #expect(!whole.contains("fold"))
    }

    @Test("A stream that ends without a finish reason is a fault, and one that lacks only its end marker is ended")
    func endings() throws {
        let facts = try Fixtures.facts(Self.chat, .openAI)
        #expect(Fixtures.run(facts, [Say.content("Good morning")]).pipeline.fault != nil)
        let (text, pipeline) = Fixtures.run(facts, [Say.content("Good morning") + Say.openAI("{}", finish: "stop")])
        #expect(pipeline.fault == nil)
        #expect(text.hasSuffix(Say.done))
    }
}
