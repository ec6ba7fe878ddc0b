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
        var tokens: Int
        var model: String
        var isStream: Bool

        init(_ request: ModelRequest) {
            (texts, roles) = (request.texts.map(\.text), request.texts.map(\.role))
            places = request.texts.map(\.place.description)
            (tokens, model, isStream) = (request.inputTokens, request.model, request.stream)
        }
    }

    private static let alice = TurnHash.Value(low: 1, high: 2)
    private static let words = [
        "river", "gate\\n", "水", "mill \\u6c34", "\\\"quoted\\\"", "bridge", "é", "fold", "🌊", "code\\t", "line",
        "value",
    ]

    private static func turn(_ random: inout Seeded, _ number: Int, _ bytes: Int) -> String {
        var text = ""
        while text.utf8.count < bytes { text += (words.randomElement(using: &random) ?? "") + " " }
        let role = number % 2 == 0 ? "user" : "assistant"
        return Bool.random(using: &random)
            ? "{\"role\":\"\(role)\",\"content\":\"\(text)\"}"
            : "{\"content\":[{\"type\":\"text\",\"text\":\"\(text)\"}],\"role\":\"\(role)\"}"
    }

    @Test(
        "A conversation that grows, is cut off, changed or followed by other fields is read as if for the first time",
        arguments: 0..<12)
    func changesNothing(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 5)
        let memory = BodyMemory()
        let dialect = [Dialect.openAI, .anthropic][Int(seed % 2)]
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
                string: "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[\(turns.joined(separator: ","))]\(end)}")
            let plain = try ModelRequest.parse(body, dialect: dialect)
            let read = try memory.read(body, dialect, of: Self.alice)
            #expect(Seen(read.request) == Seen(plain), "step \(step)")
            if read.known != nil { found += 1 }
            memory.keep(read)
            #expect(try memory.read(body, dialect, of: Self.alice).known?.beginning.end == read.end?.offset)
        }
        #expect(found > 20)
    }

    @Test("A fault behind a known beginning is told as it is without one")
    func faults() throws {
        var random = Seeded(state: 3)
        let memory = BodyMemory()
        let turns = (0..<20).map { Self.turn(&random, $0, 1_000) }.joined(separator: ",")
        let front = "{\"model\":\"m\",\"messages\":[\(turns)"
        memory.keep(try memory.read(ByteBuffer(string: front + "]}"), .openAI, of: Self.alice))
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
        memory.keep(try memory.read(body, .openAI, of: Self.alice))
        #expect(try memory.read(body, .openAI, of: Self.alice).known != nil)
        #expect(try memory.read(body, .openAI, of: TurnHash.Value(low: 1, high: 3)).known == nil)
        #expect(try memory.read(body, .anthropic, of: Self.alice).known == nil)
        #expect(try memory.read(body, .openAI, of: nil).end == nil)
        let short = ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(Self.turn(&random, 0, 500))]}")
        memory.keep(try memory.read(short, .openAI, of: Self.alice))
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
        memory.keep(try memory.read(mine, .openAI, of: Self.alice))
        for number in 1..<60 {
            memory.keep(try memory.read(body(number), .openAI, of: TurnHash.Value(low: 9, high: 9)))
        }
        #expect(try memory.read(mine, .openAI, of: Self.alice).known != nil)
        for number in 0..<200 {
            memory.keep(try memory.read(body(number), .openAI, of: TurnHash.Value(low: 10, high: UInt64(number / 4))))
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
                bodies.keep(read)
            }
        }
    }
}
