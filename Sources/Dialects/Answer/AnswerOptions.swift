/// What an answer's reader must know of the request; it keeps nothing of its body.
struct AnswerOptions: Sendable {
    /// The client's dialect.
    let dialect: Dialect
    /// The dialect of the server that answers.
    var upstream: Dialect
    /// The name that the client asked for, and gets back.
    let modelName: String
    let choices: Int
    let wantsUsage: Bool
    /// Whether the request asks for token ids (and was let through).
    let passesNumbers: Bool
    /// Where the request asks the model to stop; only these are told as the text that stopped it.
    let stops: [String]

    init(_ request: ModelRequest, modelName: String) {
        dialect = request.dialect
        upstream = request.dialect
        self.modelName = modelName
        choices = request.choices
        wantsUsage = request.wantsUsage
        stops = request.stops
        passesNumbers = request.sensitive.contains { $0.kind == .tokenIDs || $0.kind == .embeddings }
    }

    /// What is peculiar to the server.
    var profile = UpstreamProfile()
    /// Under which name chat completions tell reasoning, where they are written anew.
    var reasoningKey: ReasoningKey { profile.emits ?? .reasoningContent }

    /// Whether the answer is written anew; responses say every text twice and more, so they are in any case.
    var isTranslated: Bool { dialect != upstream || dialect == .responses || profile.changesAnswers || isRewritten }

    /// Whether something in it has been replaced.
    var isRewritten = false

    /// Replaces the model's name in an answer if it is another one.
    func rename(_ index: Int, _ view: JSONView, _ edits: inout Splice) {
        guard view.kind(index) == .string, !view.spells(index, modelName) else { return }
        var writer = JSONWriter()
        writer.string(modelName)
        edits.replace(view.range(index), with: writer.buffer)
    }
}

/// The name under which chat completions carry reasoning.
public enum ReasoningKey: String, Sendable, Hashable, CaseIterable {
    /// `reasoning`.
    case reasoning
    /// `reasoning_content`.
    case reasoningContent = "reasoning_content"

    /// The key as JSON, with its colon.
    var field: StaticString { self == .reasoning ? "\"reasoning\":" : "\"reasoning_content\":" }
}

/// Which event of a stream is meant, for messages.
struct EventPlace: CustomStringConvertible {
    var number: Int
    /// The body of an answer that did not stream.
    static let body = EventPlace(number: 0)

    var description: String { number == 0 ? "the answer" : "event \(number)" }
}
