import Glibc
import Threads

/// Random bytes from the kernel, fetched a block at a time so that most draws cost no system call.
///
/// Bytes that were handed out are wiped from the block.
final class RandomPool: Sendable {
    static let shared = RandomPool()

    private struct Block: Sendable {
        /// 256 bytes, as much as `getentropy` gives at once.
        var words = [UInt64](repeating: 0, count: 32)
        var used = 32
    }

    private let block = Guarded(Block())

    /// Two fresh words, 128 bits.
    func draw() -> (UInt64, UInt64) {
        block.withLock { block in
            if block.used &+ 2 > block.words.count {
                Self.fill(&block.words)
                block.used = 0
            }
            let at = block.used
            let pair = (block.words[at], block.words[at &+ 1])
            block.words[at] = 0
            block.words[at &+ 1] = 0
            block.used = at &+ 2
            return pair
        }
    }

    private static func fill(_ words: inout [UInt64]) {
        let result = words.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { getentropy($0, bytes.count) } ?? -1
        }
        guard result == 0 else {
            var system = SystemRandomNumberGenerator()
            for index in words.indices { words[index] = system.next() }
            return
        }
    }
}
