extension ClassificationAnswer {
    /// The answer to a batch's case as JSON: the stable fields first, then what explains them.
    public func json(for asked: ClassificationCase) -> ExactJSON {
        func texts(_ texts: [String]) -> ExactJSON { .array(texts.map { .string($0) }) }
        var members: [(key: String, value: ExactJSON)] = [
            ("vendor", .string(asked.vendor)), ("name", .string(asked.name)),
            ("rule_version", .string(asked.version)), ("destination", .string(asked.destination)),
            ("classification", .string(classification.text)), ("licence", .string(licence.text)),
            ("clause", .string(clauses.joined(separator: "; "))),
            ("margins", .object(margins.map { ($0.test.text, $0.json) })),
        ]
        if let reason {
            members.append(("reason", .string(reason)))
            members.append(("missing", texts(missing)))
            if case .undetermined(let possible, _) = classification {
                members.append(("possible_classifications", texts(possible)))
            }
            if case .undetermined(let possible, _) = licence { members.append(("possible_licences", texts(possible))) }
        }
        members.append(("conditions", texts(conditions)))
        members.append(("assumptions", texts(assumptions + asked.assumptions)))
        let allProblems = problems + asked.problems
        if !allProblems.isEmpty { members.append(("problems", texts(allProblems))) }
        members.append(("sources", texts(sources.map(\.text))))
        members.append(("notice", .string(Notice.text)))
        return .object(members)
    }

    /// Every field that is missing, for the classification or for the licence position.
    public var missing: [String] {
        var all = classification.missing
        for field in licence.missing where !all.contains(field) { all.append(field) }
        return all
    }

    /// The answer to a question that cannot be asked: what is missing, and what was wrong.
    public static func unanswerable(missing: String, problem: String) -> Self {
        let none = Determination.undetermined(possible: [], missing: [missing])
        return Self(
            classification: none, licence: none, clauses: [], margins: [], conditions: [], sources: [],
            assumptions: [], problems: [problem])
    }
}

extension Margin {
    fileprivate var json: ExactJSON {
        func number(_ value: Int64?) -> ExactJSON { value.map { .number(Quantity.decimal($0)) } ?? .null }
        var members: [(key: String, value: ExactJSON)] = [
            ("value", number(value)), ("distance", number(distance)), ("met", holds.map { .bool($0) } ?? .null),
        ]
        if value == nil {
            if bounds.lower > Quantity(0) { members.append(("at_least", .number(bounds.lower.text))) }
            if let upper = bounds.upper { members.append(("at_most", .number(upper.text))) }
        }
        return .object(members)
    }
}

/// Answers a batch: cases by item, version and destination.
public struct ClassificationBatch: Sendable {
    private let classifiers: [RuleVersion: Classifier]
    private var items: [String: [Item]] = [:]

    /// A batch over the items of a table.
    public init(_ items: [(line: Int, item: Item)]) {
        classifiers = Dictionary(uniqueKeysWithValues: RuleVersion.allCases.map { ($0, Classifier($0)) })
        for (_, item) in items { self.items[Self.key(item.vendor, item.name), default: []].append(item) }
    }

    private static func key(_ vendor: String, _ name: String) -> String {
        func folded(_ text: String) -> String {
            text.lowercased().split { $0.isWhitespace }.joined(separator: " ")
        }
        return folded(vendor) + "\u{0}" + folded(name)
    }

    /// The answer to a case.
    public func answer(_ asked: ClassificationCase) -> ClassificationAnswer {
        guard let rules = asked.rules, let classifier = classifiers[rules] else {
            return .unanswerable(missing: "rule_version", problem: "there is no such rule version")
        }
        let found = items[Self.key(asked.vendor, asked.name)] ?? []
        guard let item = found.first else {
            return .unanswerable(
                missing: "the item", problem: "line \(asked.line): no row of the items has this vendor and name")
        }
        guard found.count == 1 else {
            return .unanswerable(
                missing: "which item", problem: "line \(asked.line): \(found.count) rows have this vendor and name")
        }
        return classifier.classify(item, to: asked.consignment)
    }
}
