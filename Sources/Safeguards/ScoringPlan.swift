/// All that a scorer reads of a policy for one side of an exchange: plain values and pointers, made once.
struct ScoringPlan {
    let weights: UnsafePointer<SIMD8<Int8>>
    /// Of each row the weight of the first label alone, close together.
    let firstWeights: UnsafePointer<Int8>
    let rows: Int
    let scale: Float
    let bias: Float
    let ballast: Float
    /// Units in the short and the long window.
    let short: Int
    let long: Int
    let longest: Int
    /// The lowest raw score that any category acts on.
    let lowest: Float
    /// What a sum over this many features is divided by, for counts below `rootCount`.
    let roots: UnsafePointer<Float>
    static let rootCount: Int32 = 4_096
    /// The labels that have a rule.
    let lines: UnsafePointer<Line>
    let lineCount: Int
    /// The phrases' filter, and the table their codes are squashed by; nil where there are no phrases.
    let phraseBits: UnsafePointer<UInt64>?
    let squashed: UnsafePointer<UInt16>

    /// Whether what is judged is put before the model or comes from it.
    let side: Side

    /// Gives back the memory that the plan made for itself.
    func free() {
        roots.deallocate()
        lines.deallocate()
    }

    /// One label that has a rule, and the score above which the rule refuses.
    struct Line {
        let label: Int
        let scale: Float
        let bias: Float
        let threshold: Float
    }

    init(_ policy: JudgementPolicy.Storage, _ side: Side) {
        self.side = side
        let header = policy.model.header
        weights = UnsafePointer(policy.model.weights)
        firstWeights = UnsafePointer(policy.model.firstWeights)
        rows = header.rows
        (scale, bias, ballast) = (header.scales[0], header.biases[0], header.ballast)
        let ballast = header.ballast
        let roots = UnsafeMutablePointer<Float>.allocate(capacity: Int(Self.rootCount))
        for count in 0..<Int(Self.rootCount) { (roots + count).initialize(to: (Float(count) + ballast).squareRoot()) }
        self.roots = UnsafePointer(roots)
        (short, long) = (header.windows[0], header.windows[1])
        longest = max(short, long)
        lowest = policy.lowest(side)
        let ruled = (1..<7).filter {
            policy.line(of: $0, side) < .infinity
        }
        let lines = UnsafeMutablePointer<Line>.allocate(capacity: ruled.count)
        for (index, label) in ruled.enumerated() {
            (lines + index).initialize(
                to: Line(
                    label: label, scale: header.scales[label], bias: header.biases[label],
                    threshold: policy.line(of: label, side)))
        }
        (self.lines, lineCount) = (UnsafePointer(lines), ruled.count)
        phraseBits = policy.phrases.isEmpty ? nil : UnsafePointer(policy.phrases.bits)
        squashed = UnsafePointer(SquashTable.shared.codes)
    }

    /// The score by the first label of a sum over this many features.
    @inline(__always)
    func score(_ sum: Int32, _ count: Int32) -> Float {
        Float(sum) * scale / root(count) + bias
    }

    /// Whether a sum over this many features may score above a line; the answer yes may be wrong by a hair.
    @inline(__always)
    func mayPass(_ line: Float, _ sum: Int32, _ count: Int32) -> Bool {
        mayPass(floor: floor(line), sum, count)
    }

    /// The same of a line as `floor` has prepared it.
    @inline(__always)
    func mayPass(floor: Float, _ sum: Int32, _ count: Int32) -> Bool {
        Float(sum) * scale > floor * root(count)
    }

    @inline(__always)
    private func floor(_ line: Float) -> Float { line - bias - 0x1p-12 }

    /// What any sum must pass to be above a line or, while nothing has been found, to be acted on.
    func floor(_ line: Float, _ isOpen: Bool) -> Float { floor(isOpen ? min(line, lowest) : line) }

    @inline(__always)
    private func root(_ count: Int32) -> Float {
        UInt32(bitPattern: count) < UInt32(bitPattern: Self.rootCount)
            ? roots[Int(count)] : (Float(count) + ballast).squareRoot()
    }

    /// The label that the sums of a window speak for most, where that label's rule refuses at this raw score.
    func refusing(_ raw: Float, _ sums: LabelSums) -> Int? {
        let root = root(sums.count)
        var (best, chosen) = (-Float.infinity, -1)
        var sum = sums.sum
        withUnsafeBytes(of: &sum) { sums in
            for index in 0..<lineCount {
                let line = lines[index]
                let own = sums.load(fromByteOffset: line.label * 4, as: Int32.self)
                let score = Float(own) * line.scale / root + line.bias
                if score > best { (best, chosen) = (score, index) }
            }
        }
        return chosen >= 0 && raw > lines[chosen].threshold ? lines[chosen].label : nil
    }
}

/// What the rows of a window add up to, by every label; moves on with the window.
struct LabelSums {
    private(set) var sum = SIMD8<Int32>.zero
    /// How many features they are.
    private(set) var count: Int32 = 0
    /// Where the window's words begin and end.
    private var first = 0
    private var end = 0

    /// Moves to the words from `newFirst` to `newEnd`: by those that left and came, or by all of them, where that is less.
    @inline(never)
    mutating func move(
        to newFirst: Int, _ newEnd: Int, _ memory: ScorerMemory, _ memo: WordMemo, _ hash: FeatureHash,
        _ weights: UnsafePointer<SIMD8<Int8>>
    ) {
        let moved = newFirst - first + newEnd - end
        if first < memory.start || newFirst < first || newEnd < end || newFirst > end || moved > newEnd - newFirst {
            (sum, count, first, end) = (.zero, 0, newFirst, newFirst)
        }
        let left = total(first..<newFirst, memory, memo, hash, weights)
        let came = total(end..<newEnd, memory, memo, hash, weights)
        sum = sum &- left.sum &+ came.sum
        count = count &- left.count &+ came.count
        (first, end) = (newFirst, newEnd)
    }

    private func total(
        _ range: Range<Int>, _ memory: ScorerMemory, _ memo: WordMemo, _ hash: FeatureHash,
        _ weights: UnsafePointer<SIMD8<Int8>>
    ) -> (sum: SIMD8<Int32>, count: Int32) {
        var total = SIMD8<Int32>.zero
        var count: Int32 = 0
        memory.trail.from(range.lowerBound - memory.start).forEach(upTo: range.count, hash: hash) { row in
            if let known = memo.entry(marked: row) {
                total &+= SIMD8(truncatingIfNeeded: known.pointee.labels)
                count &+= known.pointee.rowCount &- 1
            } else {
                total &+= SIMD8(truncatingIfNeeded: weights[Int(row)])
                count &+= 1
            }
        }
        return (total, count)
    }
}
