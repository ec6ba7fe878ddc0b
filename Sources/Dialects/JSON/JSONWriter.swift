internal import NIOCore

/// Writes our own JSON into a buffer; strings are escaped, and whatever is not UTF-8 becomes U+FFFD.
struct JSONWriter {
    var buffer: ByteBuffer

    init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// Writes bytes that are JSON already.
    mutating func raw(_ text: StaticString) { buffer.writeStaticString(text) }

    /// Writes bytes that are JSON already.
    mutating func raw(_ bytes: ByteBuffer) { buffer.writeImmutableBuffer(bytes) }

    mutating func integer(_ value: Int) { buffer.writeString(String(value)) }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    mutating func string(_ text: ByteBuffer) { text.withUnsafeReadableBytes { string($0) } }

    /// Writes a string, or `null`.
    mutating func string(orNull text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    mutating func string(_ text: UnsafeRawBufferPointer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var plain = 0
        var index = 0
        func flush(_ buffer: inout ByteBuffer) {
            guard plain < index else { return }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: text[plain..<index]))
        }
        while index < text.count {
            let byte = text[index]
            if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte != 0x7F {
                index += 1
                continue
            }
            if byte >= 0x80, let length = UTF8Sequence.length(text, at: index) {
                index += length
                continue
            }
            flush(&buffer)
            escape(byte)
            index += 1
            plain = index
        }
        flush(&buffer)
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        case 0x80...: buffer.writeStaticString("\u{FFFD}")
        default:
            buffer.writeStaticString("\\u00")
            let digits: StaticString = "0123456789abcdef"
            buffer.writeInteger(digits.utf8Start[Int(byte >> 4)])
            buffer.writeInteger(digits.utf8Start[Int(byte & 15)])
        }
    }
}
