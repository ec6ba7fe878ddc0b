internal import NIOCore

/// What a server may say of itself beside the output without a judge: numbers, words of the formats, and short
/// identifiers that stay the same for the length of a stream.
///
/// Whatever else stands where one of these should is model output like any other.
struct EnvelopeWords: Sendable {
    /// What a value is found to be.
    enum Reading {
        /// Nothing that a reader could take for text.
        case plain
        /// An identifier that is another one than before; this JSON is the first.
        case another(ByteBuffer)
        /// Text, or what could hold some.
        case text
    }

    /// The identifiers so far: four bytes of their path, one of their length, themselves.
    private var known: [UInt8] = []

    /// How much is known.
    var size: Int { known.count }

    private static let mostKnown = 1 << 10
    private static let longestNumber = 24
    private static let mostTokens = 1 << 10

    /// Reads a value of the envelope.
    ///
    /// - Parameters:
    ///   - key: Its name: what stood under it first is compared with what comes later.
    ///   - isTable: Whether an object or a list may stand there.
    mutating func read(_ key: Int, _ view: JSONView, isTable: Bool) -> Reading {
        let isContainer = view.kind(key + 1) == .object || view.kind(key + 1) == .array
        if isContainer { return isTable && isPlain(key + 1, view) ? .plain : .text }
        return read(key + 1, at: view.tokens[key].link, view)
    }

    private mutating func read(_ value: Int, at path: UInt32, _ view: JSONView) -> Reading {
        switch view.kind(value) {
        case .null, .yes, .no: .plain
        case .number: view.range(value).count <= Self.longestNumber ? .plain : .text
        case .string: read(string: value, at: path, view)
        case .object, .array, .key: .text
        }
    }

    private mutating func read(string value: Int, at path: UInt32, _ view: JSONView) -> Reading {
        if view.isEmpty(value) { return .plain }
        let inside = JSONText.inside(view.bytes, view.tokens[value])
        let first = first(at: path)
        if let first, isSame(first, inside) { return .plain }
        guard view.isOpaque(value) else { return view.isWordOfFormats(value) ? .plain : .text }
        if let first {
            var writer = JSONWriter()
            writer.string(ByteBuffer(bytes: known[first]))
            return .another(writer.buffer)
        }
        guard known.count < Self.mostKnown else { return .text }
        if known.isEmpty { known.reserveCapacity(96) }
        withUnsafeBytes(of: path) { known.append(contentsOf: $0) }
        known.append(UInt8(truncatingIfNeeded: inside.count))
        known.append(contentsOf: inside)
        return .plain
    }

    /// Where the first identifier of a path stands.
    private func first(at path: UInt32) -> Range<Int>? {
        known.withUnsafeBytes { bytes in
            var place = 0
            while place + 5 <= bytes.count {
                let end = place + 5 + Int(bytes[place + 4])
                if bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self) == path { return place + 5..<end }
                place = end
            }
            return nil
        }
    }

    /// Compares eight bytes at a time: every event asks.
    private func isSame(_ first: Range<Int>, _ other: UnsafeRawBufferPointer) -> Bool {
        guard first.count == other.count else { return false }
        return known.withUnsafeBytes { bytes in
            var place = 0
            while place + 8 <= other.count {
                let one = bytes.loadUnaligned(fromByteOffset: first.lowerBound + place, as: UInt64.self)
                guard one == other.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
                place += 8
            }
            while place < other.count {
                guard bytes[first.lowerBound + place] == other[place] else { return false }
                place += 1
            }
            return true
        }
    }

    /// Whether an object or a list has only names that the formats know, and plain values under them.
    private mutating func isPlain(_ container: Int, _ view: JSONView) -> Bool {
        let end = view.next(container)
        guard end - container <= Self.mostTokens else { return false }
        var path: UInt32 = 0
        for token in container + 1..<end {
            switch view.kind(token) {
            case .key:
                guard AnswerFields.words.field(of: token, in: view) ?? Self.names.field(of: token, in: view) != nil
                else { return false }
                path = view.tokens[token].link
            case .array where view.hasNumbers(token): return false
            case .object, .array: continue
            default: guard case .plain = read(token, at: path, view) else { return false }
            }
        }
        return true
    }

    /// Names within usage, timings and verdicts on prompts, as servers write them.
    private static let names = FieldTable<Bool>(nameList.map { ($0, true) })
    private static let nameList: [StaticString] = [
        "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details",
        "cached_tokens", "cache_write_tokens", "cache_creation_tokens", "audio_tokens", "image_tokens", "video_tokens",
        "text_tokens", "reasoning_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens", "input_tokens",
        "output_tokens", "input_tokens_details", "output_tokens_details", "thinking_tokens",
        "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "ephemeral_5m_input_tokens",
        "ephemeral_1h_input_tokens", "server_tool_use", "web_search_requests", "web_fetch_requests", "inference_geo",
        "speed", "iterations", "prompt_cache_hit_tokens", "prompt_cache_miss_tokens", "num_search_queries",
        "search_context_size", "citation_tokens", "cost", "is_byok", "cost_details", "upstream_inference_cost",
        "upstream_inference_prompt_cost", "upstream_inference_completions_cost", "queue_time", "prompt_time",
        "completion_time", "total_time", "prompt_audio_seconds", "num_cached_tokens", "completion_tokens_after_first",
        "cache_n", "prompt_n", "prompt_ms", "prompt_per_token_ms", "prompt_per_second", "predicted_n", "predicted_ms",
        "predicted_per_token_ms", "predicted_per_second", "draft_n", "draft_n_accepted", "flagged", "categories",
        "category_scores", "category_applied_input_types", "input", "output", "results", "model", "harassment",
        "harassment/threatening", "hate/threatening", "illicit", "illicit/violent", "self-harm", "self-harm/intent",
        "self-harm/instructions", "sexual/minors", "violence/graphic", "profanity", "error", "code", "message",
        "do_remote_decode", "do_remote_prefill", "remote_block_ids", "remote_engine_id", "remote_host", "remote_port",
    ]
}

