internal import NIOCore

/// How a request is set, beside its text: what tells programs apart that send the same kind of request.
public struct RequestHabits: Sendable, Equatable {
    /// The temperature in thousandths; nil if it is not given.
    public var temperature: Int?
    /// Whether tools are offered.
    public var hasTools: Bool
}

extension ModelRequest {
    /// How the request is set.
    public var habits: RequestHabits {
        JSONView.read(document.bytes, document.tokens) { view in
            var habits = RequestHabits(temperature: nil, hasTools: false)
            if let value = view.member(0, "temperature"), view.kind(value) == .number,
                let number = Double(String(buffer: view.raw(value))), number >= 0, number <= 1_000
            {
                habits.temperature = Int((number * 1_000).rounded())
            }
            if let tools = view.member(0, "tools"), view.kind(tools) == .array {
                habits.hasTools = !view.isEmpty(tools)
            }
            return habits
        }
    }

    /// The request with fewer answers, or without the probabilities of tokens; itself if it asks for nothing of that.
    ///
    /// Every other byte stays as it came.
    public func curbed(choices most: Int?, withoutLogprobs: Bool) -> ModelRequest {
        let edits = JSONView.read(document.bytes, document.tokens) { view in
            var edits = Splice()
            if let most, choices > most, let asked = view.member(0, "n") {
                edits.replace(view.range(asked), with: ByteBuffer(string: "\(max(1, most))"))
            }
            guard withoutLogprobs else { return edits }
            if let asked = view.member(0, "logprobs"), view.kind(asked) == .yes || view.kind(asked) == .number {
                edits.replace(view.range(asked), with: ByteBuffer(string: dialect == .openAI ? "false" : "null"))
            }
            if let count = view.member(0, "top_logprobs"), view.kind(count) == .number {
                edits.replace(view.range(count), with: ByteBuffer(string: "null"))
            }
            return edits
        }
        guard !edits.isEmpty else { return self }
        // What was a request stays one: only numbers and truth values have changed.
        return (try? Self.parse(edits.applied(to: document.bytes), dialect: dialect)) ?? self
    }
}
