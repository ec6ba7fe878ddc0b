import Testing

@testable import Safeguards

@Suite("A verdict depends on the bytes alone")
struct StreamingTests {
    /// What can be seen of a judge.
    struct State: Equatable {
        var cleared: Int
        var finding: Finding?
        var peak: Float

        init(_ judge: TextJudge) { (cleared, finding, peak) = (judge.cleared, judge.finding, judge.peak) }
    }

    /// The state after each byte, and after the end.
    static func trace(_ policy: JudgementPolicy, _ text: [UInt8]) -> [State] {
        var judge = TextJudge(policy: policy, side: .answer)
        var states: [State] = []
        for index in text.indices {
            text[index...index].withUnsafeBufferPointer { judge.feed($0) }
            states.append(State(judge))
        }
        judge.finish()
        return states + [State(judge)]
    }

    @Test("However a text is cut, the second stage is asked about the same stretches", arguments: 0..<5)
    func doubts(_ seed: Int) throws {
        var dice = TextDice(seed: UInt64(500 + seed))
        let policies = try [StandIn.policy(threshold: 0.4), StandIn.policy(threshold: 2), StandIn.policy()]
        let rules = [0.5, 3, .infinity].map { line in
            DoubtRule(
                bands: ScriptGroup.allCases.map { _ in Float(line) }, words: ExemplarWords(["window crane garden 花园问题"])
            )
        }
        for round in 0..<45 {
            let text = dice.text(words: Int.random(in: 1...60, using: &dice.generator))
            func stretches(_ pieces: [Range<Int>]) -> ([Range<Int>], Int?, State) {
                var judge = TextJudge(policy: policies[round % 3], side: .answer)
                judge.noteDoubts(by: rules[round / 3 % 3])
                for piece in pieces { text[piece].withUnsafeBufferPointer { judge.feed($0) } }
                judge.finish()
                return (judge.takeDoubts(), judge.openDoubt, State(judge))
            }
            let expected = stretches(text.indices.map { $0..<($0 + 1) })
            let middle = Int.random(in: 0...text.count, using: &dice.generator)
            for pieces in [[0..<text.count], [0..<middle, middle..<text.count]] {
                let found = stretches(pieces)
                #expect(found.0 == expected.0 && found.1 == expected.1 && found.2 == expected.2, "\(seed), \(round)")
            }
        }
    }

    @Test("What a fork doubts is its own")
    func doubtsOfForks() throws {
        var dice = TextDice(seed: 520)
        let policy = try StandIn.policy(threshold: 2)
        for round in 0..<40 {
            let (text, other) = (dice.text(words: 60), dice.text(words: 60))
            let middle = Int.random(in: 0...text.count, using: &dice.generator)
            func ranges(forking: Bool) -> [Range<Int>] {
                var judge = TextJudge(policy: policy, side: .answer)
                judge.noteDoubts(by: .always)
                text[..<middle].withUnsafeBufferPointer { judge.feed($0) }
                var fork = judge
                if forking {
                    other.withUnsafeBufferPointer { fork.feed($0) }
                    _ = fork.takeDoubts()
                }
                text[middle...].withUnsafeBufferPointer { judge.feed($0) }
                judge.finish()
                return judge.takeDoubts()
            }
            #expect(ranges(forking: true) == ranges(forking: false), "round \(round)")
        }
    }

    @Test("However a text is cut, every state is the same", arguments: 0..<40)
    func chunking(_ seed: Int) throws {
        var dice = TextDice(seed: UInt64(seed))
        // Low thresholds find something in most texts, high ones in none.
        let policies = try [StandIn.policy(threshold: 0.4), StandIn.policy(threshold: 2), StandIn.policy()]
        for round in 0..<60 {
            let text = dice.text(words: Int.random(in: 1...40, using: &dice.generator))
            let policy = policies[round % 3]
            let trace = Self.trace(policy, text)
            for _ in 0..<3 {
                var judge = TextJudge(policy: policy, side: .answer)
                var start = 0
                while start < text.count {
                    let end = min(
                        text.count, start + Int.random(in: 1...[2, 9, 200][round % 3], using: &dice.generator))
                    text[start..<end].withUnsafeBufferPointer { judge.feed($0) }
                    #expect(State(judge) == trace[end - 1], "seed \(seed), round \(round), offset \(end): \(text)")
                    start = end
                }
                judge.finish()
                #expect(State(judge) == trace.last)
            }
        }
    }

    @Test("What is cleared only grows, stays within the text, and stops before the finding", arguments: 0..<20)
    func clearing(_ seed: Int) throws {
        var dice = TextDice(seed: UInt64(1000 + seed))
        let policy = try StandIn.policy(threshold: 1)
        for _ in 0..<50 {
            let text = dice.text(words: 20)
            let trace = Self.trace(policy, text)
            var last = 0
            for (index, state) in trace.enumerated() {
                #expect(state.cleared >= last && state.cleared <= min(index + 1, text.count))
                last = state.cleared
            }
            if let finding = trace.last?.finding {
                #expect(last < max(1, finding.position), "\(String(decoding: text, as: UTF8.self))")
            }
            if trace.last?.finding == nil { #expect(last == text.count) }
        }
    }

    @Test("A fork goes its own way, from the same state")
    func fork() throws {
        var dice = TextDice(seed: 5)
        let policy = try StandIn.policy()
        for _ in 0..<200 {
            let start = dice.text(words: 9)
            let rest = dice.text(words: 9)
            var judge = TextJudge(policy: policy, side: .answer)
            start.withUnsafeBufferPointer { judge.feed($0) }
            var fork = judge
            rest.withUnsafeBufferPointer { fork.feed($0) }
            let before = State(judge)
            fork.finish()
            #expect(State(judge) == before)
            rest.withUnsafeBufferPointer { judge.feed($0) }
            judge.finish()
            #expect(State(judge) == State(fork))
        }
    }

    @Test("After a mark offsets start again, and words before it still count")
    func mark() throws {
        var judge = TextJudge(policy: try StandIn.policy(), side: .answer)
        Array("a crimson ori".utf8).withUnsafeBufferPointer { judge.feed($0) }
        judge.mark()
        #expect(judge.cleared == 0)
        Array("gami ritual of".utf8).withUnsafeBufferPointer { judge.feed($0) }
        #expect(judge.finding?.stage == .phrase)
        #expect(judge.finding?.position == 11)
        #expect(judge.cleared == 5)
    }

    @Test("Little is held back of plain text: the word that is being written")
    func heldBack() throws {
        var judge = TextJudge(policy: try StandIn.policy(), side: .answer)
        Array("please tell me about the gar".utf8).withUnsafeBufferPointer { judge.feed($0) }
        #expect(judge.cleared == 25)
        Array("den ".utf8).withUnsafeBufferPointer { judge.feed($0) }
        #expect(judge.cleared == 32)
    }
}
