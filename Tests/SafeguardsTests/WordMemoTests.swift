import Testing

@testable import Safeguards
@testable import Text

@Suite("What is remembered of words changes no verdict")
struct WordMemoTests {
    /// The state after each text of a list, judged one after the other under one policy, and of the last alone under a new one.
    @Test("A text that follows many others is judged as if it were the first", arguments: 0..<12)
    func memory(_ seed: Int) throws {
        let makePolicy = [
            { try StandIn.policy(threshold: 0.4) }, { try StandIn.policy(threshold: 2) }, { try StandIn.policy() },
        ][seed % 3]
        let warm = try makePolicy()
        var dice = TextDice(seed: UInt64(7_000 + seed))
        for _ in 0..<40 {
            let text = dice.text(words: Int.random(in: 1...60, using: &dice.generator))
            let fresh = StreamingTests.trace(try makePolicy(), text)
            // Words enter when they come again: the third time the same text is read out of the memo.
            for _ in 0..<3 { #expect(StreamingTests.trace(warm, text) == fresh, "seed \(seed): \(text)") }
        }
    }

    @Test("The codes of an entry begin behind its head")
    func layout() { #expect(MemoryLayout<WordMemo.Entry>.size <= WordMemo.Entry.codes) }

    @Test("Of every unit of the longest window it is known where its words begin, however long the trail has become")
    func places() {
        var memory = ScorerMemory(phraseLength: 0, bytes: 10_000)
        defer { memory.free() }
        // As long as the longest words are.
        let (unitLength, kept) = (WordTrail.known + 2 * Word.limit, ScorerMemory.mostUnits)
        for unit in 0..<3_000 {
            let place = unit * unitLength
            if place - memory.start + unitLength > memory.trailRoom {
                memory.makeTrailRoom(unitLength, from: max(0, unit - kept) * unitLength, to: place)
            }
            memory.units[unit & (kept - 1)] = ScorerMemory.Unit(1, 1, place: place)
            for back in max(0, unit - kept + 1)...unit { #expect(memory.place(of: back) == back * unitLength) }
        }
    }

    /// A word of one of the kinds that a reader hands on; or one of the memo, by the mark that stands for it.
    private enum Trailed { case word([UInt16], isIdeograph: Bool), mark(UInt32) }

    private func trailed(_ generator: inout SeededGenerator) -> Trailed {
        let letters: ClosedRange<UInt16> = [0x61...0x7A, 0xE0...0xFF, 0x20...0xFFFF][
            Int.random(in: 0..<3, using: &generator)]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return .mark(WordTrail.mark | UInt32.random(in: 0..<2_048, using: &generator))
        case 1:
            let count = Int.random(in: 1...4, using: &generator)
            return .word((0..<count).map { _ in .random(in: 0x4E00...0x9FFF, using: &generator) }, isIdeograph: true)
        default:
            let count = Int.random(in: 1...(Bool.random(using: &generator) ? 8 : Word.limit), using: &generator)
            return .word((0..<count).map { _ in .random(in: letters, using: &generator) }, isIdeograph: false)
        }
    }

    @Test(
        "A trail gives back every row and mark, from wherever a word begins, and stays within its memory",
        arguments: 0..<40)
    func trail(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var hash = FeatureHash(rows: WordTrail.mostRows)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8_192, alignment: 8)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
        let trail = WordTrail(start: try #require(bytes.baseAddress))
        var (end, begins, expected) = (0, [Int](), [[UInt32]]())
        for _ in 0..<30 {
            begins.append(end)
            let most: Int
            switch trailed(&generator) {
            case .mark(let mark):
                let joined = UInt32(hash.joins(.random(in: .min ... .max, using: &generator)))
                trail.from(end).write(joined, mark)
                end += WordTrail.known
                most = WordTrail.mostOfKnown
                expected.append([joined, mark])
            case .word(let letters, let isIdeograph):
                let codes = [Word.boundary] + letters + [UInt16](repeating: Word.boundary, count: 9)
                let (length, rows, room) = codes.withUnsafeBufferPointer { codes in
                    let start = codes.baseAddress! + 1
                    let word = Word(
                        codes: start, count: letters.count, isIdeograph: isIdeograph, isOpaque: false,
                        hash: hashOfWord(start, letters.count), start: 0, end: 0)
                    var rows: [UInt32] = []
                    hash.forEach(word) { rows.append(UInt32($0)) }
                    return (trail.from(end).write(word, rows, rows.count), rows, WordTrail.most(of: word))
                }
                end += length
                most = room
                expected.append(rows.sorted())
            }
            #expect(bytes[(begins.last! + most)...].allSatisfy { $0 == 0xA5 })
        }
        for (index, begin) in begins.enumerated() {
            let last = Int.random(in: index..<begins.count, using: &generator)
            let upTo = last + 1 < begins.count ? begins[last + 1] : end
            var read: [UInt32] = []
            trail.from(begin).forEach(upTo: upTo - begin, hash: hash) { read.append($0) }
            #expect(read.sorted() == expected[index...last].flatMap(\.self).sorted())
        }
    }

    @Test("Many threads may fill and read it at once")
    func threads() async throws {
        let policy = try StandIn.policy(threshold: 0.4)
        var dice = TextDice(seed: 99)
        let texts = (0..<40).map { _ in dice.text(words: 40) }
        let expected = try texts.map { StreamingTests.trace(try StandIn.policy(threshold: 0.4), $0).last }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<5).allSatisfy { _ in
                        texts.indices.allSatisfy { StreamingTests.trace(policy, texts[$0]).last == expected[$0] }
                    }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
