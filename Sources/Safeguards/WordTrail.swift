import Text

/// The words that windows look back at, one after the other, each as short as its rows can be had from again: they are asked for
/// seldom, and a judge of a stream holds more of them than of anything else.
///
/// At a place stand three bytes: the number of a row, or a mark. A mark stands for all rows of a word but the one that joins it to
/// the word before, which is the row in front of it; a word that the memo does not have stands behind its mark, letter by letter.
struct WordTrail {
    /// The bit that tells a mark from the number of a row, the highest of the three bytes.
    static let mark: UInt32 = 1 << 23
    /// The bit that tells a mark with letters behind it from one of a word in the memo, whose low bits are its place there.
    private static let spelled: UInt32 = 1 << 22
    /// Whether the letters take two bytes each; below this bit is how many they are.
    private static let isWide: UInt32 = 1 << 8
    /// The most rows that a model can have: no number of them has the bit of a mark.
    static let mostRows = Int(mark)
    /// How many bytes a row or a mark takes.
    private static let width = 3
    /// How many bytes behind a word may be written as well.
    private static let slack = 4
    /// How many bytes a word of the memo takes, and the most that writing it touches.
    static let known = 2 * width
    static let mostOfKnown = known + slack

    /// The most bytes that writing a word touches.
    @inline(__always)
    static func most(of word: borrowing Word) -> Int { mostOfKnown + 2 * word.count }

    let start: UnsafeMutableRawPointer

    /// The trail from a place on; or, with a place below 0, with as many bytes before it.
    @inline(__always)
    func from(_ place: Int) -> WordTrail { WordTrail(start: start + place) }

    /// Writes a row and, behind it, another or a mark; two bytes behind them are written over.
    @inline(__always)
    func write(_ row: UInt32, _ next: UInt32) {
        start.storeBytes(of: (UInt64(row) | UInt64(next) << 24).littleEndian, as: UInt64.self)
    }

    /// Writes a word that the memo does not have, or an ideograph, so that its rows can be had again.
    ///
    /// - Parameter rows: As `FeatureHash` gives them; `rowCount` of them.
    /// - Returns: How many bytes it took.
    @inline(__always)
    func write(_ word: borrowing Word, _ rows: UnsafePointer<UInt32>, _ rowCount: Int) -> Int {
        guard rowCount > 2 else {
            // Two rows take no more than letters would; the second that there may not be is written over.
            if rowCount > 0 { write(rows[0], rowCount > 1 ? rows[1] : 0) }
            return rowCount * Self.width
        }
        let (from, to) = (UnsafeRawPointer(word.codes), start + Self.known)
        let mark = Self.mark | Self.spelled | UInt32(truncatingIfNeeded: word.count)
        write(rows[1], mark)
        // Four letters at a time, a byte each, till one turns out to need two.
        var all: UInt64 = 0
        var index = 0
        while index < word.count {
            let four = from.loadUnaligned(fromByteOffset: index * 2, as: UInt64.self).littleEndian
            let past = max(0, index &+ 4 &- word.count)
            all |= four &<< UInt64(truncatingIfNeeded: past &* 16)
            let pairs = (four | four >> 8) & 0x0000_FFFF_0000_FFFF
            to.storeBytes(
                of: UInt32(truncatingIfNeeded: pairs | pairs >> 16).littleEndian, toByteOffset: index, as: UInt32.self)
            index &+= 4
        }
        guard all & 0xFF00_FF00_FF00_FF00 != 0 else { return Self.known + word.count }
        write(rows[1], mark | Self.isWide)
        to.copyMemory(from: from, byteCount: word.count * 2)
        return Self.known + word.count * 2
    }

    /// Calls `take` with each row and each mark of the memo up to a place.
    func forEach(upTo end: Int, hash: FeatureHash, _ take: (UInt32) -> Void) {
        var place = 0
        while place < end {
            let item = start.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian & 0xFF_FFFF
            place += Self.width
            guard item & (Self.mark | Self.spelled) == Self.mark | Self.spelled else {
                take(item)
                continue
            }
            place += spell(item, start + place, hash, take)
        }
    }

    /// Calls `take` with the rows of a word that stands letter by letter.
    ///
    /// - Returns: How many bytes the letters take.
    private func spell(
        _ mark: UInt32, _ letters: UnsafeMutableRawPointer, _ hash: FeatureHash, _ take: (UInt32) -> Void
    ) -> Int {
        let (count, isWide) = (Int(mark & (Self.isWide - 1)), mark & Self.isWide != 0)
        func letter(_ index: Int) -> UInt16 {
            isWide
                ? letters.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                : UInt16(letters.load(fromByteOffset: index, as: UInt8.self))
        }
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Word.limit + 16) { room in
            guard let codes = room.baseAddress else { return }
            for index in 0..<count { codes[index] = letter(index) }
            for index in 0..<8 { codes[count + index] = Word.boundary }
            hash.forEachOfLetters(codes, count) { take(UInt32(truncatingIfNeeded: $0)) }
        }
        return isWide ? count * 2 : count
    }
}
