import Dispatch
import Encoder
import Synchronization
import Text

/// Texts prepared for training heads and measuring them: every embedded stretch of each, and what it should get.
final class HeadStudy: @unchecked Sendable {
    // Safe to share: written in init only.
    let recipe: HeadRecipe
    /// What is trained on and measured, and behind it what is trained on only.
    let texts: [LabelledText]
    /// Embeddings of all stretches, text after text.
    let vectors: UnsafeMutablePointer<Float>
    /// Whether the encoder could read each stretch.
    let isRead: [Bool]
    /// Of each text, whether there is a whole block that the encoder could not read.
    let hasUnread: [Bool]
    /// Where each text's stretches begin; one more at the end.
    let starts: [Int]
    /// Of each text the labels that hold, a bit each.
    let targets: [UInt16]
    /// How many of the texts are measured.
    let measured: Int

    /// No more of a text is read, in bytes.
    static let mostBytes = 8192

    /// Embeds every text.
    init(
        _ texts: [LabelledText], synthetic: [LabelledText], encoder: SentenceEncoder, lexicon: Lexicon,
        recipe: HeadRecipe, _ progress: (String, Double) -> Void
    ) {
        self.recipe = recipe
        self.texts = texts + synthetic
        measured = texts.count
        let all = self.texts
        let readings = Parallel.map(all.count, { progress("Reading", $0) }) { _ in
            EncoderSpace()
        } _: { space, index in
            let reading = all[index].text.withUnsafeBufferPointer {
                Reading.bytes(of: UnsafeBufferPointer(rebasing: $0.prefix(Self.mostBytes)), lexicon)
            }
            let pieces = reading.withUnsafeBufferPointer { encoder.tokenize($0, limit: Self.mostBytes, in: space) }
            let blocks = WindowPlan.blocks(pieces)
            let ranges = reading.withUnsafeBufferPointer { bytes in
                blocks.map { WindowPlan.ranges($0, of: bytes, in: space) }
            }
            let isRead = zip(blocks, ranges).map { Legibility.areRead(Legibility.unknown($1, of: $0, in: space)) }
            return (reading, ranges, isRead)
        }
        var starts = [0]
        starts.reserveCapacity(all.count + 1)
        for reading in readings { starts.append(starts[starts.count - 1] + reading.1.reduce(0) { $0 + $1.count }) }
        self.starts = starts
        isRead = readings.flatMap { $0.2.flatMap(\.self) }
        // The first range of a block is all of it.
        hasUnread = readings.map { $0.2.contains { $0.first == false } }
        vectors = .allocate(capacity: starts[starts.count - 1] * HeadShape.input)
        nonisolated(unsafe) let vectors = vectors
        let begins = starts
        _ = Parallel.map(all.count, { progress("Embedding", $0) }) { _ in
            EncoderSpace()
        } _: { space, index in
            var to = vectors + begins[index] * HeadShape.input
            let reading = readings[index].0
            let pieces = reading.withUnsafeBufferPointer { encoder.tokenize($0, limit: Self.mostBytes, in: space) }
            for (block, ranges) in zip(WindowPlan.blocks(pieces), readings[index].1) {
                let found = encoder.embed(block, ranges, in: space)
                guard let from = found.baseAddress else { continue }
                to.update(from: from, count: found.count)
                to += found.count
            }
        }
        targets = Self.targets(self.texts)
    }

    /// Texts of which each is one stretch, embedded elsewhere; the study owns the vectors from now on.
    init(_ texts: [LabelledText], measured: Int, vectors: UnsafeMutablePointer<Float>, recipe: HeadRecipe) {
        (self.texts, self.measured, self.vectors, self.recipe) = (texts, measured, vectors, recipe)
        starts = Array(0...texts.count)
        isRead = texts.map { _ in true }
        hasUnread = texts.map { _ in false }
        targets = Self.targets(texts)
    }

    /// Of each text the labels that hold, a bit each; behind them "borderline".
    private static func targets(_ texts: [LabelledText]) -> [UInt16] {
        texts.map { text in
            var bits: UInt16 = text.kind == .borderline ? 1 << 8 : 0
            for label in text.labels { bits |= 1 << UInt16(label.rawValue) }
            return bits
        }
    }

    deinit { vectors.deallocate() }

    /// The first stretch of a text: its first block, whole.
    func first(of text: Int) -> Int { starts[text] }

