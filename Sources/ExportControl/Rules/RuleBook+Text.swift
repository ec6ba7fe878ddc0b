extension RuleEdition {
    /// The edition in words, a line each.
    public var lines: [String] {
        var lines = ["Rules \(version.rawValue): since \(since)\(until.map { " until \($0)" } ?? ""); \(status)"]
        for source in sources { lines.append("  source: \(source.text)") }
        lines.append("  what classifies, first match wins:")
        for clause in items {
            let tests = clause.tests.map(\.text).joined(separator: " and ")
            lines.append("    \(clause.id) → \(clause.classification)  [\(clause.kind.rawValue)] since \(clause.since)")
            lines.append("      \(clause.summary)\(tests.isEmpty ? "" : " (\(tests))")")
        }
        lines.append("  licence position, first match wins:")
        for clause in licences {
            let classes = clause.classifications.sorted().joined(separator: ", ")
            lines.append("    \(clause.position)  for \(classes.isEmpty ? "anything" : classes): \(clause.where)")
            lines.append("      \(clause.id); \(clause.source.text)")
        }
        return lines
    }

    /// The edition as JSON.
    public var json: ExactJSON {
        func texts(_ texts: [String]) -> ExactJSON { .array(texts.map { .string($0) }) }
        let items = items.map { clause in
            ExactJSON.object([
                ("id", .string(clause.id)), ("classification", .string(clause.classification)),
                ("kind", .string(clause.kind.rawValue)), ("market", .string(clause.market.rawValue)),
                ("tests", texts(clause.tests.map(\.text))), ("since", .string(clause.since.description)),
                ("summary", .string(clause.summary)), ("source", .string(clause.source.text)),
            ])
        }
        let licences = licences.map { clause in
            ExactJSON.object([
                ("id", .string(clause.id)), ("classifications", texts(clause.classifications.sorted())),
                ("where", .string(clause.where)), ("position", .string(clause.position)),
                ("conditions", texts(clause.conditions)), ("source", .string(clause.source.text)),
            ])
        }
        return .object([
            ("rule_version", .string(version.rawValue)), ("since", .string(since.description)),
            ("until", until.map { .string($0.description) } ?? .null), ("status", .string(status)),
            ("items", .array(items)), ("licences", .array(licences)), ("sources", texts(sources.map(\.text))),
            ("notice", .string(Notice.text)),
        ])
    }
}

extension LicenceClause {
    /// The places, the designer and the numbers it asks for, in words.
    var `where`: String {
        var parts = buyer.map { condition in
            switch condition {
            case .anyone: "anywhere"
            case .destination(let area): "destination in \(area.rawValue)"
            case .buyer(let area): "headquarters or ultimate parent in \(area.rawValue)"
            case .anyOf(let area): "destination, headquarters or ultimate parent in \(area.rawValue)"
            case .allOf(let area): "destination, headquarters and ultimate parent in \(area.rawValue)"
            }
        }
        if designerInArmsEmbargo { parts.append("designer headquartered in Macau or D:5") }
        if !anyOf.isEmpty {
            let tests = anyOf.map { $0.map(\.text).joined(separator: " and ") }
            parts.append(tests.joined(separator: " or "))
        }
        return parts.joined(separator: "; ")
    }
}

extension PlaceGroups {
    /// The groups in words, a line each.
    public static var lines: [String] {
        var lines = ["Country groups:"]
        for listing in listings {
            lines.append("  \(listing.name): \(listing.members.sorted().joined(separator: " "))")
            lines.append("    \(listing.source.text)")
        }
        lines.append("Embargoes beyond chips, by country or subdivision:")
        for (code, section) in tradeEmbargo.merging(embargoedRegions, uniquingKeysWith: { first, _ in first })
            .sorted(by: { $0.key < $1.key })
        {
            lines.append("  \(code): \(section)")
        }
        for (code, remark) in remarks.sorted(by: { $0.key < $1.key }) { lines.append("  \(code): \(remark)") }
        return lines
    }
}
