import Text

/// Adds up what a model says of the last words of a text, and decides at every word.
///
/// Words wait, a few at a time, until their weights are summed: what memory takes to answer for one passes while the
/// next is hashed. `settle` decides them in order, as if each had been decided when it came.
/// Of the labels only the first is summed at every word; the others are where its sum calls for a decision.
struct Scorer: ~Copyable, WordSink {
    /// Keeps what the plan points at alive.
    private let policy: JudgementPolicy.Storage
    private let plan: UnsafePointer<ScoringPlan>
    private let memo: WordMemo
    private var memory: ScorerMemory
    private var waiting = 0
    /// Squashed codes for the phrases: how many, and the last four, the newest in the highest bits.
    private var historyCount = 0
    private var ending: UInt64 = 0

    private var hash: FeatureHash
    /// How many rows the text has had.
    private var rowsEnd = 0
    private var units = 0
    private var counter = UnitCounter()
    private var shortWindow = Window()
    private var longWindow = Window()
    /// A window that began where encoded text began, and grows until it is a short window.
    private var view = Window()
    private var viewFirstRow = 0
    private var viewEnd = -1

    /// What the units of a window add up to: by the first label at every word.
    private struct Window {
        var sum: Int32 = 0
        var count: Int32 = 0
        /// By all labels, as of the last decision.
        var labels = LabelSums()

        @inline(__always)
        mutating func add(_ sum: Int32, _ count: Int32) {
            self.sum &+= sum
            self.count &+= count
        }
    }

    /// The highest raw score so far.
    private(set) var peak = -Float.infinity
    /// Words that score above it are worth a second look: they raise the peak, or are in doubt.
    private var watch = -Float.infinity {
        didSet { floor = plan.pointee.floor(watch, finding == nil) }
    }
    private(set) var doubts: DoubtLog?
    private(set) var finding: Finding? {
        didSet { floor = plan.pointee.floor(watch, finding == nil) }
    }
    /// What a window must pass to be of interest: to be looked at again, or to be acted on.
    private var floor = -Float.infinity
    /// The rules that were crossed and did not stop, because a permission opens them, in the order they were met.
    private(set) var opened: [Int] = []
    /// What had been handed on before the word that crossed.
    private(set) var clearedBeforeFinding = 0

    /// - Parameter bytes: How long the text will be; 0 if that is not known.
    init(_ policy: JudgementPolicy.Storage, _ side: Side, bytes: Int) {
        self.policy = policy
        memo = policy.memo
        plan = policy.plan(side)
        floor = plan.pointee.floor(watch, finding == nil)
        hash = FeatureHash(rows: plan.pointee.rows)
        memory = ScorerMemory(phraseLength: policy.phrases.mostCodes, bytes: bytes)
    }

    /// The same sums in memory of their own; all words must have been settled.
    init(copying other: borrowing Scorer) {
        policy = other.policy
        plan = other.plan
        memo = other.memo
        memory = ScorerMemory(
            copying: other.memory, units: other.units, rowsEnd: other.rowsEnd, codes: other.historyCount)
        (historyCount, ending) = (other.historyCount, other.ending)
        hash = other.hash
        units = other.units
        counter = other.counter
        rowsEnd = other.rowsEnd
        (shortWindow, longWindow) = (other.shortWindow, other.longWindow)
        (view, viewFirstRow, viewEnd) = (other.view, other.viewFirstRow, other.viewEnd)
        (peak, finding, clearedBeforeFinding) = (other.peak, other.finding, other.clearedBeforeFinding)
        (watch, doubts) = (other.watch, other.doubts)
        floor = other.floor
        opened = other.opened
    }

    deinit { memory.free() }

