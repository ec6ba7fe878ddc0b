import Text

/// Why a text got its score: the n-grams of its worst window that weighed most.
public struct Explanation: Sendable {
    /// One n-gram and what it added to the raw score.
    public struct Part: Sendable {
        /// The folded n-gram; `␣` marks a word's edge, `+` joins two words.
        public let ngram: String
        /// Its share of the raw score; positive is worse.
        public let weight: Float
    }

    /// The heaviest first, by size.
    public let parts: [Part]

    /// Explains a text by the model's label "harmful".
    ///
    /// - Parameter limit: The most n-grams to name.
    public init(_ model: LinearModel, _ utf8: UnsafeBufferPointer<UInt8>, limit: Int = 12) {
        var collector = NamedFeatures(rows: model.header.rows)
        var reader = WordReader(lexicon: model.lexicon)
        reader.feed(utf8, into: &collector)
        reader.finish(into: &collector)
        let header = model.header
        let units = collector.units
        var best = (range: 0..<0, score: -Float.infinity, root: Float(1))
        for end in units.indices {
            for window in header.windows {
                let range = max(0, end + 1 - window)..<end + 1
                var sum = 0
                var count = 0
                for unit in range {
                    for feature in units[unit] { sum += Int(model.weights[feature.row][0]) }
                    count += units[unit].count
                }
                let root = (Float(count) + header.ballast).squareRoot()
                let score = Float(sum) * header.scales[0] / root
                if score > best.score { best = (range, score, root) }
            }
        }
        var weights: [String: Float] = [:]
        for unit in best.range {
            for feature in units[unit] {
                weights[feature.name, default: 0] += Float(model.weights[feature.row][0]) * header.scales[0] / best.root
            }
        }
        let sorted = weights.sorted { (abs($0.value), $1.key) > (abs($1.value), $0.key) }
        parts = sorted.prefix(limit).map { Part(ngram: $0.key, weight: $0.value) }
    }
}

/// Collects features with what they stand for.
private struct NamedFeatures: WordSink {
    var units: [[(row: Int, name: String)]] = []
    private var hash: FeatureHash
    private var counter = UnitCounter()
    private var previous = ""

    init(rows: Int) { hash = FeatureHash(rows: rows) }

    mutating func take(_ word: borrowing Word) {
        guard !word.isOpaque else { return }
        var rows: [Int] = []
        hash.forEach(word) { rows.append($0) }
        let names = names(word)
        if counter.begins(word) || units.isEmpty { units.append([]) }
        units[units.count - 1] += zip(rows, names).map { ($0, $1) }
        guard units.count > 4096 else { return }
        units.removeFirst(2048)
    }

    mutating func beginView() {}

    mutating func restart() {
        units = []
        hash.previous = 0
    }

    /// The same order as `FeatureHash.forEach`.
    private mutating func names(_ word: borrowing Word) -> [String] {
        let (codes, count) = (word.codes, word.count)
        func text(_ start: Int, _ end: Int) -> String {
            var scalars = String.UnicodeScalarView()
            for index in start..<end {
                let code = codes[index]
                scalars.append(code == Word.boundary ? "␣" : Unicode.Scalar(code) ?? "\u{FFFD}")
            }
            return String(scalars)
        }
        if word.isIdeograph { return count < 2 ? [] : (2...min(3, count)).map { text(count - $0, count) } }
        let whole = text(0, count)
        var names = [whole, "\(previous)+\(whole)"]
        previous = whole
        guard word.count > 1 else { return names }
        let end = count + 1
        guard end >= 3 else { return names }
        for start in -1...(end - 4) {
            for length in 4...5 where start + length <= end { names.append(text(start, start + length)) }
        }
        return names
    }
}
