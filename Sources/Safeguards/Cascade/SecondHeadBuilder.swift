public import Encoder
public import Text

/// Trains heads behind the second encoder, and sets how they join the sum of the first two stages.
public struct SecondHeadBuilder {
    /// Of an ordinary source at most this many texts are learned from; a source counts for fewer than that anyway.
    static let perSource = 450
    /// The share of ordinary texts, by the sum of the first two stages, that the second encoder is asked about.
    public static let asked: Double = 0.05

    let study: HeadStudy
    let scaling: SecondHeads.Scaling
    /// Of each text of the study its place among the texts that were handed in; nil for what is learned from only.
    let places: [Int?]
    /// Of each text of the study, whether the first encoder can't read it, and whether the second read all of it.
    let isForeign: [Bool]
    let isWhole: [Bool]
    let texts: [LabelledText]
    let sums: [Float]
    let folds: [Int]
    let line: Float
    let seed: UInt64
    let encoder: TransformerEncoder

    /// Embeddings that are known already, by what they are embeddings of.
    public typealias Known = [EmbeddingKey: [Float]]

    /// Embeds what is learned from, and what would be asked about.
    ///
    /// - Parameters:
    ///   - texts: Trained on and measured, by source.
    ///   - synthetic: Trained on only.
    ///   - sums: Of each text the sum of the first two stages, by models that had not seen its source.
    ///   - known: Embeddings from before; what is made is added.
    public init(
        _ texts: [LabelledText], synthetic: [LabelledText], sums: [Float], first: SentenceEncoder,
        encoder: TransformerEncoder, lexicon: Lexicon, recipe: HeadRecipe, seed: UInt64, known: inout Known,
        progress: (String, Double) -> Void
    ) {
        (self.texts, self.sums, self.seed, self.encoder) = (texts, sums, seed, encoder)
        folds = FusionFitter.folds(texts)
        let ordinary = texts.indices.filter { texts[$0].kind == .benign }.map { sums[$0] }.sorted(by: >)
        let line = Thresholds.quantile(ordinary, Float(Self.asked))
        self.line = line
        let readings = Parallel.map(texts.count, { progress("Reading", $0) }) { _ in
            EncoderSpace()
        } _: { space, index -> (bytes: [UInt8], isCut: Bool, first: Int) in
            Self.reading(texts[index], first, lexicon, space)
        }
        let foreign = Parallel.map(texts.count, { progress("Counting", $0) }) { _ in
            EncoderSpace()
        } _: { space, index in
            let pieces = readings[index].bytes.withUnsafeBufferPointer { encoder.tokenize($0, in: space) }
            return SecondReading.isForeign(
                readings[index].bytes, firstPieces: readings[index].first, secondPieces: pieces)
        }
        let chosen = Self.chosen(texts, sums, foreign, line: line, seed: seed)
        let all = chosen.map { texts[$0] } + synthetic
        places = chosen.map { Optional($0) } + synthetic.map { _ in nil }
        let have = known
        let made = Parallel.map(all.count, { progress("Embedding", $0) }) { _ in
            Spaces()
        } _: { space, index -> Made in
            let reading =
                index < chosen.count ? readings[chosen[index]] : Self.reading(all[index], first, lexicon, space.pieces)
            let key = EmbeddingKey(reading.bytes)
            let pieces = reading.bytes.withUnsafeBufferPointer { encoder.tokenize($0, in: space.pieces) }
            let isWhole = !reading.isCut && pieces <= TransformerEncoder.head + TransformerEncoder.tail
            if let numbers = have[key] { return Made(key: key, numbers: numbers, isWhole: isWhole) }
            let found = reading.bytes.withUnsafeBufferPointer { encoder.embed($0, in: space.pieces, space.transformed) }
            let numbers = Array(UnsafeBufferPointer(start: found.numbers, count: TransformerEncoder.width))
            return Made(key: key, numbers: numbers, isWhole: isWhole)
        }
        for one in made { known[one.key] = one.numbers }
        isWhole = made.map(\.isWhole)
        isForeign = all.indices.map { $0 < chosen.count && foreign[chosen[$0]] }
        let scaling = Self.scaling(made)
        self.scaling = scaling
        let vectors = UnsafeMutablePointer<Float>.allocate(capacity: max(1, all.count) * HeadShape.input)
        for (index, one) in made.enumerated() {
            one.numbers.withUnsafeBufferPointer {
                guard let start = $0.baseAddress else { return }
                scaling.apply(start, to: vectors + index * HeadShape.input)
            }
        }
        study = HeadStudy(all, measured: chosen.count, vectors: vectors, recipe: recipe)
    }

