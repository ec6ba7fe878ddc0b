import Dialects
import NIOCore
import Safeguards
import Testing

@testable import Gateway

/// What is known of a body's beginning changes nothing of what it is read as.
@Suite("Bodies that begin as one before")
struct BodyMemoryTests {
    private struct Seen: Equatable {
        var texts: [ByteBuffer]
        var roles: [RequestText.Role]
        var places: [String]
        var turns: [Int?]
        var sizes: [Int]
        var sensitive: [String]
        var tokens: Int
        var model: String
        var isStream: Bool

        init(_ request: ModelRequest) {
            (texts, roles) = (request.texts.map(\.text), request.texts.map(\.role))
            places = request.texts.map(\.place.description)
            (turns, sizes) = (
                request.texts.map(\.turn), request.texts.indices.map { request.texts.bytes(ofFirst: $0 + 1) }
            )
            sensitive = request.sensitive.map { "\($0.kind) \($0.path)" }
            (tokens, model, isStream) = (request.inputTokens, request.model, request.stream)
        }
    }

    private static let alice = TurnHash.Value(low: 1, high: 2)
    private static let words = [
        "river", "gate\\n", "水", "mill \\u6c34", "\\\"quoted\\\"", "bridge", "é", "fold", "🌊", "code\\t", "line",
        "value",
    ]

    private static func text(_ random: inout Seeded, _ bytes: Int) -> String {
        var text = ""
        while text.utf8.count < bytes { text += (words.randomElement(using: &random) ?? "") + " " }
        return text
    }

    private static func turn(_ random: inout Seeded, _ number: Int, _ bytes: Int) -> String {
        let text = text(&random, bytes)
        let role = number % 2 == 0 ? "user" : "assistant"
        let image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://river.example/\(number).png\"}}"
        let part = "{\"type\":\"text\",\"text\":\"\(text)\"}"
        return [
            "{\"role\":\"\(role)\",\"content\":\"\(text)\"}",
            "{\"content\":[\(part)],\"role\":\"\(role)\"}",
            "{\"content\":[\(part),\(image),{\"type\":\"odd\(number % 3)\"}],\"role\":\"\(role)\"}",
            "{\"role\":\"\(role)\",\"content\":\"\(text)\",\"hint\":\"mill \(number)\",\"deep\":{\"gate\":[\"\(number)\"]}}",
        ].randomElement(using: &random) ?? ""
    }

