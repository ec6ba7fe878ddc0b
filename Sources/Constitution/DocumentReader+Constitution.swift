internal import Yams

extension Constitution {
    /// Reads a document, or throws everything that is wrong with it.
    init(document: [UInt8]) throws(ConstitutionError) {
        let text = try DocumentScan.text(of: document)
        let root = try rootNode(of: text)
        var reader = DocumentReader()
        let constitution = reader.constitution(root)
        let problems = reader.problems
        guard problems.isEmpty, let constitution else { throw .invalidDocument(problems) }
        self = constitution
    }
}

/// The single document of a file as a tree, every scalar still text.
private func rootNode(of text: String) throws(ConstitutionError) -> Node {
    func invalid(_ kind: DocumentProblem.Kind, _ mark: Mark?) -> ConstitutionError {
        .invalidDocument([
            DocumentProblem(kind: kind, field: "", line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
        ])
    }
    do {
        // The parser keeps a pointer into the string, which must not be one of the short strings stored in place.
        let padded = text.utf8.count < 32 ? text + String(repeating: "\n", count: 32) : text
        let parser = try Parser(yaml: padded, resolver: .basic, encoding: .utf8)
        guard let root = try parser.singleRoot() else { throw invalid(.emptyDocument, nil) }
        return root
    } catch let error as ConstitutionError {
        throw error
    } catch let error as YamlError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            throw invalid(.syntax([context?.text, problem].compactMap(\.self).joined(separator: ": ")), mark)
        case .composer(_, let problem, let mark, _):
            throw invalid(problem.contains("another document") ? .severalDocuments : .syntax(problem), mark)
        case .duplicatedKeysInMapping(let keys, let context):
            throw invalid(.duplicateKey(keys.joined(separator: ", ")), context.mark)
        default:
            throw invalid(.syntax("unreadable bytes"), nil)
        }
    } catch {
        throw invalid(.syntax("unreadable"), nil)
    }
}

extension DocumentReader {
    mutating func constitution(_ node: Node) -> Constitution? {
        guard
            let fields = fields(
                of: node, at: "",
                required: ["format", "name", "version", "date", "preamble", "principles", "categories"])
        else { return nil }
        checkFormat(of: fields)
        let name = line("name", of: fields)
        let version = integer("version", of: fields, in: 1...1_000_000)
        let date = date(of: fields)
        let preamble = fields.values["preamble"].flatMap { localized($0, "preamble") }
        let principles = principles(of: fields)
        let categories = categories(of: fields)
        guard let name, let version, let date, let preamble else { return nil }
        return Constitution(
            name: name, version: version, date: date, preamble: preamble, principles: principles, categories: categories
        )
    }

    private mutating func checkFormat(of fields: Fields) {
        guard let node = fields.values["format"], let format = line("format", of: fields) else { return }
        if format != ConstitutionRelease.format { report(.unknownFormat(format), "format", at: node) }
    }

    private mutating func date(of fields: Fields) -> String? {
        guard let node = fields.values["date"], let date = line("date", of: fields) else { return nil }
        guard isCalendarDay(date) else {
            report(.badDate(date), "date", at: node)
            return nil
        }
        return date
    }

    private mutating func principles(of fields: Fields) -> [Principle] {
        var taken: [String: Int] = [:]
        var principles: [Principle] = []
        for (node, path) in list("principles", of: fields) {
            guard let fields = self.fields(of: node, at: path, required: ["id", "title", "text", "sources"])
            else { continue }
            let id = id(of: fields, taken: &taken)
            let title = fields.values["title"].flatMap {
                localized($0, fields.path("title"), limit: Self.lineLimit, onOneLine: true)
            }
            let text = fields.values["text"].flatMap { localized($0, fields.path("text")) }
            let sources = lines("sources", of: fields)
            guard let id, let title, let text else { continue }
            principles.append(Principle(id: id, title: title, text: text, sources: sources))
        }
        return principles
    }

