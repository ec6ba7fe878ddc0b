/// Reads a text as a reader with patience would: folds it, and undoes what hides its words.
///
/// A deterministic automaton over bytes: what it hands on depends on the bytes alone, never on how they were cut.
/// Undone are compatibility forms, case, accents, zero-width, bidirectional and tag characters, look-alike letters,
/// leet, s p a c e d letters, percent, `\x` and `\u` escapes, base64, base32, hex and rot13, two levels deep.
/// Plain words take a short way: one table look-up a byte, one hash a word.
public struct WordReader: ~Copyable, @unchecked Sendable {
    // Safe to send: the memory is owned by this value alone.
    var memory: ReaderMemory
    let fold = FoldTable.shared
    let ascii = UnsafePointer(ASCIITable.shared.entries)
    let lexicon: Lexicon

    // UTF-8 in progress, and what the word being read and the letters that wait are made of: small ones stand together.
    var scalar: UInt32 = 0
    var scalarLow: UInt8 = 0x80
    var scalarHigh: UInt8 = 0xBF
    var traits: WordTraits = []
    var spacedTraits: WordTraits = []
    var scalarMissing = 0
    var scalarStart = 0

    // The word being read.
    var count = 0
    var limit = WordReader.firstCheck
    /// Offset of the byte being read, and the offset up to which everything has been handed on.
    var position = 0
    var settled = 0
    /// Offset of the first byte of the word being read.
    var wordStart = 0
    /// Separators since the last word, at most 255.
    var gap = 0

    // Escapes in progress.
    var escapes = (Escape(), Escape())

    // What the words before tell about this one.
    var spacedCount = 0
    var spacedMode = 0
    var leetMode = 0
    var rotation = Rotation()
    var ideographs = 0

    // A run of base64, base32 or hex in progress.
    var run = EncodedRun()
    var inner: UnsafeMutablePointer<WordReader>?

    /// Whether the words before were Latin.
    var isLatin = false
    /// 0 for the text itself, 1 or 2 for what was decoded out of it.
    let level: UInt8

    /// How many codes a word has when it is first looked at as encoded text.
    static let firstCheck = 16

    /// A reader at the start of a text.
    ///
    /// - Parameter lexicon: The words that make a deciphered text believable.
    public init(lexicon: Lexicon) {
        self.init(lexicon: lexicon, level: 0)
    }

    init(lexicon: Lexicon, level: UInt8) {
        self.lexicon = lexicon
        self.level = level
        memory = ReaderMemory()
    }

    deinit {
        memory.free()
        WordReader.free(inner)
    }

    private static func free(_ inner: UnsafeMutablePointer<WordReader>?) {
        inner?.deinitialize(count: 1)
        inner?.deallocate()
    }

    /// The same reader, in the same state, with memory of its own.
    public borrowing func copy() -> WordReader {
        var other = WordReader(lexicon: lexicon, level: level)
        other.memory.copy(from: memory)
        other.count = count
        other.traits = traits
        other.limit = limit
        other.position = position
        other.settled = settled
        other.wordStart = wordStart
        other.gap = gap
        other.scalar = scalar
        other.scalarMissing = scalarMissing
        other.scalarLow = scalarLow
        other.scalarHigh = scalarHigh
        other.scalarStart = scalarStart
        other.escapes = escapes
        other.spacedCount = spacedCount
        other.spacedTraits = spacedTraits
        other.spacedMode = spacedMode
        other.leetMode = leetMode
        other.isLatin = isLatin
        other.rotation = rotation
        other.ideographs = ideographs
        other.run = run
        if let inner {
            other.inner = .allocate(capacity: 1)
            other.inner?.initialize(to: inner.pointee.copy())
        }
        return other
    }

