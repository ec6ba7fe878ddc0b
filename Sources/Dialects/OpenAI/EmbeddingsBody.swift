internal import NIOCore

/// Answers of vectors: only what was checked is written again, so no text can hide among them.
extension AnswerBody {
    /// Reads a list of embeddings; vectors are written as the client asked, whatever the server made of it.
    func readEmbeddings(_ view: JSONView) throws(UpstreamFault) {
        let place = EventPlace.body
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw UpstreamFault(.malformed, "\(place): not a JSON object")
        }
        if let error = view.member(0, "error"), view.isTruthy(error) { throw view.reported(error, place: place) }
        guard let list = view.member(0, "data"), view.kind(list) == .array, !view.isEmpty(list) else {
            throw UpstreamFault(.malformed, "\(place) has no data")
        }
        if let index = view.member(0, "usage"), view.kind(index) == .object {
            usage = TokenUsage(input: max(view.count(index, "prompt_tokens"), view.count(index, "total_tokens")))
        }
        var writer = JSONWriter(ByteBuffer())
        writer.raw("{\"object\":\"list\",\"data\":[")
        var (entry, number) = (list + 1, 0)
        while entry < view.next(list) {
            if number > 0 { writer.raw(",") }
            writer.raw("{\"object\":\"embedding\",\"index\":")
            writer.integer(view.member(entry, "index").flatMap { view.integer($0) } ?? number)
            writer.raw(",\"embedding\":")
            guard let vector = view.member(entry, "embedding") else {
                throw UpstreamFault(.malformed, "\(place) has an entry without an embedding")
            }
            try writer.vector(vector, view, as: options.encoding)
            writer.raw("}")
            entry = view.next(entry)
            number += 1
        }
        writer.raw("],\"model\":")
        writer.string(options.modelName)
        writer.raw(",\"usage\":{\"prompt_tokens\":")
        writer.integer(usage?.input ?? 0)
        writer.raw(",\"total_tokens\":")
        writer.integer(usage?.input ?? 0)
        writer.raw("}}")
        vectors = writer.buffer
        choices = [Choice(index: 0, pieces: AnswerPieces(), finish: "stop", range: 0..<0)]
    }
}

extension JSONWriter {
    /// Writes a vector; nil leaves it in the form that it came in.
    fileprivate mutating func vector(
        _ index: Int, _ view: JSONView, as encoding: VectorEncoding?
    ) throws(UpstreamFault) {
        switch view.kind(index) {
        case .array:
            let all = index + 1..<view.next(index)
            guard all.allSatisfy({ view.kind($0) == .number }) else {
                throw UpstreamFault(.malformed, "the answer has an embedding that is no list of numbers")
            }
            guard encoding == .base64 else { return raw(view.raw(index)) }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(all.count * 4)
            for number in all {
                let value = Float(String(buffer: view.raw(number))) ?? 0
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            raw("\"")
            buffer.writeBytes(Base64.encode(bytes))
            raw("\"")
        case .string:
            guard view.isBase64(index), let bytes = Base64.decode(view.text(index).readableBytesView),
                bytes.count % 4 == 0
            else { throw UpstreamFault(.malformed, "the answer has an embedding that is no base64 of numbers") }
            guard encoding == .float else { return raw(view.raw(index)) }
            raw("[")
            for start in stride(from: 0, to: bytes.count, by: 4) {
                if start > 0 { raw(",") }
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
                let value = Float(bitPattern: bits)
                buffer.writeString(value.isFinite ? "\(value)" : "null")
            }
            raw("]")
        default: throw UpstreamFault(.malformed, "the answer has an embedding that is none")
        }
    }
}

/// Base64 of bytes, with padding.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if rest > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if rest > 2 { group |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                out.append(place <= rest ? digits[Int(group >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return out
    }

    /// The bytes; nil for what is no base64.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3)
        var (group, bits, padding) = (UInt32(0), 0, 0)
        for byte in text {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: byte) else { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return padding <= 2 && bits != 6 ? out : nil
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
