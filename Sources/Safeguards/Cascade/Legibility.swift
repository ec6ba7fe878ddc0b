import Encoder

/// Whether the encoder can read a stretch of text at all.
///
/// Its vocabulary knows the letters of sixteen languages. In Hindi every second piece of a text is unknown to it, in Bengali, Tamil or
/// Telugu four in five; Vietnamese, the worst of what it reads in part, stays below one in three. What heads make of unknown
/// pieces is chance.
enum Legibility {
    /// A stretch with a larger share of unknown pieces is not read.
    static let mostUnknown: Float = 0.35

    /// Whether a range of a block's sequence (0 is its begin, 1 the first piece) can be read.
    static func isRead(_ range: Range<Int>, of block: Range<Int>, in space: EncoderSpace) -> Bool {
        let first = block.lowerBound + max(range.lowerBound, 1) - 1
        let end = min(block.upperBound, block.lowerBound + range.upperBound - 1)
        guard first < end else { return true }
        return Float(space.unknownPieces(in: first..<end)) <= mostUnknown * Float(end - first)
    }
}
