import OpenAPI

/// The schema of a body, found by letting its type read a body that isn't there: every field it asks for is noted.
///
/// A type that cannot be read so has no schema.
enum BodySchema {
    static func of<Body: Decodable>(_ type: Body.Type) -> Schema? {
        let notes = FieldNotes()
        _ = try? type.init(from: SchemaDecoder(notes: notes))
        return notes.fields.isEmpty ? nil : .object(notes.fields, isClosed: true)
    }
}

/// The fields that a type has asked for.
private final class FieldNotes {
    var fields: [Schema.Field] = []

    func add(_ key: any CodingKey, _ schema: Schema, isRequired: Bool) {
        let name = key.stringValue
        guard !fields.contains(where: { $0.isNamed(name) }) else { return }
        fields.append(isRequired ? .required(name, schema) : .optional(name, schema.orNull))
    }
}

/// A decoder that gives every field a value of its type, and remembers that it was asked.
private struct SchemaDecoder: Decoder {
    let notes: FieldNotes
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(SchemaFields<Key>(notes: notes))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoSchema() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw NoSchema() }
}

private struct NoSchema: Error {}

private struct SchemaFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let notes: FieldNotes
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    private func note<Value>(_ key: Key, _ schema: Schema, _ value: Value) -> Value {
        notes.add(key, schema, isRequired: true)
        return value
    }

    func decode(_ type: Bool.Type, forKey key: Key) -> Bool { note(key, .boolean, false) }
    func decode(_ type: String.Type, forKey key: Key) -> String { note(key, .string, "") }
    func decode(_ type: Double.Type, forKey key: Key) -> Double { note(key, .number, 0) }
    func decode(_ type: Float.Type, forKey key: Key) -> Float { note(key, .number, 0) }
    func decode(_ type: Int.Type, forKey key: Key) -> Int { note(key, .integer(), 0) }
    func decode(_ type: Int8.Type, forKey key: Key) -> Int8 { note(key, .integer(), 0) }
    func decode(_ type: Int16.Type, forKey key: Key) -> Int16 { note(key, .integer(), 0) }
    func decode(_ type: Int32.Type, forKey key: Key) -> Int32 { note(key, .integer(), 0) }
    func decode(_ type: Int64.Type, forKey key: Key) -> Int64 { note(key, .integer(), 0) }
    func decode(_ type: UInt.Type, forKey key: Key) -> UInt { note(key, .integer(), 0) }
    func decode(_ type: UInt8.Type, forKey key: Key) -> UInt8 { note(key, .integer(), 0) }
    func decode(_ type: UInt16.Type, forKey key: Key) -> UInt16 { note(key, .integer(), 0) }
    func decode(_ type: UInt32.Type, forKey key: Key) -> UInt32 { note(key, .integer(), 0) }
    func decode(_ type: UInt64.Type, forKey key: Key) -> UInt64 { note(key, .integer(), 0) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        notes.add(key, Self.schema(of: type), isRequired: true)
        guard let value = Self.value(of: type) else { throw NoSchema() }
        return value
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) -> Bool? { optional(key, .boolean) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) -> String? { optional(key, .string) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) -> Double? { optional(key, .number) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) -> Float? { optional(key, .number) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) -> Int? { optional(key, .integer()) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) -> Int8? { optional(key, .integer()) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) -> Int16? { optional(key, .integer()) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) -> Int32? { optional(key, .integer()) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) -> Int64? { optional(key, .integer()) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) -> UInt? { optional(key, .integer()) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) -> UInt8? { optional(key, .integer()) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) -> UInt16? { optional(key, .integer()) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) -> UInt32? { optional(key, .integer()) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) -> UInt64? { optional(key, .integer()) }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) -> Value? {
        optional(key, Self.schema(of: type))
    }

    private func optional<Value>(_ key: Key, _ schema: Schema) -> Value? {
        notes.add(key, schema, isRequired: false)
        return nil
    }

    private static func schema<Value: Decodable>(of type: Value.Type) -> Schema {
        switch type {
        case is any FixedWidthInteger.Type: .integer()
        case is String.Type: .string
        case is Bool.Type: .boolean
        case is [String].Type: .list(of: .string)
        case is any Sequence.Type: Schema(["type": "array"])
        default: BodySchema.of(type) ?? .anything
        }
    }

    private static func value<Value: Decodable>(of type: Value.Type) -> Value? {
        if let empty = [String]() as? Value { return empty }
        return try? type.init(from: SchemaDecoder(notes: FieldNotes()))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        throw NoSchema()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NoSchema() }
    func superDecoder() throws -> any Decoder { throw NoSchema() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw NoSchema() }
}