    mutating func take(_ word: borrowing Word) {
        let known = word.isIdeograph ? nil : memo.find(word)
        // The peak goes on after a finding: a score compares whole texts.
        if finding == nil, let bits = plan.pointee.phraseBits {
            let isQuiet = known.map { passesPhrases($0, bits) } ?? false
            if !isQuiet, matchesPhrase(word, bits) { return }
        }
        guard !word.isOpaque else { return }
        if doubts != nil { noteExemplarWord(word) }
        if waiting == memory.mostWaiting { settle() }
        let most = known == nil ? 2 * word.count + 1 : 2
        if rowsEnd - memory.firstRow + most > memory.rowRoom {
            settle()
            memory.makeRowRoom(most, from: min(firstRow(plan.pointee.longest), rowsEnd), to: rowsEnd)
        }
        let first = rowsEnd
        if let known { note(known) } else { noteRows(word) }
        memory.waiting[waiting] = ScorerMemory.Waiting(
            known: known?.pointee.sum, count: known?.pointee.rowCount ?? Int32(truncatingIfNeeded: rowsEnd - first),
            firstRow: first, endRow: rowsEnd, start: word.start, end: word.end,
            script: doubts == nil ? 0 : Self.script(word))
        waiting += 1
        guard !counter.begins(word) else { return }
        // An ideograph of the unit before it.
        waiting -= 1
        let continued = memory.waiting[waiting]
        settle()
        if units == 0 { beginUnit(first) }
        add(continued, firstWeights(continued))
    }

    /// Notes a word that has been kept: its place in the memo, and the row that joins it to the word before.
    @inline(__always)
    private mutating func note(_ known: UnsafePointer<WordMemo.Entry>) {
        let rows = memory.rows + (rowsEnd - memory.firstRow)
        rows[0] = known.pointee.mark
        rows[1] = UInt32(truncatingIfNeeded: hash.joins(known.pointee.hash))
        rowsEnd += 2
    }

    /// Notes the squashed codes of a word that has been kept, if no phrase may end in it.
    @inline(__always)
    private mutating func passesPhrases(_ known: UnsafePointer<WordMemo.Entry>, _ bits: UnsafePointer<UInt64>) -> Bool {
        let count = Int(known.pointee.count)
        guard known.pointee.isQuiet else { return false }
        if historyCount + WordMemo.longest > memory.codeRoom { historyCount = memory.makeCodeRoom(used: historyCount) }
        let squashed = UnsafeRawPointer(known) + WordMemo.Entry.squashed
        var (last, first) = (ending, squashed.load(as: UInt64.self))
        var left = min(count, 3)
        while left > 0 {
            last = last >> 16 | first << 48
            if PhraseSet.mayEnd(with: last, bits) { return false }
            (first, left) = (first >> 16, left &- 1)
        }
        let codes = UnsafeMutableRawPointer(memory.codes + historyCount)
        codes.storeBytes(of: squashed.load(as: SIMD8<UInt16>.self), as: SIMD8<UInt16>.self)
        codes.storeBytes(
            of: squashed.load(fromByteOffset: 16, as: SIMD8<UInt16>.self), toByteOffset: 16, as: SIMD8<UInt16>.self)
        historyCount += count
        ending = count > 3 ? known.pointee.ending : last
        return true
    }

    /// Notes the rows of a word, without a look at their weights.
    private mutating func noteRows(_ word: borrowing Word) {
        let rows = memory.rows + (rowsEnd - memory.firstRow)
        var next = rows
        hash.forEach(word) { row in
            next.pointee = UInt32(truncatingIfNeeded: row)
            next += 1
        }
        rowsEnd += next - rows
        if memo.shouldKeep(word) {
            memo.keep(word, rows: UnsafeBufferPointer(start: rows, count: next - rows), under: plan.pointee)
        }
    }

    /// What a word's rows add up to by the first label.
    @inline(__always)
    private func firstWeights(_ word: ScorerMemory.Waiting) -> Int32 {
        let weights = plan.pointee.firstWeights
        var next = memory.rows + (word.firstRow - memory.firstRow)
        if let known = word.known { return known &+ Int32(weights[Int(next[1])]) }
        let end = memory.rows + (word.endRow - memory.firstRow)
        var sum: Int32 = 0
        while next < end {
            sum &+= Int32(weights[Int(next.pointee)])
            next += 1
        }
        return sum
    }

    /// Decides the words that wait: first all the looks at memory, none of which waits for another, then word by word.
    mutating func settle() {
        let ready = waiting
        waiting = 0
        var index = 0
        while index < ready {
            memory.waiting[index].sum = firstWeights(memory.waiting[index])
            index += 1
        }
        index = 0
        while index < ready {
            let word = memory.waiting[index]
            beginUnit(word.firstRow)
            add(word, word.sum)
            index += 1
        }
    }

