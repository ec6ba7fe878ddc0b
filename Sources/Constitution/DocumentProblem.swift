/// One thing wrong in a constitution document: what, in which field, and where.
public struct DocumentProblem: Sendable, Equatable {
    /// What is wrong.
    public let kind: Kind
    /// The path of the field, such as `categories[2].budgets.requests`; empty for the document as a whole.
    public let field: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, counted in Unicode scalars.
    public let column: Int

    /// What can be wrong with a document.
    public enum Kind: Sendable, Equatable {
        /// There is nothing in it.
        case emptyDocument
        /// More bytes than `limit`.
        case tooLarge(bytes: Int, limit: Int)
        /// The bytes are not UTF-8 from this offset on.
        case notUTF8(offset: Int)
        /// A character that a reader would not see, or that reorders what it sees.
        case forbiddenCharacter(UInt32)
        /// An anchor or alias (`&name`, `*name`).
        case aliasOrAnchor
        /// A `%` directive.
        case directive
        /// An explicit tag (`!name`).
        case tag(String)
        /// A second document in the same file.
        case severalDocuments
        /// Not YAML; the parser's own words.
        case syntax(String)
        /// A key that the format does not know, the known ones, and the nearest of them.
        case unknownKey(String, nearest: String?, known: [String])
        /// A key that the format demands.
        case missingKey(String)
        /// A key that is written twice in one mapping.
        case duplicateKey(String)
        /// Something else than the format expects here.
        case wrongType(expected: String, found: String)
        /// A text with nothing in it.
        case emptyText
        /// A text without one of the two languages.
        case missingLanguage(Language)
        /// A title or name on several lines.
        case severalLines
        /// A text longer than `limit` bytes.
        case textTooLong(bytes: Int, limit: Int)
        /// A list with fewer entries than one, or with more than `limit`.
        case listSize(count: Int, limit: Int)
        /// A format line that this version cannot read.
        case unknownFormat(String)
        /// A word outside a closed set.
        case notOneOf(String, [String])
        /// An id with other characters than the format allows, or too long.
        case badID(String)
        /// An id that was already given on `firstLine`.
        case duplicateID(String, firstLine: Int)
        /// A principle that is not in the document, and the nearest that is.
        case unknownPrinciple(String, nearest: String?)
        /// A number outside its range, as it is written; NaN and infinities too.
        case outOfRange(String, lowest: String, highest: String)
        /// Not a calendar day in the form `YYYY-MM-DD`.
        case badDate(String)
        /// An absolute category that would let exchanges through when its safeguard fails.
        case absoluteFailsOpen
        /// A category cannot be the edge of this one: what is wrong with that.
        case badBorder(String, why: String)
        /// A phrase so short that ordinary text would hold it by chance.
        case phraseTooShort(String)
        /// An entry that stands in the same list twice.
        case repeatedEntry(String)
        /// More problems than are listed.
        case more(Int)
    }
}

extension DocumentProblem: CustomStringConvertible {
    /// Place, field, what is wrong, and the way out, on one line.
    public var description: String {
        "line \(line), column \(column)\(field.isEmpty ? "" : ", \(field)"): \(kind)"
    }
}

extension DocumentProblem.Kind: CustomStringConvertible {
    /// What is wrong and the way out, without the place.
    public var description: String { documentMessage ?? valueMessage }

    private var documentMessage: String? {
        switch self {
        case .emptyDocument: "the document is empty; start from `sluice constitution show --document`"
        case .tooLarge(let bytes, let limit): "the document has \(bytes) bytes, more than \(limit); shorten it"
        case .notUTF8(let offset): "the bytes from offset \(offset) on are not UTF-8; save the file as UTF-8"
        case .forbiddenCharacter(let scalar):
            "the character U+\(hexadecimal(scalar)) is invisible or reorders text, so readers would not see what is "
                + "signed; delete it"
        case .aliasOrAnchor:
            "`&name` and `*name` (anchors and aliases) are not allowed; write the value out, or put a space after the "
                + "sign if it is meant as text"
        case .directive: "a line that starts with `%` is a YAML directive, which is not allowed; delete it"
        case .tag(let tag): "the tag \(quoted(tag)) is not allowed; delete it"
        case .severalDocuments: "a second document starts here; keep one constitution per file"
        case .syntax(let problem): "not readable as YAML: \(problem); check indentation, quotes and colons near here"
        case .unknownKey(let key, let nearest, let known):
            "the key \(quoted(key)) is unknown; "
                + (nearest.map { "did you mean `\($0)`?" } ?? "known here: \(known.joined(separator: ", "))")
        case .missingKey(let key): "the key `\(key)` is missing; add it"
        case .duplicateKey(let key): "the key \(quoted(key)) is written twice; delete one"
        case .unknownFormat(let format):
            "the format \(quoted(format)) is unknown to this version; write `format: \(ConstitutionRelease.format)`"
        case .more(let count): "and \(count) more problems; mend these first"
        default: nil
        }
    }

    private var valueMessage: String {
        switch self {
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .emptyText: "the text is empty; write it or delete the entry"
        case .missingLanguage(let language):
            "the \(language == .english ? "English" : "Chinese") text is missing; add `\(language.rawValue):`"
        case .severalLines: "must be on one line"
        case .textTooLong(let bytes, let limit): "the text has \(bytes) bytes, more than \(limit); shorten it"
        case .listSize(let count, let limit): "the list has \(count) entries; it needs 1 to \(limit)"
        case .notOneOf(let word, let words): "\(quoted(word)) is not one of \(words.joined(separator: ", "))"
        case .badID(let id):
            "\(quoted(id)) is no id; use 2 to 40 of a–z, 0–9, `-` and `_`, starting with a letter"
        case .duplicateID(let id, let firstLine): "the id `\(id)` is already taken on line \(firstLine); choose another"
        case .unknownPrinciple(let id, let nearest):
            "there is no principle \(quoted(id)); "
                + (nearest.map { "did you mean `\($0)`?" } ?? "add it under `principles`")
        case .outOfRange(let value, let lowest, let highest):
            "\(quoted(value)) is out of range; it must lie between \(lowest) and \(highest)"
        case .badDate(let date): "\(quoted(date)) is no day; write it as YYYY-MM-DD"
        case .absoluteFailsOpen:
            "an absolute category cannot fail open; write `on_failure: closed`, or `absolute: false` if that is meant"
        case .badBorder(let id, let why): "this category cannot border \(quoted(id)): \(why)"
        case .phraseTooShort(let phrase):
            "the phrase \(quoted(phrase)) is too short and would refuse ordinary text; it needs 8 letters or digits "
                + "(4 in Chinese, Japanese or Korean)"
        case .repeatedEntry(let entry): "\(quoted(entry)) stands in this list twice; delete one"
        default: ""
        }
    }
}

/// A word from the document between backquotes: shortened, and without what a terminal would act upon.
private func quoted(_ word: String) -> String {
    var visible = String.UnicodeScalarView()
    for scalar in word.unicodeScalars.prefix(60) where !isForbidden(scalar) && scalar.value >= 0x20 {
        visible.append(scalar)
    }
    return "`\(String(visible))\(word.unicodeScalars.count > 60 ? "…" : "")`"
}

private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
