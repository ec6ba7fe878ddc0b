/// A keyed hash of texts, fast enough to tell a long conversation again at a small part of what judging it costs.
///
/// Blocks of four kilobytes are summed by the universal hash NH under a secret key; SipHash-2-4 with 128 bits joins the sums, the
/// text's length and what came before. Whoever does not know the keys cannot look for two texts of one hash: a try succeeds
/// once in 2^64.
///
/// - SeeAlso: Black et al., UMAC (CRYPTO 1999); Aumasson and Bernstein, SipHash (INDOCRYPT 2012).
struct TurnHash: Sendable {
    /// What a chain of texts comes to.
    struct Value: Hashable, Sendable {
        var low: UInt64
        var high: UInt64
    }

    private static let blockWords = 512
    private let keys: [UInt64]
    private let sip: (UInt64, UInt64)

    /// A hash under keys of its own.
    init() {
        var random = SystemRandomNumberGenerator()
        keys = (0..<Self.blockWords).map { _ in random.next() }
        sip = (random.next(), random.next())
    }

    /// The beginning of a chain: the same texts of somebody else come to something else.
    func beginning(for owner: String) -> Value {
        var owner = owner
        return owner.withUTF8 { add(UnsafeRawBufferPointer($0), 0, to: Value(low: 0, high: 0)) }
    }

    /// The chain with one more text.
    ///
    /// - Parameter mark: What else tells texts apart.
    func add(_ text: UnsafeRawBufferPointer, _ mark: UInt8, to chain: Value) -> Value {
        var state = SipState(sip)
        state.add(chain.low)
        state.add(chain.high)
        state.add(UInt64(mark) << 56 | UInt64(truncatingIfNeeded: text.count))
        keys.withUnsafeBufferPointer { keys in
            var offset = 0
            while offset < text.count {
                let count = min(Self.blockWords * 8, text.count - offset)
                let (high, low) = Self.sum(UnsafeRawBufferPointer(rebasing: text[offset..<offset + count]), keys)
                state.add(low)
                state.add(high)
                offset += count
            }
        }
        return state.finish()
    }

    /// NH: the sum of products of pairs of words, each with its key; in two sums, since none waits for the other.
    @inline(__always)
    private static func sum(
        _ block: UnsafeRawBufferPointer, _ keys: UnsafeBufferPointer<UInt64>
    ) -> (high: UInt64, low: UInt64) {
        var (even, odd) = (Wide(), Wide())
        let pairs = block.count / 16
        var pair = 0
        while pair &+ 2 <= pairs {
            even.add(block, pair, keys)
            odd.add(block, pair &+ 1, keys)
            pair &+= 2
        }
        if pair < pairs { even.add(block, pair, keys) }
        if block.count > pairs * 16 {
            var words: (UInt64, UInt64) = (0, 0)
            withUnsafeMutableBytes(of: &words) {
                $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[(pairs * 16)...]))
            }
            odd.add((words.0 &+ keys[pairs * 2]).multipliedFullWidth(by: words.1 &+ keys[pairs * 2 + 1]))
        }
        even.add((odd.high, odd.low))
        return (even.high, even.low)
    }
}

/// A sum of 128 bits.
private struct Wide {
    var low: UInt64 = 0
    var high: UInt64 = 0

    @inline(__always)
    mutating func add(_ product: (high: UInt64, low: UInt64)) {
        let (sum, carry) = low.addingReportingOverflow(product.low)
        low = sum
        high = high &+ product.high &+ (carry ? 1 : 0)
    }

    /// Adds the product of two words, each with its key.
    @inline(__always)
    mutating func add(_ block: UnsafeRawBufferPointer, _ pair: Int, _ keys: UnsafeBufferPointer<UInt64>) {
        let first = block.loadUnaligned(fromByteOffset: pair &* 16, as: UInt64.self) &+ keys[pair &* 2]
        let second = block.loadUnaligned(fromByteOffset: pair &* 16 &+ 8, as: UInt64.self) &+ keys[pair &* 2 &+ 1]
        add(first.multipliedFullWidth(by: second))
    }
}

/// SipHash-2-4 over words, with 128 bits of result.
private struct SipState {
    private var v0, v1, v2, v3: UInt64
    private var count: UInt64 = 0

    init(_ key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xEE
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v2 = v2 &+ v3
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 = v0 << 32 | v0 >> 32
        v2 = v2 &+ v1
        v0 = v0 &+ v3
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
        count &+= 8
    }

    mutating func finish() -> TurnHash.Value {
        add(count << 56)
        v2 ^= 0xEE
        for _ in 0..<4 { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return TurnHash.Value(low: low, high: v0 ^ v1 ^ v2 ^ v3)
    }
}
