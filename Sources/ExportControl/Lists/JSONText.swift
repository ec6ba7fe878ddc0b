/// Writes JSON.
public enum JSONText {
    /// A string in quotation marks.
    public static func string(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: out += "\\\""
            case 0x5C: out += "\\\\"
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x09: out += "\\t"
            case 0..<0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// Strings in an array.
    public static func strings(_ texts: [String]) -> String { "[" + texts.map(string).joined(separator: ",") + "]" }

    /// A number with six decimals; 0 for what is none.
    public static func number(_ value: Float) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let scaled = Int64((Double(abs(value)) * 1e6).rounded())
        let fraction = String(scaled % 1_000_000)
        let digits = String(repeating: "0", count: 6 - fraction.count) + fraction
        return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / 1_000_000).\(digits)"
    }

    static func value(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let text): text
        case .string(let text): string(text)
        case .array(let items): "[" + items.map(Self.value).joined(separator: ",") + "]"
        case .object(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { "\(string($0.key)):\(Self.value($0.value))" }.joined(
                    separator: ",")
                + "}"
        }
    }
}
