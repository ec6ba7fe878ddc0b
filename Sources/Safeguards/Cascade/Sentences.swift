/// The sentences of a block of pieces: each is embedded by itself, so that one request among other sentences is read
/// as it would be read alone.
enum Sentences {
    /// Shorter ones say too little.
    static let least = 5
    /// No more of a block are embedded.
    static let most = 10

    /// Ranges of a block, as `SentenceEncoder.embed` takes them; none where the block is one sentence.
    ///
    /// - Parameters:
    ///   - text: What was cut into pieces.
    ///   - end: Where a piece ends in the text, in bytes.
    static func ranges(_ block: Range<Int>, of text: UnsafeBufferPointer<UInt8>, end: (Int) -> Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = block.lowerBound
        for piece in block {
            let isLast = piece + 1 == block.upperBound
            guard isLast || ends(at: end(piece), text) else { continue }
            let count = piece + 1 - start
            if count >= least, count + 2 < block.count, ranges.count < most {
                ranges.append(start - block.lowerBound + 1..<piece + 2 - block.lowerBound)
            }
            start = piece + 1
        }
        return ranges
    }

    /// Whether a sentence, a line or a quotation ends before a place of the text.
    private static func ends(at place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard place > 0, place < text.count else { return true }
        switch text[place - 1] {
        case 0x2E, 0x3A, 0x3B: return text[place] <= 0x20  // . : ;
        case 0x0A, 0x21, 0x22, 0x3F: return true  // line feed ! " ?
        case 0x80...0xBF: return endsForeign(at: place, text)
        default: return text[place] == 0x0A || text[place] == 0x22
        }
    }

    /// The same of signs beyond ASCII: curved quotation marks, the full stop of ideographs, full-width signs, the danda.
    private static func endsForeign(at place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if text[place] == 0x0A || text[place] == 0x22 { return true }
        guard place >= 3, text[place - 3] & 0xF0 == 0xE0 else { return false }
        let scalar =
            UInt32(text[place - 3] & 0x0F) << 12 | UInt32(text[place - 2] & 0x3F) << 6 | UInt32(text[place - 1] & 0x3F)
        switch scalar {
        case 0x201C, 0x201D, 0x2026, 0x3002, 0x300C...0x300F, 0xFF01, 0xFF1A, 0xFF1B, 0xFF1F, 0x0964, 0x0965:
            return true
        default: return false
        }
    }
}
