import CHash

/// A keyed 64-bit hash (SipHash-1-3), so that nobody outside can build texts that collide in the sketches.
///
/// The same key gives the same hashes on every machine; sketches made with different keys cannot be merged.
/// - SeeAlso: Aumasson and Bernstein, SipHash: a fast short-input PRF (2012).
public struct KeyedHash: Sendable, Equatable {
    private let k0: UInt64
    private let k1: UInt64

    /// A hash under a 128-bit key.
    public init(key: (UInt64, UInt64)) {
        k0 = key.0
        k1 = key.1
    }

    /// A hash under a key given as text; it is folded to 128 bits, so give at least 16 random bytes.
    public init(secret: String) {
        let fixed = KeyedHash(key: (0x736C_7569_6365_2D77, 0x6174_6368_2D6B_6579))
        let bytes = Array(secret.utf8)
        let first = fixed.hash(bytes)
        self.init(key: (first, fixed.hash(bytes + [1])))
    }

    /// A value that tells whether two sketches were made under one key; it does not reveal the key.
    public var fingerprint: UInt64 { hash([0x66, 0x70]) }

    /// The hash of an array of bytes.
    public func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The hash of a text's UTF-8.
    public func hash(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    /// The hash of a piece of memory.
    @inline(__always)
    public func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(k0, k1)
        let count = bytes.count
        var at = 0
        while at &+ 8 <= count {
            state.take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at &+= 8
        }
        return state.end(Self.rest(bytes, count &- at), count)
    }

    /// The hashes of words of at most fifteen bytes, several at a time: room for as many more is behind each array.
    func words(
        _ low: UnsafePointer<UInt64>, _ high: UnsafePointer<UInt64>, _ lengths: UnsafePointer<UInt64>,
        into out: UnsafeMutablePointer<UInt64>, count: Int, _ way: sluice_hash_way
    ) {
        sluice_hash_words(low, high, lengths, out, count, k0, k1, way)
    }

    /// `combine` of two arrays' hashes, several at a time: room for as many more is behind each array.
    func pairs(
        _ first: UnsafePointer<UInt64>, _ second: UnsafePointer<UInt64>, into out: UnsafeMutablePointer<UInt64>,
        count: Int, _ way: sluice_hash_way
    ) {
        sluice_hash_pairs(first, second, out, count, k0, k1, way)
    }

    /// The last bytes of a piece, at most seven, the first of them lowest; read in as few steps as there can be.
    @inline(__always)
    private static func rest(_ bytes: UnsafeRawBufferPointer, _ left: Int) -> UInt64 {
        guard left > 0, let start = bytes.baseAddress else { return 0 }
        let count = bytes.count
        if count >= 8 {
            let eight = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            return UInt64(littleEndian: eight) >> UInt64(truncatingIfNeeded: 64 &- 8 &* left)
        }
        if count >= 4 {
            let first = UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))
            let second = UInt32(littleEndian: start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            return UInt64(first) | UInt64(second) << UInt64(truncatingIfNeeded: 8 &* (count &- 4))
        }
        let middle = count >> 1
        return UInt64(bytes[0]) | UInt64(bytes[middle]) << UInt64(truncatingIfNeeded: 8 &* middle)
            | UInt64(bytes[count &- 1]) << UInt64(truncatingIfNeeded: 8 &* (count &- 1))
    }

    /// The hash of two hashes in order.
    @inline(__always)
    public func combine(_ first: UInt64, _ second: UInt64) -> UInt64 {
        // Both are outputs of the keyed hash already: mixing needs no second pass of it.
        Self.mix((first &* 0x9E37_79B9_7F4A_7C15) ^ k0 ^ Self.mix(second &+ k1))
    }

    /// A bijective mixer of 64 bits.
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }

    /// SipHash's four words.
    private struct State {
        private var v0, v1, v2, v3: UInt64

        @inline(__always)
        init(_ k0: UInt64, _ k1: UInt64) {
            (v0, v1) = (k0 ^ 0x736f_6d65_7073_6575, k1 ^ 0x646f_7261_6e64_6f6d)
            (v2, v3) = (k0 ^ 0x6c79_6765_6e65_7261, k1 ^ 0x7465_6462_7974_6573)
        }

        @inline(__always)
        mutating func take(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        /// Takes what is left of a piece of so many bytes, and gives its hash.
        @inline(__always)
        mutating func end(_ rest: UInt64, _ count: Int) -> UInt64 {
            take(UInt64(truncatingIfNeeded: count) << 56 | rest)
            v2 ^= 0xff
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1
            v1 = (v1 << 13) | (v1 >> 51)
            v1 ^= v0
            v0 = (v0 << 32) | (v0 >> 32)
            v2 &+= v3
            v3 = (v3 << 16) | (v3 >> 48)
            v3 ^= v2
            v0 &+= v3
            v3 = (v3 << 21) | (v3 >> 43)
            v3 ^= v0
            v2 &+= v1
            v1 = (v1 << 17) | (v1 >> 47)
            v1 ^= v2
            v2 = (v2 << 32) | (v2 >> 32)
        }
    }
}
