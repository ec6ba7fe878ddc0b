import Glibc

/// The name of one decision: 16 bytes that sort by time, written `dec_` and 26 letters and digits.
///
/// The first 48 bits are milliseconds since 1970, the other 80 are random, so that ids cannot be guessed or counted.
public struct DecisionID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Time and the first 16 random bits.
    let high: UInt64
    /// The other 64 random bits.
    let low: UInt64

    /// A new id for a decision made at a time, in milliseconds since 1970.
    public init(at milliseconds: Int64) {
        let random = RandomPool.shared.draw()
        high = UInt64(truncatingIfNeeded: milliseconds) << 16 | random.0 & 0xFFFF
        low = random.1
    }

    /// A new id for a decision made now.
    public init() {
        self.init(at: wallClockMilliseconds())
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// When the decision was made, in milliseconds since 1970.
    public var milliseconds: Int64 { Int64(high >> 16) }

    /// Earlier ids come first; within a millisecond the order is arbitrary.
    public static func < (a: DecisionID, b: DecisionID) -> Bool {
        (a.high, a.low) < (b.high, b.low)
    }

    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    private static let digits = 26

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    /// `dec_` and 26 digits in Crockford's base 32, lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 4 + Self.digits) { out in
            let value = UInt128(high) << 64 | UInt128(low)
            for (index, letter) in "dec_".utf8.enumerated() { out[index] = letter }
            for index in 0..<Self.digits {
                let digit = Int(truncatingIfNeeded: value >> UInt128(5 * (Self.digits - 1 - index))) & 31
                out[4 + index] = Self.alphabet.utf8Start[digit]
            }
            return 4 + Self.digits
        }
    }

    /// Reads an id as people type it: either case, with or without `dec_`, o for 0, i or l for 1.
    public init?(_ text: some StringProtocol) {
        var letters = Array(text.utf8)
        if letters.count == 4 + Self.digits {
            guard letters.prefix(4).elementsEqual("dec_".utf8, by: { $0 | 0x20 == $1 | 0x20 }), letters[3] == 0x5F
            else { return nil }
            letters.removeFirst(4)
        }
        guard letters.count == Self.digits else { return nil }
        var value: UInt128 = 0
        for (index, letter) in letters.enumerated() {
            // 26 digits hold 130 bits: the first may only carry 3.
            guard let digit = Self.value(of: letter), index > 0 || digit < 8 else { return nil }
            value = value << 5 | UInt128(digit)
        }
        high = UInt64(truncatingIfNeeded: value >> 64)
        low = UInt64(truncatingIfNeeded: value)
    }

    private static func value(of letter: UInt8) -> UInt8? {
        let lower = letter >= 0x41 && letter <= 0x5A ? letter | 0x20 : letter
        switch lower {
        case UInt8(ascii: "o"): return 0
        case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
        default: break
        }
        for index in 0..<32 where alphabet.utf8Start[index] == lower { return UInt8(index) }
        return nil
    }
}

/// Milliseconds since 1970 by the machine's clock.
func wallClockMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) &* 1000 &+ Int64(now.tv_nsec) / 1_000_000
}

/// Nanoseconds on a clock that never goes back.
func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
}
