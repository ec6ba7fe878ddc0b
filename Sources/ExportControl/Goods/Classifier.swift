/// An answer, or why there is none.
public enum Determination: Sendable, Hashable {
    /// It holds whatever the unknown values are.
    case definite(String)
    /// More than one answer is possible; the named fields would decide.
    case undetermined(possible: [String], missing: [String])

    /// The answer, or `undetermined`.
    public var text: String {
        switch self {
        case .definite(let text): text
        case .undetermined: "undetermined"
        }
    }

    /// The fields that are missing; none for a definite answer.
    public var missing: [String] {
        switch self {
        case .definite: []
        case .undetermined(_, let missing): missing
        }
    }
}

/// What the rules of one version say of an item on its way.
public struct ClassificationAnswer: Sendable {
    /// The item's paragraph: `3A090.a`, `none`, `not_covered`.
    public let classification: Determination
    /// The licence position: `NLR`, `exception:NAC`, `licence:…`.
    public let licence: Determination
    /// The paragraphs that decided, or that may.
    public let clauses: [String]
    /// The number compared with every threshold of the version.
    public let margins: [Margin]
    /// What the position hangs on beyond the numbers.
    public let conditions: [String]
    /// Where it is written.
    public let sources: [RuleSource]
    /// What was taken for granted.
    public let assumptions: [String]
    /// What was wrong with the input.
    public let problems: [String]

    /// Why there is no definite answer; nil if there is one.
    public var reason: String? {
        var missing = classification.missing
        for field in licence.missing where !missing.contains(field) { missing.append(field) }
        guard !missing.isEmpty else { return nil }
        return "undetermined, because \(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing"
    }
}

/// Classifies items under a rule version.
///
/// An answer is definite only if every value that the unknown fields could have leads to it.
public struct Classifier: Sendable {
    private let edition: RuleEdition
    private let marginTests: [ItemKind: [ThresholdTest]]

    /// A classifier for one version.
    public init(_ version: RuleVersion) {
        edition = RuleBook.edition(version)
        marginTests = Margin.tests(of: edition)
    }

    /// What a world leads to: indices into the edition's clauses, -1 where no item clause holds.
    private struct Outcome: Hashable {
        let classification: String
        let item: Int
        let licence: Int
    }

    /// What going through the worlds found.
    private struct Exploration {
        var outcomes: Set<Outcome> = []
        var missingForItem: [String] = []
        var missingForLicence: [String] = []
        var isCut = false
        var worlds = 0
    }

    /// Classifies an item for a consignment.
    public func classify(_ item: Item, to consignment: Consignment) -> ClassificationAnswer {
        guard item.kind == .processor || item.kind == .memoryStack else { return outside(item) }
        let named = NamedItem.find(item.name)
        var item = item
        if let named {
            item.isNamedInLetters = named.isInLetters
            if item.designer == .unknown {
                item.designer = named.designer == "CN" ? .inArmsEmbargo : .elsewhere
            }
        }
        var found = explore(item, consignment, only: nil)
        var isByName = false
        if Set(found.outcomes.map(\.classification)).count > 1, let named,
            let published = named.classifications[edition.version]
        {
            let narrowed = explore(item, consignment, only: published)
            if !narrowed.outcomes.isEmpty {
                found = narrowed
                isByName = true
            }
        }
        return answer(item, consignment, found, named: isByName || item.isNamedInLetters ? named : nil)
    }

    private func explore(_ item: Item, _ consignment: Consignment, only: String?) -> Exploration {
        var found = Exploration()
        _ = explore(item, consignment, only, [], &found)
        return found
    }

    /// The outcomes of all worlds that begin with the given answers.
    private func explore(
        _ item: Item, _ consignment: Consignment, _ only: String?, _ script: [Bool], _ found: inout Exploration
    ) -> Set<Outcome> {
        guard found.worlds < 4096 else {
            found.isCut = true
            return []
        }
        found.worlds += 1
        var world = Possibility(item, consignment, script: script)
        let fields: [String]
        do throws(Possibility.Open) {
            let outcome = try decide(item, in: &world)
            guard only == nil || outcome.classification == only else { return [] }
            found.outcomes.insert(outcome)
            return [outcome]
        } catch {
            fields = error.fields
        }
        let yes = explore(item, consignment, only, script + [true], &found)
        let no = explore(item, consignment, only, script + [false], &found)
        note(fields, where: yes, no, by: \.classification, in: &found.missingForItem)
        note(fields, where: yes, no, by: { edition.licences[$0.licence].position }, in: &found.missingForLicence)
        return yes.union(no)
    }

    /// Notes the fields of a question whose two answers do not lead to one and the same.
    private func note(
        _ fields: [String], where yes: Set<Outcome>, _ no: Set<Outcome>, by text: (Outcome) -> String,
        in missing: inout [String]
    ) {
        guard !yes.isEmpty, !no.isEmpty else { return }
        guard Set(yes.map(text)) != Set(no.map(text)) else { return }
        for field in fields where !missing.contains(field) { missing.append(field) }
    }

