internal import NIOCore

/// What a choice has come to: its steps joined into whole texts, reasonings and calls, in the order in which they began.
struct AnswerItems: Sendable {
    /// One of them.
    struct Item: Sendable {
        enum Kind: Sendable, Equatable { case content, reasoning, refusal, sealed, call(Int) }

        let kind: Kind
        /// Text, arguments, or ciphertext.
        var text = ByteBuffer()
        var id: ByteBuffer?
        var name = ByteBuffer()
        var signature: ByteBuffer?
        var logprobs: [ByteBuffer] = []
        var isClosed = false
    }

    private(set) var items: [Item] = []

    /// Whether a tool is called.
    var hasCalls: Bool { items.contains { if case .call = $0.kind { true } else { false } } }

    /// Adds a step.
    ///
    /// - Returns: The item it belongs to, and whether it began with it; nil for a step that changes nothing.
    @discardableResult
    mutating func add(_ step: AnswerStep) -> (index: Int, isNew: Bool)? {
        switch step {
        case .text(let kind, let text):
            let wanted: Item.Kind = kind == .reasoning ? .reasoning : kind == .refusal ? .refusal : .content
            let place = place(of: wanted)
            items[place.index].text.writeImmutableBuffer(text)
            return place
        case .call(let number, let id, let name):
            // Some servers repeat the name with every fragment.
            guard !items.contains(where: { $0.kind == .call(number) }) else { return nil }
            var item = Item(kind: .call(number))
            item.id = id
            item.name = name
            return append(item)
        case .arguments(let number, let text):
            guard let index = items.firstIndex(where: { $0.kind == .call(number) }) else { return nil }
            items[index].text.writeImmutableBuffer(text)
            return (index, false)
        case .signature(let text):
            let place = place(of: .reasoning)
            items[place.index].signature = text
            items[place.index].isClosed = true
            return place
        case .sealed(let text):
            var item = Item(kind: .sealed)
            item.text = text
            item.isClosed = true
            return append(item)
        case .logprobs(let list):
            guard let index = items.lastIndex(where: { $0.kind == .content }) else { return nil }
            items[index].logprobs.append(list)
            return (index, false)
        case .blockEnd:
            if !items.isEmpty { items[items.count - 1].isClosed = true }
            return nil
        }
    }

    /// Adds a whole item.
    @discardableResult
    mutating func append(_ item: Item) -> (index: Int, isNew: Bool) {
        items.append(item)
        return (items.count - 1, true)
    }

    /// The item that text of a kind goes on in: the last one if it is of this kind and open, else a new one.
    private mutating func place(of kind: Item.Kind) -> (index: Int, isNew: Bool) {
        if let last = items.indices.last, items[last].kind == kind, !items[last].isClosed { return (last, false) }
        return append(Item(kind: kind))
    }

    /// All text of a kind, joined; nil if there is none.
    func joined(_ kind: Item.Kind) -> ByteBuffer? {
        var out: ByteBuffer?
        for item in items where item.kind == kind {
            var text = out ?? ByteBuffer()
            text.writeImmutableBuffer(item.text)
            out = text
        }
        return out
    }
}

extension AnswerItems.Item {
    /// The arguments of a call; a call without any has none to give, which is an empty object.
    var arguments: ByteBuffer { text.readableBytes == 0 ? ByteBuffer(string: "{}") : text }
}
