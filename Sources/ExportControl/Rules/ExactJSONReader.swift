/// Reads JSON strictly, keeping the digits of numbers.
struct ExactJSONReader {
    let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private typealias Problem = ExactJSON.Problem

    private func problem(_ message: String) -> Problem { Problem(byte: index + 1, message: message) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func whole() throws(ExactJSON.Problem) -> ExactJSON {
        let value = try value()
        skipSpaces()
        guard index == bytes.count else { throw problem("something follows the value") }
        return value
    }

    private mutating func skipSpaces() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value() throws(ExactJSON.Problem) -> ExactJSON {
        skipSpaces()
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw problem("the text ends where a value should be")
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: ExactJSON) throws(ExactJSON.Problem) -> ExactJSON {
        let letters = word.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: letters) else { throw problem("no JSON value") }
        index += letters.count
        return value
    }

    private mutating func enter() throws(ExactJSON.Problem) {
        depth += 1
        guard depth <= 64 else { throw problem("more than 64 levels deep") }
        index += 1
        skipSpaces()
    }

    private mutating func object() throws(ExactJSON.Problem) -> ExactJSON {
        try enter()
        var members: [(key: String, value: ExactJSON)] = []
        var keys: Set<String> = []
        if next == UInt8(ascii: "}") {
            index += 1
            depth -= 1
            return .object(members)
        }
        while true {
            skipSpaces()
            guard next == UInt8(ascii: "\"") else { throw problem("a key should be here") }
            let key = try string()
            guard keys.insert(key).inserted else { throw problem("key '\(key.prefix(40))' is there twice") }
            skipSpaces()
            guard next == UInt8(ascii: ":") else { throw problem("a colon should be here") }
            index += 1
            members.append((key, try value()))
            skipSpaces()
            if next == UInt8(ascii: ",") {
                index += 1
                continue
            }
            guard next == UInt8(ascii: "}") else { throw problem("a comma or } should be here") }
            index += 1
            depth -= 1
            return .object(members)
        }
    }

    private mutating func array() throws(ExactJSON.Problem) -> ExactJSON {
        try enter()
        var values: [ExactJSON] = []
        if next == UInt8(ascii: "]") {
            index += 1
            depth -= 1
            return .array(values)
        }
        while true {
            values.append(try value())
            skipSpaces()
            if next == UInt8(ascii: ",") {
                index += 1
                continue
            }
            guard next == UInt8(ascii: "]") else { throw problem("a comma or ] should be here") }
            index += 1
            depth -= 1
            return .array(values)
        }
    }

    private mutating func number() throws(ExactJSON.Problem) -> ExactJSON {
        let start = index
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { 0x30...0x39 ~= $0 } ?? false }
        if next == UInt8(ascii: "-") { index += 1 }
        guard isDigit(next) else { throw problem("no JSON value") }
        if next == UInt8(ascii: "0") { index += 1 } else { while isDigit(next) { index += 1 } }
        if next == UInt8(ascii: ".") {
            index += 1
            guard isDigit(next) else { throw problem("a digit should follow the point") }
            while isDigit(next) { index += 1 }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            guard isDigit(next) else { throw problem("a digit should follow the exponent") }
            while isDigit(next) { index += 1 }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func string() throws(ExactJSON.Problem) -> String {
        index += 1
        var content: [UInt8] = []
        while true {
            guard let byte = next else { throw problem("a string is not closed") }
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw problem("a string is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): content += Array(String(try escape()).utf8)
            case 0..<0x20: throw problem("a control character inside a string")
            default: content.append(byte)
            }
        }
    }

    private mutating func escape() throws(ExactJSON.Problem) -> Unicode.Scalar {
        guard let byte = next else { throw problem("a string is not closed") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw problem("no such escape")
        }
        let high = try unit()
        guard 0xD800...0xDBFF ~= high else {
            guard let scalar = Unicode.Scalar(high) else { throw problem("half of a surrogate pair") }
            return scalar
        }
        guard index + 1 < bytes.count, bytes[index] == 0x5C, bytes[index + 1] == UInt8(ascii: "u") else {
            throw problem("half of a surrogate pair")
        }
        index += 2
        let low = try unit()
        guard 0xDC00...0xDFFF ~= low,
            let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        else { throw problem("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(ExactJSON.Problem) -> UInt32 {
        guard index + 4 <= bytes.count,
            bytes[index..<index + 4].allSatisfy({ UInt8(ascii: "+") != $0 && UInt8(ascii: "-") != $0 }),
            let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits should be here") }
        index += 4
        return value
    }
}
