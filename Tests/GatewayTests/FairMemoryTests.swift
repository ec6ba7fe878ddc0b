import Testing

@testable import Gateway

@Suite("A bounded memory that many share")
struct FairMemoryTests {
    @Test("Whoever is alone has all the room, and what was used lately stays")
    func alone() {
        var memory = FairMemory<String, Int, Int>(room: 64)
        for number in 0..<1_000 {
            memory.keep(-number, under: number, of: "a")
            #expect(memory.find(7) == (number < 7 ? nil : -7))
            #expect(memory.find(number) == -number)
            #expect(memory.count == min(64, number + 1) && memory.size == memory.count)
        }
        // The rest are of the latest, but for the lot.
        #expect((0..<1_000).filter { memory.find($0) != nil }.sorted(by: >)[32] > 850)
    }

    @Test("Nobody pushes out all others, and whoever has most gives way", arguments: 0..<4)
    func shares(_ seed: UInt64) {
        var random = Seeded(state: seed &+ 5)
        var memory = FairMemory<Int, Int, Int>(room: 256)
        for number in 0..<16 { memory.keep(number, under: number, of: 1) }
        for number in 100..<5_000 { memory.keep(number, under: number, of: 2) }
        #expect((0..<16).allSatisfy { memory.find($0) == $0 })
        for number in 5_000..<9_000 { memory.keep(number, under: number, of: Int.random(in: 3...4, using: &random)) }
        #expect((0..<16).allSatisfy { memory.find($0) == $0 })
        let late = (5_000..<9_000).filter { memory.find($0) != nil }.count
        #expect(late > 150 && memory.count == 256)
    }

    @Test("What it holds is what a table would hold that forgets now and then, and sizes add up", arguments: 0..<8)
    func holdsWhatWasKept(_ seed: UInt64) {
        var random = Seeded(state: seed &* 31 &+ 9)
        var (memory, table) = (FairMemory<Int, Int, Int>(room: 100), [Int: (value: Int, size: Int)]())
        for step in 0..<3_000 {
            let key = Int.random(in: 0..<60, using: &random)
            if Bool.random(using: &random) {
                if let found = memory.find(key) { #expect(found == table[key]?.value) }
            } else {
                let size = Int.random(in: 1...(step % 50 == 0 ? 120 : 9), using: &random)
                memory.keep(step, under: key, of: key % 3, size: size)
                table[key] = (step, size)
                #expect(memory.find(key) == (size > 100 ? nil : step))
            }
            #expect(memory.size <= 100)
        }
        let left = table.filter { memory.find($0.key) != nil }
        #expect(left.values.reduce(0) { $0 + $1.size } == memory.size && left.count == memory.count)
        #expect(left.count > 8)
    }
}
