public import NIOCore

/// What is done about keys of OpenAI's moderations that nobody here judges.
public enum UnjudgedCategories: String, Sendable, Hashable, CaseIterable {
    /// The request is refused, and the refusal names them.
    case refuse
    /// They are left out of the answer.
    case omit
}

/// A request to `POST /v1/moderations`: texts to be judged, and none to be answered.
public struct ModerationRequest: Sendable {
    /// The texts; each gets a result of its own.
    public private(set) var texts: [ByteBuffer] = []
    /// What the client wants done about keys that nobody judges; nil leaves it to the settings.
    public private(set) var unjudged: UnjudgedCategories?

    /// The most texts in one request.
    static let mostTexts = 256

    /// Reads a request's body.
    ///
    /// - Throws: `RequestError` for what is no JSON object with texts, and for images, which nobody here judges.
    public static func parse(_ body: ByteBuffer) throws(RequestError) -> ModerationRequest {
        var tape = JSONTape()
        let fault = body.withUnsafeReadableBytes { bytes -> JSONFault? in
            do throws(JSONFault) {
                try tape.scan(bytes, acceptsLoneSurrogates: false)
                return nil
            } catch { return error }
        }
        if let fault { throw RequestError(fault) }
        return try JSONView.read(body, tape.tokens) { view -> Result<ModerationRequest, RequestError> in
            var request = ModerationRequest()
            do throws(RequestError) {
                try request.read(view)
                return .success(request)
            } catch { return .failure(error) }
        }.get()
    }

    /// The text as a chat would carry it, so that it is judged as a request with it would be.
    public func chatBody(_ index: Int) -> ByteBuffer {
        var writer = JSONWriter()
        writer.raw("{\"model\":\"moderation\",\"messages\":[{\"role\":\"user\",\"content\":")
        writer.string(texts[index])
        writer.raw("}]}")
        return writer.buffer
    }

    private mutating func read(_ view: JSONView) throws(RequestError) {
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw RequestError(message: "the body must be a JSON object (byte 0)", offset: 0)
        }
        if let model = view.member(0, "model"), view.kind(model) != .string, view.kind(model) != .null {
            throw Self.wrong(view, model, "must be a string")
        }
        if let wish = view.member(0, "unjudged_categories"), view.kind(wish) != .null {
            guard view.kind(wish) == .string, let known = UnjudgedCategories(rawValue: view.string(wish)) else {
                throw Self.wrong(view, wish, "must be refuse or omit")
            }
            unjudged = known
        }
        guard let input = view.member(0, "input") else {
            throw RequestError(
                message: "input is missing: it must be a string, or an array of strings or parts", param: "input",
                offset: 0)
        }
        if view.kind(input) == .string { return texts.append(view.text(input)) }
        guard view.kind(input) == .array, !view.isEmpty(input) else {
            throw Self.wrong(view, input, "must be a string, or an array of strings or parts that is not empty")
        }
        if view.kind(input + 1) == .object { try readParts(view, input) } else { try readTexts(view, input) }
    }

    private mutating func readTexts(_ view: JSONView, _ list: Int) throws(RequestError) {
        var element = list + 1
        while element < view.next(list) {
            guard view.kind(element) == .string else { throw Self.wrong(view, element, "must be a string") }
            guard texts.count < Self.mostTexts else {
                throw Self.wrong(view, list, "must hold at most \(Self.mostTexts) texts")
            }
            texts.append(view.text(element))
            element = view.next(element)
        }
    }

    /// Parts are one text together.
    private mutating func readParts(_ view: JSONView, _ list: Int) throws(RequestError) {
        var all = ByteBuffer()
        var part = list + 1
        while part < view.next(list) {
            guard let type = view.member(part, "type"), view.kind(type) == .string else {
                throw Self.wrong(view, part, "must be an object with a type")
            }
            guard view.spells(type, "text") else {
                throw Self.wrong(view, type, "names a part that no safeguard here can judge; only text is")
            }
            guard let text = view.member(part, "text"), view.kind(text) == .string else {
                throw Self.wrong(view, part, "lacks a text")
            }
            if all.readableBytes > 0 { all.writeStaticString("\n") }
            all.writeImmutableBuffer(view.text(text))
            part = view.next(part)
        }
        texts.append(all)
    }

    private static func wrong(_ view: JSONView, _ index: Int, _ words: String) -> RequestError {
        let path = view.path(to: index)
        return RequestError(
            message: "\(path) \(words) (byte \(view.offset(index)))", param: path, offset: view.offset(index))
    }
}

/// What was found of one text, by OpenAI's keys and our own.
public struct ModerationResult: Sendable, Equatable {
    /// One key.
    public struct Entry: Sendable, Equatable {
        /// Its name.
        public var key: String
        /// Whether the text is held to be of it.
        public var isFlagged: Bool
        /// How near it is, in tenths from 0 to 10.
        public var tenths: Int

        /// - Parameter score: From 0 to 1; told in tenths, so that nobody can climb by it.
        public init(key: String, isFlagged: Bool, score: Float) {
            (self.key, self.isFlagged) = (key, isFlagged)
            tenths = score.isFinite ? Int(min(1, max(0, score)) * 10) : 0
        }
    }

    /// What was judged.
    public var entries: [Entry]

    /// A result.
    public init(_ entries: [Entry]) { self.entries = entries }

    /// The answer to a request.
    public static func reply(_ results: [ModerationResult], id: String) -> Reply {
        var writer = JSONWriter()
        writer.raw("{\"id\":")
        writer.string("modr-\(id)")
        writer.raw(",\"model\":\"sluice-moderation\",\"results\":[")
        for (number, result) in results.enumerated() {
            if number > 0 { writer.raw(",") }
            writer.raw(result.entries.contains { $0.isFlagged } ? "{\"flagged\":true" : "{\"flagged\":false")
            writer.raw(",\"categories\":{")
            writer.members(result.entries) { $0.raw($1.isFlagged ? "true" : "false") }
            writer.raw("},\"category_scores\":{")
            writer.members(result.entries) { $0.raw(ByteBuffer(string: $1.tenths == 10 ? "1.0" : "0.\($1.tenths)")) }
            writer.raw("},\"category_applied_input_types\":{")
            writer.members(result.entries) { writer, _ in writer.raw("[\"text\"]") }
            writer.raw("}}")
        }
        writer.raw("]}")
        return Reply(
            status: 200, headers: [("content-type", "application/json"), ("x-request-id", id)], body: writer.buffer)
    }
}

extension JSONWriter {
    fileprivate mutating func members(
        _ entries: [ModerationResult.Entry], _ value: (inout JSONWriter, ModerationResult.Entry) -> Void
    ) {
        for (number, entry) in entries.enumerated() {
            if number > 0 { raw(",") }
            string(entry.key)
            raw(":")
            value(&self, entry)
        }
    }
}
