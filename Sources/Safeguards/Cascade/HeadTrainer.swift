import Encoder

/// How heads are trained; the defaults are those of the shipped ones.
public struct HeadRecipe: Sendable {
    /// Times each text is seen.
    public var passes = 5
    /// Texts in a step.
    public var batch = 256
    /// Step length of Adam, falling to 0 in a straight line after the first hundred steps.
    public var rate: Float = 1e-3
    /// Pull of every weight towards 0.
    public var decay: Float = 1e-4
    /// Share of units that a step leaves out.
    public var dropout: Float = 0.4
    /// Heads whose raw scores are averaged.
    public var members = 3
    /// The largest weight that a whole source gets, in texts.
    public var sourceCap: Float = 300
    /// How much harm a language should hold against its other text; where it holds less, harmful texts count more.
    public var languageBalance: Float = 2
    /// The most that a harmful text counts for that reason.
    public var languageLimit: Float = 8
    /// Weight of a text written by template.
    public var syntheticWeight: Float = 0.5
    /// Weight of a wrapper's label "harmful".
    public var wrapperWeight: Float = 1
    /// Of a text that is not harmful, how many stretches behind the worst are trained on too: its score is that of the worst of many.
    public var further = 0
    /// What each of them weighs against the worst.
    public var furtherWeight: Float = 0.5
    /// How many requests are put into the frames of wrappers; they are trained on only.
    public var framed = 0
    /// Weight of a request in a frame.
    public var framedWeight: Float = 0.5
    /// How many requests are put into frames of the generator's own wording (`Wrapping`); they are trained on only.
    public var wrapped = 6000
    /// How many in a hundred of them are harmful requests; of the others two thirds are ordinary ones, a third borderline ones.
    public var wrappedHarmful = 40
    /// Weight of such a text.
    public var wrappedWeight: Float = 0.5

    /// The shipped recipe.
    public init() {}
}

/// Trains one head by Adam on the stretch of each text that looks worst; no libm, one thread, one order.
final class HeadTrainer {
    private let recipe: HeadRecipe
    private let shape = HeadShape()
    /// The most texts in a step: with further stretches there are more than a batch.
    private let room: Int
    private let head: Head
    private var generator: SeededGenerator
    private let memory: UnsafeMutablePointer<Float>
    /// Of each weight: its gradient, its mean gradient, its mean square.
    private let gradient: UnsafeMutablePointer<Float>
    private let mean: UnsafeMutablePointer<Float>
    private let square: UnsafeMutablePointer<Float>
    private var step = 0
    private var meanPower: Float = 1
    private var squarePower: Float = 1