    private struct Made: Sendable {
        var key: EmbeddingKey
        var numbers: [Float]
        var isWhole: Bool
    }

    private final class Spaces {
        let pieces = EncoderSpace()
        let transformed = TransformerSpace()
    }

    private static func reading(
        _ text: LabelledText, _ first: SentenceEncoder, _ lexicon: Lexicon, _ space: EncoderSpace
    ) -> (bytes: [UInt8], isCut: Bool, first: Int) {
        text.text.withUnsafeBufferPointer { all in
            let (bytes, isCut) = SecondReading.bytes(of: all)
            let reading = bytes.withUnsafeBufferPointer { Reading.bytes(of: $0, lexicon) }
            let pieces = reading.withUnsafeBufferPointer { first.tokenize($0, in: space) }
            return (reading, isCut, pieces)
        }
    }

    /// What is embedded: what harms or nearly does, what would be asked about, and a part of each ordinary source.
    private static func chosen(
        _ texts: [LabelledText], _ sums: [Float], _ isForeign: [Bool], line: Float, seed: UInt64
    ) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        var taken: [String: Int] = [:]
        var isChosen = texts.indices.map { texts[$0].kind != .benign || sums[$0] > line || isForeign[$0] }
        for index in texts.indices.shuffled(using: &generator) where !isChosen[index] {
            guard taken[texts[index].source, default: 0] < perSource else { continue }
            taken[texts[index].source, default: 0] += 1
            isChosen[index] = true
        }
        return texts.indices.filter { isChosen[$0] }
    }

    private static func scaling(_ made: [Made]) -> SecondHeads.Scaling {
        let width = TransformerEncoder.width
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for one in made {
            for index in 0..<width {
                let value = Double(one.numbers[index])
                sums[index] += value
                squares[index] += value * value
            }
        }
        let count = Double(max(1, made.count))
        let means = sums.map { $0 / count }
        let spreads = (0..<width).map { max(1e-4, (max(0, squares[$0] / count - means[$0] * means[$0])).squareRoot()) }
        return SecondHeads.Scaling(means: means.map { Float($0) }, spreads: spreads.map { Float($0) })
    }

    /// Raw scores of "harmful" for each text of the study that was handed in, by heads that had not seen its source.
    public func leaveSourcesOut(progress: (String, Double) -> Void) -> [Float] {
        let fold = Study.folds(texts, count: 5)
        let (study, seed) = (study, seed)
        let heads = Parallel.map(5, { progress("Training without each fold", $0) }) { _ in
            0
        } _: { _, left in
            study.train(
                leavingOut: { fold[$0.source] == left || $0.frame.map { fold[$0] == left } ?? false },
                members: study.recipe.members, seed: seed
            ) { _ in }
        }
        return (0..<study.measured).map { index in
            study.scores(heads[fold[study.texts[index].source] ?? 0], index)[0]
        }
    }

    /// Trains on everything and writes the file.
    public func file(
        _ fitter: SecondFusionFitter, headsHash: [UInt8], linearHash: [UInt8], note: String,
        progress: (String, Double) -> Void
    ) -> [UInt8] {
        let heads = study.train(leavingOut: { _ in false }, members: study.recipe.members, seed: seed) {
            progress("Training", $0)
        }
        return SecondHeads(
            members: heads.map(\.rounded), fusion: fitter.fusion, scaling: scaling, encoderHash: encoder.hash,
            headsHash: headsHash, linearHash: linearHash, note: note
        ).encoded()
    }
}

/// What an embedding is known by: two hashes of the text that was embedded.
public struct EmbeddingKey: Hashable, Sendable {
    /// FNV-1a of the text, and of the text behind one more byte.
    public let first: UInt64, second: UInt64

    /// The key of a text.
    public init(_ text: [UInt8]) {
        func hash(_ start: UInt64) -> UInt64 { text.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        (first, second) = (hash(0xCBF2_9CE4_8422_2325), hash(0x9AE1_6A3B_2F90_404F))
    }

    /// The key with these hashes.
    public init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }
}
