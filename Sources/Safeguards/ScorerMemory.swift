/// What a scorer remembers: the last units and the rows of their features, and the last squashed codes.
///
/// It begins in one block, and grows with the text, so that a judge of a short text is small. Words that wait to be decided wait in room
/// that is lent while a judge reads.
struct ScorerMemory {
    /// The most units kept, a power of two no window is longer than.
    static let mostUnits = 128
    /// How many codes may stand beside those that are kept, never fewer than `WordMemo.longest`: in a long text, and in a stream.
    private static let passingCodes = 128
    private static let passingCodesOfStream = 64
    /// The most words that wait to be decided together; a stream's are decided with its event.
    static let mostWaiting = 24

    /// What a unit added to the sum of the first label, how many features it had, and where its rows begin.
    struct Unit {
        var sum: Int16 = 0
        var count: UInt16 = 0
        /// The low bits of the row's number: there are never as many rows as they tell apart.
        var firstRow: UInt16

        @inline(__always)
        init(_ sum: Int32, _ count: Int32, firstRow: Int) {
            self.sum = Int16(truncatingIfNeeded: sum)
            self.count = UInt16(truncatingIfNeeded: count)
            self.firstRow = UInt16(truncatingIfNeeded: firstRow)
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
        /// Where its rows begin.
        var firstRow: Int
        var start: Int
        var end: Int
        /// How many rows it has here.
        var rows: UInt8
        var isKnown: Bool
        /// Its `ScriptGroup`, where doubts are noted.
        var script: UInt8 = 0
        /// Whether it is an ideograph of the unit before it.
        var continues = false

        /// Where its rows end.
        var endRow: Int { firstRow &+ Int(rows) }
    }

    private let block: UnsafeMutableRawPointer
    private let blockEnd: UnsafeMutableRawPointer
    private(set) var units: UnsafeMutablePointer<Unit>
    /// How many units there is room for, a power of two.
    var unitRoom: Int { Int(rooms.units) }
    /// Whether there is room for as many units as are ever looked back at.
    var isWhole: Bool { unitRoom == Self.mostUnits }
    /// The rows from number `firstRow` of the text on.
    ///
    /// A marked one stands for all rows of a word in the memo but the second, which follows it.
    private(set) var rows: PackedRows
    var rowRoom: Int { Int(rooms.rows) }
    private(set) var firstRow = 0
    let codes: UnsafeMutablePointer<UInt16>
    var codeRoom: Int { Int(rooms.codes) }
    /// How many codes are never forgotten: as many as the longest phrase has.
    private var keptCodes: Int { Int(rooms.kept) }
    private var rooms: (units: Int32, rows: Int32, codes: Int32, kept: Int32)
    /// Where words wait while a judge reads; nowhere else.
    private var lent: UnsafeMutablePointer<Waiting>?

    /// Room for `mostWaiting` words.
    @inline(__always)
    var waiting: UnsafeMutablePointer<Waiting> {
        guard let lent else { preconditionFailure("words are taken while a judge reads") }
        return lent
    }

    /// - Parameters:
    ///   - phraseLength: How many codes the longest phrase has; 0 where there is none.
    ///   - bytes: How long the text will be, if that is known; else it is taken for short.
    init(phraseLength: Int, bytes: Int) {
        let keptCodes = max(phraseLength, WordMemo.longest)
        let isLong = bytes > 320
        let passing = min(max(bytes, Self.passingCodesOfStream), Self.passingCodes)
        self.init(
            units: isLong ? Self.mostUnits : 32, rows: isLong ? 320 : PackedRows.room(inBytes: 256),
            codes: phraseLength == 0 ? 0 : keptCodes + passing, kept: keptCodes)
    }

