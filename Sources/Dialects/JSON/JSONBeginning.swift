/// What a document's first bytes came to, as far as one of its strings: a document that begins alike is scanned from there.
struct JSONBeginning: Sendable {
    /// The tokens so far, and more where it shares them with the document; containers that end behind the string are open.
    let tokens: ContiguousArray<JSONToken>
    /// How many of them there are so far.
    let count: Int
    /// The containers that are open, the outermost first.
    let open: [UInt32]
    /// The offset behind the string.
    let end: Int

    /// The beginning of a scanned document; nil where the token is no string, or stands in nothing.
    init?(of document: ContiguousArray<JSONToken>, through last: Int) {
        guard document.indices.contains(last), document[last].kind == .string else { return nil }
        var (open, index) = ([UInt32](), 0)
        while index < last {
            let token = document[index]
            let isContainer = token.kind == .object || token.kind == .array
            if isContainer, token.link <= last {
                index = Int(token.link)
                continue
            }
            if isContainer { open.append(UInt32(truncatingIfNeeded: index)) }
            index += 1
        }
        guard !open.isEmpty else { return nil }
        (count, self.open, end) = (last + 1, open, Int(document[last].end))
        // A small part does not hold on to all.
        tokens = count < document.count / 2 ? ContiguousArray(document[..<count]) : document
    }
}