    init(_ recipe: HeadRecipe, seed: UInt64) {
        self.recipe = recipe
        room = recipe.batch * (1 + recipe.further)
        generator = SeededGenerator(seed: seed)
        var values = [Float](repeating: 0, count: shape.count)
        let at = shape.offsets
        for (layer, depth) in [HeadShape.input, shape.first, shape.second].enumerated() {
            let spread = (2 / Float(depth)).squareRoot()
            for index in at[2 * layer]..<at[2 * layer + 1] { values[index] = Self.normal(&generator) * spread }
        }
        for index in at[5]..<at[6] { values[index] = -2 }
        head = Head(shape, values)
        func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
            pointer.initialize(repeating: 0, count: count)
            return pointer
        }
        memory = zeros(
            room * (HeadShape.input + 3 * shape.first + 3 * shape.second + 2 * HeadShape.output)
                + shape.second * (shape.first + HeadShape.output))
        gradient = zeros(shape.count)
        mean = zeros(shape.count)
        square = zeros(shape.count)
    }

    deinit {
        for pointer in [memory, gradient, mean, square] { pointer.deallocate() }
    }

    /// About normal: twelve even numbers, added up.
    private static func normal(_ generator: inout SeededGenerator) -> Float {
        var sum: Float = -6
        for _ in 0..<12 { sum += Float(generator.next() >> 40) / 16_777_216 }
        return sum
    }

    /// Trains on the chosen texts of a study and gives the head.
    func train(_ study: HeadStudy, _ chosen: [Int], _ weights: [Float]) -> Head {
        let perPass = (chosen.count + recipe.batch - 1) / recipe.batch
        let steps = max(1, perPass * recipe.passes)
        let average = weights.reduce(0, +) / Float(max(1, weights.count))
        var items: [Item] = []
        for pass in 0..<recipe.passes {
            if pass == 0 {
                items = chosen.indices.map { Item(member: $0, row: study.first(of: chosen[$0]), share: 1) }
            } else if pass % 2 == 1 {
                items = study.worst(head, chosen, further: recipe.further, share: recipe.furtherWeight)
            }
            let order = items.shuffled(using: &generator)
            // As many steps in every pass.
            let length =
                order.count > chosen.count ? (order.count + perPass - 1) / max(1, perPass) : recipe.batch
            for start in stride(from: 0, to: order.count, by: max(1, length)) {
                let members = order[start..<min(order.count, start + length)]
                let scale = 1 / (Float(members.count) * max(average, 1e-9))
                let batch = members.map { item in
                    Member(
                        embedding: study.vectors + item.row * HeadShape.input,
                        target: study.targets[chosen[item.member]],
                        weight: weights[item.member] * item.share * scale)
                }
                step += 1
                descend(batch, rate: recipe.rate * min(Float(step) / 100, 1) * (1 - Float(step) / Float(steps + 1)))
            }
        }
        return head
    }

    /// A stretch that is trained on in a pass.
    struct Item {
        /// Whose it is, among the chosen texts.
        var member: Int
        /// Which stretch.
        var row: Int
        /// What it weighs against the text's worst.
        var share: Float
    }

    /// One text of a step.
    struct Member {
        var embedding: UnsafePointer<Float>
        /// The labels that hold, a bit each.
        var target: UInt16
        var weight: Float
    }

    /// One step: forth, back, and down the slope.
    private func descend(_ batch: [Member], rate: Float) {
        let rows = batch.count
        let (one, two, out) = (shape.first, shape.second, HeadShape.output)
        let x = memory
        let h1 = x + room * HeadShape.input
        let h2 = h1 + room * one
        let z = h2 + room * two
        let (mask1, mask2) = (z + room * out, z + room * (out + one))
        let (slope1, slope2) = (mask2 + room * two, mask2 + room * (two + one))
        let turned = slope2 + room * two
        let at = shape.offsets
        let weights = head.weights
        for (row, member) in batch.enumerated() {
            let to = x + row * HeadShape.input
            for index in 0..<HeadShape.input { to[index] = member.embedding[index] * HeadShape.scale }
        }
        Head.layer(x, HeadShape.input, weights + at[0], weights + at[1], one, rows, h1)
        drop(h1, mask1, rows * one)
        Head.layer(h1, one, weights + at[2], weights + at[3], two, rows, h2)
        drop(h2, mask2, rows * two)
        Head.layer(h2, two, weights + at[4], weights + at[5], out, rows, z)
        errors(z, batch)
        gradient.update(repeating: 0, count: shape.count)
        gradients(h2, two, z, out, rows, gradient + at[4], gradient + at[5])
        transpose(weights + at[4], two, out, turned)
        slope2.update(repeating: 0, count: rows * two)
        Dense.multiplyAdd(z, rowStep: out, columnStep: 1, turned, rows: rows, depth: out, width: two, into: slope2)
        for index in 0..<rows * two { slope2[index] *= mask2[index] }
        gradients(h1, one, slope2, two, rows, gradient + at[2], gradient + at[3])
        transpose(weights + at[2], one, two, turned)
        slope1.update(repeating: 0, count: rows * one)
        Dense.multiplyAdd(slope2, rowStep: two, columnStep: 1, turned, rows: rows, depth: two, width: one, into: slope1)
        for index in 0..<rows * one { slope1[index] *= mask1[index] }
        gradients(x, HeadShape.input, slope1, one, rows, gradient + at[0], gradient + at[1])
        update(rate)
    }

    /// Rectifies and leaves units out; `mask` is what a slope is multiplied by on its way back.
    private func drop(_ values: UnsafeMutablePointer<Float>, _ mask: UnsafeMutablePointer<Float>, _ count: Int) {
        let limit = UInt64(recipe.dropout * 65536)
        let kept = 1 / (1 - recipe.dropout)
        var bits: UInt64 = 0
        for index in 0..<count {
            if index & 3 == 0 { bits = generator.next() }
            let isKept = bits & 0xFFFF >= limit
            bits >>= 16
            mask[index] = isKept && values[index] > 0 ? kept : 0
            values[index] *= mask[index]
        }
    }

    /// Turns raw scores into slopes of the loss: probability less target, times the text's weight.
    private func errors(_ z: UnsafeMutablePointer<Float>, _ batch: [Member]) {
        for (row, member) in batch.enumerated() {
            let scores = z + row * HeadShape.output
            for block in 0..<2 {
                var raw = Labels.zero
                for lane in 0..<8 { raw[lane] = scores[8 * block + lane] }
                let probability = sigmoid(raw)
                for lane in 0..<8 {
                    let label = 8 * block + lane
                    let target: Float = member.target >> UInt16(label) & 1 == 1 ? 1 : 0
                    scores[label] = label < HeadShape.labels ? (probability[lane] - target) * member.weight : 0
                }
            }
            for label in 16..<HeadShape.output { scores[label] = 0 }
            if member.target >> UInt16(HarmLabel.wrapper.rawValue) & 1 == 1 { scores[0] *= recipe.wrapperWeight }
        }
    }

    private func gradients(
        _ input: UnsafePointer<Float>, _ depth: Int, _ slope: UnsafePointer<Float>, _ width: Int, _ rows: Int,
        _ weights: UnsafeMutablePointer<Float>, _ bias: UnsafeMutablePointer<Float>
    ) {
        Dense.multiplyAdd(
            input, rowStep: 1, columnStep: depth, slope, rows: depth, depth: rows, width: width, into: weights)
        for row in 0..<rows {
            for column in 0..<width { bias[column] += slope[row * width + column] }
        }
    }

    private func transpose(
        _ matrix: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            for column in 0..<columns { out[column * rows + row] = matrix[row * columns + column] }
        }
    }

    private func update(_ rate: Float) {
        meanPower *= 0.9
        squarePower *= 0.999
        let length = rate * (1 - squarePower).squareRoot() / (1 - meanPower)
        let pull = rate * recipe.decay
        let weights = head.weights
        for index in 0..<shape.count {
            let slope = gradient[index]
            mean[index] += 0.1 * (slope - mean[index])
            square[index] += 0.001 * (slope * slope - square[index])
            weights[index] -= length * mean[index] / (square[index].squareRoot() + 1e-8) + pull * weights[index]
        }
    }
}
