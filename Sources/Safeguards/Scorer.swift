import Text

/// Adds up what a model says of the last words of a text, and decides at every word.
struct Scorer: ~Copyable, WordSink {
    private let policy: JudgementPolicy.Storage
    private let side: Side
    private let weights: UnsafePointer<SIMD8<Int8>>
    private let scale: Float
    private let bias: Float
    private let ballast: Float
    private let short: Int
    private let long: Int
    private let lowest: Float
    /// Of each label: its scale, its bias, and the score above which its rule refuses; never, where it has none.
    private let scales: SIMD8<Float>
    private let biases: SIMD8<Float>
    private let thresholds: SIMD8<Float>

    /// The last 128 units: what each added, and how many features it had.
    private let sums: UnsafeMutablePointer<SIMD8<Int16>>
    private let counts: UnsafeMutablePointer<UInt16>
    /// Squashed codes for the phrases: twice the longest phrase; nil if there is none.
    private let history: UnsafeMutablePointer<UInt16>?
    /// The phrases' own table, at hand so that no word counts references; `policy` keeps it alive.
    private let phraseBits: UnsafePointer<UInt64>
    private var historyCount = 0
    /// The last four of them, the newest in the highest bits.
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

    static let ring = 128
    private static let historyRoom = 2 * PhraseSet.longest

    init(_ policy: JudgementPolicy.Storage, _ side: Side) {
        self.policy = policy
        self.side = side
        let header = policy.model.header
        weights = UnsafePointer(policy.model.weights)
        (scale, bias, ballast) = (header.scales[0], header.biases[0], header.ballast)
        (short, long) = (header.windows[0], header.windows[1])
        lowest = policy.lowest(side)
        scales = SIMD8(header.scales)
        biases = SIMD8(header.biases)
        thresholds = SIMD8(policy.ruleOf.map { $0 < 0 ? .infinity : policy.rules[$0].threshold(side) })
        hash = FeatureHash(rows: header.rows)
        sums = .allocate(capacity: Self.ring)
        sums.initialize(repeating: .zero, count: Self.ring)
        counts = .allocate(capacity: Self.ring)
        counts.initialize(repeating: 0, count: Self.ring)
        phraseBits = UnsafePointer(policy.phrases.bits)
        history = policy.phrases.isEmpty ? nil : .allocate(capacity: Self.historyRoom)
        history?.initialize(repeating: 0, count: Self.historyRoom)
    }

    deinit {
        sums.deallocate()
        counts.deallocate()
        history?.deallocate()
    }

    /// The same sums in memory of their own.
    borrowing func copy() -> Scorer {
        var other = Scorer(policy, side)
        other.sums.update(from: sums, count: Self.ring)
        other.counts.update(from: counts, count: Self.ring)
        if let history { other.history?.update(from: history, count: Self.historyRoom) }
        (other.historyCount, other.ending) = (historyCount, ending)
        other.hash = hash
        other.units = units
        other.counter = counter
        (other.shortSum, other.longSum) = (shortSum, longSum)
        (other.shortCount, other.longCount) = (shortCount, longCount)
        (other.viewSum, other.viewCount, other.viewEnd) = (viewSum, viewCount, viewEnd)
        (other.peak, other.finding, other.clearedBeforeFinding) = (peak, finding, clearedBeforeFinding)
        return other
    }

    mutating func take(_ word: borrowing Word) {
        // The peak goes on after a finding: a score compares whole texts.
        if finding == nil, history != nil, matchesPhrase(word) { return }
        guard !word.isOpaque else { return }
        var sum = SIMD8<Int16>.zero
        var count = 0
        let weights = weights
        hash.forEach(word) { row in
            sum &+= SIMD8<Int16>(truncatingIfNeeded: weights[row])
            count += 1
        }
        let wide = SIMD8<Int32>(truncatingIfNeeded: sum)
        if counter.begins(word) || units == 0 { beginUnit() }
        let place = (units - 1) & (Self.ring - 1)
        sums[place] &+= sum
        counts[place] &+= UInt16(truncatingIfNeeded: count)
        shortSum &+= wide
        longSum &+= wide
        shortCount += count
        longCount += count
        check(shortSum, shortCount, word)
        if units < viewEnd {
            viewSum &+= wide
            viewCount += count
            check(viewSum, viewCount, word)
        }
        if units > short { check(longSum, longCount, word) }
    }

    /// Takes the unit that leaves a window out of its sum, and makes room for a new one.
    @inline(__always)
    private mutating func beginUnit() {
        if units >= short {
            let left = (units - short) & (Self.ring - 1)
            shortSum &-= SIMD8<Int32>(truncatingIfNeeded: sums[left])
            shortCount -= Int(counts[left])
        }
        if units >= long {
            let left = (units - long) & (Self.ring - 1)
            longSum &-= SIMD8<Int32>(truncatingIfNeeded: sums[left])
            longCount -= Int(counts[left])
        }
        let place = units & (Self.ring - 1)
        sums[place] = .zero
        counts[place] = 0
        units += 1
    }

    @inline(__always)
    private mutating func check(_ sum: SIMD8<Int32>, _ count: Int, _ word: borrowing Word) {
        let raw = Float(sum[0]) * scale / (Float(count) + ballast).squareRoot() + bias
        if raw > peak { peak = raw }
        if raw > lowest { decide(raw, sum, count, word) }
    }

    /// Which category it would be, and whether that category's budget is crossed.
    private mutating func decide(_ raw: Float, _ sum: SIMD8<Int32>, _ count: Int, _ word: borrowing Word) {
        guard finding == nil else { return }
        let scores = SIMD8<Float>(sum) * scales / (Float(count) + ballast).squareRoot() + biases
        var best = -Float.infinity
        var label = 0
        for other in 1..<7 where thresholds[other] < .infinity && scores[other] > best {
            (best, label) = (scores[other], other)
        }
        guard label > 0, raw > thresholds[label] else { return }
        find(policy.ruleOf[label], .linear, policy.model.calibrated(raw), word)
    }

    private mutating func find(_ rule: Int, _ stage: Finding.Stage, _ score: Float, _ word: borrowing Word) {
        let found = policy.rules[rule]
        clearedBeforeFinding = word.start
        finding = Finding(
            category: found.category, principle: found.principle, stage: stage, score: score, position: word.end)
    }

    private mutating func matchesPhrase(_ word: borrowing Word) -> Bool {
        guard let history else { return false }
        for index in (word.isIdeograph ? word.count - 1 : 0)..<word.count {
            if historyCount == Self.historyRoom {
                history.update(from: history + PhraseSet.longest, count: PhraseSet.longest)
                historyCount = PhraseSet.longest
            }
            let code = PhraseSet.squashed(word.codes[index])
            history[historyCount] = code
            historyCount += 1
            ending = ending >> 16 | UInt64(code) << 48
            guard historyCount >= 4, PhraseSet.mayEnd(with: ending, phraseBits) else { continue }
            if let rule = policy.phrases.match(
                endingAt: history + (historyCount - 1), key: ending, readable: historyCount)
            {
                find(rule, .phrase, 1, word)
                return true
            }
        }
        return false
    }

    mutating func beginView() {
        viewSum = .zero
        viewCount = 0
        viewEnd = units + short
    }

    mutating func restart() {
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
