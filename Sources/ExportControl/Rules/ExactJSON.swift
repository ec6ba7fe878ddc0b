/// A JSON value whose numbers keep the digits they were written with.
///
/// Shares and TPP decide at thresholds, so no number goes through floating point. Reading is strict (RFC 8259), at
/// most 64 levels deep; a key that is there twice is an error.
public enum ExactJSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The digits as written.
    case number(String)
    case string(String)
    case array([ExactJSON])
    /// Keys in the order they were written.
    case object([(key: String, value: ExactJSON)])

    /// Where a text is no JSON.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        /// The byte, from 1.
        public let byte: Int
        /// What is wrong.
        public let message: String
        /// Both, in one line.
        public var description: String { "byte \(byte): \(message)" }
    }

    /// Reads one value.
    public init(_ bytes: [UInt8]) throws(Problem) {
        var reader = ExactJSONReader(bytes: bytes)
        self = try reader.whole()
    }

    /// Equality; the order of keys counts.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let two)): one == two
        case (.number(let one), .number(let two)), (.string(let one), .string(let two)): one == two
        case (.array(let one), .array(let two)): one == two
        case (.object(let one), .object(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// The value of a key; nil for what is no object or lacks it.
    public subscript(key: String) -> ExactJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The text, if it is one.
    public var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The value as JSON, without spaces.
    public var json: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .number(let digits): out += digits
        case .string(let text): Self.quote(text, to: &out)
        case .array(let values):
            out += "["
            for (index, value) in values.enumerated() {
                if index > 0 { out += "," }
                value.write(to: &out)
            }
            out += "]"
        case .object(let members):
            out += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { out += "," }
                Self.quote(member.key, to: &out)
                out += ":"
                member.value.write(to: &out)
            }
            out += "}"
        }
    }

    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