    private mutating func categories(of fields: Fields) -> [Category] {
        let principles = principleIDs(of: fields)
        var taken: [String: Int] = [:]
        var borders: [(node: Node, path: String, id: String)] = []
        let categories = list("categories", of: fields).compactMap { node, path in
            let category = category(node, path, principles: principles, taken: &taken)
            if let category, category.borders != nil { borders.append((node, path, category.id)) }
            return category
        }
        for (node, path, id) in borders { checkBorder(of: id, among: categories, path + ".borders", at: node) }
        return categories
    }

    /// An edge belongs to one category that there is, can be opened, and begins no later than that category does.
    private mutating func checkBorder(of id: String, among categories: [Category], _ path: String, at node: Node) {
        guard let edge = categories.first(where: { $0.id == id }), let target = edge.borders else { return }
        let whole = categories.first { $0.id == target }
        let why: String? =
            if whole == nil {
                "there is no such category"
            } else if target == id || whole?.borders != nil {
                "that one is no category of its own"
            } else if edge.isAbsolute {
                "an edge is there to be opened; write `absolute: false`"
            } else if let whole, edge.requestBudget < whole.requestBudget || edge.answerBudget < whole.answerBudget {
                "its budgets must be as large as that one's, or larger: the edge comes first"
            } else if categories.contains(where: { $0.id != id && $0.borders == target }) {
                "two categories border it; one edge is enough"
            } else {
                nil
            }
        if let why { report(.badBorder(target, why: why), path, at: node) }
    }

    private mutating func category(
        _ node: Node, _ path: String, principles: [String], taken: inout [String: Int]
    ) -> Category? {
        guard
            let fields = self.fields(
                of: node, at: path,
                required: ["id", "title", "principle", "absolute", "on_failure", "budgets", "permits", "forbids"],
                optional: ["borders", "phrases", "examples"])
        else { return nil }
        let id = id(of: fields, taken: &taken)
        let title = fields.values["title"].flatMap {
            localized($0, fields.path("title"), limit: Self.lineLimit, onOneLine: true)
        }
        let principle = principle(of: fields, among: principles)
        let isAbsolute = flag("absolute", of: fields)
        let onFailure: FailureRule? = word("on_failure", of: fields)
        if isAbsolute == true, onFailure == .open, let node = fields.values["on_failure"] {
            report(.absoluteFailsOpen, fields.path("on_failure"), at: node)
        }
        let borders = fields.values["borders"] == nil ? nil : line("borders", of: fields)
        let budgets = budgets(of: fields)
        let permits = texts("permits", of: fields)
        let forbids = texts("forbids", of: fields)
        let phrases = phrases(of: fields)
        let examples = examples(of: fields)
        guard let id, let title, let principle, let isAbsolute, let onFailure, let budgets else { return nil }
        return Category(
            id: id, title: title, principle: principle, permits: permits, forbids: forbids, isAbsolute: isAbsolute,
            borders: borders, requestBudget: budgets.requests, answerBudget: budgets.answers, onFailure: onFailure,
            phrases: phrases,
            permitExamples: examples.permit, forbidExamples: examples.forbid)
    }
}

// MARK: - Fields of a category

extension DocumentReader {
    private mutating func id(of fields: Fields, taken: inout [String: Int]) -> String? {
        guard let node = fields.values["id"], let id = line("id", of: fields) else { return nil }
        guard isID(id) else {
            report(.badID(id), fields.path("id"), at: node)
            return nil
        }
        if let firstLine = taken[id] {
            report(.duplicateID(id, firstLine: firstLine), fields.path("id"), at: node)
            return nil
        }
        taken[id] = node.mark?.line ?? 1
        return id
    }

