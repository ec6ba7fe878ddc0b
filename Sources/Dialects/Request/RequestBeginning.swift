/// What a request's body came to as far as one of its texts, for bodies that begin with the same bytes.
public struct RequestBeginning: Sendable {
    /// Turns that need not be read again: nothing that follows them says what they are.
    struct Turns: Sendable {
        /// The list that they stand in.
        let list: Int
        /// How many there are, and where the next one stands.
        let count: Int
        let next: Int
        /// How many texts there are up to their end.
        let texts: Int
        /// What in them a model's configuration must allow.
        let sensitive: [(kind: SensitiveField.Kind, index: Int)]
    }

    let json: JSONBeginning
    /// Its texts, and more where it shares them with the request that it is of.
    let entries: ContiguousArray<RequestTexts.Entry>
    /// Nil where there are none.
    let turns: Turns?
    /// How many texts it has.
    public let texts: Int

    /// The offset in the body behind its last text.
    public var end: Int { json.end }

    /// What it takes in memory, in bytes.
    public var size: Int {
        json.tokens.count * MemoryLayout<JSONToken>.stride + entries.count * MemoryLayout<RequestTexts.Entry>.stride
    }

    /// Whether the first texts of a request that was read from it are those of this beginning.
    ///
    /// They need not be: what is behind the last of them may say what the item is that it stands in, and so what of it is text.
    public func begins(_ request: ModelRequest) -> Bool {
        let others = request.texts.entries
        guard texts <= others.count else { return false }
        for place in 0..<texts {
            let (one, other) = (entries[place], others[place])
            guard one.index == other.index, one.role.isAlike(other.role) else { return false }
        }
        return texts == others.count || others[texts].index > entries[texts - 1].index
    }
}

extension RequestText.Role {
    /// What the assistant began last is what it said, as soon as something follows.
    fileprivate func isAlike(_ other: Self) -> Bool {
        self == other || self == .prefill && other == .assistant || self == .assistant && other == .prefill
    }
}

extension ModelRequest {
    /// The body's beginning with its first texts; nil where the last of these is no string, or they stand in another order.
    public func beginning(texts count: Int) -> RequestBeginning? {
        guard count > 0, count <= texts.count else { return nil }
        let entries = texts.entries
        let last = entries[count - 1].index
        for place in entries.indices where (place < count) != (entries[place].index <= last) { return nil }
        guard let json = JSONBeginning(of: document.tokens, through: Int(last)) else { return nil }
        // A small part does not hold on to all.
        let kept = count < entries.count / 2 ? ContiguousArray(entries[..<count]) : entries
        return RequestBeginning(json: json, entries: kept, turns: turns(before: count - 1), texts: count)
    }

    /// The turns before the one that a text is a part of.
    private func turns(before text: Int) -> RequestBeginning.Turns? {
        guard let list = turnsIndex, let count = texts.turn(at: text), count > 0 else { return nil }
        var next = list + 1
        for _ in 0..<count { next = Int(document.tokens[next].link) }
        let texts = texts.entries.firstIndex { $0.index >= next } ?? text
        let sensitive = sensitive.lazy.map { (kind: $0.kind, index: Int($0.place.index)) }
        return RequestBeginning.Turns(
            list: list, count: count, next: next, texts: texts,
            sensitive: sensitive.filter { list < $0.index && $0.index < next })
    }
}
