/// Answers test cases, a line for a line: the batch interface of screening.
///
/// A case of kind `search` has `id` and `query`, one of kind `pair` has `id`, `query` and `candidate`.
public struct ScreeningCases: ~Copyable {
    private var screener: Screener
    private var pairs = PairMatcher()
    /// Hits below this score are left out.
    public let floor: Float
    /// Add the features of each answer.
    public let withEvidence: Bool

    /// Answers cases of kind "search" from an index.
    public init(_ index: ScreeningIndex, floor: Float, withEvidence: Bool) {
        screener = Screener(index)
        self.floor = floor
        self.withEvidence = withEvidence
    }

    /// The answer to a line, as JSON without a newline.
    ///
    /// - Throws: `ListError.malformed` or `.missingField` with the line.
    public mutating func answer(_ line: UnsafeBufferPointer<UInt8>, number: Int) throws(ListError) -> String {
        let row = try JSONReader.read(line, line: number)
        guard let id = row["id"] else { throw .missingField("id", line: number) }
        guard let kind = row["kind"]?.text else { throw .missingField("kind", line: number) }
        let query = try Self.text(row["query"], "query", number)
        var out = "{\"id\":\(JSONText.value(id))"
        switch kind {
        case "search":
            let hits = screener.search(query, floor: floor, limit: 50).map { hit in
                let id = JSONText.string(screener.index.parties[hit.party].id)
                return "{\"id\":\(id),\"score\":\(JSONText.number(hit.score))\(evidence(hit.evidence))}"
            }
            out += ",\"hits\":[\(hits.joined(separator: ","))]"
        case "pair":
            let (score, found) = pairs.compare(query, try Self.text(row["candidate"], "candidate", number))
            out +=
                ",\"score\":\(JSONText.number(score)),\"is_match\":\(score >= PairMatcher.threshold)\(evidence(found))"
        default:
            throw .malformed(format: "case", line: number, problem: "the kind is neither 'search' nor 'pair'")
        }
        return out + "}"
    }

    private static func text(_ value: JSONValue?, _ field: String, _ line: Int) throws(ListError) -> String {
        guard case .string(let text)? = value else { throw .missingField(field, line: line) }
        return text
    }

    private func evidence(_ evidence: NameEvidence) -> String {
        guard withEvidence else { return "" }
        let values = NameEvidence.names.indices.map { JSONText.number(evidence.values[$0]) }
        return ",\"evidence\":[\(values.joined(separator: ","))]"
    }
}
