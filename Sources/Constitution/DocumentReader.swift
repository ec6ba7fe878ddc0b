internal import Yams

/// Reads YAML nodes into checked values, and gathers every problem on the way instead of stopping at the first.
///
/// A reading method that finds nothing usable reports a problem and returns nil; the caller goes on with the next field.
struct DocumentReader {
    /// The most problems that are listed.
    static let problemLimit = 100
    /// The most entries of a list.
    static let listLimit = 200
    /// The most bytes of a text, in one language.
    static let textLimit = 4000
    /// The most bytes of a title, a name, a source or a phrase.
    static let lineLimit = 400

    private var found: [DocumentProblem] = []

    /// Everything found so far, in the document's order.
    var problems: [DocumentProblem] {
        let ordered = found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        guard ordered.count > Self.problemLimit, let last = ordered.last else { return ordered }
        let rest = DocumentProblem(
            kind: .more(ordered.count - Self.problemLimit), field: "", line: last.line, column: last.column)
        return ordered.prefix(Self.problemLimit) + [rest]
    }

    mutating func report(_ kind: DocumentProblem.Kind, _ field: String, at node: Node) {
        let mark = node.mark
        found.append(DocumentProblem(kind: kind, field: field, line: mark?.line ?? 1, column: mark?.column ?? 1))
    }
}

/// The values of a mapping by key, where it stands and what its path is.
struct Fields {
    let node: Node
    let path: String
    fileprivate(set) var values: [String: Node] = [:]

