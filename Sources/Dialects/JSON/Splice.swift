internal import NIOCore

/// Edits of a document by byte ranges: every byte outside of them stays as it was.
struct Splice {
    private(set) var edits: [(range: Range<Int>, text: ByteBuffer)] = []

    var isEmpty: Bool { edits.isEmpty }

    mutating func replace(_ range: Range<Int>, with text: ByteBuffer) { edits.append((range, text)) }

    mutating func remove(_ range: Range<Int>) { edits.append((range, ByteBuffer())) }

    /// The document with the edits made; ranges are offsets into its readable bytes and must not overlap.
    ///
    /// - Parameter within: The part of the document to give; edits outside of it do not count.
    func applied(to buffer: ByteBuffer, within part: Range<Int>? = nil) -> ByteBuffer {
        let part = part ?? 0..<buffer.readableBytes
        var out = ByteBuffer()
        let grown = edits.reduce(0) { $0 + $1.text.readableBytes }
        out.reserveCapacity(part.count + grown)
        var position = part.lowerBound
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where edit.range.lowerBound >= position && edit.range.upperBound <= part.upperBound {
            out.writeSlice(of: buffer, position..<edit.range.lowerBound)
            out.writeImmutableBuffer(edit.text)
            position = edit.range.upperBound
        }
        out.writeSlice(of: buffer, position..<part.upperBound)
        return out
    }
}

extension ByteBuffer {
    /// Copies a range of another buffer's readable bytes.
    mutating func writeSlice(of other: ByteBuffer, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        _ = other.withUnsafeReadableBytes { bytes in
            writeBytes(UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<bytes.count)]))
        }
    }
}
