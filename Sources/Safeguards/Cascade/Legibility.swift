import Encoder

/// Whether the encoder can read a stretch of text at all.
///
/// Its vocabulary knows the letters of sixteen languages. In Hindi every second piece of a text is unknown to it, in Bengali, Tamil or
/// Telugu four in five, in Vietnamese one in six; in its own languages hardly any is. What heads make of unknown pieces is chance.
enum Legibility {
    /// A block or a stretch with a larger share of unknown pieces is not read.
    static let mostUnknown: Float = 0.15
    /// In a block that is not read, a stretch with a larger share is not read either.
    static let mostUnknownWithin: Float = 0.05
    /// A stretch with a larger share is not compared with exemplars: it would be like any other in its script.
    static let mostCompared: Float = 0.35

    /// Of each range of a block's sequence (0 is its begin, 1 the first piece) the share of unknown pieces.
    static func unknown(_ ranges: [Range<Int>], of block: Range<Int>, in space: EncoderSpace) -> [Float] {
        ranges.map { range in
            let first = block.lowerBound + max(range.lowerBound, 1) - 1
            let end = min(block.upperBound, block.lowerBound + range.upperBound - 1)
            guard first < end else { return 0 }
            return Float(space.unknownPieces(in: first..<end)) / Float(end - first)
        }
    }

    /// Which ranges of a block are read, by their shares of unknown pieces; the first is the whole block.
    static func areRead(_ unknown: [Float]) -> [Bool] {
        let isWholeRead = (unknown.first ?? 0) <= mostUnknown
        return unknown.map { $0 <= (isWholeRead ? mostUnknown : mostUnknownWithin) }
    }
}
