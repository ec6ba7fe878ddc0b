internal import NIOCore

extension AnswerBody {
    /// Reads a whole chat completion.
    func readChat(_ view: JSONView) throws(UpstreamFault) {
        let place = EventPlace.body
        var words = EnvelopeWords()
        let envelope = try ChatEnvelope.read(view, place: place, words: &words)
        edits.append(envelope.edits)
        if let index = envelope.usage { usage = TokenUsage(openAI: index, view) }
        if let model = envelope.model { options.rename(model, view, &edits) }
        guard let list = envelope.choices, view.kind(list) == .array, !view.isEmpty(list) else {
            throw UpstreamFault(.malformed, "\(place) has no choices")
        }
        var choice = list + 1
        while choice < view.next(list) {
            try readChat(choice: choice, view, extras: choice == list + 1 ? envelope.extras : [])
            choice = view.next(choice)
        }
        envelope.strip(view, into: &stripped)
    }

    private func readChat(choice: Int, _ view: JSONView, extras: [Int]) throws(UpstreamFault) {
        let place = EventPlace.body
        guard view.kind(choice) == .object, choices.count < 128 else {
            throw UpstreamFault(.malformed, "\(place) has a choice that is none")
        }
        guard options.upstream != .completions || view.member(choice, "text") != nil else {
            throw UpstreamFault(.malformed, "\(place) has a choice without text")
        }
        let number = view.member(choice, "index").map { view.integer($0) ?? -1 } ?? 0
        guard number >= 0, !choices.contains(where: { $0.index == number }) else {
            throw UpstreamFault(.malformed, "\(place) has choices with wrong indices")
        }
        var output = ChatOutput(
            OutputReader(view, passesNumbers: options.passesNumbers, dropsUnknown: false, memory: OutputMemory()),
            isChunk: false, isCompletion: options.upstream == .completions)
        output.reader.takesNotes = options.isTranslated
        try output.read(choice: choice, place: place)
        for key in extras { try output.reader.addUnknown(key: key, path: 11) }
        guard let finish = output.finish else {
            throw UpstreamFault(.unfinished, "choice \(number) of the answer has no finish reason")
        }
        edits.append(output.reader.edits)
        choices.append(
            Choice(
                index: number, pieces: output.reader.pieces, finish: finish, range: view.range(choice),
                notes: output.reader.notes))
    }

    func chatBody(_ refusing: [Int: Refusal]) -> ByteBuffer {
        let refused = choices.filter { refusing[$0.index] != nil }
        let replaced = refused.map(\.range) + stripped.edits.map(\.range)
        var all = Splice()
        for edit in edits.edits where !replaced.contains(where: { $0.contains(edit.range.lowerBound) }) {
            all.replace(edit.range, with: edit.text)
        }
        all.append(stripped)
        for choice in refused {
            guard let refusal = refusing[choice.index] else { continue }
            var writer = JSONWriter()
            if options.dialect == .completions {
                writer.refusedCompletion(choice.index, refusal)
            } else {
                writer.refusedChoice(choice.index, refusal)
            }
            all.replace(choice.range, with: writer.buffer)
        }
        return all.applied(to: bytes)
    }
}

extension JSONWriter {
    /// A choice of a whole completion that says why there is no answer.
    mutating func refusedChoice(_ index: Int, _ refusal: Refusal) {
        raw("{\"index\":")
        integer(index)
        raw(",\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":")
        string(refusal.explanation)
        raw("},\"logprobs\":null,\"finish_reason\":\"content_filter\"}")
    }
}
