internal import NIOCore

/// Legacy completions, read: the text becomes a user's turn.
extension NeutralReader {
    mutating func readCompletion() throws(RequestError) {
        for key in view.keys(of: 0) where view.kind(key + 1) != .null {
            try readCompletion(view.string(key), key + 1)
        }
    }

    private mutating func readCompletion(_ name: String, _ value: Int) throws(RequestError) {
        switch name {
        case "model", "stream", "max_tokens", "user", "safety_identifier": return
        case "stream_options":
            for key in view.keys(of: value) where !view.spells(key, "include_usage") {
                guard view.spells(key, "include_obfuscation") else { throw cannot(key + 1) }
            }
        case "prompt":
            let texts = view.kind(value) == .string ? [value] : try elements(value)
            guard let only = texts.first, texts.count == 1 else {
                throw cannot(value, "holds several texts, which cannot be expressed")
            }
            let part = NeutralPart(kind: .text(try text(only)), index: only)
            request.turns.append(NeutralTurn(role: .user, parts: [part], index: value))
        case "temperature": set(.temperature, value)
        case "top_p": set(.topP, value)
        case "top_k": set(.topK, value)
        case "presence_penalty": setUnlessZero(.presencePenalty, value)
        case "frequency_penalty": setUnlessZero(.frequencyPenalty, value)
        case "seed": set(.seed, value)
        case "stop": try addStops(value)
        case "n":
            if let count = view.integer(value), count != 1 { request.choices = Placed(value: count, index: value) }
        case "best_of":
            let asked = view.member(0, "n").flatMap { view.integer($0) } ?? 1
            guard view.integer(value) == asked else { throw cannot(value) }
        case "echo":
            guard try !flag(value) else { throw cannot(value) }
        case "suffix":
            guard view.isEmpty(value) else { throw cannot(value) }
        case "logit_bias":
            guard view.isEmpty(value) else { throw cannot(value) }
        case "metadata": request.ignore(name)
        default: throw cannot(value)
        }
    }
}
