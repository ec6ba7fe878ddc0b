/// Ways to hide a text from a filter, applied to measure that they don't.
public enum Disguise: String, Sendable, CaseIterable {
    case zeroWidth, homoglyphs, leet, spaced, base64, hex, percent, rot13, base32, fullwidth, tags, bidi

    /// The disguised text, as UTF-8.
    public func apply(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        switch self {
        case .zeroWidth: return joined(text.unicodeScalars.map { [$0, "\u{200B}"] })
        case .bidi: return joined(text.unicodeScalars.map { ["\u{202B}", $0, "\u{202C}"] })
        case .homoglyphs: return joined(text.unicodeScalars.map { [Self.lookalikes[$0] ?? $0] })
        case .leet: return joined(text.unicodeScalars.map { [Self.leetDigits[$0] ?? $0] })
        case .spaced: return Array(text.map(String.init).joined(separator: " ").utf8)
        case .fullwidth: return joined(text.unicodeScalars.map { [shifted($0, by: 0xFEE0, from: 0x21)] })
        case .tags: return joined(text.unicodeScalars.map { [shifted($0, by: 0xE0000, from: 0x20)] })
        case .hex:
            return bytes.flatMap {
                Array(Self.digits[Int($0 >> 4)...Int($0 >> 4)] + Self.digits[Int($0 & 15)...Int($0 & 15)])
            }
        case .percent: return bytes.flatMap { [0x25, Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }
        case .base64: return Self.grouped(bytes, 6, Self.alphabet64, quantum: 4)
        case .base32: return Self.grouped(bytes, 5, Self.alphabet32, quantum: 8)
        case .rot13:
            return bytes.map { byte in
                switch byte | 0x20 {
                case 0x61...0x6D: byte + 13
                case 0x6E...0x7A: byte - 13
                default: byte
                }
            }
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
    private static let alphabet64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let alphabet32 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = [
        "a": "а", "c": "с", "e": "е", "i": "і", "j": "ј", "o": "о", "p": "р", "s": "ѕ", "x": "х", "y": "у", "A": "А",
        "B": "В", "C": "С", "E": "Е", "H": "Н", "I": "І", "K": "К", "M": "М", "O": "О", "P": "Р", "T": "Т", "X": "Х",
    ]
    private static let leetDigits: [Unicode.Scalar: Unicode.Scalar] = [
        "a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "A": "4", "E": "3", "I": "1", "O": "0", "S": "5",
        "T": "7",
    ]

    private func joined(_ groups: [[Unicode.Scalar]]) -> [UInt8] {
        var scalars = String.UnicodeScalarView()
        for group in groups { scalars.append(contentsOf: group) }
        return Array(String(scalars).utf8)
    }

    private func shifted(_ scalar: Unicode.Scalar, by distance: UInt32, from first: UInt32) -> Unicode.Scalar {
        guard first...0x7E ~= scalar.value else { return scalar }
        return Unicode.Scalar(scalar.value + distance) ?? scalar
    }

    private static func grouped(_ bytes: [UInt8], _ width: Int, _ alphabet: [UInt8], quantum: Int) -> [UInt8] {
        var out: [UInt8] = []
        var bits = 0
        var held = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xFFFF
            held += 8
            while held >= width {
                held -= width
                out.append(alphabet[bits >> held & (alphabet.count - 1)])
            }
        }
        if held > 0 { out.append(alphabet[bits << (width - held) & (alphabet.count - 1)]) }
        while out.count % quantum != 0 { out.append(0x3D) }
        return out
    }
}
