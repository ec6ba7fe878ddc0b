import Safeguards

/// Something in an answer that the second stage has to be asked about before it may leave.
struct AnswerDoubt: Sendable, Equatable {
    /// The text up to where the stage is asked, as far as the verdict depends on it.
    let stretch: [UInt8]
    /// Which of the choice's texts.
    let channel: Int
    /// Where in that text: from where the doubt began to where the stage is asked.
    let range: Range<Int>
}

/// What the second stage found, and in which of the doubts.
struct StageFinding: Sendable, Equatable {
    /// The doubt that stops the text; beyond the last one where nothing stops it.
    let doubt: Int
    /// The rule it stops under; nil where only what is open was crossed.
    let finding: Finding?
    /// The categories that were crossed and are open.
    var opened: Set<String> = []
}

extension Cascade {
    /// The first doubt in which something is found; doubts behind it are not looked at.
    func judge(_ doubts: [AnswerDoubt]) -> StageFinding? { word(on: doubts, share: nil).found }
}

/// What a choice remembers of one channel's text, for the second stage.
struct DoubtfulText: Sendable {
    /// The end of the text so far, and what stood before it in another channel.
    private var tail: [UInt8] = []
    /// Bytes of the channel given to the judge.
    private var fed = 0
    /// Where the text begins that is asked about, or that the second stage stopped.
    private(set) var held: Int?

    private static let kept = 4 * Cascade.stretchBytes

    /// The text goes on where another stopped.
    init(after other: DoubtfulText? = nil) {
        guard let other, !other.tail.isEmpty else { return }
        tail = other.tail.suffix(Cascade.stretchBytes) + [0x0A]
    }

    /// Takes the next bytes.
    ///
    /// - Parameter cleared: Up to where the first stage has judged; what lies before is asked about no more.
    mutating func append(_ bytes: UnsafeRawBufferPointer, cleared: Int) {
        if tail.count > Self.kept {
            let needed = min(tail.count, fed - cleared + Cascade.stretchBytes)
            if needed < tail.count / 2 { tail.removeFirst(tail.count - needed) }
        }
        tail.append(contentsOf: bytes)
        fed += bytes.count
    }

    /// What is asked at the end of a range.
    mutating func doubt(_ range: Range<Int>, channel: Int) -> AnswerDoubt {
        held = min(held ?? range.lowerBound, range.lowerBound)
        let end = max(0, min(tail.count, tail.count - (fed - range.upperBound)))
        let start = max(0, end - Cascade.stretchBytes)
        return AnswerDoubt(stretch: Array(tail[start..<end]), channel: channel, range: range)
    }

    /// The second stage has cleared all that was asked.
    mutating func clear() { held = nil }

    /// The second stage has stopped the text here.
    mutating func stop(at place: Int) { held = place }
}
