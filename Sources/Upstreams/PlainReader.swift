package import NIOCore

/// Takes messages of HTTP/1.1 out of the bytes of a connection as long as they are plain, and says where one is not.
///
/// What is not plain is for NIO's decoder (llhttp), which then has the connection to itself. A message is left to it before any of it was
/// taken; chunks that are not plain (extensions, trailers, line ends of another form) from the line on where they begin to be so.
package struct PlainReader {
    /// What comes next.
    package enum Part {
        case head(PlainHead)
        case body(ByteBuffer)
        case end
        /// Nothing until more bytes come.
        case more
        /// These bytes and all that follow are for a decoder; `isInChunks` if they begin at the line of a chunk's size.
        case foreign(ByteBuffer, isInChunks: Bool)
        /// A chunk does not end where its size says: no decoder can tell what follows.
        case broken
    }

    private enum State {
        case head
        /// So many bytes of the body are still to come.
        case length(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        /// The last message has ended; what follows is no part of any.
        case over
    }

    private let isRequest: Bool
    private var state = State.head
    private var isLast = false
    /// What has come and was not taken.
    private var bytes = ByteBuffer()
    /// How often a head has come in pieces: one that drips is not read again and again.
    private var tries = 0

    /// Reads requests, or answers.
    package init(isRequest: Bool) { self.isRequest = isRequest }

    /// Whether bytes have come that are not taken.
    package var holdsBytes: Bool { bytes.readableBytes > 0 }

    /// Adds what has come.
    package mutating func add(_ more: ByteBuffer) {
        if holdsBytes { bytes.writeImmutableBuffer(more) } else { bytes = more }
    }

    /// Takes the next part of a message.
    package mutating func next() -> Part {
        let part = take()
        // An empty buffer would hold the memory that it was read to for as long as nothing comes.
        if case .more = part, !holdsBytes { bytes = ByteBuffer() }
        return part
    }

    private mutating func take() -> Part {
        switch state {
        case .head: return head()
        case .over:
            bytes = ByteBuffer()
            return .more
        case .length(0): return end()
        case .length(let left):
            guard let piece = piece(upTo: left) else { return .more }
            state = .length(left - piece.readableBytes)
            return .body(piece)
        case .chunkSize: return chunkSize()
        case .chunk(let left):
            guard let piece = piece(upTo: left) else { return .more }
            state = piece.readableBytes == left ? .chunkEnd : .chunk(left - piece.readableBytes)
            return .body(piece)
        case .chunkEnd:
            switch bytes.withUnsafeReadableBytes({ Self.isLineEnd($0) }) {
            case nil: return .more
            case false?: return .broken
            case true?:
                bytes.moveReaderIndex(forwardBy: 2)
                state = .chunkSize
                return chunkSize()
            }
        }
    }

    private mutating func piece(upTo count: Int) -> ByteBuffer? {
        holdsBytes ? bytes.readSlice(length: min(count, bytes.readableBytes)) : nil
    }

    private mutating func head() -> Part {
        guard holdsBytes else { return .more }
        switch bytes.withUnsafeReadableBytes({ PlainHead.read($0, isRequest: isRequest) }) {
        case .foreign: return foreign(isInChunks: false)
        case .incomplete:
            tries += 1
            let isLong = tries > Self.mostTries || bytes.readableBytes > Self.longestHead
            return isLong ? foreign(isInChunks: false) : .more
        case .plain(let head, let size):
            tries = 0
            isLast = head.isLast
            bytes.moveReaderIndex(forwardBy: size)
            switch head.framing {
            case .length(let length): state = .length(length)
            case .chunks: state = .chunkSize
            }
            return .head(head)
        }
    }

    private static let mostTries = 4
    private static let longestHead = 16_384

    private mutating func end() -> Part {
        state = isLast ? .over : .head
        return .end
    }

    private mutating func foreign(isInChunks: Bool) -> Part {
        defer { bytes = ByteBuffer() }
        return .foreign(bytes, isInChunks: isInChunks)
    }
}

// Chunks (RFC 9112, 7.1).
extension PlainReader {
    /// What the line of a chunk's size came to, and its bytes.
    private enum Line {
        case size(Int, bytes: Int)
        case end(bytes: Int)
        case incomplete
        case foreign
    }

    private mutating func chunkSize() -> Part {
        switch bytes.withUnsafeReadableBytes({ Self.line($0) }) {
        case .incomplete: return .more
        case .foreign: return foreign(isInChunks: true)
        case .end(let taken):
            bytes.moveReaderIndex(forwardBy: taken)
            return end()
        case .size(let size, let taken):
            bytes.moveReaderIndex(forwardBy: taken)
            state = .chunk(size)
            return take()
        }
    }

    /// Whether they begin with the end of a line; nil if that cannot be told yet.
    private static func isLineEnd(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        guard let first = bytes.first else { return nil }
        guard first == UInt8(ascii: "\r") else { return false }
        return bytes.count > 1 ? bytes[1] == UInt8(ascii: "\n") : nil
    }

    private static func line(_ bytes: UnsafeRawBufferPointer) -> Line {
        var at = 0
        var size = 0
        while at < bytes.count, let digit = hexadecimal(bytes[at]) {
            guard at < mostDigits else { return .foreign }
            size = size << 4 | digit
            at += 1
        }
        guard at < bytes.count else { return .incomplete }
        guard at > 0, let isEnd = isLineEnd(.init(rebasing: bytes[at...])) else {
            return at > 0 ? .incomplete : .foreign
        }
        guard isEnd else { return .foreign }
        at += 2
        guard size == 0 else { return .size(size, bytes: at) }
        guard let isWhole = isLineEnd(.init(rebasing: bytes[at...])) else { return .incomplete }
        return isWhole ? .end(bytes: at + 2) : .foreign
    }

    /// Digits of a chunk's size; larger ones are not plain.
    private static let mostDigits = 7

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

/// Bytes as a channel hands them on, for handlers that also take the parts of messages.
package final class RawBytes: ChannelInboundHandler, Sendable {
    package typealias InboundIn = ByteBuffer

    private static let reader = RawBytes()

    /// What a channel has read.
    package static func of(_ data: NIOAny) -> ByteBuffer { reader.unwrapInboundIn(data) }
}
