/// Walks two constitutions side by side and gathers what differs.
struct Comparison {
    typealias Effect = ConstitutionDifference.Effect

    private(set) var changes: [ConstitutionDifference.Change] = []
    private var subject = "document"

    private mutating func add(
        _ field: String?, _ before: String?, _ after: String?, _ effect: Effect, _ explanation: String
    ) {
        changes.append(
            ConstitutionDifference.Change(
                subject: subject, field: field, before: before, after: after, effect: effect, explanation: explanation))
    }

    mutating func document(_ old: Constitution, _ new: Constitution) {
        if old.name != new.name { add("name", old.name, new.name, .neutral, "The name changes.") }
        if old.version != new.version {
            let direction = new.version > old.version ? "rises" : "falls; a later release should have a higher one"
            add("version", "\(old.version)", "\(new.version)", .neutral, "The version \(direction).")
        } else if old != new {
            add(
                "version", "\(old.version)", "\(new.version)", .neutral,
                "The version stays; raise it for a new release.")
        }
        if old.date != new.date { add("date", old.date, new.date, .neutral, "The date changes.") }
        reworded("preamble", old.preamble, new.preamble)
    }

    mutating func principles(_ old: [Principle], _ new: [Principle]) {
        for before in old {
            subject = "principle \(before.id)"
            guard let after = new.first(where: { $0.id == before.id }) else {
                add(nil, before.title.english, nil, .rewords, "The principle goes; what rested on it rests elsewhere.")
                continue
            }
            reworded("title", before.title, after.title)
            reworded("text", before.text, after.text)
            if before.sources != after.sources {
                let sources = (before.sources.joined(separator: "; "), after.sources.joined(separator: "; "))
                add("sources", sources.0, sources.1, .neutral, "The sources change.")
            }
        }
        for after in new where !old.contains(where: { $0.id == after.id }) {
            subject = "principle \(after.id)"
            add(nil, nil, after.title.english, .neutral, "A new principle; by itself it refuses nothing.")
        }
    }

    mutating func categories(_ old: [Category], _ new: [Category]) {
        for before in old {
            subject = "category \(before.id)"
            guard let after = new.first(where: { $0.id == before.id }) else {
                add(nil, before.title.english, nil, .widens, "The category goes: what it forbade is no longer judged.")
                continue
            }
            category(before, after)
        }
        for after in new where !old.contains(where: { $0.id == after.id }) {
            subject = "category \(after.id)"
            add(nil, nil, after.title.english, .narrows, "A new category: what it forbids is refused.")
        }
    }
}

// MARK: - One category

extension Comparison {
    private mutating func category(_ old: Category, _ new: Category) {
        reworded("title", old.title, new.title)
        if old.principle != new.principle {
            add("principle", old.principle, new.principle, .rewords, "The category rests on another principle.")
        }
        if old.isAbsolute != new.isAbsolute {
            add(
                "absolute", "\(old.isAbsolute)", "\(new.isAbsolute)", new.isAbsolute ? .narrows : .widens,
                new.isAbsolute
                    ? "The category becomes absolute: no permission can open it any more."
                    : "The category is no longer absolute: a permission can open it for an organisation.")
        }
        if old.borders != new.borders {
            add(
                "borders", old.borders ?? "none", new.borders ?? "none", .rewords,
                "The category is the edge of another one: it is found by other lines than before.")
        }
        if old.onFailure != new.onFailure {
            add(
                "on_failure", old.onFailure.rawValue, new.onFailure.rawValue,
                new.onFailure == .closed ? .narrows : .widens,
                new.onFailure == .closed
                    ? "When a safeguard fails, exchanges are refused that were served before."
                    : "When a safeguard fails, exchanges are served unjudged that were refused before.")
        }
        budget("requests", old.requestBudget, new.requestBudget)
        budget("answers", old.answerBudget, new.answerBudget)
        entries("permits", old.permits, new.permits, added: .widens)
        entries("forbids", old.forbids, new.forbids, added: .narrows)
        for phrase in old.phrases where !new.phrases.contains(phrase) {
            add("phrases", phrase, nil, .widens, "The phrase is no longer refused by itself.")
        }
        for phrase in new.phrases where !old.phrases.contains(phrase) {
            add("phrases", nil, phrase, .narrows, "The phrase is refused wherever it occurs.")
        }
        examples("permit", old.permitExamples, new.permitExamples, .widens, "more gently")
        examples("forbid", old.forbidExamples, new.forbidExamples, .narrows, "as forbidden")
    }

    private mutating func examples(
        _ side: String, _ old: [String], _ new: [String], _ added: Effect, _ how: String
    ) {
        for example in old where !new.contains(example) {
            add(
                "examples.\(side)", example, nil, added == .widens ? .narrows : .widens,
                "Requests like it are no longer judged \(how).")
        }
        for example in new where !old.contains(example) {
            add("examples.\(side)", nil, example, added, "Requests like it are judged \(how).")
        }
    }

    private mutating func budget(_ what: String, _ old: Double, _ new: Double) {
        guard old != new else { return }
        let grows = new > old
        add(
            "budgets.\(what)", decimal(old), decimal(new), grows ? .narrows : .widens,
            grows
                ? "The budget for errors grows: the safeguard is stricter, and more ordinary \(what) may be refused."
                : "The budget for errors shrinks: the safeguard is more lenient, and fewer ordinary \(what) are refused."
        )
    }

    /// Entries that came and went; a pair that is mostly the same words counts as one, reworded.
    private mutating func entries(_ field: String, _ old: [LocalizedText], _ new: [LocalizedText], added: Effect) {
        let removed: Effect = added == .widens ? .narrows : .widens
        let verb = field == "permits" ? "permitted" : "forbidden"
        var came = new.filter { !old.contains($0) }
        for before in old where !new.contains(before) {
            if let index = bestMatch(for: before, among: came) {
                reworded(field, before, came.remove(at: index))
            } else {
                add(field, before.english, nil, removed, "No longer \(verb) by name.")
            }
        }
        for after in came {
            add(field, nil, after.english, added, "Newly \(verb).")
        }
    }

    private mutating func reworded(_ field: String, _ old: LocalizedText, _ new: LocalizedText) {
        switch (old.english == new.english, old.chinese == new.chinese) {
        case (true, true): return
        case (false, true):
            add(field, old.english, new.english, .rewords, "The English wording changes, the Chinese stays.")
        case (true, false):
            add(field, old.chinese, new.chinese, .rewords, "The Chinese wording changes, the English stays.")
        case (false, false):
            add(field, old.english, new.english, .rewords, "The wording changes in both languages.")
        }
    }

    /// The text that shares the most words with another: more than half of all words of both, or the same in one language.
    private func bestMatch(for text: LocalizedText, among candidates: [LocalizedText]) -> Int? {
        if let index = candidates.firstIndex(where: { $0.english == text.english || $0.chinese == text.chinese }) {
            return index
        }
        let words = Set(text.english.lowercased().split(separator: " "))
        let scored = candidates.enumerated().map { index, candidate in
            let others = Set(candidate.english.lowercased().split(separator: " "))
            return (index, shared: 2 * words.intersection(others).count, all: words.union(others).count)
        }
        return scored.filter { $0.shared > $0.all }.max { $0.shared * $1.all < $1.shared * $0.all }?.0
    }
}