    /// Whether both readers stand between two words and would read whatever follows alike, at the same offsets.
    ///
    /// False where it is not plain: within a word or a run of encoded text.
    public borrowing func isWhere(_ other: borrowing WordReader) -> Bool {
        guard isBetweenWords, other.isBetweenWords, level == other.level, lexicon === other.lexicon else {
            return false
        }
        guard traits == other.traits, limit == other.limit, position == other.position, settled == other.settled,
            gap == other.gap, scalarStart == other.scalarStart, spacedTraits == other.spacedTraits,
            spacedMode == other.spacedMode, leetMode == other.leetMode, isLatin == other.isLatin
        else { return false }
        guard rotation.isOn == other.rotation.isOn, rotation.evidence == other.rotation.evidence,
            rotation.misses == other.rotation.misses, rotation.used == other.rotation.used,
            ideographs == other.ideographs
        else { return false }
        let (mine, its) = (memory, other.memory)
        guard mine.hasSameRotated(its, rotation.used),
            (0..<ideographs).allSatisfy({ mine.context[$0] == its.context[$0] })
        else { return false }
        guard let inner, let otherInner = other.inner else { return inner == nil && other.inner == nil }
        return inner.pointee.isWhere(otherInner.pointee)
    }

    private var isBetweenWords: Bool {
        count | spacedCount | scalarMissing == 0 && escapes.0.lead | escapes.1.lead == 0 && run.kind == .none
    }

    /// Whether nothing that was read says how the next word is to be read.
    private var isUndisguised: Bool {
        spacedMode | leetMode == 0 && !rotation.isOn && rotation.evidence | rotation.misses | rotation.used == 0
            && inner.map { $0.pointee.isUndisguised } ?? true
    }

    /// UTF-8 offset up to which every word has been handed on; nothing of the text before it is pending.
    public var handedOn: Int { settled }

    /// Whether part of a word, an escape or a scalar waits for more bytes.
    var isPending: Bool {
        // In place: a reader is too large to be moved for a question. Between runs nothing is pending in the inner one.
        mutating get {
            if count | spacedCount | scalarMissing != 0 || isEscaping { return true }
            guard run.kind != .none, let inner else { return false }
            return inner.pointee.isPending
        }
    }

    /// Whether an escape waits for more bytes.
    @inline(__always)
    var isEscaping: Bool { escapes.0.lead | escapes.1.lead != 0 }

