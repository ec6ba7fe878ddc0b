import Dialects
import Glibc
import Ledger
import NIOCore
import Safeguards
import Testing

@testable import Gateway

/// What a long conversation costs that is sent again with one more turn.
@Suite("The cost of a conversation that is sent again", .serialized)
struct ResentCost {
    private static func cpu() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func median(_ rounds: Int, _ work: () -> Void) -> Double {
        let times = (0..<rounds).map { _ in
            let began = cpu()
            work()
            return cpu() - began
        }
        return Double(times.sorted()[rounds / 2])
    }

    private static func body(_ turns: [String]) -> ByteBuffer {
        let messages = turns.enumerated().map {
            "{\"role\":\"\($0.offset % 2 == 0 ? "user" : "assistant")\",\"content\":\"\($0.element)\"}"
        }
        return ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(messages.joined(separator: ","))]}")
    }

    private static func prose(_ number: Int, _ bytes: Int) -> String {
        let words = [
            "river", "gate", "water", "level", "mill", "boat", "function", "returns", "value", "error", "line", "test",
            "because", "the", "of", "and", "reads", "writes", "opens", "closes", "before", "after",
        ]
        var (text, state) = ("", UInt64(number &* 77 &+ 1))
        while text.utf8.count < bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += words[Int(state >> 33) % words.count] + " "
        }
        return text
    }

    private struct Desk {
        let policy = Fixtures.snapshot.policy
        let bodies = BodyMemory()
        let memory = TurnMemory(most: 1_024)

        /// What the gateway does with a body: read it, look for what is known of it, judge the rest, make its digest.
        func judge(_ body: ByteBuffer, keeping: Bool = false) {
            guard let read = try? bodies.read(body, .openAI, of: TurnHash.Value(low: 1, high: 2)) else { return }
            let known = memory.recall(read.request, of: "a", in: read)
            // A memory that learns the new end would have nothing left to judge.
            _ = RequestVerdict(
                of: read.request, under: policy, recalling: known, in: keeping ? memory : ResentCost.forgetful)
            guard bodies.digest(of: read, known, keeping: keeping) == nil else { return }
            var digest = TextDigest()
            body.withUnsafeReadableBytes { digest.update($0) }
        }
    }

    /// Thread CPU time, medians: of reading and judging all anew, of what is new of a conversation that is known, and of the last
    /// turn as if it were all.
    @Test("Of 200 KB that come again only the new turn is read, judged and hashed; what that costs")
    func resentConversation() throws {
        let turns = (0..<51).map { Self.prose($0, 4_096) }
        let (whole, last) = (Self.body(turns), Self.body(Array(turns.suffix(1))))
        let pair = Self.body(Array(turns.suffix(2)))
        let desk = Desk()
        let anew = Self.median(9) { Desk().judge(whole) }
        desk.judge(Self.body(Array(turns.prefix(50))), keeping: true)
        let alone = Self.median(101) { desk.judge(last) }
        let both = Self.median(101) { desk.judge(pair) }
        let look = Self.median(101) { _ = try? desk.bodies.read(whole, .openAI, of: TurnHash.Value(low: 1, high: 2)) }
        let again = Self.median(101) { desk.judge(whole) }
        print(
            "figure: resent 200 KB, read and judged, CPU µs: anew \(anew / 1_000), again \(again / 1_000) (reading it \(look / 1_000)), "
                + "last turn alone \(alone / 1_000), last two turns \(both / 1_000); again/alone \(again / alone)")
        let read = try desk.bodies.read(whole, .openAI, of: TurnHash.Value(low: 1, high: 2))
        let known = desk.memory.recall(read.request, of: "a", in: read)
        #expect(read.known?.point.texts == 50)
        #expect(known.stretches.first?.known?.texts == 50)
        #expect(desk.bodies.digest(of: read, known, keeping: false) != nil)
    }

    /// What is put in here goes at once.
    private static let forgetful = TurnMemory(most: 2)
}