    /// Adds a word to the present unit and to the windows, and decides.
    @inline(__always)
    private mutating func add(_ word: ScorerMemory.Waiting, _ sum: Int32) {
        let unit = memory.units + ((units - 1) & (memory.unitRoom - 1))
        unit.pointee.sum &+= Int16(truncatingIfNeeded: sum)
        unit.pointee.count &+= UInt16(truncatingIfNeeded: word.count)
        shortWindow.add(sum, word.count)
        longWindow.add(sum, word.count)
        let (plan, end) = (plan, word.endRow)
        if isWorth(shortWindow, word) {
            shortWindow.labels.move(to: firstRow(plan.pointee.short), end, memory, memo, plan.pointee.weights)
            decide(shortWindow, word)
        }
        if units < viewEnd {
            view.add(sum, word.count)
            if isWorth(view, word) {
                view.labels.move(to: viewFirstRow, end, memory, memo, plan.pointee.weights)
                decide(view, word)
            }
        }
        if units > plan.pointee.short, isWorth(longWindow, word) {
            longWindow.labels.move(to: firstRow(plan.pointee.long), end, memory, memo, plan.pointee.weights)
            decide(longWindow, word)
        }
    }

    /// Where the rows of the last so many units begin.
    private func firstRow(_ window: Int) -> Int {
        units == 0 ? rowsEnd : memory.firstRow(of: max(0, units - window))
    }

    /// Takes the unit that leaves a window out of its sum, and makes room for a new one.
    @inline(__always)
    private mutating func beginUnit(_ firstRow: Int) {
        let (short, long) = (plan.pointee.short, plan.pointee.long)
        if units == memory.unitRoom, units < ScorerMemory.mostUnits { memory.growUnits() }
        let mask = memory.unitRoom - 1
        if units >= short {
            let left = memory.units[(units - short) & mask]
            shortWindow.add(-Int32(left.sum), -Int32(left.count))
        }
        if units >= long {
            let left = memory.units[(units - long) & mask]
            longWindow.add(-Int32(left.sum), -Int32(left.count))
        }
        memory.units[units & mask] = ScorerMemory.Unit(firstRow: UInt32(truncatingIfNeeded: firstRow))
        units += 1
    }

    /// Notes the score of a window, and tells whether any category may act on it.
    @inline(__always)
    private mutating func isWorth(_ window: Window, _ word: ScorerMemory.Waiting) -> Bool {
        // Most words raise no line: they cost no division.
        guard plan.pointee.mayPass(floor: floor, window.sum, window.count) else { return false }
        return weigh(window, word)
    }

    @inline(never)
    private mutating func weigh(_ window: Window, _ word: ScorerMemory.Waiting) -> Bool {
        if plan.pointee.mayPass(watch, window.sum, window.count) { rise(window, word) }
        return finding == nil && plan.pointee.mayPass(plan.pointee.lowest, window.sum, window.count)
    }

    /// A word that raises the peak, or that is in doubt.
    @inline(never)
    private mutating func rise(_ window: Window, _ word: ScorerMemory.Waiting) {
        let score = plan.pointee.score(window.sum, window.count)
        peak = max(peak, score)
        if finding == nil, let rule = doubts?.rule {
            doubts?.take(isDoubtful: rule.isDoubtful(score, word.script), start: word.start, end: word.end)
        }
        watchOn()
    }

    private mutating func watchOn() {
        guard let doubts, finding == nil else { return watch = peak }
        watch = doubts.isOpen ? -.infinity : min(peak, doubts.rule.lowest)
    }

    /// Which category it would be, and whether that category's budget is crossed.
    @inline(never)
    private mutating func decide(_ window: Window, _ word: ScorerMemory.Waiting) {
        let raw = plan.pointee.score(window.sum, window.count)
        guard let label = plan.pointee.refusing(raw, window.labels) else { return }
        find(
            policy.rule(of: label, at: raw, plan.pointee.side), .linear, policy.model.calibrated(raw), word.start,
            word.end)
    }

