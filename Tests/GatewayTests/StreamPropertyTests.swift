import Dialects
import Foundation
import NIOCore
import Testing

@testable import Gateway

/// A seeded generator, so that a failing stream can be replayed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &self) < part }
    mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &self)] }
}

/// An answer with a planted phrase (or none), and the ways in which a model server may send it.
private struct Answer {
    enum Kind: String, CaseIterable { case content, reasoning, tool, unknown, cjk, clean, ends, twoTools }

    struct Part {
        let channel: String
        let text: String
    }

    let dialect: Dialect
    let kind: Kind
    /// The choices' parts, in order.
    let choices: [[Part]]
    let planted: Int

    private static let words = [
        "river", "canal", "sluice", "gate", "water", "level", "pump", "weir", "lock", "dam", "déjà", "水", "🌊", "tide",
        "basin", "a", "of",
    ]
    static let last = "fold"

    private static func prose(_ random: inout Seeded, _ count: ClosedRange<Int>) -> String {
        (0..<Int.random(in: count, using: &random)).map { _ in
            random.pick(words) + random.pick(["", "", ",", ".", " –"])
        }
        .joined(separator: " ")
    }

    init(_ dialect: Dialect, seed: UInt64) {
        var random = Seeded(state: seed)
        self.dialect = dialect
        kind = Kind.allCases[Int(seed % UInt64(Kind.allCases.count))]
        let before = Self.prose(&random, 0...12)
        let after = kind == .ends ? "" : random.pick([" ", ". ", "\n"]) + "zzafter " + Self.prose(&random, 2...12)
        let phrase = kind == .cjk ? "绯红折纸仪式第九折" : Fixtures.phrase
        let lead = before.isEmpty ? "" : before + " "
        let text = kind == .clean ? lead + "and so on" + after : lead + phrase + after
        var parts: [Part]
        switch kind {
        case .reasoning: parts = [Part(channel: "reasoning", text: text), Part(channel: "content", text: "zzlater")]
        case .tool: parts = [Part(channel: "content", text: "so "), Part(channel: "tool0", text: text)]
        case .twoTools:
            parts = [Part(channel: "tool0", text: Self.prose(&random, 1...9)), Part(channel: "tool1", text: text)]
        case .unknown:
            parts = [Part(channel: "content", text: Self.prose(&random, 1...9)), Part(channel: "x_notes", text: text)]
        default:
            parts = [Part(channel: "content", text: text)]
            if random.chance(0.4) { parts.insert(Part(channel: "reasoning", text: Self.prose(&random, 1...9)), at: 0) }
        }
        let many = dialect == .openAI && random.chance(0.3) ? Int.random(in: 1...2, using: &random) : 0
        planted = Int.random(in: 0...many, using: &random)
        var choices = (0..<many).map { _ in [Part(channel: "content", text: Self.prose(&random, 3...15))] }
        choices.insert(parts, at: planted)
        self.choices = choices
    }

