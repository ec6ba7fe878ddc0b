/// The written rules that say what a model may be asked and may answer.
///
/// A value of this type has been checked: ids are unique, every category rests on a principle that exists, budgets are in
/// range, every text is there in both languages. It comes from `ConstitutionRelease.load` only.
public struct Constitution: Sendable, Equatable, Encodable {
    /// What the document calls itself, on one line.
    public let name: String
    /// The release's number, from 1; a later release has a higher one.
    public let version: Int
    /// The day of the release, `YYYY-MM-DD`.
    public let date: String
    /// What the rules are for and how they are to be read.
    public let preamble: LocalizedText
    /// The grounds on which categories rest, in the document's order; at least one.
    public let principles: [Principle]
    /// The kinds of harm that are refused, in the document's order; at least one.
    public let categories: [Category]

    /// The category with this id, if there is one.
    public func category(_ id: String) -> Category? { categories.first { $0.id == id } }

    /// The principle with this id, if there is one.
    public func principle(_ id: String) -> Principle? { principles.first { $0.id == id } }
}

/// A ground for rules, with where it comes from.
public struct Principle: Sendable, Equatable, Encodable {
    /// Lower-case letters, digits, `-` and `_`; unique among principles.
    public let id: String
    /// A few words, on one line.
    public let title: LocalizedText
    /// The principle itself.
    public let text: LocalizedText
    /// Treaties, control lists and papers that carry it; at least one.
    public let sources: [String]
}
