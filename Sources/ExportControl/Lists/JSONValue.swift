/// A JSON text, read strictly (RFC 8259).
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    subscript(_ name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    /// A text that is not empty; a number as it is written.
    var text: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .number(let text): text
        default: nil
        }
    }

    var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// A text, or the texts of an array.
    var texts: [String] { text.map { [$0] } ?? items.compactMap(\.text) }
}

/// Reads JSON from bytes; bounded depth, no recursion on what follows it.
struct JSONReader {
    static let depthLimit = 64
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0
    private(set) var line: Int

    /// Reads one value that takes all the bytes.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, line: Int = 1) throws(ListError) -> JSONValue {
        var reader = JSONReader(bytes: bytes, line: line)
        let value = try reader.value(0)
        reader.space()
        guard reader.place == bytes.count else { throw reader.problem("text after the end of the value") }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, line: Int) {
        self.bytes = bytes
        self.line = line
    }

    private func problem(_ text: String) -> ListError { .malformed(format: "JSON", line: line, problem: text) }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func space() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            if byte == 0x0A { line += 1 }
            place += 1
        }
    }

    private mutating func value(_ depth: Int) throws(ListError) -> JSONValue {
        guard depth < Self.depthLimit else { throw problem("nested too deeply") }
        space()
        guard let byte = next else { throw problem("the text ends too early") }
        switch byte {
        case 0x7B: return try object(depth)
        case 0x5B: return try array(depth)
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        case 0x2D, 0x30...0x39: return number()
        default: throw problem("unexpected character")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(ListError) -> JSONValue {
        for offset in 0..<text.utf8CodeUnitCount {
            guard next == text.utf8Start[offset] else { throw problem("unexpected word") }
            place += 1
        }
        return value
    }

    private mutating func number() -> JSONValue {
        let start = place
        while let byte = next, (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte) {
            place += 1
        }
        return .number(String(decoding: bytes[start..<place], as: UTF8.self))
    }

    private mutating func object(_ depth: Int) throws(ListError) -> JSONValue {
        place += 1
        var fields: [String: JSONValue] = [:]
        space()
        if next == 0x7D {
            place += 1
            return .object(fields)
        }
        while true {
            space()
            guard next == 0x22 else { throw problem("a name in quotation marks is expected") }
            let name = try string()
            space()
            guard next == 0x3A else { throw problem("a colon is expected") }
            place += 1
            fields[name] = try value(depth + 1)
            space()
            let byte = next
            place += 1
            if byte == 0x7D { return .object(fields) }
            guard byte == 0x2C else { throw problem("the object is not closed") }
        }
    }

    private mutating func array(_ depth: Int) throws(ListError) -> JSONValue {
        place += 1
        var items: [JSONValue] = []
        space()
        if next == 0x5D {
            place += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth + 1))
            space()
            let byte = next
            place += 1
            if byte == 0x5D { return .array(items) }
            guard byte == 0x2C else { throw problem("the array is not closed") }
        }
    }

    private mutating func string() throws(ListError) -> String {
        place += 1
        let start = place
        while let byte = next, byte != 0x22, byte != 0x5C, byte >= 0x20 { place += 1 }
        if next == 0x22 {
            defer { place += 1 }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }
        var units = Array(bytes[start..<place])
        while let byte = next, byte != 0x22 {
            guard byte >= 0x20 else { throw problem("a string is not closed") }
            place += 1
            if byte == 0x5C { try escape(into: &units) } else { units.append(byte) }
        }
        guard next == 0x22 else { throw problem("a string is not closed") }
        place += 1
        return String(decoding: units, as: UTF8.self)
    }

    private mutating func escape(into units: inout [UInt8]) throws(ListError) {
        guard let byte = next else { throw problem("a string is not closed") }
        place += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: units.append(byte)
        case 0x62: units.append(0x08)
        case 0x66: units.append(0x0C)
        case 0x6E: units.append(0x0A)
        case 0x72: units.append(0x0D)
        case 0x74: units.append(0x09)
        case 0x75:
            var code = try hex()
            if (0xD800..<0xDC00).contains(code), place + 1 < bytes.count, bytes[place] == 0x5C, bytes[place + 1] == 0x75
            {
                place += 2
                let low = try hex()
                code = (0xDC00..<0xE000).contains(low) ? 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
            }
            units.append(contentsOf: String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8)
        default: throw problem("an unknown escape in a string")
        }
    }

    private mutating func hex() throws(ListError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("a broken \\u escape")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }
}
