/// The next eight bytes of a text in one register: finds and folds the ASCII letters they begin with.
struct EightBytes {
    private let bytes: UInt64

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Loads what is there of eight bytes; the rest reads as zero.
    ///
    /// - Parameter available: How many bytes may be read, at least one.
    @inline(__always)
    init(at start: UnsafePointer<UInt8>, available: Int) {
        let raw = UnsafeRawPointer(start)
        if available >= 8 {
            bytes = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        } else if available >= 4 {
            // Two loads that overlap; what both hold is the same.
            let low = UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self))
            let high = UInt32(littleEndian: (raw + (available - 4)).loadUnaligned(as: UInt32.self))
            bytes = UInt64(low) | UInt64(high) &<< UInt64(truncatingIfNeeded: (available - 4) * 8)
        } else {
            var few = UInt64(start[0])
            if available > 1 { few |= UInt64(start[1]) &<< 8 }
            if available > 2 { few |= UInt64(start[2]) &<< 16 }
            bytes = few
        }
    }

    /// How many letters come first, 0…8.
    @inline(__always)
    var letters: Int {
        // Seven bits a byte, in lower case: no sum carries into the next byte.
        let low = (bytes | 0x20 &* Self.ones) & ~Self.highs
        let fromA = low &+ (0x80 - 0x61) &* Self.ones
        let pastZ = low &+ (0x80 - 0x7B) &* Self.ones
        let others = ~(fromA & ~pastZ & ~bytes) & Self.highs
        return others.trailingZeroBitCount >> 3
    }

    /// The first `count` of them, 1…8, in lower case; the rest is zero.
    @inline(__always)
    func lower(_ count: Int) -> UInt64 {
        (bytes | 0x20 &* Self.ones) & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count &* 8))
    }

    /// Writes all eight, in lower case as codes, and as they are.
    ///
    /// What isn't a letter means nothing there.
    @inline(__always)
    func store(_ codes: UnsafeMutablePointer<UInt16>, _ raw: UnsafeMutablePointer<UInt8>) {
        let lower = bytes | 0x20 &* Self.ones
        let wide = SIMD8<UInt16>(truncatingIfNeeded: unsafeBitCast(lower.littleEndian, to: SIMD8<UInt8>.self))
        UnsafeMutableRawPointer(codes).storeBytes(of: wide, as: SIMD8<UInt16>.self)
        UnsafeMutableRawPointer(raw).storeBytes(of: bytes.littleEndian, as: UInt64.self)
    }
}
