/// What a scorer remembers: the last units, the last squashed codes, and the words not yet scored.
///
/// Units and codes grow with the text, so that a judge of a short text is small.
struct ScorerMemory {
    /// The most units kept, a power of two no window is longer than.
    static let mostUnits = 128
    static let mostCodes = 2 * PhraseSet.longest
    /// The most words that wait to be scored together.
    static let mostWaiting = 8

    /// A word whose weights are added up, but not yet to its windows.
    struct Waiting {
        var sum: SIMD8<Int16>
        var count: Int
        var start: Int
        var end: Int
    }

    /// What each of the last units added, and how many features it had.
    private(set) var sums: UnsafeMutablePointer<SIMD8<Int16>>
    private(set) var counts: UnsafeMutablePointer<UInt16>
    /// How many units there is room for, a power of two.
    private(set) var units = 16
    private(set) var codes: UnsafeMutablePointer<UInt16>
    private(set) var codeRoom: Int
    let waiting: UnsafeMutablePointer<Waiting>

    init(withPhrases: Bool) {
        sums = .allocate(capacity: units)
        counts = .allocate(capacity: units)
        codeRoom = withPhrases ? 64 : 0
        codes = .allocate(capacity: codeRoom)
        waiting = .allocate(capacity: Self.mostWaiting)
    }

    /// The same units and codes in memory of their own; nothing may be waiting.
    init(copying other: ScorerMemory, units used: Int, codes usedCodes: Int) {
        units = other.units
        codeRoom = other.codeRoom
        sums = .allocate(capacity: units)
        counts = .allocate(capacity: units)
        codes = .allocate(capacity: codeRoom)
        waiting = .allocate(capacity: Self.mostWaiting)
        sums.initialize(from: other.sums, count: min(used, units))
        counts.initialize(from: other.counts, count: min(used, units))
        codes.initialize(from: other.codes, count: usedCodes)
    }

    /// Makes room for more units, while the ones so far stand in the order they came.
    @inline(never)
    mutating func growUnits() {
        let (olderSums, olderCounts) = (sums, counts)
        sums = .allocate(capacity: units * 2)
        counts = .allocate(capacity: units * 2)
        sums.initialize(from: olderSums, count: units)
        counts.initialize(from: olderCounts, count: units)
        olderSums.deallocate()
        olderCounts.deallocate()
        units *= 2
    }

    /// Makes room for more codes; at the most there may be, forgets the older half.
    ///
    /// - Returns: How many codes there are now.
    @inline(never)
    mutating func makeCodeRoom() -> Int {
        guard codeRoom == Self.mostCodes else {
            let older = codes
            codes = .allocate(capacity: codeRoom * 2)
            codes.initialize(from: older, count: codeRoom)
            older.deallocate()
            codeRoom *= 2
            return codeRoom / 2
        }
        codes.update(from: codes + PhraseSet.longest, count: PhraseSet.longest)
        return PhraseSet.longest
    }

    func free() {
        sums.deallocate()
        counts.deallocate()
        codes.deallocate()
        waiting.deallocate()
    }
}
