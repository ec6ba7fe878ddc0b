import Foundation
import NIOCore
import Testing

@testable import Dialects

/// A JSON document that can be changed at random and written again.
indirect enum Tree {
    case object([(String, Tree)])
    case array([Tree])
    case string(String)
    case other(String)

    init(_ value: Any) {
        switch value {
        case let object as [String: Any]:
            self = .object(object.sorted { $0.key < $1.key }.map { ($0.key, Tree($0.value)) })
        case let array as [Any]: self = .array(array.map { Tree($0) })
        case let string as String: self = .string(string)
        case let number as NSNumber where "\(type(of: number))".contains("Bool"):
            self = .other(number.boolValue ? "true" : "false")
        case let number as NSNumber: self = .other("\(number)")
        default: self = .other("null")
        }
    }

    init(json: String) throws { self.init(try JSONSerialization.jsonObject(with: Data(json.utf8))) }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return writer.buffer.text
    }

    var json: String {
        switch self {
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.0)):\($0.1.json)" }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .string(let text): Self.quoted(text)
        case .other(let text): text
        }
    }

    /// Changes one place at random: a string becomes a mark, an object gets a field, an array an element.
    mutating func change(_ marks: inout Marks, _ random: inout SeededGenerator) {
        let goesOn = Int.random(in: 0..<10, using: &random) < 8
        switch self {
        case .object(var members):
            if goesOn, let index = members.indices.randomElement(using: &random) {
                members[index].1.change(&marks, &random)
            } else {
                let name = Bool.random(using: &random) ? marks.next() : Marks.names.randomElement(using: &random) ?? "x"
                if !members.contains(where: { $0.0 == name }) { members.append((name, marks.value(2, &random))) }
            }
            self = .object(members)
        case .array(var elements):
            if goesOn, let index = elements.indices.randomElement(using: &random) {
                elements[index].change(&marks, &random)
            } else {
                elements.append(marks.value(2, &random))
            }
            self = .array(elements)
        default: self = marks.value(1, &random)
        }
    }

    /// The marks in the values of its fields, but for some fields.
    func marks(inFieldsExcept names: Set<String>) -> [String] {
        guard case .object(let members) = self else { return marks() }
        return members.flatMap { names.contains($0.0) ? [] : $0.1.marks() }
    }

    /// The marks in it, but for those below fields of some names.
    func marks(except names: Set<String> = []) -> [String] {
        switch self {
        case .object(let members):
            members.flatMap { ($0.0.hasPrefix("~") ? [$0.0] : []) + (names.contains($0.0) ? [] : $0.1.marks()) }
        case .array(let elements): elements.flatMap { $0.marks() }
        case .string(let text): text.hasPrefix("~") ? [text] : []
        case .other: []
        }
    }
}

/// Makes strings that occur nowhere else.
struct Marks {
    private var count = 0
    mutating func next() -> String {
        count += 1
        return "~\(count)~"
    }

    mutating func value(_ depth: Int, _ random: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
        case 0, 1: .string(next())
        case 2: .other(["1", "true", "null", "0.5"].randomElement(using: &random) ?? "1")
        case 3: .array((0..<Int.random(in: 0...2, using: &random)).map { _ in value(depth - 1, &random) })
        default:
            .object(
                Set(
                    (0..<Int.random(in: 0...2, using: &random)).map { _ in
                        Bool.random(using: &random) ? next() : Self.names.randomElement(using: &random) ?? "x"
                    }
                ).sorted().map { ($0, value(depth - 1, &random)) })
        }
    }

    static let names = [
        "role", "content", "text", "type", "name", "tool_calls", "function", "arguments", "id", "index", "input",
        "source", "data", "signature", "thinking",
        "reasoning", "reasoning_content", "refusal", "logprobs", "token", "top_logprobs", "bytes", "citations",
        "image_url", "url", "tools", "stop", "audio",
        "function_call", "delta", "message", "finish_reason", "cache_control", "partial_json", "citation", "custom",
        "system", "prediction", "schema", "title",
        "tool_call_id", "context", "file", "prompt", "chat_template", "logit_bias", "functions", "response_format",
        "metadata", "annotations", "is_error",
    ]
}

@Suite("Nothing is overlooked")
struct CoverageTests {
    @Test("Every string and name in a request that is taken is among its texts", arguments: RequestSamples.all)
    func coversRequests(_ sample: RequestSamples.Sample) throws {
        var random = SeededGenerator(21)
        let source = try Tree(json: sample.body)
        var taken = 0
        for _ in 0..<2500 {
            var (tree, marks) = (source, Marks())
            for _ in 0..<Int.random(in: 1...4, using: &random) { tree.change(&marks, &random) }
            guard let request = try? parse(tree.json, sample.dialect) else { continue }
            taken += 1
            let seen = Set(request.texts.map(\.text.text))
            let missed = tree.marks(except: ["metadata", "model", "user", "safety_identifier"]).filter {
                !seen.contains($0)
            }
            if !missed.isEmpty {
                Issue.record("missed \(missed) in \(tree.json)")
                return
            }
        }
        #expect(taken > 300)
    }

