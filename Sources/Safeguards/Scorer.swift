import Text

/// Adds up what a model says of the last words of a text, and decides at every word.
///
/// Words wait, a few at a time, until their weights are summed: what memory takes to answer for one passes while the
/// next is hashed. `settle` decides them in order, as if each had been decided when it came.
/// Of the labels only the first is summed at every word; the others are where its sum calls for a decision.
struct Scorer: ~Copyable {
    /// Keeps what the plan points at alive.
    let policy: JudgementPolicy.Storage
    let plan: UnsafePointer<ScoringPlan>
    let memo: WordMemo
    var memory: ScorerMemory
    var waiting = 0
    /// Squashed codes for the phrases: how many, and the last four, the newest in the highest bits.
    var historyCount = 0
    var ending: UInt64 = 0

    var hash: FeatureHash
    /// How long the trail of the text's words is, and how many rows those that wait have.
    var trailEnd = 0
    var rowsWaiting = 0
    var units = 0
    private var shortWindow = Window()
    private var longWindow = Window()
    /// A window that began where encoded text began, and grows until it is a short window.
    private var view = Window()
    private var viewStart = 0
    private var viewEnd = -1
    /// The same windows by all labels, as of the last decisions; made at the first one, which most texts never come to.
    private var labels: UnsafeMutablePointer<LabelledWindows>?

    /// What the words of the windows add up to by all labels.
    private struct LabelledWindows {
        var short = LabelSums()
        var long = LabelSums()
        var view = LabelSums()
    }

    /// What the units of a window add up to by the first label, and how many features they have.
    private struct Window {
        var sum: Int32 = 0
        var count: Int32 = 0

        @inline(__always)
        mutating func add(_ sum: Int32, _ count: Int32) {
            self.sum &+= sum
            self.count &+= count
        }

        @inline(__always)
        mutating func remove(_ unit: ScorerMemory.Unit) { add(0 &- Int32(unit.sum), 0 &- Int32(unit.count)) }
    }

    /// The highest raw score so far.
    private(set) var peak = -Float.infinity
    /// Words that score above it are worth a second look: they raise the peak, or are in doubt.
    private var watch = -Float.infinity {
        didSet { floor = plan.pointee.floor(watch, found == nil) }
    }
    /// What a window must pass to be of interest: to be looked at again, or to be acted on.
    private var floor = -Float.infinity
    var counter = UnitCounter()
    private(set) var doubts: DoubtLog?
    /// What was found, apart: hardly any text has it.
    private var found: Found? {
        didSet {
            floor = plan.pointee.floor(watch, found == nil)
            phraseBits = found == nil ? plan.pointee.phraseBits : nil
        }
    }
    var finding: Finding? { found?.finding }

    private final class Found {
        let finding: Finding
        let cleared: Int

        init(_ finding: Finding, cleared: Int) { (self.finding, self.cleared) = (finding, cleared) }
    }

    /// The phrases' filter, as long as a phrase would be a finding.
    var phraseBits: UnsafePointer<UInt64>?
    /// The rules that were crossed and did not stop, because a permission opens them, in the order they were met.
    private(set) var opened: [Int] = []
    /// What had been handed on before the word that crossed.
    var clearedBeforeFinding: Int { found?.cleared ?? 0 }

    /// - Parameter bytes: How long the text will be; 0 if that is not known.
    init(_ policy: JudgementPolicy.Storage, _ side: Side, bytes: Int) {
        self.policy = policy
        memo = policy.memo
        plan = policy.plan(side)
        floor = plan.pointee.floor(watch, true)
        phraseBits = plan.pointee.phraseBits
        hash = FeatureHash(rows: plan.pointee.rows)
        memory = ScorerMemory(phraseLength: policy.phrases.mostCodes, bytes: bytes)
    }

    /// The same sums in memory of their own; all words must have been settled.
    init(copying other: borrowing Scorer) {
        policy = other.policy
        plan = other.plan
        memo = other.memo
        memory = ScorerMemory(
            copying: other.memory, units: other.units, end: other.trailEnd, codes: other.historyCount)
        (historyCount, ending) = (other.historyCount, other.ending)
        hash = other.hash
        units = other.units
        counter = other.counter
        trailEnd = other.trailEnd
        (shortWindow, longWindow) = (other.shortWindow, other.longWindow)
        (view, viewStart, viewEnd) = (other.view, other.viewStart, other.viewEnd)
        (peak, found) = (other.peak, other.found)
        (watch, doubts) = (other.watch, other.doubts.map(DoubtLog.init(copying:)))
        (floor, phraseBits) = (other.floor, other.phraseBits)
        opened = other.opened
        if let theirs = other.labels { labelled().pointee = theirs.pointee }
    }

    deinit {
        memory.free()
        labels?.deallocate()
    }

