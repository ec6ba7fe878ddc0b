/// Text of list files: encodings, white space, and the marks of wrong decoding.
enum ListText {
    /// The bytes as UTF-8 without a byte order mark; UTF-16 with a mark and Windows-1252 are converted.
    static func utf8(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        if bytes.count >= 2, bytes[0] == 0xFF && bytes[1] == 0xFE || bytes[0] == 0xFE && bytes[1] == 0xFF {
            let isLittle = bytes[0] == 0xFF
            let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
                UInt16(bytes[place]) << (isLittle ? 0 : 8) | UInt16(bytes[place + 1]) << (isLittle ? 8 : 0)
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        }
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        // DOS files end with a control character.
        while let last = rest.last, last == 0x1A || last == 0 { rest = rest.dropLast() }
        if String(validating: rest, as: UTF8.self) != nil { return Array(rest) }
        return rest.flatMap { byte in
            byte < 0x80 ? [byte] : Array(String(Character(windows1252(byte))).utf8)
        }
    }

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        let upper: [UInt32] = [
            0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
            0x017D,
            0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
            0x9D,
            0x017E, 0x0178,
        ]
        guard byte >= 0x80, byte < 0xA0 else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(upper[Int(byte - 0x80)]) ?? "\u{FFFD}"
    }

    /// Without white space at the ends, and with single spaces inside.
    static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Whether a name has the marks of UTF-8 that was read as something else, or of characters that were lost.
    static func isGarbled(_ name: String) -> Bool {
        if name.unicodeScalars.contains("\u{FFFD}") { return true }
        var last: UInt32 = 0
        for scalar in name.unicodeScalars {
            let value = scalar.value
            // A lead byte as a Latin letter, then a continuation byte as a sign: "Ã©", "Ð¸", "â€™".
            let isLead =
                last == 0xC3 || last == 0xC2 || last == 0xD0 || last == 0xD1 || last == 0xE2
                || (0xE3...0xE9).contains(last)
            if isLead, (0x80...0xBF).contains(value) || value == 0x20AC || value == 0x2122 { return true }
            last = value
        }
        return false
    }
}
