internal import Crypto

/// A detached Ed25519 signature over one release of a constitution.
///
/// The file has three lines, `sluice-constitution-signature v1`, `key ID` and `signature BASE64`. Signed is the context
/// `sluice-constitution-signature v1`, a zero byte, the document's SHA-256, and its version as 8 bytes, big-endian:
/// 73 bytes that no other protocol asks a key to sign.
public struct ReleaseSignature: Sendable, Equatable {
    /// The id of the key that signed.
    public let key: String
    /// The 64 bytes of the signature.
    public let bytes: [UInt8]

    static let context = "sluice-constitution-signature v1"

    /// Reads a signature file.
    ///
    /// - Throws: `ConstitutionError.malformedSignature`.
    public init(file: [UInt8]) throws(ConstitutionError) {
        guard file.count <= 1024, let text = String(validating: file, as: UTF8.self) else {
            throw .malformedSignature("it is not a short text in UTF-8")
        }
        let lines = text.split { $0 == "\n" || $0 == "\r\n" }.map { $0.split(separator: " ").map(String.init) }
        guard lines.count == 3, lines[0] == Self.context.split(separator: " ").map(String.init) else {
            throw .malformedSignature("it must be three lines, the first `\(Self.context)`")
        }
        guard lines[1].count == 2, lines[1][0] == "key", VerifyingKey.isID(lines[1][1]) else {
            throw .malformedSignature("line 2 must be `key` and 16 hexadecimal digits")
        }
        guard lines[2].count == 2, lines[2][0] == "signature", let bytes = decodeBase64(lines[2][1]), bytes.count == 64
        else {
            throw .malformedSignature("line 3 must be `signature` and 64 bytes in base64")
        }
        (key, self.bytes) = (lines[1][1], bytes)
    }

    init(key: String, bytes: [UInt8]) {
        (self.key, self.bytes) = (key, bytes)
    }

    /// The signature file.
    public var file: [UInt8] {
        Array("\(Self.context)\nkey \(key)\nsignature \(encodeBase64(bytes))\n".utf8)
    }

    /// What is signed for a document with this hash and version.
    static func message(hash: [UInt8], version: Int) -> [UInt8] {
        let number = UInt64(max(0, version))
        return Array(context.utf8) + [0] + hash
            + (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    func verify(hash: [UInt8], version: Int, trusting keys: [VerifyingKey]) throws(ConstitutionError) {
        guard let signer = keys.first(where: { $0.id == key }) else {
            throw .untrustedKey(key, trusted: keys.map(\.id))
        }
        guard signer.accepts(bytes, over: Self.message(hash: hash, version: version)) else {
            throw .signatureMismatch(key: key)
        }
    }
}
