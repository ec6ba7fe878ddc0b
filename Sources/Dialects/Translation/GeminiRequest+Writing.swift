internal import NIOCore

/// Gemini's `generateContent`, written; the model's name and whether it streams stand in the address.
extension NeutralWriter {
    mutating func writeGemini() throws(RequestError) {
        if let verbosity = request.verbosity { throw cannot(verbosity.index) }
        // It has no word for one call at a time: the client is told that it was not said.
        if request.parallelTools?.value == false { request.ignore("parallel_tool_calls") }
        if let logprobs = request.logprobs { throw cannot(logprobs.index) }
        let (system, turns) = try instructions()
        out.raw("{")
        if !system.isEmpty {
            out.raw("\"systemInstruction\":{\"parts\":")
            try list(system) { (writer, text) throws(RequestError) in
                writer.out.raw("{\"text\":")
                writer.out.string(text)
                writer.out.raw("}")
            }
            out.raw("},")
        }
        out.raw("\"contents\":")
        let names = callNames(turns)
        try list(try merged(turns)) { (writer, turn) throws(RequestError) in
            writer.out.raw(turn.role == .assistant ? "{\"role\":\"model\",\"parts\":" : "{\"role\":\"user\",\"parts\":")
            try writer.list(turn.parts) { (writer, part) throws(RequestError) in try writer.writeGemini(part, names) }
            writer.out.raw("}")
        }
        try writeGeminiTools()
        try writeGeminiSettings()
        if source.endUser != nil { request.ignore("user") }
        out.raw("}")
    }

    /// The name of the tool behind each call's id: results must name it.
    private func callNames(_ turns: [NeutralTurn]) -> [ByteBuffer: ByteBuffer] {
        var names: [ByteBuffer: ByteBuffer] = [:]
        for turn in turns {
            for part in turn.parts {
                if case .call(let id, let name, _) = part.kind { names[id] = name }
            }
        }
        return names
    }

    private mutating func writeGemini(_ part: NeutralPart, _ names: [ByteBuffer: ByteBuffer]) throws(RequestError) {
        switch part.kind {
        case .text(let text), .refusal(let text):
            out.raw("{\"text\":")
            out.string(text)
        case .reasoning(let text, let signature):
            out.raw("{\"text\":")
            out.string(text)
            out.raw(",\"thought\":true")
            member(",\"thoughtSignature\":", text: signature)
        case .image(let media, let detail):
            guard detail == nil else { throw cannot(part.index, "asks for a detail, which cannot be expressed") }
            try writeGemini(media, part.index)
        case .document(let media, _): try writeGemini(media, part.index)
        case .call(_, let name, let arguments):
            guard arguments.isJSONObject else {
                throw cannot(part.index, "holds no JSON object, and arguments must be one")
            }
            out.raw("{\"functionCall\":{\"name\":")
            out.string(name)
            member(",\"args\":", arguments)
            out.raw("}")
        case .result(let call, let parts, let isError):
            guard let name = names[call] else {
                throw cannot(
                    part.index, "is the result of a call that no turn before it makes, which cannot be expressed")
            }
            out.raw("{\"functionResponse\":{\"name\":")
            out.string(name)
            out.raw(isError ? ",\"response\":{\"error\":" : ",\"response\":{\"result\":")
            var all = ByteBuffer()
            for part in parts {
                guard case .text(let text) = part.kind else { throw cannot(part.index) }
                if all.readableBytes > 0 { all.writeStaticString("\n") }
                all.writeImmutableBuffer(text)
            }
            out.string(all)
            out.raw("}}")
        case .sealed: throw cannot(part.index)
        }
        out.raw("}")
    }

    private mutating func writeGemini(_ media: NeutralMedia, _ index: Int) throws(RequestError) {
        guard case .data(let type, let base64) = media else {
            throw cannot(index, "stands at an address, which cannot be expressed")
        }
        out.raw("{\"inlineData\":{\"mimeType\":")
        out.string(type)
        member(",\"data\":", text: base64)
        out.raw("}")
    }

    private mutating func writeGeminiTools() throws(RequestError) {
        if !request.tools.isEmpty {
            out.raw(",\"tools\":[{\"functionDeclarations\":")
            try list(request.tools) { (writer, tool) throws(RequestError) in
                if tool.isStrict == true { writer.request.ignore("strict") }
                writer.out.raw("{\"name\":")
                writer.out.string(tool.name)
                writer.member(",\"description\":", text: tool.description)
                writer.member(",\"parametersJsonSchema\":", tool.schema)
                writer.out.raw("}")
            }
            out.raw("}]")
        }
        guard let choice = request.toolChoice else { return }
        out.raw(",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":")
        switch choice.value {
        case .automatic: out.raw("\"AUTO\"")
        case .none: out.raw("\"NONE\"")
        case .any: out.raw("\"ANY\"")
        case .tool(let name):
            out.raw("\"ANY\",\"allowedFunctionNames\":[")
            out.string(name)
            out.raw("]")
        }
        out.raw("}}")
    }

    private mutating func writeGeminiSettings() throws(RequestError) {
        var settings = JSONWriter()
        func add(_ key: StaticString, _ value: ByteBuffer?) {
            guard let value else { return }
            if settings.buffer.readableBytes > 0 { settings.raw(",") }
            settings.raw(key)
            settings.raw(value)
        }
        if let most = source.maxTokens { add("\"maxOutputTokens\":", ByteBuffer(string: String(most))) }
        add("\"temperature\":", request.settings[.temperature]?.value)
        add("\"topP\":", request.settings[.topP]?.value)
        add("\"topK\":", request.settings[.topK]?.value)
        add("\"seed\":", request.settings[.seed]?.value)
        add("\"presencePenalty\":", request.settings[.presencePenalty]?.value)
        add("\"frequencyPenalty\":", request.settings[.frequencyPenalty]?.value)
        if let choices = request.choices { add("\"candidateCount\":", ByteBuffer(string: String(choices.value))) }
        if !request.stops.isEmpty {
            var list = JSONWriter()
            for stop in request.stops {
                list.raw(list.buffer.readableBytes == 0 ? "[" : ",")
                list.string(stop.value)
            }
            list.raw("]")
            add("\"stopSequences\":", list.buffer)
        }
        switch request.format?.value {
        case .object: add("\"responseMimeType\":", ByteBuffer(string: "\"application/json\""))
        case .schema(let schema, _, let description, _):
            add("\"responseMimeType\":", ByteBuffer(string: "\"application/json\""))
            add("\"responseJsonSchema\":", try described(schema, description))
        case .text, nil: break
        }
        if let thinking = try geminiThinking() { add("\"thinkingConfig\":", thinking) }
        guard settings.buffer.readableBytes > 0 else { return }
        out.raw(",\"generationConfig\":{")
        out.raw(settings.buffer)
        out.raw("}")
    }

    private func geminiThinking() throws(RequestError) -> ByteBuffer? {
        guard let reasoning = request.reasoning else { return nil }
        switch reasoning.value {
        case .off: return ByteBuffer(string: "{\"thinkingBudget\":0}")
        case .adaptive: return ByteBuffer(string: "{\"includeThoughts\":true,\"thinkingBudget\":-1}")
        case .budget(let tokens):
            return ByteBuffer(string: "{\"includeThoughts\":true,\"thinkingBudget\":\(tokens)}")
        case .effort(let word):
            guard ["minimal", "low", "medium", "high"].contains(word) else { throw cannot(reasoning.index) }
            return ByteBuffer(string: "{\"includeThoughts\":true,\"thinkingLevel\":\"\(word)\"}")
        }
    }
}
