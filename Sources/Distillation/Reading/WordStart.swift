/// The ASCII letters and digits that eight bytes of a text begin with, in one register.
struct WordStart {
    /// How many come first, 0…8.
    let count: Int
    /// These in lower case, the first in the lowest bits; zero past the last.
    let bytes: UInt64
    let hasDigit: Bool

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Looks at eight bytes, the first in the lowest bits.
    @inline(__always)
    init(_ eight: UInt64) {
        // What 0x20 does to a letter is lower case, and to a digit nothing. Seven bits a byte: no sum carries into the next.
        let lower = eight | 0x20 &* Self.ones
        let low = lower & ~Self.highs
        let letters = Self.within(low, 0x61, 0x7A)
        let digits = Self.within(eight & ~Self.highs, 0x30, 0x39)
        let others = ~((letters | digits) & ~eight) & Self.highs
        count = others.trailingZeroBitCount >> 3
        let mask = count == 0 ? 0 : UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count &* 8)
        bytes = lower & mask
        hasDigit = digits & ~eight & mask != 0
    }

    /// The high bit of each byte of seven bits that lies between two others.
    @inline(__always)
    private static func within(_ bytes: UInt64, _ first: UInt64, _ last: UInt64) -> UInt64 {
        (bytes &+ (0x80 &- first) &* ones) & ~(bytes &+ (0x7F &- last) &* ones) & highs
    }
}
