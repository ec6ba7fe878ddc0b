/// What a word does in a name; it decides how much the word weighs.
public enum WordClass: UInt8, Sendable {
    /// Tells this name from others.
    case distinctive
    /// A country, province or city.
    case place
    /// Common in names of organisations: technology, university, trading.
    case generic
    /// An article, a conjunction or a preposition.
    case particle
    /// A legal form, in any language.
    case legalForm
    /// A salutation, or what stands round a name: "Messrs", "branch office".
    case filler

    /// The weight of a word of which no more is known, in 0…1.
    var weight: Float {
        switch self {
        case .distinctive: 1
        case .place: 0.5
        case .generic: 0.34
        case .particle: 0.08
        case .legalForm: 0.04
        case .filler: 0.06
        }
    }
}
