/// What the watch keeps of a prompt: hashes of its shape and of its content, no text.
///
/// Words are runs of letters and digits, in lower case; each Chinese, Japanese or Korean character is a word. At most
/// 96 words are read. *Shape* masks every word that has a digit; *content* keeps them.
public struct PromptFeatures: ~Copyable {
    /// How many words are read.
    public static let longest = 96

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
    private let room = Room()
    private var count = 0
    private var shapeCount = 0
    /// Whether a word was masked.
    private var isMasked = false

    /// Memory for one prompt: words, words with digits masked, hashes of the two and the four words that end at each.
    private struct Room {
        let words, masked, maskedPairs, pairs, fours: UnsafeMutablePointer<UInt64>
        let shape: UnsafeMutablePointer<UInt16>
        /// The word that is being read, in lower case.
        let lower: UnsafeMutablePointer<UInt8>
        static let longestWord = 64

        init() {
            let all = UnsafeMutablePointer<UInt64>.allocate(capacity: 5 * longest)
            all.initialize(repeating: 0, count: 5 * longest)
            (words, masked, maskedPairs) = (all, all + longest, all + 2 * longest)
            (pairs, fours) = (all + 3 * longest, all + 4 * longest)
            shape = .allocate(capacity: 2 * longest)
            lower = .allocate(capacity: Self.longestWord)
        }

        func free() {
            words.deallocate()
            shape.deallocate()
            lower.deallocate()
        }
    }

    /// A reader under a key; it keeps its memory between prompts.
    public init(hash: KeyedHash) {
        self.hash = hash
        cues = CueWords(hash: hash)
    }

    deinit { room.free() }

    /// Counters of words and pairs of words, for `WordCounts`; gone with the next prompt.
    var shape: UnsafeBufferPointer<UInt16> { UnsafeBufferPointer(start: room.shape, count: shapeCount) }

    /// Reads a prompt; the properties then speak of it.
    public mutating func read(_ text: UnsafeRawBufferPointer) {
        count = 0
        shapeCount = 0
        isMasked = false
        content = (.max, .max, .max)
        template = .max
        elicitation = 0
        grading = 0
        split(text)
        combine()
    }

    private mutating func split(_ text: UnsafeRawBufferPointer) {
        let lower = room.lower
        var at = 0
        var length = 0
        var hasDigit = false
        while at < text.count, count < Self.longest {
            if length == 0, at &+ 16 < text.count, let read = takeWord(text, at) {
                at &+= read
                continue
            }
            let byte = text[at]
            if byte < 0x80 {
                let (letter, isDigit) = (byte | 0x20, byte &- 0x30 < 10)
                if isDigit || letter &- 0x61 < 26 {
                    if length < Room.longestWord {
                        lower[length] = isDigit ? byte : letter
                        length &+= 1
                    }
                    hasDigit = hasDigit || isDigit
                } else if length > 0 {
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
                if !isPunctuation { take(UnsafeRawBufferPointer(rebasing: text[at..<stop]), hasDigit: false) }
            } else if byte == 0xEF {
                end(&length, &hasDigit)
            } else {
                for index in at..<stop where length < Room.longestWord {
                    lower[length] = text[index]
                    length &+= 1
                }
            }
            at = stop
        }
        if count < Self.longest { end(&length, &hasDigit) }
    }

    /// Takes a whole word of at most fifteen ASCII letters and digits, and what parts it from the next; nil where there is none.
    ///
    /// - Returns: How many bytes that were.
    @inline(__always)
    private mutating func takeWord(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int? {
        let first = WordStart(UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
        guard first.count > 0 else { return nil }
        guard first.count == 8 else {
            guard text[at &+ first.count] < 0x80 else { return nil }
            take(hash.hash(first.bytes, 0, count: first.count), hasDigit: first.hasDigit)
            return first.count &+ 1
        }
        let second = WordStart(UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self)))
        let length = 8 &+ second.count
        guard second.count < 8, text[at &+ length] < 0x80 else { return nil }
        take(hash.hash(first.bytes, second.bytes, count: length), hasDigit: first.hasDigit || second.hasDigit)
        return length &+ 1
    }

    @inline(__always)
    private mutating func end(_ length: inout Int, _ hasDigit: inout Bool) {
        guard length > 0 else { return }
        take(UnsafeRawBufferPointer(start: room.lower, count: length), hasDigit: hasDigit)
        length = 0
        hasDigit = false
    }

    @inline(__always)
    private mutating func take(_ bytes: UnsafeRawBufferPointer, hasDigit: Bool) {
        // A separator that ends a word may be a word too: one more than the longest is let go.
        guard count < Self.longest else { return }
        take(hash.hash(bytes), hasDigit: hasDigit)
    }

    @inline(__always)
    private mutating func take(_ value: UInt64, hasDigit: Bool) {
        room.words[count] = value
        room.masked[count] = hasDigit ? 0x23 : value
        isMasked = isMasked || hasDigit
        count &+= 1
    }

    private mutating func combine() {
        // Hashes of two, four and six words in a row: each is made of two shorter ones, so that a word costs three to five.
        let (room, hash, count) = (self.room, self.hash, self.count)
        var previous: UInt64 = 0x5E
        var shapes = 0
        for index in 0..<count {
            let word = room.masked[index]
            if word != 0x23 {
                room.shape[shapes] = UInt16(truncatingIfNeeded: word >> 20)
                shapes &+= 1
            }
            let pair = hash.combine(previous, word)
            room.maskedPairs[index] = pair
            room.shape[shapes] = UInt16(truncatingIfNeeded: pair >> 20)
            shapes &+= 1
            switch cues.sense(word, pair) {
            case .elicitation: elicitation += 1
            case .grading: grading += 1
            case nil: break
            }
            previous = word
        }
        shapeCount = shapes
        guard count >= 4 else {
            template = count == 0 ? .max : chain(room.masked)
            return
        }
        template = fours(of: room.maskedPairs)
        // Without a masked word, both sides have the same hashes.
        let pairs = isMasked ? room.pairs : room.maskedPairs
        if isMasked, count >= 6 {
            for index in 1..<count { room.pairs[index] = hash.combine(room.words[index - 1], room.words[index]) }
            _ = fours(of: room.pairs)
        }
        if count < 6 { return keep(chain(room.words)) }
        for index in 5..<count { keep(hash.combine(room.fours[index - 2], pairs[index])) }
    }

    /// Hashes four words in a row, from those of two, and gives the smallest of them.
    @inline(__always)
    private func fours(of pairs: UnsafeMutablePointer<UInt64>) -> UInt64 {
        let (fours, hash) = (room.fours, self.hash)
        var smallest = UInt64.max
        for index in 3..<count {
            let four = hash.combine(pairs[index - 2], pairs[index])
            fours[index] = four
            smallest = min(smallest, four)
        }
        return smallest
    }

    /// One hash of a few words, in order.
    private func chain(_ words: UnsafeMutablePointer<UInt64>) -> UInt64 {
        (1..<count).reduce(words[0]) { hash.combine($0, words[$1]) }
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