    func path(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

// MARK: - Shapes

extension DocumentReader {
    /// A mapping whose keys are all known and in which none of the required ones is missing.
    mutating func fields(
        of node: Node, at path: String, required: [String], optional: [String] = []
    ) -> Fields? {
        guard checkTag(of: node, path) else { return nil }
        guard case .mapping(let mapping) = node else {
            report(.wrongType(expected: "keys with values", found: kind(of: node)), path, at: node)
            return nil
        }
        let known = required + optional
        var fields = Fields(node: node, path: path)
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key, checkTag(of: key, path) else {
                report(.wrongType(expected: "a plain key", found: kind(of: key)), path, at: key)
                continue
            }
            if !known.contains(scalar.string) {
                let nearest = nearestWord(to: scalar.string, among: known)
                report(.unknownKey(scalar.string, nearest: nearest, known: known), path, at: key)
            } else if fields.values.updateValue(value, forKey: scalar.string) != nil {
                report(.duplicateKey(scalar.string), path, at: key)
            }
        }
        for key in required where fields.values[key] == nil {
            report(.missingKey(key), path, at: node)
        }
        return fields
    }

    /// The entries of a list that holds at least one.
    mutating func list(_ key: String, of fields: Fields) -> [(node: Node, path: String)] {
        guard let node = fields.values[key] else { return [] }
        let path = fields.path(key)
        guard checkTag(of: node, path) else { return [] }
        guard case .sequence(let sequence) = node else {
            report(.wrongType(expected: "a list", found: kind(of: node)), path, at: node)
            return []
        }
        guard (1...Self.listLimit).contains(sequence.count) else {
            report(.listSize(count: sequence.count, limit: Self.listLimit), path, at: node)
            return []
        }
        return sequence.enumerated().map { ($0.element, "\(path)[\($0.offset)]") }
    }

    /// A scalar's characters as they are written, quotes and folding resolved.
    mutating func scalar(_ node: Node, _ path: String, expecting expected: String) -> Node.Scalar? {
        guard checkTag(of: node, path) else { return nil }
        guard case .scalar(let scalar) = node else {
            report(.wrongType(expected: expected, found: kind(of: node)), path, at: node)
            return nil
        }
        return scalar
    }

    private mutating func checkTag(of node: Node, _ path: String) -> Bool {
        let tag = node.tag.description
        let usual = ["", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
        guard !usual.contains(tag) else { return true }
        report(.tag(tag), path, at: node)
        return false
    }

    private func kind(of node: Node) -> String {
        switch node {
        case .mapping: "keys with values"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "text"
        case .alias: "an alias"
        }
    }
}

// MARK: - Values

extension DocumentReader {
    /// A text that is not empty and holds no invisible character.
    mutating func text(_ node: Node, _ path: String, limit: Int = textLimit, onOneLine: Bool = false) -> String? {
        guard let scalar = scalar(node, path, expecting: "text") else { return nil }
        let text = trimmed(scalar.string)
        let isNull = scalar.style == .plain && ["~", "null"].contains(text)
        guard !text.isEmpty, !isNull else { return report(.emptyText, path, at: node) }
        guard text.utf8.count <= limit else {
            return report(.textTooLong(bytes: text.utf8.count, limit: limit), path, at: node)
        }
        if let hidden = text.unicodeScalars.first(where: isForbidden) {
            return report(.forbiddenCharacter(hidden.value), path, at: node)
        }
        guard !onOneLine || !text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            return report(.severalLines, path, at: node)
        }
        return text
    }

    /// A text of one line.
    mutating func line(_ key: String, of fields: Fields) -> String? {
        guard let node = fields.values[key] else { return nil }
        return text(node, fields.path(key), limit: Self.lineLimit, onOneLine: true)
    }

    /// A text in every language.
    mutating func localized(_ node: Node, _ path: String, limit: Int = textLimit, onOneLine: Bool = false)
        -> LocalizedText?
    {
        let keys = Language.allCases.map(\.rawValue)
        guard let fields = fields(of: node, at: path, required: [], optional: keys) else { return nil }
        for language in Language.allCases where fields.values[language.rawValue] == nil {
            report(.missingLanguage(language), path, at: node)
        }
        var texts: [Language: String] = [:]
        for language in Language.allCases {
            guard let value = fields.values[language.rawValue] else { continue }
            texts[language] = text(value, fields.path(language.rawValue), limit: limit, onOneLine: onOneLine)
        }
        guard let english = texts[.english], let chinese = texts[.chinese] else { return nil }
        return LocalizedText(english: english, chinese: chinese)
    }

    /// `true` or `false`, unquoted.
    mutating func flag(_ key: String, of fields: Fields) -> Bool? {
        guard let node = fields.values[key] else { return nil }
        let path = fields.path(key)
        guard let scalar = scalar(node, path, expecting: "`true` or `false`") else { return nil }
        switch (scalar.style, scalar.string) {
        case (.plain, "true"): return true
        case (.plain, "false"): return false
        default:
            report(.wrongType(expected: "`true` or `false`", found: "text"), path, at: node)
            return nil
        }
    }

    /// A whole number in a range, unquoted.
    mutating func integer(_ key: String, of fields: Fields, in range: ClosedRange<Int>) -> Int? {
        guard let node = fields.values[key] else { return nil }
        let path = fields.path(key)
        guard let scalar = scalar(node, path, expecting: "a whole number") else { return nil }
        let digits = scalar.string.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard scalar.style == .plain, digits, !scalar.string.isEmpty else {
            return report(.wrongType(expected: "a whole number", found: "text"), path, at: node)
        }
        guard let value = Int(scalar.string), range.contains(value) else {
            let ends = ("\(range.lowerBound)", "\(range.upperBound)")
            return report(.outOfRange(scalar.string, lowest: ends.0, highest: ends.1), path, at: node)
        }
        return value
    }

    /// A share in a range, unquoted; NaN and infinities are out of every range.
    mutating func share(_ key: String, of fields: Fields, in range: ClosedRange<Double>) -> Double? {
        guard let node = fields.values[key] else { return nil }
        let path = fields.path(key)
        guard let scalar = scalar(node, path, expecting: "a number") else { return nil }
        guard scalar.style == .plain, let value = number(scalar.string) else {
            return report(.wrongType(expected: "a number", found: "text"), path, at: node)
        }
        guard range.contains(value) else {
            let ends = (decimal(range.lowerBound), decimal(range.upperBound))
            return report(.outOfRange(scalar.string, lowest: ends.0, highest: ends.1), path, at: node)
        }
        return value
    }

    /// One of a closed set of words.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ key: String, of fields: Fields) -> Word?
    where Word.RawValue == String {
        guard let node = fields.values[key] else { return nil }
        let words = Word.allCases.map(\.rawValue)
        guard let scalar = scalar(node, fields.path(key), expecting: words.joined(separator: " or ")) else {
            return nil
        }
        guard let word = Word(rawValue: scalar.string) else {
            return report(.notOneOf(scalar.string, words), fields.path(key), at: node)
        }
        return word
    }

    /// Reports a problem in a place where a value was expected.
    private mutating func report<Value>(_ kind: DocumentProblem.Kind, _ path: String, at node: Node) -> Value? {
        report(kind, path, at: node)
        return nil
    }

    /// A decimal number, or one of YAML's words for what is none; nil for anything else.
    private func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case ".nan", "nan": .nan
        case ".inf", "+.inf", "inf", "+inf": .infinity
        case "-.inf", "-inf": -.infinity
        default: text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } ? Double(text) : nil
        }
    }
}

/// A text without the blanks and line ends around it.
private func trimmed(_ text: String) -> String {
    let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\r", "\u{3000}"]
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !blanks.contains($0) }),
        let last = scalars.lastIndex(where: { !blanks.contains($0) })
    else { return "" }
    return String(scalars[first...last])
}