    private func decide(_ item: Item, in world: inout Possibility) throws(Possibility.Open) -> Outcome {
        var classification = "none"
        var index = -1
        search: for (position, clause) in edition.items.enumerated() where clause.kind == item.kind {
            guard try world.isInForce(clause.since, edition.since), try world.isFor(clause.market) else { continue }
            for test in clause.tests { guard try world.holds(test) else { continue search } }
            classification = clause.classification
            index = position
            break
        }
        for (position, clause) in edition.licences.enumerated()
        where clause.classifications.isEmpty || clause.classifications.contains(classification) {
            if try applies(clause, in: &world) {
                return Outcome(classification: classification, item: index, licence: position)
            }
        }
        return Outcome(classification: classification, item: index, licence: edition.licences.count - 1)
    }

    private func applies(_ clause: LicenceClause, in world: inout Possibility) throws(Possibility.Open) -> Bool {
        for condition in clause.buyer { guard try world.meets(condition) else { return false } }
        if clause.designerInArmsEmbargo { guard try world.designerIsInArmsEmbargo() else { return false } }
        if clause.anyOf.isEmpty || (clause.isLetter && world.isNamedInLetters) { return true }
        tests: for tests in clause.anyOf {
            for test in tests { guard try world.holds(test) else { continue tests } }
            return true
        }
        return false
    }
}

extension Classifier {
    private func answer(
        _ item: Item, _ consignment: Consignment, _ found: Exploration, named: NamedItem?
    ) -> ClassificationAnswer {
        let classifications = Set(found.outcomes.map(\.classification)).sorted()
        let licences = Set(found.outcomes.map { edition.licences[$0.licence].position }).sorted()
        var clauses: [String] = []
        var conditions: [String] = []
        var sources: [RuleSource] = []
        let ordered = found.outcomes.sorted { ($0.item, $0.licence) < ($1.item, $1.licence) }
        for outcome in ordered {
            if outcome.item >= 0 {
                let clause = edition.items[outcome.item]
                if !clauses.contains(clause.id) { clauses.append(clause.id) }
                if !sources.contains(clause.source) { sources.append(clause.source) }
            }
        }
        for outcome in ordered {
            let clause = edition.licences[outcome.licence]
            if !clauses.contains(clause.id) { clauses.append(clause.id) }
            if !sources.contains(clause.source) { sources.append(clause.source) }
            for condition in clause.conditions where !conditions.contains(condition) { conditions.append(condition) }
        }
        if let named, !sources.contains(named.source) { sources.append(named.source) }
        for place in [consignment.destination, consignment.headquarters, consignment.parent] {
            guard let place else { continue }
            let remarks = [
                PlaceGroups.remarks[place.country], PlaceGroups.tradeEmbargo[place.country],
                place.subdivision.flatMap { PlaceGroups.embargoedRegions[$0] },
            ]
            for case let remark? in remarks where !conditions.contains(remark) { conditions.append(remark) }
        }
        return ClassificationAnswer(
            classification: determination(classifications, found.missingForItem, found.isCut),
            licence: determination(licences, found.missingForLicence, found.isCut), clauses: clauses,
            margins: (item.kind.flatMap { marginTests[$0] } ?? []).map { Margin($0, of: item) },
            conditions: conditions, sources: sources, assumptions: item.assumptions, problems: item.problems)
    }

    private func determination(_ possible: [String], _ missing: [String], _ isCut: Bool) -> Determination {
        if possible.count == 1, let only = possible.first, !isCut { return .definite(only) }
        return .undetermined(possible: possible, missing: missing.isEmpty ? ["the item's numbers"] : missing.sorted())
    }

    /// Items that this book does not classify: what they are, and where to look.
    private func outside(_ item: Item) -> ClassificationAnswer {
        let clause: String
        switch item.kind {
        case .computer:
            clause = "ECCN 4A090, 4A003.z, 5A002.z, 5A992.z: classify the processors inside; the computer follows them"
        case .modelWeights: clause = "ECCN 4E091 (FR Doc 2025-00636, never enforced): read 15 CFR 742.6 and 744.6"
        case .manufacturingEquipment:
            clause = "ECCN 3B001, 3B002, 3B993, 3B994 and 15 CFR 744.23 (end use, servicing): read Supp. 1 to Part 774"
        case .other: clause = "Commerce Control List, Supp. 1 to Part 774: classify the item there"
        case nil:
            let unknown = Determination.undetermined(
                possible: ItemKind.allCases.map(\.rawValue), missing: ["item_kind"])
            return ClassificationAnswer(
                classification: unknown, licence: unknown, clauses: [], margins: [], conditions: [], sources: [],
                assumptions: item.assumptions, problems: item.problems)
        case .processor, .memoryStack: clause = ""
        }
        return ClassificationAnswer(
            classification: .definite("not_covered"), licence: .definite("not_covered"), clauses: [clause],
            margins: [], conditions: [], sources: [RuleSource("15 CFR Part 774, Supp. 1")],
            assumptions: item.assumptions, problems: item.problems)
    }
}
