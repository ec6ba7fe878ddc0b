/// What a document's first bytes came to, as far as one of its strings: a document that begins alike is scanned from there.
struct JSONBeginning: Sendable {
    /// The tokens so far; a container that is still open says which one it is in, as it does while it is scanned.
    let tokens: ContiguousArray<JSONToken>
    /// The innermost open container, and how many there are.
    let open: UInt32
    let depth: Int
    /// The offset behind the string.
    let end: Int

    /// The beginning of a scanned document; nil where the token is no string, or stands in nothing.
    init?(of document: ContiguousArray<JSONToken>, through last: Int) {
        guard document.indices.contains(last), document[last].kind == .string else { return nil }
        var tokens = ContiguousArray(document[...last])
        var (open, depth) = (UInt32.max, 0)
        for index in 0..<last where tokens[index].kind == .object || tokens[index].kind == .array {
            guard tokens[index].link > last else { continue }
            (tokens[index].link, tokens[index].end) = (open, tokens[index].start)
            open = UInt32(truncatingIfNeeded: index)
            depth += 1
        }
        guard depth > 0 else { return nil }
        (self.tokens, self.open, self.depth, end) = (tokens, open, depth, Int(tokens[last].end))
    }
}
