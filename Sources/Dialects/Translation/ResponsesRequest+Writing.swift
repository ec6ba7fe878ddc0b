internal import NIOCore

/// OpenAI's responses, written.
extension NeutralWriter {
    mutating func writeResponses() throws(RequestError) {
        try refuse(.topK, .presencePenalty, .frequencyPenalty, .seed)
        if let choices = request.choices { throw cannot(choices.index) }
        if let stop = request.stops.first { throw cannot(stop.index) }
        if let logprobs = request.logprobs { throw cannot(logprobs.index) }
        if let last = request.turns.last, last.role == .assistant,
            !last.parts.contains(where: { if case .call = $0.kind { true } else { false } })
        {
            throw cannot(last.index, "begins the answer, which cannot be expressed")
        }
        out.raw("{\"model\":")
        out.string(model)
        // What is kept there would be kept by somebody else.
        out.raw(",\"store\":false,\"input\":")
        var items: [ResponsesItem] = []
        for turn in request.turns { items += Self.items(of: turn) }
        guard !items.isEmpty else {
            throw cannot(request.turns.last?.index ?? 0, "leaves no turn to answer, which cannot be expressed")
        }
        try list(items) { (writer, item) throws(RequestError) in try writer.writeResponses(item) }
        if let most = source.maxTokens {
            out.raw(",\"max_output_tokens\":")
            out.integer(most)
        }
        member(",\"temperature\":", request.settings[.temperature]?.value)
        member(",\"top_p\":", request.settings[.topP]?.value)
        if let user = source.endUser {
            out.raw(",\"user\":")
            out.string(user)
        }
        writeResponsesTools()
        writeResponsesForm()
        if let word = request.reasoning?.value.word {
            out.raw(",\"reasoning\":{\"effort\":")
            out.string(word)
            out.raw("}")
        }
        if source.stream { out.raw(",\"stream\":true") }
        out.raw("}")
    }

    /// One item of the input.
    private enum ResponsesItem {
        case message(NeutralTurn.Role, [NeutralPart])
        case other(NeutralPart)
    }

    private static func items(of turn: NeutralTurn) -> [ResponsesItem] {
        var items: [ResponsesItem] = []
        var texts: [NeutralPart] = []
        for part in turn.parts {
            switch part.kind {
            case .text, .refusal, .image, .document: texts.append(part)
            case .reasoning, .sealed, .call, .result:
                if !texts.isEmpty { items.append(.message(turn.role, texts)) }
                texts = []
                items.append(.other(part))
            }
        }
        if !texts.isEmpty || turn.parts.isEmpty { items.append(.message(turn.role, texts)) }
        return items
    }

    private mutating func writeResponses(_ item: ResponsesItem) throws(RequestError) {
        switch item {
        case .message(let role, let parts):
            out.raw("{\"type\":\"message\",\"role\":")
            switch role {
            case .system: out.raw("\"system\"")
            case .developer: out.raw("\"developer\"")
            case .user: out.raw("\"user\"")
            case .assistant: out.raw("\"assistant\"")
            }
            out.raw(",\"content\":")
            try list(parts) { (writer, part) throws(RequestError) in
                try writer.writeResponses(part: part, isOutput: role == .assistant)
            }
        case .other(let part):
            switch part.kind {
            case .call(let id, let name, let arguments):
                out.raw("{\"type\":\"function_call\",\"call_id\":")
                out.string(id)
                member(",\"name\":", text: name)
                member(",\"arguments\":", text: arguments)
            case .result(let call, let parts, let isError):
                out.raw("{\"type\":\"function_call_output\",\"call_id\":")
                out.string(call)
                out.raw(",\"output\":")
                try writeResponses(output: parts, isError: isError, index: part.index)
            case .reasoning(let text, let signature):
                if signature != nil { request.ignore("signature") }
                out.raw("{\"type\":\"reasoning\",\"summary\":[],\"content\":[{\"type\":\"reasoning_text\",\"text\":")
                out.string(text)
                out.raw("}]")
            default: throw cannot(part.index)
            }
        }
        out.raw("}")
    }

