import Text

/// Adds up what a model says of the last words of a text, and decides at every word.
///
/// Words wait, a few at a time, until their weights are summed: what memory takes to answer for one passes while the
/// next is hashed. `settle` decides them in order, as if each had been decided when it came.
struct Scorer: ~Copyable, WordSink {
    /// Keeps what the plan points at alive.
    private let policy: JudgementPolicy.Storage
    private let plan: UnsafePointer<ScoringPlan>
    private var memory: ScorerMemory
    private var waiting = 0
    /// Squashed codes for the phrases: how many, and the last four, the newest in the highest bits.
    private var historyCount = 0
    private var ending: UInt64 = 0

    private var hash: FeatureHash
    private var units = 0
    private var counter = UnitCounter()
    private var shortSum = SIMD8<Int32>.zero
    private var longSum = SIMD8<Int32>.zero
    private var shortCount = 0
    private var longCount = 0
    /// A window that began where encoded text began, and grows until it is a short window.
    private var viewSum = SIMD8<Int32>.zero
    private var viewCount = 0
    private var viewEnd = -1

    /// The highest raw score so far.
    private(set) var peak = -Float.infinity
    private(set) var finding: Finding?
    /// What had been handed on before the word that crossed.
    private(set) var clearedBeforeFinding = 0

    init(_ policy: JudgementPolicy.Storage, _ side: Side) {
        self.policy = policy
        plan = policy.plan(side)
        hash = FeatureHash(rows: plan.pointee.rows)
        memory = ScorerMemory(withPhrases: plan.pointee.phraseBits != nil)
    }

    /// The same sums in memory of their own; all words must have been settled.
    init(copying other: borrowing Scorer) {
        policy = other.policy
        plan = other.plan
        memory = ScorerMemory(copying: other.memory, units: other.units, codes: other.historyCount)
        (historyCount, ending) = (other.historyCount, other.ending)
        hash = other.hash
        units = other.units
        counter = other.counter
        (shortSum, longSum) = (other.shortSum, other.longSum)
        (shortCount, longCount) = (other.shortCount, other.longCount)
        (viewSum, viewCount, viewEnd) = (other.viewSum, other.viewCount, other.viewEnd)
        (peak, finding, clearedBeforeFinding) = (other.peak, other.finding, other.clearedBeforeFinding)
    }

    deinit { memory.free() }

    mutating func take(_ word: borrowing Word) {
        // The peak goes on after a finding: a score compares whole texts.
        if finding == nil, let bits = plan.pointee.phraseBits, matchesPhrase(word, bits) { return }
        guard !word.isOpaque else { return }
        var sum = SIMD8<Int16>.zero
        var count = 0
        let weights = plan.pointee.weights
        hash.forEach(word) { row in
            sum &+= SIMD8<Int16>(truncatingIfNeeded: weights[row])
            count += 1
        }
        guard counter.begins(word) else {
            // An ideograph of the unit before it.
            settle()
            if units == 0 { beginUnit() }
            return add(sum, count, word.start, word.end)
        }
        if waiting == ScorerMemory.mostWaiting { settle() }
        memory.waiting[waiting] = ScorerMemory.Waiting(sum: sum, count: count, start: word.start, end: word.end)
        waiting += 1
    }

    /// Decides the words that wait.
    mutating func settle() {
        let ready = waiting
        waiting = 0
        for index in 0..<ready {
            beginUnit()
            let word = memory.waiting[index]
            add(word.sum, word.count, word.start, word.end)
        }
    }

    /// Adds a word to the present unit and to the windows, and decides.
    @inline(__always)
    private mutating func add(_ sum: SIMD8<Int16>, _ count: Int, _ start: Int, _ end: Int) {
        let wide = SIMD8<Int32>(truncatingIfNeeded: sum)
        let place = (units - 1) & (memory.units - 1)
        memory.sums[place] &+= sum
        memory.counts[place] &+= UInt16(truncatingIfNeeded: count)
        shortSum &+= wide
        longSum &+= wide
        shortCount += count
        longCount += count
        check(shortSum, shortCount, start, end)
        if units < viewEnd {
            viewSum &+= wide
            viewCount += count
            check(viewSum, viewCount, start, end)
        }
        if units > plan.pointee.short { check(longSum, longCount, start, end) }
    }

    /// Takes the unit that leaves a window out of its sum, and makes room for a new one.
    @inline(__always)
    private mutating func beginUnit() {
        let (short, long) = (plan.pointee.short, plan.pointee.long)
        if units == memory.units, units < ScorerMemory.mostUnits { memory.growUnits() }
        let mask = memory.units - 1
        if units >= short {
            let left = (units - short) & mask
            shortSum &-= SIMD8<Int32>(truncatingIfNeeded: memory.sums[left])
            shortCount -= Int(memory.counts[left])
        }
        if units >= long {
            let left = (units - long) & mask
            longSum &-= SIMD8<Int32>(truncatingIfNeeded: memory.sums[left])
            longCount -= Int(memory.counts[left])
        }
        let place = units & mask
        memory.sums[place] = .zero
        memory.counts[place] = 0
        units += 1
    }

    @inline(__always)
    private mutating func check(_ sum: SIMD8<Int32>, _ count: Int, _ start: Int, _ end: Int) {
        let raw = plan.pointee.score(sum[0], count)
        if raw > peak { peak = raw }
        if raw > plan.pointee.lowest, finding == nil { decide(raw, sum, count, start, end) }
    }

    /// Which category it would be, and whether that category's budget is crossed.
    @inline(never)
    private mutating func decide(_ raw: Float, _ sum: SIMD8<Int32>, _ count: Int, _ start: Int, _ end: Int) {
        guard let label = plan.pointee.refusing(raw, sum, count) else { return }
        find(policy.ruleOf[label], .linear, policy.model.calibrated(raw), start, end)
    }

    private mutating func find(_ rule: Int, _ stage: Finding.Stage, _ score: Float, _ start: Int, _ end: Int) {
        let found = policy.rules[rule]
        clearedBeforeFinding = start
        finding = Finding(
            category: found.category, principle: found.principle, stage: stage, score: score, position: end)
    }

    /// Whether a phrase ends in this word; if so, it is the finding, unless a word before was.
    private mutating func matchesPhrase(_ word: borrowing Word, _ bits: UnsafePointer<UInt64>) -> Bool {
        let squashed = plan.pointee.squashed
        var index = word.isIdeograph ? word.count - 1 : 0
        while index < word.count {
            if historyCount == memory.codeRoom { historyCount = memory.makeCodeRoom() }
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
                index += 1
                place += 1
            }
            (historyCount, ending) = (place, last)
            guard suspected, place >= 4 else { continue }
            guard let rule = policy.phrases.match(endingAt: history + (place - 1), key: last, readable: place)
            else { continue }
            settle()
            guard finding == nil else { return false }
            find(rule, .phrase, 1, word.start, word.end)
            return true
        }
        return false
    }

    mutating func beginView() {
        settle()
        viewSum = .zero
        viewCount = 0
        viewEnd = units + plan.pointee.short
    }

    mutating func restart() {
        settle()
        viewEnd = -1
        units = 0
        counter = UnitCounter()
        shortSum = .zero
        longSum = .zero
        shortCount = 0
        longCount = 0
        hash.previous = 0
    }
}
