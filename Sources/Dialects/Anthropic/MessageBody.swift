internal import NIOCore

extension AnswerBody {
    /// Reads a whole message.
    func readMessage(_ view: JSONView) throws(UpstreamFault) {
        let place = EventPlace.body
        guard view.tokens.count > 0, view.kind(0) == .object else {
            throw UpstreamFault(.malformed, "\(place): not a JSON object")
        }
        if let error = view.member(0, "error"), view.isTruthy(error) { throw view.reported(error, place: place) }
        guard let content = view.member(0, "content"), view.kind(content) == .array else {
            throw UpstreamFault(.malformed, "\(place) has no content")
        }
        guard let reason = view.member(0, "stop_reason"), view.kind(reason) == .string, !view.isEmpty(reason),
            view.isIdentifier(reason)
        else { throw UpstreamFault(.unfinished, "\(place) has no stop reason") }
        if let model = view.member(0, "model") { options.rename(model, view, &edits) }
        var words = EnvelopeWords()
        for key in view.keys(of: 0) where view.spells(key, "usage") && view.kind(key + 1) == .object {
            var told = TokenUsage()
            told.update(anthropic: key + 1, view)
            usage = told
            if case .plain = words.read(key, view, isTable: true) { usageRange = view.range(key + 1) }
        }
        if let index = view.member(0, "id"), view.kind(index) == .string, view.isOpaque(index) {
            id = view.range(index)
        }
        var blocks = BlockReader(
            OutputReader(view, passesNumbers: options.passesNumbers, dropsUnknown: false, memory: OutputMemory()),
            sealed: 0)
        blocks.reader.takesNotes = options.isTranslated
        try read(content: content, &blocks)
        for key in view.keys(of: 0) where !view.spells(key, "content") && !view.spells(key, "model") {
            let isError = view.spells(key, "error") && view.isScalar(key + 1)
            if isError { continue }
            try blocks.reader.addField(
                key, of: AnswerDecoder.messageFields, stops: options.stops, &words, path: 24)
        }
        edits.append(blocks.reader.edits)
        choices = [
            Choice(
                index: 0, pieces: blocks.reader.pieces, finish: view.string(reason), range: view.range(0),
                notes: blocks.reader.notes)
        ]
    }

    private func read(content: Int, _ blocks: inout BlockReader) throws(UpstreamFault) {
        let view = blocks.reader.view
        var block = content + 1
        var index = 0
        while block < view.next(content) {
            guard view.kind(block) == .object, let type = view.member(block, "type"), view.kind(type) == .string,
                view.isIdentifier(type), index < AnswerChannel.maximumIndex
            else { throw UpstreamFault(.malformed, "the answer has a content block that is none") }
            try blocks.read(block: block, type: view.string(type), index: index)
            block = view.next(block)
            index += 1
        }
    }

    /// The message with a refusal in place of its content; its id and usage stay.
    func messageBody(_ refusing: [Int: Refusal]) -> ByteBuffer {
        guard let refusal = refusing[0] else { return edits.isEmpty ? bytes : edits.applied(to: bytes) }
        func part(_ range: Range<Int>) -> ByteBuffer {
            bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        }
        var ownID = JSONWriter()
        ownID.string("msg_\(refusal.decision)")
        var ownUsage = JSONWriter()
        (usage ?? TokenUsage()).write(anthropic: &ownUsage)
        var writer = JSONWriter()
        writer.refusedMessage(
            refusal, id: id.map(part) ?? ownID.buffer, model: options.modelName,
            usage: usageRange.map(part) ?? ownUsage.buffer)
        return writer.buffer
    }
}