    static let deltas = [
        #"{"role":"assistant","content":"c","reasoning":"r","refusal":null,"tool_calls":[{"index":0,"id":"i","type":"function","function":{"name":"f","arguments":"a"}}]}"#,
        #"{"content":[{"type":"text","text":"c"},{"type":"thinking","thinking":[{"type":"text","text":"t"}]}],"function_call":{"name":"f","arguments":"a"}}"#,
    ]
    static let logprobs =
        #"{"content":[{"token":"c","logprob":-1,"bytes":[99],"top_logprobs":[{"token":"d","logprob":-2,"bytes":null}]}],"refusal":null}"#

    /// What was released and not judged, of the marks of one answer.
    private func missed(_ raw: [String], _ pieces: [AnswerPiece]) throws -> [String] {
        let judged = pieces.map(\.text.text).joined(separator: " ")
        return try raw.flatMap { raw in try Tree(json: raw).marks().filter { !judged.contains($0) } }
    }

    @Test("Every string and name in a choice that is released was judged", arguments: deltas)
    func coversChunks(_ delta: String) throws {
        var random = SeededGenerator(22)
        let source = try Tree(json: #"{"index":0,"delta":\#(delta),"finish_reason":null,"logprobs":\#(Self.logprobs)}"#)
        var taken = 0
        for _ in 0..<2500 {
            var (tree, marks) = (source, Marks())
            for _ in 0..<Int.random(in: 1...4, using: &random) { tree.change(&marks, &random) }
            let request = try ChatDecoderTests.request()
            guard let events = try? decode(ChatDecoderTests.chunk(tree.json) + ChatDecoderTests.end, request) else {
                continue
            }
            taken += 1
            let missed = try missed([String(events[0].raw.text.dropFirst(6))], events.flatMap { Array($0.pieces) })
            if !missed.isEmpty {
                Issue.record("missed \(missed) in \(tree.json)")
                return
            }
        }
        #expect(taken > 300)
    }

    @Test(
        "Every string and name in a whole answer that is released was judged",
        arguments: [
            (
                Dialect.openAI,
                #"{"id":"c","model":"m","choices":[{"index":0,"message":\#(deltas[0]),"finish_reason":"stop","logprobs":\#(logprobs)}],"usage":{"prompt_tokens":1}}"#
            ),
            (.anthropic, AnswerBodyTests.message),
        ])
    func coversBodies(_ dialect: Dialect, _ body: String) throws {
        var random = SeededGenerator(23)
        let source = try Tree(json: body)
        let request = dialect == .openAI ? try parse(chatRequest()) : try parse(messagesRequest(), .anthropic)
        var taken = 0
        // What the server says of itself is no output of the model.
        let own: Set = [
            "id", "object", "created", "model", "usage", "type", "role", "stop_sequence", "stop_details", "error",
        ]
        for _ in 0..<2500 {
            var (tree, marks) = (source, Marks())
            for _ in 0..<Int.random(in: 1...4, using: &random) { tree.change(&marks, &random) }
            guard let answer = try? AnswerBody.parse(buffer(tree.json), request: request, modelName: "m") else {
                continue
            }
            taken += 1
            let judged = answer.choices.flatMap { Array($0.pieces) }.map(\.text.text).joined(separator: " ")
            let missed = try Tree(json: answer.body(refusing: [:]).text).marks(inFieldsExcept: own).filter {
                !judged.contains($0)
            }
            if !missed.isEmpty {
                Issue.record("missed \(missed) in \(tree.json)")
                return
            }
            let refused = answer.body(refusing: [0: AnswerWriterTests.refusal])
            #expect(
                try Tree(json: refused.text).marks(inFieldsExcept: own).filter { mark in
                    answer.choices[0].pieces.contains { $0.text.text.contains(mark) }
                } == [])
        }
        #expect(taken > 300)
    }

    @Test(
        "Every string and name in a content block that is released was judged",
        arguments: [
            (#"{"type":"text","text":"t","citations":null}"#, #"{"type":"text_delta","text":"x"}"#),
            (#"{"type":"thinking","thinking":"t","signature":""}"#, #"{"type":"signature_delta","signature":"QQ=="}"#),
            (
                #"{"type":"tool_use","id":"i","name":"n","input":{}}"#,
                #"{"type":"input_json_delta","partial_json":"{}"}"#
            ),
            (
                #"{"type":"text","text":"t"}"#,
                #"{"type":"citations_delta","citation":{"type":"char_location","cited_text":"t"}}"#
            ),
        ])
    func coversBlocks(_ block: String, _ delta: String) throws {
        typealias Claude = MessagesDecoderTests
        var random = SeededGenerator(24)
        let request = try Claude.request()
        var taken = 0
        for _ in 0..<2500 {
            var (block, delta, marks) = (try Tree(json: block), try Tree(json: delta), Marks())
            for _ in 0..<2 {
                block.change(&marks, &random)
                delta.change(&marks, &random)
            }
            let stream = Claude.start + Claude.block(block.json) + Claude.delta(delta.json) + Claude.stop() + Claude.end
            guard let events = try? decode(stream, request) else { continue }
            taken += 1
            let raw = events.map { $0.raw.text.components(separatedBy: "data: ")[1] }
            let missed = try missed(raw, events.flatMap { Array($0.pieces) })
            if !missed.isEmpty {
                Issue.record("missed \(missed) in \(block.json) \(delta.json)")
                return
            }
        }
        #expect(taken > 300)
    }
}
