internal import NIOCore

/// Messages, written.
extension NeutralWriter {
    mutating func writeMessages() throws(RequestError) {
        try refuse(.presencePenalty, .frequencyPenalty, .seed)
        if let choices = request.choices { throw cannot(choices.index) }
        if let logprobs = request.logprobs { throw cannot(logprobs.index) }
        if let verbosity = request.verbosity { throw cannot(verbosity.index) }
        let (system, turns) = try instructions()
        out.raw("{\"model\":")
        out.string(model)
        out.raw(",\"max_tokens\":")
        out.integer(source.maxTokens ?? profile.maxTokens)
        if !system.isEmpty {
            out.raw(",\"system\":")
            try list(system) { (writer, text) throws(RequestError) in
                writer.out.raw("{\"type\":\"text\",\"text\":")
                writer.out.string(text)
                writer.out.raw("}")
            }
        }
        out.raw(",\"messages\":")
        try list(try merged(turns)) { (writer, turn) throws(RequestError) in try writer.writeMessage(turn) }
        try writeMessagesSettings()
        try writeMessagesTools()
        try writeMessagesReasoning()
        if source.stream { out.raw(",\"stream\":true") }
        out.raw("}")
    }

    private mutating func writeMessagesSettings() throws(RequestError) {
        if let temperature = request.settings[.temperature] {
            guard let value = Double(String(buffer: temperature.value)), value <= 1 else {
                throw cannot(temperature.index, "is above 1 and cannot be expressed")
            }
            member(",\"temperature\":", temperature.value)
        }
        member(",\"top_p\":", request.settings[.topP]?.value)
        member(",\"top_k\":", request.settings[.topK]?.value)
        stops(",\"stop_sequences\":")
        if let user = source.endUser {
            out.raw(",\"metadata\":{\"user_id\":")
            out.string(user)
            out.raw("}")
        }
    }

    private mutating func writeMessagesTools() throws(RequestError) {
        guard !request.tools.isEmpty else {
            if let choice = request.toolChoice, case .tool = choice.value { throw cannot(choice.index) }
            return
        }
        out.raw(",\"tools\":")
        try list(request.tools) { (writer, tool) throws(RequestError) in
            writer.out.raw("{\"name\":")
            writer.out.string(tool.name)
            writer.member(",\"description\":", text: tool.description)
            writer.member(",\"input_schema\":", tool.schema ?? NeutralWriter.anySchema)
            if tool.isStrict == true { writer.out.raw(",\"strict\":true") }
            writer.out.raw("}")
        }
        let oneAtATime = request.parallelTools?.value == false
        guard request.toolChoice != nil || oneAtATime else { return }
        out.raw(",\"tool_choice\":{\"type\":")
        switch request.toolChoice?.value ?? .automatic {
        case .automatic: out.raw("\"auto\"")
        case .none: out.raw("\"none\"")
        case .any: out.raw("\"any\"")
        case .tool(let name):
            out.raw("\"tool\"")
            member(",\"name\":", text: name)
        }
        if oneAtATime {
            if case .none? = request.toolChoice?.value {} else { out.raw(",\"disable_parallel_tool_use\":true") }
        }
        out.raw("}")
    }

    /// Thinking, its effort and the form of the answer.
    private mutating func writeMessagesReasoning() throws(RequestError) {
        var effort: String?
        if let reasoning = request.reasoning {
            switch reasoning.value {
            case .off: out.raw(",\"thinking\":{\"type\":\"disabled\"}")
            case .adaptive: out.raw(",\"thinking\":{\"type\":\"adaptive\"}")
            case .effort(let word):
                guard ["low", "medium", "high", "max"].contains(word) else { throw cannot(reasoning.index) }
                out.raw(",\"thinking\":{\"type\":\"adaptive\"}")
                effort = word
            case .budget(let tokens):
                out.raw(",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":")
                out.integer(tokens)
                out.raw("}")
            }
        }
        var schema: ByteBuffer?
        if let format = request.format {
            switch format.value {
            case .text: break
            case .object: throw cannot(format.index, "asks for JSON without a schema, which cannot be expressed")
            case .schema(let text, _, let description, _): schema = try described(text, description)
            }
        }
        guard effort != nil || schema != nil else { return }
        out.raw(",\"output_config\":{")
        if let effort {
            out.raw("\"effort\":")
            out.string(effort)
            if schema != nil { out.raw(",") }
        }
        if let schema {
            out.raw("\"format\":{\"type\":\"json_schema\",\"schema\":")
            out.raw(schema)
            out.raw("}")
        }
        out.raw("}")
    }

    private mutating func writeMessage(_ turn: NeutralTurn) throws(RequestError) {
        out.raw(turn.role == .assistant ? "{\"role\":\"assistant\",\"content\":" : "{\"role\":\"user\",\"content\":")
        // Results must come first in their turn.
        let results = turn.parts.filter { if case .result = $0.kind { true } else { false } }
        let others = turn.parts.filter { if case .result = $0.kind { false } else { true } }
        try list(results + others) { (writer, part) throws(RequestError) in try writer.writeBlock(part) }
        out.raw("}")
    }

    private mutating func writeBlock(_ part: NeutralPart) throws(RequestError) {
        switch part.kind {
        case .text(let text), .refusal(let text):
            out.raw("{\"type\":\"text\",\"text\":")
            out.string(text)
        case .reasoning(let text, let signature):
            guard let signature else {
                throw cannot(part.index, "is reasoning without a signature, which has no place")
            }
            out.raw("{\"type\":\"thinking\",\"thinking\":")
            out.string(text)
            member(",\"signature\":", text: signature)
        case .sealed(let data):
            out.raw("{\"type\":\"redacted_thinking\",\"data\":")
            out.string(data)
        case .image(let media, let detail):
            guard detail == nil else { throw cannot(part.index, "asks for a detail, which cannot be expressed") }
            out.raw("{\"type\":\"image\",\"source\":")
            writeSource(media)
        case .document(let media, let name):
            out.raw("{\"type\":\"document\",\"source\":")
            writeSource(media)
            member(",\"title\":", text: name)
        case .call(let id, let name, let arguments):
            guard arguments.isJSONObject else {
                throw cannot(part.index, "holds no JSON object, and arguments must be one")
            }
            out.raw("{\"type\":\"tool_use\",\"id\":")
            out.string(id)
            member(",\"name\":", text: name)
            member(",\"input\":", arguments)
        case .result(let call, let parts, let isError):
            out.raw("{\"type\":\"tool_result\",\"tool_use_id\":")
            out.string(call)
            if !parts.isEmpty {
                out.raw(",\"content\":")
                try list(parts) { (writer, part) throws(RequestError) in try writer.writeBlock(part) }
            }
            if isError { out.raw(",\"is_error\":true") }
        }
        out.raw("}")
    }

    private mutating func writeSource(_ media: NeutralMedia) {
        switch media {
        case .data(let type, let base64):
            out.raw("{\"type\":\"base64\",\"media_type\":")
            out.string(type)
            member(",\"data\":", text: base64)
        case .address(let address):
            out.raw("{\"type\":\"url\",\"url\":")
            out.string(address)
        }
        out.raw("}")
    }
}