    private init(units: Int, rows: Int, codes: Int, kept: Int) {
        rooms = (Int32(units), Int32(rows), Int32(codes), Int32(kept))
        // Rows that are sure to outgrow the block stand by themselves, or a long stream would hold them twice.
        let unitsSize = units * MemoryLayout<Unit>.stride
        let rowsSize = units == Self.mostUnits ? PackedRows.size(rows) : 0
        // A little more, so that a part without room lies within the block as well.
        let size = unitsSize + rowsSize + codes * 2 + 2
        block = .allocate(byteCount: size, alignment: 16)
        blockEnd = block + size
        self.units = block.bindMemory(to: Unit.self, capacity: units)
        self.rows = rowsSize == 0 ? PackedRows.allocate(rows) : PackedRows(start: block + unitsSize)
        self.codes = (block + unitsSize + rowsSize).bindMemory(to: UInt16.self, capacity: codes)
    }

    /// The same in memory of its own; nothing may be waiting.
    init(copying other: ScorerMemory, units usedUnits: Int, rowsEnd: Int, codes usedCodes: Int) {
        self.init(units: other.unitRoom, rows: other.rowRoom, codes: other.codeRoom, kept: other.keptCodes)
        firstRow = other.firstRow
        units.initialize(from: other.units, count: min(usedUnits, unitRoom))
        rows.copy(rowsEnd - firstRow, of: other.rows)
        codes.initialize(from: other.codes, count: usedCodes)
    }

    /// Borrows room for the words that wait, or lets go of it.
    mutating func borrow(_ room: UnsafeMutablePointer<Waiting>?) { lent = room }

    /// Gives back what has grown out of the block.
    private func release(_ memory: UnsafeMutableRawPointer) {
        if memory < block || memory >= blockEnd { memory.deallocate() }
    }

    /// The number of the first row of a unit whose rows are still here.
    func firstRow(of unit: Int) -> Int {
        let low = units[unit & (unitRoom - 1)].firstRow
        return firstRow + Int(low &- UInt16(truncatingIfNeeded: firstRow))
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

    /// Makes room for more rows: forgets those before number `oldest`, and grows if that leaves less than a sixteenth; few
    /// double.
    @inline(never)
    mutating func makeRowRoom(_ more: Int, from oldest: Int, to end: Int) {
        let kept = end - oldest
        let older = rows
        let needed = kept + more
        if needed > rowRoom / 16 * 15 {
            let bytes = max(PackedRows.size(needed * 9 / 8), min(PackedRows.size(rowRoom * 2), 768))
            // In steps of sizes that memory comes in; not by way of a kilobyte: exchanges take as much, and rows that grow on
            // would leave holes among them.
            let step = (bytes + 255) & ~255
            rooms.rows = Int32(PackedRows.room(inBytes: step == 1_024 ? 1_280 : step))
            rows = PackedRows.allocate(rowRoom)
        }
        rows.copy(kept, of: older.from(oldest - firstRow))
        if rows.start != older.start { release(older.start) }
        firstRow = oldest
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
        return (0..<keptCodes).allSatisfy { mine[$0] == its[$0] }
    }

    /// Whether the last units are the same, rows and sums.
    func hasSameUnits(
        _ last: Int, _ units: Int, _ rowsEnd: Int, _ other: ScorerMemory, _ otherUnits: Int, _ otherRowsEnd: Int
    ) -> Bool {
        let (first, otherFirst) = (firstRow(of: units - last), other.firstRow(of: otherUnits - last))
        guard rowsEnd - first == otherRowsEnd - otherFirst, first >= firstRow, otherFirst >= other.firstRow else {
            return false
        }
        for back in 1...last {
            let mine = self.units[(units - back) & (unitRoom - 1)]
            let its = other.units[(otherUnits - back) & (other.unitRoom - 1)]
            guard mine.sum == its.sum, mine.count == its.count,
                firstRow(of: units - back) - first == other.firstRow(of: otherUnits - back) - otherFirst
            else { return false }
        }
        let (mine, its) = (rows.from(first - firstRow), other.rows.from(otherFirst - other.firstRow))
        return (0..<(rowsEnd - first)).allSatisfy { mine[$0] == its[$0] }
    }

    func free() {
        release(units)
        release(rows.start)
        block.deallocate()
    }
}
