/// What the generator says in one language: ways to ask, acts that the constitution forbids in its own general words,
/// the subjects around them that it permits, and everyday things asked in the very same ways.
///
/// Kinds only: no substance, amount, route, step or supplier stands here or is ever generated.
struct Phrasebook: Sendable {
    /// ISO 639-1.
    let language: String
    /// Entries by section; `{}` in a form is where an entry goes.
    private let sections: [String: [String]]

    /// Reads sections: a line `[name]`, then entries, one a line or parted by ` | `.
    init(_ language: String, _ text: String) {
        self.language = language
        var sections: [String: [String]] = [:]
        var name = ""
        let more = [Self.everyday, Self.wider, Self.shield].compactMap { $0[language] }
        for line in ([text] + more).joined(separator: "\n").split(separator: "\n") {
            if line.first == "[", line.last == "]" {
                name = String(line.dropFirst().dropLast())
            } else {
                sections[name, default: []] += line.split(separator: "|").map(Self.trimmed).filter { !$0.isEmpty }
            }
        }
        self.sections = sections
    }

    /// Whether it knows verbs and people by themselves (`wider`).
    var isWide: Bool { Self.wider[language] != nil }

    /// The names of the sections.
    var names: [String] { sections.keys.sorted() }

    /// The entries of a section; none if there is no such section.
    subscript(_ section: String) -> [String] { sections[section] ?? [] }

    /// An entry put in its form.
    static func fill(_ form: String, _ entry: String) -> String {
        guard let start = form.firstIndex(of: "{"), let end = form[start...].firstIndex(of: "}") else { return form }
        return form[..<start] + entry + form[form.index(after: end)...]
    }

    /// An entry with each `{name}` in it replaced by an entry of that section, and so on within it; `{}` stays.
    func expand(_ entry: String, depth: Int = 5, _ generator: inout SeededGenerator) -> String {
        guard depth > 0, entry.contains("{") else { return entry }
        var result = ""
        var rest = entry[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: start)..<end])
            result += rest[..<start]
            if name.isEmpty {
                result += "{}"
            } else if let choice = self[name].randomElement(using: &generator) {
                result += expand(choice, depth: depth - 1, &generator)
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func trimmed(_ part: Substring) -> String {
        var part = part
        while part.first == " " { part.removeFirst() }
        while part.last == " " { part.removeLast() }
        return String(part)
    }

    /// Every language, English first, then Chinese.
    static let all = [english, chinese] + european + others
}
