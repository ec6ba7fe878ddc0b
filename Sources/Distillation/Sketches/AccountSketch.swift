/// What the watch remembers of one account: a few kilobytes, no text, the same whatever the order of exchanges.
///
/// Two sketches of one account, from two replicas or two parts of a log, are joined by `merge`, which is associative
/// and commutative.
public struct AccountSketch: Sendable, Equatable {
    /// The account's id.
    public let id: String
    /// The organisation that owns it, as first seen; the smaller of two that differ.
    public internal(set) var organisation: String
    /// How many exchanges were seen, and of those how many succeeded.
    public internal(set) var exchanges: Int64 = 0
    /// How many of them were answered with 200.
    public internal(set) var successes: Int64 = 0
    /// The moments of the first and last exchange, in milliseconds since 1970.
    public internal(set) var first = Int64.max
    /// The moment of the last exchange.
    public internal(set) var last = Int64.min
    /// How many were streamed, offered tools, had no system prompt, gave no temperature, temperature 0.
    public internal(set) var streamed: Int64 = 0
    /// How many offered tools.
    public internal(set) var withTools: Int64 = 0
    /// How many gave no temperature.
    public internal(set) var withoutTemperature: Int64 = 0
    /// How many gave temperature 0.
    public internal(set) var greedy: Int64 = 0
    /// How many had at least two words that ask for reasoning to be laid open.
    public internal(set) var elicitations: Int64 = 0
    /// How many had at least two words that ask for grading.
    public internal(set) var gradings: Int64 = 0
    /// How many asked a model within a day of its release.
    public internal(set) var pivots: Int64 = 0
    /// The sizes of prompts, answers and limits, on a logarithmic scale.
    public internal(set) var promptSize = Moments()
    /// The sizes of answers.
    public internal(set) var answerSize = Moments()
    /// The limits on answers.
    public internal(set) var limit = Moments()
    /// When it was active.
    public internal(set) var windows = ActiveWindows()
    /// What it used that others may use too.
    public internal(set) var objects = ObjectSample()
    /// A sample of what it asked, with digits.
    public internal(set) var content = BottomSample(capacity: AccountSketch.contentCapacity)
    /// A sample of (template, ten minutes).
    public internal(set) var moments = BottomSample(capacity: AccountSketch.momentCapacity)
    /// The breadth of its templates.
    public internal(set) var breadth = HyperLogLog()
    /// The shape of its wording.
    public internal(set) var words = WordCounts()

    static let contentCapacity = 48
    static let momentCapacity = 24

    /// A sketch of an account of which nothing is known yet.
    public init(id: String, organisation: String) {
        self.id = id
        self.organisation = organisation
    }

    /// Joins another sketch of the same account into this one.
    public mutating func merge(_ other: AccountSketch) {
        organisation = min(organisation, other.organisation)
        exchanges &+= other.exchanges
        successes &+= other.successes
        first = min(first, other.first)
        last = max(last, other.last)
        streamed &+= other.streamed
        withTools &+= other.withTools
        withoutTemperature &+= other.withoutTemperature
        greedy &+= other.greedy
        elicitations &+= other.elicitations
        gradings &+= other.gradings
        pivots &+= other.pivots
        promptSize.merge(other.promptSize)
        answerSize.merge(other.answerSize)
        limit.merge(other.limit)
        windows.merge(other.windows)
        objects.merge(other.objects)
        content.merge(other.content)
        moments.merge(other.moments)
        breadth.merge(other.breadth)
        words.merge(other.words)
    }

    func write(to out: inout SketchWriter) {
        out.text(id)
        out.text(organisation)
        for number in [
            exchanges, successes, first, last, streamed, withTools, withoutTemperature, greedy, elicitations, gradings,
            pivots,
        ] { out.signed(number) }
        promptSize.write(to: &out)
        answerSize.write(to: &out)
        limit.write(to: &out)
        windows.write(to: &out)
        objects.write(to: &out)
        content.write(to: &out)
        moments.write(to: &out)
        breadth.write(to: &out)
        words.write(to: &out)
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> AccountSketch {
        var sketch = AccountSketch(id: try input.text(), organisation: try input.text())
        sketch.exchanges = try input.signed()
        sketch.successes = try input.signed()
        sketch.first = try input.signed()
        sketch.last = try input.signed()
        sketch.streamed = try input.signed()
        sketch.withTools = try input.signed()
        sketch.withoutTemperature = try input.signed()
        sketch.greedy = try input.signed()
        sketch.elicitations = try input.signed()
        sketch.gradings = try input.signed()
        sketch.pivots = try input.signed()
        guard sketch.exchanges > 0, sketch.first <= sketch.last, sketch.first >= 0, sketch.last < 1 << 50 else {
            throw .outOfRange("an account's numbers", offset: input.offset)
        }
        sketch.promptSize = try .read(from: &input)
        sketch.answerSize = try .read(from: &input)
        sketch.limit = try .read(from: &input)
        sketch.windows = try .read(from: &input)
        sketch.objects = try .read(from: &input)
        sketch.content = try .read(from: &input, capacity: contentCapacity)
        sketch.moments = try .read(from: &input, capacity: momentCapacity)
        sketch.breadth = try .read(from: &input)
        sketch.words = try .read(from: &input)
        return sketch
    }
}
