/// What a scorer remembers: the last units and their words, and the last squashed codes.
///
/// It begins in one block, and grows with the text, so that a judge of a short text is small. Words that wait to be decided wait in room
/// that is lent while a judge reads.
struct ScorerMemory {
    /// The most units kept, a power of two no window is longer than.
    static let mostUnits = 128
    /// How many codes may stand beside those that are kept, never fewer than `WordMemo.longest`: in a long text, and in a stream.
    private static let passingCodes = 128
    private static let passingCodesOfStream = 32
    /// The most words that wait to be decided together, and the most rows they may have; a stream's are decided with its event.
    static let mostWaiting = 24
    static let mostRowsWaiting = 240

    /// What a unit added to the sum of the first label, how many features it had, and where its words begin.
    struct Unit {
        var sum: Int16 = 0
        var count: UInt16 = 0
        /// The low bits of the place in the trail: it is never as long as they tell apart.
        var place: UInt16

        @inline(__always)
        init(_ sum: Int32, _ count: Int32, place: Int) {
            self.sum = Int16(truncatingIfNeeded: sum)
            self.count = UInt16(truncatingIfNeeded: count)
            self.place = UInt16(truncatingIfNeeded: place)
        }

        /// Adds a word that goes on with the unit.
        @inline(__always)
        mutating func grow(_ sum: Int32, _ count: Int32) {
            self.sum &+= Int16(truncatingIfNeeded: sum)
            self.count &+= UInt16(truncatingIfNeeded: count)
        }
    }

    /// A word whose rows are known, but not yet what all of them add up to.
    struct Waiting {
        /// What the rows add up to that have been looked at: of a word in the memo all but the second, of others none yet.
        var sum: Int32
        var count: Int32
        /// Where it stands in the trail.
        var place: Int
        var start: Int
        var end: Int
        /// How many bytes of the trail are its own.
        var length: UInt8
        /// How many of its rows wait to be looked at.
        var rows: UInt8
        /// Its `ScriptGroup`, where doubts are noted.
        var script: UInt8 = 0
        /// Whether it is an ideograph of the unit before it.
        var continues = false

        /// Where it ends in the trail.
        var endPlace: Int { place &+ Int(length) }
    }

    private let block: UnsafeMutableRawPointer
    private(set) var units: UnsafeMutablePointer<Unit>
    /// How many units there is room for, a power of two.
    var unitRoom: Int { Int(rooms.units) }
    /// Whether there is room for as many units as are ever looked back at.
    var isWhole: Bool { unitRoom == Self.mostUnits }
    /// The words of the text from the place `start` of its trail on.
    private(set) var trail: WordTrail
    /// How many bytes of it there is room for.
    var trailRoom: Int { Int(rooms.trail) }
    private(set) var start = 0
    let codes: UnsafeMutablePointer<UInt16>
    var codeRoom: Int { Int(rooms.codes) }
    /// How many codes are never forgotten: as many as the longest phrase has.
    private var keptCodes: Int { Int(rooms.kept) }
    private var rooms: (units: Int32, trail: Int32, codes: Int32, kept: Int32)
    /// Where words wait while a judge reads, and where their rows do; nowhere else.
    private var lent: (words: UnsafeMutablePointer<Waiting>, rows: UnsafeMutablePointer<UInt32>)?

    /// Room for `mostWaiting` words.
    @inline(__always)
    var waiting: UnsafeMutablePointer<Waiting> {
        guard let lent else { preconditionFailure("words are taken while a judge reads") }
        return lent.words
    }

    /// Room for `mostRowsWaiting` rows: those that the words that wait have, in their order.
    @inline(__always)
    var waitingRows: UnsafeMutablePointer<UInt32> {
        guard let lent else { preconditionFailure("words are taken while a judge reads") }
        return lent.rows
    }

    /// - Parameters:
    ///   - phraseLength: How many codes the longest phrase has; 0 where there is none.
    ///   - bytes: How long the text will be, if that is known; else it is taken for short.
    init(phraseLength: Int, bytes: Int) {
        let keptCodes = max(phraseLength, WordMemo.longest)
        let isLong = bytes > 320
        let passing = min(max(bytes, Self.passingCodesOfStream), Self.passingCodes)
        self.init(
            units: isLong ? Self.mostUnits : 32, trail: isLong ? 960 : 256,
            codes: phraseLength == 0 ? 0 : keptCodes + passing, kept: keptCodes)
    }

    private init(units: Int, trail: Int, codes: Int, kept: Int) {
        rooms = (Int32(units), Int32(trail), Int32(codes), Int32(kept))
        // A trail that is sure to outgrow the block stands by itself, or a long stream would hold it twice.
        let unitsSize = units * MemoryLayout<Unit>.stride
        let trailSize = units == Self.mostUnits ? trail : 0
        // A little more, so that a part without room lies within the block as well.
        let size = unitsSize + trailSize + codes * 2 + 2
        block = .allocate(byteCount: size, alignment: 16)
        self.units = block.bindMemory(to: Unit.self, capacity: units)
        self.trail = WordTrail(
            start: trailSize == 0 ? .allocate(byteCount: trail, alignment: 8) : block + unitsSize)
        self.codes = (block + unitsSize + trailSize).bindMemory(to: UInt16.self, capacity: codes)
    }

