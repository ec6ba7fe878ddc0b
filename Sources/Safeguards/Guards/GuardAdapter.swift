public import Constitution

/// Speaks one guard's language: an exchange into calls, replies into an opinion.
///
/// A pure value.
public struct GuardAdapter: Sendable {
    /// Whose language.
    public let kind: GuardKind
    /// The model's name at its server.
    public let model: String
    let categories: [Category]
    private let policy: String
    private let labels: [String: [String]]

    /// - Parameter labels: What a guard's labels stand for, where it is not what is usual.
    public init(_ kind: GuardKind, model: String, constitution: Constitution, labels: [String: [String]] = [:]) {
        (self.kind, self.model) = (kind, model)
        categories = constitution.categories
        policy = kind == .gptOSSSafeguard ? GuardPolicy.text(constitution) : ""
        let known = Set(constitution.categories.map(\.id))
        self.labels = kind.labels.merging(labels) { $1 }.mapValues { $0.filter(known.contains) }
    }

    // MARK: Asking

    /// The calls that an exchange takes: one, or one for each category.
    public func calls(for exchange: GuardExchange) -> [GuardCall] {
        switch kind {
        case .llamaGuard:
            [chat(turns(exchange), ["max_tokens": .number(20), "logprobs": .bool(true), "top_logprobs": .number(5)])]
        case .qwen3Guard: [chat(turns(exchange), ["max_tokens": .number(64)])]
        case .gptOSSSafeguard:
            [
                chat(
                    [message("system", policy), message("user", transcript(exchange))],
                    ["max_tokens": .number(1_024), "reasoning_effort": .string("low")])
            ]
        case .wildGuard: [completion(GuardTemplates.wildGuard(exchange), tokens: 64)]
        case .polyGuard:
            [
                chat(
                    [
                        message("system", GuardTemplates.polyGuardSystem),
                        message("user", GuardTemplates.polyGuardUser(exchange)),
                    ], ["max_tokens": .number(100)])
            ]
        case .shieldGemma:
            categories.map { category in
                var call = completion(
                    GuardTemplates.shieldGemma(exchange, GuardPolicy.guideline(category)), tokens: 1, logprobs: 10)
                call.category = category.id
                return call
            }
        case .graniteGuardian:
            categories.map { category in
                let risk: JSONValue = .object([
                    "risk_name": .string(category.id),
                    "risk_definition": .string(category.forbids.map(\.english).joined(separator: " ")),
                ])
                var call = chat(
                    turns(exchange),
                    [
                        "max_tokens": .number(20), "logprobs": .bool(true), "top_logprobs": .number(5),
                        "chat_template_kwargs": .object(["guardian_config": risk]),
                    ])
                call.category = category.id
                return call
            }
        case .openAIModeration:
            [call("/v1/moderations", ["model": .string(model), "input": .string(transcript(exchange))])]
        }
    }

    private func call(_ path: String, _ fields: [String: JSONValue]) -> GuardCall {
        GuardCall(path: path, body: Array(JSONValue.object(fields).encoded.utf8))
    }

    private func chat(_ messages: [JSONValue], _ more: [String: JSONValue]) -> GuardCall {
        let fields: [String: JSONValue] = [
            "model": .string(model), "messages": .array(messages), "temperature": .number(0), "stream": .bool(false),
        ]
        return call("/v1/chat/completions", fields.merging(more) { $1 })
    }

    private func completion(_ prompt: String, tokens: Int, logprobs: Int? = nil) -> GuardCall {
        var fields: [String: JSONValue] = [
            "model": .string(model), "prompt": .string(prompt), "max_tokens": .number(Double(tokens)),
            "temperature": .number(0), "stream": .bool(false),
        ]
        if let logprobs { fields["logprobs"] = .number(Double(logprobs)) }
        return call("/v1/completions", fields)
    }

    private func message(_ role: String, _ text: String) -> JSONValue {
        .object(["role": .string(role), "content": .string(text)])
    }

    private func turns(_ exchange: GuardExchange) -> [JSONValue] {
        var messages = exchange.turns.map { message($0.isModel ? "assistant" : "user", $0.text) }
        if let answer = exchange.answer { messages.append(message("assistant", answer)) }
        return messages
    }

    private func transcript(_ exchange: GuardExchange) -> String {
        guard exchange.answer != nil || exchange.turns.count > 1 else { return exchange.request }
        var parts = exchange.turns.map { "[\($0.isModel ? "assistant" : "user")]\n\($0.text)" }
        if let answer = exchange.answer { parts.append("[assistant]\n\(answer)") }
        return parts.joined(separator: "\n\n")
    }

    // MARK: Reading

    /// What the replies say; one for each call, in their order, status 200 all of them.
    public func opinion(_ replies: [[UInt8]], to calls: [GuardCall], aboutAnswer: Bool) throws(GuardFault)
        -> GuardOpinion
    {
        guard replies.count == calls.count, !replies.isEmpty else { throw .notAReply }
        var best: GuardOpinion?
        for (reply, call) in zip(replies, calls) {
            guard reply.count <= 1 << 20, let json = JSONValue(reply) else { throw .notAReply }
            var opinion = try read(json, aboutAnswer: aboutAnswer)
            if let category = call.category { opinion = GuardOpinion(score: opinion.score, categories: [category]) }
            if opinion.score > best?.score ?? -1 { best = opinion }
        }
        guard let best, best.score.isFinite, 0...1 ~= best.score else { throw .garbled }
        return best
    }

