/// Bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// Bytes from hexadecimal digits of either case; nil if anything else is in the text.
func decodeHexadecimal(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = digits[index], let low = digits[index + 1] else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}

private let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Bytes in base64 with padding (RFC 4648 §4).
func encodeBase64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
        for place in 0..<4 {
            let digit = base64Digits[Int(bits >> UInt32(18 - 6 * place)) & 63]
            text.append(place <= group.count ? digit : 0x3D)
        }
    }
    return String(decoding: text, as: UTF8.self)
}

/// Bytes from base64 with padding; nil unless it is the one way to write them, so that no signature file has a twin.
func decodeBase64(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 4) else { return nil }
    let body = characters.prefix { $0 != 0x3D }
    guard characters.count - body.count <= 2 else { return nil }
    var bytes: [UInt8] = []
    var (bits, width) = (UInt32(0), 0)
    for character in body {
        guard let digit = base64Digits.firstIndex(of: character) else { return nil }
        bits = bits << 6 | UInt32(digit)
        width += 6
        guard width >= 8 else { continue }
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
        bits &= (1 << UInt32(width)) - 1
    }
    return encodeBase64(bytes) == text ? bytes : nil
}
