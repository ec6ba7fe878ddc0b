import Synchronization
import Text

/// What has been worked out about words that come again and again: their rows, and what those add up to.
///
/// Language repeats itself; a word's rows depend on its letters alone, but for the one row that joins it to the word before. An
/// entry is written once, before it is published, and lives as long as the policy, so that any number of threads may read it
/// without a lock. A word enters when it comes twice in a row to its place, so that words nobody repeats do not fill the table.
final class WordMemo: @unchecked Sendable {
    // Safe to share: what the slots point at is written before it is published, and never again.

    /// The longest word that is kept, in codes.
    static let longest = 16
    /// How many places there are, a power of two.
    private static let places = 2_048

    /// A word, and what a scorer needs of it: the head of a block that goes on with its codes and squashed codes.
    struct Entry {
        let hash: UInt64
        /// Its letters, as a `PlainWord` has them; of plain words.
        let letters: (low: UInt64, high: UInt64)
        /// The last four squashed codes, the newest in the highest bits; of words of four codes or more.
        let ending: UInt64
        /// What its rows add up to by each label, without the second one, which the word before decides.
        let labels: SIMD8<Int16>
        /// The same by the first label alone.
        let sum: Int32
        let count: Int32
        /// How many rows it has, the second one among them.
        let rowCount: Int32
        /// What stands for the word in a trail.
        let mark: UInt32
        /// Whether no phrase can end in it past its third code.
        let isQuiet: Bool
        /// At which of its first three codes one may, by the words before it: a bit for each.
        let endsEarly: UInt8
        /// How it stands with the lexicon; of plain words.
        let standing: Standing

        /// Where its codes begin, behind what is above.
        static let codes = 80
        static let squashed = codes + longest * 2
        static let end = squashed + longest * 2
    }

    /// The word that a mark stands for; nil if it is the number of a row.
    @inline(__always)
    func entry(marked row: UInt32) -> UnsafePointer<Entry>? {
        guard row & WordTrail.mark != 0 else { return nil }
        return Self.entry(slots[Int(row & ~WordTrail.mark) & (Self.places - 1)].load(ordering: .acquiring))
    }

