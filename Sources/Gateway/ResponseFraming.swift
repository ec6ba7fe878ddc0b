import NIOCore
import NIOHTTP1
import Upstreams

/// How a client knows where an answer's body ends (RFC 9112 §6).
enum ResponseFraming {
    case length(Int)
    case chunked
    /// By the end of the connection, for HTTP/1.0.
    case untilClose
    /// There is none, by its status.
    case none
}

extension ByteBuffer {
    /// Writes the head of an answer; a field that could break out of it is left out.
    mutating func writeHead(
        _ version: HTTPVersion, status: Int, _ fields: [(String, String)], framing: ResponseFraming, keepAlive: Bool
    ) {
        if version == .http1_1, status == 200 {
            writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            writeStaticString(version == .http1_1 ? "HTTP/1.1 " : "HTTP/1.0 ")
            writeInteger(status, radix: 10)
            writeStaticString(" ")
            writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
            writeStaticString("\r\n")
        }
        for (name, value) in fields { writeField(name, value) }
        switch framing {
        case .length(let length):
            writeStaticString("content-length: ")
            writeInteger(length, radix: 10)
            writeStaticString("\r\n")
        case .chunked: writeStaticString("transfer-encoding: chunked\r\n")
        case .untilClose, .none: break
        }
        writeStaticString(keepAlive ? "\r\n" : "connection: close\r\n\r\n")
    }

    /// Writes the line that opens a chunk of so many bytes.
    mutating func writeChunkSize(_ size: Int) {
        writeInteger(size, radix: 16)
        writeStaticString("\r\n")
    }

    /// Writes a number of at least 0 in ASCII digits.
    private mutating func writeInteger(_ number: Int, radix: Int) {
        var digits: UInt64 = 0
        var (rest, count) = (number, 0)
        // Up to 8 digits in one word; more than that is rare, and text.
        repeat {
            let digit = UInt64(rest % radix)
            digits = digits << 8 | (digit < 10 ? 0x30 + digit : 0x57 + digit)
            rest /= radix
            count += 1
        } while rest > 0 && count < 8
        guard rest == 0 else {
            writeString(String(number, radix: radix))
            return
        }
        for _ in 0..<count {
            writeInteger(UInt8(truncatingIfNeeded: digits))
            digits >>= 8
        }
    }
}