    private mutating func find(_ rule: Int, _ stage: Finding.Stage, _ score: Float, _ start: Int, _ end: Int) {
        let found = policy.rules[rule]
        guard !found.isOpen else {
            if !opened.contains(rule) { opened.append(rule) }
            return
        }
        clearedBeforeFinding = start
        finding = Finding(
            category: found.category, principle: found.principle, stage: stage, score: score, position: end)
    }

    /// Whether a phrase ends in this word; if so, it is the finding, unless a word before was.
    private mutating func matchesPhrase(_ word: borrowing Word, _ bits: UnsafePointer<UInt64>) -> Bool {
        let squashed = plan.pointee.squashed
        var index = word.isIdeograph ? word.count - 1 : 0
        while index < word.count {
            if historyCount == memory.codeRoom { historyCount = memory.makeCodeRoom(used: historyCount) }
            let history = memory.codes
            let stop = min(word.count, index + memory.codeRoom - historyCount)
            var (place, last) = (historyCount, ending)
            var suspected = false
            while index < stop, !suspected {
                let code = word.codes[index]
                let read = code < 0x80 ? squashed[Int(code)] : code
                history[place] = read
                last = last >> 16 | UInt64(read) << 48
                suspected = PhraseSet.mayEnd(with: last, bits)
                index &+= 1
                place &+= 1
            }
            (historyCount, ending) = (place, last)
            guard suspected, place >= 4 else { continue }
            guard let rule = policy.phrases.match(endingAt: history + (place - 1), key: last, readable: place)
            else { continue }
            settle()
            guard finding == nil else { return false }
            find(rule, .phrase, 1, word.start, word.end)
            if finding != nil { return true }
        }
        return false
    }

    /// Whether this and another scorer that waits for nothing would say the same of every word that follows, but for peaks.
    borrowing func isWhere(_ other: borrowing Scorer) -> Bool {
        let longest = plan.pointee.longest
        guard units >= longest, other.units >= longest, finding == nil, other.finding == nil, doubts == nil,
            other.doubts == nil, plan == other.plan, waiting == 0, other.waiting == 0
        else { return false }
        guard units >= viewEnd, other.units >= other.viewEnd, hash.previous == other.hash.previous,
            counter == other.counter, ending == other.ending, shortWindow.sum == other.shortWindow.sum,
            shortWindow.count == other.shortWindow.count, longWindow.sum == other.longWindow.sum,
            longWindow.count == other.longWindow.count
        else { return false }
        guard plan.pointee.phraseBits == nil || memory.hasSameCodes(historyCount, other.memory, other.historyCount)
        else { return false }
        return memory.hasSameUnits(longest, units, rowsEnd, other.memory, other.units, other.rowsEnd)
    }

    // MARK: Doubts

    /// Notes from here on where the second stage has to be asked.
    mutating func noteDoubts(by rule: DoubtRule) {
        doubts = DoubtLog(rule)
        watchOn()
    }

    /// Gives away what the second stage has to be asked about.
    mutating func takeDoubts() -> [Range<Int>] { doubts?.takeRanges() ?? [] }

    /// Offsets are counted anew.
    mutating func markDoubts() {
        guard doubts != nil else { return }
        doubts?.mark()
        watchOn()
    }

    private static func script(_ word: borrowing Word) -> UInt8 {
        word.isIdeograph ? 1 : word.codes[0] < 0x250 ? 0 : 2
    }

    @inline(never)
    private mutating func noteExemplarWord(_ word: borrowing Word) {
        guard finding == nil, let key = doubts?.rule.words?.key(of: word) else { return }
        // Words that wait come first, or what is in doubt would depend on how the text was cut.
        settle()
        guard finding == nil else { return }
        doubts?.takeExemplarWord(key, at: word.start)
        watchOn()
    }

    mutating func beginView() {
        settle()
        view = Window()
        viewFirstRow = rowsEnd
        viewEnd = units + plan.pointee.short
    }

    mutating func restart() {
        settle()
        viewEnd = -1
        units = 0
        counter = UnitCounter()
        shortWindow = Window()
        longWindow = Window()
        hash.previous = 0
    }
}
