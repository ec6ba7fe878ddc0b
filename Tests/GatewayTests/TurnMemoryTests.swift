import CTurnHash
import Dialects
import Ledger
import NIOCore
import Safeguards
import Testing

@testable import Gateway

@Suite("Conversations that are sent again")
struct TurnMemoryTests {
    /// Verdicts as far as anybody can see them.
    private struct Seen: Equatable {
        var finding: Finding?
        var turn: Int?
        var part: String
        var peak: Float
        var opened: Set<String>

        init(_ verdict: RequestVerdict) {
            (finding, turn, part) = (verdict.finding, verdict.turn, "\(verdict.part)")
            (peak, opened) = (verdict.peak, verdict.opened)
        }
    }

    private static let policy = Fixtures.snapshot.policy
    private static let owner = TurnHash.Value(low: 1, high: 2)
    private static let words =
        "river gate water mill boat bridge paper fold crane letter code test error file line value ritual crimson origami"
        .split(separator: " ").map { String($0) }

    private static func request(_ messages: [String], toolsFirst: Bool = false, tools: [String] = []) throws
        -> ModelRequest
    {
        let list = "\"messages\":[\(messages.joined(separator: ","))]"
        let more = tools.isEmpty ? "" : "\"tools\":[\(tools.joined(separator: ","))]"
        let parts = (toolsFirst ? [more, list] : [list, more]).filter { !$0.isEmpty }.joined(separator: ",")
        return try ModelRequest.parse(ByteBuffer(string: "{\"model\":\"m\",\(parts)}"), dialect: .openAI)
    }

    private static func remembered(
        _ request: ModelRequest, _ memory: TurnMemory, of owner: String = "a", by policy: JudgementPolicy = policy
    ) -> (seen: Seen, rest: Int) {
        let known = memory.recall(request, of: owner)
        return (Seen(RequestVerdict(of: request, under: policy, recalling: known, in: memory)), known.rest)
    }

