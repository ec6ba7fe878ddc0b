/// What an answer's reader must know of the request; it keeps nothing of its body.
struct AnswerOptions: Sendable {
    let dialect: Dialect
    /// The name that the client asked for, and gets back.
    let modelName: String
    let choices: Int
    let wantsUsage: Bool
    /// Whether the request asks for token ids (and was let through).
    let passesNumbers: Bool

    init(_ request: ModelRequest, modelName: String) {
        dialect = request.dialect
        self.modelName = modelName
        choices = request.choices
        wantsUsage = request.wantsUsage
        passesNumbers = request.sensitive.contains { $0.kind == .tokenIDs || $0.kind == .embeddings }
    }

    /// Replaces the model's name in an answer if it is another one.
    func rename(_ index: Int, _ view: JSONView, _ edits: inout Splice) {
        guard view.kind(index) == .string, !view.spells(index, modelName) else { return }
        var writer = JSONWriter()
        writer.string(modelName)
        edits.replace(view.range(index), with: writer.buffer)
    }
}

/// Which event of a stream is meant, for messages.
struct EventPlace: CustomStringConvertible {
    var number: Int
    /// The body of an answer that did not stream.
    static let body = EventPlace(number: 0)

    var description: String { number == 0 ? "the answer" : "event \(number)" }
}
