internal import NIOCore

/// Reads the lines of one event.
enum SSEFields {
    /// The offset of the next CR or LF, or the number of bytes.
    @inline(__always)
    static func endOfLine(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let feed = word ^ (ones &* 0x0A)
            let carriage = word ^ (ones &* 0x0D)
            let stop = ((feed &- ones) & ~feed | (carriage &- ones) & ~carriage) & 0x8080_8080_8080_8080
            guard stop == 0 else { return index + stop.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < bytes.count, bytes[index] != 0x0A, bytes[index] != 0x0D { index += 1 }
        return index
    }

    /// The event that the bytes up to a blank line make, or nil if they hold no data.
    static func event(_ raw: ByteBuffer) -> SSEEvent? {
        var data: [Range<Int>] = []
        var single: Range<Int>?
        var name: Range<Int>?
        var isClean = true
        raw.withUnsafeReadableBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = endOfLine(bytes, from: start)
                var next = min(end + 1, bytes.count)
                if end < bytes.count, bytes[end] == 0x0D, next < bytes.count, bytes[next] == 0x0A { next += 1 }
                if let value = value(of: "data", bytes, start..<end) {
                    if let first = single, data.isEmpty { data.append(first) }
                    if single == nil { single = value } else { data.append(value) }
                } else if let value = value(of: "event", bytes, start..<end) {
                    if name != nil { isClean = false }
                    name = value
                } else if end > start {
                    isClean = false
                }
                start = next
            }
        }
        guard let single else { return nil }
        var joined = slice(raw, single)
        if !data.isEmpty {
            joined = ByteBuffer()
            for (number, range) in data.enumerated() {
                if number > 0 { joined.writeInteger(UInt8(0x0A)) }
                joined.writeSlice(of: raw, range)
            }
        }
        guard joined.readableBytes > 0 else { return nil }
        let label = name.flatMap { $0.isEmpty ? nil : slice(raw, $0) }
        return SSEEvent(name: label, data: joined, raw: isClean ? raw : rewritten(label, joined))
    }

    private static func slice(_ buffer: ByteBuffer, _ range: Range<Int>) -> ByteBuffer {
        buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    /// The value of a line if it is a field of this name; the space after the colon is not a part of it.
    private static func value(of field: StaticString, _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Range<
        Int
    >? {
        let length = field.utf8CodeUnitCount
        guard line.count >= length else { return nil }
        for index in 0..<length where bytes[line.lowerBound + index] != field.utf8Start[index] { return nil }
        var start = line.lowerBound + length
        guard start < line.upperBound else { return start..<start }
        guard bytes[start] == UInt8(ascii: ":") else { return nil }
        start += 1
        if start < line.upperBound, bytes[start] == 0x20 { start += 1 }
        return start..<line.upperBound
    }

    /// An event written anew; each line of its data gets a field of its own.
    static func rewritten(_ name: ByteBuffer?, _ data: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        if let name {
            out.writeStaticString("event: ")
            out.writeImmutableBuffer(name)
            out.writeStaticString("\n")
        }
        let isLine = data.withUnsafeReadableBytes { endOfLine($0, from: 0) == $0.count }
        if isLine {
            out.reserveCapacity(out.readableBytes + data.readableBytes + 8)
            out.writeStaticString("data: ")
            out.writeImmutableBuffer(data)
            out.writeStaticString("\n\n")
            return out
        }
        for line in data.readableBytesView.split(separator: 0x0A, omittingEmptySubsequences: false) {
            out.writeStaticString("data: ")
            out.writeBytes(line)
            out.writeStaticString("\n")
        }
        out.writeStaticString("\n")
        return out
    }
}
