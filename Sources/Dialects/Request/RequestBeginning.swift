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
        // By their numbers: texts are counted references, and there may be many.
        for index in places.indices where places[index] != request.texts[index].place.index { return false }
        return texts == request.texts.count || request.texts[texts].place.index > last
    }
}

extension ModelRequest {
    /// The body's beginning with its first texts; nil where the last of these is no string, or they stand in another order.
    public func beginning(texts count: Int) -> RequestBeginning? {
        guard count > 0, count <= texts.count else { return nil }
        let places = texts.indices.map { texts[$0].place.index }
        let last = places[count - 1]
        guard places[..<count].allSatisfy({ $0 <= last }), places[count...].allSatisfy({ $0 > last }),
            let json = JSONBeginning(of: document.tokens, through: Int(last))
        else { return nil }
        return RequestBeginning(json: json, places: Array(places[..<count]))
    }

    /// Where each of the first texts ends in the body.
    public func ends(ofTexts count: Int) -> [UInt32] {
        let tokens = document.tokens
        return (0..<count).map { tokens[Int(texts[$0].place.index)].end }
    }
}