    /// Decides the words that wait: first all the looks at memory, none of which waits for another, then word by word.
    mutating func settle() {
        guard waiting > 0 else { return }
        let (word, end) = (memory.waiting, memory.waiting + waiting)
        (waiting, rowsWaiting) = (0, 0)
        let weights = plan.pointee.firstWeights
        var (next, row) = (word, UnsafePointer(memory.waitingRows))
        while next < end {
            let last = row + Int(next.pointee.rows)
            var sum = next.pointee.sum
            while row < last {
                sum &+= Int32(weights[Int(row.pointee)])
                row += 1
            }
            next.pointee.sum = sum
            next += 1
        }
        next = word
        while true {
            next = addQuiet(next, before: end)
            guard next < end else { return }
            if next.pointee.continues {
                continueUnit(next.pointee)
            } else {
                beginUnit(next.pointee.place, next.pointee.sum, next.pointee.count)
            }
            add(next.pointee)
            next += 1
        }
    }

    /// Adds words to the windows up to the first that needs more than that, which it returns: one that raises a line, or
    /// one for which there is no unit yet.
    ///
    /// The same as `beginUnit`, `continueUnit` and `add`, with all that changes in registers: most words are no more than this.
    private mutating func addQuiet(
        _ word: UnsafeMutablePointer<ScorerMemory.Waiting>, before end: UnsafeMutablePointer<ScorerMemory.Waiting>
    ) -> UnsafeMutablePointer<ScorerMemory.Waiting> {
        guard units >= viewEnd, units > 0, units + (end - word) <= memory.unitRoom || memory.isWhole else {
            return word
        }
        let (ring, mask, plan, floor) = (memory.units, memory.unitRoom &- 1, plan, floor)
        let (short, long) = (plan.pointee.short, plan.pointee.long)
        var (units, near, far) = (units, shortWindow, longWindow)
        var next = word
        while next < end {
            let (sum, count) = (next.pointee.sum, next.pointee.count)
            var (nextNear, nextFar) = (near, far)
            nextNear.add(sum, count)
            nextFar.add(sum, count)
            let begins = !next.pointee.continues
            if begins {
                if units >= short { nextNear.remove(ring[(units &- short) & mask]) }
                if units >= long { nextFar.remove(ring[(units &- long) & mask]) }
            }
            let after = begins ? units &+ 1 : units
            guard !plan.pointee.mayPass(floor: floor, nextNear.sum, nextNear.count),
                after <= short || !plan.pointee.mayPass(floor: floor, nextFar.sum, nextFar.count)
            else { break }
            if begins {
                ring[units & mask] = ScorerMemory.Unit(sum, count, place: next.pointee.place)
            } else {
                ring[(units &- 1) & mask].grow(sum, count)
            }
            (units, near, far) = (after, nextNear, nextFar)
            next += 1
        }
        (self.units, shortWindow, longWindow) = (units, near, far)
        return next
    }

    /// Adds a word to the windows, and decides.
    @inline(__always)
    mutating func add(_ word: borrowing ScorerMemory.Waiting) {
        shortWindow.add(word.sum, word.count)
        longWindow.add(word.sum, word.count)
        if isWorth(shortWindow.sum, shortWindow.count) { weighShort(word) }
        if units < viewEnd {
            view.add(word.sum, word.count)
            if isWorth(view.sum, view.count) { weighView(word) }
        }
        if units > plan.pointee.short, isWorth(longWindow.sum, longWindow.count) { weighLong(word) }
    }

    @inline(never)
    private mutating func weighShort(_ word: borrowing ScorerMemory.Waiting) {
        guard weigh(shortWindow.sum, shortWindow.count, word) else { return }
        let plan = plan
        let labels = labelled()
        labels.pointee.short.move(
            to: start(ofLast: plan.pointee.short), word.endPlace, memory, memo, hash, plan.pointee.weights)
        decide(shortWindow, labels.pointee.short, word)
    }

    @inline(never)
    private mutating func weighView(_ word: borrowing ScorerMemory.Waiting) {
        guard weigh(view.sum, view.count, word) else { return }
        let labels = labelled()
        labels.pointee.view.move(to: viewStart, word.endPlace, memory, memo, hash, plan.pointee.weights)
        decide(view, labels.pointee.view, word)
    }

    @inline(never)
    private mutating func weighLong(_ word: borrowing ScorerMemory.Waiting) {
        guard weigh(longWindow.sum, longWindow.count, word) else { return }
        let plan = plan
        let labels = labelled()
        labels.pointee.long.move(
            to: start(ofLast: plan.pointee.long), word.endPlace, memory, memo, hash, plan.pointee.weights)
        decide(longWindow, labels.pointee.long, word)
    }

    /// The windows by all labels.
    private mutating func labelled() -> UnsafeMutablePointer<LabelledWindows> {
        if let labels { return labels }
        let made = UnsafeMutablePointer<LabelledWindows>.allocate(capacity: 1)
        made.initialize(to: LabelledWindows())
        labels = made
        return made
    }

    /// Where the words of the last so many units begin.
    func start(ofLast window: Int) -> Int {
        units == 0 ? trailEnd : memory.place(of: max(0, units - window))
    }

