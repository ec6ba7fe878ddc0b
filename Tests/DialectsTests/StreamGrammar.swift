import Foundation
import NIOCore

@testable import Dialects

/// A strict reader of the streams that clients get: what it accepts, the official SDKs accept.
///
/// It shares no code with the room: JSON is read by Foundation, lines are split by hand.
struct StreamGrammar {
    struct Broken: Error, CustomStringConvertible {
        var description: String
        init(_ words: String) { description = words }
    }

    /// What a client would have in its hands at the end.
    struct Result: Equatable {
        var content: [Int: String] = [:]
        var refusal: [Int: String] = [:]
        var reasoning: [Int: String] = [:]
        var arguments: [Int: [Int: String]] = [:]
        var finish: [Int: String] = [:]
        var usage: [String: Int]?
        var error: String?
        var stopDetails: [String: String]?
        var ended = false
    }

    typealias Object = [String: Any]

    /// The events of a stream; every line must be one that the dialects use.
    static func events(_ stream: String) throws -> [(name: String?, data: String)] {
        guard stream.isEmpty || stream.hasSuffix("\n\n") else { throw Broken("the stream ends inside an event") }
        return try stream.components(separatedBy: "\n\n").dropLast().map { event in
            var name: String?
            var data: String?
            for line in event.components(separatedBy: "\n") {
                if line.hasPrefix("event: "), name == nil, data == nil {
                    name = String(line.dropFirst(7))
                } else if line.hasPrefix("data: "), data == nil {
                    data = String(line.dropFirst(6))
                } else {
                    throw Broken("a line \(line.debugDescription)")
                }
            }
            guard let data else { throw Broken("an event without data") }
            return (name, data)
        }
    }

    private static func object(_ data: String) throws -> Object {
        guard let object = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? Object else {
            throw Broken("no object")
        }
        return object
    }

    // MARK: - OpenAI

    static func chat(_ stream: String, model: String, wantsUsage: Bool) throws -> Result {
        var result = Result()
        var head: (id: String, created: Int)?
        var roles: Set<Int> = []
        for (name, data) in try events(stream) {
            guard name == nil, !result.ended else { throw Broken("an event after the end, or with a name") }
            if data == "[DONE]" {
                result.ended = true
                continue
            }
            guard result.error == nil else { throw Broken("a chunk after an error") }
            let chunk = try object(data)
            if let error = chunk["error"] as? Object {
                guard error["message"] is String, error["type"] is String, error.keys.contains("param"),
                    error.keys.contains("code")
                else { throw Broken("an incomplete error") }
                result.error = error["code"] as? String ?? error["type"] as? String
                continue
            }
            guard let id = chunk["id"] as? String, let created = chunk["created"] as? Int,
                chunk["model"] as? String == model,
                chunk["object"] as? String == "chat.completion.chunk", let choices = chunk["choices"] as? [Object]
            else { throw Broken("an incomplete chunk \(data)") }
            if let head, head != (id, created) { throw Broken("chunks with different heads") }
            head = (id, created)
            if choices.isEmpty {
                guard wantsUsage, result.usage == nil, let usage = chunk["usage"] as? Object else {
                    throw Broken("a chunk of nothing")
                }
                result.usage = usage.compactMapValues { $0 as? Int }
            }
            for choice in choices { try chat(choice: choice, &result, &roles) }
        }
        return result
    }

