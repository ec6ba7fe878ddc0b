/// What a JSON value looks like: JSON Schema, as OpenAPI 3.1 takes it.
public struct Schema: Sendable, Equatable {
    /// The schema itself.
    public var json: JSONValue

    /// A schema that is written out.
    public init(_ json: JSONValue) { self.json = json }

    /// Anything.
    public static let anything = Schema([:])
    /// A text.
    public static let string = Schema(["type": "string"])
    /// A text of one character at least.
    public static let name = Schema(["type": "string", "minLength": 1])
    /// A number.
    public static let number = Schema(["type": "number"])
    /// True or false.
    public static let boolean = Schema(["type": "boolean"])
    /// An object of which nothing more is said.
    public static let anyObject = Schema(["type": "object"])

    /// A whole number.
    public static func integer(_ range: ClosedRange<Int>? = nil) -> Schema {
        guard let range else { return Schema(["type": "integer"]) }
        return Schema(["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)])
    }

    /// One of a few words.
    public static func words(_ words: [String]) -> Schema {
        Schema(["type": "string", "enum": .array(words.map { .string($0) })])
    }

    /// A list.
    public static func list(of element: Schema, atLeast least: Int = 0) -> Schema {
        least == 0
            ? Schema(["type": "array", "items": element.json])
            : Schema(["type": "array", "items": element.json, "minItems": .integer(least)])
    }

    /// One of several forms.
    public static func any(of schemas: [Schema]) -> Schema { Schema(["anyOf": .array(schemas.map(\.json))]) }

    /// The same, or null.
    public var orNull: Schema { .any(of: [self, Schema(["type": "null"])]) }

    /// A schema of the components, by its name.
    public static func named(_ name: String) -> Schema { Schema(["$ref": .string("#/components/schemas/\(name)")]) }

    /// A field of an object.
    public struct Field: Sendable, Equatable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        /// Whether it has this name.
        public func isNamed(_ name: String) -> Bool { self.name == name }

        /// A field that must be there.
        public static func required(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: true)
        }

        /// A field that may be there.
        public static func optional(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: false)
        }
    }

    /// An object with these fields.
    ///
    /// - Parameter isClosed: Whether other fields are refused.
    public static func object(_ fields: [Field], isClosed: Bool = false) -> Schema {
        var members: [JSONValue.Member] = [.init("type", "object")]
        if !fields.isEmpty {
            members.append(.init("properties", .object(fields.map { .init($0.name, $0.schema.json) })))
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members.append(.init("required", .array(required))) }
        if isClosed { members.append(.init("additionalProperties", false)) }
        return Schema(.object(members))
    }

    /// The same with words for readers.
    public func described(_ words: String) -> Schema {
        guard case .object(let members) = json else { return self }
        return Schema(.object(members + [.init("description", .string(words))]))
    }
}
