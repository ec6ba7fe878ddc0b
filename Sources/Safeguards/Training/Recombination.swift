/// Puts requests into the frames that other rows of the data hold: texts that try to talk a model out of its rules, around a
/// harmful request and around ordinary and borderline ones alike.
///
/// Of such a text only what is asked says what it is: a frame that stands around both is evidence of neither. Nothing
/// is written anew; both halves are rows, and a text counts as of both rows' sources.
struct Recombination {
    private let frames: [LabelledText]
    /// Requests by kind and source.
    private let payloads: [LabelledText.Kind: [[LabelledText]]]
    private var generator: SeededGenerator

    /// Longer requests are not put into frames, in bytes.
    static let longestPayload = 600

    /// - Parameter seed: The same seed gives the same texts.
    init(_ texts: [LabelledText], seed: UInt64) {
        generator = SeededGenerator(seed: seed ^ 0x5265_636F_6D62_696E)
        frames = texts.filter { $0.labels.contains(.wrapper) }
        var payloads: [LabelledText.Kind: [String: [LabelledText]]] = [:]
        for text in texts where !text.labels.contains(.wrapper) && text.text.count <= Self.longestPayload {
            payloads[text.kind, default: [:]][text.source, default: []].append(text)
        }
        self.payloads = payloads.mapValues { sources in sources.keys.sorted().compactMap { sources[$0] } }
    }

    /// So many texts: one half holds a harmful request, three eighths an ordinary one, one eighth a borderline one.
    mutating func texts(_ count: Int) -> [LabelledText] {
        var result: [LabelledText] = []
        let shares: [(LabelledText.Kind, Int)] = [
            (.harmful, count / 2), (.benign, count * 3 / 8), (.borderline, count / 8),
        ]
        for (kind, share) in shares {
            for _ in 0..<share {
                // Every source is drawn as often as any other.
                guard let frame = frames.randomElement(using: &generator),
                    var text = payloads[kind]?.randomElement(using: &generator)?.randomElement(using: &generator)
                else { break }
                text.text = framed(text.text, frame.text)
                text.frame = frame.source
                text.id = ""
                result.append(text)
            }
        }
        return result
    }

    /// The request in the place that the frame leaves for it, or behind the frame where it leaves none.
    private mutating func framed(_ request: [UInt8], _ frame: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = frame[...]
        var isPlaced = false
        while let start = rest.firstIndex(of: 0x5B) {
            guard let end = rest[start...].prefix(80).firstIndex(of: 0x5D), Self.isPlace(rest[start..<end]) else {
                result += rest[...start]
                rest = rest[(start + 1)...]
                continue
            }
            result += rest[..<start]
            result += request
            rest = rest[(end + 1)...]
            isPlaced = true
        }
        result += rest
        guard !isPlaced else { return result }
        let gaps: [[UInt8]] = [[0x0A, 0x0A], [0x0A], [0x20]]
        return result + (gaps.randomElement(using: &generator) ?? [0x0A]) + request
    }

    /// Whether a bracket says, in capitals, that a request goes here.
    private static func isPlace(_ bracket: ArraySlice<UInt8>) -> Bool {
        ["INSERT", "PROMPT", "QUESTION"].contains { word in
            let word = Array(word.utf8)
            return bracket.indices.contains { bracket[$0...].starts(with: word) }
        }
    }
}
