import Text

/// Judges one channel of text as it comes: the streaming automaton behind every verdict.
///
/// A value; copying it forks it. What it says depends on the bytes alone, never on how they were cut.
public struct TextJudge: Sendable {
    private var core: Core

    /// A judge at the start of a text.
    ///
    /// - Parameters:
    ///   - policy: Model and categories.
    ///   - side: Whether the text is put before the model or comes from it.
    ///   - bytes: How long the text will be, where that is known; it may be longer or shorter.
    public init(policy: JudgementPolicy, side: Side, bytes: Int = 0) { core = Core(policy.storage, side, bytes) }

    /// Takes the next bytes: any chunking, any split of UTF-8, ill-formed bytes too.
    public mutating func feed(_ utf8: UnsafeBufferPointer<UInt8>) {
        own()
        core.feed(utf8)
    }

    /// Ends the text: what is pending is judged as a word.
    public mutating func finish() {
        own()
        core.finish()
    }

    /// Ends this text and goes on with one that follows it; offsets start at 0 again.
    public mutating func mark() {
        own()
        core.mark()
    }

    /// UTF-8 bytes of this channel judged clear so far, at a boundary; what lies past it must be held back.
    public var cleared: Int {
        guard core.scorer.finding != nil else { return core.reader.handedOn }
        return core.isMarked ? 0 : core.scorer.clearedBeforeFinding
    }

    /// The first crossing; once set, nothing more is cleared.
    public var finding: Finding? { core.scorer.finding }

    /// The categories that were crossed and did not stop the text, because a permission opens them.
    public var opened: [String] { core.scorer.opened.map { core.policy.rules[$0].category } }

    /// The highest score so far, 0…1; 1 after a phrase was found.
    public var peak: Float {
        guard core.scorer.finding?.stage != .phrase else { return 1 }
        return core.calibrated(core.scorer.peak)
    }

    /// The highest score so far as the model adds it up.
    var rawPeak: Float { core.scorer.peak }

    /// Whether both would say the same of whatever follows, but for how high the scores before were and what they opened.
    ///
    /// Never true of a judge that has found something or notes doubts; true sooner or later where both read the same.
    func isWhere(_ other: TextJudge) -> Bool {
        core.policy === other.core.policy && !core.isMarked && !other.core.isMarked
            && core.scorer.isWhere(other.core.scorer) && core.reader.isWhere(other.core.reader)
    }

    // MARK: Doubts

    /// Notes from here on what the second stage has to be asked about.
    public mutating func noteDoubts(by rule: DoubtRule) {
        own()
        core.scorer.noteDoubts(by: rule)
    }

    /// Where a doubt began that has not yet come to where the second stage is asked; nil if none is open.
    public var openDoubt: Int? {
        guard let doubts = core.scorer.doubts, doubts.isOpen else { return nil }
        return doubts.start
    }

    /// Whether there is something to ask the second stage about.
    public var hasDoubts: Bool { core.scorer.doubts?.ranges.isEmpty == false }

    /// Gives away what the second stage has to be asked about: each from where the doubt began to where the stage is asked.
    public mutating func takeDoubts() -> [Range<Int>] {
        own()
        return core.scorer.takeDoubts()
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&core) { core = Core(copying: core) }
    }

    /// The reader and the scorer, shared until one of the copies goes on.
    private final class Core: @unchecked Sendable {
        // Safe to share: written only while `own()` has made sure that one judge alone refers to it.
        var policy: JudgementPolicy.Storage { scorer.policy }
        var reader: WordReader
        /// A finding was made before the last mark, so nothing of this text is clear.
        var isMarked = false
        var scorer: Scorer

        init(_ policy: JudgementPolicy.Storage, _ side: Side, _ bytes: Int) {
            reader = WordReader(lexicon: policy.model.lexicon)
            scorer = Scorer(policy, side, bytes: bytes)
        }

        init(copying other: Core) {
            reader = other.reader.copy()
            scorer = Scorer(copying: other.scorer)
            isMarked = other.isMarked
        }

        func feed(_ utf8: UnsafeBufferPointer<UInt8>) { read { $0.feed(utf8, into: &$1) } }

        func finish() { read { $0.finish(into: &$1) } }

        func mark() {
            read { $0.mark(into: &$1) }
            isMarked = scorer.finding != nil
            scorer.markDoubts()
        }

        /// Lends the scorer room for the words that wait, and has them decided.
        @inline(__always)
        private func read(_ body: (inout WordReader, inout Scorer) -> Void) {
            withUnsafeTemporaryAllocation(of: ScorerMemory.Waiting.self, capacity: ScorerMemory.mostWaiting) { words in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: ScorerMemory.mostRowsWaiting) { rows in
                    guard let words = words.baseAddress, let rows = rows.baseAddress else { return }
                    scorer.memory.borrow((words, rows))
                    body(&reader, &scorer)
                    scorer.settle()
                    scorer.memory.borrow(nil)
                }
            }
        }

        func calibrated(_ raw: Float) -> Float { policy.model.calibrated(raw) }
    }
}

/// Judges a whole text: by construction what a `TextJudge` says that was fed with it and finished.
public func judgeWhole(_ policy: JudgementPolicy, _ side: Side, _ utf8: UnsafeBufferPointer<UInt8>)
    -> (finding: Finding?, peak: Float)
{
    let judge = TextJudge(policy, side, whole: utf8)
    return (judge.finding, judge.peak)
}

extension TextJudge {
    /// A judge that has read a whole text.
    init(_ policy: JudgementPolicy, _ side: Side, whole utf8: UnsafeBufferPointer<UInt8>) {
        self.init(policy: policy, side: side, bytes: utf8.count)
        feed(utf8)
        finish()
    }
}