    private func read(_ json: JSONValue, aboutAnswer: Bool) throws(GuardFault) -> GuardOpinion {
        if kind == .openAIModeration { return try moderation(json) }
        let reply = try GuardReply(json)
        switch kind {
        case .llamaGuard: return try llamaGuard(reply)
        case .qwen3Guard: return try qwen3Guard(reply)
        case .gptOSSSafeguard: return try safeguard(reply)
        case .shieldGemma: return GuardOpinion(score: try reply.yes())
        case .graniteGuardian: return GuardOpinion(score: try granite(reply))
        case .wildGuard, .polyGuard: return try interaction(reply, aboutAnswer: aboutAnswer)
        case .openAIModeration: throw .garbled
        }
    }

    /// Labels as categories, each once.
    private func mapped(_ score: Float, _ labels: [String]) -> GuardOpinion {
        var categories: [String] = []
        for label in labels { categories += (self.labels[label] ?? []).filter { !categories.contains($0) } }
        return GuardOpinion(score: score, labels: labels, categories: categories)
    }

    private func llamaGuard(_ reply: GuardReply) throws(GuardFault) -> GuardOpinion {
        let lines = reply.text.lines
        switch lines.first {
        case "safe": return GuardOpinion(score: reply.chance(of: "unsafe", against: "safe") ?? 0)
        case "unsafe":
            let labels = (lines.dropFirst().first ?? "").parted(by: ",")
            return mapped(reply.chance(of: "unsafe", against: "safe") ?? 1, labels)
        default: throw .garbled
        }
    }

    private func qwen3Guard(_ reply: GuardReply) throws(GuardFault) -> GuardOpinion {
        let fields = reply.text.fields
        let scores: [String: Float] = ["safe": 0, "controversial": 0.5, "unsafe": 1]
        guard let score = scores[fields["safety"]?.lowercased() ?? ""] else { throw .garbled }
        return mapped(score, (fields["categories"] ?? "").parted(by: ",").filter { $0 != "None" })
    }

    private func safeguard(_ reply: GuardReply) throws(GuardFault) -> GuardOpinion {
        guard let object = JSONValue.firstObject(in: reply.text) else { throw .garbled }
        let isBroken: Bool
        switch object["violation"] {
        case .bool(let value): isBroken = value
        case .number(let value) where value == 0 || value == 1: isBroken = value == 1
        default: throw .garbled
        }
        guard isBroken else { return GuardOpinion(score: 0) }
        let sure = object["confidence"]?.number.map { Float(min(1, max(0.5, $0))) } ?? 1
        let id = object["category"]?.text ?? ""
        return GuardOpinion(
            score: sure, labels: id.isEmpty ? [] : [String(id.prefix(64))],
            categories: categories.contains { $0.id == id } ? [id] : [])
    }

    private func granite(_ reply: GuardReply) throws(GuardFault) -> Float {
        let text = reply.text
        let word: String
        if let start = text.range(of: "<score>"), let end = text.range(of: "</score>", from: start.upperBound) {
            word = String(text[start.upperBound..<end.lowerBound]).trimmed.lowercased()
        } else {
            word = (text.lines.first ?? "").lowercased()
        }
        switch word {
        case "yes": return reply.chance(of: "yes", against: "no") ?? 1
        case "no": return reply.chance(of: "yes", against: "no") ?? 0
        default: throw .garbled
        }
    }

    private func interaction(_ reply: GuardReply, aboutAnswer: Bool) throws(GuardFault) -> GuardOpinion {
        let fields = reply.text.fields
        func isYes(_ name: String) throws(GuardFault) -> Bool? {
            switch fields[name]?.lowercased() {
            case "yes": true
            case "no": false
            case nil, "n/a": nil
            default: throw .garbled
            }
        }
        guard let request = try isYes("harmful request") else { throw .garbled }
        let answer = try isYes("harmful response")
        if aboutAnswer, answer == nil { throw .garbled }
        guard aboutAnswer ? answer == true : request else { return GuardOpinion(score: 0) }
        let violated = fields[aboutAnswer ? "response safety violations" : "request safety violations"] ?? ""
        // Codes are parted by commas or by spaces.
        let labels = violated.parted(by: ",").flatMap { $0.parted(by: " ") }
        return mapped(1, labels.filter { $0 != "None" })
    }

    private func moderation(_ json: JSONValue) throws(GuardFault) -> GuardOpinion {
        guard let result = json["results"]?[0], let scores = result["category_scores"]?.fields, !scores.isEmpty else {
            throw .notAReply
        }
        var worst: (label: String, score: Double)?
        for (label, score) in scores.sorted(by: { $0.key < $1.key }) {
            guard let score = score.number, 0...1 ~= score else { throw .garbled }
            guard labels[label]?.isEmpty == false else { continue }
            if score > worst?.score ?? -1 { worst = (label, score) }
        }
        var opinion = worst.map { mapped(Float($0.score), [$0.label]) } ?? GuardOpinion(score: 0)
        opinion.scores = scores.compactMapValues { $0.number.map { Float($0) } }
        return opinion
    }

    /// The category that an opinion refuses under; nil where the constitution forbids nothing that it names.
    ///
    /// - Parameter doubt: The category that the stages before were in doubt about.
    public func category(of opinion: GuardOpinion, inDoubt doubt: String?) -> String? {
        if let doubt, opinion.categories.contains(doubt) { return doubt }
        if let first = opinion.categories.first { return first }
        guard opinion.labels.isEmpty else { return nil }
        return doubt ?? categories.last { !$0.isAbsolute }?.id
    }
}
