/// What the watch keeps of a prompt: hashes of its shape and of its content, no text.
///
/// Words are runs of letters and digits, in lower case; each Chinese, Japanese or Korean character is a word. At most
/// 96 words are read. *Shape* masks every word that has a digit; *content* keeps them.
public struct PromptFeatures: ~Copyable {
    /// How many words are read.
    public static let longest = 96

    /// Counters of words and pairs of words, for `WordCounts`.
    public private(set) var shape: [UInt16] = []
    /// Up to three hashes of six words in a row, the smallest of the prompt: the same question gives the same ones,
    /// whatever stands before and after it.
    public private(set) var content: (UInt64, UInt64, UInt64) = (.max, .max, .max)
    /// The smallest hash of four masked words in a row: a name of the template.
    public private(set) var template: UInt64 = .max
    /// How many words ask for reasoning to be laid open.
    public private(set) var elicitation = 0
    /// How many words ask for answers to be graded.
    public private(set) var grading = 0

    private let hash: KeyedHash
    private let cues: CueWords
    private var words: [UInt64] = []
    private var masked: [UInt64] = []
    private var lower = [UInt8](repeating: 0, count: 64)
    // Hashes of the two and the four words that end at each.
    private var maskedPairs = [UInt64](repeating: 0, count: longest)
    private var pairs = [UInt64](repeating: 0, count: longest)
    private var fours = [UInt64](repeating: 0, count: longest)

    /// A reader under a key; it keeps its memory between prompts.
    public init(hash: KeyedHash) {
        self.hash = hash
        cues = CueWords(hash: hash)
        shape.reserveCapacity(2 * Self.longest)
        words.reserveCapacity(Self.longest)
        masked.reserveCapacity(Self.longest)
    }

    /// Reads a prompt; the properties then speak of it.
    public mutating func read(_ text: UnsafeRawBufferPointer) {
        words.removeAll(keepingCapacity: true)
        masked.removeAll(keepingCapacity: true)
        shape.removeAll(keepingCapacity: true)
        content = (.max, .max, .max)
        template = .max
        elicitation = 0
        grading = 0
        split(text)
        combine()
    }

    private mutating func split(_ text: UnsafeRawBufferPointer) {
        var at = 0
        var length = 0
        var hasDigit = false
        while at < text.count, words.count < Self.longest {
            var byte = text[at]
            if byte < 0x80 {
                if (0x41...0x5A).contains(byte) { byte |= 0x20 }
                let isDigit = (0x30...0x39).contains(byte)
                if isDigit || (0x61...0x7A).contains(byte) {
                    if length < lower.count {
                        lower[length] = byte
                        length &+= 1
                    }
                    if isDigit { hasDigit = true }
                } else {
                    end(&length, &hasDigit)
                }
                at &+= 1
                continue
            }
            let size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            let stop = min(text.count, at &+ size)
            if size == 3, (0xE3...0xED).contains(byte) {
                end(&length, &hasDigit)
                // CJK punctuation (U+3000…303F) separates; everything else is a word of its own.
                let isPunctuation = byte == 0xE3 && at &+ 1 < text.count && text[at &+ 1] == 0x80
                if !isPunctuation { word(UnsafeRawBufferPointer(rebasing: text[at..<stop]), hasDigit: false) }
            } else if byte == 0xEF {
                end(&length, &hasDigit)
            } else {
                for index in at..<stop where length < lower.count {
                    lower[length] = text[index]
                    length &+= 1
                }
            }
            at = stop
        }
        if words.count < Self.longest { end(&length, &hasDigit) }
    }

    @inline(__always)
    private mutating func end(_ length: inout Int, _ hasDigit: inout Bool) {
        guard length > 0 else { return }
        let (size, digits) = (length, hasDigit)
        length = 0
        hasDigit = false
        let value = lower.withUnsafeBytes { hash.hash(UnsafeRawBufferPointer(rebasing: $0[0..<size])) }
        take(value, hasDigit: digits)
    }

    private mutating func word(_ bytes: UnsafeRawBufferPointer, hasDigit: Bool) {
        take(hash.hash(bytes), hasDigit: hasDigit)
    }

    @inline(__always)
    private mutating func take(_ value: UInt64, hasDigit: Bool) {
        words.append(value)
        masked.append(hasDigit ? 0x23 : value)
    }

    private mutating func combine() {
        let count = words.count
        // Hashes of two, four and six words in a row: each is made of two shorter ones, so that a word costs three to five.
        let (words, masked, hash) = (self.words, self.masked, self.hash)
        words.withUnsafeBufferPointer { words in
            masked.withUnsafeBufferPointer { masked in
                var previous: UInt64 = 0x5E
                for index in 0..<count {
                    let word = masked[index]
                    if word != 0x23 { shape.append(UInt16(truncatingIfNeeded: word >> 20)) }
                    let pair = hash.combine(previous, word)
                    maskedPairs[index] = pair
                    shape.append(UInt16(truncatingIfNeeded: pair >> 20))
                    switch cues.sense(word, pair) {
                    case .elicitation: elicitation += 1
                    case .grading: grading += 1
                    case nil: break
                    }
                    previous = word
                }
                template = smallestTemplate(masked)
                guard count >= 4 else { return }
                if count < 6 { return keep(chain(words, hash)) }
                for index in 1..<count { pairs[index] = hash.combine(words[index - 1], words[index]) }
                for index in 3..<count { fours[index] = hash.combine(pairs[index - 2], pairs[index]) }
                for index in 5..<count { keep(hash.combine(fours[index - 2], pairs[index])) }
            }
        }
    }

    /// The smallest hash of four masked words in a row; of all of them where there are fewer.
    private func smallestTemplate(_ masked: UnsafeBufferPointer<UInt64>) -> UInt64 {
        guard masked.count >= 4 else { return masked.isEmpty ? .max : chain(masked, hash) }
        var smallest = UInt64.max
        for index in 3..<masked.count {
            smallest = min(smallest, hash.combine(maskedPairs[index - 2], maskedPairs[index]))
        }
        return smallest
    }

    /// One hash of a few words, in order.
    private func chain(_ words: UnsafeBufferPointer<UInt64>, _ hash: KeyedHash) -> UInt64 {
        words.dropFirst().reduce(words[0]) { hash.combine($0, $1) }
    }

    @inline(__always)
    private mutating func keep(_ value: UInt64) {
        guard value < content.2, value != content.0, value != content.1 else { return }
        if value < content.0 {
            content = (value, content.0, content.1)
        } else if value < content.1 {
            content = (content.0, value, content.1)
        } else {
            content.2 = value
        }
    }
}
