/// Why a constitution, its signature or a key was not accepted.
public enum ConstitutionError: Error, Sendable, Equatable {
    /// The document says something that cannot stand; all problems found in it, in the document's order, at least one.
    case invalidDocument([DocumentProblem])
    /// A signature is demanded, and there is none.
    case unsigned
    /// The signature file does not read as one; says what is wrong with it.
    case malformedSignature(String)
    /// The signature names a key that is not among the trusted ones (ids of both).
    case untrustedKey(String, trusted: [String])
    /// The signature is not this key's over this document.
    case signatureMismatch(key: String)
    /// A key file does not read as one; says what is wrong with it.
    case malformedKey(String)
}

extension ConstitutionError: CustomStringConvertible {
    /// What was wrong and the way out, one problem a line.
    public var description: String {
        switch self {
        case .invalidDocument(let problems):
            problems.map(\.description).joined(separator: "\n")
        case .unsigned:
            "the constitution has no signature, and this deployment demands one; "
                + "sign it with `sluice constitution sign FILE --key KEYFILE`"
        case .malformedSignature(let reason):
            "the signature file is not readable: \(reason); "
                + "sign the document again with `sluice constitution sign FILE --key KEYFILE`"
        case .untrustedKey(let id, let trusted):
            "the constitution is signed by key \(id), which is not trusted here "
                + (trusted.isEmpty
                    ? "(no key is)" : "(trusted: \(trusted.joined(separator: ", ")))")
                + "; trust that key's public half, or sign with a trusted key"
        case .signatureMismatch(let key):
            "the signature does not fit this document and key \(key): the document was changed after signing, "
                + "or the signature belongs to another one; compare with `sluice constitution diff`, then sign again"
        case .malformedKey(let reason):
            "the key file is not readable: \(reason); expected an Ed25519 key as PEM, "
                + "or its 32 bytes in hexadecimal or base64"
        }
    }
}