    /// Reads the next bytes, however they were cut.
    public mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, into sink: inout some WordSink & ~Copyable) {
        withScratch { $0.read(bytes, into: &sink) }
    }

    /// Lends this reader, and those within it, the words that it writes what it hands on to.
    @inline(__always)
    private mutating func withScratch(_ body: (inout WordReader) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: ReaderMemory.lent) { room in
            guard let room = room.baseAddress else { return }
            ReaderMemory.prepare(room)
            borrow(room)
            body(&self)
            giveBack()
        }
    }

    /// Borrows what the reader around it has borrowed.
    mutating func borrow(_ room: UnsafeMutablePointer<UInt16>) {
        memory.borrow(room)
        inner?.pointee.borrow(room)
    }

    private mutating func giveBack() {
        memory.giveBack()
        inner?.pointee.giveBack()
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, into sink: inout some WordSink & ~Copyable) {
        guard var next = bytes.baseAddress else { return }
        let end = next + bytes.count
        let origin = position
        let first = next
        while next < end {
            // The short way: ASCII letters and digits of a word, and the separator that ends it.
            if run.kind == .none, scalarMissing == 0, !isEscaping {
                if isPlain {
                    next = readKnown(from: next, to: end, at: origin + (next - first), into: &sink)
                    if next == end { break }
                }
                if count == 0 { wordStart = origin + (next - first) }
                readLetters(&next, end)
                if next == end { break }
                let byte = next.pointee
                if 0xE3...0xEC ~= byte, count | spacedCount == 0 {
                    let place = origin + (next - first)
                    let behind = readIdeographs(from: next, to: end, at: place, into: &sink)
                    if behind > next {
                        next = behind
                        continue
                    }
                }
                if ascii[Int(byte)] & ASCIITable.separator != 0 {
                    position = origin + (next - first)
                    scalarStart = position
                    separate(byte, into: &sink)
                    next += 1
                    continue
                }
            }
            position = origin + (next - first)
            read(next.pointee, stage: 0, into: &sink)
            next += 1
        }
        position = origin + bytes.count
    }

    /// Reads the ASCII letters, digits and symbols of a word, up to its limit: letters eight at a time.
    @inline(__always)
    private mutating func readLetters(_ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        var length = count
        var seen = traits.rawValue
        let stop = limit
        let codes = memory.word
        let raw = memory.raw
        while next < end, length < stop {
            let eight = EightBytes(at: next, available: end - next)
            let letters = min(eight.letters, stop - length)
            if letters > 0 {
                eight.store(codes + length, raw + length)
                seen |= WordTraits.latin.rawValue
                length += letters
                next += letters
                if letters == 8 { continue }
                guard next < end, length < stop else { break }
            }
            let byte = next.pointee
            let entry = ascii[Int(byte)]
            guard entry & ASCIITable.word != 0 else { break }
            codes[length] = entry & 0xFF
            raw[length] = byte
            seen |= UInt8(truncatingIfNeeded: entry >> 8)
            length += 1
            next += 1
        }
        count = length
        traits = WordTraits(rawValue: seen & WordTraits.fromAscii)
    }

    /// Reads one byte of decoded text that stands for the original text at `offset`.
    mutating func feed(_ byte: UInt8, at offset: Int, into sink: inout some WordSink & ~Copyable) {
        position = offset
        if !isPending { settled = max(settled, offset) }
        read(byte, stage: 0, into: &sink)
    }

    /// Ends the text: what is pending is a word now.
    public mutating func finish(into sink: inout some WordSink & ~Copyable) {
        withScratch { $0.close(into: &sink) }
    }

    /// The same for a reader that has been lent what it needs.
    mutating func close(into sink: inout some WordSink & ~Copyable) {
        closeEscapes(into: &sink)
        closeScalar(into: &sink)
        scalarStart = position
        endRun(into: &sink)
        finishWord(into: &sink)
        flushSpaced(into: &sink)
        settled = position
    }

    /// Ends the text and begins another that follows it; offsets start at 0 again.
    public mutating func mark(into sink: inout some WordSink & ~Copyable) {
        finish(into: &sink)
        position = 0
        settled = 0
        gap = 2
        ideographs = 0
        // What is decoded in the next text begins anew, unless something was disguised once more in this one's.
        if let inner, inner.pointee.isUndisguised {
            Self.free(inner)
            self.inner = nil
        }
    }
}

/// What kinds of characters a word has.
struct WordTraits: OptionSet {
    let rawValue: UInt8
    /// ASCII letters (also after folding).
    static let latin = WordTraits(rawValue: 1)
    static let digit = WordTraits(rawValue: 2)
    /// `@`, `$` or `!` inside a word.
    static let symbol = WordTraits(rawValue: 4)
    /// A letter of another script that passes for a Latin one; and one that doesn't.
    static let lookalike = WordTraits(rawValue: 8)
    static let foreign = WordTraits(rawValue: 16)
    /// Not every code came from one ASCII byte, so the raw bytes are not complete.
    static let folded = WordTraits(rawValue: 32)

    static let fromAscii: UInt8 = 63
}

/// For each byte: the folded code (bits 0–7), its traits (8–13), and whether it belongs to a word or parts words.
final class ASCIITable: @unchecked Sendable {
    // Safe to share: written in init only, lives as long as the process.
    static let shared = ASCIITable()
    static let word: UInt16 = 0x4000
    /// Parts words, and opens no escape.
    static let separator: UInt16 = 0x8000

    let entries: UnsafeMutablePointer<UInt16>

    private init() {
        entries = .allocate(capacity: 256)
        for byte in 0..<256 {
            let entry: UInt16 =
                switch UInt8(byte) {
                case 0x61...0x7A: UInt16(byte) | 1 << 8 | Self.word
                case 0x41...0x5A: UInt16(byte | 0x20) | 1 << 8 | Self.word
                case 0x30...0x39: UInt16(byte) | 2 << 8 | Self.word
                case 0x40, 0x24, 0x21: UInt16(byte) | 4 << 8 | Self.word
                case 0x80..., 0x25, 0x5C: UInt16(byte)
                default: UInt16(byte) | Self.separator
                }
            (entries + byte).initialize(to: entry)
        }
    }
}
