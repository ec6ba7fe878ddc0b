internal import Crypto

/// A constitution in force: the rules, the hash of the bytes they were read from, and who signed them.
public struct ConstitutionRelease: Sendable {
    /// The rules.
    public let constitution: Constitution
    /// SHA-256 of the document, byte for byte; every decision names it.
    public let hash: [UInt8]
    /// The signature, verified; nil if the release is unsigned.
    public let signature: ReleaseSignature?

    /// What the `format` line of a document says.
    public static let format = "sluice-constitution/1"

    /// Reads a document, checks it whole, and verifies its signature.
    ///
    /// A signature that is handed in is always verified, even where an unsigned document would do.
    ///
    /// - Parameters:
    ///   - document: The YAML file, at most 256 KiB.
    ///   - signature: The detached signature file, if there is one.
    ///   - keys: The keys whose signatures count.
    ///   - allowingUnsigned: Whether a document without a signature is accepted.
    /// - Throws: `ConstitutionError`; `invalidDocument` lists all problems, not the first only.
    public static func load(
        document: [UInt8], signature: [UInt8]?, trusting keys: [VerifyingKey], allowingUnsigned: Bool = false
    ) throws(ConstitutionError) -> ConstitutionRelease {
        let constitution = try Constitution(document: document)
        let hash = Array(SHA256.hash(data: document))
        guard let signature else {
            guard allowingUnsigned else { throw .unsigned }
            return ConstitutionRelease(constitution: constitution, hash: hash, signature: nil)
        }
        let parsed = try ReleaseSignature(file: signature)
        try parsed.verify(hash: hash, version: constitution.version, trusting: keys)
        return ConstitutionRelease(constitution: constitution, hash: hash, signature: parsed)
    }

    /// The constitution that Sluice ships, unsigned; a deployment signs a copy with its own key.
    public static let builtIn = ConstitutionRelease(shipped: builtInDocument)

    /// The bytes of the constitution that Sluice ships.
    ///
    /// `Resources/default.yaml`, put into the code by the target's `.embedInCode` resource.
    public static let builtInDocument: [UInt8] = PackageResources.default_yaml

    /// The hash in hexadecimal, 64 characters.
    public var hashText: String { hexadecimal(hash) }

    private init(constitution: Constitution, hash: [UInt8], signature: ReleaseSignature?) {
        self.constitution = constitution
        self.hash = hash
        self.signature = signature
    }

    private init(shipped document: [UInt8]) {
        do {
            self = try .load(document: document, signature: nil, trusting: [], allowingUnsigned: true)
        } catch {
            // Not input: the bytes are part of the program, and a test reads them.
            preconditionFailure("the shipped constitution is invalid: \(error)")
        }
    }
}
