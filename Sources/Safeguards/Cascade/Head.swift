import Encoder

/// One trained head: two layers of rectified units between an embedding and the labels' raw scores.
final class Head: @unchecked Sendable {
    // Safe to share: written in init only.
    let shape: HeadShape
    let weights: UnsafeMutablePointer<Float>

    /// Takes all weights and biases, layer by layer.
    init(_ shape: HeadShape, _ values: [Float]) {
        self.shape = shape
        weights = .allocate(capacity: shape.count)
        weights.initialize(repeating: 0, count: shape.count)
        for (index, value) in values.prefix(shape.count).enumerated() { weights[index] = value }
    }

    deinit { weights.deallocate() }

    /// Adds the raw scores of embeddings to `scores`, `HeadShape.output` for each.
    ///
    /// - Parameters:
    ///   - embeddings: `rows` of them, of unit length.
    ///   - scratch: Room for `rows` times the two layers and the input.
    func add(
        _ embeddings: UnsafePointer<Float>, rows: Int, scratch: UnsafeMutablePointer<Float>,
        into scores: UnsafeMutablePointer<Float>
    ) {
        let at = shape.offsets
        let input = scratch
        let first = input + rows * HeadShape.input
        let second = first + rows * shape.first
        for index in 0..<rows * HeadShape.input { input[index] = embeddings[index] * HeadShape.scale }
        Self.layer(input, HeadShape.input, weights + at[0], weights + at[1], shape.first, rows, first)
        Self.rectify(first, rows * shape.first)
        Self.layer(first, shape.first, weights + at[2], weights + at[3], shape.second, rows, second)
        Self.rectify(second, rows * shape.second)
        let out = input
        Self.layer(second, shape.second, weights + at[4], weights + at[5], HeadShape.output, rows, out)
        for index in 0..<rows * HeadShape.output { scores[index] += out[index] }
    }

    /// Floats of scratch memory that so many embeddings need.
    func scratchCount(rows: Int) -> Int { rows * (HeadShape.input + shape.first + shape.second) }

    /// out = in * weights + bias, for each row.
    static func layer(
        _ input: UnsafePointer<Float>, _ depth: Int, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
        _ width: Int, _ rows: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows { (out + row * width).update(from: bias, count: width) }
        Dense.multiplyAdd(
            input, rowStep: depth, columnStep: 1, weights, rows: rows, depth: depth, width: width, into: out)
    }

    static func rectify(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        for index in 0..<count where values[index] < 0 { values[index] = 0 }
    }
}
