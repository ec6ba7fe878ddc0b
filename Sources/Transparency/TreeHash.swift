import Crypto

/// A SHA-256 value in a Merkle tree: 32 bytes without a heap allocation.
public struct TreeHash: Sendable, Hashable, CustomStringConvertible {
    /// The bytes as they lie in memory, eight at a time.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The number of bytes.
    public static let size = 32

    /// All zero.
    init() {}

    /// Takes exactly 32 bytes; `nil` for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Takes exactly 32 bytes; `nil` for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        withUnsafeMutableBytes(of: &words) { target in bytes.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    /// Takes exactly 32 bytes; `nil` for any other number.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.size else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
    }

    /// Takes the 32 bytes at an address.
    public init(at start: UnsafeRawPointer) {
        words = start.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// The SHA-256 of bytes that say themselves what they are.
    init(hashing bytes: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        self.init(hash.finalize())
    }

    /// Writes the 32 bytes.
    func store(to memory: UnsafeMutableRawBufferPointer, at offset: Int) {
        memory.storeBytes(of: words, toByteOffset: offset, as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// Reads standard base64 of 32 bytes; `nil` for anything else.
    public init?(base64 text: some StringProtocol) {
        guard let bytes = Base64.decode(text) else { return nil }
        self.init(bytes)
    }

    init(_ digest: SHA256Digest) {
        withUnsafeMutableBytes(of: &words) { target in
            digest.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }

    /// Calls `body` with the 32 bytes.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withUnsafeBytes(of: words, body)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    /// Standard base64, 44 characters.
    public var base64: String { Base64.encode(bytes) }

    /// Standard base64, as proofs and checkpoints write it.
    public var description: String { base64 }

    /// Whether all 32 bytes are the same.
    public static func == (a: TreeHash, b: TreeHash) -> Bool { a.words == b.words }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
    }
}

extension TreeHash {
    /// The root of a tree without leaves: SHA-256 of nothing.
    public static let emptyTree = TreeHash(SHA256().finalize())

    /// The hash of a leaf: SHA-256(0x00 ‖ data), RFC 6962 section 2.1.
    public static func leaf(_ data: some Collection<UInt8>) -> TreeHash {
        let hash: TreeHash? = data.withContiguousStorageIfAvailable { leaf(UnsafeRawBufferPointer($0)) }
        return hash ?? Array(data).withUnsafeBytes { leaf($0) }
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ data), RFC 6962 section 2.1.
    public static func leaf(_ data: UnsafeRawBufferPointer) -> TreeHash {
        var hash = SHA256()
        withUnsafeBytes(of: UInt8(0)) { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: data)
        return TreeHash(hash.finalize())
    }

    /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1.
    public static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            buffer[0] = 1
            left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            right.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
            return TreeHash(hash.finalize())
        }
    }

    /// The plain SHA-256 of some bytes, as releases and documents are named by it.
    public static func digest(of data: some Collection<UInt8>) -> TreeHash {
        var hash = SHA256()
        let done: Void? = data.withContiguousStorageIfAvailable {
            hash.update(bufferPointer: UnsafeRawBufferPointer($0))
        }
        if done == nil { hash.update(data: Array(data)) }
        return TreeHash(hash.finalize())
    }

    /// 64 lower-case hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.encode(bytes) }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes)
    }
}
