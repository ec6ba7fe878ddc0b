import Text

/// A text as the encoder should read it: as it was written, but for words that were hidden, which stand as deciphered.
///
/// The encoder knows scripts, accents and case; what it cannot know is look-alikes, leet, spaced letters and encodings.
struct Reading: WordSink {
    private let source: UnsafeBufferPointer<UInt8>
    private(set) var bytes: [UInt8] = []
    /// Up to where the source has been taken over or replaced.
    private var taken = 0
    /// Where the last word that may be encoded text begins in `bytes`.
    private var encodedStart: Int?

    private init(_ source: UnsafeBufferPointer<UInt8>) {
        self.source = source
        bytes.reserveCapacity(source.count + 16)
    }

    /// Reads a text; `lexicon` tells what deciphered words are believable.
    static func bytes(of source: UnsafeBufferPointer<UInt8>, _ lexicon: Lexicon) -> [UInt8] {
        var reading = Reading(source)
        var reader = WordReader(lexicon: lexicon)
        reader.feed(source, into: &reading)
        reader.finish(into: &reading)
        reading.takeOver(to: source.count)
        return reading.bytes
    }

    mutating func take(_ word: borrowing Word) {
        if let end = writtenEnd(word) {
            encodedStart = looksEncoded(taken..<end) ? bytes.count : nil
            return takeOver(to: end)
        }
        encodedStart = nil
        if !word.isIdeograph, let last = bytes.last, last != 0x20 { bytes.append(0x20) }
        for index in (word.isIdeograph ? word.count - 1 : 0)..<word.count {
            let scalar = Unicode.Scalar(word.codes[index]) ?? "\u{FFFD}"
            bytes.append(contentsOf: Array(String(scalar).utf8))
        }
        taken = max(taken, min(word.end, source.count))
    }

    mutating func beginView() {
        // What was encoded is read in its plain form only.
        if let start = encodedStart { bytes.removeSubrange(start...) }
        encodedStart = nil
    }

    mutating func restart() {
        bytes.removeAll(keepingCapacity: true)
        encodedStart = nil
    }

    private mutating func takeOver(to end: Int) {
        let end = min(end, source.count)
        guard end > taken else { return }
        bytes.append(contentsOf: source[taken..<end])
        taken = end
    }

    /// Where the word ends in the source, if it stands there next as it is, but for case and accents.
    private func writtenEnd(_ word: borrowing Word) -> Int? {
        let end = min(word.end, source.count)
        if word.isOpaque { return end > taken ? end : nil }
        for index in 0..<word.count where word.codes[index] >= 0x80 {
            return end > taken ? foreignEnd(to: end, isIdeograph: word.isIdeograph) : nil
        }
        var at = taken
        while at < end, isSeparator(at) { at += source[at] < 0x80 ? 1 : scalar(at).length }
        var index = 0
        var isAfterAccent = false
        while index < word.count {
            guard at < source.count else { return nil }
            let byte = source[at]
            if byte < 0x80 {
                if UInt16(0x41...0x5A ~= byte ? byte | 0x20 : byte) == word.codes[index] {
                    (at, index, isAfterAccent) = (at + 1, index + 1, false)
                } else if isAfterAccent {
                    // An accented letter that is two without its accent.
                    (index, isAfterAccent) = (index + 1, false)
                } else {
                    return nil
                }
                continue
            }
            let (value, length) = scalar(at)
            switch value {
            case 0xAA..<0x250, 0x1E00..<0x1F00: (index, isAfterAccent) = (index + 1, true)
            case 0x300..<0x370: break
            default: return nil
            }
            at += length
        }
        while at < end, source[at] >= 0x80, 0x300..<0x370 ~= scalar(at).value { at += scalar(at).length }
        return at
    }

    /// Where the next word in another script ends, at most at `end`.
    private func foreignEnd(to end: Int, isIdeograph: Bool) -> Int? {
        var at = taken
        while at < end, isSeparator(at) { at += source[at] < 0x80 ? 1 : scalar(at).length }
        let start = at
        var isForeign = false
        while at < end, !isSeparator(at) {
            isForeign = isForeign || source[at] >= 0x80
            at += source[at] < 0x80 ? 1 : scalar(at).length
            if isIdeograph { break }
        }
        return isForeign && at > start ? min(at, end) : nil
    }

    /// Whether the word between two places has what plain words don't: digits, or capitals behind its first letter.
    private func looksEncoded(_ range: Range<Int>) -> Bool {
        guard range.count >= 8 else { return false }
        var wasLetter = false
        for byte in source[range] {
            if 0x30...0x39 ~= byte || (0x41...0x5A ~= byte && wasLetter) { return true }
            wasLetter = 0x61...0x7A ~= byte | 0x20
        }
        return false
    }

    /// Whether no letter or digit stands at a place.
    private func isSeparator(_ at: Int) -> Bool {
        let byte = source[at]
        guard byte >= 0x80 else { return !(0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte) }
        switch scalar(at).value {
        case 0x80..<0xAA, 0xAB..<0xB5, 0x2010..<0x2070, 0x2190..<0x2460, 0x25A0..<0x2C00, 0x3000..<0x3005,
            0x3008..<0x3021,
            0xFF00..<0xFF10, 0xFF1A..<0xFF21, 0xFF3B..<0xFF41, 0xFF5B..<0xFF66, 0x1F000..<0x20000:
            return true
        default: return false
        }
    }

    /// The scalar at a place of the source, and how many bytes it has; any bytes give some.
    private func scalar(_ at: Int) -> (value: UInt32, length: Int) {
        let first = source[at]
        let length = min(first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, source.count - at)
        var value = UInt32(first) & (first < 0xE0 ? 0x1F : first < 0xF0 ? 0x0F : 0x07)
        for offset in 1..<max(1, length) { value = value << 6 | UInt32(source[at + offset] & 0x3F) }
        return (value, max(1, length))
    }
}