    /// Of each chosen text the stretch that looks worst to a head, and of those that are not harmful some behind it.
    func worst(_ head: Head, _ chosen: [Int], further: Int, share: Float) -> [HeadTrainer.Item] {
        var items: [HeadTrainer.Item] = []
        items.reserveCapacity(chosen.count * 2)
        for (member, text) in chosen.enumerated() {
            let count = starts[text + 1] - starts[text]
            guard count > 1 else {
                items.append(.init(member: member, row: starts[text], share: 1))
                continue
            }
            let scores = scores([head], text)
            let ranked = (0..<count).sorted { left, right in
                let (one, other) = (scores[left * HeadShape.output], scores[right * HeadShape.output])
                return one != other ? one > other : left < right
            }
            for (rank, row) in ranked.prefix(texts[text].kind == .harmful ? 1 : 1 + further).enumerated() {
                items.append(.init(member: member, row: starts[text] + row, share: rank == 0 ? 1 : share))
            }
        }
        return items
    }

    /// Raw scores of each stretch of a text, by the mean of heads.
    func scores(_ heads: [Head], _ text: Int) -> [Float] {
        let rows = starts[text + 1] - starts[text]
        var scores = [Float](repeating: 0, count: rows * HeadShape.output)
        guard let shape = heads.first?.shape else { return scores }
        let perRow = HeadShape.input + shape.first + shape.second
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 64 * perRow) { scratch in
            guard let memory = scratch.baseAddress else { return }
            scores.withUnsafeMutableBufferPointer { scores in
                guard let out = scores.baseAddress else { return }
                for head in heads {
                    for start in stride(from: 0, to: rows, by: 64) {
                        head.add(
                            vectors + (starts[text] + start) * HeadShape.input, rows: min(64, rows - start),
                            scratch: memory, into: out + start * HeadShape.output)
                    }
                }
            }
        }
        return scores.map { $0 / Float(max(1, heads.count)) }
    }

    /// How much each of the chosen texts counts: those of a large source less, and harmful ones more in a language that
    /// holds little harm against its other text.
    func weights(_ chosen: [Int]) -> [Float] {
        var sizes: [String: Float] = [:]
        for index in chosen where texts[index].frame == nil { sizes[texts[index].source, default: 0] += 1 }
        var weights = chosen.map { index in
            let text = texts[index]
            if let frame = text.frame { return frame == Wrapping.frame ? recipe.wrappedWeight : recipe.framedWeight }
            guard text.source != Synthesis.source else { return recipe.syntheticWeight }
            return min(1, recipe.sourceCap / (sizes[text.source] ?? 1))
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

    /// Trains heads on the texts that are not left out.
    func train(leavingOut isLeftOut: (LabelledText) -> Bool, members: Int, seed: UInt64, _ progress: (Double) -> Void)
        -> [Head]
    {
        let chosen = texts.indices.filter { !isLeftOut(texts[$0]) }
        let weights = weights(chosen)
        return Parallel.map(members, progress) { _ in
            0
        } _: { _, member in
            HeadTrainer(self.recipe, seed: seed &+ UInt64(member) &* 0x1_0001).train(self, chosen, weights)
        }
    }
}

/// Work in equal parts on a few threads; what comes out doesn't depend on how many.
enum Parallel {
    /// Threads that work at once.
    static let width = 4

    /// One result for each index, in order.
    ///
    /// - Parameters:
    ///   - space: Makes what a thread works in.
    ///   - work: Must depend on the index alone.
    static func map<Space, Result>(
        _ count: Int, _ progress: (Double) -> Void, _ space: @Sendable (Int) -> Space,
        _ work: @Sendable (Space, Int) -> Result
    ) -> [Result] {
        let results = UnsafeMutablePointer<Result>.allocate(capacity: max(1, count))
        defer { results.deallocate() }
        // Each place is written once, by whoever drew its number.
        nonisolated(unsafe) let places = results
        nonisolated(unsafe) let report = progress
        let next = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: min(width, max(1, count))) { thread in
            let space = space(thread)
            while true {
                let range = next.withLock { drawn in
                    let start = drawn
                    drawn = min(count, start + max(1, min(64, count / 16)))
                    if start % 256 == 0 { report(Double(start) / Double(max(1, count))) }
                    return start..<drawn
                }
                guard !range.isEmpty else { return }
                for index in range { (places + index).initialize(to: work(space, index)) }
            }
        }
        defer { results.deinitialize(count: count) }
        return Array(UnsafeBufferPointer(start: results, count: count))
    }
}
