/// Why a note, a key or what is built from them was turned away.
public enum NoteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes have not the form of a note; the line counts from 1.
    case malformed(String, line: Int)
    /// A verifier key has not the form `name+id+base64`.
    case badKey(String)
    /// The key's signature type is one that this program does not verify.
    case unsupportedType(UInt8)
    /// A signature under a known key does not verify.
    case badSignature(name: String)
    /// No signature is by a known key.
    case noKnownSignature
    /// A checkpoint's line is not what its place demands.
    case badCheckpoint(String)
    /// The checkpoint names another log than expected.
    case wrongOrigin(found: String, expected: String)
    /// A proof file's line is not what its place demands.
    case badProof(String)
    /// A policy's line is not well formed; it counts from 1.
    case badPolicy(String, line: Int)
    /// Too few of the policy's witnesses have cosigned.
    case quorumNotMet(quorum: String, cosigned: [String])

    /// What is wrong, where, and the way out where there is one.
    public var description: String {
        switch self {
        case .malformed(let what, let line): "line \(line) of the note: \(what)"
        case .badKey(let what): "the key is not NAME+ID+BASE64: \(what)"
        case .unsupportedType(let type):
            "signature type \(type) is not supported; use an Ed25519 key (type 1), or a cosigner's (type 4)"
        case .badSignature(let name): "the signature of '\(name)' does not verify"
        case .noKnownSignature: "none of the signatures is by a key that is known here"
        case .badCheckpoint(let what): "the checkpoint: \(what)"
        case .wrongOrigin(let found, let expected): "the checkpoint is of '\(found)', not of '\(expected)'"
        case .badProof(let what): "the proof: \(what)"
        case .badPolicy(let what, let line): "line \(line) of the policy: \(what)"
        case .quorumNotMet(let quorum, let cosigned):
            "quorum '\(quorum)' is not met; cosigned by \(cosigned.isEmpty ? "nobody" : cosigned.joined(separator: ", "))"
        }
    }
}
