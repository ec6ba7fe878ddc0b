extension ComputeLedger.Usage {
    /// The sum against its cap, as JSON.
    public var json: ExactJSON {
        .object([
            ("kind", .string("usage")), ("cap", .string(cap.name)), ("rule_version", .string(cap.version.rawValue)),
            ("scope", .string(cap.scope.rawValue)), ("holder", .string(holder)),
            ("from_year", .number(String(years.lowerBound))), ("to_year", .number(String(years.upperBound))),
            ("used_tpp", .number(used.text)), ("cap_tpp", .number(cap.limit.text)),
            ("left_tpp", .number(Quantity.decimal(left))), ("over", .bool(isOver)),
            ("remark", .string(cap.remark)), ("source", .string(cap.source.text)), ("notice", .string(Notice.text)),
        ])
    }
}

extension ComputeLedger {
    /// Every sum by parent, country and year, as JSON; sorted.
    public var sumLines: [ExactJSON] {
        sums.sorted { ($0.key.parent, $0.key.country, $0.key.year) < ($1.key.parent, $1.key.country, $1.key.year) }
            .map { key, sum in
                .object([
                    ("kind", .string("sum")), ("parent", .string(key.parent)), ("country", .string(key.country)),
                    ("year", .number(String(key.year))), ("tpp", .number(sum.text)),
                ])
            }
    }
}

extension StructuringSearch.Scheme {
    /// The scheme with its evidence, as JSON.
    public var json: ExactJSON {
        .object([
            ("kind", .string("structuring")), ("customers", .array(customers.map { .string($0) })),
            ("links", .array(links.map { .string($0) })), ("total_tpp", .number(total.text)),
            ("largest_tpp", .number(largest.text)), ("from", .string(days.lowerBound.description)),
            ("to", .string(days.upperBound.description)), ("notice", .string(Notice.text)),
        ])
    }
}

extension DiversionFlag.Evidence {
    /// The sign and what shows it, as JSON.
    public func json(of customer: String) -> ExactJSON {
        let source = RuleSource("BIS guidance on diversion (2025-05-13), in summaries", flag.standing)
        return .object([
            ("kind", .string("red_flag")), ("customer", .string(customer)), ("flag", .string(flag.rawValue)),
            ("sign", .string(flag.summary)), ("evidence", .string(seen)), ("source", .string(source.text)),
            ("notice", .string(Notice.text)),
        ])
    }
}