    private static func chat(choice: Object, _ result: inout Result, _ roles: inout Set<Int>) throws {
        guard let index = choice["index"] as? Int, let delta = choice["delta"] as? Object else {
            throw Broken("an incomplete choice")
        }
        guard result.finish[index] == nil else { throw Broken("choice \(index) goes on after its end") }
        guard result.usage == nil else { throw Broken("a choice after usage") }
        guard (delta["role"] as? String == "assistant") == roles.insert(index).inserted else {
            throw Broken("not one role for \(index)")
        }
        result.content[index, default: ""] += delta["content"] as? String ?? ""
        result.refusal[index, default: ""] += delta["refusal"] as? String ?? ""
        result.reasoning[index, default: ""] +=
            delta["reasoning_content"] as? String ?? delta["reasoning"] as? String ?? ""
        if let calls = delta["tool_calls"] as? [Object] {
            guard !calls.isEmpty else { throw Broken("tool_calls: []") }
            for call in calls {
                guard let number = call["index"] as? Int, let function = call["function"] as? Object else {
                    throw Broken("an incomplete call")
                }
                let isFirst = result.arguments[index]?[number] == nil
                guard isFirst == (call["id"] is String && function["name"] is String) else {
                    throw Broken("a call without a beginning")
                }
                result.arguments[index, default: [:]][number, default: ""] += function["arguments"] as? String ?? ""
            }
        }
        if let reason = choice["finish_reason"] as? String { result.finish[index] = reason }
    }

    // MARK: - Anthropic

    static func messages(_ stream: String, model: String) throws -> Result {
        var result = Result()
        var started = false
        var open: (index: Int, type: String)?
        var next = 0
        for (name, data) in try events(stream) {
            let event = try object(data)
            guard let name, event["type"] as? String == name else {
                throw Broken("an event whose name is not its type")
            }
            guard !result.ended, result.error == nil else { throw Broken("\(name) after the end") }
            guard started || name == "message_start" || name == "error" || name == "ping" else {
                throw Broken("\(name) before message_start")
            }
            switch name {
            case "ping": continue
            case "error":
                guard let error = event["error"] as? Object, error["message"] is String else {
                    throw Broken("an incomplete error")
                }
                result.error = error["type"] as? String
            case "message_start":
                guard !started, let message = event["message"] as? Object, message["model"] as? String == model,
                    (message["content"] as? [Any])?.isEmpty == true, message["id"] is String,
                    message["role"] as? String == "assistant",
                    message["usage"] is Object
                else { throw Broken("a wrong message_start") }
                started = true
            case "content_block_start":
                guard open == nil, result.finish.isEmpty, let block = event["content_block"] as? Object,
                    let type = block["type"] as? String,
                    event["index"] as? Int == next
                else { throw Broken("a wrong content_block_start") }
                open = (next, type)
                next += 1
                result.content[0, default: ""] += block["text"] as? String ?? ""
            case "content_block_delta":
                guard let block = open, event["index"] as? Int == block.index, let delta = event["delta"] as? Object
                else { throw Broken("a wrong delta") }
                try messages(delta: delta, block, &result)
            case "content_block_stop":
                guard let block = open, event["index"] as? Int == block.index else {
                    throw Broken("a wrong content_block_stop")
                }
                open = nil
            case "message_delta":
                guard open == nil, let delta = event["delta"] as? Object, let usage = event["usage"] as? Object,
                    usage["output_tokens"] is Int, result.finish.isEmpty, let reason = delta["stop_reason"] as? String
                else { throw Broken("a wrong message_delta") }
                result.finish[0] = reason
                result.usage = usage.compactMapValues { $0 as? Int }
                if reason == "refusal" {
                    guard let details = delta["stop_details"] as? Object, details["type"] as? String == "refusal",
                        details.keys.contains("category")
                    else { throw Broken("a refusal without details") }
                    result.stopDetails = details.compactMapValues { $0 as? String }
                }
            case "message_stop":
                guard !result.finish.isEmpty, open == nil else { throw Broken("message_stop before its time") }
                result.ended = true
            default: throw Broken("an event named \(name)")
            }
        }
        return result
    }

    private static func messages(delta: Object, _ block: (index: Int, type: String), _ result: inout Result) throws {
        switch (delta["type"] as? String, block.type) {
        case ("text_delta", "text"): result.content[0, default: ""] += delta["text"] as? String ?? ""
        case ("thinking_delta", "thinking"): result.reasoning[0, default: ""] += delta["thinking"] as? String ?? ""
        case ("signature_delta", "thinking"): break
        case ("input_json_delta", "tool_use"):
            result.arguments[0, default: [:]][block.index, default: ""] += delta["partial_json"] as? String ?? ""
        default: throw Broken("a delta of the wrong kind")
        }
    }
}
