/// How the numbers of a vector are written.
public enum VectorEncoding: String, Sendable, Hashable, CaseIterable {
    /// A list of numbers.
    case float
    /// The numbers' 32 bits each, little end first, as base64.
    case base64
}

/// Requests that are texts and no conversation: legacy completions and embeddings.
extension RequestReader {
    /// The most texts that one request may hold.
    static let mostTexts = 2048

    /// Reads the texts that a model is to go on from; each is the beginning of its answers.
    mutating func readPrompt(_ value: Int) throws(RequestError) {
        request.prompts = try readTexts(value, .prefill)
    }

    /// Reads the texts that are to become vectors; nobody can judge those.
    mutating func readEmbedded(_ value: Int) throws(RequestError) {
        _ = try readTexts(value, .other)
        flag(.embeddings, value)
    }

    mutating func readEncoding(_ value: Int) throws(RequestError) {
        guard let encoding = VectorEncoding(rawValue: try string(value)) else {
            throw error(value, "must be float or base64")
        }
        request.encoding = encoding
    }

    /// Reads a text, a list of texts, or either as numbers of tokens, which must be allowed by name.
    ///
    /// - Returns: How many there are.
    private mutating func readTexts(_ value: Int, _ role: RequestText.Role) throws(RequestError) -> Int {
        if view.kind(value) == .string {
            add(value, role, turn: 0)
            return 1
        }
        let wanted = "must be a string or an array of strings"
        guard view.kind(value) == .array else { throw error(value, wanted) }
        guard !view.isEmpty(value) else { throw error(value, "must hold at least one text") }
        let first = view.kind(value + 1)
        var (element, count) = (value + 1, 0)
        while element < view.next(value) {
            guard view.kind(element) == first else { throw error(element, "is of another kind than the one before it") }
            switch first {
            case .string: add(element, role, turn: count)
            case .number: if view.integer(element) == nil { throw error(element, "must be the number of a token") }
            case .array: try requireTokens(element)
            default: throw error(element, wanted)
            }
            element = view.next(element)
            count += 1
        }
        if first != .string { flag(.rawPrompts, value) }
        if first == .number { return 1 }
        guard count <= Self.mostTexts else { throw error(value, "must hold at most \(Self.mostTexts) texts") }
        return count
    }

    private func requireTokens(_ list: Int) throws(RequestError) {
        for token in list + 1..<view.next(list) where view.integer(token) == nil {
            throw error(token, "must be the number of a token")
        }
    }

    /// What the fields of a legacy completion come to together.
    mutating func finishCompletion() throws(RequestError) {
        guard let prompt = view.member(0, "prompt"), view.kind(prompt) != .null else {
            throw missing("prompt", "a string or an array of strings")
        }
        let (all, isTooMuch) = request.choices.multipliedReportingOverflow(by: request.prompts)
        guard !isTooMuch, all <= 128 else {
            throw error(prompt, "asks for more than 128 answers together with n")
        }
        request.choices = all
        // What servers do where nobody says.
        if view.member(0, "max_tokens").map({ view.kind($0) == .null }) ?? true { request.maxTokens = 16 }
        if request.echoes, let asked = view.member(0, "logprobs"), view.kind(asked) == .number {
            flag(.tokenProbabilities, asked)
        }
    }
}