extension JSONView {
    /// Whether a list has numbers among its elements.
    func hasNumbers(_ list: Int) -> Bool {
        var element = list + 1
        while element < next(list) {
            if kind(element) == .number { return true }
            element = next(element)
        }
        return false
    }

    /// Whether a string is an identifier that spells no words: short, of letters, digits and a few signs.
    func isOpaque(_ index: Int) -> Bool {
        if kind(index) == .null { return true }
        guard isIdentifier(index) else { return false }
        return !looksLikeWords(index, longest: 24)
    }

    /// Whether a string is a signature or ciphertext: base64 that spells no words.
    func isSeal(_ index: Int) -> Bool { isBase64(index) && !looksLikeWords(index, longest: .max) }

    /// Whether a string without spaces may still be read as words: `three-or-more`, or one that is longer than names are.
    private func looksLikeWords(_ index: Int, longest: Int) -> Bool {
        let inside = JSONText.inside(bytes, tokens[index])
        var (words, letters, run, isWord, isLong) = (0, 0, 0, true, false)
        for place in 0...inside.count {
            let byte = place < inside.count ? inside[place] : UInt8(ascii: "-")
            if (byte | 0x20) &- 0x61 < 26 || byte >= 0x80 {
                run += 1
            } else if byte &- 0x30 < 10 {
                run += 1
                isWord = false
            } else {
                if isWord, run > 1 {
                    words += 1
                    letters += run
                    isLong = isLong || run > longest
                }
                (run, isWord) = (0, true)
            }
        }
        return (words > 2 || isLong) && letters * 5 >= inside.count * 3
    }

    /// Whether a string is one of those with which the formats themselves fill a field.
    func isWordOfFormats(_ index: Int) -> Bool { AnswerFields.values.field(spelledBy: index, in: self) != nil }
}

extension AnswerFields {
    /// What the formats' own fields say.
    static let values = FieldTable<Bool>([
        ("chat.completion.chunk", true), ("chat.completion", true), ("text_completion", true), ("message", true),
        ("assistant", true), ("on_demand", true), ("safe", true), ("low", true), ("medium", true), ("high", true),
        ("text", true), ("image", true), ("standard", true), ("priority", true), ("batch", true), ("default", true),
        ("auto", true), ("flex", true), ("scale", true), ("web_search_tool_result", true),
        ("web_fetch_tool_result", true), ("code_execution_tool_result", true),
        ("bash_code_execution_tool_result", true), ("text_editor_code_execution_tool_result", true),
    ])
}

extension Splice {
    /// Takes members out of an object, with their names and commas.
    mutating func remove(members keys: [Int], of object: Int, _ view: JSONView) {
        guard !keys.isEmpty else { return }
        var (key, last) = (object + 1, Int?.none)
        let end = view.next(object)
        while key < end {
            let next = view.next(key + 1)
            if !keys.contains(key) {
                last = view.range(key + 1).upperBound
            } else if let last {
                remove(last..<view.range(key + 1).upperBound)
            } else {
                remove(view.offset(key)..<(next < end ? view.offset(next) : view.range(key + 1).upperBound))
            }
            if let before = last, keys.contains(key) { last = max(before, view.range(key + 1).upperBound) }
            key = next
        }
    }
}
