import Foundation
import NIOCore
import Testing

@testable import Dialects

/// What widely used clients send, or expect, beyond what the dialects' documents say.
@Suite("What clients are used to")
struct ClientHabitTests {
    private func body(_ request: String, for target: Dialect) throws -> (body: [String: Any], ignored: [String]) {
        let made = try parse(request).translated(to: target, model: "up")
        let object = try JSONSerialization.jsonObject(with: Data(made.body.readableBytesView)) as? [String: Any]
        return (try #require(object), made.ignored)
    }

    private static func format(_ schema: String) -> String {
        #","response_format":{"type":"json_schema","json_schema":{"name":"s","description":"The \"weather\".","schema":\#(schema)}}"#
    }

    @Test(
        "A schema's description goes into the schema where there is no other place for it",
        arguments: [
            ("{}", #"{"description":"The \"weather\"."}"#),
            (#"{ "type":"object"}"#, #"{"description":"The \"weather\".","type":"object"}"#),
            (
                #"{"type":"object","description":"The \"weather\"."}"#,
                #"{"description":"The \"weather\".","type":"object"}"#
            ),
        ])
    func description(_ schema: String, _ expected: String) throws {
        let request = chatRequest(Self.format(schema))
        let message = try #require(try body(request, for: .anthropic).body["output_config"] as? [String: Any])
        let gemini = try #require(try body(request, for: .gemini).body["generationConfig"] as? [String: Any])
        let format = try #require(message["format"] as? [String: Any])
        for made in [try #require(format["schema"]), try #require(gemini["responseJsonSchema"])] {
            let data = try JSONSerialization.data(withJSONObject: made, options: [.sortedKeys])
            #expect(String(decoding: data, as: UTF8.self) == expected)
        }
    }

    @Test(
        "A schema that describes itself otherwise, or is no object, is refused by name",
        arguments: [#"{"description":"b"}"#, "true"])
    func twoDescriptions(_ schema: String) throws {
        let request = try parse(chatRequest(Self.format(schema)))
        let error = #expect(throws: RequestError.self) { try request.translated(to: .anthropic, model: "up") }
        #expect(error?.param?.hasPrefix("response_format") == true)
    }

    @Test("That one call at a time is wanted is not said to Gemini, and the client is told so")
    func oneCall() throws {
        let tools = #","tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":"#
        #expect(try body(chatRequest(tools + "false"), for: .gemini).ignored == ["parallel_tool_calls"])
        #expect(try body(chatRequest(tools + "true"), for: .gemini).ignored == [])
    }

    @Test("Calls that come side by side are items one after another, each with all of its arguments")
    func calls() throws {
        let request = try parse(#"{"model":"m","input":"hi","stream":true}"#, .responses)
        let out = try AnswerTranslationTests.translate([buffer(AnswerTranslationTests.chat)], request, from: .openAI)
        var (open, arguments): (Int?, [Int: String]) = (nil, [:])
        for (name, data) in try StreamGrammar.events(out) {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
            let index = event["output_index"] as? Int
            switch name {
            case "response.output_item.added":
                #expect(open == nil, "an item within an item")
                open = index
            case "response.function_call_arguments.delta":
                #expect(open == index, "a delta of another item")
                arguments[index ?? -1, default: ""] += event["delta"] as? String ?? ""
            case "response.output_item.done":
                #expect(open == index)
                open = nil
            default: continue
            }
        }
        #expect(arguments == [2: #"{"a":1}"#, 3: #"{"b":2}"#])
    }

    @Test(
        "What stands where a chat's chunk has a list, a name or a word is judged, replaced or a fault, and never passed on unread",
        arguments: [
            #""choices":"told""#, #""choices":{"0":{"delta":{"content":"told"}}}"#,
            #""choices":[],"model":{"content":"told"}"#,
            #""choices":[],"id":["told"]"#, #""choices":[],"usage":["told"]"#,
            #""choices":[],"system_fingerprint":{"a":"told"}"#,
        ])
    func envelope(_ fields: String) throws {
        let request = try parse(chatRequest(#","stream":true"#))
        let stream = "data: {\"object\":\"chat.completion.chunk\",\(fields)}\n\n" + AnswerTranslationTests.chat
        guard let events = try? decode(stream, request) else { return }
        #expect(!events.contains { $0.raw.text.contains("told") })
    }

    @Test("A word that is a number is refused by name, and nothing traps", arguments: ["9", "true", "-1.5", "[]"])
    func numbersForWords(_ value: String) throws {
        let format = #","response_format":{"type":\#(value),"json_schema":{"name":"s","schema":{}}}"#
        guard let request = try? parse(chatRequest(format)) else { return }
        for target in [Dialect.anthropic, .gemini, .responses] {
            #expect(throws: RequestError.self) { try request.translated(to: target, model: "up") }
        }
    }
}