    /// Takes the unit that leaves a window out of its sum, and begins a new one with what its first word adds.
    @inline(__always)
    mutating func beginUnit(_ place: Int, _ sum: Int32 = 0, _ count: Int32 = 0) {
        let (short, long) = (plan.pointee.short, plan.pointee.long)
        if units == memory.unitRoom, units < ScorerMemory.mostUnits { memory.growUnits() }
        let (ring, mask) = (memory.units, memory.unitRoom &- 1)
        if units >= short {
            shortWindow.remove(ring[(units &- short) & mask])
        }
        if units >= long {
            longWindow.remove(ring[(units &- long) & mask])
        }
        ring[units & mask] = ScorerMemory.Unit(sum, count, place: place)
        units &+= 1
    }

    /// Adds an ideograph to the unit that it continues.
    @inline(__always)
    private mutating func continueUnit(_ word: borrowing ScorerMemory.Waiting) {
        if units == 0 { beginUnit(word.place) }
        memory.units[(units &- 1) & (memory.unitRoom &- 1)].grow(word.sum, word.count)
    }

    /// Whether the sum of a window raises any line; most words do not, and cost no division.
    @inline(__always)
    private func isWorth(_ sum: Int32, _ count: Int32) -> Bool { plan.pointee.mayPass(floor: floor, sum, count) }

    /// Notes the score of a window, and tells whether any category may act on it.
    private mutating func weigh(_ sum: Int32, _ count: Int32, _ word: borrowing ScorerMemory.Waiting) -> Bool {
        if plan.pointee.mayPass(watch, sum, count) { rise(plan.pointee.score(sum, count), word) }
        return found == nil && plan.pointee.mayPass(plan.pointee.lowest, sum, count)
    }

    /// A word that raises the peak, or that is in doubt.
    private mutating func rise(_ score: Float, _ word: borrowing ScorerMemory.Waiting) {
        peak = max(peak, score)
        if found == nil, let rule = doubts?.rule {
            doubts?.take(isDoubtful: rule.isDoubtful(score, word.script), start: word.start, end: word.end)
        }
        watchOn()
    }

    private mutating func watchOn() {
        guard let doubts, found == nil else { return watch = peak }
        watch = doubts.isOpen ? -.infinity : min(peak, doubts.rule.lowest)
    }

    /// Which category it would be, and whether that category's budget is crossed.
    @inline(never)
    private mutating func decide(_ window: Window, _ labels: LabelSums, _ word: borrowing ScorerMemory.Waiting) {
        let raw = plan.pointee.score(window.sum, window.count)
        guard let label = plan.pointee.refusing(raw, labels) else { return }
        find(
            policy.rule(of: label, at: raw, plan.pointee.side), .linear, policy.model.calibrated(raw), word.start,
            word.end)
    }

    mutating func find(_ rule: Int, _ stage: Finding.Stage, _ score: Float, _ start: Int, _ end: Int) {
        let found = policy.rules[rule]
        guard !found.isOpen else {
            if !opened.contains(rule) { opened.append(rule) }
            return
        }
        self.found = Found(
            Finding(category: found.category, principle: found.principle, stage: stage, score: score, position: end),
            cleared: start)
    }

    /// Whether this and another scorer that waits for nothing would say the same of every word that follows, but for peaks.
    borrowing func isWhere(_ other: borrowing Scorer) -> Bool {
        let longest = plan.pointee.longest
        guard units >= longest, other.units >= longest, found == nil, other.found == nil, doubts == nil,
            other.doubts == nil, plan == other.plan, waiting == 0, other.waiting == 0
        else { return false }
        guard units >= viewEnd, other.units >= other.viewEnd, hash.previous == other.hash.previous,
            counter == other.counter, ending == other.ending, shortWindow.sum == other.shortWindow.sum,
            shortWindow.count == other.shortWindow.count, longWindow.sum == other.longWindow.sum,
            longWindow.count == other.longWindow.count
        else { return false }
        guard plan.pointee.phraseBits == nil || memory.hasSameCodes(historyCount, other.memory, other.historyCount)
        else { return false }
        return memory.hasSameUnits(longest, units, trailEnd, other.memory, other.units, other.trailEnd)
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

    static func script(_ word: borrowing Word) -> UInt8 {
        word.isIdeograph ? 1 : word.codes[0] < 0x250 ? 0 : 2
    }

    @inline(never)
    mutating func noteExemplarWord(_ word: borrowing Word) {
        guard found == nil, let key = doubts?.rule.words?.key(of: word) else { return }
        // Words that wait come first, or what is in doubt would depend on how the text was cut.
        settle()
        guard found == nil else { return }
        doubts?.takeExemplarWord(key, at: word.start)
        watchOn()
    }

    mutating func beginView() {
        settle()
        view = Window()
        labels?.pointee.view = LabelSums()
        viewStart = trailEnd
        viewEnd = units + plan.pointee.short
    }

    mutating func restart() {
        settle()
        viewEnd = -1
        units = 0
        counter = UnitCounter()
        shortWindow = Window()
        longWindow = Window()
        labels?.pointee.short = LabelSums()
        labels?.pointee.long = LabelSums()
        hash.previous = 0
    }
}
