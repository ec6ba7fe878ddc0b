extension ClassificationAnswer {
    /// The answer in words, a line each.
    public func lines(for asked: ClassificationCase) -> [String] {
        var lines = ["Rules \(asked.version), to \(asked.destination)"]
        lines.append("  classification  \(words(classification))")
        lines.append("  licence         \(words(licence))")
        if !clauses.isEmpty { lines.append("  clauses         \(clauses.joined(separator: "; "))") }
        for margin in margins {
            let value = margin.value.map { Quantity.decimal($0) } ?? "unknown"
            let distance = margin.distance.map { ", \($0 >= 0 ? "+" : "")\(Quantity.decimal($0))" } ?? ""
            let verdict = margin.holds.map { $0 ? "met" : "not met" } ?? "open"
            lines.append("    \(margin.test.text): \(value)\(distance) (\(verdict))")
        }
        for (name, texts) in [
            ("hangs on", conditions), ("assumed", assumptions + asked.assumptions),
            ("problem", problems + asked.problems), ("source", sources.map(\.text)),
        ] {
            for text in texts { lines.append("  \(name): \(text)") }
        }
        return lines
    }

    private func words(_ determination: Determination) -> String {
        switch determination {
        case .definite(let text): text
        case .undetermined(let possible, let missing):
            "undetermined, because \(missing.joined(separator: ", ")) "
                + "\(missing.count == 1 ? "is" : "are") missing (possible: \(possible.joined(separator: ", ")))"
        }
    }
}