    /// The same in memory of its own; nothing may be waiting.
    init(copying other: ScorerMemory, units usedUnits: Int, end: Int, codes usedCodes: Int) {
        self.init(units: other.unitRoom, trail: other.trailRoom, codes: other.codeRoom, kept: other.keptCodes)
        start = other.start
        units.initialize(from: other.units, count: min(usedUnits, unitRoom))
        trail.start.copyMemory(from: other.trail.start, byteCount: end - start)
        codes.initialize(from: other.codes, count: usedCodes)
    }

    /// Borrows room for the words that wait and for their rows, or lets go of it.
    mutating func borrow(_ room: (words: UnsafeMutablePointer<Waiting>, rows: UnsafeMutablePointer<UInt32>)?) {
        lent = room
    }

    /// Gives back what has grown out of the block.
    private func release(_ memory: UnsafeMutableRawPointer) {
        // The codes stand at the end of the block, and never leave it.
        if memory < block || memory > UnsafeMutableRawPointer(codes) { memory.deallocate() }
    }

    /// Where the words of a unit begin that are still here.
    func place(of unit: Int) -> Int {
        let low = units[unit & (unitRoom - 1)].place
        return start + Int(low &- UInt16(truncatingIfNeeded: start))
    }

    /// Makes room for more units, while the ones so far stand in the order they came.
    @inline(never)
    mutating func growUnits() {
        let older = units
        units = .allocate(capacity: unitRoom * 2)
        units.initialize(from: older, count: unitRoom)
        release(older)
        rooms.units *= 2
    }

    /// Makes room for more of the trail: forgets what stands before the place `oldest`, and grows if that leaves less than a
    /// sixteenth; few double.
    @inline(never)
    mutating func makeTrailRoom(_ more: Int, from oldest: Int, to end: Int) {
        let kept = end - oldest
        let older = trail
        let needed = kept + more
        if needed > trailRoom / 16 * 15 {
            // In steps of sizes that memory comes in; not by way of a kilobyte: exchanges take as much, and trails that grow on
            // would leave holes among them.
            let step = (max(needed * 9 / 8, min(trailRoom * 2, 768)) + 255) & ~255
            rooms.trail = Int32(step == 1_024 ? 1_280 : step)
            trail = WordTrail(start: .allocate(byteCount: trailRoom, alignment: 8))
        }
        trail.start.copyMemory(from: older.from(oldest - start).start, byteCount: kept)
        if trail.start != older.start { release(older.start) }
        start = oldest
    }

    /// Makes room for the codes of one more word: forgets all but those a phrase may need.
    ///
    /// - Returns: How many codes there are now.
    @inline(never)
    mutating func makeCodeRoom(used: Int) -> Int {
        let kept = min(used, keptCodes)
        codes.update(from: codes + (used - kept), count: kept)
        return kept
    }

    /// Whether the last squashed codes, as many as any phrase may look back at, are the same; `ending` follows from them.
    func hasSameCodes(_ used: Int, _ other: ScorerMemory, _ otherUsed: Int) -> Bool {
        guard used >= keptCodes, otherUsed >= keptCodes else { return false }
        let (mine, its) = (codes + (used - keptCodes), other.codes + (otherUsed - keptCodes))
        return Self.areSame(mine, its, keptCodes * MemoryLayout<UInt16>.stride)
    }

    /// Whether the last units are the same, words and sums.
    func hasSameUnits(
        _ last: Int, _ units: Int, _ end: Int, _ other: ScorerMemory, _ otherUnits: Int, _ otherEnd: Int
    ) -> Bool {
        let (first, otherFirst) = (place(of: units - last), other.place(of: otherUnits - last))
        guard end - first == otherEnd - otherFirst, first >= start, otherFirst >= other.start else { return false }
        for back in 1...last {
            let mine = self.units[(units - back) & (unitRoom - 1)]
            let its = other.units[(otherUnits - back) & (other.unitRoom - 1)]
            guard mine.sum == its.sum, mine.count == its.count,
                place(of: units - back) - first == other.place(of: otherUnits - back) - otherFirst
            else { return false }
        }
        let (mine, its) = (trail.from(first - start).start, other.trail.from(otherFirst - other.start).start)
        return Self.areSame(mine, its, end - first)
    }

    /// Whether as many bytes are the same, eight at a time.
    private static func areSame(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int) -> Bool {
        var place = 0
        while place + 8 <= count {
            guard
                one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            else { return false }
            place += 8
        }
        while place < count,
            one.load(fromByteOffset: place, as: UInt8.self) == other.load(fromByteOffset: place, as: UInt8.self)
        {
            place += 1
        }
        return place == count
    }

    func free() {
        release(units)
        release(trail.start)
        block.deallocate()
    }
}
