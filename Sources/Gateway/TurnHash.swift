import CTurnHash

/// A keyed hash of texts, fast enough to tell a long conversation again at a small part of what judging it costs.
///
/// Blocks of four kilobytes are summed by the universal hash NH under a secret key, or by its kin of products without carries
/// (`CTurnHash`); SipHash-2-4 with 128 bits joins the sums, the
/// text's length and what came before. Whoever does not know the keys cannot look for two texts of one hash: a try succeeds
/// once in 2^64.
///
/// - SeeAlso: Black et al., UMAC (CRYPTO 1999); Lemire and Kaser, Faster 64-bit universal hashing using carry-less
///   multiplications (2016); Aumasson and Bernstein, SipHash (INDOCRYPT 2012).
struct TurnHash: Sendable {
    /// What a chain of texts comes to.
    struct Value: Hashable, Sendable {
        var low: UInt64
        var high: UInt64
    }

    /// The hash that all memories share, under keys that end with the process.
    static let ofProcess = TurnHash()

    static let block = Int(SLUICE_TURN_BLOCK)
    private let keys: [UInt64]
    private let sip: (UInt64, UInt64)
    /// How blocks are summed.
    private let way: sluice_turn_way

    /// A hash under keys of its own.
    ///
    /// - Parameter way: How blocks are summed; the quickest way this processor knows unless said otherwise.
    init(way: sluice_turn_way = sluice_turn_best()) {
        self.way = way
        var random = SystemRandomNumberGenerator()
        keys = (0..<Self.block / 8).map { _ in random.next() }
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
        keys.withUnsafeBytes { keys in
            guard let keys = keys.baseAddress, let bytes = text.baseAddress else { return }
            var offset = 0
            while offset < text.count {
                let count = min(Self.block, text.count - offset)
                let sum = sluice_turn_sum(bytes + offset, count, keys, way)
                state.add(sum.low)
                state.add(sum.high)
                offset += count
            }
        }
        return state.finish()
    }

    /// A chain that goes on with what another hash made, and some numbers.
    func join(_ sum: Value, _ numbers: some Sequence<UInt64>, to chain: Value) -> Value {
        var state = SipState(sip)
        state.add(chain.low)
        state.add(chain.high)
        state.add(sum.low)
        state.add(sum.high)
        for number in numbers { state.add(number) }
        return state.finish()
    }

    /// The sums of all that a text begins with, made in one pass.
    func sums(of text: UnsafeRawBufferPointer, to chain: Value) -> Sums {
        var state = SipState(sip)
        state.add(chain.low)
        state.add(chain.high)
        var sums = Sums(states: [], hash: self)
        sums.states.reserveCapacity(text.count / Self.block + 1)
        sums.states.append(state)
        keys.withUnsafeBytes { keys in
            guard let keys = keys.baseAddress, let bytes = text.baseAddress else { return }
            for block in 0..<text.count / Self.block {
                let sum = sluice_turn_sum(bytes + block * Self.block, Self.block, keys, way)
                state.add(sum.low)
                state.add(sum.high)
                sums.states.append(state)
            }
        }
        return sums
    }

    /// What the beginnings of one text come to.
    struct Sums: Sendable {
        /// Behind each whole block, from before the first one.
        fileprivate var states: [SipState]
        fileprivate let hash: TurnHash

        /// How many whole blocks there are.
        var blocks: Int { states.count - 1 }

        /// The sum of the first whole blocks.
        func value(blocks: Int) -> Value {
            var state = states[blocks]
            return state.finish()
        }

        /// The sum of a text's bytes before a place; of the text that these were made of.
        func value(_ text: UnsafeRawBufferPointer, before end: Int) -> Value {
            var state = states[min(end / TurnHash.block, blocks)]
            let rest = text[min(end / TurnHash.block, blocks) * TurnHash.block..<end]
            let sum = hash.keys.withUnsafeBytes { keys in
                guard let keys = keys.baseAddress, let bytes = UnsafeRawBufferPointer(rebasing: rest).baseAddress
                else { return sluice_turn_sum() }
                return sluice_turn_sum(bytes, rest.count, keys, hash.way)
            }
            state.add(UInt64(truncatingIfNeeded: end) | 1 << 63)
            state.add(sum.low)
            state.add(sum.high)
            return state.finish()
        }
    }
}

/// SipHash-2-4 over words, with 128 bits of result.
private struct SipState: Sendable {
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