    var body: String {
        #"{"model":"m","stream":true,"max_tokens":9,"n":\#(choices.count),"messages":[{"role":"user","content":"hello"}]}"#
            .replacing(dialect == .anthropic ? #""n":1,"# : "\u{0}", with: "")
    }

    /// A JSON string, some or all of its letters as escapes.
    private static func quoted(_ text: String, escapes: Double, _ random: inout Seeded) -> String {
        var out = "\""
        for unit in text.utf16 {
            let isSurrogate = unit & 0xF800 == 0xD800
            if isSurrogate || unit < 0x20 || unit == 0x22 || unit == 0x5C || escapes > 0 && random.chance(escapes) {
                out +=
                    "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count) + String(unit, radix: 16)
            } else {
                out += String(decoding: CollectionOfOne(unit), as: UTF16.self)
            }
        }
        return out + "\""
    }

    /// The text in fragments between characters.
    private static func split(_ text: String, _ random: inout Seeded) -> [String] {
        let longest = random.pick([1, 2, 5, 12, 40])
        var rest = Substring(text)
        var parts: [String] = []
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...longest, using: &random))
            parts.append(String(part))
            rest = rest.dropFirst(part.count)
        }
        return parts
    }

    /// Tool arguments hold the text in a JSON string, which is again escaped in the event.
    static func arguments(_ text: String) -> String { "{\"q\": \"\(text.replacing("\n", with: "\\n"))\"}" }

    /// One of the streams in which this answer may come.
    func stream(_ variant: UInt64) -> String {
        var random = Seeded(state: variant)
        let escapes = random.pick([0, 0, 0.2, 1])
        return dialect == .openAI ? chatStream(escapes, &random) : messageStream(escapes, &random)
    }

    private func chatStream(_ escapes: Double, _ random: inout Seeded) -> String {
        var queues = choices.enumerated().map { number, parts in
            var events: [String] = []
            for part in parts {
                let isTool = part.channel.hasPrefix("tool")
                let index = part.channel.last ?? "0"
                if isTool {
                    events.append(
                        Event.chat(
                            "{\"tool_calls\":[{\"index\":\(index),\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"find\",\"arguments\":\"\"}}]}",
                            choice: number))
                }
                for fragment in Self.split(isTool ? Self.arguments(part.text) : part.text, &random) {
                    let text = Self.quoted(fragment, escapes: escapes, &random)
                    let delta =
                        isTool
                        ? "{\"tool_calls\":[{\"index\":\(index),\"function\":{\"arguments\":\(text)}}]}"
                        : "{\"\(part.channel == "reasoning" ? "reasoning_content" : part.channel)\":\(text)}"
                    events.append(Event.chat(delta, choice: number))
                }
            }
            return events + [Event.chat("{}", choice: number, finish: "stop")]
        }
        var out = ""
        while let number = queues.indices.filter({ !queues[$0].isEmpty }).randomElement(using: &random) {
            out += queues[number].removeFirst()
        }
        return out + "data: [DONE]\n\n"
    }

    private func messageStream(_ escapes: Double, _ random: inout Seeded) -> String {
        var out = Event.start
        for (index, part) in (choices.first ?? []).enumerated() {
            let isTool = part.channel.hasPrefix("tool")
            let start =
                isTool
                ? "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"find\",\"input\":{}"
                : part.channel == "reasoning"
                    ? "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"" : "\"type\":\"text\",\"text\":\"\""
            out += Event.block(index, start)
            for fragment in Self.split(isTool ? Self.arguments(part.text) : part.text, &random) {
                let text = Self.quoted(fragment, escapes: escapes, &random)
                let (kind, field) =
                    isTool
                    ? ("input_json_delta", "partial_json")
                    : part.channel == "reasoning"
                        ? ("thinking_delta", "thinking")
                        : ("text_delta", part.channel == "content" ? "text" : part.channel)
                out += Event.message(
                    "content_block_delta", "\"index\":\(index),\"delta\":{\"type\":\"\(kind)\",\"\(field)\":\(text)}")
                if random.chance(0.05) { out += Event.message("ping") }
            }
            out += Event.stop(index)
        }
        return out + Event.messageEnd
    }

    /// The answer as one body.
    func whole() -> String {
        var random = Seeded(state: 1)
        func quoted(_ text: String) -> String { Self.quoted(text, escapes: 0, &random) }
        if dialect == .anthropic {
            let blocks = (choices.first ?? []).enumerated().map { index, part in
                switch part.channel {
                case "reasoning": "{\"type\":\"thinking\",\"thinking\":\(quoted(part.text)),\"signature\":\"\"}"
                case "content": "{\"type\":\"text\",\"text\":\(quoted(part.text))}"
                case "x_notes": "{\"type\":\"text\",\"text\":\"\",\"x_notes\":\(quoted(part.text))}"
                default: "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"find\",\"input\":\(Self.arguments(part.text))}"
                }
            }
            return
                "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[\(blocks.joined(separator: ","))],"
                + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"
        }
        let list = choices.enumerated().map { number, parts in
            var fields = ["\"role\":\"assistant\""]
            var calls: [String] = []
            for part in parts {
                if part.channel.hasPrefix("tool") {
                    calls.append(
                        "{\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"find\",\"arguments\":\(quoted(Self.arguments(part.text)))}}"
                    )
                } else {
                    fields.append(
                        "\"\(part.channel == "reasoning" ? "reasoning_content" : part.channel)\":\(quoted(part.text))")
                }
            }
            if !calls.isEmpty { fields.append("\"tool_calls\":[\(calls.joined(separator: ","))]") }
            return "{\"index\":\(number),\"message\":{\(fields.joined(separator: ","))},\"finish_reason\":\"stop\"}"
        }
        return
            "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[\(list.joined(separator: ","))]}"
    }
}

/// What a client makes of a stream: the text of each channel of each choice, and how each choice ended.
private struct Got {
    var texts: [String: String] = [:]
    var ends: [Int: String] = [:]
    var hasEnd = false
    var complaints: [String] = []

