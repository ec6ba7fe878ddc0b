/// An OpenAPI 3.1 description of an interface.
public struct Description: Sendable {
    /// Its name.
    public var title: String
    /// What it is, for readers.
    public var words: String
    /// The version of the program that serves it.
    public var version: String
    /// How callers are known, by name: the security schemes.
    public var securitySchemes: [(name: String, scheme: JSONValue)]
    /// Schemas that several operations name.
    public var schemas: [(name: String, schema: Schema)]
    /// What can be asked.
    public var operations: [Operation]

    /// A description.
    public init(
        title: String, words: String, version: String, securitySchemes: [(name: String, scheme: JSONValue)],
        schemas: [(name: String, schema: Schema)], operations: [Operation]
    ) {
        (self.title, self.words, self.version) = (title, words, version)
        (self.securitySchemes, self.schemas, self.operations) = (securitySchemes, schemas, operations)
    }

    /// The document.
    public var json: JSONValue {
        var paths: [JSONValue.Member] = []
        for operation in operations {
            let member = JSONValue.Member(operation.method.lowercased(), operation.json)
            if let known = paths.firstIndex(where: { $0.name == operation.path }),
                case .object(let methods) = paths[known].value
            {
                paths[known].value = .object(methods + [member])
            } else {
                paths.append(.init(operation.path, .object([member])))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version), "description": .string(words)],
            "paths": .object(paths),
            "components": [
                "securitySchemes": .object(securitySchemes.map { .init($0.name, $0.scheme) }),
                "schemas": .object(schemas.map { .init($0.name, $0.schema.json) }),
            ],
        ]
    }
}
