// How constitutions look to machines: with the names that the document uses.

extension Category: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, title, principle, absolute, borders, budgets, permits, forbids, phrases, examples
        case onFailure = "on_failure"
    }

    /// Encodes the category with the keys of the document.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(principle, forKey: .principle)
        try container.encode(isAbsolute, forKey: .absolute)
        try container.encodeIfPresent(borders, forKey: .borders)
        try container.encode(onFailure, forKey: .onFailure)
        try container.encode(["requests": requestBudget, "answers": answerBudget], forKey: .budgets)
        try container.encode(permits, forKey: .permits)
        try container.encode(forbids, forKey: .forbids)
        try container.encode(phrases, forKey: .phrases)
        try container.encode(["permit": permitExamples, "forbid": forbidExamples], forKey: .examples)
    }
}

extension ConstitutionRelease: Encodable {
    private enum CodingKeys: String, CodingKey { case sha256, key, constitution }

    /// Encodes the hash, the id of the key that signed (null if none did), and the constitution.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hashText, forKey: .sha256)
        try container.encode(signature?.key, forKey: .key)
        try container.encode(constitution, forKey: .constitution)
    }
}

extension DocumentProblem: Encodable {
    private enum CodingKeys: String, CodingKey { case line, column, field, message }

    /// Encodes the place and what is wrong there.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(line, forKey: .line)
        try container.encode(column, forKey: .column)
        try container.encode(field, forKey: .field)
        try container.encode(kind.description, forKey: .message)
    }
}

extension ConstitutionDifference: Encodable {
    private enum CodingKeys: String, CodingKey { case widens, narrows, summary, changes }

    /// Encodes the changes and their sum.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(widens, forKey: .widens)
        try container.encode(narrows, forKey: .narrows)
        try container.encode(summary, forKey: .summary)
        try container.encode(changes, forKey: .changes)
    }
}
