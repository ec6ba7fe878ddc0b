import Text

/// Texts prepared for training and measuring: features, targets and weights.
struct Study {
    let recipe: TrainingRecipe
    let lexicon: Lexicon
    let lexiconBits: [UInt8]
    let texts: [LabelledText]
    var lists: [FeatureList]

    /// Reads every text once with a lexicon drawn from all of them.
    init(_ texts: [LabelledText], _ recipe: TrainingRecipe, _ progress: (String, Double) -> Void = { _, _ in }) {
        self.recipe = recipe
        self.texts = texts
        lexiconBits = Self.lexicon(of: texts, recipe)
        lexicon = Lexicon(bits: lexiconBits)
        lists = []
        lists.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            lists.append(FeatureCollector.features(of: text.text, rows: recipe.rows, lexicon: lexicon))
            if index % 512 == 0 { progress("Reading", Double(index) / Double(texts.count)) }
        }
    }

    /// The same texts, to be trained on in another way.
    init(copy other: Study, _ recipe: TrainingRecipe) {
        self.recipe = recipe
        (lexicon, lexiconBits, texts, lists) = (other.lexicon, other.lexiconBits, other.texts, other.lists)
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
        for index in chosen { sizes[texts[index].source, default: 0] += 1 }
        var weights = chosen.map { index in
            let text = texts[index]
            let kind: Float =
                switch text.kind {
                case .borderline: recipe.borderlineWeight
                case .benign: 1
                case .harmful: recipe.harmfulWeight
                }
            return kind * min(1, recipe.sourceCap / (sizes[text.source] ?? 1))
        }
        var mass: [String: SIMD2<Float>] = [:]
        for (place, index) in chosen.enumerated() {
            mass[texts[index].language, default: .zero][texts[index].kind == .harmful ? 0 : 1] += weights[place]
        }
        for (place, index) in chosen.enumerated() where texts[index].kind == .harmful {
            let sums = mass[texts[index].language] ?? .one
            weights[place] *= min(recipe.languageLimit, max(1, recipe.languageBalance * sums[1] / max(sums[0], 1e-6)))
        }
        return weights
    }

    /// Trains on the texts that are not left out; the same seed gives the same weights.
    func train(leavingOut isLeftOut: (LabelledText) -> Bool, seed: UInt64, _ progress: (String, Double) -> Void)
        -> Trainer
    {
        let chosen = texts.indices.filter { !isLeftOut(texts[$0]) }
        let weights = weights(chosen)
        let names = Set(texts.map(\.language)).sorted()
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let trainer = Trainer(recipe, languages: names.count)
        var generator = SeededGenerator(seed: seed)
        for pass in 0..<recipe.passes {
            for (step, member) in chosen.indices.shuffled(using: &generator).enumerated() {
                let index = chosen[member]
                var weight = Labels(repeating: weights[member])
                if texts[index].labels.contains(.wrapper) { weight[0] *= recipe.wrapperWeight }
                trainer.step(
                    lists[index], Self.target(texts[index]), weight, language: place[texts[index].language] ?? 0,
                    whole: pass == 0)
                if step % 1024 == 0 {
                    progress("Training", (Double(pass) + Double(step) / Double(chosen.count)) / Double(recipe.passes))
                }
            }
        }
        return trainer
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
