import Testing
import Text

@testable import Safeguards

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

    @Test("Of every unit of the longest window it is known where its rows begin, however many rows the text has had")
    func rows() {
        var memory = ScorerMemory(phraseLength: 0, bytes: 10_000)
        defer { memory.free() }
        // As many as the longest words have.
        let (rowsOfUnit, kept) = (2 * Word.limit + 1, ScorerMemory.mostUnits)
        for unit in 0..<3_000 {
            let row = unit * rowsOfUnit
            if row - memory.firstRow + rowsOfUnit > memory.rowRoom {
                memory.makeRowRoom(rowsOfUnit, from: max(0, unit - kept) * rowsOfUnit, to: row)
            }
            memory.units[unit & (kept - 1)] = ScorerMemory.Unit(1, 1, firstRow: row)
            for back in max(0, unit - kept + 1)...unit { #expect(memory.firstRow(of: back) == back * rowsOfUnit) }
        }
    }

    @Test("Numbers of rows are what was written, wherever they stand, and within their memory")
    func packed() {
        for count in 1...40 {
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: PackedRows.size(count) + 1, alignment: 1)
            defer { bytes.deallocate() }
            bytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
            let rows = PackedRows(start: bytes.baseAddress!)
            var generator = SeededGenerator(seed: UInt64(count))
            let numbers = (0..<count).map { _ in UInt32.random(in: 0...(PackedRows.mark * 2 - 1), using: &generator) }
            var place = 0
            while place < count {
                if place + 1 < count, Bool.random(using: &generator) {
                    rows.from(place).write(numbers[place], numbers[place + 1])
                    place += 2
                } else {
                    rows[place] = numbers[place]
                    place += 1
                }
            }
            #expect((0..<count).map { rows[$0] } == numbers)
            #expect((0..<count).map { rows.from(count).from(-count)[$0] } == numbers)
            #expect(bytes.last == 0xA5 && count <= PackedRows.room(inBytes: PackedRows.size(count)))
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
