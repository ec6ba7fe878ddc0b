internal import NIOCore

/// The text of a tool call's arguments, which are JSON within JSON: their inner escapes are undone before they are
/// judged.
///
/// What comes out is still JSON, but for line breaks and tabs, which stand as themselves: escaped quotes and
/// backslashes stay, so that `restored` finds the way back. Fragments may be cut anywhere, also within an escape.
struct ArgumentText: Sendable {
    private var pending: [UInt8] = []

    /// Takes the next fragment; gives the readable text that is complete now.
    mutating func feed(_ text: ByteBuffer) -> ByteBuffer {
        if pending.isEmpty, !text.readableBytesView.contains(UInt8(ascii: "\\")) { return text }
        var input = pending
        input.append(contentsOf: text.readableBytesView)
        pending = []
        var out = ByteBuffer()
        out.reserveCapacity(input.count)
        input.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                guard bytes[index] == UInt8(ascii: "\\") else {
                    out.writeInteger(bytes[index])
                    index += 1
                    continue
                }
                guard let length = Self.escape(bytes, at: index, into: &out) else {
                    pending = Array(bytes[index...])
                    return
                }
                index += length
            }
        }
        return out
    }

    /// What is left of an escape that never ended.
    mutating func flush() -> ByteBuffer {
        defer { pending = [] }
        return ByteBuffer(bytes: pending)
    }

    /// Writes what one escape stands for; gives its length, or nil if it goes on in the next fragment.
    private static func escape(_ bytes: UnsafeRawBufferPointer, at index: Int, into out: inout ByteBuffer) -> Int? {
        guard index + 1 < bytes.count else { return nil }
        let letter = bytes[index + 1]
        if let space = space(letter) {
            out.writeInteger(space)
            return 2
        }
        func keep(_ length: Int) -> Int {
            out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[index..<index + length]))
            return length
        }
        guard letter == UInt8(ascii: "u") else { return keep(2) }
        guard index + 6 <= bytes.count else { return nil }
        guard let unit = JSONText.hexUnit(bytes, at: index + 2) else { return keep(2) }
        switch unit {
        case 0x0A, 0x0D, 0x09: out.writeInteger(UInt8(truncatingIfNeeded: unit))
        case 0..<0x20, 0x22, 0x5C, 0xDC00...0xDFFF: return keep(6)
        case 0xD800...0xDBFF:
            let rest = bytes.count - index - 6
            if rest < 6, rest == 0 || bytes[index + 6] == UInt8(ascii: "\\") {
                guard rest >= 2, bytes[index + 7] != UInt8(ascii: "u") else { return nil }
            }
            guard let low = JSONText.escapedUnit(bytes, at: index + 6), low & 0xFC00 == 0xDC00 else { return keep(6) }
            JSONText.append(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) { out.writeInteger($0) }
            return 12
        default: JSONText.append(unit) { out.writeInteger($0) }
        }
        return 6
    }

    private static func space(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }
}

/// Follows readable arguments to know what is inside of a string, and makes JSON of them again.
struct ArgumentQuotes: Sendable {
    private var inString = false
    private var afterBackslash = false

    /// Reads on; gives the same text with line breaks and tabs escaped where they are within a string.
    mutating func restored(_ text: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(text.readableBytes)
        for byte in text.readableBytesView {
            switch byte {
            case 0x0A where inString: out.writeStaticString("\\n")
            case 0x0D where inString: out.writeStaticString("\\r")
            case 0x09 where inString: out.writeStaticString("\\t")
            default: out.writeInteger(byte)
            }
            if afterBackslash {
                afterBackslash = false
            } else if byte == UInt8(ascii: "\\") {
                afterBackslash = true
            } else if byte == UInt8(ascii: "\"") {
                inString.toggle()
            }
        }
        return out
    }
}