    @Test(
        "A conversation that grows, is cut off, changed or followed by other fields is read as if for the first time",
        arguments: 0..<12)
    func changesNothing(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 5)
        let memory = BodyMemory()
        let dialect = [Dialect.openAI, .anthropic, .responses][Int(seed % 3)]
        let list = dialect == .responses ? "input" : "messages"
        var turns = (0..<8).map { Self.turn(&random, $0, 1_500) }
        var found = 0
        for step in 0..<40 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where turns.count > 6: turns.removeLast(Int.random(in: 1...2, using: &random))
            case 1: turns[turns.count - 1] = Self.turn(&random, turns.count - 1, 900)
            default: turns.append(Self.turn(&random, turns.count, 1_200))
            }
            let end =
                ["", ",\"stream\":true", ",\"tools\":[{\"name\":\"t\(step)\",\"description\":\"d\"}]"]
                .randomElement(using: &random) ?? ""
            let body = ByteBuffer(
                string: "{\"model\":\"m\",\"max_tokens\":9,\"\(list)\":[\(turns.joined(separator: ","))]\(end)}")
            let plain = try ModelRequest.parse(body, dialect: dialect)
            let read = try memory.read(body, dialect, of: Self.alice)
            #expect(Seen(read.request) == Seen(plain), "step \(step)")
            if read.known != nil { found += 1 }
            _ = memory.digest(of: read, nil)
            #expect(
                try memory.read(body, dialect, of: Self.alice).known?.beginning.end == read.points.last?.offset
                    ?? read.known?.point.offset)
        }
        #expect(found > 20)
    }

    @Test("A body is known by its turns before those that were written anew, and by the front that others have as well")
    func branches() throws {
        var random = Seeded(state: 8)
        let memory = BodyMemory()
        let front = "{\"role\":\"system\",\"content\":\"\(String(repeating: "the river and the mill ", count: 400))\"}"
        let turns = (0..<20).map { "{\"role\":\"user\",\"content\":\"\($0) \(Self.text(&random, 1_000))\"}" }
        func read(_ turns: some Sequence<String>) throws -> ReadBody {
            let list = ([front] + turns).joined(separator: ",")
            return try memory.read(
                ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(list)]}"), .openAI, of: Self.alice)
        }
        _ = try memory.digest(of: read(turns), nil)
        #expect(try read(turns).known?.point.texts == 21)
        #expect(try read(turns.dropLast() + ["{\"role\":\"user\",\"content\":\"no\"}"]).known?.point.texts == 20)
        let marked = "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"marked\"}]}"
        #expect(try read(turns.dropLast(2) + [marked, marked]).known?.point.texts == 19)
        #expect(try read(turns.dropLast(3) + [marked, marked]).known?.point.texts == 1)
        #expect(try read([marked, marked]).known?.point.texts == 1)
    }

    @Test("A fault behind a known beginning is told as it is without one")
    func faults() throws {
        var random = Seeded(state: 3)
        let memory = BodyMemory()
        let turns = (0..<20).map { Self.turn(&random, $0, 1_000) }.joined(separator: ",")
        let front = "{\"model\":\"m\",\"messages\":[\(turns)"
        _ = try memory.digest(of: memory.read(ByteBuffer(string: front + "]}"), .openAI, of: Self.alice), nil)
        for end in [
            "", "]", "],}", "]}x", "],\"model\":\"again\"}", ",{}]}", ",7]}", "],\"n\":\"many\"}", "],\"Stream\":true}",
        ] {
            let body = ByteBuffer(string: front + end)
            var (plain, known): (RequestError?, RequestError?)
            do throws(RequestError) { _ = try ModelRequest.parse(body, dialect: .openAI) } catch { plain = error }
            do throws(RequestError) { _ = try memory.read(body, .openAI, of: Self.alice) } catch { known = error }
            #expect(plain != nil && known?.message == plain?.message && known?.offset == plain?.offset, "\(end)")
        }
    }

    @Test("What one key sent is not known of another's, nor in another dialect, nor where it is not to be looked for")
    func keysApart() throws {
        var random = Seeded(state: 4)
        let memory = BodyMemory()
        let turns = (0..<20).map { Self.turn(&random, $0, 1_000) }.joined(separator: ",")
        let body = ByteBuffer(string: "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[\(turns)]}")
        _ = try memory.digest(of: memory.read(body, .openAI, of: Self.alice), nil)
        #expect(try memory.read(body, .openAI, of: Self.alice).known != nil)
        #expect(try memory.read(body, .openAI, of: TurnHash.Value(low: 1, high: 3)).known == nil)
        #expect(try memory.read(body, .anthropic, of: Self.alice).known == nil)
        #expect(try memory.read(body, .openAI, of: nil).points.isEmpty)
        let short = ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(Self.turn(&random, 0, 500))]}")
        _ = try memory.digest(of: memory.read(short, .openAI, of: Self.alice), nil)
        #expect(try memory.read(short, .openAI, of: Self.alice).known == nil)
    }

    @Test("It takes no more room than it may, and one key cannot push out all others")
    func room() throws {
        var random = Seeded(state: 6)
        let memory = BodyMemory(room: 64 << 10)
        func body(_ number: Int) -> ByteBuffer {
            let turns = (0..<40).map { Self.turn(&random, $0, 300) }.joined(separator: ",")
            return ByteBuffer(string: "{\"model\":\"m\(number)\",\"messages\":[\(turns)]}")
        }
        let mine = body(0)
        _ = try memory.digest(of: memory.read(mine, .openAI, of: Self.alice), nil)
        for number in 1..<60 {
            _ = try memory.digest(of: memory.read(body(number), .openAI, of: TurnHash.Value(low: 9, high: 9)), nil)
        }
        #expect(try memory.read(mine, .openAI, of: Self.alice).known != nil)
        for number in 0..<200 {
            _ = try memory.digest(
                of: memory.read(body(number), .openAI, of: TurnHash.Value(low: 10, high: UInt64(number / 4))), nil)
            #expect(memory.size <= 80 << 10)
        }
        #expect(try memory.read(mine, .openAI, of: Self.alice).known == nil)
    }

    @Test("The same bytes with another end, by which other values of them are texts, are counted and judged anew")
    func otherTexts() throws {
        let policy = Fixtures.snapshot.policy
        let long = Array(repeating: "Could you help me plan a walk along the river next week, please?", count: 40)
            .joined(separator: " ")
        // Of reasoning the role is a text and the id is none; of a message it is the other way round.
        let front =
            "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"\(long) \(long) \(long) \(long)\"},"
            + "{\"role\":\"user\",\"id\":\"\(Fixtures.phrase)\",\"content\":\"\(long)\""
        let kinds = ["reasoning", "message"].map { ByteBuffer(string: front + ",\"type\":\"\($0)\"}]}") }
        for order in [kinds, kinds.reversed()] {
            let (bodies, memory) = (BodyMemory(), TurnMemory(most: 64))
            for body in order + order {
                let read = try bodies.read(body, .responses, of: Self.alice)
                let plain = try ModelRequest.parse(body, dialect: .responses)
                #expect(Seen(read.request) == Seen(plain))
                let known = memory.recall(read.request, of: "a", in: read)
                let verdict = RequestVerdict(of: read.request, under: policy, recalling: known, in: memory)
                #expect(verdict.finding == RequestVerdict(of: plain, under: policy).finding)
                #expect(
                    (verdict.finding?.category == "origami_ritual") == (body == kinds[1]),
                    "\(String(describing: verdict.finding))")
                // Whatever it came to: what was found of one must not be taken for the other.
                _ = bodies.digest(of: read, known)
            }
        }
    }
}
