public import Constitution

/// By what requests and answers are judged: a model, and a constitution's categories, compiled once.
///
/// An immutable snapshot; a copy shares its storage.
public struct JudgementPolicy: Sendable {
    let storage: Storage

    /// SHA-256 of the classifier's file.
    public var classifierHash: [UInt8] { storage.model.hash }
    /// SHA-256 of the constitution's document.
    public var constitutionHash: [UInt8] { storage.constitutionHash }

    /// Compiles the categories' budgets into thresholds and their phrases into a matcher.
    ///
    /// - Parameter stopped: Categories that an operator has stopped: they are judged by the lowest bar that a budget can set.
    /// - Throws: `SafeguardError.phraseTooShort` for a phrase that would match by chance.
    public init(model: LinearModel, release: ConstitutionRelease, stopped: Set<String> = []) throws(SafeguardError) {
        let most = Category.budgetRange.upperBound
        try self.init(
            model: model,
            categories: release.constitution.categories.map {
                let isStopped = stopped.contains($0.id)
                return Line(
                    category: $0.id, principle: $0.principle, requestBudget: isStopped ? most : $0.requestBudget,
                    answerBudget: isStopped ? most : $0.answerBudget, phrases: $0.phrases, borders: $0.borders)
            },
            hash: release.hash)
    }

    /// The score from which on a text is held to be of a category, 0...1; infinite where only phrases find it.
    public func bar(of category: String, _ side: Side) -> Float {
        guard let raw = storage.rules.first(where: { $0.category == category })?.threshold(side), raw.isFinite else {
            return .infinity
        }
        return storage.model.calibrated(raw)
    }

    private init(_ storage: Storage) { self.storage = storage }

    /// The same policy for somebody whom a permission opens some categories: what crosses those is noted and goes on.
    ///
    /// Who may open a category, and that an absolute one never is, is for the caller to know.
    public func opening(_ categories: Set<String>) -> JudgementPolicy {
        guard storage.rules.contains(where: { categories.contains($0.category) }) else { return self }
        let rules = storage.rules.map { rule in
            var rule = rule
            rule.isOpen = categories.contains(rule.category)
            return rule
        }
        return JudgementPolicy(
            Storage(
                model: storage.model, constitutionHash: storage.constitutionHash, rules: rules, ruleOf: storage.ruleOf,
                edgeOf: storage.edgeOf, phrases: storage.phrases))
    }

    init(model: LinearModel, categories: [Line], hash: [UInt8]) throws(SafeguardError) {
        var rules: [Rule] = []
        for category in categories {
            // A category that the model has no label for is found by its phrases alone.
            let label = HarmLabel.decisive.first { $0.category == category.borders ?? category.category }
            rules.append(
                Rule(
                    category: category.category, principle: category.principle,
                    requestThreshold: label.map { model.threshold($0, .request, budget: category.requestBudget) }
                        ?? .infinity,
                    answerThreshold: label.map { model.threshold($0, .answer, budget: category.answerBudget) }
                        ?? .infinity))
        }
        var ruleOf = [Int](repeating: -1, count: HarmLabel.allCases.count)
        for label in HarmLabel.decisive {
            ruleOf[label.rawValue] = rules.firstIndex { $0.category == label.category } ?? -1
        }
        let edgeOf = HarmLabel.allCases.map { label in
            HarmLabel.decisive.contains(label) ? categories.firstIndex { $0.borders == label.category } ?? -1 : -1
        }
        storage = Storage(
            model: model, constitutionHash: hash, rules: rules, ruleOf: ruleOf, edgeOf: edgeOf,
            phrases: try PhraseSet(categories.map { ($0.category, $0.phrases) }, lexicon: model.lexicon))
    }

    /// What the constitution says of one category, as far as a judge needs it.
    struct Line: Sendable {
        var category: String
        var principle: String
        var requestBudget: Double
        var answerBudget: Double
        var phrases: [String]
        /// The category whose edge this is.
        var borders: String?
    }

    /// One category, ready for use.
    struct Rule: Sendable {
        let category: String
        let principle: String
        let requestThreshold: Float
        let answerThreshold: Float
        /// Whether a permission opens it: what crosses it is noted, and not stopped.
        var isOpen = false

        func threshold(_ side: Side) -> Float { side == .request ? requestThreshold : answerThreshold }
    }

    final class Storage: @unchecked Sendable {
        // Safe to share: the plans are written in init only.
        let model: LinearModel
        let constitutionHash: [UInt8]
        let rules: [Rule]
        /// For each label the rule that it stands for, or -1.
        let ruleOf: [Int]
        /// For each label the rule of its category's edge, or -1.
        let edgeOf: [Int]
        let phrases: PhraseSet
        let memo = WordMemo()
        /// What a scorer reads: for requests, then for answers.
        private let plans: UnsafeMutablePointer<ScoringPlan>

        init(
            model: LinearModel, constitutionHash: [UInt8], rules: [Rule], ruleOf: [Int], edgeOf: [Int],
            phrases: PhraseSet
        ) {
            self.model = model
            self.constitutionHash = constitutionHash
            self.rules = rules
            self.ruleOf = ruleOf
            self.edgeOf = edgeOf
            self.phrases = phrases
            plans = .allocate(capacity: 2)
            plans.initialize(to: ScoringPlan(self, .request))
            (plans + 1).initialize(to: ScoringPlan(self, .answer))
        }

        deinit {
            for side in 0..<2 { plans[side].free() }
            plans.deallocate()
        }

        /// What a scorer reads of this policy; valid as long as the policy lives.
        func plan(_ side: Side) -> UnsafePointer<ScoringPlan> { UnsafePointer(side == .request ? plans : plans + 1) }

        /// The lowest raw score that any category acts on.
        func lowest(_ side: Side) -> Float {
            HarmLabel.allCases.map { line(of: $0.rawValue, side) }.min() ?? .infinity
        }

        /// The raw score from which on a label is acted on, by its category or that one's edge.
        func line(of label: Int, _ side: Side) -> Float {
            guard ruleOf[label] >= 0 else { return .infinity }
            let own = rules[ruleOf[label]].threshold(side)
            return edgeOf[label] < 0 ? own : min(own, rules[edgeOf[label]].threshold(side))
        }

        /// The rule that a label stands for at a raw score above its line: its category's, or that one's edge.
        func rule(of label: Int, at raw: Float, _ side: Side) -> Int {
            let edge = edgeOf[label]
            return edge >= 0 && raw <= rules[ruleOf[label]].threshold(side) ? edge : ruleOf[label]
        }
    }
}
