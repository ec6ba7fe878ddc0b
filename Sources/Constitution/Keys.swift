internal import Crypto

/// The private half of an Ed25519 key with which a deployment signs its constitution.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// Makes a new key from the system's random numbers.
    public init() { key = Curve25519.Signing.PrivateKey() }

    /// Reads a key file: PEM (PKCS #8), or the 32 bytes of the seed in hexadecimal or base64.
    ///
    /// - Throws: `ConstitutionError.malformedKey`.
    public init(file: [UInt8]) throws(ConstitutionError) {
        let bytes = try KeyFile.bytes(of: file, half: .signing)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            throw .malformedKey("its 32 bytes are no Ed25519 key")
        }
        self.key = key
    }

    /// The public half, which others trust.
    public var verifyingKey: VerifyingKey { VerifyingKey(checked: Array(key.publicKey.rawRepresentation)) }

    /// The key file as PEM (PKCS #8, RFC 8410); keep it readable for its owner alone.
    public var file: [UInt8] { KeyFile.pem(Array(key.rawRepresentation), half: .signing) }

    /// Checks a document whole and signs it.
    ///
    /// - Throws: `ConstitutionError.invalidDocument`: what cannot come into force is not signed.
    public func sign(_ document: [UInt8]) throws(ConstitutionError) -> ReleaseSignature {
        let constitution = try Constitution(document: document)
        let hash = Array(SHA256.hash(data: document))
        let message = ReleaseSignature.message(hash: hash, version: constitution.version)
        guard let bytes = try? key.signature(for: message) else { throw .malformedKey("it cannot sign") }
        return ReleaseSignature(key: verifyingKey.id, bytes: Array(bytes))
    }
}

extension SigningKey: CustomStringConvertible {
    /// The id of the public half; never the key.
    public var description: String { "SigningKey(\(verifyingKey.id))" }
}

/// The public half of an Ed25519 key.
public struct VerifyingKey: Sendable, Hashable {
    /// The 32 bytes of the key (RFC 8032).
    public let bytes: [UInt8]

    /// Reads a key file: PEM (SubjectPublicKeyInfo), or the 32 bytes in hexadecimal or base64.
    ///
    /// - Throws: `ConstitutionError.malformedKey`.
    public init(file: [UInt8]) throws(ConstitutionError) {
        bytes = try KeyFile.bytes(of: file, half: .verifying)
    }

    init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// The first 8 bytes of the key's SHA-256, in hexadecimal.
    public var id: String { hexadecimal(Array(SHA256.hash(data: bytes).prefix(8))) }

    /// The key file as PEM (SubjectPublicKeyInfo, RFC 8410).
    public var file: [UInt8] { KeyFile.pem(bytes, half: .verifying) }

    static func isID(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    func accepts(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

/// Key files: what an Ed25519 key looks like on disk.
enum KeyFile {
    enum Half {
        case signing, verifying

        var label: String { self == .signing ? "PRIVATE KEY" : "PUBLIC KEY" }

        /// The DER in front of the 32 bytes: PKCS #8 or SubjectPublicKeyInfo with the OID 1.3.101.112.
        var prefix: [UInt8] {
            switch self {
            case .signing: [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
            case .verifying: [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]
            }
        }
    }

    static func pem(_ bytes: [UInt8], half: Half) -> [UInt8] {
        let body = encodeBase64(half.prefix + bytes)
        return Array("-----BEGIN \(half.label)-----\n\(body)\n-----END \(half.label)-----\n".utf8)
    }

    static func bytes(of file: [UInt8], half: Half) throws(ConstitutionError) -> [UInt8] {
        guard file.count <= 4096, let text = String(validating: file, as: UTF8.self) else {
            throw .malformedKey("it is not a short text in UTF-8")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { line in line.filter { $0 != " " && $0 != "\t" } }
        let written = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard let first = written.first else { throw .malformedKey("it is empty") }
        guard first.hasPrefix("-----BEGIN") else { return try plain(written) }
        let other: Half = half == .signing ? .verifying : .signing
        if first == marker("BEGIN", other) {
            throw .malformedKey(
                half == .signing
                    ? "it holds a public key, and signing takes the private one"
                    : "it holds a private key; hand in the public one, which lies beside it as .pub")
        }
        guard first == marker("BEGIN", half), written.count > 2, written.last == marker("END", half) else {
            throw .malformedKey("it is no PEM of an unencrypted `\(half.label)`")
        }
        let der = decodeBase64(written[1..<(written.count - 1)].joined())
        guard let der, der.count == half.prefix.count + 32, der.starts(with: half.prefix) else {
            throw .malformedKey("its PEM holds no Ed25519 key; make one with `openssl genpkey -algorithm ed25519`")
        }
        return Array(der.suffix(32))
    }

    private static func marker(_ word: String, _ half: Half) -> String {
        "-----\(word)\(half.label.filter { $0 != " " })-----"
    }

    private static func plain(_ lines: [String]) throws(ConstitutionError) -> [UInt8] {
        guard lines.count == 1, let bytes = decodeHexadecimal(lines[0]) ?? decodeBase64(lines[0]), bytes.count == 32
        else { throw .malformedKey("it is neither PEM nor 32 bytes in hexadecimal or base64 on one line") }
        return bytes
    }
}
