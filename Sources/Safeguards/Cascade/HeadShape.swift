/// How large the layers of a head are: an embedding goes in, one raw score for each label comes out.
struct HeadShape: Sendable, Equatable {
    /// Numbers in an embedding.
    static let input = 512
    /// Raw scores that come out; a multiple of 32, of which the first `labels` mean something.
    static let output = 32
    /// The eight labels of `HarmLabel`, and behind them "borderline".
    static let labels = 9
    /// An embedding has unit length; its numbers are scaled up to about 1.
    static let scale: Float = 22.627417

    /// Numbers in the two layers between; multiples of 32.
    var first = 256
    var second = 128

    /// Where the weights and biases of the three layers begin, and how many numbers there are in all.
    var offsets: [Int] {
        var offsets = [0]
        for (depth, width) in [(Self.input, first), (first, second), (second, Self.output)] {
            offsets.append(offsets[offsets.count - 1] + depth * width)
            offsets.append(offsets[offsets.count - 1] + width)
        }
        return offsets
    }

    /// How many weights and biases.
    var count: Int { offsets[6] }
}
