/// Why the second stage could not be made ready.
public enum CascadeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The heads were trained with another encoder.
    case otherEncoder(expected: String, found: String)
    /// There are more exemplars than a constitution may hold.
    case tooManyExemplars(found: Int, most: Int)
    /// An exemplar says nothing that can be compared, or names a category that isn't there.
    case badExemplar(category: String, text: String, reason: String)

    /// What was wrong, and the way out.
    public var description: String {
        switch self {
        case .otherEncoder(let expected, let found):
            """
            the heads were trained with the encoder \(expected.prefix(16))…, and this one is \(found.prefix(16))…; \
            'Tools/setup.sh encoder' writes the shipped one, 'sluice classifier train-heads' trains for another
            """
        case .tooManyExemplars(let found, let most):
            "\(found) exemplars, and at most \(most) are compared; leave out those that say the same"
        case .badExemplar(let category, let text, let reason):
            "the exemplar '\(text.prefix(60))' of category '\(category)' \(reason)"
        }
    }
}
