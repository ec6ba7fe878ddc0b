import Glibc

/// A note beside the segments of how far they are known to be on the disk.
///
/// It is overwritten after each group commit and never waited for, so it may lag behind, but what it names was durable.
/// At start-up it tells a torn tail, which is repaired, from records that have gone missing, which is not.
struct DurableMark: Equatable {
    static let fileName = "durable"
    private static let magic: UInt64 = 0x314B_524D_4543_4C53

    /// The first sequence number of the segment that was being written.
    var segment: UInt64
    /// The number of bytes of that segment that are durable.
    var offset: UInt64
    /// The sequence number of the next record.
    var next: UInt64
    /// The chain value of the record before it.
    var chain: Hash256

    func write(to file: OpenFile) throws(LedgerError) {
        var writer = ByteWriter(capacity: 80)
        writer.append(integer: Self.magic)
        writer.append(integer: segment)
        writer.append(integer: offset)
        writer.append(integer: next)
        writer.append(chain)
        writer.append(integer: CRC32C.checksum(writer.bytes))
        try file.write(writer.bytes, at: 0)
    }

    /// The mark of a directory; `nil` when there is none or it was torn.
    static func read(in directory: String) throws(LedgerError) -> DurableMark? {
        let path = directory + "/" + fileName
        guard access(path, F_OK) == 0 else { return nil }
        let file = try OpenFile(path, O_RDONLY)
        let bytes = try file.bytes(68, at: 0)
        return bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let magic = reader.integer(UInt64.self)
            let segment = reader.integer(UInt64.self)
            let offset = reader.integer(UInt64.self)
            let next = reader.integer(UInt64.self)
            let chain = Hash256(reader.take(Hash256.size))
            let checksum = reader.integer(UInt32.self)
            guard !reader.isBroken, let chain, magic == Self.magic,
                checksum == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[0..<64]))
            else { return nil }
            return DurableMark(segment: segment, offset: offset, next: next, chain: chain)
        }
    }
}
