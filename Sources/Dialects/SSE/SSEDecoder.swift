public import NIOCore

/// Cuts a stream of bytes into events, as the WHATWG's HTML standard says (§9.2.6), whatever the chunks are.
///
/// Lines end in LF, CR LF or CR. An event ends at a blank line; one without data is dropped. Bytes that are no
/// `event` or `data` field (comments, ids) are not handed on, since nobody would judge them.
public struct SSEDecoder: Sendable {
    private let limit: Int
    private var pending = ByteBuffer()
    /// How far the pending bytes were searched for the end of the event, and where the line begins there.
    private var searched = 0
    private var lineStart = 0
    private var atStart = true
    private var ended = false
    /// Whether the first line of the event ended in a bare CR, nil before it ended.
    private var endsBare: Bool?

    /// Makes a decoder.
    ///
    /// - Parameter limit: The largest event in bytes.
    public init(limit: Int) { self.limit = limit }

    /// Takes the next bytes.
    public mutating func append(_ bytes: ByteBuffer) {
        guard pending.readableBytes > 0 else {
            pending = bytes
            return
        }
        if pending.readerIndex > 4096 { pending.discardReadBytes() }
        pending.writeImmutableBuffer(bytes)
    }

    /// The next whole event, or nil until more bytes come.
    ///
    /// - Throws: `UpstreamFault` if an event is larger than the limit.
    public mutating func next() throws(UpstreamFault) -> SSEEvent? {
        guard skipByteOrderMark() else { return nil }
        while let length = endOfEvent() {
            guard length <= limit else { throw tooLarge }
            guard let bytes = pending.readSlice(length: length) else { return nil }
            searched = 0
            lineStart = 0
            endsBare = nil
            if let event = SSEFields.event(bytes) { return event }
        }
        guard pending.readableBytes <= limit else { throw tooLarge }
        // What a large read lay in is not kept until the next one.
        if pending.readableBytes == 0, pending.storageCapacity > 4096 { pending = ByteBuffer() }
        return nil
    }

    /// The next event, if it has come and is in a known frame, and where its text is; nil if not, and nothing was taken.
    mutating func next(in frame: EventMold.Frame) -> (raw: ByteBuffer, text: Range<Int>)? {
        guard !atStart, let text = pending.withUnsafeReadableBytes({ frame.text(in: $0) }) else { return nil }
        let length = text.upperBound + frame.tail
        guard length <= limit, let raw = pending.readSlice(length: length) else { return nil }
        searched = 0
        lineStart = 0
        endsBare = nil
        return (raw, text)
    }

    /// Says that no more bytes come.
    ///
    /// - Throws: `UpstreamFault` if they ended inside an event other than a last `[DONE]`.
    public mutating func finish() throws(UpstreamFault) {
        ended = true
        guard pending.readableBytes > 0 else { return }
        if endOfEvent() != nil { return }
        guard let event = SSEFields.event(pending), event.data != ByteBuffer(string: "[DONE]") else { return }
        throw UpstreamFault(.truncated, "the stream ended inside an event")
    }

    private var tooLarge: UpstreamFault { UpstreamFault(.tooLarge, "an event is larger than \(limit) bytes") }

    /// Drops a byte order mark; false while it cannot be known whether there is one.
    private mutating func skipByteOrderMark() -> Bool {
        guard atStart else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let head = pending.readableBytesView.prefix(3)
        guard mark.starts(with: head) else {
            atStart = false
            return true
        }
        guard head.count == 3 else { return ended && head.isEmpty }
        pending.moveReaderIndex(forwardBy: 3)
        atStart = false
        return true
    }

    /// The length of the pending event with its blank line, once that is there.
    private mutating func endOfEvent() -> Int? {
        var (index, line, bare) = (searched, lineStart, endsBare)
        let ended = ended
        let length = pending.withUnsafeReadableBytes { bytes -> Int? in
            while index < bytes.count {
                index = SSEFields.endOfLine(bytes, from: index)
                guard index < bytes.count else { return nil }
                var end = index + 1
                var isBare = bytes[index] == 0x0D
                if isBare, bare == true, line == index {
                    // Where lines end in bare CRs, the blank one does not wait for a line feed.
                    return end
                } else if isBare, end == bytes.count {
                    if !ended { return nil }
                } else if isBare, bytes[end] == 0x0A {
                    end += 1
                    isBare = false
                }
                if line == index { return end }
                if bare == nil { bare = isBare }
                index = end
                line = end
            }
            return nil
        }
        (searched, lineStart, endsBare) = (index, line, bare)
        return length
    }
}
