public import NIOCore

/// A client's request to a model: what the gateway must know of it, and its bytes as they came.
///
/// A class, since it goes through many hands. Sendable, though the compiler cannot see it: it changes only while it is
/// read, before anybody else has it.
public final class ModelRequest: @unchecked Sendable {
    /// The wire format it came in.
    public let dialect: Dialect
    /// The name of the model that the client asks for.
    public internal(set) var model = ""
    /// Whether the answer is to be streamed.
    public internal(set) var stream = false
    /// How many answers are asked for (`n`), 1...128.
    public internal(set) var choices = 1
    /// How many texts a legacy completion is to go on from; the choices of each stand together.
    public internal(set) var prompts = 1
    /// Whether a legacy completion is to begin with its text.
    public internal(set) var echoes = false
    /// How vectors are to be written, where the client says.
    public internal(set) var encoding: VectorEncoding?
    /// The largest number of tokens asked for in each answer.
    public internal(set) var maxTokens: Int?
    /// The end user as the client names them: `safety_identifier`, `user` or `metadata.user_id`.
    public internal(set) var endUser: String?
    /// The texts at which the model is to stop.
    public internal(set) var stops: [String] = []
    /// Whether the client asks for usage at the end of a stream (`stream_options.include_usage`).
    public internal(set) var wantsUsage = false
    /// Everything that is put before the model as text, in the order of the body.
    public internal(set) var texts: RequestTexts
    /// What a model's configuration must allow by name: the first of each kind.
    public internal(set) var sensitive: [SensitiveField] = []

    /// The body's bytes as they came.
    public var body: ByteBuffer { document.bytes }

    /// Our own count of the tokens of its texts, where whoever read it made one (`keep`).
    public private(set) var countedTokens: Int?

    let document: JSONDocument
    var modelIndex = 0
    /// The list of the conversation's turns.
    var turnsIndex: Int?
    var streamOptionsIndex: Int?

    init(dialect: Dialect, document: JSONDocument) {
        (self.dialect, self.document, texts) = (dialect, document, RequestTexts(of: document))
    }

    /// Keeps our own count of the tokens of its texts; before the request is handed on.
    public func keep(countedTokens: Int) { self.countedTokens = countedTokens }

    /// Reads a request's body in one pass.
    ///
    /// - Parameters:
    ///   - values: How many values it may hold, up to the 262,144 that any may.
    ///   - beginning: That of a body of the same dialect which had the same bytes so far.
    /// - Throws: `RequestError` for whatever is no JSON, is nested deeper than 128, names a key twice, or has a
    ///   field of the wrong type.
    public static func parse(
        _ body: ByteBuffer, dialect: Dialect, within values: Int = .max, from beginning: RequestBeginning? = nil
    ) throws(RequestError) -> ModelRequest {
        var tape = JSONTape(most: values)
        let fault = body.withUnsafeReadableBytes { bytes -> JSONFault? in
            do throws(JSONFault) {
                try tape.scan(bytes, acceptsLoneSurrogates: false, from: beginning?.json)
                return nil
            } catch { return error }
        }
        if let fault { throw RequestError(fault) }
        let document = JSONDocument(bytes: body, tokens: tape.tokens)
        let result = JSONView.read(body, document.tokens) { view -> Result<ModelRequest, RequestError> in
            var reader = RequestReader(
                view: view, request: ModelRequest(dialect: dialect, document: document), from: beginning)
            do throws(RequestError) {
                try reader.read()
                return .success(reader.request)
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// The kinds of sensitive field that are not among those allowed.
    public func sensitive(notIn allowed: Set<SensitiveField.Kind>) -> [SensitiveField] {
        sensitive.filter { !allowed.contains($0.kind) && !SensitiveField.Kind.allowedByDefault.contains($0.kind) }
    }

    /// What a model whose answers are written anew cannot be asked for: the path of the field.
    public var unservedWhereRewritten: String? {
        guard dialect == .openAI || dialect == .completions else { return nil }
        return JSONView.read(document.bytes, document.tokens) { view in
            if let asked = view.member(0, "logprobs"), [.yes, .number].contains(view.kind(asked)) { return "logprobs" }
            if let asked = view.member(0, "functions"), view.kind(asked) != .null { return "functions" }
            return nil
        }
    }

    /// The body for the upstream: the model's name replaced, usage asked for in streams; every other byte as it came.
    public func upstreamBody(model name: String) -> ByteBuffer {
        let edits = JSONView.read(document.bytes, document.tokens) { view in
            var edits = Splice()
            if name != model {
                var writer = JSONWriter()
                writer.string(name)
                edits.replace(view.range(modelIndex), with: writer.buffer)
            }
            if dialect == .openAI || dialect == .completions, stream, !wantsUsage { askForUsage(view, &edits) }
            if dialect == .responses { askNotToStore(view, &edits) }
            return edits
        }
        return edits.isEmpty ? document.bytes : edits.applied(to: document.bytes)
    }

    /// A response is kept by its server unless the request says otherwise.
    private func askNotToStore(_ view: JSONView, _ edits: inout Splice) {
        if let store = view.member(0, "store") {
            if view.kind(store) == .null { edits.replace(view.range(store), with: ByteBuffer(string: "false")) }
            return
        }
        let end = view.range(0).upperBound - 1
        edits.replace(end..<end, with: ByteBuffer(string: ",\"store\":false"))
    }

    private func askForUsage(_ view: JSONView, _ edits: inout Splice) {
        guard let options = streamOptionsIndex else {
            let end = view.range(0).upperBound - 1
            edits.replace(end..<end, with: ByteBuffer(string: ",\"stream_options\":{\"include_usage\":true}"))
            return
        }
        guard view.kind(options) == .object else {
            edits.replace(view.range(options), with: ByteBuffer(string: "{\"include_usage\":true}"))
            return
        }
        if let usage = view.member(options, "include_usage") {
            edits.replace(view.range(usage), with: ByteBuffer(string: "true"))
        } else {
            let start = view.offset(options) + 1
            let text = view.isEmpty(options) ? "\"include_usage\":true" : "\"include_usage\":true,"
            edits.replace(start..<start, with: ByteBuffer(string: text))
        }
    }
}
