/// What in an answer is for the second stage: where the first one is in doubt, or words of the constitution's examples stand.
///
/// Where doubt begins, and where the text is asked about, depends on the text alone.
public final class DoubtRule: Sendable {
    /// Bytes from the beginning of a doubt to where the second stage is asked: 32 tokens of Latin text, 42 ideographs.
    public static let reach = 128
    /// How many bytes two words of the examples may be apart.
    static let together = 160

    /// Raw scores of the first stage above which a word is in doubt, by `ScriptGroup`.
    let bands: [Float]
    let lowest: Float
    let words: ExemplarWords?

    init(bands: [Float], words: ExemplarWords?) {
        (self.bands, self.words) = (bands, words)
        lowest = bands.min() ?? .infinity
    }

    /// Everything is in doubt.
    public static let always = DoubtRule(bands: ScriptGroup.allCases.map { _ in -.infinity }, words: nil)

    /// Whether a word of this script with this score is in doubt.
    func isDoubtful(_ score: Float, _ script: UInt8) -> Bool { score > bands[min(Int(script), bands.count - 1)] }
}

/// The doubts of one text so far, in the order of its words; apart from the judge, since most do without.
final class DoubtLog {
    let rule: DoubtRule
    /// Where the doubt that is open began; -1 if none is.
    private(set) var start = -1
    /// What the second stage has to be asked about: from where the doubt began to where the stage is asked.
    private(set) var ranges: [Range<Int>] = []
    private var asked = 0
    private var seen: (key: UInt64, at: Int)?

    init(_ rule: DoubtRule) { self.rule = rule }

    init(copying other: DoubtLog) {
        rule = other.rule
        (start, ranges, asked, seen) = (other.start, other.ranges, other.asked, other.seen)
    }

    var isOpen: Bool { start >= 0 }

    /// Takes a word that was scored.
    func take(isDoubtful: Bool, start first: Int, end: Int) {
        if start < 0 {
            guard isDoubtful, first >= asked else { return }
            start = first
        }
        guard end - start >= DoubtRule.reach else { return }
        ranges.append(start..<end)
        (asked, start) = (end, -1)
    }

    /// Takes a word that the examples hold: two different ones near each other are a doubt.
    func takeExemplarWord(_ key: UInt64, at place: Int) {
        defer { seen = (key, place) }
        guard let seen, seen.key != key, place - seen.at < DoubtRule.together, start < 0, place >= asked else { return }
        start = place
    }

    /// Gives the ranges so far away.
    func takeRanges() -> [Range<Int>] {
        defer { ranges.removeAll(keepingCapacity: true) }
        return ranges
    }

    /// Another text begins: offsets are counted anew.
    func mark() { (start, asked, seen, ranges) = (-1, 0, nil, []) }
}
