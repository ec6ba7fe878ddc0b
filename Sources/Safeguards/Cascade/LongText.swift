/// Which parts of a long text the second stage reads: it costs by length, so there is a bound.
enum LongText {
    /// No more bytes of a text are read by the second stage.
    static let most = 8192
    /// Longer texts are read in parts of this many bytes: the first, the last, and those the first stage finds worst.
    static let part = 1024
    /// Bytes at the end of a growing text that are read together.
    static let end = 320

    /// The parts of a text that are read, in order; all of it where it is short enough.
    static func parts(of text: UnsafeBufferPointer<UInt8>, _ policy: JudgementPolicy) -> [Range<Int>] {
        guard text.count > most else { return [0..<text.count] }
        var parts: [Range<Int>] = []
        var start = 0
        while start < text.count {
            let end = boundary(text, min(text.count, start + part))
            parts.append(start..<max(end, start + 1))
            start = max(end, start + 1)
        }
        let peaks = parts.map { judgeWhole(policy, .request, UnsafeBufferPointer(rebasing: text[$0])).peak }
        let ranked = parts.indices.sorted { (peaks[$0], $1) > (peaks[$1], $0) }
        var chosen: Set<Int> = [0, parts.count - 1]
        for index in ranked where chosen.count < most / part { chosen.insert(index) }
        return chosen.sorted().map { parts[$0] }
    }

    /// Where the last stretch of a growing text begins: at a space, or else at a scalar.
    static func endStart(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        guard text.count > end else { return 0 }
        let first = text.count - end
        for index in first..<min(text.count, first + 48) where text[index] == 0x20 || text[index] == 0x0A {
            return index
        }
        return boundary(text, first)
    }

    /// The end of several texts as one, in lines.
    static func joinedEnd(of texts: [UnsafeBufferPointer<UInt8>]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        var room = most / 2
        for text in texts.reversed() where room > 0 {
            let start = text.count > room ? boundary(text, text.count - room) : 0
            parts.append(Array(text[start...])[...])
            room -= text.count - start + 1
        }
        return Array(parts.reversed().joined(separator: [0x0A]))
    }

    /// Whether a text is mostly Chinese: a third of its bytes are of Han characters, and hardly any of kana.
    static func isChinese(_ text: [UInt8]) -> Bool {
        var (han, kana) = (0, 0)
        for index in text.indices.dropLast(2) where text[index] & 0xF0 == 0xE0 {
            let scalar = Int(text[index] & 0x0F) << 12 | Int(text[index + 1] & 0x3F) << 6 | Int(text[index + 2] & 0x3F)
            if 0x3400..<0xA000 ~= scalar { han += 1 } else if 0x3040..<0x3100 ~= scalar { kana += 1 }
        }
        return han * 9 >= text.count && kana * 8 < han
    }

    /// The nearest place from here on at which a scalar begins.
    private static func boundary(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        var place = place
        while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
        return place
    }
}
