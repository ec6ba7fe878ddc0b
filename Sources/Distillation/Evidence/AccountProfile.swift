import Glibc

/// What the evidence needs of one account, taken from its sketch; made anew only when the sketch has changed.
struct AccountProfile: Sendable {
    /// What can be said without looking at others.
    var own = Signals()
    /// Hashed objects with the share of exchanges that used them; the kinds' order is the sketch's.
    var objects: [(hash: UInt64, share: Float)] = []
    /// Counters of words used in a notable share of exchanges.
    var words: [(bucket: UInt16, share: Float)] = []
    /// Sampled content and (template, ten minutes).
    var content: [UInt64] = []
    var moments: [UInt64] = []
    var created: Int64?
    /// Whether a contract of its organisation explains prompts that grade and ask for reasoning.
    var mayGrade = false
    var first: Int64 = 0
    var last: Int64 = 0
    var exchanges: Int64 = 0
    /// How much its rhythm says, in 0...1: little after a few exchanges.
    var certainty: Float = 0
    var windows = ActiveWindows()

    private static let day = 86_400_000.0
    private static let mostWords = 192

    /// - Parameter tally: Memory to count in, of which nothing is left behind.
    init(_ sketch: AccountSketch, organisation: OrganisationRecord?, _ tally: inout WordTally) {
        exchanges = sketch.exchanges
        first = sketch.first
        last = sketch.last
        windows = sketch.windows
        created = organisation?.created
        mayGrade = organisation?.mayGrade ?? false
        let count = Float(max(1, sketch.exchanges))
        if let created {
            // An organisation that signed up after its first exchange is as young as one can be.
            let days = max(0, Double(sketch.first - created) / Self.day)
            own[.youth] = Float(min(2, max(-2, (5 - log2(days + 1)) / 2)))
        }
        own[.verified] = organisation?.isVerified == true ? 1 : 0
        rhythm(of: sketch)
        own[.elicitation] = min(1, Float(sketch.elicitations) / count * 2)
        own[.grading] = min(1, Float(sketch.gradings) / count * 2)
        objects = sketch.objects.items.map { ($0.hash, min(1, Float($0.count) / count)) }
        objects.append((settings(of: sketch), 1))
        addTimes()
        content = sketch.content.items.prefix(32).map(\.hash)
        moments = sketch.moments.items.prefix(16).map(\.hash)
        pickWords(of: sketch, count, &tally)
    }

    /// How evenly exchanges are spread; near 0 for an account with few of them.
    private mutating func rhythm(of sketch: AccountSketch) {
        let count = Float(sketch.exchanges)
        certainty = max(0, min(1, (count - 2) / 10))
        guard certainty > 0 else { return }
        let windows = Float(sketch.windows.count)
        own[.spread] = certainty * min(1, (windows - 1) / (min(count, 1024) - 1))
        let draws = min(windows, 200)
        let expected = 24 * (1 - pow(23.0 / 24, draws))
        let hours = Float(sketch.windows.hoursOfDay().count { $0 > 0 })
        own[.hours] = certainty * min(1.2, hours / expected)
        let span = Float(Double(sketch.last - sketch.first) / Self.day)
        own[.persistence] = certainty * min(1, span / 3)
    }

    /// The days around sign-up and the hours around first use, as objects that others may share.
    ///
    /// Two overlapping grids each, so that no boundary cuts a bunch in two.
    private mutating func addTimes() {
        func name(_ time: Int64, _ width: Int64, _ kind: UInt8) {
            for shift in 0..<2 {
                let bin = (time + Int64(shift) * width / 2) / width * 2 + Int64(shift)
                objects.append((KeyedHash.mix(UInt64(bitPattern: bin) &+ UInt64(kind) << 56) & ~15 | UInt64(kind), 1))
            }
        }
        if let created { name(created, 4 * 86_400_000, Population.bunchKind) }
        name(first, 6 * 3_600_000, Population.startKind)
    }

    /// A name for the settings of its requests, as an object that others may share.
    private func settings(of sketch: AccountSketch) -> UInt64 {
        let count = Double(max(1, sketch.exchanges))
        func part(_ value: Double) -> UInt64 { UInt64(max(0, min(15, value))) }
        let bins =
            part(sketch.limit.mean) << 16 | part(sketch.answerSize.mean) << 12
            | part(Double(sketch.withTools) / count * 4) << 8 | part(Double(sketch.streamed) / count * 4) << 4
            | part(Double(sketch.greedy) / count * 2) << 2 | part(Double(sketch.withoutTemperature) / count * 2)
        return KeyedHash.mix(bins &+ 0x5E77) & ~15 | 15
    }

    private mutating func pickWords(of sketch: AccountSketch, _ count: Float, _ tally: inout WordTally) {
        // Counters stay at 255, so shares of very busy accounts are taken of what the counters could hold.
        let whole = min(count, 1024)
        let least = count < 20 ? 1 : max(2, 0.03 * whole)
        if var counters = sketch.words.counters(atLeast: least) {
            if counters.count > Self.mostWords {
                counters.sort { ($0.seen, $1.bucket) > ($1.seen, $0.bucket) }
                counters.removeLast(counters.count - Self.mostWords)
            }
            words = counters.map { ($0.bucket, min(1, Float($0.seen) / whole)) }
            return
        }
        tally.count(sketch.words)
        defer { tally.clear() }
        let used = tally.touched.count { tally.table[Int($0)] >= least }
        guard used > Self.mostWords else {
            words.reserveCapacity(used)
            for bucket in tally.touched where tally.table[Int(bucket)] >= least {
                words.append((bucket, min(1, tally.table[Int(bucket)] / whole)))
            }
            return
        }
        var chosen = tally.touched.filter { tally.table[Int($0)] >= least }
        chosen.sort { (tally.table[Int($0)], $1) > (tally.table[Int($1)], $0) }
        words = chosen.prefix(Self.mostWords).map { ($0, min(1, tally.table[Int($0)] / whole)) }
    }
}

/// Memory in which the words of one account after another are counted.
struct WordTally {
    fileprivate var table = [Float](repeating: 0, count: WordCounts.buckets)
    fileprivate var touched: [UInt16] = []

    fileprivate mutating func count(_ words: WordCounts) {
        table.withUnsafeMutableBufferPointer { table in
            words.forEach { bucket, seen in
                if table[bucket] == 0 { touched.append(UInt16(truncatingIfNeeded: bucket)) }
                table[bucket] += seen
            }
        }
    }

    fileprivate mutating func clear() {
        for bucket in touched { table[Int(bucket)] = 0 }
        touched.removeAll(keepingCapacity: true)
    }
}