    private static func text(_ random: inout some RandomNumberGenerator, _ count: Int) -> String {
        (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
    }

    private static func message(_ random: inout some RandomNumberGenerator, _ turn: Int) -> String {
        var words = text(&random, Int.random(in: 1...220, using: &random))
        // Now and then a phrase, whole or the halves of it in two turns.
        switch Int.random(in: 0..<14, using: &random) {
        case 0: words += " " + Fixtures.phrase
        case 1: words += " crimson origami ritual"
        case 2: words = "of the ninth fold " + words
        default: break
        }
        let role = turn % 2 == 0 ? "user" : "assistant"
        return "{\"role\":\"\(role)\",\"content\":\"\(words)\"}"
    }

    @Test(
        "What is remembered changes no verdict, whatever is sent again, cut off, changed or put before",
        arguments: 0..<24)
    func changesNoVerdict(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let memory = TurnMemory(most: seed % 3 == 0 ? 8 : 512)
        let tools = (0..<Int.random(in: 0...30, using: &random)).map {
            "{\"type\":\"function\",\"function\":{\"name\":\"t\($0)\",\"description\":\"\(Self.text(&random, 40))\"}}"
        }
        var messages: [String] = []
        for step in 0..<16 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where messages.count > 2: messages.removeLast(Int.random(in: 1...2, using: &random))
            case 1 where !messages.isEmpty:
                let index = messages.indices.randomElement(using: &random) ?? 0
                messages[index] = Self.message(&random, index)
            default: break
            }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                messages.append(Self.message(&random, messages.count))
            }
            let request = try Self.request(messages, toolsFirst: seed % 2 == 0, tools: tools)
            let plain = Seen(RequestVerdict(of: request, under: Self.policy))
            #expect(Self.remembered(request, memory).seen == plain, "step \(step)")
            #expect(Self.remembered(request, memory).seen == plain, "step \(step), again")
        }
    }

    @Test("Of a conversation that comes again only what is new is judged; of nobody else's, and under no other policy")
    func onlyWhatIsNewIsJudged() throws {
        var random = Seeded(state: 7)
        let memory = TurnMemory(most: 64)
        let turns = (0..<40).map { "{\"role\":\"user\",\"content\":\"\(Self.text(&random, 100)) \($0)\"}" }
        let first = try Self.request(Array(turns.prefix(38)))
        let all = first.texts.reduce(0) { $0 + $1.text.readableBytes }
        #expect(Self.remembered(first, memory).rest == all)
        #expect(Self.remembered(first, memory).rest == 0)
        let next = try Self.request(turns)
        let new = next.texts.suffix(2).reduce(0) { $0 + $1.text.readableBytes }
        #expect(Self.remembered(next, memory).rest == new)
        let others = Self.remembered(next, memory, of: "b").rest
        #expect(others == all + new)
        #expect(Fixtures.snapshot.judges(opening: []).turns !== Fixtures.snapshot.judges(opening: ["cyber"]).turns)
    }

    @Test("A long body with escapes in it says what a short one does, and is found again", arguments: 0..<6)
    func longEscaped(_ seed: UInt64) throws {
        var random = Seeded(state: seed &+ 70)
        let marks = ["\\n", "\\\"", "\\u6c34", "\\ud83c\\udf0a", "\\\\", "水", "\\t\\/", ""]
        let contents = (0..<24).map { _ in
            (0..<300).map { _ in
                (Self.words.randomElement(using: &random) ?? "") + (marks.randomElement(using: &random) ?? "")
            }.joined(separator: " ")
        }
        let messages = contents.map { "{\"role\":\"user\",\"content\":\"\($0)\"}" }
        let long = try Self.request(messages)
        #expect(long.texts.count == messages.count)
        for (text, message) in zip(long.texts, messages) {
            let short = try Self.request([message])
            #expect(text.text == short.texts.first?.text)
            #expect(text.withBytes { Array($0) } == Array(text.text.readableBytesView))
        }
        #expect(long.inputTokens == (try BodyMemory().read(long.body, .openAI, of: Self.owner)).request.inputTokens)
        let memory = TurnMemory(most: 64)
        let plain = Seen(RequestVerdict(of: long, under: Self.policy))
        #expect(Self.remembered(long, memory).seen == plain)
        let again = Self.remembered(long, memory)
        #expect(again.seen == plain && (plain.finding != nil || again.rest == 0))
    }

    @Test(
        "A body's digest is that of its bytes, whatever was remembered of bodies that began as it does",
        arguments: 0..<12)
    func digests(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 77 &+ 3)
        let (memory, bodies) = (TurnMemory(most: 64), BodyMemory())
        let turns = (0..<24).map { "{\"role\":\"user\",\"content\":\"\(Self.text(&random, 320)) \($0)\"}" }
        var count = 8
        for step in 0..<12 {
            // The conversation grows, is cut off, comes with other spaces or in another field's company.
            count = min(24, max(6, count + Int.random(in: -2...3, using: &random)))
            let list = turns.prefix(count).joined(separator: step % 5 == 4 ? ", " : ",")
            let front = step % 7 == 6 ? "\"user\":\"u\(step)\"," : ""
            let end = step % 3 == 0 ? ",\"temperature\":0.\(step)" : ""
            let body = "{\"model\":\"m\",\(front)\"messages\":[\(list)]\(end)}"
            let read = try bodies.read(ByteBuffer(string: body), .openAI, of: Self.owner)
            let request = read.request
            let known = memory.recall(request, of: "a", in: read)
            let verdict = RequestVerdict(of: request, under: Self.policy, recalling: known, in: memory)
            let digest = try #require(bodies.digest(of: read, known, keeping: verdict.finding == nil))
            #expect(digest.count == body.utf8.count)
            #expect(digest.commitment().opens(to: body.utf8, as: .request), "step \(step)")
            #expect(Seen(verdict) == Seen(RequestVerdict(of: request, under: Self.policy)), "step \(step)")
        }
    }

    @Test("A body that begins as one before is known by its bytes; with another mark in its middle by its texts")
    func bodiesAreKnown() throws {
        var random = Seeded(state: 11)
        let (memory, bodies) = (TurnMemory(most: 64), BodyMemory())
        func body(_ texts: some Sequence<String>, marked: Int) throws -> ModelRequest {
            let turns = texts.enumerated().map {
                let mark = $0.offset == marked ? ",\"cache_control\":{\"type\":\"ephemeral\"}" : ""
                return "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\($0.element)\"\(mark)}]}"
            }
            return try Self.request(Array(turns))
        }
        let texts = (0..<30).map { _ in Self.text(&random, 100) }
        let first = try bodies.read(body(texts.prefix(28), marked: 27).body, .openAI, of: Self.owner)
        let nothing = memory.recall(first.request, of: "a", in: first)
        _ = RequestVerdict(of: first.request, under: Self.policy, recalling: nothing, in: memory)
        _ = bodies.digest(of: first, nothing)
        let next = try bodies.read(body(texts.prefix(29), marked: -1).body, .openAI, of: Self.owner)
        let known = memory.recall(next.request, of: "a", in: next)
        #expect(known.rest == texts[28].utf8.count)
        // All but what follows the last text it had.
        #expect(next.known?.digest.count == first.request.texts.last?.place.end)
        #expect(next.known?.point.texts == 28)
        let moved = try bodies.read(body(texts.prefix(29), marked: 3).body, .openAI, of: Self.owner)
        let again = memory.recall(moved.request, of: "a", in: moved)
        #expect(again.rest == texts[28].utf8.count)
        #expect(moved.known == nil)
        #expect(memory.recall(next.request, of: "b", in: next).rest == next.request.texts.bytes)
    }

    @Test(
        "Of a conversation whose last messages are written anew, or whose front alone is known, only the rest is judged"
    )
    func branches() throws {
        var random = Seeded(state: 17)
        let (memory, bodies) = (TurnMemory(most: 64), BodyMemory())
        let front = "{\"role\":\"system\",\"content\":\"\(String(repeating: "the river and the mill ", count: 300))\"}"
        let turns = (0..<30).map { "{\"role\":\"user\",\"content\":\"\($0) \(Self.text(&random, 90))\"}" }
        let plain = turns.map { $0.replacing("ritual", with: "river") }
        /// How many texts are judged: by the body, and by the texts alone.
        func rest(_ turns: some Sequence<String>, keeping: Bool = false) throws -> Set<Int> {
            let all = [front] + turns
            var found: Set<Int> = []
            for looks in [true, false] {
                let body = ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(all.joined(separator: ","))]}")
                let read = try bodies.read(body, .openAI, of: Self.owner)
                let known = memory.recall(read.request, of: "a", in: looks ? read : nil)
                found.insert(all.count - (known.stretches.first?.known?.texts ?? 0))
                guard keeping else { continue }
                let verdict = RequestVerdict(of: read.request, under: Self.policy, recalling: known, in: memory)
                #expect(verdict.finding == nil)
                _ = bodies.digest(of: read, known)
            }
            return found
        }
        #expect(try rest(plain, keeping: true) == [31, 0])
        #expect(try rest(plain + ["{\"role\":\"user\",\"content\":\"one more\"}"]) == [1])
        #expect(try rest(plain.dropLast() + ["{\"role\":\"user\",\"content\":\"another\"}"]) == [1])
        #expect(
            try rest(plain.dropLast(2) + Array(repeating: "{\"role\":\"user\",\"content\":\"new\"}", count: 2)) == [2])
        #expect(try rest(["{\"role\":\"user\",\"content\":\"hello\"}"]) == [1])
    }

    @Test("Whoever is alone has a conversation remembered after any number of others")
    func aloneAfterManyOthers() throws {
        var random = Seeded(state: 12)
        let memory = TurnMemory(most: 32)
        var calm = 0
        for number in 0..<200 {
            let turns = (0..<3).map { "{\"role\":\"user\",\"content\":\"\(number) \($0) \(Self.text(&random, 400))\"}" }
            guard Self.remembered(try Self.request(Array(turns.prefix(2))), memory).seen.finding == nil else {
                continue
            }
            let next = try Self.request(turns)
            #expect(Self.remembered(next, memory).rest == next.texts.last?.size)
            calm += 1
        }
        #expect(calm > 150)
        #expect(memory.count <= 32)
    }

    @Test("Opinions are kept for their owner alone, and nobody pushes out all others")
    func opinionsOfOwners() {
        let memory = OpinionMemory(most: 64)
        func key(_ number: UInt64) -> TurnHash.Value { TurnHash.Value(low: number, high: 7) }
        let opinion = TextOpinion.ofNothing
        memory.keep([opinion, nil, opinion], under: [key(1), key(2), key(3)], of: "a")
        #expect(memory.find([key(1), key(2), key(3), key(4)]).map { $0 != nil } == [true, false, true, false])
        for number in 100..<400 { memory.keep([opinion], under: [key(UInt64(number))], of: "b") }
        #expect(memory.find([key(1)]).first.flatMap { $0 } != nil)
        #expect(memory.count <= 64)
    }

    @Test("A refused conversation is refused again, and one stranger cannot push out all others")
    func refusedAgain() throws {
        var random = Seeded(state: 9)
        let memory = TurnMemory(most: 64)
        let calm = "{\"role\":\"user\",\"content\":\"\(Self.text(&random, 900))\"}"
        let bad = try Self.request([calm, "{\"role\":\"user\",\"content\":\"\(Fixtures.phrase)\"}"])
        for _ in 0..<3 { #expect(Self.remembered(bad, memory).seen.finding?.category == "origami_ritual") }
        let mine = try Self.request([calm])
        _ = Self.remembered(mine, memory)
        for index in 0..<400 {
            let other = try Self.request(["{\"role\":\"user\",\"content\":\"\(index) \(Self.text(&random, 900))\"}"])
            _ = Self.remembered(other, memory, of: "other")
        }
        #expect(Self.remembered(mine, memory).rest == 0)
        #expect(memory.count <= 64)
    }

    /// The ways in which this processor can sum blocks.
    private static let ways = (0...SLUICE_TURN_CARRYLESS_WIDEST.rawValue)
        .map { sluice_turn_way(rawValue: $0) }.filter { sluice_turn_knows($0) != 0 }.map(\.rawValue)

    /// The sum of a block word by word, with carries or without.
    private static func sum(_ block: [UInt8], _ keys: [UInt8], withCarries: Bool) -> (low: UInt64, high: UInt64) {
        func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { offset + $1 < bytes.count ? $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) : $0 }
        }
        var sum: (low: UInt64, high: UInt64) = (0, 0)
        for pair in stride(from: 0, to: block.count, by: 16) {
            if withCarries {
                let product = (word(block, pair) &+ word(keys, pair))
                    .multipliedFullWidth(by: word(block, pair + 8) &+ word(keys, pair + 8))
                let (low, carry) = sum.low.addingReportingOverflow(product.low)
                sum = (low, sum.high &+ product.high &+ (carry ? 1 : 0))
            } else {
                let (left, right) = (word(block, pair) ^ word(keys, pair), word(block, pair + 8) ^ word(keys, pair + 8))
                for bit in UInt64(0)..<64 where right >> bit & 1 == 1 {
                    sum.low ^= left << bit
                    if bit > 0 { sum.high ^= left >> (64 - bit) }
                }
            }
        }
        return sum
    }

    @Test("Blocks of every length are summed as their sum is defined, in every way", arguments: ways)
    func sumsBlocks(_ way: UInt32) {
        var random = Seeded(state: 77)
        let keys = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &random) }
        for count in Array(0...200) + [255, 256, 257, 1_000, 2_049, 4_079, 4_095, 4_096] {
            let block = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let found = block.withUnsafeBytes { bytes in
                keys.withUnsafeBytes {
                    sluice_turn_sum(bytes.baseAddress, count, $0.baseAddress, sluice_turn_way(rawValue: way))
                }
            }
            #expect((found.low, found.high) == Self.sum(block, keys, withCarries: way == SLUICE_TURN_PLAIN.rawValue))
        }
    }

    @Test(
        "A hash tells texts apart by every byte, their length, their mark and where they are cut", arguments: ways)
    func hashes(_ way: UInt32) {
        let hash = TurnHash(way: sluice_turn_way(rawValue: way))
        let start = hash.beginning(for: "a")
        func value(_ text: [UInt8], _ mark: UInt8 = 0, from chain: TurnHash.Value? = nil) -> TurnHash.Value {
            text.withUnsafeBytes { hash.add($0, mark, to: chain ?? start) }
        }
        var seen: Set<TurnHash.Value> = [value([])]
        var text = [UInt8](repeating: 0, count: 9_000)
        for count in 1...80 { #expect(seen.insert(value(Array(text.prefix(count)))).inserted) }
        #expect(seen.insert(value(text)).inserted)
        for index in text.indices {
            text[index] ^= 1
            #expect(seen.insert(value(text)).inserted)
            text[index] ^= 1
        }
        #expect(value(text) == value(text))
        #expect(value(text, 1) != value(text))
        #expect(value([1, 2, 3]) != value([3], from: value([1, 2])))
        #expect(hash.beginning(for: "b") != start)
        #expect(TurnHash().beginning(for: "a") != start)
    }
}
