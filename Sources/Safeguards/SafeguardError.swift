/// Why a safeguard could not be made ready.
public enum SafeguardError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes are no model file, or one of a version that this program doesn't read.
    case notAModel(found: String)
    /// The file ends early, or goes on too long.
    case wrongLength(expected: Int, found: Int)
    /// A field of the header is out of its range.
    case badField(String)
    /// The file's bytes don't have the hash that was asked for.
    case wrongHash(expected: String, found: String)
    /// A phrase of a category is too short once folded to letters and digits.
    case phraseTooShort(category: String, phrase: String)

    /// What was wrong, and the way out.
    public var description: String {
        switch self {
        case .notAModel(let found):
            "not a classifier of this version (starts with \(found)); train one with 'sluice classifier train'"
        case .wrongLength(let expected, let found):
            "the classifier file should have \(expected) bytes and has \(found); fetch or train it again"
        case .badField(let field):
            "the classifier file's field '\(field)' is out of range; fetch or train it again"
        case .wrongHash(let expected, let found):
            "the classifier file has SHA-256 \(found), and \(expected) was asked for"
        case .phraseTooShort(let category, let phrase):
            "the phrase '\(phrase)' of category '\(category)' has fewer than 8 letters or digits (4 in Chinese)"
        }
    }
}
