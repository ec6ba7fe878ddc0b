import CHash

/// The CRC-32C checksum (Castagnoli polynomial, reflected), eight bytes at a step; by the processor's instruction where it
/// has one.
///
/// - SeeAlso: RFC 3720 appendix B.4 for test values.
enum CRC32C {
    /// Eight tables of 256 entries, built once and never freed; unsafe only by its type, since nobody writes to it again.
    private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for index in 0..<256 {
            var crc = UInt32(index)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[index] = crc
        }
        for slice in 1..<8 {
            for index in 0..<256 {
                let before = tables[(slice - 1) * 256 + index]
                tables[slice * 256 + index] = before >> 8 ^ tables[Int(before & 0xFF)]
            }
        }
        return UnsafePointer(tables)
    }()

    private static let hasInstruction = sluice_has_crc32c() != 0

    /// The checksum of some bytes.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        hasInstruction ? sluice_crc32c(bytes.baseAddress, bytes.count) : checksumByTables(bytes)
    }

    /// The same without the instruction.
    static func checksumByTables(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let tables = Self.tables
        var crc: UInt32 = 0xFFFF_FFFF
        var at = 0
        while at &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ UInt64(crc)
            crc = tables[7 &* 256 &+ Int(word & 0xFF)]
            crc ^= tables[6 &* 256 &+ Int(word >> 8 & 0xFF)]
            crc ^= tables[5 &* 256 &+ Int(word >> 16 & 0xFF)]
            crc ^= tables[4 &* 256 &+ Int(word >> 24 & 0xFF)]
            crc ^= tables[3 &* 256 &+ Int(word >> 32 & 0xFF)]
            crc ^= tables[2 &* 256 &+ Int(word >> 40 & 0xFF)]
            crc ^= tables[256 &+ Int(word >> 48 & 0xFF)]
            crc ^= tables[Int(word >> 56)]
            at = at &+ 8
        }
        while at < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[at])) & 0xFF)]
            at = at &+ 1
        }
        return ~crc
    }
}
