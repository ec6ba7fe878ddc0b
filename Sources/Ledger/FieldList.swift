/// The named values of a record, shown as a flat JSON object or as lines; without Foundation.
struct FieldList {
    enum Value {
        case text(String)
        case number(UInt64)
        case real(Float)
        case flag(Bool)
        case list([String])

        var json: String {
            switch self {
            case .text(let text): quotedJSON(text)
            case .number(let number): "\(number)"
            case .real(let number): number.isFinite ? "\(number)" : "null"
            case .flag(let flag): flag ? "true" : "false"
            case .list(let texts): "[" + texts.map(quotedJSON).joined(separator: ",") + "]"
            }
        }

        var plain: String {
            switch self {
            case .text(let text): printable(text)
            case .flag(let flag): flag ? "yes" : "no"
            case .list(let texts): texts.map(printable).joined(separator: ", ")
            case .number, .real: json
            }
        }
    }

    private(set) var fields: [(name: String, value: Value)] = []

    /// One JSON object on one line.
    var json: String {
        "{" + fields.map { "\(quotedJSON($0.name)):\($0.value.json)" }.joined(separator: ",") + "}"
    }

    mutating func add(_ name: String, _ value: String) { fields.append((name, .text(value))) }

    mutating func add(_ name: String, _ value: UInt64) { fields.append((name, .number(value))) }

    mutating func add(_ name: String, _ value: Float) { fields.append((name, .real(value))) }

    mutating func add(_ name: String, _ value: Bool) { fields.append((name, .flag(value))) }

    mutating func add(_ name: String, _ values: [String]) { fields.append((name, .list(values))) }

    mutating func add(_ name: String, digest: Hash256?) {
        if let digest { add(name, digest.description) }
    }

    mutating func add(_ name: String, _ commitment: SealedCommitment?, withSalts: Bool) {
        guard let commitment else { return }
        add("\(name)_commitment", commitment.hash.description)
        guard let salt = commitment.salt else { return add("\(name)_forgotten", true) }
        if withSalts { add("\(name)_salt", hexadecimal(salt.bytes)) }
    }
}

/// A JSON string with its quotes.
func quotedJSON(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}
