/// What an answer's reader and writer must know of the request; it keeps nothing of its body.
public struct AnswerOptions: Sendable {
    /// What stays the same whoever answers: kept once, since many hold it for as long as an answer runs.
    private final class Asked: Sendable {
        let dialect: Dialect
        let modelName: String
        let choices: Int
        let wantsUsage: Bool
        let passesNumbers: Bool
        let stops: [String]
        let encoding: VectorEncoding?

        init(_ request: ModelRequest, modelName: String) {
            dialect = request.dialect
            self.modelName = modelName
            choices = request.choices
            wantsUsage = request.wantsUsage
            stops = request.stops
            encoding = request.encoding
            passesNumbers = request.sensitive.contains { $0.kind == .tokenIDs || $0.kind == .embeddings }
        }
    }

    private let asked: Asked
    /// The dialect of the server that answers.
    var upstream: Dialect

    /// Takes from a request what its answer needs.
    ///
    /// - Parameter modelName: The name that the client asked for; answers carry it, whatever the upstream says.
    public init(_ request: ModelRequest, modelName: String) {
        asked = Asked(request, modelName: modelName)
        upstream = request.dialect
    }

    /// The same for a server that speaks another dialect than the client.
    public func speaking(_ upstream: Dialect, _ profile: UpstreamProfile = UpstreamProfile()) -> AnswerOptions {
        var other = self
        other.upstream = upstream
        other.profile = profile
        return other
    }

    /// The client's dialect.
    var dialect: Dialect { asked.dialect }
    /// The name that the client asked for, and gets back.
    var modelName: String { asked.modelName }
    var choices: Int { asked.choices }
    var wantsUsage: Bool { asked.wantsUsage }
    /// Whether the request asks for token ids (and was let through).
    var passesNumbers: Bool { asked.passesNumbers }
    /// Where the request asks the model to stop; only these are told as the text that stopped it.
    var stops: [String] { asked.stops }
    /// How vectors are to be written.
    var encoding: VectorEncoding? { asked.encoding }

    /// What is peculiar to the server.
    var profile = UpstreamProfile()
    /// Under which name chat completions tell reasoning, where they are written anew.
    var reasoningKey: ReasoningKey { profile.emits ?? .reasoningContent }

    /// Whether the answer is written anew; responses say every text twice and more, so they are in any case.
    var isTranslated: Bool {
        dialect != .embeddings
            && (dialect != upstream || dialect == .responses || profile.changesAnswers || isRewritten)
    }

    /// Whether something in it has been replaced.
    var isRewritten = false

    /// Replaces the model's name in an answer if it is another one, or something else.
    func rename(_ index: Int, _ view: JSONView, _ edits: inout Splice) {
        // What is no name could carry anything, and nobody judges it.
        guard view.kind(index) != .string || !view.spells(index, modelName) else { return }
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
