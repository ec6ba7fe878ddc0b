/// The name of a case: `case_` and 26 letters and digits, 130 random bits, so that knowing one is a proof of having been told.
public struct CaseID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Crockford's alphabet: no letter that is mistaken for another.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// Takes a case's name as somebody typed it; nil if it can be none.
    public init?(_ text: String) {
        let letters = text.dropFirst(5)
        guard text.hasPrefix("case_"), letters.count == 26, letters.allSatisfy({ Self.alphabet.contains($0) }) else {
            return nil
        }
        self.text = text
    }

    private init(letters: String) { text = "case_" + letters }

    /// A new one.
    public static func random() -> CaseID {
        var generator = SystemRandomNumberGenerator()
        return CaseID(letters: String((0..<26).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] }))
    }

    /// Reads the text, and refuses what can be no case's name.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = CaseID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text.prefix(40))' names no case"))
        }
        self = id
    }

    /// Writes the text alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The text itself.
    public var description: String { text }
}
