import Testing

@testable import Distillation

@Suite("Sketches of traffic")
struct TrafficSketchTests {
    @Test("Merging is associative and commutative, to the byte", arguments: 1...6 as ClosedRange<UInt64>)
    func mergeIsExact(_ seed: UInt64) throws {
        let lines = Traffic(seed: seed, honest: 60, members: 8).lines
        var random = Seeded(seed)
        var parts = [[Line]](repeating: [], count: 4)
        for line in lines { parts[Int.random(in: 0..<4, using: &random)].append(line) }
        let sketches = parts.map { Traffic.sketch($0) }
        let whole = Traffic.sketch(lines)
        func joined(_ order: [Int]) throws -> [UInt8] {
            var sketch = sketches[order[0]]
            for index in order.dropFirst() { try sketch.merge(sketches[index]) }
            return sketch.bytes()
        }
        let expected = whole.bytes()
        #expect(try joined([0, 1, 2, 3]) == expected)
        #expect(try joined([3, 1, 0, 2]) == expected)
        var left = sketches[0]
        try left.merge(sketches[1])
        var right = sketches[2]
        try right.merge(sketches[3])
        try right.merge(left)
        #expect(right.bytes() == expected)
    }

    @Test("The order of exchanges makes no difference")
    func orderMakesNoDifference() {
        let lines = Traffic(seed: 3, honest: 40, members: 6).lines
        var random = Seeded(5)
        #expect(Traffic.sketch(lines.shuffled(using: &random)).bytes() == Traffic.sketch(lines).bytes())
    }

    @Test("Exchanges that come twice are counted once")
    func doublesAreLeftOut() {
        let lines = Traffic(seed: 4, honest: 40, members: 6).lines
        let twice = Traffic.sketch(lines.flatMap { [$0, $0] })
        #expect(twice.exchanges == lines.count)
        #expect(twice.doubles == lines.count)
        #expect(twice.accounts == Traffic.sketch(lines).accounts)
    }

    @Test("A sketch that is told which exchanges come twice is the same, and needs no memory of them")
    func doublesAreTold() {
        let lines = Traffic(seed: 4, honest: 40, members: 6).lines
        let whole = Traffic.sketch(lines.flatMap { [$0, $0] })
        var told = TrafficSketch(hash: whole.hash, tellsDoubles: false)
        var features = PromptFeatures(hash: whole.hash)
        for line in lines {
            line.give { exchange in
                features.read(exchange.prompt)
                for isDouble in [false, true] { told.add(exchange, features, isDouble: isDouble) }
            }
        }
        #expect(told.bytes() == whole.bytes())
        #expect(told.doubles == whole.doubles)
    }

    @Test("Bytes read back as the same sketch")
    func bytesRoundTrip() throws {
        let sketch = Traffic.sketch(Traffic(seed: 9, honest: 50, members: 5).lines)
        var read = TrafficSketch(hash: sketch.hash)
        try read.merge(bytes: sketch.bytes())
        #expect(read.bytes() == sketch.bytes())
        #expect(read.latest == sketch.latest)
    }

    @Test("Sketches under another key, of another version or damaged are refused, and never trap")
    func damageIsRefused() throws {
        let lines = Traffic(seed: 2, honest: 12, members: 3).lines
        let bytes = Traffic.sketch(lines).bytes()
        var other = TrafficSketch(hash: KeyedHash(secret: "another secret altogether"))
        #expect(throws: SketchError.keysDiffer) { try other.merge(bytes: bytes) }
        #expect(throws: SketchError.keysDiffer) { try other.merge(Traffic.sketch(lines)) }
        var newer = bytes
        newer[4] = 9
        var same = Traffic.sketch([])
        #expect(throws: SketchError.version(9, expected: 2)) { try same.merge(bytes: newer) }
        #expect(throws: SketchError.notASketch) { try same.merge(bytes: Array("not a sketch".utf8)) }
        var random = Seeded(11)
        var refused = 0
        for round in 0..<300 {
            var damaged = bytes
            if round % 2 == 0 {
                damaged.removeLast(Int.random(in: 1..<damaged.count, using: &random))
            } else {
                for _ in 0..<3 {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
            }
            var target = Traffic.sketch([])
            do { try target.merge(bytes: damaged) } catch { refused += 1 }
        }
        #expect(refused >= 150)
    }

    @Test("An account with very many exchanges stays small")
    func oneBusyAccount() {
        var line = Line(
            time: Traffic.begin, account: "busy", organisation: "org", address: "", payment: "", client: "c", prompt: ""
        )
        let hash = KeyedHash(secret: "a secret for tests")
        var sketch = TrafficSketch(hash: hash)
        var features = PromptFeatures(hash: hash)
        for number in 0..<50_000 {
            line.time += 700
            line.prompt = "question \(number) about subject \(number % 977) in words"
            line.address = "240.0.\(number % 251).\(number % 241)"
            line.give { exchange in
                features.read(exchange.prompt)
                sketch.add(exchange, features)
            }
        }
        #expect(sketch.accounts[0].exchanges == 50_000)
        #expect(sketch.bytes().count < 16_000)
    }
}