    private let slots: UnsafeMutablePointer<Atomic<UInt>>
    /// Those of the same entries that may come as a `PlainWord`, by their letters.
    private let plain: UnsafeMutablePointer<Atomic<UInt>>
    /// The hash of the last word that missed at each place.
    private let missed: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        slots = .allocate(capacity: Self.places)
        plain = .allocate(capacity: Self.places)
        missed = .allocate(capacity: Self.places)
        for index in 0..<Self.places {
            (slots + index).initialize(to: Atomic(0))
            (plain + index).initialize(to: Atomic(0))
            (missed + index).initialize(to: Atomic(0))
        }
    }

    deinit {
        for index in 0..<Self.places {
            guard let entry = Self.entry(slots[index].load(ordering: .acquiring)) else { continue }
            UnsafeRawPointer(entry).deallocate()
        }
        slots.deinitialize(count: Self.places).deallocate()
        plain.deinitialize(count: Self.places).deallocate()
        missed.deinitialize(count: Self.places).deallocate()
    }

    private static func entry(_ address: UInt) -> UnsafePointer<Entry>? { UnsafePointer(bitPattern: address) }

    @inline(__always)
    private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 53) & (places - 1)
    }

    @inline(__always)
    private static func place(_ letters: (low: UInt64, high: UInt64)) -> Int {
        place(letters.low &+ letters.high &* 0xD6E8_FEB8_6659_FD93)
    }

    /// What is known of a plain word, if it has been kept.
    @inline(__always)
    func find(_ word: PlainWord) -> UnsafePointer<Entry>? {
        let letters = word.letters
        guard let entry = Self.entry(plain[Self.place(letters)].load(ordering: .acquiring)),
            entry.pointee.letters.low == letters.low, entry.pointee.letters.high == letters.high
        else { return nil }
        return entry
    }

    /// What is known of a word, if it has been kept; its letters are compared, not only their hash.
    @inline(__always)
    func find(_ word: borrowing Word) -> UnsafePointer<Entry>? {
        guard let entry = Self.entry(slots[Self.place(word.hash)].load(ordering: .acquiring)),
            entry.pointee.hash == word.hash, Int(entry.pointee.count) == word.count
        else { return nil }
        // Four codes at a time; up to eight past a word may be read.
        let (own, kept) = (UnsafeRawPointer(word.codes), UnsafeRawPointer(entry) + Entry.codes)
        var (offset, left) = (0, word.count)
        while left >= 4 {
            guard
                own.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == kept.load(fromByteOffset: offset, as: UInt64.self)
            else { return nil }
            (offset, left) = (offset &+ 8, left &- 4)
        }
        guard left > 0 else { return entry }
        let differing =
            own.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            ^ kept.load(fromByteOffset: offset, as: UInt64.self)
        return differing &<< UInt64(truncatingIfNeeded: (4 &- left) * 16) == 0 ? entry : nil
    }

    /// The codes of a word that has been kept, with room behind them as a `Word` has it.
    func codes(of known: UnsafePointer<Entry>) -> UnsafePointer<UInt16> {
        (UnsafeRawPointer(known) + Entry.codes).assumingMemoryBound(to: UInt16.self)
    }

    /// Whether a word that was not found should be kept now: it came here twice in a row, and its place is free.
    func shouldKeep(_ word: borrowing Word) -> Bool {
        guard !word.isIdeograph, !word.isOpaque, word.count <= Self.longest else { return false }
        let place = Self.place(word.hash)
        guard slots[place].load(ordering: .relaxed) == 0 else { return false }
        if missed[place].load(ordering: .relaxed) == word.hash { return true }
        missed[place].store(word.hash, ordering: .relaxed)
        return false
    }

    /// Keeps a word with its rows, as `FeatureHash` gives them.
    ///
    /// - Parameter lexicon: The reader's.
    func keep(
        _ word: borrowing Word, rows: (numbers: UnsafePointer<UInt32>, count: Int), lexicon: Lexicon,
        phrases: PhraseSet, under plan: ScoringPlan
    ) {
        let letters = Self.letters(word)
        let standing = letters == nil ? .doubtful : lexicon.standing(of: word.codes, word.count)
        let block = UnsafeMutableRawPointer.allocate(byteCount: Entry.end, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: Entry.end)
        var labels = SIMD8<Int32>.zero
        for index in 0..<rows.count where index != 1 {
            labels &+= SIMD8(truncatingIfNeeded: plan.weights[Int(rows.numbers[index])])
        }
        var (ending, isQuiet) = (UInt64(0), true)
        var early: [UInt16] = []
        for index in 0..<word.count {
            let code = word.codes[index]
            let squashed = code < 0x80 ? plan.squashed[Int(code)] : code
            block.storeBytes(of: code, toByteOffset: Entry.codes + index * 2, as: UInt16.self)
            block.storeBytes(of: squashed, toByteOffset: Entry.squashed + index * 2, as: UInt16.self)
            ending = ending >> 16 | UInt64(squashed) << 48
            if index < 3 { early.append(squashed) }
            if index >= 3, let bits = plan.phraseBits, PhraseSet.mayEnd(with: ending, bits) { isQuiet = false }
        }
        block.initializeMemory(
            as: Entry.self,
            to: Entry(
                hash: word.hash, letters: letters ?? (0, 0), ending: ending,
                labels: SIMD8(truncatingIfNeeded: labels), sum: labels[0],
                count: Int32(word.count), rowCount: Int32(rows.count),
                mark: WordTrail.mark | UInt32(Self.place(word.hash)),
                isQuiet: isQuiet, endsEarly: phrases.mayEndEarly(in: early), standing: standing))
        let (isOurs, _) = slots[Self.place(word.hash)].compareExchange(
            expected: 0, desired: UInt(bitPattern: block), ordering: .acquiringAndReleasing)
        guard isOurs else { return block.deallocate() }
        let isLetter = word.count == 1
        if let letters, isLetter || standing != .doubtful {
            plain[Self.place(letters)].store(UInt(bitPattern: block), ordering: .releasing)
        }
    }

    /// The letters of a word that may come as a `PlainWord`; nil of any other.
    private static func letters(_ word: borrowing Word) -> (low: UInt64, high: UInt64)? {
        guard word.count <= PlainWord.limit else { return nil }
        var letters = (low: UInt64(0), high: UInt64(0))
        for index in (0..<word.count).reversed() {
            let code = UInt64(word.codes[index])
            guard (0x61...0x7A).contains(code) else { return nil }
            if index < 8 { letters.low = letters.low << 8 | code } else { letters.high = letters.high << 8 | code }
        }
        return letters
    }
}
