import Crypto

/// Sixteen random bytes that keep a commitment from being guessed.
public struct Salt: Sendable, Hashable {
    let words: (UInt64, UInt64)

    /// The number of bytes.
    static let size = 16

    /// Fresh from the kernel's generator.
    public static func random() -> Salt { Salt(words: RandomPool.shared.draw()) }

    init(words: (UInt64, UInt64)) {
        self.words = words
    }

    /// Takes exactly 16 bytes; `nil` for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withUnsafeBytes(of: words, body)
    }

    /// The 16 bytes.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    /// Whether all 16 bytes are the same.
    public static func == (a: Salt, b: Salt) -> Bool { a.words == b.words }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
    }
}

/// A finished commitment: the hash, and the salt that opens it together with the text.
public struct SealedCommitment: Sendable, Hashable {
    /// SHA-256 of the domain, the salt and the text, or the text's digest.
    public let hash: Hash256
    /// The salt; `nil` once it has been thrown away, after which nobody can open the commitment.
    public let salt: Salt?

    /// Puts a commitment together from its parts.
    public init(hash: Hash256, salt: Salt?) {
        self.hash = hash
        self.salt = salt
    }

    /// Whether a text is the one that was committed to; false too when the salt has been thrown away.
    public func opens(to text: some Collection<UInt8>, as subject: Commitment.Subject) -> Bool {
        guard let salt else { return false }
        var commitment = Commitment(to: subject, salt: salt)
        commitment.update(text)
        if commitment.seal().hash == hash { return true }
        guard subject == .request else { return false }
        var digest = TextDigest()
        digest.update(text)
        return digest.commitment(salt: salt).hash == hash
    }
}

/// Commits to a text that may come in pieces, without keeping any of it.
///
/// hash = SHA-256(domain ‖ salt ‖ text); of a long request `TextDigest` makes another. How the text was cut into pieces makes
/// no difference.
public struct Commitment: Sendable {
    /// What is committed to; a request cannot be passed off as an answer.
    public enum Subject: Sendable {
        /// What the client sent.
        case request
        /// What the client was given.
        case answer

        var domain: StaticString {
            switch self {
            case .request: "sluice/request/v1\n"
            case .answer: "sluice/answer/v1\n"
            }
        }
    }

    private var hash = SHA256()
    private let salt: Salt

    /// Begins a commitment with a salt of its own.
    public init(to subject: Subject, salt: Salt = .random()) {
        self.salt = salt
        let domain = subject.domain
        hash.update(bufferPointer: UnsafeRawBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount))
        salt.withBytes { hash.update(bufferPointer: $0) }
    }

    /// Adds the next piece of the text.
    public mutating func update(_ piece: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: piece)
    }

    /// Adds the next piece of the text.
    public mutating func update(_ piece: some Collection<UInt8>) {
        let done: Void? = piece.withContiguousStorageIfAvailable {
            hash.update(bufferPointer: UnsafeRawBufferPointer($0))
        }
        if done == nil { hash.update(data: Array(piece)) }
    }

    /// The commitment to everything so far; more may be added and sealed again.
    public func seal() -> SealedCommitment {
        SealedCommitment(hash: Hash256(digest: hash.finalize()), salt: salt)
    }
}

extension Hash256 {
    init(digest: SHA256Digest) {
        self.init()
        withUnsafeMutableWords { target in
            digest.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }
}