    init(_ stream: String, _ dialect: Dialect) {
        for event in stream.components(separatedBy: "\n\n") where !event.isEmpty {
            guard let line = event.split(separator: "\n").first(where: { $0.hasPrefix("data: ") })?.dropFirst(6) else {
                complaints.append("an event without data")
                continue
            }
            if hasEnd { complaints.append("an event after the end: \(line.prefix(60))") }
            if line == "[DONE]" {
                hasEnd = true
                continue
            }
            guard let value = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                complaints.append("not JSON: \(line.prefix(80))")
                continue
            }
            if dialect == .openAI { chat(value) } else { message(value) }
        }
    }

    private mutating func chat(_ value: [String: Any]) {
        for choice in value["choices"] as? [[String: Any]] ?? [] {
            let number = choice["index"] as? Int ?? -1
            if ends[number] != nil { complaints.append("output after the end of choice \(number)") }
            for (key, field) in choice["delta"] as? [String: Any] ?? [:] {
                if key == "role" || key == "refusal" { continue }
                if let text = field as? String {
                    texts["\(number) \(key == "reasoning_content" ? "reasoning" : key)", default: ""] += text
                }
                for call in field as? [[String: Any]] ?? [] {
                    let function = call["function"] as? [String: Any]
                    texts["\(number) tool\(call["index"] as? Int ?? -1)", default: ""] +=
                        function?["arguments"] as? String ?? ""
                }
            }
            if let reason = choice["finish_reason"] as? String { ends[number] = reason }
        }
    }

    private mutating func message(_ value: [String: Any]) {
        let delta = value["delta"] as? [String: Any] ?? [:]
        switch value["type"] as? String {
        case "content_block_delta":
            for (key, field) in delta where key != "type" {
                let channel =
                    key == "text" ? "content" : key == "thinking" ? "reasoning" : key == "partial_json" ? "tool" : key
                texts["0 \(channel)", default: ""] += field as? String ?? ""
            }
        case "message_delta": ends[0] = delta["stop_reason"] as? String
        case "message_stop": hasEnd = true
        default: break
        }
    }
}

@Suite("Thousands of streams")
struct StreamPropertyTests {
    /// Answers in each dialect; each comes in two ways.
    private static let count: UInt64 = {
        if let wanted = ProcessInfo.processInfo.environment["SLUICE_STREAMS"].flatMap({ UInt64($0) }) { return wanted }
        #if DEBUG
            return 64
        #else
            return 400
        #endif
    }()

    private static func cut(_ bytes: [UInt8], _ random: inout Seeded) -> [ByteBuffer] {
        let longest = random.pick([1, 3, 17, 200, 4_000])
        var pieces: [ByteBuffer] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...longest, using: &random))
            pieces.append(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return pieces
    }

    @Test("No byte past the cut leaves, however a stream is written and cut", arguments: [Dialect.openAI, .anthropic])
    func streams(_ dialect: Dialect) throws {
        var failures = 0
        for seed in 0..<Self.count where failures < 5 {
            let answer = Answer(dialect, seed: seed)
            let facts = try Fixtures.facts(answer.body, dialect)
            let verdict = try WholeAnswer.judge(ByteBuffer(string: answer.whole()), facts).get()
            for variant in 0..<2 {
                var random = Seeded(state: seed &* 31 &+ UInt64(variant))
                let stream = answer.stream(random.next())
                let (text, pipeline) = Fixtures.run(facts, [stream])
                let again = Fixtures.run(facts, Self.cut(Array(stream.utf8), &random)).text
                var complaints = Self.complaints(answer, Got(text, dialect), pipeline)
                if again != text { complaints.append("cutting the reads changed the bytes") }
                if (verdict.finding == nil) != pipeline.gate.findings.isEmpty {
                    complaints.append(
                        "whole: \(String(describing: verdict.finding)), stream: \(pipeline.gate.findings)")
                }
                guard !complaints.isEmpty else { continue }
                failures += 1
                Issue.record(
                    "\(dialect) \(answer.kind) seed \(seed) variant \(variant): \(complaints.joined(separator: "; "))\n\(text.suffix(700))"
                )
            }
        }
    }

    private static func complaints(_ answer: Answer, _ got: Got, _ pipeline: AnswerPipeline) -> [String] {
        var complaints = got.complaints
        if let fault = pipeline.fault { complaints.append("fault: \(fault.message)") }
        if !got.hasEnd { complaints.append("no end") }
        for (number, parts) in answer.choices.enumerated() {
            let isPlanted = number == answer.planted && answer.kind != .clean
            for part in parts where answer.dialect == .openAI || !part.channel.hasPrefix("tool") {
                let released = got.texts["\(number) \(part.channel)"] ?? ""
                let full = part.channel.hasPrefix("tool") ? Answer.arguments(part.text) : part.text
                if part.channel == "x_notes" {
                    if !released.isEmpty { complaints.append("a strange field left") }
                    continue
                }
                if !full.utf8.starts(with: released.utf8) {
                    complaints.append("\(part.channel): not a beginning: \(released)")
                }
                if !isPlanted, answer.kind != .clean, released != full, number != answer.planted {
                    complaints.append("choice \(number) lost something: \(released)")
                }
            }
            let all = got.texts.filter { $0.key.hasPrefix("\(number) ") }.values.joined(separator: "\n")
            if isPlanted, all.contains("zzafter") || all.contains("zzlater") {
                complaints.append("text behind the cut left")
            }
            if isPlanted, all.contains(answer.kind == .cjk ? "第九折" : Answer.last) {
                complaints.append("the phrase left")
            }
            let expected = isPlanted ? (answer.dialect == .openAI ? "content_filter" : "refusal") : "stop"
            if answer.dialect == .openAI || isPlanted, got.ends[number] != expected {
                complaints.append("choice \(number) ended with \(got.ends[number] ?? "nothing")")
            }
        }
        return complaints
    }
}
