/// What a request's body came to as far as one of its texts, for bodies that begin with the same bytes.
public struct RequestBeginning: Sendable {
    let json: JSONBeginning
    /// How many texts it has.
    public let texts: Int

    /// The offset in the body behind its last text.
    public var end: Int { json.end }

    /// What it takes in memory, in bytes.
    public var size: Int { json.tokens.count * MemoryLayout<JSONToken>.stride }

    /// Whether the first texts of a request are those of this beginning.
    ///
    /// They are if it was read from it.
    public func begins(_ request: ModelRequest) -> Bool {
        guard texts <= request.texts.count, request.texts[texts - 1].place.end == end else { return false }
        return texts == request.texts.count || request.texts[texts].place.offset >= end
    }
}

extension ModelRequest {
    /// The body's beginning with its first texts; nil where the last of these is no string, or they stand in another order.
    public func beginning(texts count: Int) -> RequestBeginning? {
        guard count > 0, count <= texts.count else { return nil }
        let last = texts[count - 1].place.index
        guard texts[..<count].allSatisfy({ $0.place.index <= last }),
            texts[count...].allSatisfy({ $0.place.index > last }),
            let json = JSONBeginning(of: document.tokens, through: Int(last))
        else { return nil }
        return RequestBeginning(json: json, texts: count)
    }
}
