package import NIOCore

/// How large a buffer each read of a socket gets: a new one every time, since most of what is read is kept for a while.
///
/// A channel would keep the first one for as long as it stands, whatever it holds: so that is small, and tells no more than that
/// something has come.
package struct ReadSizes: RecvByteBufferAllocator {
    private static let first: UInt32 = 16
    private static let least: UInt32 = 256
    private static let usual: UInt32 = 2_048
    private static let most: UInt32 = 262_144

    private var size = Self.first
    /// How much the last read brought, if it would have gone twice into its buffer.
    private var short: Int?

    /// The sizes for one channel.
    package init() {}

    package func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: Int(size)) }

    /// No size: buffers are not used again.
    package func nextBufferSize() -> Int? { nil }

    package mutating func record(actualReadBytes bytes: Int) -> Bool {
        if size == Self.first {
            size = Self.usual
        } else if bytes >= Int(size) {
            size = min(size * 2, Self.most)
            short = nil
        } else if bytes <= Int(size / 2), size > Self.least {
            // Twice in a row: then the next one gets as little as would have done, at once. What a stream is read to stays for
            // a while, and each size on the way would leave holes.
            if let last = short {
                while size > Self.least, max(bytes, last) <= Int(size / 2) { size /= 2 }
                short = nil
            } else {
                short = bytes
            }
        } else {
            short = nil
        }
        return true
    }
}
