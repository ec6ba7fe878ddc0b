/// Makes new inputs from known ones: bytes, words of the formats, values of JSON, whole events.
struct Mutator {
    /// What parsers trip over.
    static let words: [[UInt8]] =
        [
            "null", "true", "[]", "{}", "\"\"", "0", "-1", "1e999", "1.5", "9223372036854775808", "-0", "[[[[[[",
            "{\"a\":",
            "\"\\ud83d\"", "\"\\ude00\\ud83d\"", "\\u0000", "\\", "\"", ",", ":", "}", "]", "\n\n", "\r\n\r\n", "\r",
            "data: ",
            "data:", "event: ", "event: error\n", ": ping\n", "id: 1\n", "retry: 1\n", "data: [DONE]\n\n", "\u{FEFF}",
            "水", "🌊",
            "\"index\":1,", "\"index\":-1,", "\"index\":99999999999,", "\"finish_reason\":\"stop\",",
            "\"finish_reason\":null,",
            "\"error\":{\"message\":\"m\"},", "\"tool_calls\":[],", "\"role\":\"assistant\",",
            "\"stop_reason\":\"refusal\",",
            "\"type\":\"ping\",", "\"type\":\"message_start\",", "\"type\":\"tool_use\",",
            "\"usage\":{\"output_tokens\":-5},",
            "\"usage\":null,", "\"logprobs\":{\"content\":[{}]},", "\"input\":[],", "\"arguments\":\"[1\",",
            "\"x_new\":\"x\",",
            "<think>", "</think>", "0\r\n\r\n", "ffffffffffffffff\r\n", "-1\r\n", "transfer-encoding: chunked\r\n",
            "content-length: 5\r\n", "content-length: 99999999999999999999\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n", "connection: close\r\n", "expect: 100-continue\r\n",
            "content-encoding: gzip\r\n", "\u{0}",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8],
        ]

    private static let longest = 1 << 16

    /// A source with none to six changes; `other` lends parts.
    static func mutate(_ source: [UInt8], _ other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = source
        guard !random.chance(8) else { return bytes }
        for _ in 0...random.below(6) {
            guard !bytes.isEmpty, bytes.count < longest else { break }
            change(&bytes, other, &random)
        }
        return bytes
    }

    private static func change(_ bytes: inout [UInt8], _ other: [UInt8], _ random: inout SeededGenerator) {
        let at = random.below(bytes.count)
        switch random.below(20) {
        case 0: bytes[at] = UInt8(random.below(256))
        case 1: bytes[at] ^= 1 << UInt8(random.below(8))
        case 2: bytes.remove(at: at)
        case 3: bytes.removeSubrange(range(in: bytes, from: at, &random))
        case 4: bytes.insert(contentsOf: bytes[range(in: bytes, from: at, &random)], at: random.below(bytes.count))
        case 5 where random.chance(40): bytes.removeSubrange(at...)
        case 6 where !other.isEmpty:
            bytes.insert(contentsOf: other[range(in: other, from: random.below(other.count), &random)], at: at)
        case 7, 8: bytes.insert(contentsOf: random.pick(words), at: at)
        case 9...13: replaceValue(&bytes, near: at, with: value(other, &random))
        case 14...16: swapEvents(&bytes, &random)
        case 17: repeatEvent(&bytes, &random)
        default: renameKey(&bytes, near: at, &random)
        }
    }

    private static func range(in bytes: [UInt8], from at: Int, _ random: inout SeededGenerator) -> Range<Int> {
        at..<min(bytes.count, at + 1 + random.below(64))
    }

    /// A word, or a piece of another document from behind one of its colons.
    private static func value(_ other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        guard random.chance(50), !other.isEmpty,
            let colon = other[random.below(other.count)...].firstIndex(of: UInt8(ascii: ":"))
        else { return random.pick(words) }
        return Array(other[valueRange(in: other, after: colon)])
    }

    /// The bytes of the value behind a colon, as far as one can tell without parsing.
    private static func valueRange(in bytes: [UInt8], after colon: Int) -> Range<Int> {
        var (index, depth, inString) = (colon + 1, 0, false)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\") where inString: index += 1
            case UInt8(ascii: "\""): inString.toggle()
            case _ where inString: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return colon + 1..<index }
            case UInt8(ascii: ",") where depth == 0, UInt8(ascii: "\n"): return colon + 1..<index
            default: break
            }
            index += 1
        }
        return colon + 1..<bytes.count
    }

    private static func replaceValue(_ bytes: inout [UInt8], near at: Int, with value: [UInt8]) {
        guard let colon = bytes[at...].firstIndex(of: UInt8(ascii: ":")) else { return }
        bytes.replaceSubrange(valueRange(in: bytes, after: colon), with: value)
    }

    private static func renameKey(_ bytes: inout [UInt8], near at: Int, _ random: inout SeededGenerator) {
        guard let colon = bytes[at...].firstIndex(of: UInt8(ascii: ":")), colon > 1,
            bytes[colon - 1] == UInt8(ascii: "\""),
            let open = bytes[..<(colon - 1)].lastIndex(of: UInt8(ascii: "\""))
        else { return }
        bytes.replaceSubrange(open + 1..<colon - 1, with: Array(random.pick(keys).utf8))
    }

    private static let keys = [
        "type", "index", "delta", "content", "text", "thinking", "partial_json", "arguments", "item", "output_index",
        "parts",
        "finish_reason", "stop_reason", "finishReason", "usage", "id", "name", "signature", "reasoning", "refusal",
        "role",
        "messages", "input", "model", "stream", "tools", "n", "x_unknown",
    ]

    /// Where events (or headers and body) end.
    private static func ends(_ bytes: [UInt8]) -> [Int] {
        var ends = [0]
        var index = 1
        while index < bytes.count {
            if bytes[index] == 0x0A, bytes[index - 1] == 0x0A { ends.append(index + 1) }
            index += 1
        }
        return ends
    }

    private static func swapEvents(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let ends = ends(bytes)
        guard ends.count > 3 else { return }
        let (a, b) = (random.below(ends.count - 1), random.below(ends.count - 1))
        guard a != b else { return }
        let (first, second) = (ends[min(a, b)]..<ends[min(a, b) + 1], ends[max(a, b)]..<ends[max(a, b) + 1])
        let (one, two) = (Array(bytes[first]), Array(bytes[second]))
        bytes.replaceSubrange(second, with: one)
        bytes.replaceSubrange(first, with: two)
    }

    private static func repeatEvent(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let ends = ends(bytes)
        guard ends.count > 2 else { return }
        let number = random.below(ends.count - 1)
        let event = Array(bytes[ends[number]..<ends[number + 1]])
        if random.chance(50) {
            bytes.insert(contentsOf: event, at: random.pick(ends))
        } else {
            bytes.removeSubrange(ends[number]..<ends[number + 1])
        }
    }

    /// The bytes in pieces between two reads.
    static func cut(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [Range<Int>] {
        let longest = random.pick([1, 3, 17, 200, 4_000])
        var pieces: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 1 + random.below(longest))
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }
}