    /// The ids that principles give themselves, even where the rest of a principle is wrong: one mistake, one problem.
    private func principleIDs(of fields: Fields) -> [String] {
        guard case .sequence(let sequence) = fields.values["principles"] else { return [] }
        return sequence.compactMap { entry -> String? in
            guard case .mapping(let mapping) = entry else { return nil }
            for (key, value) in mapping {
                if case .scalar(let name) = key, name.string == "id", case .scalar(let id) = value { return id.string }
            }
            return nil
        }
    }

    private mutating func principle(of fields: Fields, among ids: [String]) -> String? {
        guard let node = fields.values["principle"], let id = line("principle", of: fields) else { return nil }
        guard ids.contains(id) else {
            report(.unknownPrinciple(id, nearest: nearestWord(to: id, among: ids)), fields.path("principle"), at: node)
            return nil
        }
        return id
    }

    private mutating func budgets(of fields: Fields) -> (requests: Double, answers: Double)? {
        guard let node = fields.values["budgets"],
            let budgets = self.fields(of: node, at: fields.path("budgets"), required: ["requests", "answers"])
        else { return nil }
        let requests = share("requests", of: budgets, in: Category.budgetRange)
        let answers = share("answers", of: budgets, in: Category.budgetRange)
        guard let requests, let answers else { return nil }
        return (requests, answers)
    }

    private mutating func texts(_ key: String, of fields: Fields) -> [LocalizedText] {
        var texts: [LocalizedText] = []
        for (node, path) in list(key, of: fields) {
            guard let text = localized(node, path) else { continue }
            if texts.contains(where: { $0.english == text.english || $0.chinese == text.chinese }) {
                report(.repeatedEntry(text.english), path, at: node)
            }
            texts.append(text)
        }
        return texts
    }

    private mutating func lines(_ key: String, of fields: Fields) -> [String] {
        var lines: [String] = []
        for (node, path) in list(key, of: fields) {
            guard let line = text(node, path, limit: Self.lineLimit, onOneLine: true) else { continue }
            if lines.contains(line) { report(.repeatedEntry(line), path, at: node) }
            lines.append(line)
        }
        return lines
    }

    private mutating func examples(of fields: Fields) -> (permit: [String], forbid: [String]) {
        guard let node = fields.values["examples"],
            let examples = self.fields(
                of: node, at: fields.path("examples"), required: [], optional: ["permit", "forbid"])
        else { return ([], []) }
        for key in ["permit", "forbid"] {
            for (entry, path) in list(key, of: examples) {
                guard case .scalar(let scalar) = entry, !scalar.string.isEmpty else { continue }
                if weight(of: scalar.string) < 8 { report(.phraseTooShort(scalar.string), path, at: entry) }
            }
        }
        return (lines("permit", of: examples), lines("forbid", of: examples))
    }

    private mutating func phrases(of fields: Fields) -> [String] {
        guard let node = fields.values["phrases"] else { return [] }
        if case .sequence(let sequence) = node, sequence.isEmpty { return [] }
        for (entry, path) in list("phrases", of: fields) {
            guard case .scalar(let scalar) = entry, !scalar.string.isEmpty else { continue }
            if weight(of: scalar.string) < 8 { report(.phraseTooShort(scalar.string), path, at: entry) }
        }
        return lines("phrases", of: fields)
    }
}

/// Whether a text is a day that exists, as `YYYY-MM-DD`.
private func isCalendarDay(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return false }
    let digits = bytes.enumerated().filter { $0.offset != 4 && $0.offset != 7 }.map(\.element)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    func value(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 } }
    let (year, month, day) = (value(0..<4), value(5..<7), value(8..<10))
    let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, leaps ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return year >= 2000 && (1...12).contains(month) && day >= 1 && day <= lengths[month - 1]
}

/// Whether a text is 2 to 40 of `a`–`z`, `0`–`9`, `-` and `_`, starting with a letter.
private func isID(_ text: String) -> Bool {
    guard (2...40).contains(text.utf8.count), let first = text.utf8.first, (0x61...0x7A).contains(first)
    else { return false }
    return text.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
    }
}
