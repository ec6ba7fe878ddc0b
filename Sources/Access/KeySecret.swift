import Crypto

/// The secret that a client presents: `sk-sluice-`, 43 characters for 256 random bits, and six for a checksum.
///
/// It is shown once and kept nowhere; the store has its SHA-256 hash. A salted, slow hash as for passwords would protect
/// nothing, since 256 random bits cannot be guessed, and would cost every request.
public struct KeySecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// What all secrets begin with.
    public static let prefix = "sk-sluice-"

    /// The whole secret, to be shown once and never logged.
    public let text: String

    static let length = 59
    /// The longest secret that may have been chosen elsewhere, in bytes.
    static let longest = 256
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// A new secret from the system's random generator.
    public static func random() -> KeySecret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return KeySecret(random: bytes)
    }

    /// - Parameter bytes: 32 bytes.
    init(random bytes: [UInt8]) {
        let body = Self.base62(bytes, digits: 43)
        let check = Self.checksum(body)
        text = Self.prefix + String(decoding: body + check, as: UTF8.self)
    }

    /// A secret that was chosen elsewhere.
    init(chosen text: String) {
        self.text = text
    }

    /// How it begins: a secret that is printed or logged by mistake shows no more than a list of keys does.
    public var description: String { hint + "…" }

    /// Nothing, so that reflection shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// SHA-256 of the whole secret, 32 bytes.
    public var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// The first characters, to tell keys apart: 24 of the 256 bits, and of a secret chosen elsewhere an eighth.
    public var hint: String {
        let isOurs = Array(text.utf8).withUnsafeBufferPointer { Self.isWellFormed($0) }
        return String(text.prefix(isOurs ? Self.prefix.utf8.count + 4 : min(8, max(1, text.utf8.count / 8))))
    }

    /// Whether the bytes have the length and the beginning of a secret of ours.
    static func isLikeOurs(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == length && bytes.starts(with: prefix.utf8)
    }

    /// Whether the bytes have the form of a secret, checksum included.
    static func isWellFormed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard isLikeOurs(bytes) else { return false }
        for byte in bytes[10...] where !isDigit(byte) { return false }
        return checksum(bytes[10..<53]).elementsEqual(bytes[53...])
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// CRC-32 (IEEE 802.3) in six base-62 digits: enough to tell a typing error from an unknown key.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes {
            crc = crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xff)]
        }
        var rest = ~crc
        var result = [UInt8](repeating: digits[0], count: 6)
        for place in result.indices.reversed() {
            result[place] = digits[Int(rest % 62)]
            rest /= 62
        }
        return result
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }

    /// The bytes, read as one big-endian number, in a fixed count of base-62 digits.
    private static func base62(_ bytes: [UInt8], digits count: Int) -> [UInt8] {
        var number = bytes.map { Int($0) }
        var result = [UInt8](repeating: digits[0], count: count)
        for place in result.indices.reversed() {
            var remainder = 0
            for index in number.indices {
                let value = remainder << 8 | number[index]
                number[index] = value / 62
                remainder = value % 62
            }
            result[place] = digits[remainder]
        }
        return result
    }
}
