import CHash

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
    private let way: sluice_hash_way
    /// The words of more than fifteen bytes, which are hashed one by one.
    private var long: [(place: Int, hash: UInt64)] = []
    private var count = 0
    private var shapeCount = 0
    /// Whether a word was masked.
    private var isMasked = false

    /// Memory for one prompt: words, words with digits masked, hashes of the two, four and six words that end at each.
    private struct Room {
        let words, masked, maskedPairs, pairs, fours, sixes: UnsafeMutablePointer<UInt64>
        /// The words as they were read: eight bytes, seven more, and how many that are.
        let low, high, lengths: UnsafeMutablePointer<UInt64>
        let hasDigit: UnsafeMutablePointer<Bool>
        let shape: UnsafeMutablePointer<UInt16>
        /// The word that is being read, in lower case.
        let lower: UnsafeMutablePointer<UInt8>
        static let longestWord = 64
        /// Hashes are made several at a time, from two words before the first on.
        private static let row = longest + 4 * Int(SLUICE_HASH_LANES)
        private static let rows = 9

        init() {
            let all = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.rows * Self.row)
            all.initialize(repeating: 0, count: Self.rows * Self.row)
            func row(_ number: Int) -> UnsafeMutablePointer<UInt64> {
                all + number * Self.row + Int(SLUICE_HASH_LANES)
            }
            (words, masked, maskedPairs) = (row(0), row(1), row(2))
            (pairs, fours, sixes) = (row(3), row(4), row(5))
            (low, high, lengths) = (row(6), row(7), row(8))
            hasDigit = .allocate(capacity: longest)
            hasDigit.initialize(repeating: false, count: longest)
            shape = .allocate(capacity: 2 * longest)
            lower = .allocate(capacity: Self.longestWord)
        }

        func free() {
            (words - Int(SLUICE_HASH_LANES)).deallocate()
            hasDigit.deallocate()
            shape.deallocate()
            lower.deallocate()
        }
    }

    /// A reader under a key; it keeps its memory between prompts.
    public init(hash: KeyedHash) {
        self.init(hash: hash, way: Self.bestWay)
    }

    /// The number of the quickest way of hashing that this processor knows; 0 is the plainest, and it knows all between.
    static let bestWay = sluice_hash_best().rawValue

    /// The same in one of these ways: the hashes are the same.
    init(hash: KeyedHash, way: UInt32) {
        self.hash = hash
        self.way = sluice_hash_way(rawValue: way)
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
        long.removeAll(keepingCapacity: true)
        split(text)
        hashWords()
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
            take(first.bytes, 0, first.count, hasDigit: first.hasDigit)
            return first.count &+ 1
        }
        let second = WordStart(UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self)))
        let length = 8 &+ second.count
        guard second.count < 8, text[at &+ length] < 0x80 else { return nil }
        take(first.bytes, second.bytes, length, hasDigit: first.hasDigit || second.hasDigit)
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
        if bytes.count > 15 { long.append((count, hash.hash(bytes))) }
        var (low, high) = (UInt64(0), UInt64(0))
        for index in 0..<min(8, bytes.count) { low |= UInt64(bytes[index]) << UInt64(8 &* index) }
        for index in 8..<max(8, min(15, bytes.count)) { high |= UInt64(bytes[index]) << UInt64(8 &* (index &- 8)) }
        take(low, high, bytes.count, hasDigit: hasDigit)
    }

    @inline(__always)
    private mutating func take(_ low: UInt64, _ high: UInt64, _ length: Int, hasDigit: Bool) {
        room.low[count] = low
        room.high[count] = high
        room.lengths[count] = UInt64(truncatingIfNeeded: length)
        room.hasDigit[count] = hasDigit
        isMasked = isMasked || hasDigit
        count &+= 1
    }

    /// Hashes the words that were read, several at a time.
    private func hashWords() {
        hash.words(room.low, room.high, room.lengths, into: room.words, count: count, way)
        for word in long { room.words[word.place] = word.hash }
        let masked = room.masked
        masked.update(from: room.words, count: count)
        if isMasked {
            for index in 0..<count where room.hasDigit[index] { masked[index] = 0x23 }
        }
        // What a first word follows.
        masked[-1] = 0x5E
    }

    private mutating func combine() {
        // Hashes of two, four and six words in a row: each is made of two shorter ones.
        let (room, hash, count) = (self.room, self.hash, self.count)
        hash.pairs(room.masked - 1, room.masked, into: room.maskedPairs, count: count, way)
        noteShape()
        guard count >= 4 else {
            template = count == 0 ? .max : chain(room.masked)
            return
        }
        makeFours(of: room.maskedPairs)
        for index in 3..<count { template = min(template, room.fours[index]) }
        // Without a masked word, both sides have the same hashes.
        let pairs = isMasked ? room.pairs : room.maskedPairs
        if isMasked, count >= 6 {
            hash.pairs(room.words, room.words + 1, into: room.pairs + 1, count: count - 1, way)
            makeFours(of: room.pairs)
        }
        if count < 6 { return keep(chain(room.words)) }
        hash.pairs(room.fours + 3, pairs + 5, into: room.sixes + 5, count: count - 5, way)
        for index in 5..<count { keep(room.sixes[index]) }
    }

    /// Notes the words and pairs that make the shape, and counts those that hint at something.
    private mutating func noteShape() {
        let room = self.room
        var shapes = 0
        for index in 0..<count {
            let (word, pair) = (room.masked[index], room.maskedPairs[index])
            if word != 0x23 {
                room.shape[shapes] = UInt16(truncatingIfNeeded: word >> 20)
                shapes &+= 1
            }
            room.shape[shapes] = UInt16(truncatingIfNeeded: pair >> 20)
            shapes &+= 1
            switch cues.sense(word, pair) {
            case .elicitation: elicitation += 1
            case .grading: grading += 1
            case nil: break
            }
        }
        shapeCount = shapes
    }

    /// Hashes four words in a row, from those of two.
    private func makeFours(of pairs: UnsafeMutablePointer<UInt64>) {
        hash.pairs(pairs + 1, pairs + 3, into: room.fours + 3, count: count - 3, way)
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
