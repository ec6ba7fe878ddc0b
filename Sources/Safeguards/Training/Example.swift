import Text

/// A text to learn from, or to measure on, with what is known of it.
public struct LabelledText: Sendable {
    /// The request's UTF-8.
    public var text: [UInt8]
    /// Which of `HarmLabel.allCases` hold.
    public var labels: Set<HarmLabel>
    /// What kind of row it is.
    public var kind: Kind
    /// Where it comes from: rows of one source are left out together.
    public var source: String
    /// ISO 639-1.
    public var language: String
    /// What the data calls it; empty if nothing.
    public var id: String
    /// The source of the text that was put around it, if one was.
    var frame: String?

    /// Harmful, ordinary, or ordinary though it looks harmful.
    public enum Kind: String, Sendable { case harmful, benign, borderline = "benign_borderline" }

    /// A row with everything known of it.
    public init(text: [UInt8], labels: Set<HarmLabel>, kind: Kind, source: String, language: String, id: String = "") {
        self.text = text
        self.labels = labels
        self.kind = kind
        self.source = source
        self.language = language
        self.id = id
    }
}

/// A text as rows of the weight table, unit by unit (a word, or three ideographs).
struct FeatureList {
    var rows: [UInt32] = []
    /// Where each unit's rows end.
    var ends: [UInt32] = []
}

/// Collects the features of a text.
struct FeatureCollector: WordSink {
    private var hash: FeatureHash
    private var units = UnitCounter()
    private(set) var list = FeatureList()

    init(rows: Int) { hash = FeatureHash(rows: rows) }

    mutating func take(_ word: borrowing Word) {
        guard !word.isOpaque else { return }
        var rows = list.rows
        list.rows = []
        hash.forEach(word) { rows.append(UInt32(truncatingIfNeeded: $0)) }
        list.rows = rows
        if units.begins(word) || list.ends.isEmpty { list.ends.append(0) }
        list.ends[list.ends.count - 1] = UInt32(rows.count)
    }

    mutating func beginView() {}

    mutating func restart() {
        list = FeatureList()
        hash.previous = 0
    }

    /// The features of a whole text.
    static func features(of text: [UInt8], rows: Int, lexicon: Lexicon) -> FeatureList {
        var collector = FeatureCollector(rows: rows)
        var reader = WordReader(lexicon: lexicon)
        text.withUnsafeBufferPointer { reader.feed($0, into: &collector) }
        reader.finish(into: &collector)
        return collector.list
    }
}

/// Counts the words of texts, to choose a lexicon.
struct WordCounter: WordSink {
    private(set) var counts: [UInt64: (count: Int, length: Int)] = [:]
    /// Words already seen in the present text, so that one text counts once.
    private var seen: Set<UInt64> = []

    mutating func take(_ word: borrowing Word) {
        guard !word.isIdeograph, !word.isOpaque else { return }
        for index in 0..<word.count where !(0x61...0x7A ~= word.codes[index]) { return }
        guard seen.insert(word.hash).inserted else { return }
        let length = word.count
        counts[word.hash, default: (0, length)].count += 1
    }

    mutating func beginView() {}

    mutating func restart() {}

    mutating func read(_ text: [UInt8]) {
        seen.removeAll(keepingCapacity: true)
        var reader = WordReader(lexicon: .empty)
        text.withUnsafeBufferPointer { reader.feed($0, into: &self) }
        reader.finish(into: &self)
    }
}
