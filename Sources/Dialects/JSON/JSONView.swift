internal import NIOCore

/// A scanned document while its bytes are at hand: reads values by token index.
///
/// Valid only within the closure that made it.
struct JSONView {
    /// The document: by address, so that a view can be handed around without counting references.
    private let document: UnsafePointer<ByteBuffer>
    let bytes: UnsafeRawBufferPointer
    let tokens: UnsafeBufferPointer<JSONToken>

    /// Lends a view of a buffer's readable bytes and the tape scanned from them.
    @inline(__always)
    static func read<T>(_ buffer: ByteBuffer, _ tape: ContiguousArray<JSONToken>, _ body: (JSONView) -> T) -> T {
        withUnsafePointer(to: buffer) { document in
            buffer.withUnsafeReadableBytes { bytes in
                tape.withUnsafeBufferPointer { body(JSONView(document: document, bytes: bytes, tokens: $0)) }
            }
        }
    }

    @inline(__always)
    func kind(_ index: Int) -> JSONToken.Kind { tokens[index].kind }

    @inline(__always)
    func next(_ index: Int) -> Int { kind(index) == .key ? index + 1 : Int(tokens[index].link) }

    func offset(_ index: Int) -> Int { Int(tokens[index].start) }

    func range(_ index: Int) -> Range<Int> { Int(tokens[index].start)..<Int(tokens[index].end) }

    /// Whether a container is empty, a string has no bytes.
    func isEmpty(_ index: Int) -> Bool {
        switch kind(index) {
        case .object, .array: next(index) == index + 1
        case .string, .key: tokens[index].end - tokens[index].start == 2
        default: false
        }
    }

    /// The unescaped text of a string or key: a slice of the document where nothing is escaped.
    func text(_ index: Int) -> ByteBuffer {
        let token = tokens[index]
        let length = Int(token.end) - Int(token.start) - 2
        guard token.isEscaped else {
            return slice(Int(token.start) + 1, length)
        }
        return unescaped(JSONText.inside(bytes, token))
    }

    /// What the inside of a string says.
    private func unescaped(_ inside: UnsafeRawBufferPointer) -> ByteBuffer {
        var out = ByteBuffer()
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: inside.count) { JSONText.unescape(inside, into: $0) }
        return out
    }

    /// The bytes of a value as they stand.
    func raw(_ index: Int) -> ByteBuffer {
        slice(offset(index), range(index).count)
    }

    private func slice(_ offset: Int, _ length: Int) -> ByteBuffer {
        document.pointee.getSlice(at: document.pointee.readerIndex + offset, length: length) ?? ByteBuffer()
    }

    func string(_ index: Int) -> String { JSONText.string(bytes, tokens[index]) }

    /// Whether a string or key spells a word.
    func spells(_ index: Int, _ word: StaticString) -> Bool {
        let token = tokens[index]
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let inside = JSONText.inside(bytes, token)
        guard token.isEscaped else { return inside.count == expected.count && JSONText.compare(inside, expected) == 0 }
        return JSONText.unescaped(inside).withUnsafeBytes { JSONText.compare($0, expected) == 0 }
    }

    /// Whether a string is the same as another.
    func spells(_ index: Int, _ word: String) -> Bool {
        let token = tokens[index]
        guard !token.isEscaped else { return string(index) == word }
        let inside = JSONText.inside(bytes, token)
        let same = word.utf8.withContiguousStorageIfAvailable {
            inside.count == $0.count && JSONText.compare(inside, UnsafeRawBufferPointer($0)) == 0
        }
        return same ?? (string(index) == word)
    }

    /// The value of a member by its name.
    func member(_ object: Int, _ name: StaticString) -> Int? {
        guard kind(object) == .object else { return nil }
        let end = next(object)
        var key = object + 1
        while key < end {
            if spells(key, name) { return key + 1 }
            key = next(key + 1)
        }
        return nil
    }

    /// A number that is whole and fits; `1e3` and `1.0` do not count.
    func integer(_ index: Int) -> Int? {
        guard kind(index) == .number else { return nil }
        var value = 0
        var range = range(index)
        let negative = bytes[range.lowerBound] == UInt8(ascii: "-")
        if negative { range = range.dropFirst() }
        for offset in range {
            let digit = bytes[offset] &- 0x30
            guard digit < 10 else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, above) = product.addingReportingOverflow(Int(digit))
            guard !over, !above else { return nil }
            value = sum
        }
        return negative ? -value : value
    }

    /// The integer member of an object, zero if there is none or it is negative: for counts.
    func count(_ object: Int, _ name: StaticString) -> Int {
        member(object, name).flatMap { integer($0) }.map { max($0, 0) } ?? 0
    }
}
