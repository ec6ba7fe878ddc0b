import Crypto

/// The digest of a long request's text, in pieces: a text that begins as another one did goes on from there.
///
/// The commitment is hash = SHA-256(`sluice/request/v2` ‖ newline ‖ salt ‖ SHA-256(text)). The digest itself has no salt: whoever
/// keeps one keeps it in memory alone.
public struct TextDigest: Sendable {
    private static let domain: StaticString = "sluice/request/v2\n"

    private var hash = SHA256()
    /// The bytes so far.
    public private(set) var count = 0

    /// Of nothing yet.
    public init() {}

    /// Adds the next piece of the text.
    public mutating func update(_ piece: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: piece)
        count += piece.count
    }

    /// Adds the next piece of the text.
    public mutating func update(_ piece: some Collection<UInt8>) {
        let done: Void? = piece.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(piece).withUnsafeBytes { update($0) } }
    }

    /// The commitment to a request of this text.
    public func commitment(salt: Salt = .random()) -> SealedCommitment {
        var outer = SHA256()
        let domain = Self.domain
        outer.update(bufferPointer: UnsafeRawBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount))
        salt.withBytes { outer.update(bufferPointer: $0) }
        hash.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return SealedCommitment(hash: Hash256(digest: outer.finalize()), salt: salt)
    }
}
