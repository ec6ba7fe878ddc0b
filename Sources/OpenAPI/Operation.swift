/// What one method of one route does, takes and gives.
public struct Operation: Sendable {
    /// The method in capitals.
    public var method: String
    /// The path, with parameters in braces.
    public var path: String
    /// What it does, in a line.
    public var summary: String
    /// Under which heading readers find it.
    public var tag: String
    /// How whoever asks is known; empty for anybody.
    public var security: [String]
    /// Parameters of the query and headers.
    public var parameters: [Parameter]
    /// What the body holds; nil where there is none.
    public var body: Schema?
    /// Whether a request without a body is refused.
    public var needsBody = true
    /// What it answers, by status.
    public var answers: [Answer]

    /// A parameter of the query, or a header.
    public struct Parameter: Sendable {
        let name: String
        let place: String
        let schema: Schema
        let words: String

        /// A parameter of the query, which may be left out.
        public static func query(_ name: String, _ schema: Schema, _ words: String) -> Parameter {
            Parameter(name: name, place: "query", schema: schema, words: words)
        }

        /// A header, which may be left out.
        public static func header(_ name: String, _ words: String) -> Parameter {
            Parameter(name: name, place: "header", schema: .string, words: words)
        }
    }

    /// One status, and what comes with it.
    public struct Answer: Sendable {
        /// The status.
        public var status: Int
        /// When it comes.
        public var words: String
        /// The media types, and what is in each; empty where there is no body.
        public var content: [(type: String, schema: Schema)]

        /// An answer.
        public init(_ status: Int, _ words: String, _ content: [(type: String, schema: Schema)] = []) {
            (self.status, self.words, self.content) = (status, words, content)
        }

        /// An answer of JSON.
        public static func json(_ status: Int, _ words: String, _ schema: Schema) -> Answer {
            Answer(status, words, [("application/json", schema)])
        }
    }

    /// An operation.
    public init(
        _ method: String, _ path: String, _ summary: String, tag: String, security: [String] = [],
        parameters: [Parameter] = [], body: Schema? = nil, answers: [Answer]
    ) {
        (self.method, self.path, self.summary, self.tag) = (method, path, summary, tag)
        (self.security, self.parameters, self.body, self.answers) = (security, parameters, body, answers)
    }

    /// The names in the path's braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }.map {
            String($0.dropFirst().dropLast())
        }
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(identifier)), .init("summary", .string(summary)),
            .init("tags", [.string(tag)]),
        ]
        let inPath = pathParameters.map { name -> JSONValue in
            ["name": .string(name), "in": "path", "required": true, "schema": Schema.name.json]
        }
        let others = parameters.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "in": .string(parameter.place), "required": false,
                "description": .string(parameter.words), "schema": parameter.schema.json,
            ]
        }
        if !(inPath + others).isEmpty { members.append(.init("parameters", .array(inPath + others))) }
        members.append(.init("security", .array(security.map { .object([.init($0, [])]) })))
        if let body {
            members.append(
                .init(
                    "requestBody",
                    [
                        "required": .boolean(needsBody), "content": ["application/json": ["schema": body.json]],
                    ]))
        }
        members.append(
            .init("responses", .object(answers.sorted { $0.status < $1.status }.map { .init("\($0.status)", $0.json) }))
        )
        return .object(members)
    }

    /// A name for generators of clients: the method and the words of the path.
    private var identifier: String {
        var out = method.lowercased()
        var isNew = true
        for character in path {
            guard character.isLetter || character.isNumber else {
                isNew = true
                continue
            }
            out += isNew ? String(character).uppercased() : String(character)
            isNew = false
        }
        return out
    }
}

extension Operation.Answer {
    var json: JSONValue {
        var members: [JSONValue.Member] = [.init("description", .string(words))]
        if !content.isEmpty {
            let types = content.map { JSONValue.Member($0.type, ["schema": $0.schema.json]) }
            members.append(.init("content", .object(types)))
        }
        return .object(members)
    }
}
