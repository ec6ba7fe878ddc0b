/// What a request's body came to as far as one of its texts, for bodies that begin with the same bytes.
public struct RequestBeginning: Sendable {
    let json: JSONBeginning
    /// The tokens that its texts are.
    private let places: [UInt32]

    /// How many texts it has.
    public var texts: Int { places.count }

    /// The offset in the body behind its last text.
    public var end: Int { json.end }

    /// What it takes in memory, in bytes.
    public var size: Int { json.tokens.count * MemoryLayout<JSONToken>.stride + places.count * 4 }

    fileprivate init(json: JSONBeginning, places: [UInt32]) { (self.json, self.places) = (json, places) }

    /// Whether the first texts of a request that was read from it are those of this beginning.
    ///
    /// They need not be: what is behind the last of them may say what the item is that it stands in, and so what of it is text.
    public func begins(_ request: ModelRequest) -> Bool {
        guard let last = places.last, texts <= request.texts.count else { return false }
        for (place, text) in zip(places, request.texts) where place != text.place.index { return false }
        return texts == request.texts.count || request.texts[texts].place.index > last
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
        return RequestBeginning(json: json, places: texts[..<count].map(\.place.index))
    }
}