    private mutating func writeResponses(output parts: [NeutralPart], isError: Bool, index: Int) throws(RequestError) {
        let mark = NeutralPart(kind: .text(ByteBuffer(string: "[The tool failed.]")), index: index)
        let parts = (isError ? [mark] : []) + parts
        if parts.isEmpty { return out.raw("\"\"") }
        if parts.count == 1, case .text(let text) = parts[0].kind { return out.string(text) }
        try list(parts) { (writer, part) throws(RequestError) in try writer.writeResponses(part: part, isOutput: false)
        }
    }

    private mutating func writeResponses(part: NeutralPart, isOutput: Bool) throws(RequestError) {
        switch part.kind {
        case .text(let text):
            out.raw(isOutput ? "{\"type\":\"output_text\",\"text\":" : "{\"type\":\"input_text\",\"text\":")
            out.string(text)
        case .refusal(let text):
            out.raw("{\"type\":\"refusal\",\"refusal\":")
            out.string(text)
        case .image(let media, let detail):
            out.raw("{\"type\":\"input_image\",\"image_url\":")
            switch media {
            case .data(let type, let base64): dataAddress(type, base64)
            case .address(let address): out.string(address)
            }
            out.raw(",\"detail\":")
            out.string(detail ?? ByteBuffer(string: "auto"))
        case .document(let media, let name):
            switch media {
            case .data(let type, let base64):
                out.raw("{\"type\":\"input_file\",\"filename\":")
                out.string(name ?? ByteBuffer(string: "document.pdf"))
                out.raw(",\"file_data\":")
                dataAddress(type, base64)
            case .address(let address):
                out.raw("{\"type\":\"input_file\",\"file_url\":")
                out.string(address)
            }
        case .reasoning, .sealed, .call, .result: throw cannot(part.index)
        }
        out.raw("}")
    }

    private mutating func writeResponsesTools() {
        if !request.tools.isEmpty {
            out.raw(",\"tools\":[")
            for (number, tool) in request.tools.enumerated() {
                out.raw(number > 0 ? ",{\"type\":\"function\",\"name\":" : "{\"type\":\"function\",\"name\":")
                out.string(tool.name)
                member(",\"description\":", text: tool.description)
                member(",\"parameters\":", tool.schema ?? Self.anySchema)
                out.raw(tool.isStrict == true ? ",\"strict\":true}" : ",\"strict\":false}")
            }
            out.raw("]")
        }
        if let choice = request.toolChoice {
            switch choice.value {
            case .automatic: out.raw(",\"tool_choice\":\"auto\"")
            case .none: out.raw(",\"tool_choice\":\"none\"")
            case .any: out.raw(",\"tool_choice\":\"required\"")
            case .tool(let name):
                out.raw(",\"tool_choice\":{\"type\":\"function\",\"name\":")
                out.string(name)
                out.raw("}")
            }
        }
        if let parallel = request.parallelTools {
            out.raw(parallel.value ? ",\"parallel_tool_calls\":true" : ",\"parallel_tool_calls\":false")
        }
    }

    private mutating func writeResponsesForm() {
        guard request.format != nil || request.verbosity != nil else { return }
        out.raw(",\"text\":{\"format\":{\"type\":")
        switch request.format?.value ?? .text {
        case .text: out.raw("\"text\"}")
        case .object: out.raw("\"json_object\"}")
        case .schema(let schema, let name, let description, let isStrict):
            out.raw("\"json_schema\",\"name\":")
            out.string(name ?? ByteBuffer(string: "answer"))
            member(",\"description\":", text: description)
            out.raw(",\"schema\":")
            out.raw(schema)
            out.raw(isStrict == false ? ",\"strict\":false}" : ",\"strict\":true}")
        }
        member(",\"verbosity\":", text: request.verbosity?.value)
        out.raw("}")
    }
}
