import Crypto

/// The kind of a note's signature: the byte that stands before the key in a verifier key (c2sp.org/signed-note).
public enum SignatureType: UInt8, Sendable, Hashable {
    /// Ed25519 over the note's text.
    case ed25519 = 1
    /// Ed25519 over a time and the text, by a witness (c2sp.org/tlog-cosignature).
    case cosignature = 4
}

/// A public key under a name: who may sign notes.
public struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    /// The key's name; for a log it is also its origin.
    public let name: String
    /// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key), most significant first.
    public let id: UInt32
    /// What it signs and how.
    public let type: SignatureType
    /// The 32 bytes of the Ed25519 key.
    public let publicKey: TreeHash

    /// Puts a key together; `nil` when the name is empty or has spaces, a plus sign or control characters.
    public init?(name: String, type: SignatureType, publicKey: TreeHash) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.type = type
        self.publicKey = publicKey
        id = Self.id(name, type.rawValue, publicKey.bytes)
    }

    /// Reads `name+id+base64`.
    ///
    /// - Throws: `NoteError.badKey` or `.unsupportedType`, saying what is wrong.
    public init(_ text: some StringProtocol) throws(NoteError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .badKey("it has not three parts") }
        guard Self.isName(parts[0]) else { throw .badKey("the name is empty or has a space") }
        guard parts[1].utf8.count == 8, let id = UInt32(parts[1], radix: 16), !parts[1].hasPrefix("+") else {
            throw .badKey("the id is not 8 hexadecimal digits")
        }
        guard let bytes = Base64.decode(parts[2]), let first = bytes.first else {
            throw .badKey("the key is not base64")
        }
        guard let type = SignatureType(rawValue: first) else { throw .unsupportedType(first) }
        guard let publicKey = TreeHash(bytes.dropFirst()) else {
            throw .badKey("an Ed25519 key has 32 bytes, not \(bytes.count - 1)")
        }
        guard id == Self.id(String(parts[0]), first, publicKey.bytes) else {
            throw .badKey("the id does not belong to this name and key")
        }
        name = String(parts[0])
        self.id = id
        self.type = type
        self.publicKey = publicKey
    }

    /// `name+id+base64`, as the other initialiser reads it.
    public var description: String {
        "\(name)+\(Self.idText(id))+\(Base64.encode([type.rawValue] + publicKey.bytes))"
    }

    /// Whether a text may be a key's name.
    public static func isName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 }
    }

    static func idText(_ id: UInt32) -> String {
        Hexadecimal.encode([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) })
    }

    static func id(_ name: String, _ type: UInt8, _ key: [UInt8]) -> UInt32 {
        let hash = TreeHash.digest(of: Array(name.utf8) + [0x0A, type] + key)
        return hash.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Whether a signature is this key's over a note's text.
    func verifies(_ signature: [UInt8], of text: String) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey.bytes) else { return false }
        switch type {
        case .ed25519:
            return signature.count == 64 && key.isValidSignature(signature, for: Array(text.utf8))
        case .cosignature:
            guard signature.count == 72, let time = Cosignature.time(of: signature) else { return false }
            return key.isValidSignature(Array(signature.dropFirst(8)), for: Cosignature.message(text, time: time))
        }
    }
}

/// A private key under a name: signs notes.
public struct NoteSigner: Sendable {
    /// What others verify with.
    public let key: VerifierKey
    private let privateKey: Curve25519.Signing.PrivateKey

    /// Makes a signer from the 32 bytes of an Ed25519 seed; `nil` for another length or an impossible name.
    public init?(name: String, type: SignatureType, seed: [UInt8]) {
        guard let privateKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let publicKey = TreeHash([UInt8](privateKey.publicKey.rawRepresentation)),
            let key = VerifierKey(name: name, type: type, publicKey: publicKey)
        else { return nil }
        self.key = key
        self.privateKey = privateKey
    }

    /// A fresh key; `nil` for an impossible name.
    public init?(name: String, type: SignatureType) {
        self.init(name: name, type: type, seed: [UInt8](Curve25519.Signing.PrivateKey().rawRepresentation))
    }

    /// Reads what `secret` wrote.
    ///
    /// - Throws: `NoteError.badKey` or `.unsupportedType`.
    public init(secret: some StringProtocol) throws(NoteError) {
        let parts = secret.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[0] == "PRIVATE", parts[1] == "KEY" else {
            throw .badKey("a signing key begins with PRIVATE+KEY+")
        }
        guard let bytes = Base64.decode(parts[4...].joined(separator: "+")), let first = bytes.first else {
            throw .badKey("the key is not base64")
        }
        guard let type = SignatureType(rawValue: first) else { throw .unsupportedType(first) }
        guard let made = NoteSigner(name: String(parts[2]), type: type, seed: Array(bytes.dropFirst())),
            VerifierKey.idText(made.key.id) == parts[3]
        else { throw .badKey("the id does not belong to this name and key") }
        self = made
    }

    /// `PRIVATE+KEY+name+id+base64`, the form in which Go's note package keeps signing keys.
    public var secret: String {
        let bytes = [key.type.rawValue] + [UInt8](privateKey.rawRepresentation)
        return "PRIVATE+KEY+\(key.name)+\(VerifierKey.idText(key.id))+\(Base64.encode(bytes))"
    }

    /// A signature line over a note's text; a cosigner's also says the time, in seconds since 1970.
    ///
    /// - Returns: `nil` when the key cannot sign.
    public func sign(_ text: String, time: UInt64 = 0) -> NoteSignature? {
        switch key.type {
        case .ed25519:
            guard let bytes = try? privateKey.signature(for: Array(text.utf8)) else { return nil }
            return NoteSignature(name: key.name, id: key.id, bytes: [UInt8](bytes))
        case .cosignature:
            guard time <= UInt64(Int64.max),
                let bytes = try? privateKey.signature(for: Cosignature.message(text, time: time))
            else { return nil }
            let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * $0)) }
            return NoteSignature(name: key.name, id: key.id, bytes: stamp + [UInt8](bytes))
        }
    }
}

/// What a witness signs: a checkpoint's text and the time at which it was the newest (c2sp.org/tlog-cosignature).
public enum Cosignature {
    /// The time in a cosignature, in seconds since 1970; `nil` for too short a signature or a time past 2⁶³-1.
    public static func time(of signature: [UInt8]) -> UInt64? {
        guard signature.count >= 8 else { return nil }
        let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return time <= UInt64(Int64.max) ? time : nil
    }

    static func message(_ text: String, time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }
}
