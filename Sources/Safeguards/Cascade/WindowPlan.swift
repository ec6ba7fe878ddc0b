import Encoder

/// Which stretches of a text are embedded: a function of its pieces and of where its sentences end.
///
/// A text is cut into blocks that overlap. Each block is embedded whole, in short windows, and sentence by
/// sentence, so that a harmful one in a long text is not lost in the mean.
struct WindowPlan: Sendable, Equatable {
    /// Pieces in a block, and how far the next one begins behind it.
    static let block = 126
    static let blockStep = 94
    /// Pieces in a window, how far the next one begins behind it, and the text from which on there are windows.
    static let window = 32
    static let windowStep = 16
    static let windowsFrom = 40

    /// The blocks of a text of so many pieces.
    static func blocks(_ pieces: Int) -> [Range<Int>] {
        guard pieces > block else { return [0..<max(1, pieces)] }
        var blocks: [Range<Int>] = []
        var start = 0
        while true {
            let end = min(pieces, start + block)
            blocks.append(start..<end)
            guard end < pieces else { return blocks }
            start = min(start + blockStep, pieces - block)
        }
    }

    /// The ranges of a block that are embedded: all of it, its windows, and its sentences.
    static func ranges(_ block: Range<Int>, of text: UnsafeBufferPointer<UInt8>, in space: EncoderSpace)
        -> [Range<Int>]
    {
        ranges(block.count) + Sentences.ranges(block, of: text) { space.end(of: $0) }
    }

    /// The block and its windows; the first is all of it, with its begin and end.
    static func ranges(_ pieces: Int) -> [Range<Int>] {
        var ranges = [0..<pieces + 2]
        guard pieces >= windowsFrom else { return ranges }
        var start = 1
        while true {
            let end = min(pieces + 1, start + window)
            ranges.append(start..<end)
            guard end < pieces + 1 else { return ranges }
            start = min(start + windowStep, pieces + 1 - window)
        }
    }
}
