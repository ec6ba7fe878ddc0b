import Text

/// Texts prepared for training and measuring: features, targets and weights.
struct Study {
    let recipe: TrainingRecipe
    let lexicon: Lexicon
    let lexiconBits: [UInt8]
    /// What is trained on and measured.
    let texts: [LabelledText]
    /// The same, and behind them what is trained on only.
    let all: [LabelledText]
    /// Features of each of `all`.
    var lists: [FeatureList]

    /// Reads every text once with a lexicon drawn from the measured ones.
    init(
        _ texts: [LabelledText], synthetic: [LabelledText], _ recipe: TrainingRecipe,
        _ progress: (String, Double) -> Void = { _, _ in }
    ) {
        self.recipe = recipe
        self.texts = texts
        all = texts + synthetic
        lexiconBits = Self.lexicon(of: texts, recipe)
        lexicon = Lexicon(bits: lexiconBits)
        lists = []
        lists.reserveCapacity(all.count)
        for (index, text) in all.enumerated() {
            lists.append(FeatureCollector.features(of: text.text, rows: recipe.rows, lexicon: lexicon))
            if index % 512 == 0 { progress("Reading", Double(index) / Double(all.count)) }
        }
    }

    /// The same texts, to be trained on in another way.
    init(copy other: Study, _ recipe: TrainingRecipe) {
        self.recipe = recipe
        (lexicon, lexiconBits, texts, all) = (other.lexicon, other.lexiconBits, other.texts, other.all)
        lists = other.lists
    }

    /// The words that stand in several texts: the shorter a word, the more.
    static func lexicon(of texts: [LabelledText], _ recipe: TrainingRecipe) -> [UInt8] {
        var counter = WordCounter()
        for text in texts { counter.read(text.text) }
        let words = counter.counts.filter { _, seen in
            seen.length <= 16
                && seen.count >= (seen.length == 1 ? .max : seen.length == 2 ? 150 : seen.length == 3 ? 25 : 4)
        }
        return Lexicon.bits(for: words.keys, size: recipe.lexiconBytes)
    }

    /// Labels of which little is known, and that are to be named all the same.
    private static let rare: Set<HarmLabel> = [.chemical, .biological, .nuclearRadiological]

    /// What a text should get.
    static func target(_ text: LabelledText) -> Labels {
        var target = Labels.zero
        for label in text.labels { target[label.rawValue] = 1 }
        return target
    }

    /// How much each of the chosen texts counts: those of a large source less, and harmful ones more in a language that
    /// holds little harm against its ordinary text, lest the language look harmless by itself.
    func weights(_ chosen: [Int]) -> [Float] {
        var sizes: [String: Float] = [:]
        for index in chosen { sizes[all[index].source, default: 0] += 1 }
        var weights = chosen.map { index in
            let text = all[index]
            let kind: Float =
                switch text.kind {
                case .borderline: recipe.borderlineWeight
                case .benign: 1
                case .harmful: recipe.harmfulWeight
                }
            let isSynthetic = text.source == Synthesis.source
            let cap =
                isSynthetic ? recipe.syntheticCap : text.kind == .benign ? recipe.benignCap : recipe.sourceCap
            return kind * min(isSynthetic ? recipe.syntheticWeight : 1, cap / (sizes[text.source] ?? 1))
        }
        var mass: [String: SIMD2<Float>] = [:]
        for (place, index) in chosen.enumerated() {
            mass[all[index].language, default: .zero][all[index].kind == .harmful ? 0 : 1] += weights[place]
        }
        for (place, index) in chosen.enumerated() where all[index].kind == .harmful {
            let sums = mass[all[index].language] ?? .one
            let limit = all[index].source == Synthesis.source ? recipe.syntheticLimit : recipe.languageLimit
            weights[place] *= min(limit, max(1, recipe.languageBalance * sums[1] / max(sums[0], 1e-6)))
        }
        return weights
    }

    /// Trains on the texts that are not left out; the same seed gives the same weights.
    ///
    /// The mean of several models, each with its own order of texts: what is chance in one is not in all.
    func train(leavingOut isLeftOut: (LabelledText) -> Bool, seed: UInt64, _ progress: (String, Double) -> Void)
        -> Trainer
    {
        let chosen = all.indices.filter { !isLeftOut(all[$0]) }
        let weights = weights(chosen)
        let names = Set(all.map(\.language)).sorted()
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let mean = Trainer(recipe, languages: names)
        for model in 0..<recipe.models {
            let trainer = Trainer(recipe, languages: names)
            var generator = SeededGenerator(seed: seed &+ UInt64(model) &* 0x1_0001)
            for pass in 0..<recipe.passes {
                for (step, member) in chosen.indices.shuffled(using: &generator).enumerated() {
                    let index = chosen[member]
                    var weight = Labels(repeating: weights[member])
                    if all[index].labels.contains(.wrapper) { weight[0] *= recipe.wrapperWeight }
                    if !all[index].labels.isDisjoint(with: Self.rare) {
                        for label in 1..<7 { weight[label] *= recipe.rareWeight }
                    }
                    trainer.step(
                        lists[index], Self.target(all[index]), weight, language: place[all[index].language] ?? 0,
                        whole: pass == 0, &generator)
                    if step % 1024 == 0 {
                        let passed = Double(model * recipe.passes + pass) + Double(step) / Double(chosen.count)
                        progress("Training", passed / Double(recipe.passes * recipe.models))
                    }
                }
            }
            // English is the language that the others are measured by: its intercept is the model's.
            if let english = place["en"] { trainer.table.bias += trainer.table.intercepts[english] }
            mean.table.add(trainer.table, share: 1 / Float(recipe.models), first: model == 0)
        }
        return mean
    }

    /// Parts the sources into folds; sources of one family (the name up to `_` or `/`) stay together, and so do
    /// harmful families spread evenly.
    static func folds(_ texts: [LabelledText], count: Int) -> [String: Int] {
        func family(_ source: String) -> String {
            String(source.prefix { $0 != "_" && $0 != "/" })
        }
        var harmful: Set<String> = []
        var all: Set<String> = []
        for text in texts {
            all.insert(family(text.source))
            if text.kind == .harmful { harmful.insert(family(text.source)) }
        }
        var fold: [String: Int] = [:]
        for (index, name) in (harmful.sorted() + all.subtracting(harmful).sorted()).enumerated() {
            fold[name] = index % count
        }
        var result: [String: Int] = [:]
        for text in texts { result[text.source] = fold[family(text.source)] }
        return result
    }
}
