internal import NIOCore

/// Dialects that describe a schema nowhere but in itself.
extension NeutralWriter {
    /// A schema with the description that the client gave beside it.
    ///
    /// - Throws: `RequestError` where the schema describes itself in other words, or is no object.
    func described(_ schema: ByteBuffer, _ description: ByteBuffer?) throws(RequestError) -> ByteBuffer {
        guard let description, let format = request.format else { return schema }
        var tape = JSONTape()
        let isRead = schema.withUnsafeReadableBytes { bytes in
            do throws(JSONFault) { try tape.scan(bytes, acceptsLoneSurrogates: true) } catch { return false }
            return tape.tokens.first?.kind == .object
        }
        guard isRead else {
            throw cannot(format.index, "describes a schema that is no object, which cannot be expressed")
        }
        let (own, isEmpty) = JSONView.read(schema, tape.tokens) { view -> (ByteBuffer?, Bool) in
            let member = view.member(0, "description")
            return (member.map { view.kind($0) == .string ? view.text($0) : ByteBuffer() }, view.isEmpty(0))
        }
        if let own {
            guard own == description else {
                throw cannot(format.index, "describes its schema twice, in different words, which cannot be expressed")
            }
            return schema
        }
        var writer = JSONWriter()
        writer.raw("{\"description\":")
        writer.string(description)
        if !isEmpty { writer.raw(",") }
        // Behind the schema's opening brace.
        var rest = schema
        let open = schema.readableBytesView.firstIndex(of: UInt8(ascii: "{")) ?? schema.readerIndex
        rest.moveReaderIndex(to: open + 1)
        writer.raw(rest)
        return writer.buffer
    }
}
